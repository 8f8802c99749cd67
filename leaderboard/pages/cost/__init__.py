"""The page of what accuracy costs."""
