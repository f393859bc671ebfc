"""Figures over all answers of a run, as `report.json` has them: how well documents were recognised, how long answers
took, whether confidence tracks accuracy. Those of recognition have intervals by distinct document.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from conformance.contract.requirements import Pictures
from conformance.engine.figures import answered_ms, percentile, share_of
from conformance.engine.inference import Interval, error_rate
from conformance.engine.recognised import READ, UNANSWERED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.engine.account import ExchangeNote
    from conformance.engine.figures import Figures
    from conformance.engine.ledger import Confidences
    from conformance.engine.recognised import Sighting


# How well documents were recognised.


class Share(TypedDict):
    """A share with its interval at 95 % confidence by distinct document; a rate of errors may be above 1."""

    value: float
    low: float
    high: float


class Agreed(TypedDict):
    """How many of the stated places or fields were answered so."""

    right: int
    of: int


class FieldEntry(TypedDict):
    """How one field was read: `right` of all `stated`, of those `answered` (`precision`), and on documents that were
    recognised (`exact`). `error_rate` is that of characters there (edits by characters stated).
    """

    name: str
    stated: int
    answered: int
    right: int
    recall: Share | None
    precision: Share | None
    exact: Share | None
    error_rate: Share | None


class Confusion(TypedDict):
    """A cell of the matrix of types: None as `answered` for what was missed, as `type` for what is on no picture."""

    contract: str
    pictures: Pictures
    type: str | None
    answered: str | None
    count: int


class DegradationEntry(TypedDict):
    """Accuracy on pictures degraded in one way, with strengths from `least` to `most`: of all (`whole`), or a part."""

    contract: str
    pictures: Pictures
    kind: str
    whole: bool
    least: float
    most: float
    documents: int
    recall: Share | None
    fields: Share | None
    error_rate: Share | None


class RecognitionEntry(TypedDict):
    """How one type was recognised on pictures whose documents are known; each distinct request counts once.

    `recall` is None where no such document was on them, `precision` where none was recognised. `distinct` documents are
    on them. Reports of earlier kits have neither that nor what comes after `fields`, and their intervals count
    requests.
    """

    contract: str
    pictures: Pictures
    type: str
    documents: int
    recognised: int
    right: int
    recall: Share | None
    precision: Share | None
    places: Agreed
    fields: Agreed
    distinct: NotRequired[int]
    fields_share: NotRequired[Share | None]
    error_rate: NotRequired[Share | None]
    by_field: NotRequired[list[FieldEntry]]


_PARTS = 5
"""Parts of as many pictures into which the strengths of a degradation are divided."""

LONGEST = 60
"""Characters that are kept of a name that a target or a user chose."""


def recognition_entries(figures: Figures, contracts: Sequence[str]) -> list[RecognitionEntry]:
    """An entry for each contract, whose pictures, and type, pictures of the user's own first."""
    entries: list[RecognitionEntry] = []
    places = {contract: place for place, contract in enumerate(contracts)}
    tallies = figures.tallies
    for key in sorted(tallies, key=lambda key: (key[1] != "own", places.get(key[0], 0), key[2])):
        contract, pictures, kind = key
        tally, seen = tallies[key], figures.sightings(*key)
        entries.append(
            {
                "contract": contract,
                "pictures": pictures,
                "type": kind[:LONGEST],
                "documents": tally.documents,
                "distinct": len({one.document for one in seen}),
                "recognised": tally.recognised,
                "right": tally.right,
                "recall": _share(figures.share("recall", *key)),
                "precision": _share(figures.share("precision", *key)),
                "places": {"right": tally.located, "of": tally.places},
                "fields": {"right": tally.read, "of": tally.fields},
                "fields_share": _share(figures.share("fields", *key)),
                "error_rate": _share(_error_rate(seen)),
                "by_field": _fields(seen),
            }
        )
    return entries


