r"""Look for texts on which the checker raises, hangs, is unfair or wrong.

    python benchmarks/fuzz.py --minutes 60 --seed 1
    python benchmarks/fuzz.py --minutes 60 --engine atheris  # coverage-guided; pip install atheris
    CFT_EVAL_DATA=DIR python benchmarks/fuzz.py --minutes 60   # mutates the real references as well

Four things are held against every pair of texts:

- nothing is raised, by no stage: the net of `checker.judging` is stepped around;
- the fast path takes less than `SLOW` seconds of CPU time;
- a readable text equals itself, and equality has no direction;
- a number written in any style is accepted for itself and refused for another
  (the value is known beforehand, as a `Fraction`, and not read by the checker).

A finding is printed once a kind, and written to ``--out`` as JSON lines; exit 1 when there are any.
"""

import argparse
import atexit
import contextlib
import json
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from tqdm import tqdm

from cft_eval.checker import Outcome, Rules, rules_for
from cft_eval.checker.compare.answers import judge, value_in
from cft_eval.checker.extract.extract import extract, is_list
from cft_eval.checker.run.policies import grade

PLAIN, MEASURED = rules_for(None), rules_for("minerva_math")

SLOW = 1.0
"""Seconds of CPU time of one comparison without sympy."""

PIECES = r"""
\frac \dfrac \tfrac \sqrt \sqrt[3] { } ( ) [ ] ^ _ + - * / = < > , ; . : 0 1 2 23 .5 10 100
1,000 x y z n t a b e i \pi \theta \sin \cos \tan \log \ln \exp \text{ cm} \text{or} \mathrm \pm
\mp \cup \cap \infty ! % \% \$ | \| \{ \} \begin{pmatrix} \end{pmatrix} \begin{cases}
\end{cases} & \\ \le \ge \ne \in \degree ^\circ \lfloor \rfloor \lceil \rceil \binom \boxed{ $
and \cdot \times \, \! \left \right ' f(x) \mathbb{R} \setminus \emptyset \approx \to
\Rightarrow \text{ # ~ ½ √ ² × − ° π ∞ ≤ \overline \int \sum \prod \lim \partial \nabla \vec
\hat _8 _{16} e^{ 1e5 1.5e-3 \div \mid \log_2 \operatorname u(t) \delta(t) \dot C_1 \ldots \dots
... p.m. AM \underline \cancel \displaystyle **Answer:** #### </think> <think> {"answer": [END]
答案是 answer is
""".split()  # noqa: SIM905  # a list of 160 quoted strings is not read


def texts(rng: random.Random, seeds: list[str]) -> Iterator[str]:
    """Mixtures of LaTeX pieces, and references with pieces lost, doubled or put in."""
    while True:
        if seeds and rng.random() < 0.6:
            yield mutated(rng, rng.choice(seeds), seeds)
        else:
            count = rng.choice((2, 4, 8, 16, 40))
            glue = rng.choice(("", " "))
            yield glue.join(rng.choice(PIECES) for _ in range(rng.randint(1, count)))


def mutated(rng: random.Random, text: str, seeds: list[str]) -> str:
    for _ in range(rng.randint(1, 4)):
        place = rng.randint(0, len(text))
        end = min(len(text), place + rng.randint(0, 6))
        match rng.randint(0, 4):
            case 0:
                text = text[:place] + text[end:]
            case 1:
                text = text[:place] + text[place:end] * 2 + text[end:]
            case 2:
                text = text[:place] + rng.choice(PIECES) + text[end:]
            case 3:
                other = rng.choice(seeds)
                cut = rng.randint(0, len(other))
                text = text[:place] + other[cut : cut + 12] + text[end:]
            case _:
                text = text[:place] + chr(rng.choice((rng.randint(1, 127), 0x221A, 0xBD, 0x2009)))
    return text


