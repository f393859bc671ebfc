"""Finds, in traffic of unknown making, what a request may be held against: its facets, and its relatives.

A request is taken apart into facets: its line, its credentials, its picture, each other parameter. A control of a
faulty request agrees with it in every facet but the one that holds the fault, and was accepted (`Controls`, in
`counted`); two requests are related where they agree in all facets but one. Only short sums of accepted requests are
remembered, and of possible relatives a bounded number of answers: memory does not grow with the traffic.

Traffic may be judged in parts. A request may be related to the latest one of each of the latest variants of its family,
among the last MAX_RELATIVES requests: that is told by what comes before it, and so the same wherever the traffic is
cut. Each part tells its first and its last requests, by which `audit.Crossings` finds the pairs in different parts.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from conformance.exchange import Exchange, Request, Response, taken_apart
from conformance.recordings.blobs import sums_of

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.account import Place
    from conformance.exchange import Lean
    from conformance.judging.view import View

Facet: TypeAlias = Literal["line", "auth", "project", "picture", "type_list", "alarm", "rest"]


_MAX_ANSWER = 1 << 15
_VARIED: tuple[Facet, ...] = ("project", "type_list", "alarm")
_BESIDE: tuple[Facet, ...] = ("type_list", "alarm", "rest")
_BODY: tuple[Facet, ...] = ("picture", *_BESIDE)


FAULTY_FACETS: Mapping[str, tuple[Facet, ...]] = {
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


_WITHOUT = tuple(dict.fromkeys(FAULTY_FACETS.values()))


@dataclass(slots=True)
class Facets:
    """A request taken apart: a sum for each facet, and what it asks for.

    `picture` is the one facet that differs from request to request; `sums` are all others.
    """

    picture: bytes
    sums: Mapping[Facet, bytes]
    by_url: bool = False
    type_list: tuple[str, ...] | None = None
    alarm: bool = False
    _keys: dict[tuple[Facet, ...], int] = field(default_factory=dict)
    _all: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    _varied: int = 0

    def key(self, contract: Contract, without: tuple[Facet, ...]) -> int:
        """A number that tells requests apart by all facets but some, in 64 bits: the same in every process."""
        of_others = self._without(contract, without)
        return of_others if "picture" in without else of_others ^ self._number

    def _without(self, contract: Contract, facets: tuple[Facet, ...]) -> int:
        """The same of neither these facets nor the picture."""
        of_others = self._keys.get(facets)
        if of_others is None:
            parts = (sum_ for facet, sum_ in sorted(self.sums.items()) if facet not in facets)
            named = (contract.id.encode(), ",".join(facets).encode(), *parts)
            of_others = self._keys[facets] = _number(b"".join(_sum(part) for part in named))
        return of_others

    @property
    def _number(self) -> int:
        """That of the picture; both are sums, so that no two of them are ever put together to the same by chance."""
        return int.from_bytes(self.picture[:8])

    def keys(self, contract: Contract) -> list[int]:
        """The keys without each facet that may be at fault."""
        if self._all is None:
            with_picture = tuple(self._without(contract, facets) for facets in _WITHOUT if "picture" not in facets)
            fixed = tuple(self._without(contract, facets) for facets in _WITHOUT if "picture" in facets)
            self._all = with_picture, fixed
        number = self._number
        return [part ^ number for part in self._all[0]] + [*self._all[1]]

    @property
    def varied(self) -> int:
        """A number of the facets in which relatives may differ, in 64 bits."""
        if not self._varied:
            self._varied = _number(b"".join(_sum(self.sums[facet]) for facet in _VARIED))
        return self._varied

    def differ(self, other: Facets, facets: tuple[Facet, ...]) -> list[Facet]:
        """Those of some facets (none of them the picture) in which two requests differ."""
        return [facet for facet in facets if self.sums[facet] != other.sums[facet]]

    def with_picture(self, picture: bytes) -> Facets:
        """The facets of the same request with another picture."""
        return Facets(picture, self.sums, self.by_url, self.type_list, self.alarm, self._keys, self._all, self._varied)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two exchanges that a requirement relates, the comparator that decides, and which of the two came later."""

    first: Exchange
    second: Exchange
    requirement: str
    comparator: str
    later: Exchange