def _fields(seen: Sequence[Sighting]) -> list[FieldEntry]:
    """By the name of each stated field. Its recall counts documents that were missed, the others only right ones."""
    entries: list[FieldEntry] = []
    for name in dict.fromkeys(name for one in seen for name in one.fields):
        stated = [(one, one.values[one.fields.index(name)]) for one in seen if name in one.fields]
        right = [(one.document, value) for one, value in stated if one.right]
        read = [(document, value == READ) for document, value in right]
        answered = [(document, value == READ) for document, value in right if value != UNANSWERED]
        entries.append(
            {
                "name": name[:LONGEST],
                "stated": len(stated),
                "answered": len(answered),
                "right": sum(value == READ for _, value in stated),
                "recall": _share(share_of((one.document, value == READ) for one, value in stated)),
                "precision": _share(share_of(answered)),
                "exact": _share(share_of(read)),
                "error_rate": _share(_error_rate([one for one, _ in stated], name)),
            }
        )
    return entries


def _error_rate(seen: Iterable[Sighting], name: str | None = None) -> Interval:
    """Characters that differ by characters that are stated, of one field or of all, on right documents."""
    sums: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in seen:
        for field, edits, length in zip(one.fields, one.edits, one.lengths, strict=True):
            if one.right and name in (None, field):
                before = sums[one.document]
                sums[one.document] = before[0] + edits, before[1] + length
    return error_rate(list(sums.values()))


def confusion(figures: Figures) -> list[Confusion]:
    """What documents of each type were taken for: the matrix without its empty cells, by contract and pictures.

    None stands for nothing: as `answered` for a document that was missed, as `type` for what is on no picture.
    """
    found: list[Confusion] = []
    for (contract, pictures), sheets in sorted(figures.sheets.items(), key=lambda item: (item[0][1] != "own", item[0])):
        cells: Counter[tuple[str, str]] = Counter()
        for sheet in sheets.values():
            cells.update((one.type[:LONGEST], (one.answered or "")[:LONGEST]) for one in sheet.documents)
            cells.update(("", name[:LONGEST]) for name in sheet.invented)
        found += [
            {
                "contract": contract,
                "pictures": pictures,
                "type": kind or None,
                "answered": named or None,
                "count": count,
            }
            for (kind, named), count in sorted(cells.items(), key=lambda cell: (not cell[0][0], cell[0]))
        ]
    return found


def degradations(figures: Figures) -> list[DegradationEntry]:
    """Accuracy on pictures of each stated degradation: of all its strengths, then in parts of as many pictures."""
    entries: list[DegradationEntry] = []
    for contract, pictures in sorted(figures.sheets):
        kinds: dict[str, list[tuple[float, Sighting]]] = defaultdict(list)
        for one in figures.sightings(contract, pictures):
            if one.degradation is not None:
                kinds[one.degradation[0]].append((one.degradation[1], one))
        for kind, seen in sorted(kinds.items()):
            ordered = sorted(seen, key=lambda pair: (pair[0], pair[1].document))
            edges = [round(part * len(ordered) / _PARTS) for part in range(_PARTS + 1)]
            parts = [ordered[low:high] for low, high in pairwise(edges) if low < high]
            whole = len({strength for strength, _ in ordered}) == 1 or len(ordered) < 2 * _PARTS
            entries.append(_degradation(contract, pictures, kind, ordered, whole=True))
            entries += [] if whole else [_degradation(contract, pictures, kind, part, whole=False) for part in parts]
    return entries


def _degradation(
    contract: str, pictures: Pictures, kind: str, seen: Sequence[tuple[float, Sighting]], *, whole: bool
) -> DegradationEntry:
    ones = [one for _, one in seen]
    return {
        "contract": contract,
        "pictures": pictures,
        "kind": kind,
        "whole": whole,
        "least": seen[0][0],
        "most": seen[-1][0],
        "documents": len(ones),
        "recall": _share(share_of((one.document, one.right) for one in ones)),
        "fields": _share(share_of((one.document, v == READ) for one in ones if one.right for v in one.values)),
        "error_rate": _share(_error_rate(ones)),
    }


