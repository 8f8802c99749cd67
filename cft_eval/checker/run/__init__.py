"""Run the checker: one response, many at once, files, within a budget, under a policy."""
