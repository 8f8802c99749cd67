"""The one place that knows the version of cft_eval."""

__version__ = "1.0.0"