def written(rng: random.Random, value: Fraction) -> str:
    """A rational number as models write it."""
    sign = rng.choice(("-", "- ", "\u2212")) if value < 0 else ""
    above, below, scale = abs(value.numerator), value.denominator, rng.randint(1, 9)
    styles = [
        rf"{sign}\frac{{{above}}}{{{below}}}",
        rf"\frac{{{sign}{above * scale}}}{{{below * scale}}}",
        rf"{sign}{above}/{below}",
        rf"\left({sign}\dfrac{{{above}}}{{{below}}}\right)",
        rf"{sign}{above} \cdot {below}^{{-1}}",
        rf"{sign}\sqrt{{\frac{{{above**2}}}{{{below**2}}}}}",
        rf"{sign}\frac{{{above * scale}}}{{{below}}} \div {scale}",
        rf"{sign}\left(\frac{{{above}}}{{{below}}} + {scale}\right) {'+' if sign else '-'} {scale}",
    ]
    if below == 1:
        styles += [f"{sign}{above}", f"{sign}{above}.0", f"{sign}{above:,}", f"{sign}00{above}"]
    elif above > below:
        styles.append(rf"{sign}{above // below}\frac{{{above % below}}}{{{below}}}")
    if 10**6 % below == 0:
        digits = f"{above * 10**6 // below:07d}"
        styles += [
            f"{sign}{digits[:-6]}.{digits[-6:]}",
            rf"{sign}{digits[:-6]}.{digits[-6:]} \times 10^{{0}}",
            rf"{sign}{int(digits)} \times 10^{{-6}}",
            f"{sign}{int(digits)}e-6",
        ]
    dress = rng.choice(
        ("{}", "${}$", r"\({}\)", "{}.", "x = {}", r"\boxed{{{}}}", r"{}\text{{ cm}}")
    )
    return dress.format(rng.choice(styles))


