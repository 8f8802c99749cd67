"""The page of one model with all its runs."""
