"""Answer text to values: normalization, tokens, grammar, shapes."""
