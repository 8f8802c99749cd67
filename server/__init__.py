"""The benchmark server: takes uploaded runs, re-grades every sample, keeps and serves them."""
