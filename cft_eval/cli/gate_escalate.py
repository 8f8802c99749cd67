"""`cft-eval gate escalate`: look again with more repeats; the plan in a file, and the runs to add.

The statistics are in `cft_eval.gate.escalate`; here are a file and the lines to paste.
"""

import argparse
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from cft_eval.cli._gate import (
    baselines_of,
    check_fields,
    check_test,
    configure_decision,
    exit_status,
    outcomes_of,
    reporting,
)
from cft_eval.cli._reports import ALPHA, MARGIN, print_text, write_reports
from cft_eval.errors import CftError
from cft_eval.harness.arguments import CHANGING
from cft_eval.plain import plain, printable

if TYPE_CHECKING:
    from cft_eval.gate import Escalation, Need, Step
    from cft_eval.results import RunOutcomes
    from cft_eval.results.outcomes import Fact

LARGEST_STATE = 1_000_000
"""Bytes; ten looks take some thousand."""

BY_TASK = {"cft_aime24_sampled": 8, "cft_aime25_sampled": 8, "cft_amc23_sampled": 8}
"""Tasks that ask each problem several times in one run (`repeats:` in `tasks/`)."""

SAMPLING = {"temperature": "0.6", "top_p": "0.95"}
"""How a greedy task is sampled: as the sampled tasks are."""

FEWSHOT_SEED = 1234
"""lm-eval's own: another one could change the prompts."""


LOOKS = 3

