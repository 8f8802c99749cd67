r"""Answers taken back, denied, bounded or supposed, in several languages, and what only looks so.

Each row is (response, reference, whether it is right).
"""

# ruff: noqa: RUF001  # one row a line; signs of other scripts
import pytest

from cft_eval import check

TAKEN_BACK = [
    (r"\boxed{8} 错误", "8", False),
    (r"\boxed{8}，这个答案是错的。", "8", False),
    (r"\boxed{8} 不符合。", "8", False),
    (r"\boxed{8} es falso.", "8", False),
    (r"\boxed{8} n'est pas correct.", "8", False),
    (r"\boxed{8} ist nicht richtig.", "8", False),
    (r"\boxed{8} è sbagliato.", "8", False),
    (r"\boxed{8} — неверно.", "8", False),
    (r"\boxed{8}は間違いです。", "8", False),
    (r"\boxed{8}은 오답입니다.", "8", False),
    (r"\boxed{8} 是正确的，第二步里没有错误。", "8", True),
    (r"\boxed{8}。错误的做法是直接相加。", "8", True),
    (r"\boxed{8} est la réponse.", "8", True),
    (r"\boxed{8} doesn't satisfy it.", "8", False),
    (r"$\boxed{8}$, which does not work.", "8", False),
    (r"$\boxed{8}$. But this fails to satisfy the first condition.", "8", False),
    (r"$\boxed{8}$, which does not depend on $k$.", "8", True),
    (r"$\boxed{8}$. The root $-3$ does not work.", "8", True),
    (r"$\boxed{8}$, which does not match any of the given options.", "8", True),
    (r"$\boxed{8}$ 种不对称的图形", "8", True),
    (r"\boxed{8}❌", "8", False),
    (r"$\boxed{8}$ is too large.", "8", False),
    (r"$\boxed{8}$, which contradicts the first line.", "8", False),
    (r"$\boxed{8}$. The root $-3$ is rejected.", "8", True),
    (r"\boxed{8} no cumple la condición.", "8", False),
    (r"\boxed{8} 不是正确答案", "8", False),
    (r"\boxed{8} 不满足条件。", "8", False),
    (r"\boxed{8} 满足条件。", "8", True),
    (r"\boxed{8} ✅", "8", True),
    (r"\boxed{8} [wrong]", "8", False),
    (r"\boxed{8} \text{(rejected)}", "8", False),
    (r"It is not true that the answer is \boxed{8}.", "8", False),
    (r"It is false that all primes are odd. The answer is \boxed{8}.", "8", True),
    (r"It could be anything but \boxed{8}.", "8", False),
    (r"Disregard the previous value \boxed{8}.", "8", False),
    (r"We ignore the negative root, so \boxed{8}.", "8", True),
    (r"We reject $-3$. \boxed{8}", "8", True),
    (r"$\boxed{8}$. Actually, 9.", "8", False),
    (r"$\boxed{8}$. Actually, 9.", "9", True),
    (r"$\boxed{8}$. Actually, 9 steps are enough.", "8", True),
    ("The answer is 8. Scrap that. 9.", "8", False),
    ("The answer is 8. I meant 9.", "8", False),
    (r"If the answer were \boxed{8}, nothing would fit.", "8", False),
    (r"If the box is full, the number is \boxed{8}.", "8", True),
]

ABROAD = [
    ("La respuesta no es 8.", "8", False),
    (r"La respuesta no es \boxed{8}.", "8", False),
    ("La respuesta es 8.", "8", True),
    ("Como $n$ no es primo, la respuesta es 8.", "8", True),
    ("La réponse n'est pas 8.", "8", False),
    ("A resposta não é 8.", "8", False),
    ("Die Antwort ist nicht 8.", "8", False),
    ("Die Antwort ist 8.", "8", True),
    ("Ответ не 8.", "8", False),
    ("Ответ: 8.", "8", True),
    ("答えは8ではありません。", "8", False),
    ("答えは8です。", "8", True),
    ("정답은 8이 아니다.", "8", False),
    ("정답은 8입니다.", "8", True),
    ("उत्तर 8 नहीं है।", "8", False),
    ("उत्तर 8 है।", "8", True),
    ("所以 y 小于 8。", "8", False),
    ("y超过8", "8", False),
    ("大于 3 的最小整数为8。", "8", True),
    ("Entonces y es menor que 8.", "8", False),
    ("Somit ist y kleiner als 8.", "8", False),
    ("Donc y est supérieur à 8.", "8", False),
    ("Значит, y больше 8.", "8", False),
    ("The sum exceeds 8.", "8", False),
    ("The sum lies below 8.", "8", False),
    ("答えは8より大きい。", "8", False),
    ("The answer is the cube of 8.", "8", False),
    ("The answer would be 8 if k were even.", "8", False),
    ("The answer is 8 if $k$ is a positive integer.", "8", True),
]

CASES = [
    (r"\boxed{3} (k even), \boxed{8} (k odd)", "8", False),
    (r"\boxed{3} (if k is even), \boxed{8} (otherwise)", "8", False),
    (r"\boxed{3} ($k$ even) and \boxed{8} ($k$ odd)", "3", False),
    ("If k is even, the answer is 3. If k is odd, the answer is 8.", "8", False),
    ("If k is even, nothing is left to count. If k is odd, the answer is 8.", "8", True),
]

