"""Judges recorded traffic without knowing how it came about: a cassette, a HAR file, NDJSON exchanges.

`expect` reads each request as it stands. What it can be held against is found in the traffic itself (`relatives`), in a
first pass over the files, which also counts what most exchanges show (`counted`); the second one judges the others.
Whatever needs a control that is not there stays undecided, and the requirement inconclusive. Of a request that was sent
again because the target asked for that, the last answer is judged, as in a run. One exchange is in memory at a time,
and what is remembered is bounded.

The traffic is judged in pieces (`pieces`), by one process or by many (`mappers`): the same report, byte for byte. What
a piece shows is entered in any order (`Ledger.enter`); what its requests are held against is brought together here, by
short sums of them, one piece after the other.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from conformance.contract.requirements import MEASURED
from conformance.engine.counted import Controls
from conformance.engine.lookup import Operations
from conformance.engine.mappers import InTurn, Mapper, Work
from conformance.engine.pieces import (
    MAX_WAITING,
    First,
    LeftOut,
    Piece,
    Rest,
    Shared,
    first_pass,
    look_into,
    second_pass,
)
from conformance.engine.relatives import MAX_VARIANTS, Families, Kin
from conformance.engine.settings import Excuses
from conformance.files import added_folder
from conformance.judging import require_checks
from conformance.recordings.credentials import Credentials
from conformance.recordings.formats import form_of, parts_of
from conformance.recordings.opened import EMPTY
from conformance.recordings.recorded import MOST_NAMED, TrafficError
from conformance.statement.statement import UNDECLARED

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.engine.ledger import Ledger
    from conformance.recordings.formats import Looked
    from conformance.statement.statement import Statement

MAX_NOTES = 1_000
"""Exchanges whose notes are kept for the report; all are counted."""

_SMALLEST, _LARGEST = 1 << 20, 64 << 20
"""Bytes of a part of a file of lines."""

_ALONE = {"cassette": 16 << 20, "lines": _LARGEST}
"""The same where one process does all: what a part shows is in memory, and an index has small lines. Other forms of
recordings are one part.
"""

_PIECES_EACH = 8
"""Parts for each process, so that all end at about the same time, and little is lost with one that is killed."""


@dataclass(slots=True)
class Audit:
    """What an audit learnt: the ledger, how many exchanges were of another operation, what was left out.

    `left_out` names the first MOST_NAMED of them, `left_out_count` counts all. `sent_again` are those that were refused
    for load, or by a gateway whose service was down, and asked once more. `fitting` counts the exchanges of other
    operations that a contract which was not chosen describes, by its id.
    """

    ledger: Ledger
    other: int = 0
    sent_again: int = 0
    fitting: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    left_out_count: int = 0

    def add(self, first: First) -> None:
        """Enter what the first pass over the next piece found."""
        self.ledger.enter(first.learnt)
        self.other += first.other
        self.sent_again += first.sent_again
        self.fitting.update(first.fitting)
        self.left_out = [*self.left_out, *first.left_out][:MOST_NAMED]
        self.left_out_count += first.left_out_count


def audit(
    files: Sequence[Path],
    contracts: Sequence[Contract],
    *,
    depth: Depth = "standard",
    strict: bool = False,
    statement: Statement = UNDECLARED,
    judged: Callable[[int, int, int], None] | None = None,
    mapper: Mapper | None = None,
    part_size: int | None = None,
) -> Audit:
    """Judge the traffic in some files against some contracts; `statement` says which breaches do not fail the audit.

    `mapper` does the work, this process by default; files of lines are cut into parts of `part_size` bytes, or of what
    suits it. `judged` is told how many exchanges are done so far, and how many passes of how many. Raises CassetteError
    for a file that is no recording, DataError where two contracts describe one path, or one names an unknown check,
    WorkersLostError.
    """
    for each in contracts:
        require_checks(each)
    Operations(contracts)
    mapper = mapper or InTurn()
    pieces = _cut(files, mapper.width, part_size)
    shared = Shared(
        contracts=tuple(contracts),
        depth=depth,
        strict=strict,
        excuses=Excuses.of(statement),
        most_notes=MAX_NOTES,
        alone=len(files) == 1,
        folder=added_folder(),
    )
    pieces, credentials = _looked_into(mapper, shared, pieces)
    shared = replace(shared, credentials=credentials)
    result, notes = Audit(shared.ledger()), _Notes()
    tell = judged or (lambda _sent, _done, _parts: None)
    for piece, first in _in_order(mapper, first_pass, shared, pieces):
        result.add(first)
        notes.see(piece, first)
        del first  # it is large, and the next one is made now
        tell(result.ledger.sent, notes.count, 2 * len(pieces))
    rests = notes.rests(result)
    for done, (_, learnt) in enumerate(mapper.map(second_pass, replace(shared, controls=notes.controls), rests), 1):
        result.ledger.enter(learnt)
        tell(result.ledger.sent, len(pieces) + done, len(pieces) + len(rests))
    result.ledger.settle()
    for contract in contracts:
        result.ledger.measure(contract, f"{contract.id}/{MEASURED}")
    return result


def _cut(files: Sequence[Path], width: int, size: int | None) -> list[Piece]:
    """The pieces of some recordings, in their order. Raises CassetteError for one that is none."""
    if size is None:
        whole = sum(file.stat().st_size for file in files if file.is_file())
        # One process is in no need of parts but to tell how far it is; each of them has its own evidence to judge.
        shared = max(_SMALLEST, min(_LARGEST, whole // (_PIECES_EACH * width)))
        sizes = [shared if width > 1 else _ALONE.get(form_of(file)) for file in files]
    else:
        sizes = [size] * len(files)
    cut = [
        (file, part)
        for file, most in zip(files, sizes, strict=True)
        for part in (parts_of(file, most) if most is not None else [None])
    ]
    return [Piece(number, file, part) for number, (file, part) in enumerate(cut)]


def _looked_into(mapper: Mapper, shared: Shared, pieces: list[Piece]) -> tuple[list[Piece], dict[str, Credentials]]:
    """The pieces with the numbers of their lines, and the credentials of each file. Raises CassetteError."""
    found: dict[str, Credentials] = {}
    empty: dict[str, bool] = {}
    lines: dict[str, int] = {}
    numbered: list[Piece] = []
    for piece, looked in _untorn(mapper, shared, [*_in_order(mapper, look_into, shared, pieces)]):
        name, part = str(piece.file), piece.part
        before = lines.get(name, 0) if part is not None and part.start else 0
        numbered.append(
            Piece(len(numbered), piece.file, replace(part, lines_before=before) if part is not None else None)
        )
        lines[name] = before + looked.lines
        found.setdefault(name, Credentials()).add(looked.credentials)
        empty[name] = empty.get(name, True) and looked.empty
    for file in dict.fromkeys(piece.file for piece in pieces):
        if empty[str(file)]:
            raise TrafficError(file, EMPTY)
    return numbered, found


def _untorn(mapper: Mapper, shared: Shared, seen: list[tuple[Piece, Looked]]) -> Iterator[tuple[Piece, Looked]]:
    """The pieces with what is known of them; a file of which a part is torn is one piece."""
    torn = [*dict.fromkeys(piece.file for piece, looked in seen if looked.torn)]
    whole = [Piece(number, file) for number, file in enumerate(torn)]
    instead = {piece.file: (piece, looked) for piece, looked in _in_order(mapper, look_into, shared, whole)}
    for piece, looked in seen:
        if piece.file not in torn:
            yield piece, looked
        elif piece.part is not None and not piece.part.start:
            yield instead[piece.file]


def _in_order(mapper: Mapper, work: Work, shared: Shared, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Any]]:
    """What is said of each piece, in the order of the pieces, whatever is done first."""
    early: dict[int, Any] = {}
    after = 0
    for number, found in mapper.map(work, shared, pieces):
        early[number] = found
        del found
        while after in early:
            yield pieces[after], early.pop(after)
            after += 1


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
            room = max(0, MAX_VARIANTS - len(known))
            pairs += [(old, kin) for old in left[max(0, len(left) - room) :]]
            known.add(kin.variant)
        for kin in tails:
            self._families.enter(structs.replace(kin, rank=self._count + kin.rank))
        self._count += count
        return pairs


class _Notes:
    """What pieces told of their requests, brought together: which were sent again, are controls, or are related."""

    def __init__(self) -> None:
        self.controls = Controls()
        self._crossings = Crossings()
        self._rests: list[Rest] = []
        self._waiting: dict[str, OrderedDict[int, tuple[int, int]]] = {}
        self._superseded: dict[int, set[int]] = {}

    def see(self, piece: Piece, first: First) -> None:
        """Enter those of the next piece."""
        self.controls.add(first.controls)
        crossing: dict[int, tuple[int, list[tuple[Piece, int]]]] = {}
        for old, new in self._crossings.into(first.heads, first.tails, first.count):
            _, earlier = crossing.setdefault(new.place[1] // 2, (new.source, []))
            earlier.append((self._rests[old.place[0]].piece, old.source))
        self._rests.append(Rest(piece, first.numbers, first.sources, crossing))
        waiting = self._waiting.setdefault(str(piece.file), OrderedDict())
        for key in waiting.keys() & set(first.keys) if waiting else ():
            before, number = waiting.pop(key)
            self._superseded.setdefault(before, set()).add(number)
        for key, number in first.waiting:
            waiting[key] = piece.number, number
        while len(waiting) > MAX_WAITING:
            waiting.popitem(last=False)

    @property
    def count(self) -> int:
        """Pieces that were entered."""
        return len(self._rests)

    def rests(self, result: Audit) -> list[Rest]:
        """What is left to do, without what was sent again after all."""
        for number, superseded in self._superseded.items():
            rest = self._rests[number]
            left = [(n, source) for n, source in zip(rest.numbers, rest.sources, strict=True) if n not in superseded]
            rest.numbers, rest.sources = [n for n, _ in left], [source for _, source in left]
            result.sent_again += len(superseded)
        return [rest for rest in self._rests if rest.numbers or rest.crossing]
