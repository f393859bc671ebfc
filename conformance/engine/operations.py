"""Which contract a recorded request is of, and which requests may be related to which."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from conformance.contract.contract import load_contract
from conformance.exchange import PROJECT_SLOT
from conformance.files import DataError, contract_ids

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import Request


_MOST_PATHS = 10_000
"""Paths of which it is remembered whose they are."""


class Operations:
    """Tells by method and path which contract a request is of."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        """Raises DataError where two contracts describe one path."""
        self._contracts: dict[tuple[str, ...], Contract] = {}
        self._found: dict[str, Contract | None] = {}
        for contract in contracts:
            other = self._contracts.setdefault(_segments(contract.page.path), contract)
            if other is not contract:
                path = contract.page.path
                raise DataError(
                    f"{other.id} and {contract.id} both describe {path}, and traffic does not say which "
                    "edition it is of; give one of them with --contract",
                    f"{other.id} 和 {contract.id} 都描述 {path}，流量看不出是哪个版本；请用 --contract 给出其一",
                )

    def contract_of(self, path: str) -> Contract | None:
        """The contract whose path a request has, whatever stands in the place of the project id; None for none."""
        if path not in self._found:
            if len(self._found) >= _MOST_PATHS:
                self._found.clear()
            self._found[path] = self._search(path)
        return self._found[path]

    def _search(self, path: str) -> Contract | None:
        wanted = _segments(path.partition("?")[0])
        return next((contract for path, contract in self._contracts.items() if _fits(path, wanted)), None)

    def fitting(self, path: str) -> list[str]:
        """The ids of the contracts of the kit, chosen or not, whose path a request has."""
        wanted = _segments(path.partition("?")[0])
        return [name for name, path in _known_paths() if _fits(path, wanted)]


@cache
def _known_paths() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, _segments(load_contract(name).page.path)) for name in contract_ids())


def is_documented(request: Request) -> bool:
    """Whether a request is of an operation that some contract of the kit describes."""
    return bool(Operations(()).fitting(request.path))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _fits(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(path) == len(wanted) and all(
        ours in (theirs, PROJECT_SLOT) for ours, theirs in zip(path, wanted, strict=True)
    )


# Which requests of recorded traffic may be related to which, by short sums alone, and across the parts of the
# traffic.
#
# A request may be related to the latest one of each of the latest variants of its family, among the last
# MAX_RELATIVES requests. That is told by what comes before it, and so the same wherever the traffic is cut: each
# part tells its first and its last requests, and `Crossings` finds the pairs whose two requests are in different
# parts.


MAX_RELATIVES = 1_000
"""Accepted requests to which later ones may be related, the latest ones: about 7 MB, with their answers."""

_MAX_VARIANTS = 8


_MOST_LINES = 4_096


def request_key(contract_id: str, method: str, path: str, auth: str, body: bytes) -> int:
    """What tells a request from others, in 64 bits: sums of its line and, given as `body`, of its body, together."""
    return _line_number(contract_id, method, path, auth) ^ int.from_bytes(body[:8])


@lru_cache(_MOST_LINES)
def _line_number(contract_id: str, method: str, path: str, auth: str) -> int:
    line = f"{contract_id}\n{method} {path}\n{auth}\n".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(line).digest()[:8])


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
        if len(members) > _MAX_VARIANTS:
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


class Crossings:
    """Brings together requests of different parts of the traffic, told of one part after the other."""

    def __init__(self) -> None:
        """Knows no part."""
        self._families = Families()
        self._count = 0

    def into(self, heads: Sequence[Kin], tails: Sequence[Kin], count: int) -> list[tuple[Kin, Kin]]:
        """The pairs of a request of an earlier part and one of this part that it may be related to."""
        pairs: list[tuple[Kin, Kin]] = []
        own: dict[int, set[int]] = {}
        for kin in heads:
            known = own.setdefault(kin.family, set())
            carried = self._families.members(kin.family, self._count + kin.rank)
            left = [old for old in carried if old.variant not in known]
            room = max(0, _MAX_VARIANTS - len(known))
            pairs += [(old, kin) for old in left[max(0, len(left) - room) :]]
            known.add(kin.variant)
        for kin in tails:
            self._families.enter(replace(kin, rank=self._count + kin.rank))
        self._count += count
        return pairs
