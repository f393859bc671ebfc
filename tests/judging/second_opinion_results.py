"""The second opinion on a result: its tickets or its document, their places, contents and alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from promises import (
    CODE,
    CONDITIONS,
    DOCUMENTS,
    TYPES,
    Breach,
    Case,
    Level,
    Whole,
    code_of,
    codes,
    everything,
    fields_of,
    is_blank,
    is_number,
    is_whole,
)


@dataclass(frozen=True)
class Results:
    """What is said of the member `result` of a success."""

    case: Case

    def breaches(self, result: Any) -> Iterator[Breach]:
        """Every promise that it breaks."""
        yield from self._tickets(result) if self.case.tickets else self._document(result)
        yield from self.of_specimens(result)

    # --- tickets -----------------------------------------------------------------------------------------------------

    def _tickets(self, result: Any) -> Iterator[Breach]:
        if not isinstance(result, list):
            yield Breach("list of tickets", ("success.result-list",))
            return
        seen: list[tuple[Any, Any]] = []
        for entry in result:
            if not isinstance(entry, dict):
                yield Breach("ticket", ("ticket.object",))
                continue
            yield from self._status(entry)
            status = entry.get("status")
            code = status.get("error_code") if isinstance(status, dict) else None
            yield from self._recognised(entry, seen) if code == "AIS.0000" else self._failed(entry, code)
            yield from self._typed(entry, recognised=code == "AIS.0000", coded=isinstance(code, str))
            if isinstance(entry.get("location"), list):
                yield from self._location(entry["location"], "ticket.", entry.get("type"))
            if "confidence" in entry:
                yield Breach("confidence beside content", ("content.confidence.inside",), "should", "should")

    def _status(self, entry: dict[str, Any]) -> Iterator[Breach]:
        status = entry.get("status")
        if not isinstance(status, dict):
            yield Breach("status", ("ticket.status",))
            return
        code, message = status.get("error_code"), status.get("error_msg")
        if not isinstance(code, str):
            yield Breach("code of a ticket", ("ticket.status.code",))
        elif code not in codes():
            form = CODE.fullmatch(code) is None
            names = ("ticket.status.code",) if form else ("ticket.status.code-listed",)
            yield Breach("code of a ticket", names, "must" if form else "should", "must" if form else "should")
        if not isinstance(message, str):
            yield Breach("message of a ticket", ("ticket.status.msg",), "should", "should")
        elif isinstance(code, str) and (codes().get(code, {}).get("message") or message) != message:
            # The sample shows the texts of two codes; the rest is the page of error codes.
            yield Breach("message of a ticket", ("ticket.status.message",), "should", "should")

    def _recognised(self, entry: dict[str, Any], seen: list[tuple[Any, Any]]) -> Iterator[Breach]:
        for name, kind in (("type", str), ("location", list), ("content", dict)):
            if not isinstance(entry.get(name), kind):
                yield Breach(f"{name} of a ticket", (f"ticket.{name}",))
        if (entry.get("type"), entry.get("location")) in seen and _is_quad(entry.get("location")):
            yield Breach("ticket twice", ("ticket.once",), "must" if len(seen) < 300 else "none")
        elif any(kind == entry.get("type") and _touching(place, entry.get("location")) for kind, place in seen):
            yield Breach("ticket twice", ("ticket.once",), "none")
        seen.append((entry.get("type"), entry.get("location")))
        content, fields = entry.get("content"), fields_of(entry.get("type"))
        if isinstance(content, dict):
            said = {name: value for name, value in content.items() if name != "confidence"}
            scores = [each for each in everything(content.get("confidence")) if is_number(each)]
            if all(is_blank(value) for value in said.values()):
                yield Breach("content", ("ticket.content.not-empty",), "none" if scores else "should", "should")
            if fields and content:
                yield from _content(content, fields)

    @staticmethod
    def _failed(entry: dict[str, Any], code: Any) -> Iterator[Breach]:
        for name, kind in (("type", str), ("location", list)):
            if entry.get(name) is None:
                yield Breach("a failed ticket has its members", ("failed-ticket.listed",), "should", "should")
            elif not isinstance(entry[name], kind):
                yield Breach(f"{name} of a ticket", (f"ticket.{name}", "failed-ticket.listed"), "should")
        content = entry.get("content", ...)
        if content is ...:
            yield Breach("a failed ticket has its members", ("failed-ticket.listed",), "should", "should")
        elif content is not None and not isinstance(content, dict):
            yield Breach("content of a failed ticket", ("failed-ticket.content-object", "ticket.content"))
        if content is not ... and content != {} and isinstance(code, str):
            yield Breach("empty content", ("failed-ticket.content-empty",), "none", "should")

    def _typed(self, entry: dict[str, Any], *, recognised: bool, coded: bool) -> Iterator[Breach]:
        kind, asked = entry.get("type"), self.case.asked()
        if not isinstance(kind, str):
            return
        if kind not in TYPES:
            yield Breach("documented type", ("ticket.type.documented",))
        if asked is not None and kind not in asked and coded:
            names = ("ticket.type.requested",) if recognised else ("ticket.type.requested.failed",)
            yield Breach("asked for", names, "must" if recognised else "should", "must" if recognised else "should")

    def of_specimens(self, result: Any) -> Iterator[Breach]:
        """What is recognised is no promise of the page for one picture: a finding is allowed, none is asked for."""
        if self.case.tickets and self.case.exchange.truth is not None:
            entries = [entry for entry in result if isinstance(entry, dict)] if isinstance(result, list) else []
            got = sorted(str(entry.get("type")) for entry in entries if code_of(entry) == "AIS.0000")
            if got != sorted(one.type for one in self.case.readable_specimens()):
                names = ("ticket.found", "failed-ticket.alone", "failed-ticket.not-recognised", "ticket.nothing")
                yield Breach("specimens", (*names, "ticket.true"), "none")

    # --- places ------------------------------------------------------------------------------------------------------

    def _location(self, location: list[Any], of: str, kind: Any) -> Iterator[Breach]:
        tickets = of == "ticket."
        if len(location) != 4:
            level: Level = "must" if tickets else "should"  # only the ticket page speaks of four corners
            yield Breach("four corners", (f"{of}location.four-corners",), level, level)
        for pair in location:
            if not isinstance(pair, list) or len(pair) != 2:
                yield Breach("pairs", (f"{of}location.pairs",))
        numbers = [number for pair in location if isinstance(pair, list) for number in pair]
        if not all(map(is_number, numbers)):
            yield Breach("numbers", (f"{of}location.numbers",))
        written = [number for number in numbers if isinstance(number, Decimal) and not isinstance(number, Whole)]
        if any(not is_whole(number) for number in written):
            least: Level = "should" if tickets else "must"
            yield Breach("integers", (f"{of}location.integers", f"{of}location.numbers"), least, least)
        elif written:
            yield Breach("integers", (f"{of}location.integers",), "should", "should")
        # Corners that no picture can have are one fault, not also those that follow from it.
        huge = any(is_number(number) and abs(number) >= 1_000_000_000 for number in numbers)
        if huge:
            yield Breach("on the picture", (f"{of}location.on-picture", f"{of}location.within"), "should")
            yield Breach("within the picture", (f"{of}location.within",), "should")
        if _is_quad(location):
            yield from self._place([(x, y) for x, y in location], of, kind)

    def _place(self, quad: list[Any], of: str, kind: Any) -> Iterator[Breach]:
        tickets, truth = of == "ticket.", self.case.exchange.truth
        huge = max(abs(number) for corner in quad for number in corner) >= 1_000_000_000
        area = sum(x * d - y * c for (x, y), (c, d) in pairwise([*quad, quad[0]]))
        crossed = _meet(*quad) or _meet(quad[1], quad[2], quad[3], quad[0])
        if crossed or area < 0:
            level: Level = "must" if tickets else "should"
            least: Level = "none" if huge else level
            yield Breach("winding", (f"{of}location.winding", f"{of}location.area"), least, level)
        if crossed or area == 0:
            yield Breach("area", (f"{of}location.area", f"{of}location.winding"), "none" if huge else "should")
        if truth is None or self.case.open == "picture.turned":
            return
        xs, ys = [x for x, _ in quad], [y for _, y in quad]
        if max(xs) < 0 or max(ys) < 0 or min(xs) > truth.width or min(ys) > truth.height:
            yield Breach("on the picture", (f"{of}location.on-picture",))
        elif min(*xs, *ys) < 0 or max(xs) > truth.width or max(ys) > truth.height:
            names = (f"{of}location.within", f"{of}location.on-picture")
            yield Breach("within the picture", names, "should", "must" if huge else "should")
            yield Breach("its place", (f"{of}location.on-picture",), "none", "must" if huge else "should")
        alike = [one for one in truth.documents if one.type == kind]
        corners = [[abs(a - Decimal(c)) for one, got in zip(doc.corners, quad, strict=True)
                    for a, c in zip(got, one, strict=True)] for doc in alike]  # fmt: skip
        if alike and all(max(off) > 1 for off in corners):
            elsewhere = (
                f"{of}location.true",
                f"{of}location.scale",
                "ticket.location.first-corner",
                "document.several",
            )
            yield Breach("its place", elsewhere, "none")

    # --- an identity document ----------------------------------------------------------------------------------------

    def _document(self, result: Any) -> Iterator[Breach]:
        if not isinstance(result, dict):
            yield Breach("object of a document", ("success.result-object",))
            return
        truth = self.case.exchange.truth
        if not result and truth is not None and not self.case.readable_specimens():
            yield Breach("nothing on the picture", ("document.unreadable",), "none", "should")
            return
        kind = result.get("type")
        if not isinstance(kind, str):
            yield Breach("type of a document", ("document.type",))
        elif kind not in DOCUMENTS:
            yield Breach("documented type", ("document.type.documented",))
        if truth is not None and kind not in [one.type for one in self.case.readable_specimens()]:
            yield Breach("specimens", ("document.type.true", "document.several", "document.unreadable"), "none")
        if not isinstance(result.get("location"), list):
            yield Breach("location of a document", ("document.location",))
        else:
            yield from self._location(result["location"], "document.", kind)
        yield from self._sureness(result)
        yield from self._alarms(result)

    @staticmethod
    def _sureness(result: dict[str, Any]) -> Iterator[Breach]:
        if "confidence" not in result:
            yield Breach("confidence", ("document.confidence",), "should")
        elif not is_number(result["confidence"]):
            yield Breach("confidence", ("document.confidence.number",))
        elif not 0 <= result["confidence"] <= 1:
            yield Breach("confidence", ("document.confidence.range",), "should", "should")

    def _alarms(self, result: dict[str, Any]) -> Iterator[Breach]:
        try:
            asked = json.loads(self.case.exchange.request.body).get("alarm") is True
        except (ValueError, AttributeError):
            asked = False
        for name in ("alarm_result", "alarm_confidence"):
            if (name in result) != asked:
                yield Breach("alarms where asked for", ("alarm.when-asked", "alarm.only-when-asked"))
            if name in result and not isinstance(result[name], dict):
                yield Breach("alarms", ("alarm.result",) if name == "alarm_result" else ("alarm.confidence",))
        flags, scores = result.get("alarm_result"), result.get("alarm_confidence")
        for condition in CONDITIONS:
            word = condition.replace("_", "-")
            if isinstance(flags, dict) and not isinstance(flags.get(f"detect_{condition}_result"), bool):
                yield Breach("flag", (f"alarm.flag.{word}",))
            if isinstance(scores, dict):
                yield from _score(scores.get(f"{condition}_score"), f"alarm.score.{word}")
        if isinstance(flags, dict):
            yield Breach("alarms of specimens", ("alarm.raised", "alarm.silent"), "none", "should")
        others = [each for name, each in (scores.items() if isinstance(scores, dict) else ())]
        if any(isinstance(each, Decimal) for each in others):
            yield Breach("score as an integer", ("alarm.score.written-as-integer",), "none", "should")


def _score(value: Any, name: str) -> Iterator[Breach]:
    if not is_number(value) or not is_whole(value) or not 0 <= value <= 99:
        yield Breach("score", (name,))
    elif isinstance(value, Decimal):
        yield Breach("score as an integer", ("alarm.score.written-as-integer",), "should", "should")


def _content(content: dict[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> Iterator[Breach]:
    listed = [name for name in content if name in fields and name != "confidence"]
    if not listed:
        yield Breach("content of its type", ("content.own-type",), "must" if set(content) > {"confidence"} else "none")
    for name, row in fields.items():
        if "/" not in name and name in content:
            yield from _field(content[name], name, row.get("type", "string"), fields)
    names = {name for name in fields if "/" not in name}
    if "confidence" in names and "confidence" not in content:
        yield Breach("confidence", ("content.confidence.listed",), "none", "should")
    others = ("content.sides", "content.switch-only", "content.extra-info", "content.dates", "content.passport-type",
              "content.vat-type", "content.ticket-changing", "content.confidence.*")  # fmt: skip
    yield Breach("what samples show", others, "none", "should")
    if isinstance(content.get("type"), str) and content["type"] in TYPES:
        yield Breach("kind inside content", ("content.own-type",), "must" if "type" in fields else "none")
    if isinstance(content.get("confidence"), dict):
        yield from _confidence(content["confidence"], fields)


def _field(value: Any, name: str, kind: str, fields: Mapping[str, Mapping[str, Any]]) -> Iterator[Breach]:
    types = {"string": str, "object": dict, "boolean": bool, "integer": int}
    wanted = list if kind.startswith("array") else types[kind]
    names = ("content.strings", "content.objects", "content.lists", "content.location-text")
    if value is None:
        yield Breach("null in content", ("content.null",), "should", "should")
    elif not isinstance(value, wanted):
        yield Breach("type of a field", names)
    elif name != "confidence":
        below = {key.removeprefix(f"{name}/"): row for key, row in fields.items() if key.startswith(f"{name}/")}
        entries = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        for entry in entries:
            if isinstance(value, list) and not isinstance(entry, dict):
                kinds = kind.removeprefix("array of ")
                if entry is None:
                    yield Breach("null in content", ("content.null",), "none", "should")
                elif not isinstance(entry, types[kinds]):
                    yield Breach("type of a field", names)
                continue
            for key, row in below.items():
                member = key.removeprefix("*/")
                if "/" not in member and isinstance(entry, dict) and member in entry:
                    deeper = {k.removeprefix("*/"): r for k, r in below.items()}
                    yield from _field(entry[member], member, row.get("type", "string"), deeper)


def _confidence(confidence: dict[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> Iterator[Breach]:
    strings = {name for name, row in fields.items() if row.get("type", "string") == "string"}
    single = [value for name, value in confidence.items() if name in strings]
    leaves = [each for each in everything(confidence) if not isinstance(each, dict | list)]
    if any(each is None for each in leaves):
        yield Breach("null in content", ("content.null",), "should", "should")
    if any(each is not None and not is_number(each) for each in (*leaves, *single)):
        yield Breach("confidence is a number", ("content.confidence.numbers",))
    if any(is_number(each) and not 0 <= each <= 1 for each in leaves):
        yield Breach("confidence", ("content.confidence.range",), "should", "should")


def _is_quad(location: Any) -> bool:
    return (
        isinstance(location, list)
        and len(location) == 4
        and all(isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair)) for pair in location)
    )


def _touching(one: Any, other: Any) -> bool:
    """Whether the boxes of two places overlap."""
    if not (_is_quad(one) and _is_quad(other)):
        return False
    boxes = [[sorted(pair[axis] for pair in place) for axis in (0, 1)] for place in (one, other)]
    return all(a[0] <= b[-1] and b[0] <= a[-1] for a, b in zip(*boxes, strict=True))


def _meet(a: Sequence[Any], b: Sequence[Any], c: Sequence[Any], d: Sequence[Any]) -> bool:
    """Whether the lines a-b and c-d cross between their ends."""

    def side(p: Sequence[Any], q: Sequence[Any], r: Sequence[Any]) -> int:
        turn = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
        return int(turn > 0) - int(turn < 0)

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