EPILOG = """
examples:
  cft-eval gate escalate out/new --baseline out/old # what the undecided tasks need, as commands
  cft-eval gate escalate out/new --baseline out/old --baseline more/old --more more/new
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("candidate", help="lm-eval output folder, frozen baseline or board:RUN")
    configure_decision(parser)
    parser.add_argument(
        "--more",
        metavar="RUN",
        action="append",
        default=[],
        help="later repeats of the candidate (the baseline's: --baseline again)",
    )
    parser.add_argument("--looks", type=int, help=f"looks planned, 1 to 10 (default {LOOKS})")
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("escalation.json"),
        metavar="F",
        help="file that counts the looks (default escalation.json)",
    )


def run(args: argparse.Namespace) -> int:
    return reporting(_escalate, args)


def _escalate(args: argparse.Namespace) -> int:
    from cft_eval import gate
    from cft_eval.results import aligned

    names = ("margin", "alpha", "looks")
    typed = {name: vars(args)[name] for name in names if vars(args)[name] is not None}
    check_test(args)
    if not 1 <= typed.get("looks", LOOKS) <= 10:
        raise CftError(f"--looks {args.looks}: 1 to 10, such as 3")
    baselines = baselines_of(args)
    candidates = [outcomes_of(source, args) for source in (args.candidate, *args.more)]
    check_fields(args.allow_diff, [*baselines, *candidates])
    plan = plan_of(args.state, typed, {"margin": MARGIN, "alpha": ALPHA, "looks": LOOKS})
    step = gate.look(plan, baselines, candidates, allow=args.allow_diff)
    write_plan(args.state, step.plan)
    write_reports(step.report, args)
    print_text(gate.as_text(step.report))
    candidate = aligned(baselines[0], candidates[0])
    print_text(commands(step, baselines[0], candidate, state=args.state))
    return exit_status(step.report, strict=args.strict)


def plan_of(path: Path, typed: Mapping[str, float], defaults: Mapping[str, float]) -> "Escalation":
    """The plan in ``path``, or a new one. What was planned cannot be changed after a look."""
    from cft_eval.gate import Escalation
    from cft_eval.results import InvalidData

    wanted = {**defaults, **typed}
    if not path.exists():
        return Escalation(
            margin=wanted["margin"] / 100, alpha=wanted["alpha"], looks=int(wanted["looks"])
        )
    advice = "name another with --state, or remove it to start again"
    if path.is_file() and path.stat().st_size > LARGEST_STATE:
        raise InvalidData(
            f"{path}: not the file of an escalation: it is over {LARGEST_STATE:,} bytes; {advice}"
        )
    try:
        plan = Escalation.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise InvalidData(
            f"{path}: not the file of an escalation: {field}: {first['msg']}; {advice}"
        ) from None
    fixed = {"margin": 100 * plan.margin, "alpha": plan.alpha, "looks": plan.looks}
    for name, value in typed.items():
        if abs(value - fixed[name]) > 1e-9:
            raise CftError(
                f"--{name} {value:g}: {path} was planned with {fixed[name]:g}, and changing it "
                "after a look would undo alpha; name another --state for a new comparison"
            )
    return plan


def write_plan(path: Path, plan: "Escalation") -> None:
    """Write the file whole or not at all."""
    half = path.with_name(path.name + ".part")
    half.write_text(plan.model_dump_json(indent=1) + "\n", encoding="utf-8")
    half.replace(path)


def commands(
    step: "Step", baseline: "RunOutcomes", candidate: "RunOutcomes", *, state: Path
) -> str:
    """How many looks are taken, what each undecided task takes, and the lines that run it."""
    done, plan = len(step.plan.done), step.plan
    spent = sum(past.alpha for past in plan.done)
    lines = [
        "",
        f"look {done} of {plan.looks}; {spent:.4f} of alpha {plan.alpha:g} spent ({state})",
    ]
    runnable = [need for need in step.needs if need.repeats]
    lines += [f"{plain(need.task)}: {plain(need.why)}" for need in step.needs]
    for side, run in (("baseline", baseline), ("candidate", candidate)):
        if runnable:
            lines += ["", f"# {side}, {plain(run.model)}"]
            missing = unknown_to_a_command(
                [run.fingerprint(need.task) for need in runnable], run.model
            )
            lines += [f"# add what the run was given: {', '.join(missing)}"] if missing else []
            lines += [_command(need, run, f"more/{side}", look=done) for need in runnable]
    if runnable:
        lines += [
            "",
            "then look again with every new run: --baseline (the old one first, then the new) and "
            "--more",
        ]
    elif step.needs:
        lines.append("no more repeats are worth their cost: the verdict is final")
    return "\n".join(lines)


def unknown_to_a_command(prints: Sequence["Mapping[str, Fact]"], name: str) -> list[str]:
    """What the run was given that its fingerprint holds as a hash, or not at all."""
    engines = {str(facts.get("engine")) for facts in prints}
    missing = [
        word
        for word, given in (
            ("the model's folder", "/" not in name and name not in ("", "dummy")),
            ("base_url=", any("completions" in engine for engine in engines)),
            ("--system_instruction", any(facts.get("system_instruction") for facts in prints)),
            ("further --gen_kwargs (top_k …)", any(facts.get("generation") for facts in prints)),
        )
        if given
    ]
    return missing


def _command(need: "Need", run: "RunOutcomes", out: str, *, look: int) -> str:
    """The run, once for each seed; a loop where one does not bring enough repeats."""
    assert need.repeats is not None
    facts = run.fingerprint(need.task)
    task, sampling = need.task, {}
    if not facts.get("temperature"):
        if f"{task}_sampled" in BY_TASK:
            task += "_sampled"
        else:
            sampling = dict(SAMPLING)
    elif task not in BY_TASK:
        sampling = {key: f"{facts[key]:g}" for key in SAMPLING if facts.get(key) is not None}
    if facts.get("max_gen_toks") not in (None, 2048):
        sampling["max_gen_toks"] = str(facts["max_gen_toks"])
    runs = -(-need.repeats // BY_TASK.get(task, 1))
    seeds = [str(1000 * look + i) for i in range(1, runs + 1)]
    seed = seeds[0] if runs == 1 else "$seed"
    name = "model" if "completions" in str(facts.get("engine")) else "pretrained"
    model = f"{name}={_quoted(run.model)}{_arguments(facts)}"
    if facts.get("engine") == "vllm":
        model += f",seed={seed}"  # vLLM draws from its own seed, not from lm-eval's
    engine = _quoted(facts.get("engine"))
    words = [
        f"cft-eval run --model {engine} --model_args {model}",
        f"--tasks {_quoted(task)}",
    ]
    if facts.get("chat_template"):
        words.append("--apply_chat_template")
    if facts.get("n_shot") and task == need.task:
        words.append(f"--num_fewshot {_quoted(facts['n_shot'])}")
    if sampling:
        words.append(f"--gen_kwargs {_quoted(','.join(f'{k}={v}' for k, v in sampling.items()))}")
    words.append(f"--seed {seed},{seed},{seed},{FEWSHOT_SEED} --output_path {out}-{seed}")
    line = " ".join(words)
    return line if runs == 1 else f"for seed in {' '.join(seeds)}; do {line}; done"


def _arguments(facts: "Mapping[str, Fact]") -> str:
    """The engine's arguments of the run, without which more repeats would not be made alike; one
    that was kept as a hash is for the reader to add."""
    given = {name: facts[name] for name in sorted(set(CHANGING.values()) & facts.keys())}
    return "".join(f",{name}={_quoted(value)}" for name, value in given.items() if _short(value))


def _short(value: object) -> bool:
    return value is not None and not re.search(r"^sha256:|[,{}\s]", str(value))


def _quoted(word: object) -> str:
    """One word of a shell command that somebody will paste: a run of strangers named it."""
    return shlex.quote(printable(str(word)))
