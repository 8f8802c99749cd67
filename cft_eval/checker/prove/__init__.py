"""Equality of expressions: exact normal forms, numeric evidence, and proofs."""
