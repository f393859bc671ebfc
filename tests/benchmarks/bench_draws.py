"""What the strategies draw, and how failing tests shrink: `python -m tests.benchmarks draws`.

Counts at 100, 200 and 1,000 examples: formats, pixels, lengths, lists of types, faults; and for three bugs in 8 seeds
each whether 100 examples find it, and whether the minimal example is exactly what it needs. Then the time of a draw,
body included, and beside it that of an earlier kit whose folder of commands (`.venv/bin`) `OCR_CONFORMANCE_BASE` names:
processes of their own that take turns, CPU from the beginning of one example to that of the next. Last
what pytest prints of tests that fail, with the earlier kit, too. Asserts nothing.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from processes import measured

from conformance import expect, load_contract, strategies
from conformance.files import PRIMARY
from conformance.strategies import Draw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import SearchStrategy

    from conformance import Contract, Request

T = TypeVar("T")
SIZES = (100, 200, 1000)
SEEDS = range(8)


def wide(request: Request) -> bool:
    """A picture of more than 3,000 pixels a row."""
    return request.truth is not None and request.truth.width > 3000


def one_type(request: Request) -> bool:
    """A list of one type."""
    return len(json.loads(request.body).get("type_list") or ()) == 1


def long(request: Request) -> bool:
    """A picture of more than 5,000,000 characters of base64."""
    return len(json.loads(request.body).get("image") or "") > 5_000_000


BUGS: dict[str, tuple[Callable[[Request], bool], Draw]] = {
    "wider than 3,000": (wide, Draw(page=("bankcard",), width=3001)),
    "one type in type_list": (one_type, Draw(page=("bankcard",), type_list=("bankcard",))),
    "more than 5,000,000 of base64": (long, Draw(page=("bankcard",), base64=5_000_004)),
}
"""What a handler fails for, and the draw that is all it takes."""


def drawn(strategy: SearchStrategy[T], count: int, number: int) -> list[T]:
    """What a test of so many examples is given."""
    found: list[T] = []

    @seed(number)
    @settings(max_examples=count, database=None, phases=[Phase.generate], **_LENIENT)
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found


_LENIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def shrunk(bug: Callable[[Request], bool], contract: Contract, number: int) -> Draw | None:
    """The minimal example of 100; None where none of them shows the bug."""
    shown: list[Draw] = []

    @seed(number)
    @settings(max_examples=100, database=None, **_LENIENT)
    @given(strategies.acceptable_requests(contract))
    def target(request: Request) -> None:
        if bug(request):
            shown.append(_draw(request))
            raise AssertionError

    try:
        target()
    except AssertionError:
        return shown[-1]
    return None


def _draw(request: Request) -> Draw:
    recipe: Any = request.recipe
    draw: Draw = recipe.draw
    return draw


def _spread(numbers: Sequence[int]) -> str:
    return f"{min(numbers):,} / {statistics.median(numbers):,.0f} / {max(numbers):,}" if numbers else "none"


def _requests(title: str, contract: Contract, strategy: SearchStrategy[Request]) -> None:
    for count in SIZES:
        requests = drawn(strategy, count, 1)
        draws = [_draw(request) for request in requests]
        formats = Counter(draw.format for draw in draws)
        truths = [request.truth for request in requests if request.truth is not None]
        bodies = [json.loads(request.body) for request in requests]
        lists = Counter(min(len(body["type_list"]), 2) for body in bodies if isinstance(body.get("type_list"), list))
        must = sum(expect(request, contract).decision == "accept" for request in requests)
        print(f"{title}, {count} examples: {must} must be accepted")
        print(f"  formats {', '.join(f'{name} {number}' for name, number in formats.most_common())}")
        print(f"  widths {_spread([truth.width for truth in truths])}; heights {_spread([t.height for t in truths])}")
        texts = [len(text) for body in bodies if isinstance(text := body.get(contract.picture_row.name), str)]
        print(f"  characters of base64 {_spread(texts)}")
        print(f"  type_list: none {count - sum(lists.values())}, empty {lists[0]}, one {lists[1]}, several {lists[2]}")


def counts() -> None:
    """What is drawn of both contracts."""
    for name in PRIMARY:
        contract = load_contract(name)
        known = strategies.fault_ids(contract, url=False)
        for count in (100, 150, 200, 1000):
            ids = {request.label.fault for request in drawn(strategies.invalid_requests(contract), count, 1)}
            print(f"invalid_requests of {name}, {count} examples: {len(ids)} of {len(known)} faults", flush=True)
        _requests(f"acceptable_requests of {name}", contract, strategies.acceptable_requests(contract))
        _requests(f"valid_requests of {name}", contract, strategies.valid_requests(contract))


def bugs() -> None:
    """What tests of three bugs find and show."""
    tickets = load_contract(PRIMARY[0])
    for title, (bug, minimal) in BUGS.items():
        found = [shrunk(bug, tickets, number) for number in SEEDS]
        seen, exact = sum(draw is not None for draw in found), sum(draw == minimal for draw in found)
        others = sorted({repr(draw) for draw in found if draw not in (None, minimal)})
        print(f"{title}: found in 100 by {seen} of {len(SEEDS)} seeds, exact {exact} {others or ''}", flush=True)


def timed(what: str, name: str, number: int) -> list[float]:
    """Milliseconds of CPU of each of 200 draws, Hypothesis's own work included."""
    starts: list[float] = []
    strategy = getattr(strategies, what)(load_contract(name))

    @seed(number)
    @settings(max_examples=200, database=None, phases=[Phase.generate], **_LENIENT)
    @given(strategy)
    def test(request: Request) -> None:
        assert request.body is not None  # it is made with the request
        starts.append(time.process_time())

    test()
    return [1000 * (after - before) for before, after in pairwise(starts)]


