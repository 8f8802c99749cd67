r"""Sums, integrals, limits, derivatives, matrices, cases and remainders: (answer, reference)."""

from tests.checker.pairs import assert_different, assert_equal, assert_not_read, each

SUMS = [
    (r"\sum_{k=1}^n k^2", r"\frac{n(n+1)(2n+1)}6"),
    (r"\sum_{k=0}^{n} 3^k", r"\frac{3^{n+1}-1}{2}"),
    (r"\sum^4_{j=2} a", "3a"),
    (r"\prod_{k=1}^{6} k", "720"),
    (r"\sum_{k=1}^n b_k", r"\sum_{i=1}^n b_i"),
    (r"G_n = \sum_{k=1}^{n} G_k H_{n-k}", r"G_n = \sum_{j=1}^{n} H_{n-j} G_j"),
    (r"3\sum_{k=1}^n \frac1k", r"\sum_{m=1}^n \frac3m"),
    (r"\sum_{k=1}^{\infty}\frac{1}{2^k}", "1"),
]
INTEGRALS = [
    (r"\int_1^3 t^2 dt", r"\frac{26}{3}"),
    (r"\int_0^a \mathrm{d}x\,x", r"\frac{a^2}{2}"),
    (r"\int_1^5 \frac{dx}{x}", r"\ln 5"),
    (r"\int_0^\pi \sin\phi\,d\phi", "2"),
    (r"\int_0^1\int_0^2 xy\,dx\,dy", "1"),
    (r"\int_0^x g(t)dt", r"\int_0^x g(u)du"),
]
LIMITS_AND_DERIVATIVES = [
    (r"\lim_{x\to0}\frac{\sin 3x}{x}", "3"),
    (r"\lim_{x\to0^+}\frac1x", r"\infty"),
    (r"\frac{d}{dx}(x^3+x)", "3x^2+1"),
    (r"\frac{d^2}{dt^2}\sin t", r"-\sin t"),
    (r"\frac{d^2y}{dx^2}-4y=0", "y''=4y"),
    (r"\frac{dy}{dx}=3x", "y'=3x"),
]
MATRICES = [
    (
        r"\begin{pmatrix}1&2\\0&1\end{pmatrix}\begin{pmatrix}1&3\\0&1\end{pmatrix}",
        r"\begin{bmatrix}1&5\\0&1\end{bmatrix}",
    ),
    (
        r"\begin{pmatrix}1&2\\3&5\end{pmatrix}-\begin{pmatrix}1&1\\1&1\end{pmatrix}",
        r"\begin{pmatrix}0&1\\2&4\end{pmatrix}",
    ),
    (r"\begin{pmatrix}1&2\\3&5\end{pmatrix}^T", r"\begin{pmatrix}1&3\\2&5\end{pmatrix}"),
    (r"\begin{pmatrix}1&2\\3&5\end{pmatrix}^{-1}", r"\begin{pmatrix}-5&2\\3&-1\end{pmatrix}"),
    (r"\begin{vmatrix}1&2\\3&5\end{vmatrix}", "-1"),
    (r"\det\begin{pmatrix}p&q\\r&s\end{pmatrix}", "ps-qr"),
    (r"\frac{k}{2}\left[\begin{matrix}2&4\end{matrix}\right]", r"k\begin{pmatrix}1&2\end{pmatrix}"),
]
CASES = [
    (
        r"f(x)=\begin{cases} 1 & x\ge3 \\ 2x & x<3\end{cases}",
        r"\begin{cases} 2x & \text{if } x<3 \\ 1 & \text{otherwise}\end{cases}",
    ),
    (
        r"\begin{cases} 1 & n \text{ odd} \\ 2 & n \text{ even}\end{cases}",
        r"\begin{cases} 2 & \text{if $n$ is even} \\ 1 & \text{if } n \text{ is odd}\end{cases}",
    ),
    (
        r"\left\{\begin{array}{ll} 4 & x>1\\ 5 & x\le 1\end{array}\right.",
        r"\begin{cases} 4 & x>1 \\ 5 & x \le 1\end{cases}",
    ),
]
REMAINDERS = [
    (r"5 \pmod{9}", r"x \equiv 5 \pmod 9"),
    (r"x\equiv 14\ (\mathrm{mod}\ 9)", r"5 \pmod 9"),
    ("5", r"5 \pmod 9"),
    (r"2, 4 \pmod 7", r"x \equiv 4, 2 \pmod 7"),
]
EVALUATED = [
    (r"\left.x^3\right|_{x=2}", "8"),
    (r"\left.\frac{x^2}{2}\right|_0^4", "8"),
    (r"\left.\frac{d}{dx}x^2\right|_{x=3}", "6"),
    (r"x^2+1\Big|_{x=2}", "5"),
    (r"\left. ax\right|_{x=2}", "2a"),
    (r"\int_1^e\frac{dx}x", "1"),
    (r"\int_0^1\frac{dx}{1+x}", r"\ln2"),
    (r"\int 3x^2\,dx", "x^3+C"),
    (r"\int\cos x\,dx", r"\sin x+C"),
    (r"\forall x>0, f(x)=x", "f(x)=x"),
    (r"\forall n\in\mathbb{N}, a_n=n^2", "a_n=n^2"),
    (r"\sum_{k=0}^n\binom nk", "2^n"),
]
DIFFERENT = [
    (r"\left.x^3\right|_{x=2}", "x^3"),
    (r"\left.x^2\right|_0^4", "0"),
    (r"\int 2x\,dx", "x^2+3"),
    (r"\int 2x\,dx", "x^3+C"),
    (r"\forall x>0, f(x)=x", "f(x)=2x"),
    (r"\sum_{k=1}^n k", r"\sum_{k=1}^n k^2"),
    (r"\sum_{k=1}^n b_k", r"\sum_{k=1}^n c_k"),
    (r"\sum_{k=1}^{\infty}\frac{1}{2^k}", "2"),
    (r"\int_0^1 t^2 dt", r"\frac12"),
    (r"\frac{d}{dx}", r"\frac1x"),
    (r"\frac{d}{dx}x^3", "3x"),
    (r"\begin{vmatrix}1&2\\3&5\end{vmatrix}", "1"),
    (
        r"\begin{cases} 1 & x\ge3 \\ 2 & x<3\end{cases}",
        r"\begin{cases} 2 & x\ge3 \\ 1 & x<3\end{cases}",
    ),
    (r"4 \pmod{9}", r"5 \pmod 9"),
    (r"5 \pmod{8}", r"5 \pmod 9"),
]


@each(SUMS, INTEGRALS, LIMITS_AND_DERIVATIVES, MATRICES, CASES, REMAINDERS, EVALUATED)
def test_the_same_value(answer: str, reference: str) -> None:
    assert_equal(answer, reference)


def test_a_value_at_a_place_that_its_letter_does_not_show_is_not_read() -> None:
    assert_not_read(r"\left.\frac{dy}{dx}\right|_{x=3}", r"\frac{dy}{dx}")


@each(DIFFERENT)
def test_another_value(answer: str, reference: str) -> None:
    assert_different(answer, reference)
