"""Parameters that several pages take."""

from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator

from cft_eval.results import Policy

Text = Annotated[str, Query(max_length=300)]
"""A parameter that a visitor may type."""


def filled(default: object) -> BeforeValidator:
    """Takes an empty field of a form as ``default``."""
    return BeforeValidator(lambda value: default if value == "" else value)


PolicyParameter = Annotated[Policy, filled("strict")]
"""A grader that a visitor may choose; an empty field is the strict one."""
