"""What is kept of exchanges that are not judged one by one: counts of what they show, and sums of those accepted, which
may be the controls of faulty ones.
"""

from __future__ import annotations

import gc
import hashlib
from bisect import insort
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.engine.account import MAX_FINDINGS, ExchangeNote
from conformance.engine.ledger import Ledger
from conformance.engine.relatives import FAULTY_FACETS, Facets, Relative, facets_of, facets_of_lean
from conformance.exchange import Exchange, Request
from conformance.judging import looks_of
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Container

    from conformance.contract.contract import Contract
    from conformance.engine.account import Place
    from conformance.exchange import Lean
    from conformance.judging.looks import Asked, Seen


@dataclass(slots=True)
class _Shown:
    """How often some requirements were proven and others broken together, and by which exchange first."""

    count: int
    place: Place
    exchange: str


@dataclass(slots=True)
class _Notes:
    """What is kept beside a way of asking: its facets without a picture, and its request without a body."""

    facets: Facets
    request: Request


class Counted:
    """Counts what exchanges show, for one ledger; `enter` enters it, once all are counted."""

    def __init__(self, ledger: Ledger, excusable: Container[str] = ()) -> None:
        """A breach of what is `excusable` is never counted, since it depends on the exchange whether it is excused."""
        self._ledger, self._excusable = ledger, excusable
        self._names = [name for name, account in ledger.accounts.items() if not account.lifted]
        self._looks = {contract.id: looks_of(contract, tuple(self._names)) for contract in ledger.contracts}
        self._shown: dict[tuple[int, int], _Shown] = {}
        self._smallest: dict[str, list[int]] = {}
        self._slowest: dict[str, float] = {}
        self._outcomes: dict[tuple[str, int], Text] = {}

    def known(self, lean: Lean, contract: Contract) -> Seen | None:
        """What an exchange shows, where that can be counted; None where it is to be judged.

        It is judged where it may be kept as evidence: of a breach the smallest requests are.
        """
        if self._ledger.figures.evidence and lean.elapsed_s > self._slowest.get(contract.id, -1.0):
            self._slowest[contract.id] = lean.elapsed_s
            return None  # limits of a statement keep the first answer and the slowest one
        seen = self._looks[contract.id].see(lean)
        if seen is not None and seen.broken and self._is_evidence(seen.broken, lean.length):
            return None
        return seen

    def _is_evidence(self, broken: int, length: int) -> bool:
        """Whether a request of that length may be among the smallest ones that break any of some requirements."""
        found = False
        for name in self._named(broken):
            smallest = self._smallest.setdefault(name, [])
            if len(smallest) < MAX_FINDINGS or length < smallest[-1]:
                insort(smallest, length)
                del smallest[MAX_FINDINGS:]
                found = True
            found = found or name in self._excusable
        return found

    def facets(self, lean: Lean, asked: Asked, contract: Contract) -> Facets:
        """The request of a counted exchange, taken apart."""
        if asked.notes is None:
            assert asked.members is not None, "what is counted has a body that was read"
            facets = facets_of_lean(lean, asked.members, contract)
            # What all with other pictures share is worked out here.
            facets.keys(contract)
            _ = facets.varied
            asked.notes = _Notes(facets, Request(lean.method, lean.path, lean.headers, b"", lean.auth))
        notes: _Notes = asked.notes
        return notes.facets.with_picture(lean.picture_sum)

    @staticmethod
    def relative(lean: Lean, asked: Asked, facets: Facets, name: str) -> Relative:
        """What later exchanges may be related to."""
        assert asked.members is not None
        return Relative(name, asked.notes.request, asked.members, lean.status, lean.answer, facets, lean.body_sum)

    def count(self, place: Place, lean: Lean, seen: Seen, contract: Contract, purpose: str, name: str) -> None:
        """Count what an exchange shows; its note is kept while there is room."""
        ledger, key = self._ledger, (seen.proven, seen.broken)
        shown = self._shown.get(key)
        if shown is None:
            self._shown[key] = _Shown(1, place, name)
        else:
            shown.count += 1
        ledger.accepted += 1
        ledger.sight.sent += 1
        if (contract.id, seen.tickets) not in self._outcomes:
            self._outcomes[contract.id, seen.tickets] = View(lean.exchange, contract).answer_in_words
        if ledger.wants_note(place):
            ledger.note(self._note(place, lean, seen, contract, purpose, name))
        else:
            ledger.sent += 1
            ledger.billable += seen.tickets

    def _note(self, place: Place, lean: Lean, seen: Seen, contract: Contract, purpose: str, name: str) -> ExchangeNote:
        return ExchangeNote(
            id=name,
            purpose=purpose,
            role="variant",
            attempt=1,
            method=lean.method,
            path=lean.path,
            auth=lean.auth,
            request_bytes=lean.length,
            fault=None,
            outcome=self._outcomes[contract.id, seen.tickets],
            response_bytes=len(lean.answer),
            elapsed_s=lean.elapsed_s,
            billed=seen.tickets,
            place=place,
        )

    def enter(self) -> None:
        """Enter what was counted, and forget it."""
        ledger = self._ledger
        for (proven, broken), shown in self._shown.items():
            for name in self._named(proven):
                account = ledger.accounts[name]
                account.witnesses += shown.count
                if shown.exchange:
                    account.first("witness", shown.exchange, shown.place)
            for name in self._named(broken):
                ledger.accounts[name].broken += shown.count
        for contract_id, _ in self._outcomes:
            ledger.habits.see(contract_id, ())
            ledger.sight.failed.setdefault(contract_id, 0)
            ledger.sight.unreadable.setdefault(contract_id, 0)
        self._shown.clear()

    def _named(self, bits: int) -> Iterator[str]:
        while bits:
            lowest = bits & -bits
            yield self._names[lowest.bit_length() - 1]
            bits ^= lowest


