"""Accounts, review, backup and regrading: what those who run a board do."""
