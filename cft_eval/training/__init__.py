"""Training recipes on the Hugging Face Trainer; the data contract needs no torch."""
