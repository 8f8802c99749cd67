"""Being opened."""
