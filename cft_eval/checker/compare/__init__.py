"""Compare an answer's value with the reference's, shape by shape."""
