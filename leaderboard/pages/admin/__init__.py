"""Administration: one template for every page of it, filled in by whoever owns the board."""
