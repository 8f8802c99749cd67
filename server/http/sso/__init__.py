"""Single sign-on by OpenID Connect, with the extra `sso`."""