# Which accepted requests a faulty one may be held against.


MAX_CONTROLS = 100_000
"""Sums of accepted requests that are remembered, the latest ones: about 13 MB, several sums for each request.

Those without its body, its line or its picture come again with nearly every request, so that they are never forgotten.
"""


_UNREAD_PICTURES = frozenset(
    {
        "picture.empty",
        "picture.wrong-type",
        "picture.wrong-name",
        "picture.not-base64",
        "picture.none",
        "picture.data-uri",
    }
)
"""Faults for which a picture is refused before anybody looks at it, so that another picture may stand in its control.

For the other faults of pictures the control has to show the same page, which traffic does not tell.
"""


class Controls:
    """Which requests were accepted, as sums without each facet that may be at fault."""

    def __init__(self) -> None:
        """Knows none."""
        self._keys: OrderedDict[int, None] = OrderedDict()
        self._accepted: dict[str, Exchange] = {}

    def remember(self, facets: Facets, contract: Contract, exchange: Callable[[], Exchange]) -> None:
        """Note an accepted exchange by its facets; of a contract's first one the answer is kept."""
        keys = self._keys
        for key in facets.keys(contract):
            if key in keys:
                keys.move_to_end(key)
            else:
                keys[key] = None
        while len(keys) > MAX_CONTROLS:
            keys.popitem(last=False)
        if contract.id not in self._accepted:
            self._accepted[contract.id] = _without_body(exchange())

    def add(self, later: Controls) -> None:
        """Enter what a later part of the traffic holds."""
        for key in later._keys:
            self._keys[key] = None
            self._keys.move_to_end(key)
        while len(self._keys) > MAX_CONTROLS:
            self._keys.popitem(last=False)
        self._accepted = later._accepted | self._accepted

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
        without = ("picture",) if fault in _UNREAD_PICTURES else FAULTY_FACETS.get(fault.partition(".")[0])
        if without is None:
            return None
        key = facets_of(view).key(view.contract, without)
        return self._accepted.get(view.contract.id) if key in self._keys else None


def _without_body(exchange: Exchange) -> Exchange:
    request = exchange.request
    return Exchange(Request(request.method, request.path, request.headers), exchange.answer, exchange.id)


# What counting needs besides: a short key of each request, and a process that does not look for cycles all the time.


_MOST_LINES = 4_096


def request_key(contract_id: str, method: str, path: str, auth: str, body: bytes) -> int:
    """What tells a request from others, in 64 bits: sums of its line and, given as `body`, of its body, together."""
    return _line_number(contract_id, method, path, auth) ^ int.from_bytes(body[:8])


@lru_cache(_MOST_LINES)
def _line_number(contract_id: str, method: str, path: str, auth: str) -> int:
    line = f"{contract_id}\n{method} {path}\n{auth}\n".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(line).digest()[:8])


_COLLECTED_AFTER = 50_000
"""Objects after which Python looks for cycles while traffic is gone through."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Python looks less often for cycles that nothing refers to: exchanges make none, and what contracts are is large.

    The process is as before afterwards.
    """
    before = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