TOUCHING = [
    (r"negative \boxed{8}", "8", False),
    (r"negative \boxed{8}", "-8", True),
    (r"It is minus $\boxed{8}$.", "8", False),
    (r"It is twice $\boxed{8}$.", "8", False),
    (r"The slope is negative: $\boxed{8}$", "8", True),
    (r"Since the slope is negative, \boxed{8}", "8", True),
    (r"√\boxed{8}", "8", False),
    (r"\boxed{8}π", "8", False),
    (r"$\boxed{8}π$", r"8\pi", True),
    (r"$\boxed{8}$/3", "8", False),
    (r"$\boxed{8}$/3", "8/3", True),
    (r"$\boxed{8}$/day", "8", True),
    (r"$\boxed{8}$^3", "8", False),
    (r"$2\boxed{8}$", "8", False),
    (r"$2\boxed{8}$", "28", True),
]

TURNS = [
    (r"<thought_process> \boxed{8}", "8", False),
    (r"<|reasoning_start|>3?<|reasoning_end|>\boxed{8}", "8", True),
    (r"[thinking] \boxed{8}", "8", False),
    (r"[THINKING] 3? [/THINKING] \boxed{8}", "8", True),
    (r"<|think|> \boxed{8}", "8", False),
    (r"<|think|>3?<|/think|> \boxed{8}", "8", True),
    (r"[THOUGHTS] \boxed{8}", "8", False),
    ("[REASONING] 2 times 4.\n[ANSWER] \\boxed{8}", "8", True),
    (r"<|start_thinking|> \boxed{8}", "8", False),
    (r"<cot> \boxed{8}", "8", False),
    (r"<rationale> 2 times 4 </rationale> \boxed{8}", "8", True),
    (r"\boxed{8}<|header_start|>user<|header_end|>\boxed{3}", "8", True),
    (r"<|header_start|>assistant<|header_end|>\boxed{8}", "8", True),
    (r"\boxed{8}[|endofturn|]\boxed{3}", "8", True),
    (r"[|assistant|]\boxed{8}", "8", True),
    (r"\boxed{8}<|im_user|>\boxed{3}", "8", True),
    (r"\boxed{8}<|role_end|><role>HUMAN</role>\boxed{3}", "8", True),
    (r"<role>ASSISTANT</role>\boxed{8}", "8", True),
]

STATED = [
    ("Hence y > 8 or y < 3.", "y>8 or y<3", True),
    ("Hence y > 8 or y < 3.", "y<3", False),
    ("The sum is 8 (not 3).", "8", True),
    ("The sum is 8 (not 3).", "3", False),
    ("The roots of $x^2=64$ are $x=8$ and $x=-8$.", "8,-8", True),
    ("The roots of $x^2=64$ are $x=8$ and $x=-8$.", "8", False),
    ("There are no solutions.", "no solution", True),
    ("There are solutions.", "no solution", False),
    ("The graph of $y=x^2-1$ has 2 zeros.", "2", True),
    ("The curve $y=x^2$ has 2 zeros and 3 poles.", "2", False),
]

CODE = [
    ('So $\\boxed{8}$.\n```python\nprint(r"\\boxed{3}")\n```', "8", True),
    ('```python\nprint(r"\\boxed{3}")\n```\nHence there are 8 ways.', "8", True),
    ('```python\nprint(r"\\boxed{8}")\n```', "8", True),
    ('Here are 3 lines.\n```python\nprint(r"\\boxed{8}")\n```', "8", True),
    ("```\n\\boxed{8}\n```", "8", True),
    ("$\\boxed{3}$\n```python\nprint(5 + 3)\n```\n```output\n\\boxed{8}\n```", "8", True),
]

CHOICES = [
    ("C (30°)", "C", True),
    ("D: An inherited trait", "D", True),
    ("B) 8", "B", True),
    ("B. Eight apples", "B", True),
    ("B) 8", "A", False),
    ("B) 8\nC) 9", "B", False),
    ("B) 8 is wrong.", "B", False),
    ("B) or C)", "B", False),
    ("A: 8", "A", False),
    ("A good guess is 8.", "A", False),
    (r"\boxed{8 (D)}", "D", True),
    (r"\boxed{8 \text{ (D)}}", "D", True),
    (r"\boxed{f(D)}", "D", False),
    (r"\boxed{8 \text{ (C) or (D)}}", "D", False),
    ("D is correct.", "D", True),
    ("D is not correct.", "D", False),
    ("If D is correct, B fails.", "D", False),
    ("应选（D）", "D", True),
    ("不应选（D）", "D", False),
    ("정답은 B입니다", "B", True),
    ("정답은 B가 아닙니다", "B", False),
]


@pytest.mark.parametrize(
    ("response", "reference", "right"),
    [*TAKEN_BACK, *ABROAD, *CASES, *TOUCHING, *TURNS, *STATED, *CODE, *CHOICES],
)
def test_a_response(response: str, reference: str, right: bool) -> None:
    verdict = check(response, reference)
    assert verdict.correct is right, verdict