class Fuzz:
    """What was tried and what was found."""

    def __init__(self, out: Path) -> None:
        self.out, self.pairs, self.kinds = out, 0, Counter[str]()
        self.seen = set[tuple[str, str]]()

    def found(self, kind: str, answer: str, reference: str, detail: str) -> None:
        self.kinds[kind] += 1
        new = (answer, reference) not in self.seen
        self.seen.add((answer, reference))
        if new and self.kinds[kind] <= 200:
            row = {"kind": kind, "answer": answer, "reference": reference, "detail": detail}
            with self.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        if self.kinds[kind] == 1:
            print(f"\n{kind}\n  {answer!r}\n  {reference!r}\n  {detail}", flush=True)

    def outcome(self, answer: str, reference: str, rules: Rules = PLAIN) -> Outcome | None:
        """The verdict of the fast path; None where sympy is wanted or something was raised."""
        self.pairs += 1
        started = time.process_time()
        try:
            judgement = judge(answer, reference, rules, deep=False)
        except Exception as error:  # noqa: BLE001  # to find them is what this file is for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}:{frame.lineno}"
            self.found(f"raised {type(error).__name__} at {place}", answer, reference, str(error))
            return None
        if (took := time.process_time() - started) > SLOW:
            self.found("slow", answer, reference, f"{took:.1f} s")
        return None if judgement.undecided else judgement.outcome

    def pair(self, answer: str, reference: str) -> None:
        forward, backward = self.outcome(answer, reference), self.outcome(reference, answer)
        one_way = (forward is Outcome.CORRECT) != (backward is Outcome.CORRECT)
        # An answer may say what it found, ``|x| = 5`` for 5, and put brackets around a list.
        directed = "=" in answer + reference or ("(" in answer) != ("(" in reference)
        if forward and backward and one_way and not directed:
            self.found("has a direction", answer, reference, f"{forward} but {backward}")
        if self.outcome(answer, answer + " ") is Outcome.WRONG:
            self.found("differs from itself", answer, answer, "wrong")
        self.outcome(answer, reference, MEASURED)

    def response(self, text: str, reference: str) -> None:
        self.pairs += 1
        try:
            extract(text, several=is_list(reference))
            for policy in ("qwen", "cft_paper"):
                grade(
                    text,
                    reference,
                    policy=policy,
                    benchmark=None,
                    bare=False,
                    equal=lambda a, b: None,
                    value=value_in,
                )
        except Exception as error:  # noqa: BLE001  # as above
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}:{frame.lineno}"
            self.found(f"raised {type(error).__name__} at {place}", text, reference, str(error))

    def numbers(self, rng: random.Random) -> None:
        value = Fraction(rng.randint(-500, 500), rng.choice((1, 1, 2, 3, 4, 5, 7, 8, 12, 40)))
        other = rng.choice(
            (-value, value + 1, value / 100, value * 100, value + Fraction(1, 10**6))
        )
        answer, reference = written(rng, value), written(rng, value)
        if self.outcome(answer, reference) not in (Outcome.CORRECT, None):
            self.found("refused a right number", answer, reference, f"both are {value}")
        wrong = written(rng, other)
        if other != value and self.outcome(wrong, reference) is Outcome.CORRECT:
            self.found("accepted a wrong number", wrong, reference, f"{other} for {value}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="of the wall clock")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("random", "atheris"), default="random")
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings.jsonl"))
    args = parser.parse_args()
    fuzz, seeds = Fuzz(args.out), references()
    print(f"{args.engine}, seed {args.seed}, {len(seeds)} real references", flush=True)
    run = run_atheris if args.engine == "atheris" else run_random
    with contextlib.suppress(KeyboardInterrupt):
        run(fuzz, seeds, args)
    report(fuzz)
    return 1 if fuzz.kinds else 0


def report(fuzz: Fuzz) -> None:
    cpu = time.process_time() / 60
    print(f"\n{fuzz.pairs:,} comparisons in {cpu:.1f} minutes of CPU time; findings:", end=" ")
    print(dict(fuzz.kinds) or "none", flush=True)


def references() -> list[str]:
    if not os.environ.get("CFT_EVAL_DATA"):
        return []
    from cft_eval.testsets.benchmarks import SUITE
    from cft_eval.testsets.load import load

    return sorted({item.reference for name in SUITE for item in load(name)})


def run_random(fuzz: Fuzz, seeds: list[str], args: argparse.Namespace) -> None:
    rng, until = random.Random(args.seed), time.monotonic() + args.minutes * 60
    stream = texts(rng, seeds)
    with tqdm(total=args.minutes, unit=" min", disable=None, file=sys.stderr) as bar:
        while (left := until - time.monotonic()) > 0:
            for _ in range(20):
                answer = next(stream)
                reference = next(stream) if rng.random() < 0.5 else mutated(rng, answer, [answer])
                fuzz.pair(answer, reference)
                fuzz.response(f"So {answer} \\boxed{{{reference}}} {next(stream)}", reference)
                fuzz.numbers(rng)
            bar.update(args.minutes - left / 60 - bar.n)


def run_atheris(fuzz: Fuzz, seeds: list[str], args: argparse.Namespace) -> None:
    import atheris

    def once(data: bytes) -> None:
        source = atheris.FuzzedDataProvider(data)
        text = [picked(source, seeds) for _ in range(2)]
        fuzz.pair(*text)
        fuzz.response(text[0] + text[1], text[1])

    atheris.instrument_all()
    seconds = int(args.minutes * 60)
    options = [f"-max_total_time={seconds}", f"-seed={args.seed}", "-max_len=160", "-timeout=30"]
    atheris.Setup([sys.argv[0], *options, "-verbosity=0"], once)
    # libFuzzer ends the process itself: the report is due before.
    atexit.register(report, fuzz)
    atheris.Fuzz()


def picked(source: "atheris.FuzzedDataProvider", seeds: list[str]) -> str:  # noqa: F821
    """Bytes of the fuzzer, read as pieces of LaTeX."""
    parts = []
    if seeds and source.ConsumeBool():
        parts.append(seeds[source.ConsumeIntInRange(0, len(seeds) - 1)])
    for _ in range(source.ConsumeIntInRange(0, 12)):
        if source.ConsumeBool():
            parts.append(PIECES[source.ConsumeIntInRange(0, len(PIECES) - 1)])
        else:
            parts.append(source.ConsumeUnicodeNoSurrogates(3))
    return "".join(parts)


if __name__ == "__main__":
    raise SystemExit(main())
