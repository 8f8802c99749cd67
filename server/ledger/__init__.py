"""The audit log, its seals, and proof of who uploaded a run."""
