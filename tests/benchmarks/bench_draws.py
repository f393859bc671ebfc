"""What the strategies draw, and how failing tests shrink: `python -m tests.benchmarks draws`.

Counts at 100, 200 and 1,000 examples: formats, pixels, lengths, lists of types, faults; and for three bugs in 8 seeds
each whether 100 examples find it, and whether the minimal example is exactly what it needs. Asserts nothing.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings

from conformance import Draw, expect, load_contract, strategies
from conformance.contract.contract import PRIMARY

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


def main() -> int:
    """Prints every count."""
    bugs()
    counts()
    return 0


if __name__ == "__main__":
    sys.exit(main())
