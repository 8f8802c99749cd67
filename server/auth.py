"""Who may upload: everybody where no token is set, else whoever brings it."""

import hashlib
import hmac
from http import HTTPStatus

from pydantic import SecretStr

from cft_eval.server.problems import Problem


def require_token(authorization: str | None, token: SecretStr | None) -> None:
    """Let the request pass, or raise a `Problem` that says how to bring the token."""
    if token is None:
        return
    scheme, _, brought = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        what = "this server asks for a token: set CFT_EVAL_TOKEN or give `--token`"
    # Hashes are compared, so that time tells neither the token's length nor its beginning.
    elif hmac.compare_digest(_hash(brought.strip()), _hash(token.get_secret_value())):
        return
    else:
        what = "this is not the server's token; ask its owner for the right one"
    raise Problem(HTTPStatus.UNAUTHORIZED, what, headers={"WWW-Authenticate": "Bearer"})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
