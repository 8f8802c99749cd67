"""What others report of critique fine-tuning: findings with their sources, never ranked, never
mixed with what is measured here.

Each figure stands as its source prints it. ``speaks`` says what a finding means for the question
whether CFT helps; a finding that is a part of a paper's own choice says so in its note.
"""

from dataclasses import dataclass
from typing import Literal

Speaks = Literal["for", "against", "mixed", "caution"]


@dataclass(frozen=True, slots=True)
class CitedFinding:
    topic: str
    text: str
    figures: str
    speaks: Speaks
    source: str
    """As ``arXiv 2501.17703v4``."""

    where: str
    note: str = ""


FINDINGS = (
    CitedFinding(
        topic="Instruction following",
        text="CFT is said to follow instructions better than SFT on answers.",
        figures=(
            "IFEval, strict / loose: CFT 33.5 / 36.2; the best SFT 32.8 / 34.1; base 26.6 / "
            "29.1; Qwen-Instruct 33.3 / 34.5"
        ),
        speaks="for",
        source="arXiv 2501.17703v4",
        where="Table 8",
        note="541 prompts: a point is five or six of them, and no interval is printed.",
    ),
    CitedFinding(
        topic="Instruction following",
        text="On another base CFT is said to drift in its output format.",
        figures="IFEval: −21.3 % for CFT",
        speaks="against",
        source="arXiv 2505.11628",
        where="text",
    ),
    CitedFinding(
        topic="Critique-guided distillation",
        text="Learning answers that follow a critique is said to beat learning the critique.",
        figures="over CFT: +15.0 on AMC 2023, +12.2 on MATH-500",
        speaks="against",
        source="arXiv 2505.11628",
        where="text",
        note="AMC 2023 has 40 problems: 15 points are six of them.",
    ),
    CitedFinding(
        topic="One-Shot CFT",
        text="Critiques of solutions to one problem are said to do what RL on one problem does.",
        figures=(
            "Qwen2.5-Math-7B, mean of six sets: CFT 42.2, RL 40.2, base 27.3 (32.2 by its other"
            " protocol)"
        ),
        speaks="for",
        source="arXiv 2506.03295",
        where="main table of the project's page",
        note="The best of four seed problems: the others give 37.9, 38.7 and 36.3.",
    ),
    CitedFinding(
        topic="One-Shot CFT",
        text="On the smaller base RL wins.",
        figures="Qwen2.5-Math-1.5B, mean of six sets: RL 33.8, CFT 32.8, base 21.1 (25.0)",
        speaks="mixed",
        source="arXiv 2506.03295",
        where="main table of the project's page",
    ),
    CitedFinding(
        topic="Critique-GRPO",
        text="Critiques within online RL are said to beat supervised and RL-based fine-tuning.",
        figures=(
            "mean pass@1 over eight tasks: about +15.0 to +21.6 % on Qwen models, +7.3 % on "
            "Llama-3.2-3B-Instruct"
        ),
        speaks="mixed",
        source="arXiv 2506.03106v6",
        where="abstract",
        note=(
            "Version 5 says +4.4 % on Qwen2.5-7B and +3.8 % on Qwen3-8B of all compared methods."
        ),
    ),
    CitedFinding(
        topic="Contamination",
        text="Qwen2.5-Math-7B completes problems of MATH-500 that it is shown in part.",
        figures="54.6 % of them from the first 60 % of their text",
        speaks="caution",
        source="arXiv 2507.10532",
        where="as reported",
        note="Whatever is trained from this base starts from there.",
    ),
)
