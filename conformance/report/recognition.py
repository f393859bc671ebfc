"""How well documents were recognised: recall and precision of each type and field, what was taken for what, and the
outcome of each picture, all with intervals by distinct document (`engine/intervals.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.engine.figures import share_of
from conformance.engine.intervals import Interval, error_rate
from conformance.engine.recognised import MISREAD, READ, UNANSWERED
from conformance.report.wording import PICTURES, RECOGNITION_VERDICTS
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.contract.requirements import Pictures
    from conformance.engine.figures import Figures
    from conformance.engine.recognised import Sheet, Sighting
    from conformance.report.recognition_shapes import (
        Confusion,
        DegradationEntry,
        FieldEntry,
        Outcomes,
        RecognitionEntry,
        Share,
        TypeOutcomes,
    )
    from conformance.report.shapes import Report

MOST_OUTCOMES = 20_000
"""Pictures of a contract whose outcome a report keeps: those of the smallest hashes, so that two reports keep alike."""

_BINS = 5
"""Parts of as many pictures into which the strengths of a degradation are divided."""

_TOLD = 5
"""Confusions and fields that are told; the report has them all."""

_LONGEST = 60
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
                "type": kind[:_LONGEST],
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
                "name": name[:_LONGEST],
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
            cells.update((one.type[:_LONGEST], (one.answered or "")[:_LONGEST]) for one in sheet.documents)
            cells.update(("", name[:_LONGEST]) for name in sheet.invented)
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
            edges = [round(part * len(ordered) / _BINS) for part in range(_BINS + 1)]
            parts = [ordered[low:high] for low, high in pairwise(edges) if low < high]
            whole = len({strength for strength, _ in ordered}) == 1 or len(ordered) < 2 * _BINS
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


def outcomes(figures: Figures) -> list[Outcomes]:
    """What became of each picture, by its hash, for a comparison with another run; bounded by MOST_OUTCOMES."""
    found: list[Outcomes] = []
    for (contract, pictures), sheets in sorted(figures.sheets.items()):
        kept = sorted(sheets)[:MOST_OUTCOMES]
        by_type: dict[str, list[tuple[int, Sighting]]] = defaultdict(list)
        for picture in kept:
            for one in sheets[picture].documents:
                by_type[one.type].append((picture, one))
        found.append(
            {
                "contract": contract,
                "pictures": pictures,
                "asked": len(sheets),
                "kept": len(kept),
                "types": [_of_type(kind, rows) for kind, rows in sorted(by_type.items())],
                "invented": [f"{picture:016x}" for picture in kept if _invents(sheets[picture])],
            }
        )
    return found


def _of_type(kind: str, rows: Sequence[tuple[int, Sighting]]) -> TypeOutcomes:
    names = list(dict.fromkeys(name for _, one in rows for name in one.fields))
    numbers = {document: number for number, document in enumerate(dict.fromkeys(one.document for _, one in rows))}
    return {
        "type": kind[:_LONGEST],
        "fields": [name[:_LONGEST] for name in names],
        "rows": [
            f"{picture:016x} {numbers[one.document]} {'1' if one.right else '0'}{''.join(_values(one, names))}"
            for picture, one in rows
        ],
    }


def _values(one: Sighting, names: Sequence[str]) -> Iterator[str]:
    values: Mapping[str, str] = dict(zip(one.fields, one.values, strict=True))
    for name in names:
        yield {READ: "1", MISREAD: "0", UNANSWERED: "0"}[values[name]] if name in values else "-"


def _invents(sheet: Sheet) -> bool:
    return bool(sheet.invented) or any(one.answered not in (None, one.type) for one in sheet.documents)


def share_in_words(share: Share | None) -> str:
    """`0.950 (0.881 ... 0.981)`; a dash where there was nothing to count."""
    return f"{share['value']:.3f} ({share['low']:.3f} ... {share['high']:.3f})" if share is not None else "-"


def fields_in_words(entry: RecognitionEntry) -> Text | None:
    """How the fields of a type were read, in one line; None where none are stated, or no document was recognised."""
    share, rate = entry.get("fields_share"), entry.get("error_rate")
    if share is None:
        return None
    read = share_in_words(share)
    return Text(
        f"fields {read}, character errors {share_in_words(rate)}", f"字段 {read}，字符错误率 {share_in_words(rate)}"
    )


def notes_of(report: Report, contract: str) -> list[Text]:
    """What is worst on pictures of the user's own: types taken for others, degradations, fields that are misread."""
    notes: list[Text] = []
    cells = [
        cell
        for cell in report.get("confusion", [])
        if _own(cell, contract) and cell["type"] and cell["answered"] not in (None, cell["type"])
    ]
    worst = sorted(cells, key=lambda cell: -cell["count"])[:_TOLD]
    if worst:
        said = ", ".join(f"{cell['type']} as {cell['answered']} {cell['count']}" for cell in worst)
        told = "，".join(f"{cell['type']} 误作 {cell['answered']} {cell['count']} 次" for cell in worst)
        notes.append(Text(f"taken for others: {said}", f"类型误判：{told}"))
    kinds = [entry for entry in report.get("degradations", []) if _own(entry, contract) and entry["whole"]]
    if kinds:
        shares = [(entry["kind"], share_value(entry["recall"]), entry["documents"]) for entry in kinds]
        said = ", ".join(f"{kind} {share} (of {count})" for kind, share, count in shares)
        told = "，".join(f"{kind} {share}（{count} 张）" for kind, share, count in shares)
        notes.append(Text(f"recall by degradation: {said}", f"各类劣化下的召回率：{told}"))
    fields = [
        (f"{entry['type']}.{field['name']}", field["right"], field["stated"])
        for entry in report.get("recognition", [])
        if _own(entry, contract)
        for field in entry.get("by_field", [])
        if field["right"] < field["stated"]
    ]
    least = sorted(fields, key=lambda field: (field[1] / field[2], field[0]))[:_TOLD]
    if least:
        said, told = (comma.join(f"{name} {right}/{stated}" for name, right, stated in least) for comma in (", ", "，"))
        notes.append(Text(f"least read: {said}", f"读取最差的字段：{told}"))
    return notes


