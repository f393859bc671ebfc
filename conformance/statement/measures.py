"""Limits that a target statement sets: on a whole run, and under load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from conformance.contract.requirements import Measure, MeasureKind
from conformance.contract.tables import types_of
from conformance.statement.stated_text import Mistake, StatedText, meant, one_of, wrong_value
from conformance.text import Text

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
    for (table, index), measure in _measures(text.data):
        where = f"{table} {index + 1}"
        wrong = _wrong_name(where, measure, pages)
        if wrong is not None:
            key, words = wrong
            yield text.line(table, index, key), words
            continue
        for page in pages.values():
            if measure.concerns(page):
                if (page.id, measure.name) in seen:
                    yield text.line(table, index), stated_twice(where, measure.name, page.id)
                seen.add((page.id, measure.name))


def stated_twice(where: str, what: object, contract: str = "") -> Text:
    """That an entry of a statement says what an earlier one says."""
    en, zh = (f" for {contract}", f"（{contract}）") if contract else ("", "")
    return Text(f"{where}: {what} is stated twice{en}", f"{where}：{what} 重复声明{zh}")


def _wrong_name(where: str, measure: Measure, pages: Mapping[str, Page]) -> tuple[str, Text] | None:
    """The key of a limit that names what is not there, and what to say of it."""
    if measure.contract is not None and measure.contract not in pages:
        return "contract", wrong_value(f"{where}: contract", one_of(pages), measure.contract)
    concerned = [page for page in pages.values() if measure.contract in (None, page.id)]
    known = types_of(concerned)
    if measure.type is not None and measure.type not in known:
        ids = [page.id for page in concerned]
        wrong = Text(
            f"{where}: no type {measure.type!r} in {', '.join(ids)}",
            f"{where}：{'、'.join(ids)} 中没有类型 {measure.type!r}",
        )
        return "type", meant(wrong, measure.type, known)
    if measure.kind == "billed" and measure.contract is None and len(pages) > 1:
        expected = one_of(pages)
        return "", Text(
            f"{where}: expected contract, {expected.en}; found none",
            f"{where}：应有 contract，为{expected.zh}；实际没有",
        )
    results = {page.result for page in concerned if measure.concerns(page)}
    if measure.kind == "fields" and results == {"document"}:
        names = [page.id for page in concerned]
        return "field-accuracy", Text(
            f"{where}: field-accuracy: expected a contract whose answers have printed fields; found {', '.join(names)}",
            f"{where}: field-accuracy：应为响应含票面字段的接口契约；实为 {'、'.join(names)}",
        )
    return None


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


# Limits under load that a target statement sets (`[[load]]`), and who agrees to its target being put under load.


A_DAY = Text("a day that exists, YYYY-MM-DD", "存在的日期 YYYY-MM-DD")


@dataclass(frozen=True, slots=True)
class LoadLimit:
    """From `users` on, `percentile` percent of the answers within `limit_ms`, and at most the share `errors` wrong.

    `contract` is the id that it speaks of, None for each.
    """

    users: int
    percentile: float
    limit_ms: float
    errors: float = 0.0
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Who owns the target and has agreed to it being put under load, and the last day of that."""

    owner: str
    until: date


def stated_loads(data: Mapping[str, object]) -> tuple[LoadLimit, ...]:
    """The limits of a statement that has the shape of its schema."""
    return tuple(
        LoadLimit(
            users=cast("int", entry["users"]),
            percentile=float(cast("float", entry["percentile"])),
            limit_ms=float(cast("float", entry["limit-ms"])),
            errors=float(cast("float", entry.get("errors", 0.0))),
            contract=cast("str | None", entry.get("contract")),
        )
        for entry in cast("Sequence[Mapping[str, object]]", data.get("load", ()))
    )


def stated_consent(data: Mapping[str, object]) -> Consent | None:
    """The consent that a statement names."""
    entry = cast("Mapping[str, object] | None", data.get("load-consent"))
    return None if entry is None else Consent(str(entry["owner"]), date.fromisoformat(str(entry["until"])))


def load_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """Contracts that are not the statement's, and a day that does not exist."""
    for index, entry in text.entries("load"):
        contract = entry.get("contract")
        if contract is not None and contract not in pages:
            line = text.line("load", index, "contract")
            yield line, wrong_value(f"load {index + 1}: contract", one_of(pages), contract)
    consent = text.data.get("load-consent")
    if isinstance(consent, Mapping) and "until" in consent:
        try:
            date.fromisoformat(str(consent["until"]))
        except ValueError:
            line = text.line("load-consent", "until")
            yield line, wrong_value("load-consent: until", A_DAY, consent["until"])
