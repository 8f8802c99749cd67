"""What the checker's packages speak in: verdicts, rules, values, tokens, spelled numbers."""
