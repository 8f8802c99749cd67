"""Builds critique data: noisy responses, a teacher's critiques of them, an audit, an export.

    rows ── (student) ── teacher ──> journal ── audit, filters, balance ──> training set + card

Knows the checker and the data contract; no torch, no lm-eval.
"""
