r"""Responses in the manner of today's models, by kind: which give the reference, which do not.

Each row is (response, reference). `test_responses.py` has the older tables.
"""

# ruff: noqa: RUF001  # signs of other scripts that look like Latin ones
import pytest

from cft_eval import Outcome, check

TOUCHED = [
    (r"$-\boxed{4}$", "-4"),
    (r"Total: -\boxed{4}", "-4"),
    (r"so $A = \boxed{9}\pi$.", r"9\pi"),
    (r"\[ z = \boxed{3} + 4i \]", "3+4i"),
    (r"$\frac{1}{\boxed{6}}$", "1/6"),
    (r"$\frac{\boxed{5}}{\boxed{6}}$", "5/6"),
    (r"$\sqrt{\boxed{5}}$", r"\sqrt5"),
    (r"$2^{\boxed{10}}$", "1024"),
    (r"\boxed{3} \cdot 10^4", "30000"),
    (r"$\boxed{2}\frac{1}{3}$", "7/3"),
    (r"$\boxed{a+b}\pi$", r"(a+b)\pi"),
    # What does not touch: bullets, dashes, styles, brackets, relations, words.
    (r"- \boxed{4}", "4"),
    (r"Answer - $\boxed{4}$", "4"),
    (r"$\mathbf{\boxed{4}}$", "4"),
    (r"$\left(\boxed{4}\right)$", "4"),
    (r"\[ 2 + 2 = \boxed{4} \]", "4"),
    (r"$x = \boxed{4}$, so $y = 3$.", "4"),
    (r"$$\therefore\ \boxed{4}$$", "4"),
    (r"\begin{align*} x &= 2+2 \\ &= \boxed{4} \end{align*}", "4"),
    (r"$\boxed{4}\quad\text{(since } 2+2=4)$", "4"),
    (r"$\text{Answer: }\boxed{4}$", "4"),
    (r"The cost is $5 plus $7, that is \boxed{12}.", "12"),
    (r"$\boxed{4} \checkmark$", "4"),
    (r"**\boxed{4}**", "4"),
    (r"\boxed{4}!", "4"),
    (r"\(\boxed{4}\).", "4"),
    (r"$n \equiv \boxed{4} \pmod 7$", "4"),
]
TOUCHED_WRONG = [
    (r"$-\boxed{4}$", "4"),
    (r"$\boxed{9}\pi$", "9"),
    (r"\boxed{9}+2i", "9"),
    (r"$\frac{1}{\boxed{6}}$", "6"),
    (r"$\sqrt{\boxed{5}}$", "5"),
    (r"$10^{\boxed{2}}$", "2"),
    (r"\boxed{3} \cdot 10^4", "3"),
    (r"$\boxed{4}!$", "4"),
    (r"$3\boxed{4}x$", "4"),
]
RETRACTED = [
    (r"So $\boxed{5}$. Wait, that is wrong, since 2+4=6. The answer is 6.", "6"),
    ("The answer is 5. Wait, actually it's 6.", "6"),
    ("The answer is 8? No, that is wrong. So we get 9.", "9"),
    (r"We might say \boxed{5}, but that is incorrect; the correct answer is 6.", "6"),
    ("Final answer: 12\n\nCorrection: the final answer is 13.", "13"),
    (r"I get $\boxed{12}$.\n\nOops, I forgot one case.\n\n**Final Answer: 13**", "13"),
    (r"\boxed{5}. Hence the final answer is 7.", "7"),
    (r"It is \boxed{5}, and not \boxed{7}.", "5"),
    (r"So the answer cannot be \boxed{5}; it must be 6.", "6"),
    (r"\boxed{2} + \boxed{3} = \boxed{5}", "5"),
    # What is said of something else takes nothing back, and a rounded value no exact one.
    ("\\boxed{60}\n\nThe answer to part (b) is 30.", "60"),
    ("\\boxed{\\sqrt{2}}\n\nThe answer is 1.414.", r"\sqrt2"),
    (r"\boxed{5}. Answering 6 would be wrong.", "5"),
    (r"\boxed{5}. A common mistake is to say 6.", "5"),
    (r"\boxed{5}. Wait, let me check: 2+3=5. Yes, that's right.", "5"),
    (r"\boxed{\frac12}. So the answer is approximately 0.51.", "1/2"),
    (r"\boxed{5}. Note: if n were odd, the answer is 7.", "5"),
    (r"She must score at least $\boxed{9}$ points.", "9"),
]
RETRACTED_WRONG = [
    (r"$\boxed{5}$ is wrong.", "5"),
    (r"\boxed{5} Wait, that is wrong, the answer should be 7.", "5"),
    (r"\boxed{5}. Hmm, I made a mistake. Let me think again about the", "5"),
    ("The answer is 5. Wait, actually it's 6.", "5"),
    ("The answer is 5. However, that is not correct.", "5"),
    (r"`\boxed5` if n is even; `\boxed7` if n is odd.", "7"),
    (r"If n is even, we get \boxed{5}; if n is odd, we get \boxed{7}.", "7"),
    (r"The answer is not \boxed{5}.", "5"),
]
TURNS = [
    ("<think>4 or 5?</think>\n\nIt is 5.", "5"),
    ("[THINK]4 or \\boxed{6}?[/THINK]The sum is 5.", "5"),
    ("\u25c1think\u25b7 \\boxed{4}? \u25c1/think\u25b7 So \\boxed{5}", "5"),
    ("<reasoning>\nso 4?\n</reasoning>\n<answer>\n5\n</answer>", "5"),
    (
        "<|begin_of_thought|>\\boxed{4}<|end_of_thought|><|begin_of_solution|>We get"
        " \\boxed{5}.<|end_of_solution|>",
        "5",
    ),
    (
        "<|channel|>analysis<|message|>Maybe \\boxed{4}.<|end|><|start|>assistant<|channel|>final"
        "<|message|>It is \\boxed{5}.<|return|>",
        "5",
    ),
    ("analysisMaybe 4? We try.assistantfinalThe sum is **5**.", "5"),
    ("<|start_header_id|>assistant<|end_header_id|>\n\n\\boxed{5}<|eot_id|>", "5"),
    ("The sum is 5.<|im_end|>\n<|im_start|>user\nAnd \\boxed{6}?", "5"),
    ("The sum is 5.<end_of_turn>\n<start_of_turn>user\n\\boxed{6}", "5"),
    ("The sum is 5.<|eot_id|><|start_header_id|>user<|end_header_id|> 6", "5"),
    ("The answer is 5<\uff5cend\u2581of\u2581sentence\uff5c>", "5"),
    ("The answer is 5.<|eom_id|>", "5"),
]
TURNS_WRONG = [
    ("[THINK]so \\boxed{5}, but let me check", "5"),
    ("<thought>so \\boxed{5}, but let me check", "5"),
    ("<|begin_of_thought|>so \\boxed{5}, but", "5"),
    ("<|channel|>analysis<|message|>so \\boxed{5}", "5"),
    ("analysisSo \\boxed{5}, but", "5"),
    ("The sum is 4.<|im_start|>user\n\\boxed{5}", "5"),
]
WRAPPED = [
    ("<|begin_of_box|>5<|end_of_box|>", "5"),
    ("So it is five.\n<|begin_of_box|>\\frac{1}{2}<|end_of_box|>", "1/2"),
    ("<final_answer>5</final_answer>", "5"),
    ("[ANSWER]5[/ANSWER]", "5"),
    ("\u3010答案\u30115<eoa>", "5"),
    (r"\beginboxed{5}", "5"),
    ("$\x08oxed{5}$", "5"),
    ("<b>5</b>", "5"),
    ("The answer is <strong>5</strong>.", "5"),
    (r"\boxed{**5**}", "5"),
    (r'\boxed{"5"}', "5"),
    ("Answer: 5 ✅", "5"),
    ("✅ Final Answer: **5**", "5"),
    ("```python\nprint(2+3)\n```\n```output\n5\n```\nSo at least $\\boxed{5}$ are needed.", "5"),
    ("```python\nprint(2+3)\n```\n```output\n5\n```\nFive people come.", "5"),
    ("```output\n5\n```", "5"),
    (r"\boxed(5)", "5"),
]
SENTENCES = [
    ("Answer: The value of $k$ is 12", "12"),
    ("The number of triples $(a, b, c)$ is 12.", "12"),
    ("The length of $PQ$ is 12.", "12"),
    ("So the value of $a+b$ is $12$.", "12"),
    ("Final Answer: Tom began reading it 4 hours ago. I hope it is correct.", "4"),
    ("the answer is: Lena sold 40 cakes", "40"),
    ("Anna walks 540 meters a day.", "540"),
    ("Answer $9$", "9"),
    ("Ans: 9", "9"),
    ("Ans. 9", "9"),
    ("Result: 9", "9"),
    ("Solution: 9", "9"),
    ("Total cost: $45", "45"),
    ("ANSWER 9", "9"),
    ("**Answer:** The sum of $p$ and $q$ is $\\frac{7}{3}$.", "7/3"),
    ("The answer to part two is 9.", "9"),
    ("The answer comes out to 9.", "9"),
    ("The total is 9. I hope this helps!", "9"),
    ("The total is 9.\n\nLet me know if you have any questions!", "9"),
    (r"Thus $x = 9$. $\blacksquare$", "9"),
    ("Thus x = 9. □", "9"),
    ("Hence $x = 9$. QED", "9"),
    ("The sum is 9 (since 4+5 = 9).", "9"),
    ("The minimum is $9$ when $x = 2$.", "9"),
    ("So there are $9$ such integers $m$.", "9"),
    ("Answer: 9, obtained by adding 4 and 5", "9"),
    ("Answer: We add what they have.\nAnna has 4.\n\nSo the total is 9.", "9"),
    ("First, $x = y + 1$. Then $2y = 6$, which leads to $y = 3$.", "3"),
    (r"\begin{align*} s &= 4+5 \\ &= 9 \end{align*}", "9"),
]
EQUATIONS = [
    ("The equation of the circle is $x^2+y^2=9$.", "x^2+y^2=9"),
    ("Therefore the solution is $x<7$.", "x<7"),
    ("So we need $x \\ge 7$.", r"[7,\infty)"),
    ("Therefore, $x = 3$ or $x = 7$.", "3,7"),
    ("Hence $x <= 7$.", r"x \le 7"),
    ("The solution is $x \\ne 7$.", r"x \ne 7"),
]
CHOICES = [
    (r"\boxed{B) 12}", "B"),
    (r"\boxed{B) 12}", "12"),
    (r"\boxed{\text{B. } 12}", "B"),
    (r"\boxed{C (145^\circ)}", "C"),
    (r"\boxed{E: a square}", "E"),
    ("Answer: (B) $12$", "B"),
    ("The correct option is D.", "D"),
    ("The correct answer is **D: a square**", "D"),
    ("选 C。", "C"),
    ("故选B", "B"),
    ("因此选择 C。", "C"),
    (r"\boxed{59}. The answer is (A).", "A"),
    (r"(B) $\boxed{12}$", "B"),
    (r"\boxed{12}, which is option (B).", "B"),
    (r"\boxed{\langle H \rangle}, so option D fits.", "D"),
    ("Option A is out. The answer is B.", "B"),
]
CHOICES_WRONG = [
    (r"\boxed{B) 12}", "C"),
    (r"\boxed{A or B}", "B"),
    (r"\boxed{(A)(B)}", "A"),
    ("The answer is A or B.", "A"),
    (r"\boxed{A}. The answer is (B).", "A"),
    (r"\boxed{B}. Option A is wrong because it is too small.", "A"),
    (r"\boxed{A+B}", "A"),
]
LANGUAGES = [
    ("因此，最小值为 $3$。", "3"),
    ("所以最大值是3。", "3"),
    ("答：3个", "3"),
    ("综上，共有 $12$ 种方法。", "12"),
    ("La respuesta es 12.", "12"),
    ("**Respuesta final:** $12$", "12"),
    ("La réponse est donc 12.", "12"),
    ("Die Antwort lautet 12.", "12"),
    ("Ответ: 12", "12"),
    ("A resposta é 12.", "12"),
    ("答えは12です。", "12"),
    ("정답은 12입니다.", "12"),
    ("उत्तर: 12", "12"),
]
UNREAD = [
    "Answer: the larger of the two numbers we named above",
    "The answer is that she is taller than he was when they met.",
]


