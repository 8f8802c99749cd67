"""Who may do what: authorization, quotas, signatures."""
