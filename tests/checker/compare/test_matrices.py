r"""Letters that a reference shows to be matrices keep their order in products."""

from cft_eval import equal
from cft_eval.checker import Outcome
from tests.checker.pairs import assert_different, assert_equal, each

EQUAL = [
    ("(AB)^T", "B^TA^T"), ("(ABC)^T", "C^TB^TA^T"), ("A^TB+A^TC", "A^T(B+C)"),
    (r"\mathbf{A}^{\top}\mathbf{A}", r"\mathbf{A}^T\mathbf{A}"), (r"A^{\mathsf T}B", "A^TB"),
    ("B^{-1}A^{-1}B^T", "(AB)^{-1}B^T"), ("A^{-1}AB^T", "B^T"), ("A^2B^T", "AAB^T"),
    ("A^{-1}B-A^{-1}C", "A^{-1}(B-C)"), ("X=A^{-1}B", "A^{-1}B"), ("PD^nP^{-1}", "PD^nP^{-1}"),
    ("(A^TA)^{-1}A^Tb", "(A^T A)^{-1} A^T b"), ("(1,2)^T", "(1,2)"), ("(1+r)^T", "(r+1)^T"),
    (r"k\mathbf{A}\mathbf{B}", r"\mathbf{A}k\mathbf{B}"), ("GM/R", "GMR^{-1}"),
    (r"\mathbf{E}\cdot\mathbf{B}", r"\mathbf{B}\cdot\mathbf{E}"), ("BA", "AB"),
]  # fmt: skip
DIFFERENT = [
    ("BA^{-1}", "A^{-1}B"), ("B^TA^T", "A^TB^T"), ("A^TB^T", "(AB)^T"), ("AA^T", "A^TA"),
    (r"\mathbf{B}\mathbf{A}", r"\mathbf{A}\mathbf{B}"), ("PAP^{-1}", "P^{-1}AP"),
    ("D", "PDP^{-1}"), ("(AB)^{-1}", "A^{-1}B^{-1}"), ("y^TAx", "x^TAy"),
    ("AB^{-1}A", "A^2B^{-1}"), (r"\mathbf{A}\mathbf{B}^{-1}", r"\mathbf{B}^{-1}\mathbf{A}"),
    ("A+B", "(A+B)^T"), ("1+r", "(1+r)^T"), ("D^n", "PD^nP^{-1}"),
]  # fmt: skip


@each(EQUAL)
def test_equal(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


@each(DIFFERENT)
def test_different(answer: str, reference: str) -> None:
    assert_different(answer, reference)


def test_an_inverse_that_does_not_come_apart_is_not_decided() -> None:
    verdict = equal("(A^TA)^{-1}A^Tb", "A^T(AA^T)^{-1}b")
    assert verdict.outcome is Outcome.TOO_SLOW
    assert verdict.reason == "whether the matrices stand in one order was not decided"


def test_many_factors_are_no_deep_tree() -> None:
    for answer in ("P(A|B)" * 600, "A" * 1500, "(A+B)^T" * 200):
        assert equal(answer, "A^{-1}B").outcome is Outcome.WRONG
