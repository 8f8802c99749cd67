"""The page of the paper's claims."""
