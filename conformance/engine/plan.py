"""What a run would send and cost, known beforehand: its requests are built and counted, one at a time, and not sent."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from conformance.contract.requirements import DEPTHS, Depth
from conformance.contract.tables import Text
from conformance.engine.budget import price_of
from conformance.engine.scripts import drawn_script

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.contract.contract import Contract
    from conformance.engine.budget import Budget
    from conformance.engine.purposes import Purpose
    from conformance.exchange import Request

_REFUSAL, _DOCUMENT, _WITH_ALARMS, _TICKET, _FIELD = 80, 105, 550, 160, 18
"""Bytes of an error, of a classified document without and with alarms, of a ticket, and of a field beside its text."""

_ALARM = re.compile(rb'"alarm"\s*:\s*true')

REPEATS = 2
"""How often a purpose runs at most: one that fails runs once more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What purposes send when each runs once.

    `bytes_up` counts request bodies, exactly; `bytes_down` the bodies of the answers of a faultless implementation,
    about; `billable` the tickets that may be billed at most, as `--max-billable` reserves them: what is drawn on each
    picture, also where the request has to be refused.
    """

    purposes: int = 0
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    billable: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(
            self.purposes + other.purposes,
            self.requests + other.requests,
            self.bytes_up + other.bytes_up,
            self.bytes_down + other.bytes_down,
            self.billable + other.billable,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The cost of a run at each depth up to its own, and what its limits make of it.

    `depths` holds totals: what a run at that depth sends, shallower purposes included. `rate` is in requests a second.
    `within` counts the purposes that the limits let through for certain, in order and each once; None is all of them.
    """

    contracts: tuple[str, ...]
    depths: tuple[tuple[Depth, Cost], ...]
    rate: float | None
    max_requests: int | None
    max_billable: int | None
    within: int | None

    @property
    def total(self) -> Cost:
        """Of the run itself: the deepest row."""
        return self.depths[-1][1] if self.depths else Cost()

    def duration_s(self, cost: Cost) -> float | None:
        """Seconds at the rate, None without one: then it takes as long as the target takes."""
        return cost.requests / self.rate if self.rate is not None else None


class CostEntry(TypedDict):
    """A row of the plan as JSON: the totals of a run at this depth."""

    depth: str
    purposes: int
    requests: int
    bytes_up: int
    bytes_down: int
    billable: int
    duration_s: float | None


class PlanEntry(TypedDict):
    """A plan as JSON. `repeats` is how often a purpose runs at most."""

    contracts: list[str]
    depths: list[CostEntry]
    repeats: int
    rate: float | None
    max_requests: int | None
    max_billable: int | None
    purposes_within_limits: int | None


def plan(purposes: Sequence[Purpose], contracts: Sequence[Contract], budget: Budget, seed: int = 0) -> Plan:
    """Build every request of the purposes, which are in the order of the run, and add up what they cost.

    One request is in memory at a time. Raises DataError where a request cannot be built.
    """
    by_id = {contract.id: contract for contract in contracts}
    own: dict[Depth, Cost] = {}
    spent, within = Cost(), 0
    fits = True
    for purpose in purposes:
        cost = _cost(purpose, by_id[purpose.contract_id], seed)
        own[purpose.depth] = own.get(purpose.depth, Cost()) + cost
        spent += cost
        fits = fits and _fits(spent, budget)
        within += fits
    rows: list[tuple[Depth, Cost]] = []
    for depth in DEPTHS:
        if depth in own:
            before = rows[-1][1] if rows else Cost()
            rows.append((depth, before + own[depth]))
    return Plan(
        contracts=tuple(by_id),
        depths=tuple(rows),
        rate=budget.rate,
        max_requests=budget.max_requests,
        max_billable=budget.max_billable,
        within=None if fits else within,
    )


def _cost(purpose: Purpose, contract: Contract, seed: int) -> Cost:
    requests = bytes_up = bytes_down = billable = 0
    for planned in drawn_script(purpose, contract, seed):
        requests += 1
        bytes_up += len(planned.request.body)
        bytes_down += _answer_bytes(planned.request, contract)
        billable += price_of(planned.request)
    return Cost(1, requests, bytes_up, bytes_down, billable)


def _answer_bytes(request: Request, contract: Contract) -> int:
    """About how long the body of a faultless answer is: of a refusal, or of what there is to read, with confidences."""
    if request.truth is None or request.label is not None:
        return _REFUSAL
    if not contract.answers_tickets:
        return _WITH_ALARMS if _ALARM.search(request.body) else _DOCUMENT
    read = [ticket for ticket in request.truth.documents if ticket.readable]
    printed = sum(2 * len(name) + len(value.encode()) + _FIELD for ticket in read for name, value in ticket.fields)
    return len(request.truth.documents) * _TICKET + printed


