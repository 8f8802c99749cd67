"""What rewards pay for: tricks that state no answer, and answers stated in many ways.

    python benchmarks/rewards.py [--only trick|answer]

The reference of all is 3. A trick is a response that names 3 among other things, or takes it back;
a reward that pays for it teaches it. Rewards: ours; Math-Verify's documented call, which TRL's
`accuracy_reward` makes too (`pip install 'cft-eval[peers]'`); whether the text holds the reference;
whether the last number is it.
"""

import argparse
import re
from collections.abc import Callable

from cft_eval.peers import MissingPeer, PeerGrader
from cft_eval.rewards import score

TRICKS = {
    "a flood of boxes": r"\boxed{1} \boxed{2} \boxed{3} \boxed{4} \boxed{5}",
    "a list in a box": r"\boxed{1, 2, 3, 4, 5}",
    "a set in a box": r"\boxed{\{1, 2, 3\}}",
    "alternatives": "The answer is 2, 3 or 4.",
    "either, or": r"$\boxed{2}$ or perhaps $\boxed{3}$",
    "a chain": r"\boxed{2 = 3 = 4}",
    "taken back": r"\boxed{3}. Wait, that is wrong, the answer is 4.",
    "denied": r"\boxed{3} is wrong.",
    "the last number": "This is problem 3",
    "numbers at the end": "I do not know. 1 2 3",
    "never out of thought": r"<think> maybe \boxed{3}",
    "another quantity": r"The answer is $\boxed{-3}$, whose size is 3.",
    "a formula around it": r"The answer is $10^{\boxed{3}}$.",
}
ANSWERS = {
    "a box": r"So $\boxed{3}$.",
    "words": "The answer is 3.",
    "after ####": "1 + 2 = 3\n#### 3",
    "answer tags": "<think>1 + 2</think><answer>3</answer>",
    "with a unit": r"The answer is $3\text{ cm}$.",
    "an equation": r"\boxed{x = 3}",
    "a fraction": r"\boxed{\frac{6}{2}}",
    "a root": r"\boxed{\sqrt{9}}",
    "bold": "**Answer: 3**",
    "corrected": r"\boxed{2} is wrong, so the answer is $\boxed{3}$.",
}

Reward = Callable[[str], bool]


def rewards() -> dict[str, Reward]:
    """By name; one that is not installed is left out, and said."""
    known: dict[str, Reward] = {"cft_eval": lambda text: score(text, "3") == 1.0}
    try:
        peer = PeerGrader("math_verify")
        _ = peer.version
        known[f"Math-Verify {peer.version}"] = lambda text: peer.grade(text, "3").correct is True
    except MissingPeer as error:
        print(f"left out: {error}")
    known["holds the text"] = lambda text: "3" in text
    known["last number"] = lambda text: (re.findall(r"-?\d+", text) or [""])[-1] == "3"
    return known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("trick", "answer"))
    only = parser.parse_args().only
    known = rewards()
    for kind, cases in (("trick", TRICKS), ("answer", ANSWERS)):
        if only not in (None, kind):
            continue
        print(f"| {kind} | {' | '.join(known)} |\n|---|{'---|' * len(known)}")
        paid = dict.fromkeys(known, 0)
        for name, text in cases.items():
            said = {reward: pays(text) for reward, pays in known.items()}
            paid = {reward: paid[reward] + said[reward] for reward in known}
            print(f"| {name} | {' | '.join('pays' if each else '–' for each in said.values())} |")
        print(f"| **paid** | {' | '.join(f'{n} of {len(cases)}' for n in paid.values())} |\n")


if __name__ == "__main__":
    main()
