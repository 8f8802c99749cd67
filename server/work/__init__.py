"""Checkpoints and evaluations that workers take."""