@dataclass(slots=True)
class Relative:
    """An accepted exchange, its picture left out, and what it asks for."""

    id: str
    request: Request
    members: Mapping[str, object]
    status: int
    answer: bytes
    facets: Facets
    raw: bytes

    @property
    def has_relatives(self) -> bool:
        """Whether it is remembered: a picture at an address may be another one the next time."""
        return not self.facets.by_url and len(self.answer) <= _MAX_ANSWER

    def kin(self, rank: int, place: Place, source: int, contract: Contract) -> Kin:
        """By what it is found again."""
        variant = self.facets.varied ^ int.from_bytes(self.raw[:8])  # both are sums, as in a key
        return Kin(rank, self.facets.key(contract, _VARIED), variant, place, source)

    def exchange(self, contract: Contract) -> Exchange:
        """The exchange with an empty picture: what it asks for is all that comparators read of a request."""
        asked = {name: value for name, value in self.members.items() if name in ("type_list", "alarm")}
        body = _text({contract.page.picture: "", **asked})
        lean = Request(self.request.method, self.request.path, self.request.headers, body)
        return Exchange(lean, Response(self.status, (), self.answer), self.id)


def facets_of(view: View) -> Facets:
    """Take the request of an exchange apart."""
    request, contract, members = view.exchange.request, view.contract, view.sent
    line = _line(request.method, request.path, request.auth, request.header("Enterprise-Project-Id"))
    if members is None:
        whole = _sum(request.body)
        return Facets(whole, {**line, **dict.fromkeys(_BESIDE, whole)})
    inputs = _inputs(contract)
    given = {name: members[name] for name in inputs if name in members}
    picture = members.get(contract.page.picture)
    found = _picture_sum(picture) if len(given) == 1 and isinstance(picture, str) else None
    return _taken_apart(line, members, contract, found or _sum(_text(given)))


def facets_of_lean(lean: Lean, members: Mapping[str, object], contract: Contract) -> Facets:
    """`facets_of` where all of a body but its picture is known: `members`."""
    enterprise = next((value for name, value in lean.headers if name.lower() == "enterprise-project-id"), None)
    line = _line(lean.method, lean.path, lean.auth, enterprise)
    return _taken_apart(line, members, contract, lean.picture_sum)


def _line(method: str, path: str, auth: str, enterprise: str | None) -> dict[Facet, bytes]:
    return {
        "line": f"{method} {path}".encode("utf-8", "surrogatepass"),
        "auth": auth.encode(),
        "project": (enterprise or "").encode("utf-8", "surrogatepass"),
    }


def _inputs(contract: Contract) -> tuple[str, ...]:
    return (contract.page.picture, "url", "image", "data")


def _taken_apart(line: dict[Facet, bytes], members: Mapping[str, object], contract: Contract, picture: bytes) -> Facets:
    known = {*_inputs(contract), "type_list", "alarm"}
    asked = members.get("type_list")
    type_list = tuple(str(name) for name in asked) if isinstance(asked, list) else None
    sums: dict[Facet, bytes] = {
        **line,
        "type_list": _sum(_text(asked)) if "type_list" in members else b"",
        "alarm": _sum(_text(members["alarm"])) if members.get("alarm", False) is not False else b"",
        "rest": _sum(_text({name: value for name, value in members.items() if name not in known})),
    }
    return Facets(picture, sums, "url" in members, type_list, members.get("alarm") is True)


def _picture_sum(text: str) -> bytes | None:
    """The sum of the text of a picture, as `Lean` has it; None for a text that can be none."""
    return sums_of(b"", text.encode("ascii"), b"")[1] if text.isascii() else None


# Which requests may be related to which, by short sums alone.


MAX_RELATIVES = 1_000
"""Accepted requests to which later ones may be related, the latest ones: about 7 MB, with their answers."""

MAX_VARIANTS = 8


class Kin(Struct, frozen=True):
    """An accepted request by which it is found again: its family (all that it may be related to), its variant (all that
    they may differ in), its place in the traffic and that in its recording. `rank` counts such requests.
    """

    rank: int
    family: int
    variant: int
    place: tuple[int, int]
    source: int