@pytest.mark.parametrize(
    ("response", "reference"),
    [
        *TOUCHED, *RETRACTED, *TURNS, *WRAPPED, *SENTENCES, *EQUATIONS, *CHOICES, *LANGUAGES,
    ],
)  # fmt: skip
def test_the_answer_is_given(response: str, reference: str) -> None:
    verdict = check(response, reference)
    assert verdict.correct, verdict


@pytest.mark.parametrize(
    ("response", "reference"), TOUCHED_WRONG + RETRACTED_WRONG + TURNS_WRONG + CHOICES_WRONG
)
def test_the_answer_is_not_given(response: str, reference: str) -> None:
    verdict = check(response, reference)
    assert not verdict.correct, verdict


@pytest.mark.parametrize("response", UNREAD)
def test_a_sentence_without_a_value_is_unreadable_and_said_so_in_words(response: str) -> None:
    verdict = check(response, "5")
    assert verdict.outcome is Outcome.UNREADABLE
    assert verdict.reason.startswith("the sentence states no value that is understood: ")
    assert "*" not in verdict.reason


@pytest.mark.parametrize(
    ("answer", "reference", "correct"),
    [
        (r"[1, 4]", "Between its roots it is negative.\n\n\\[ \\boxed{[1, 4]} \\]", True),
        (r"\boxed{1,2}", r"\boxed{1}\boxed{2}", True),
        ("2", r"First \boxed{2}, no: \boxed{3}", False),
        ("3", r"First \boxed{2}, no: \boxed{3}", True),
    ],
)
def test_a_reference_may_be_a_whole_solution(answer: str, reference: str, correct: bool) -> None:
    assert check(answer, reference).correct is correct
