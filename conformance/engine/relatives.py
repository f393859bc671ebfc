"""Finds, in traffic of unknown making, what a request may be held against: its control, and its relatives.

A request is taken apart into facets: its line, its credentials, its picture, each other parameter. A control of a
faulty request agrees with it in every facet but the one that holds the fault, and was accepted; two requests are
related where they agree in all facets but one. Only short sums of accepted requests are remembered, and of possible
relatives a bounded number of answers: memory does not grow with the traffic.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.exchange import Exchange, Request, Response
from conformance.judging.body import Json, read_body
from conformance.judging.view import View

if TYPE_CHECKING:
    from conformance.contract.contract import Contract

Facet: TypeAlias = Literal["line", "auth", "project", "picture", "type_list", "alarm", "rest"]

MAX_CONTROLS = 100_000
"""Sums of accepted requests that are remembered, the latest ones: about 13 MB, several sums for each request.

Those without its body, its line or its picture come again with nearly every request, so that they are never forgotten.
"""

MAX_RELATIVES_BYTES = 8 << 20
"""Bytes of answers that are remembered for relations, the latest ones."""

_MAX_ANSWER = 1 << 16
_OBJECTS = 4000
"""Bytes that an answer takes besides its body."""

_MAX_VARIANTS = 8
_BODY: tuple[Facet, ...] = ("picture", "type_list", "alarm", "rest")

_FAULTY_FACETS: Mapping[str, tuple[Facet, ...]] = {
    "token": ("auth",),
    "method": ("line",),
    "path": ("line",),
    "project": ("line",),
    "body": _BODY,
    "input": ("picture",),
    "url": ("picture",),
    "type-list": ("type_list",),
    "alarm": ("alarm",),
    "content-type": (),
}
"""Which facets hold a fault, by the first part of its id."""

_UNREAD_PICTURES = frozenset(
    {"picture.empty", "picture.wrong-type", "picture.wrong-name", "picture.not-base64", "picture.data-uri"}
)
"""Faults for which a picture is refused before anybody looks at it, so that another picture may stand in its control.