class Families:
    """The latest request of each of the latest variants of a family, of MAX_RELATIVES requests."""

    def __init__(self) -> None:
        """Knows none."""
        self._members: dict[int, dict[int, Kin]] = {}
        self._window: deque[Kin] = deque()

    def members(self, family: int, rank: int) -> list[Kin]:
        """Those that a request of a rank may be related to, in their order."""
        known = self._members.get(family)
        return [kin for kin in known.values() if rank - kin.rank <= MAX_RELATIVES] if known else []

    def enter(self, kin: Kin) -> list[Kin]:
        """Enter a request; returns those that nothing will be related to any more."""
        gone = []
        window, rank = self._window, kin.rank - MAX_RELATIVES
        while window and window[0].rank <= rank:
            old = window.popleft()
            alike = self._members.get(old.family)
            if alike is not None and alike.get(old.variant) is old:
                gone.append(self._drop(old))
        members = self._members.setdefault(kin.family, {})
        if kin.variant in members:
            gone.append(members.pop(kin.variant))
        members[kin.variant] = kin
        self._window.append(kin)
        if len(members) > MAX_VARIANTS:
            gone.append(self._drop(next(iter(members.values()))))
        return gone

    def known(self) -> list[Kin]:
        """All of them, in their order."""
        return sorted((kin for members in self._members.values() for kin in members.values()), key=lambda kin: kin.rank)

    def _drop(self, kin: Kin) -> Kin:
        members = self._members[kin.family]
        del members[kin.variant]
        if not members:
            del self._members[kin.family]
        return kin


class Relatives:
    """Accepted exchanges of one part of the traffic that later ones may be related to.

    `heads` are the first of them, which may be related to exchanges of earlier parts; `count` counts them.
    """

    def __init__(self) -> None:
        """Knows none."""
        self.heads: list[Kin] = []
        self.count = 0
        self._families = Families()
        self._known: dict[Place, Relative] = {}

    @property
    def tails(self) -> list[Kin]:
        """The last ones, which those of later parts may be related to."""
        return self._families.known()

    def pairs(
        self, relative: Relative, place: Place, source: int, contract: Contract, exchange: Callable[[], Exchange]
    ) -> Iterator[Pair]:
        """The pairs that an accepted exchange makes with those before it; remembers it for those to come.

        The exchange is put together only where it makes a pair.
        """
        kin = relative.kin(self.count, place, source, contract)
        self.count += 1
        if kin.rank < MAX_RELATIVES:
            self.heads.append(kin)
        for other in self._families.members(kin.family, kin.rank):
            yield from related(self._known[other.place], relative, contract, exchange)
        for gone in self._families.enter(kin):
            del self._known[gone.place]
        self._known[place] = relative


def relative_of(view: View) -> Relative | None:
    """What later exchanges may be related to; None for an exchange that has no relatives."""
    request, response = view.exchange.request, view.response
    if response is None or request.auth != "valid" or not view.accepted:
        return None
    relative = Relative(
        view.exchange.id,
        request if not request.body else replace(request, body=b""),
        view.sent or {},
        response.status,
        response.body,
        facets_of(view),
        sums_of(*taken_apart(request.body))[0],
    )
    return relative if relative.has_relatives else None


def related(
    relative: Relative, later: Relative, contract: Contract, exchange: Callable[[], Exchange]
) -> Iterator[Pair]:
    """The requirements that relate two requests of one picture which differ in at most one facet."""
    theirs, facets = relative.facets, later.facets
    differ = theirs.differ(facets, _VARIED)
    if len(differ) > 1:
        return
    old, new = relative.exchange(contract), exchange()
    if not differ:
        yield Pair(old, new, "relation.repeat" if relative.raw == later.raw else "relation.spelling", "same", new)
    elif differ == ["project"]:
        yield Pair(old, new, "relation.enterprise-project", "same", new)
    elif differ == ["alarm"]:
        first, second = (old, new) if facets.alarm else (new, old)
        yield Pair(first, second, "relation.alarm-adds-only", "same", new)
    else:
        yield from _narrowed(old, new, theirs.type_list, facets.type_list, set(contract.types))


def _narrowed(
    old: Exchange, new: Exchange, before: tuple[str, ...] | None, after: tuple[str, ...] | None, known: set[str]
) -> Iterator[Pair]:
    if before is not None and after is not None:
        if set(before) == set(after):
            repeated = len(before) != len(after)
            yield Pair(old, new, f"relation.type-list-{'repeated' if repeated else 'order'}", "same", new)
        return
    whole, part, asked = (old, new, after) if before is None else (new, old, before)
    if asked is None or not asked or not known.issuperset(asked):
        return
    if known == set(asked):
        yield Pair(whole, part, "relation.type-list-all", "same", new)
    else:
        yield Pair(whole, part, "relation.type-list-some", "filtered", new)


def _text(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode("ascii")


def _sum(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def _number(data: bytes) -> int:
    """64 bits of a sum, which are the same in every process."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8])
