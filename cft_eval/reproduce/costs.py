"""What reproducing the CFT paper takes: GPU-hours and money, by arithmetic alone.

    Costs ──> a row a step ──> table

Nothing is measured here and nothing is run: each number is a product of what stands in `Costs`.
"""

from dataclasses import dataclass
from typing import NamedTuple

from cft_eval.testsets import BENCHMARKS, SUITE
from cft_eval.training.measure import CEILINGS, Size, flop

QWEN_7B = Size(
    parameters=7_615_616_512, layers=28, width=3584, hidden=3584, vocabulary=152_064
)  # fmt: skip
PEAK = CEILINGS["H100"]
CUT = 2048
"""Tokens at which a response is cut: what a base model that does not stop says."""

ARMS = {"cft": 1.0, "sft": 1.0, "sft-right": 0.56}
"""Shares of the rows that an arm learns from: 56 % of the critiques say right."""

MOST_SAMPLED = ("aime24", "amc23")


@dataclass(frozen=True)
class Costs:
    """What is assumed."""

    gpu_hour: float = 3.0  # dollars for an H100, a rented one; put in yours
    price_in: float = 2.5  # dollars a million tokens that the teacher reads (GPT-4o's list price)
    price_out: float = 10.0  # and writes
    mfu: float = 0.4  # share of the GPU's FLOP/s that training reaches; the paper's own about 0.1
    tokens_a_second: float = 2000.0  # of one GPU that generates with vLLM in large batches
    start_minutes: float = 3.0  # of a run that loads 15 GB and compiles, on each GPU that it holds
    gpus: int = 8  # which one run of the suite holds
    rows: int = 50_000
    row_tokens: int = 1270  # 224 MB at 3.5 bytes a token
    learnt_share: float = 0.54  # of a row's tokens; of the others the head is not computed
    response_tokens: int = 400
    seeds: int = 1  # of each arm
    checkpoints: int = 49  # of each arm, chosen among with MATH-500; the paper kept so many
    question_tokens: int = 900  # that the teacher reads for one critique
    critique_tokens: int = 500  # and writes


class CostRow(NamedTuple):
    """A row of the table."""

    what: str
    how: str
    """The product, in numbers."""

    gpu_hours: float = 0.0
    teacher: float = 0.0
    """Dollars."""


def steps(costs: Costs) -> list[CostRow]:
    """The page's steps in its order; optional ones come last."""
    suite = sum(BENCHMARKS[name].size for name in SUITE)
    sampled = sum(BENCHMARKS[name].size for name in MOST_SAMPLED)
    few, all_of_it = costs.response_tokens, CUT
    arms = len(ARMS) * costs.seeds
    chosen = costs.checkpoints * arms
    return [
        _generated("1. base model, few-shot", costs, suite, few),
        _generated("1. base model, zero-shot, does not stop", costs, suite, all_of_it),
        *(_trained(f"3. training {arm}", costs, share) for arm, share in ARMS.items()),
        _generated(
            f"4. MATH-500 of {costs.checkpoints} checkpoints, {arms} arms",
            costs, 500 * chosen, few, runs=chosen, gpus=1,
        ),
        _generated(
            f"5. the suite, {arms} arms", costs, suite * arms, few, runs=arms
        ),
        _generated("5. AIME24 and AMC23, 16 times", costs, 16 * sampled, few),
    ]  # fmt: skip


def critiques(costs: Costs) -> CostRow:
    """Step 2 for who makes the critiques anew instead of taking the published ones."""
    read, written = (
        costs.rows * each / 1e6 for each in (costs.question_tokens, costs.critique_tokens)
    )
    how = f"{read:g}M x ${costs.price_in:g} + {written:g}M x ${costs.price_out:g}"
    return CostRow(
        "2. critiques of your own", how, 0.0, read * costs.price_in + written * costs.price_out
    )


def _generated(
    what: str, costs: Costs, responses: int, tokens: int, *, runs: int = 1, gpus: int = 0
) -> CostRow:
    gpus = gpus or costs.gpus
    computing = responses * tokens / costs.tokens_a_second / 3600
    starting = runs * gpus * costs.start_minutes / 60
    how = (
        f"{responses:,} x {tokens:,} tokens / {costs.tokens_a_second:,.0f} a second, "
        f"{runs} x {gpus} GPUs x {costs.start_minutes:g} min"
    )
    return CostRow(what, how, computing + starting)


def _trained(what: str, costs: Costs, share: float) -> CostRow:
    rows = round(costs.rows * share) * costs.seeds
    learnt = round(costs.learnt_share * costs.row_tokens)
    work = rows * flop(QWEN_7B, [(costs.row_tokens, learnt)])
    how = (
        f"{rows:,} x {costs.row_tokens:,} tokens = {work:.2e} FLOP / "
        f"({costs.mfu:g} x {PEAK / 1e12:g} TFLOP/s)"
    )
    return CostRow(what, how, work / (costs.mfu * PEAK) / 3600)


def table(costs: Costs) -> str:
    lines = ["| step | arithmetic | GPU-hours | $ |", "|---|---|---:|---:|"]
    needed, extra = steps(costs), critiques(costs)
    lines += [_row(step, costs) for step in needed]
    hours = sum(step.gpu_hours for step in needed)
    lines += [
        f"| **in all** | {hours / costs.gpus:.1f} h of {costs.gpus} GPUs "
        f"| **{hours:.1f}** | **{hours * costs.gpu_hour:,.0f}** |",
        _row(extra, costs),
        f"| **with them** | | **{hours:.1f}** "
        f"| **{hours * costs.gpu_hour + extra.teacher:,.0f}** |",
    ]
    return "\n".join(lines)


def _row(step: CostRow, costs: Costs) -> str:
    money = step.gpu_hours * costs.gpu_hour + step.teacher
    return f"| {step.what} | {step.how} | {step.gpu_hours:.1f} | {money:,.0f} |"
