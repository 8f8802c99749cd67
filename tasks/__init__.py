"""The tasks of cft_eval for lm-evaluation-harness: YAML only; the code is in cft_eval.harness."""
