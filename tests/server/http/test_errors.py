"""Every error of the domain is answered with a status of its own choosing, in one table."""

from http import HTTPStatus

import pytest

from cft_eval.errors import CftError
from cft_eval.server.foundation import errors
from cft_eval.server.foundation.errors import BoardError
from cft_eval.server.http.errors import STATUS, document, status_of
from cft_eval.server.queries.catalog import NoOutcomes
from cft_eval.server.store.blobs import DamagedBlob

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BoardError) and kind is not BoardError
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_of_the_domain_has_a_status(kind: type[BoardError]) -> None:
    assert any(each in STATUS for each in kind.__mro__ if each is not CftError)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Missing("run", "abc"), HTTPStatus.NOT_FOUND),
        # A subclass is answered as the class that it refines.
        (errors.DiskFull(OSError(28, "No space left on device")), HTTPStatus.INSUFFICIENT_STORAGE),
        # Ours, not the visitor's.
        (DamagedBlob("blob abc is damaged"), HTTPStatus.INTERNAL_SERVER_ERROR),
    ],
)
def test_the_nearest_class_says_the_status(error: CftError, status: HTTPStatus) -> None:
    assert status_of(error) is status


def test_a_run_without_outcomes_is_invalid_for_a_comparison() -> None:
    assert STATUS[next(kind for kind in NoOutcomes.__mro__ if kind in STATUS)] == 422


def test_a_problem_document_has_the_phrase_of_its_status() -> None:
    assert document(410, "it was withdrawn") == {
        "type": "about:blank",
        "title": "Gone",
        "status": 410,
        "detail": "it was withdrawn",
    }
