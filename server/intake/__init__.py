"""From an announced upload to a published run."""
