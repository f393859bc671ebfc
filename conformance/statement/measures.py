"""Limits that a target statement sets on a whole run: recall and precision, latency, what the target's meter shows.

Each becomes a requirement of the contracts that it concerns, decided from all that the run saw (check `measure`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from conformance.contract.requirements import Measure, MeasureKind
from conformance.contract.tables import types_of
from conformance.statement.stated_text import Mistake, StatedText, meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract.requirements import Level, Pictures
    from conformance.contract.tables import Page


_RECOGNITION: Mapping[str, MeasureKind] = {"recall": "recall", "precision": "precision", "field-accuracy": "fields"}
"""Keys of a limit on recognition, and what each measures."""


def stated_measures(data: Mapping[str, object]) -> tuple[Measure, ...]:
    """The limits of a statement that has the shape of its schema."""
    return tuple(measure for _, measure in _measures(data))


def measure_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """What limits name that does not exist, and limits that are stated twice."""
    seen: set[tuple[str, str]] = set()
    known = types_of(pages.values())
    for (table, index), measure in _measures(text.data):
        where = f"{table} {index + 1}"
        if measure.contract is not None and measure.contract not in pages:
            line = text.line(table, index, "contract")
            yield line, f"{where}: contract: expected one of {', '.join(pages)}; found {measure.contract!r}"
            continue
        if measure.type is not None and measure.type not in known:
            line = text.line(table, index, "type")
            yield line, f"{where}: no type {measure.type!r} in the contracts; {meant(measure.type, known)}"
            continue
        if measure.kind == "billed" and measure.contract is None and len(pages) > 1:
            yield text.line(table, index), f"{where}: expected contract, one of {', '.join(pages)}; found none"
            continue
        for page in pages.values():
            if measure.concerns(page):
                if (page.id, measure.name) in seen:
                    yield text.line(table, index), f"{where}: {measure.name} is stated twice for {page.id}"
                seen.add((page.id, measure.name))


def _measures(data: Mapping[str, object]) -> Iterator[tuple[tuple[str, int], Measure]]:
    for index, entry in _entries(data, "recognition"):
        for key, kind in _RECOGNITION.items():
            if key in entry:
                yield ("recognition", index), _measure(entry, kind, cast("float", entry[key]), "recognition", index)
    for index, entry in _entries(data, "latency"):
        yield ("latency", index), _measure(entry, "latency", cast("float", entry["limit-ms"]), "latency", index)
    for index, entry in _entries(data, "metered"):
        yield ("metered", index), _measure(entry, "billed", cast("int", entry["billed"]), "metered", index)


def _entries(data: Mapping[str, object], name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    return StatedText(data, {}).entries(name)


def _measure(entry: Mapping[str, object], kind: MeasureKind, bound: float, table: str, index: int) -> Measure:
    stated = cast("Mapping[str, str]", entry)
    return Measure(
        kind=kind,
        bound=float(bound),
        place=f"{table} {index + 1}",
        level=cast("Level", stated.get("level", "must")),
        type=stated.get("type"),
        pictures=cast("Pictures", stated.get("pictures", "own")),
        confidence=cast("float", entry.get("confidence", 0.95)),
        percentile=cast("float", entry.get("percentile", 0.0)),
        contract=stated.get("contract"),
    )
