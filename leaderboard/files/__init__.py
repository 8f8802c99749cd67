"""The board and comparisons as files."""
