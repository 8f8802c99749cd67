"""The page of one benchmark, and its grid of problems and models."""