def _own(entry: RecognitionEntry | Confusion | DegradationEntry, contract: str) -> bool:
    return entry["contract"] == contract and entry["pictures"] == "own"


def share_value(share: Share | None) -> str:
    """Without its interval."""
    return f"{share['value']:.3f}" if share is not None else "-"


def recognition_line(report: Report) -> Text | None:
    """The verdict of recognition in one line: its limits, recall and precision over all types, what is never read.

    None for the report of an earlier kit.
    """
    verdict = report.get("recognition_verdict")
    if verdict is None:
        return None
    word, parts = RECOGNITION_VERDICTS[verdict], _overall(report)
    types = list(dict.fromkeys(entry["type"] for entry in report.get("not_read", [])))
    if types:
        parts.append(Text(f"not read: {', '.join(types)}", f"未能识别：{'、'.join(types)}"))
    en, zh = "; ".join(part.en for part in parts), "；".join(part.zh for part in parts)
    return Text(f"Recognition: {word.en}{f'; {en}' if en else ''}", f"识别效果：{word.zh}{f'；{zh}' if zh else ''}")


def _overall(report: Report) -> list[Text]:
    """Recall and precision over all types, by contract and whose pictures."""
    parts, entries = [], report.get("recognition", [])
    for contract, pictures in dict.fromkeys((entry["contract"], entry["pictures"]) for entry in entries):
        of = [entry for entry in entries if (entry["contract"], entry["pictures"]) == (contract, pictures)]
        right = sum(entry["right"] for entry in of)
        recall = _ratio(right, sum(entry["documents"] for entry in of))
        precision = _ratio(right, sum(entry["recognised"] for entry in of))
        where = PICTURES[pictures]
        parts.append(
            Text(
                f"{contract}, {where.en}: recall {recall}, precision {precision}",
                f"{contract}，{where.zh}：召回率 {recall}，精确率 {precision}",
            )
        )
    return parts


def _ratio(hits: int, trials: int) -> str:
    return f"{hits / trials:.3f} ({hits}/{trials})" if trials else "-"


def _share(found: Interval) -> Share | None:
    if found.share is None:
        return None
    # More digits than are shown: three that are rounded from four would differ from three of the figure itself.
    return {"value": round(found.share, 8), "low": round(found.low, 8), "high": round(found.high, 8)}
