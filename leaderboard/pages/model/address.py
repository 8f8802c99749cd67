"""The address of a model's page: names hold whatever their owners like, so they are a parameter."""

from urllib.parse import urlencode


def model_url(name: str) -> str:
    """The page of all runs of a model.

    >>> model_url("lab/a b")
    '/models?name=lab%2Fa+b'
    """
    return f"/models?{urlencode({'name': name})}"