For the other faults of pictures the control has to show the same page, which traffic does not tell.
"""


@dataclass(frozen=True, slots=True)
class Facets:
    """A request taken apart: a sum for each facet, and what it asks for."""

    sums: Mapping[Facet, bytes]
    by_url: bool = False
    type_list: tuple[str, ...] | None = None
    alarm: bool = False

    def key(self, contract: Contract, without: tuple[Facet, ...]) -> int:
        """A sum of all facets but some, in 64 bits."""
        parts = (self.sums[facet] for facet in sorted(self.sums) if facet not in without)
        digest = hashlib.sha256(b"|".join((contract.id.encode(), ",".join(without).encode(), *parts)))
        return int.from_bytes(digest.digest()[:8])


@dataclass(frozen=True, slots=True)
class Pair:
    """Two exchanges that a requirement relates, and the comparator that decides."""

    first: Exchange
    second: Exchange
    requirement: str
    comparator: str


@dataclass(frozen=True, slots=True)
class _Relative:
    """An accepted exchange, its picture left out, and what it asks for."""

    exchange: Exchange
    facets: Facets
    raw: bytes
    size: int


def facets_of(request: Request, contract: Contract) -> Facets:
    """Take a request apart."""
    body = read_body(request.body)
    members = body.value if body.readable and isinstance(body.value, dict) else None
    sums: dict[Facet, bytes] = {
        "line": _sum(f"{request.method} {request.path}".encode("utf-8", "surrogatepass")),
        "auth": request.auth.encode(),
        "project": _sum((request.header("Enterprise-Project-Id") or "").encode("utf-8", "surrogatepass")),
    }
    if members is None:
        return Facets({**sums, **dict.fromkeys(_BODY, _sum(request.body))})
    inputs = (contract.page.picture, "url", "image", "data")
    known = {*inputs, "type_list", "alarm"}
    asked = members.get("type_list")
    type_list = tuple(str(name) for name in asked) if isinstance(asked, list) else None
    sums |= {
        "picture": _sum(_text({name: members[name] for name in inputs if name in members})),
        "type_list": _sum(_text(asked)) if "type_list" in members else b"",
        "alarm": _sum(_text(members["alarm"])) if members.get("alarm", False) is not False else b"",
        "rest": _sum(_text({name: value for name, value in members.items() if name not in known})),
    }
    return Facets(sums, "url" in members, type_list, members.get("alarm") is True)


class Controls:
    """Which requests were accepted, as sums without each facet that may be at fault."""

    def __init__(self) -> None:
        """Knows none."""
        self._keys: OrderedDict[int, None] = OrderedDict()
        self._accepted: dict[str, Exchange] = {}

    def remember(self, view: View) -> None:
        """Note an accepted exchange."""
        contract = view.contract
        facets = facets_of(view.exchange.request, contract)
        for without in {*_FAULTY_FACETS.values()}:
            key = facets.key(contract, without)
            self._keys[key] = None
            self._keys.move_to_end(key)
        while len(self._keys) > MAX_CONTROLS:
            self._keys.popitem(last=False)
        response = view.response
        if response is not None and contract.id not in self._accepted:
            self._accepted[contract.id] = _without_body(view.exchange, response)

    def accepts(self, contract: Contract) -> bool:
        """Whether any request of a contract was accepted."""
        return contract.id in self._accepted

    def control_of(self, view: View) -> Exchange | None:
        """An accepted exchange of this contract, where one agrees with the request in all but its fault; else None.

        The judge asks of a control only whether it was accepted: any accepted answer stands for the one that was.
        """
        doubtful = view.expectation.faults or view.expectation.opens
        if len(doubtful) != 1:
            return None
        (fault,) = doubtful
        without = ("picture",) if fault in _UNREAD_PICTURES else _FAULTY_FACETS.get(fault.partition(".")[0])
        if without is None:
            return None
        key = facets_of(view.exchange.request, view.contract).key(view.contract, without)
        return self._accepted.get(view.contract.id) if key in self._keys else None


class Relatives:
    """Accepted exchanges that later ones may be related to."""

    def __init__(self) -> None:
        """Knows none."""
        self._families: OrderedDict[int, list[_Relative]] = OrderedDict()
        self._bytes = 0

    def pairs(self, view: View) -> Iterator[Pair]:
        """The pairs that an accepted exchange makes with those before it; remembers it for those to come."""
        request, response, contract = view.exchange.request, view.response, view.contract
        facets = facets_of(request, contract)
        if facets.by_url or response is None or len(response.body) > _MAX_ANSWER or request.auth != "valid":
            return
        key = facets.key(contract, ("project", "type_list", "alarm"))
        raw = _sum(request.body)
        family = self._families.setdefault(key, [])
        self._families.move_to_end(key)
        for relative in family:
            yield from _related(relative, view, facets, raw)
        if all(relative.raw != raw or relative.facets.sums != facets.sums for relative in family):
            self._remember(
                family, _Relative(_without_picture(view, response), facets, raw, len(response.body) + _OBJECTS)
            )

    def _remember(self, family: list[_Relative], relative: _Relative) -> None:
        family.append(relative)
        self._bytes += relative.size
        if len(family) > _MAX_VARIANTS:
            self._bytes -= family.pop(0).size
        while self._bytes > MAX_RELATIVES_BYTES and len(self._families) > 1:
            _, forgotten = self._families.popitem(last=False)
            self._bytes -= sum(old.size for old in forgotten)


def _related(relative: _Relative, view: View, facets: Facets, raw: bytes) -> Iterator[Pair]:
    """The requirements that relate two requests of one picture which differ in at most one facet."""
    old, new = relative.exchange, view.exchange
    theirs = relative.facets
    differ = [facet for facet in ("project", "type_list", "alarm") if theirs.sums[facet] != facets.sums[facet]]
    if not differ:
        yield Pair(old, new, "relation.repeat" if relative.raw == raw else "relation.spelling", "same")
    elif differ == ["project"]:
        yield Pair(old, new, "relation.enterprise-project", "same")
    elif differ == ["alarm"]:
        first, second = (old, new) if facets.alarm else (new, old)
        yield Pair(first, second, "relation.alarm-adds-only", "same")
    elif differ == ["type_list"]:
        yield from _narrowed(relative, view, facets)


def _narrowed(relative: _Relative, view: View, facets: Facets) -> Iterator[Pair]:
    old, new = relative.exchange, view.exchange
    before, after, known = relative.facets.type_list, facets.type_list, set(view.contract.types)
    if before is not None and after is not None:
        if set(before) == set(after):
            repeated = len(before) != len(after)
            yield Pair(old, new, f"relation.type-list-{'repeated' if repeated else 'order'}", "same")
        return
    whole, part, asked = (old, new, after) if before is None else (new, old, before)
    if asked is None or not asked or not known.issuperset(asked):
        return
    if known == set(asked):
        yield Pair(whole, part, "relation.type-list-all", "same")
    else:
        yield Pair(whole, part, "relation.type-list-some", "filtered")


def _without_body(exchange: Exchange, response: Response) -> Exchange:
    request = exchange.request
    return Exchange(Request(request.method, request.path, request.headers), response, exchange.id)


def _without_picture(view: View, response: Response) -> Exchange:
    """The exchange with an empty picture: what it asks for is all that comparators read of a request.

    A body that is no JSON object asks for nothing; that it was answered all the same is a finding of the judge's.
    """
    request = view.exchange.request
    value = read_body(request.body).value
    members = value if isinstance(value, dict) else {}
    asked: dict[str, Json] = {name: value for name, value in members.items() if name in ("type_list", "alarm")}
    lean = Request(request.method, request.path, request.headers, _text({view.contract.page.picture: "", **asked}))
    return Exchange(lean, Response(response.status, (), response.body), view.exchange.id)


def _text(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True).encode("ascii")


def _sum(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]