def _fits(spent: Cost, budget: Budget) -> bool:
    requests, billable = budget.max_requests, budget.max_billable
    # One request goes before the run, to see that the target answers.
    return (requests is None or spent.requests < requests) and (billable is None or spent.billable <= billable)


def plan_document(made: Plan) -> PlanEntry:
    """The plan as JSON."""
    return {
        "contracts": list(made.contracts),
        "depths": [
            {
                "depth": depth,
                "purposes": cost.purposes,
                "requests": cost.requests,
                "bytes_up": cost.bytes_up,
                "bytes_down": cost.bytes_down,
                "billable": cost.billable,
                "duration_s": made.duration_s(cost),
            }
            for depth, cost in made.depths
        ],
        "repeats": REPEATS,
        "rate": made.rate,
        "max_requests": made.max_requests,
        "max_billable": made.max_billable,
        "purposes_within_limits": made.within,
    }


_TITLES = (
    Text("depth", "深度"),
    Text("purposes", "测试目的"),
    Text("requests", "请求"),
    Text("bytes up", "上传字节"),
    Text("bytes down", "下载字节"),
    Text("billable", "计费张数"),
    Text("duration", "时长"),
)
_WIDTHS = (10, 9, 9, 14, 12, 9, 14)
_DEPTH_WORDS = {
    "smoke": Text("smoke", "冒烟"),
    "standard": Text("standard", "标准"),
    "thorough": Text("thorough", "深入"),
}


def plan_text(made: Plan, language: str) -> str:
    """The plan for a person, in lines of at most 80 columns."""
    rows = [[title.in_language(language) for title in _TITLES]]
    for depth, cost in made.depths:
        numbers = [
            f"{number:,}" for number in (cost.purposes, cost.requests, cost.bytes_up, cost.bytes_down, cost.billable)
        ]
        rows.append([_DEPTH_WORDS[depth].in_language(language), *numbers, _duration(made.duration_s(cost), language)])
    head = _folded(_head(made).in_language(language))
    # Chinese sentences follow each other without a space.
    notes = ("" if language == "zh" else " ").join(text.in_language(language) for text in _notes(made))
    return "\n".join((*head, "", *(_aligned(row) for row in rows), "", *_folded(notes)))


def _head(made: Plan) -> Text:
    ids = ", ".join(made.contracts)
    return Text(f"A run of {ids} would send:", f"对 {ids} 的一次测试将发送：")


def _notes(made: Plan) -> Iterable[Text]:
    total = made.total
    yield Text(
        "Billable is at most: what is drawn on the pictures, also where a request must be refused. Bytes are those of "
        "bodies; down they are an estimate.",
        "计费张数为上限：图片上绘制的票证数，应被拒绝的请求也计算在内。字节数为报文体，下载字节为估计值。",
    )
    yield Text(
        f"A purpose that fails runs once more: at most {REPEATS * total.requests:,} requests and "
        f"{REPEATS * total.billable:,} billable tickets.",
        f"未通过的测试目的会再运行一次：最多 {REPEATS * total.requests:,} 个请求、"
        f"计费 {REPEATS * total.billable:,} 张。",
    )
    if made.rate is None:
        yield Text("Without --rate a run takes as long as the target takes.", "未指定 --rate 时，时长取决于目标。")
    if made.max_billable is None:
        yield Text(
            f"Beyond this machine a run wants --max-billable; {total.billable} lets every purpose run once.",
            f"目标不在本机时必须指定 --max-billable；{total.billable} 可让每个测试目的运行一次。",
        )
    if made.within is not None:
        yield Text(
            f"The limits let {made.within} of {total.purposes} purposes through for certain.",
            f"在所设上限内可以确保完成 {total.purposes} 个测试目的中的 {made.within} 个。",
        )


def _duration(seconds: float | None, language: str) -> str:
    if seconds is None:
        return "-"
    whole = max(1, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    units = ("h", "min", "s") if language != "zh" else ("小时", "分", "秒")
    parts = [f"{number} {unit}" for number, unit in zip((hours, minutes, rest), units, strict=True) if number]
    return " ".join(parts[:2])


def _aligned(cells: Sequence[str]) -> str:
    first, *others = ((" " * (width - _columns(cell)), cell) for cell, width in zip(cells, _WIDTHS, strict=True))
    return f"  {first[1]}{first[0]}" + "".join(space + cell for space, cell in others)


def _folded(text: str, limit: int = 80) -> Iterable[str]:
    """`text` in lines of at most `limit` columns, broken at spaces and beside Chinese characters."""
    line = ""
    for word in _words(text):
        if line and _columns(line + word.rstrip()) > limit:
            yield line.rstrip()
            line = ""
        line += word
    if line:
        yield line.rstrip()


def _words(text: str) -> Iterable[str]:
    word = ""
    for character in text:
        if _columns(character) == 2 and word and not unicodedata.category(character).startswith("P"):
            yield word
            word = ""
        word += character
        if character == " ":
            yield word
            word = ""
    yield word


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
