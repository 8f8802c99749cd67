"""The paper's question in miniature: does a small model learn more from critiques?

    arithmetic ──> base model ──> CFT, SFT, mixed (equal tokens, seeds) ──> lm-eval ──> table

Everything is generated, trained and measured here; the answer is whatever comes out.
"""
