"""Runs and reported results as frames, and what they say about the paper's claims."""