def _share(found: Interval) -> Share | None:
    if found.share is None:
        return None
    # More digits than are shown: three that are rounded from four would differ from three of the figure itself.
    return {"value": round(found.share, 8), "low": round(found.low, 8), "high": round(found.high, 8)}


# How long a target took to answer.


class Latency(TypedDict):
    """Milliseconds from the first byte sent to the last byte received, of valid requests that were answered."""

    count: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


def latency_by_contract(notes: Iterable[ExchangeNote], paths: Mapping[str, str]) -> Mapping[str, Latency]:
    """Percentiles for each contract that had a valid request answered; `paths` are those of the contracts by id."""
    return {contract: _latency(ordered) for contract, ordered in answered_ms(notes, paths).items() if ordered}


def _latency(ordered: list[float]) -> Latency:
    return {
        "count": len(ordered),
        "p50_ms": round(percentile(ordered, 50), 1),
        "p90_ms": round(percentile(ordered, 90), 1),
        "p99_ms": round(percentile(ordered, 99), 1),
        "max_ms": round(ordered[-1], 1),
    }


# Whether confidence tracks accuracy: a reliability table for each contract, from the confidences of known truth.


_BINS = 10
_WHOLE = 1000
"""Confidences are counted in thousandths."""

_Subject = Literal["field", "document"]
_Tally = dict[int, list[int]]
"""For each confidence how many were wrong, and how many correct."""


class CalibrationBin(TypedDict):
    """Confidences of at least `least`, below the next bin: how many, their mean, and how many were correct."""

    least: float
    count: int
    confidence: float
    correct: int


class Calibration(TypedDict):
    """Confidences held against the truth: of what they are, and ten bins of equal width without the empty ones.

    `ranking` is the probability that something correct has a greater confidence than something wrong (the area under
    the ROC curve; 0.5 where they are unrelated), None where there are not both. `gap` is the expected calibration
    error: how far confidence and share of correct ones are apart, on average over the bins.
    """

    of: Literal["field", "document"]
    count: int
    correct: int
    ranking: float | None
    gap: float
    bins: list[CalibrationBin]


def calibration_by_contract(confidences: Confidences) -> Mapping[str, Calibration]:
    """The reliability of each contract whose answers had confidences about something of known truth."""
    tallies: dict[tuple[str, _Subject], _Tally] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for (contract, subject, confidence, correct), count in sorted(confidences.items()):
        tallies[contract, subject][confidence][correct] += count
    return {contract: _calibration(subject, tally) for (contract, subject), tally in tallies.items()}


def _calibration(subject: _Subject, tally: _Tally) -> Calibration:
    bins = [_bin(number, tally) for number in range(_BINS)]
    filled = [entry for entry in bins if entry["count"]]
    count = sum(entry["count"] for entry in filled)
    gaps = (abs(entry["correct"] - entry["confidence"] * entry["count"]) for entry in filled)
    return {
        "of": subject,
        "count": count,
        "correct": sum(entry["correct"] for entry in filled),
        "ranking": _ranking(tally),
        "gap": round(sum(gaps) / count, 3),
        "bins": filled,
    }


def _bin(number: int, tally: _Tally) -> CalibrationBin:
    """One of ten equal parts; a confidence of 1 belongs to the last."""
    inside = {c: both for c, both in tally.items() if min(c * _BINS // _WHOLE, _BINS - 1) == number}
    count = sum(map(sum, inside.values()))
    mean = sum(c * sum(both) for c, both in inside.items()) / count / _WHOLE if count else 0.0
    return {
        "least": number / _BINS,
        "count": count,
        "confidence": round(mean, 3),
        "correct": sum(right for _, right in inside.values()),
    }


def _ranking(tally: _Tally) -> float | None:
    """Area under the ROC curve: each pair of a wrong and a correct one counts, ties by half."""
    wrong_below, won = 0, 0.0
    for _, (wrong, right) in sorted(tally.items()):
        won += right * (wrong_below + wrong / 2)
        wrong_below += wrong
    rights = sum(right for _, right in tally.values())
    return round(won / (wrong_below * rights), 3) if wrong_below and rights else None
