"""Sets of training rows: read from every published form, mixed, counted, held against benchmarks.

    file, folder, hub, mixture ──> rows ──> statistics

Knows the data contract of `cft_eval.training`, and neither torch nor a tokenizer.
"""