def _timed_by(python: Path, what: str, name: str) -> list[float]:
    """The same by a kit, in a process for each seed."""
    found: list[float] = []
    for number in range(3):
        command = [str(python), __file__, what, name, str(number)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found += json.loads(output)
    return found


def times() -> None:
    """What a draw costs, beside an earlier kit where there is one."""
    kits = _kits()
    for what in ("valid_requests", "invalid_requests"):
        for name in PRIMARY:
            medians, means = [], []
            for python in kits:
                found = _timed_by(python, what, name)
                medians.append(statistics.median(found))
                means.append(statistics.mean(found))
            line = f"{what} of {name}, a draw: median {medians[0]:.2f} ms, mean {means[0]:.2f} ms"
            if len(kits) > 1:
                line += f"; earlier {medians[1]:.2f} and {means[1]:.2f} ms: "
                line += f"{medians[0] / medians[1]:.2f} and {means[0] / means[1]:.2f} of that"
            print(line, flush=True)


FAILING = """
from hypothesis import HealthCheck, given, settings
from conformance import load_contract, strategies
C = load_contract("auto-classification-v1.0")

def failing(strategy):
    @settings(max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def test(request): assert request is None
    return test

test_valid, test_images = failing(strategies.valid_requests(C)), failing(strategies.images(C))
test_invalid = failing(strategies.invalid_requests(C))
test_format, test_long = (failing(strategies.invalid_requests(C, fault=f"picture.{name}"))
    for name in ("format", "base64-too-long"))
"""
"""Five tests that fail for every example."""

OBSERVED = "HYPOTHESIS_EXPERIMENTAL_OBSERVABILITY=1"


def failures() -> None:
    """What pytest prints of tests that fail and the CPU it takes: plain, with warnings as errors, with observers."""
    ways = {
        "one test": ["-k", "test_invalid"],
        "five tests": [],
        "five tests, warnings as errors": ["-W", "error"],
        "five tests, observed": [OBSERVED],
    }
    for title, arguments in ways.items():
        said = []
        for python in _kits():
            with tempfile.TemporaryDirectory() as place:
                (Path(place) / "test_failing.py").write_text(FAILING, encoding="utf-8")
                pytest = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
                command = ["env", OBSERVED, *pytest] if OBSERVED in arguments else [*pytest, *arguments]
                cost = measured(command, (1,), Path(place))
                observed = sum(
                    path.stat().st_size for path in Path(place).glob(".hypothesis/observed/*_testcases.jsonl")
                )
            failed = re.search(r"\d+ failed", cost.output)
            line = (
                f"{failed[0] if failed else 'none failed'}, {len(cost.output):,} characters, {cost.cpu_s:.1f} s of CPU"
            )
            said.append(line + (f", {observed / 1e3:,.0f} kB observed" if observed else ""))
        print(f"{title}: {'; earlier '.join(said)}", flush=True)


def _kits() -> list[Path]:
    earlier = os.environ.get("OCR_CONFORMANCE_BASE")
    return [Path(sys.executable), *([Path(earlier) / "python"] if earlier else [])]


def main() -> int:
    """Prints every count, then the times and the sizes of failures."""
    bugs()
    counts()
    times()
    failures()
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(timed(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        sys.exit(main())
