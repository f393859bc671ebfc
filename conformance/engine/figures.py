"""What a run measures: how well documents were recognised, the answers that show it, and what limits it comes to.

Recognition is counted on pictures whose documents are known: the kit's specimens, and pictures of the user's own. Each
distinct request counts once, however often it was sent; intervals count distinct documents (see `inference`).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from conformance.engine.account import ANYWHERE, Measured
from conformance.engine.inference import CONFIDENCE, Interval, effective, wilson
from conformance.engine.recognised import READ, Sheet, Sighting, sheet_of
from conformance.judging.results import Observation, State
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Measure, Pictures, Requirement
    from conformance.engine.account import ExchangeNote, Place
    from conformance.exchange import Exchange
    from conformance.judging.view import View

Key: TypeAlias = "tuple[str, Pictures, str]"
"""Contract, whose pictures, type."""

Showing: TypeAlias = "Literal['missed', 'invented', 'seen', 'slowest', 'billing']"
Rank: TypeAlias = "tuple[float, Place]"
"""What is kept of several exchanges that show the same: the one of the lowest figure, the first one among those."""

Counted: TypeAlias = Literal["recall", "precision", "fields"]

_ALIKE = ("type", "answered", "fields", "values", "edits", "lengths", "degradation")
"""What many documents have in common."""


@dataclass(slots=True)
class Tally:
    """Counts of one type: documents on the pictures, recognised as it, rightly so; places and fields that agree.

    `located` of `places` right ones with stated corners lie there (IoU of at least 0.5); `read` of `fields` stated
    values of right ones were read so.
    """

    documents: int = 0
    recognised: int = 0
    right: int = 0
    places: int = 0
    located: int = 0
    fields: int = 0
    read: int = 0

    def numbers(self) -> tuple[int, ...]:
        """The counts in their order."""
        return (
            self.documents, self.recognised, self.right, self.places, self.located, self.fields, self.read,
        )  # fmt: skip


def _by_picture() -> dict[tuple[str, Pictures], dict[int, Sheet]]:
    return defaultdict(dict)


@dataclass(slots=True)
class Figures:
    """Counts recognition over a run. `sheets` are the pictures by contract, whose they are, and picture.

    Where `evidence` is wanted, `shown` keeps whole exchanges with their ranks: for each key that of the smallest
    request which shows something `missed` or `invented`, and the first one that says anything (`seen`); by contract,
    the `slowest` valid request, and the first answer `billing` something.
    """

    evidence: bool = False
    sheets: dict[tuple[str, Pictures], dict[int, Sheet]] = field(default_factory=_by_picture)
    shown: dict[tuple[Showing, str | Key], tuple[Rank, Exchange]] = field(default_factory=dict)
    _alike: dict[object, Any] = field(default_factory=dict)

    def see(self, view: View, place: Place = ANYWHERE) -> None:
        """Count what an exchange shows, where what is on its picture is known and an answer says what was seen."""
        if self.evidence:
            self._keep(view, place)
        found = sheet_of(view, place)
        if found is None:
            return
        whose, picture, sheet = found
        sheets = self.sheets[view.contract.id, whose]
        if picture in sheets:
            return
        sheets[picture] = self._lean(sheet)
        if not self.evidence:
            return
        size = len(view.exchange.request.body)
        for kind in sorted(sheet.kinds()):
            key, tally = (view.contract.id, whose, kind), _tally([sheet], kind)
            self.show("seen", key, (0.0, place), view.exchange)
            if tally.right < tally.documents:
                self.show("missed", key, (size, place), view.exchange)
            if tally.right < tally.recognised:
                self.show("invented", key, (size, place), view.exchange)

    def _keep(self, view: View, place: Place) -> None:
        exchange, contract_id = view.exchange, view.contract.id
        if view.accepted:
            self.show("billing", contract_id, (0.0, place), exchange)
        if view.response is not None and exchange.request.label is None:
            self.show("slowest", contract_id, (-exchange.answer.elapsed_s, place), exchange)

    def _lean(self, sheet: Sheet) -> Sheet:
        """The same with what it has in common with others kept once: there may be ten thousands."""

        def kept(one: Sighting) -> Sighting:
            parts: dict[str, Any] = {name: getattr(one, name) for name in _ALIKE}
            for name, part in parts.items():
                parts[name] = self._alike.setdefault(part, part)
            return replace(one, **parts)

        return replace(sheet, documents=tuple(map(kept, sheet.documents)))

    @property
    def tallies(self) -> dict[Key, Tally]:
        """The counts of each type that was on a picture or was answered."""
        found = {}
        for (contract_id, pictures), sheets in self.sheets.items():
            for kind in sorted(set().union(*(sheet.kinds() for sheet in sheets.values()))):
                found[contract_id, pictures, kind] = _tally(sheets.values(), kind)
        return found

    def of(self, contract_id: str, pictures: Pictures, kind: str | None = None) -> Tally:
        """The counts of one type, or of all together."""
        return _tally(self.sheets.get((contract_id, pictures), {}).values(), kind)

    def sightings(self, contract_id: str, pictures: Pictures, kind: str | None = None) -> list[Sighting]:
        """What became of every document of a type, or of all."""
        sheets = self.sheets.get((contract_id, pictures), {})
        return [one for sheet in sheets.values() for one in sheet.documents if kind in (None, one.type)]

    def share(
        self,
        counted: Counted,
        contract_id: str,
        pictures: Pictures,
        kind: str | None = None,
        confidence: float = CONFIDENCE,
    ) -> Interval:
        """Recall, precision, or the share of fields that were read on right documents, of a type or of all.

        What is recognised belongs to the document that it is taken for, what is invented to the first one of its
        picture.
        """
        sheets = self.sheets.get((contract_id, pictures), {})
        if counted == "precision":
            trials = [trial for picture, sheet in sheets.items() for trial in _answered(sheet, picture, kind)]
        else:
            seen = self.sightings(contract_id, pictures, kind)
            trials = [(one.document, one.right) for one in seen]
            if counted == "fields":
                trials = [(one.document, value == READ) for one in seen if one.right for value in one.values]
        return share_of(trials, confidence)

    def keys(self, contract_id: str, pictures: Pictures, kind: str | None = None) -> list[Key]:
        """The keys that something was counted for, in their order."""
        return [k for k in sorted(self.tallies) if k[:2] == (contract_id, pictures) and kind in (None, k[2])]

    def add(self, other: Figures) -> None:
        """Enter what another process, or another part of the traffic, came to: of a picture that both saw, what was
        seen first.
        """
        for key, sheets in other.sheets.items():
            known = self.sheets[key]
            for picture, sheet in sheets.items():
                if picture not in known or sheet.place < known[picture].place:
                    known[picture] = sheet
        for what, (rank, exchange) in other.shown.items():
            self.show(*what, rank, exchange)

    def exchange(self, showing: Showing, of: str | Key) -> Exchange | None:
        """The exchange that was kept to show something."""
        kept = self.shown.get((showing, of))
        return kept[1] if kept is not None else None

    def show(self, showing: Showing, of: str | Key, rank: Rank, exchange: Exchange) -> None:
        """Keep an exchange where none of a lower rank is kept; of equal ones the first one entered stays."""
        kept = self.shown.get((showing, of))
        if kept is None or rank < kept[0]:
            self.shown[showing, of] = rank, exchange


def share_of(trials: Iterable[tuple[int, bool]], confidence: float = CONFIDENCE) -> Interval:
    """A share of trials, each of a document and right or not, with its interval by distinct document."""
    listed = list(trials)
    sizes = Counter(document for document, _ in listed)
    return wilson(sum(right for _, right in listed), len(listed), confidence, effective(sizes.values()))


def _answered(sheet: Sheet, picture: int, kind: str | None) -> Iterator[tuple[int, bool]]:
    """The recognised entries of a type, or of all: the document that each belongs to, and whether it is right."""
    first = sheet.documents[0].document if sheet.documents else picture
    for one in sheet.documents:
        if one.answered is not None and kind in (None, one.answered):
            yield one.document, one.right
    yield from ((first, False) for name in sheet.invented if kind in (None, name))


def _tally(sheets: Iterable[Sheet], kind: str | None) -> Tally:
    tally = Tally()
    for sheet in sheets:
        tally.recognised += sum(kind in (None, name) for name in sheet.invented)
        for one in sheet.documents:
            tally.recognised += one.answered is not None and kind in (None, one.answered)
            if kind in (None, one.type):
                tally.documents += 1
                tally.right += one.right
                tally.places += one.right and one.located is not None
                tally.located += one.right and one.located is True
                tally.fields += len(one.values) if one.right else 0
                tally.read += one.values.count(READ) if one.right else 0
    return tally


# The limits of a target statement, decided from everything that a run saw.


_MOST_PICTURES = 100_000


def decide_limits(
    requirements: Iterable[Requirement], notes: Sequence[ExchangeNote], figures: Figures, contract: Contract
) -> list[Measured]:
    """What each limit among some requirements of a contract came to, over a whole run."""
    return [
        _measured(requirement, requirement.measure, notes, figures, contract)
        for requirement in requirements
        if requirement.measure is not None
    ]


def _measured(
    requirement: Requirement, measure: Measure, notes: Sequence[ExchangeNote], figures: Figures, contract: Contract
) -> Measured:
    if measure.kind == "latency":
        return _latency(requirement, measure, notes, figures, contract)
    if measure.kind == "billed":
        return _billed(requirement, measure, notes, figures, contract)
    return _recognition(requirement, measure, figures, contract.id)


def _recognition(requirement: Requirement, measure: Measure, figures: Figures, contract_id: str) -> Measured:
    counted: Counted = "fields" if measure.kind == "fields" else "recall" if measure.kind == "recall" else "precision"
    found = figures.share(counted, contract_id, measure.pictures, measure.type, measure.confidence)
    recall = counted == "recall"
    keys = figures.keys(contract_id, measure.pictures, measure.type)
    evidence = [
        exchange
        for showing in ("missed" if recall else "invented", "seen")
        for key in keys
        if (exchange := figures.exchange(showing, key)) is not None
    ]
    if measure.kind == "fields":
        words = Text(f"{found.hits} of {found.trials} fields read", f"{found.trials} 个字段中读对 {found.hits} 个")
    elif recall:
        words = Text(f"{found.hits} of {found.trials} recognised", f"{found.trials} 张中识别出 {found.hits} 张")
    else:
        words = Text(f"{found.hits} of {found.trials} right", f"识别 {found.trials} 张，正确 {found.hits} 张")
    if round(found.documents) < found.trials:
        worth = round(found.documents)
        words = Text(f"{words.en}, worth {worth} documents", f"{words.zh}，相当于 {worth} 份独立票证")
    words = Text(f"{words.en}: {_range(found)}", f"{words.zh}：{_range(found)}")
    if found.low >= measure.bound:
        state: State = "held"
    elif found.high < measure.bound:
        state = "broken"
    else:
        state, words = "undecided", _too_few(words, found, measure)
    observation = Observation(requirement.id, state, requirement.statement, words)
    return Measured(observation, evidence[0] if evidence else None)


def _range(found: Interval) -> str:
    share = f"{found.share:.3f}, " if found.share is not None else ""
    return f"{share}{found.low:.3f} ... {found.high:.3f}"


def _too_few(words: Text, found: Interval, measure: Measure) -> Text:
    """How many documents more without a miss would prove it, each asked as often as those so far."""
    often = found.trials / found.documents if found.documents else 1.0
    low, high = 0, _MOST_PICTURES
    while low < high:
        more = (low + high) // 2
        hits, trials = found.hits + more * often, found.trials + more * often
        proven = wilson(hits, trials, measure.confidence, found.documents + more).low >= measure.bound
        low, high = (low, more) if proven else (more + 1, high)
    return Text(
        f"{words.en}; too few to tell from {measure.bound:g}: {low} more without a miss would prove it",
        f"{words.zh}；数量太少，无法判断是否达到 {measure.bound:g}；再测 {low} 张且全部正确即可证实",
    )


def answered_ms(notes: Iterable[ExchangeNote], paths: Mapping[str, str]) -> dict[str, list[float]]:
    """Milliseconds of every valid request that was answered, sorted, by contract; `paths` are theirs by id.

    Faulty requests are left out, since refusing is quicker than recognising, and so are requests without an answer and
    those that the target asked to send again.
    """
    elapsed: dict[str, list[float]] = {contract: [] for contract in paths}
    contracts = {path: contract for contract, path in paths.items()}
    for note in notes:
        # The purpose of audited traffic is a file, which names no contract.
        contract = note.purpose.partition("/")[0]
        contract = contract if contract in paths else contracts.get(note.path, "")
        counts = note.fault is None and note.role != "probe" and not note.retried
        if counts and note.response_bytes and contract in elapsed:
            elapsed[contract].append(note.elapsed_s * 1000)
    return {contract: sorted(values) for contract, values in elapsed.items()}


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of sorted values."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _latency(
    requirement: Requirement, measure: Measure, notes: Sequence[ExchangeNote], figures: Figures, contract: Contract
) -> Measured:
    ordered = answered_ms(notes, {contract.id: contract.page.path})[contract.id]
    # Fewer answers than this, and the percentile is no other figure than that of the slowest one.
    needed = math.ceil(100 / (100 - measure.percentile)) if measure.percentile < 100 else 1
    if len(ordered) < needed:
        words = Text(
            f"{len(ordered)} answers; expected at least {needed} for a percentile of {measure.percentile:g}",
            f"响应 {len(ordered)} 个；第 {measure.percentile:g} 百分位至少需要 {needed} 个",
        )
        return Measured(Observation(requirement.id, "undecided", requirement.statement, words), None)
    value = percentile(ordered, measure.percentile)
    words = Text(
        f"p{measure.percentile:g} of {len(ordered)} answers is {value:.0f} ms",
        f"{len(ordered)} 个响应的 p{measure.percentile:g} 为 {value:.0f} 毫秒",
    )
    state: State = "held" if value <= measure.bound else "broken"
    return Measured(
        Observation(requirement.id, state, requirement.statement, words),
        figures.exchange("slowest", contract.id),
    )


def _billed(
    requirement: Requirement, measure: Measure, notes: Sequence[ExchangeNote], figures: Figures, contract: Contract
) -> Measured:
    """The meter against the answers; a request without an answer may have been billed or not."""
    mine = [note for note in notes if note.purpose.startswith(f"{contract.id}/")]
    unknown = sum(note.unknown for note in mine)
    billed = sum(note.billed - min(note.billed, note.unknown) for note in mine)
    metered = int(measure.bound)
    words = Text(f"the answers bill {billed}, the meter shows {metered}", f"响应应计费 {billed}，计量为 {metered}")
    evidence = figures.exchange("billing", contract.id)
    if billed == metered and mine:
        state: State = "held"
    elif not mine or billed < metered <= billed + unknown:
        state = "undecided"
        words = Text(
            f"{words.en}; {unknown} more may have been billed without an answer",
            f"{words.zh}；另有 {unknown} 张可能计费但未获响应",
        )
    else:
        state = "broken"
    return Measured(Observation(requirement.id, state, requirement.statement, words), evidence)
