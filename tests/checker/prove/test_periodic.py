"""Floors, ceilings and signs that alternate: proved over all whole numbers, or shown to differ."""

import pytest

from cft_eval import equal


@pytest.mark.parametrize(
    ("answer", "reference", "same"),
    [
        (r"\lfloor (n+1)/2\rfloor", r"\lceil n/2\rceil", True),
        (r"\left\lfloor\frac{n+3}{2}\right\rfloor", r"\lceil n / 2\rceil+1", True),
        (
            r"\left\lceil\frac{2n+1}{3}\right\rceil",
            r"\left\lfloor\frac{2 n}{3}\right\rfloor+1",
            True,
        ),
        (r"\left\lceil\frac{2n-5}{5}\right\rceil", r"\lfloor\frac{2 n-1}{5}\rfloor", True),
        (r"m(n-1)+\lceil m/2\rceil", r"m n-\lfloor m / 2\rfloor", True),
        (r"\frac{2n+1-(-1)^n}{4} + \lfloor n/2 \rfloor", "n", True),
        (r"\lfloor n/2\rfloor", r"\lceil n/2\rceil", False),
        (r"\lfloor n/3\rfloor+1", r"\lfloor (n+2)/3\rfloor", False),
        (r"n-\lfloor n/2\rfloor", r"n/2", False),
        (r"\lfloor x/2\rfloor", r"\lceil x/2\rceil", False),
    ],
)
def test_floors(answer: str, reference: str, same: bool) -> None:
    verdict = equal(answer, reference)
    assert verdict.correct is same, verdict
