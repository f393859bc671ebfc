"""How often the judge and the second opinion of the tests disagree: python -m tests.benchmarks opinions

Every mutant of every recorded answer, and of an answer to each input that the pages leave open, is judged by both. What
is printed are the disagreements by kind with their first examples, and the mutants judged in a minute of CPU, both
opinions together.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from figures import machine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "judging"))

from answer_mutants import changed_twice, mutants
from healthy_cases import open_cases, recorded_cases
from opinions_compared import compare


def main() -> None:
    """Print a line for each kind of mutant and of disagreement."""
    print(machine())
    made = list(mutants([*recorded_cases(), *open_cases()]))
    kinds = Counter((mutant.kind, mutant.case.contract) for mutant in made)
    for (kind, contract), count in sorted(kinds.items()):
        print(f"{count:7,}  {kind}, {contract}")
    made += changed_twice(made, 5_000, seed=int(time.time()))
    started = time.process_time()
    found = compare(made)
    rate = found.judged / (time.process_time() - started) * 60
    print(f"{found.judged:7,}  mutants, {rate:,.0f} in a minute of CPU; {found.counts.total():,} disagreements")
    for kind, count in sorted(found.counts.items()):
        print(f"{count:7,}  {kind}; such as {found.examples[kind][0]}")
