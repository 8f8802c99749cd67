"""Notices of what happened on a board, sent to addresses in its settings."""
