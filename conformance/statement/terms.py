"""The terms of a target statement: what it excuses, what cannot be proven, its limits on a whole run and under load.

Each is an entry of an array of tables (`[[waiver]]`, `[[unprovable]]`, `[[recognition]]`, `[[latency]]`, `[[metered]]`,
`[[load]]`); `[load-consent]` is beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from conformance.contract.contract import load_contract as documented
from conformance.contract.requirements import Measure, MeasureKind
from conformance.contract.tables import types_of
from conformance.files import nearest
from conformance.statement.stated_text import Mistake, StatedText, entries_of, meant, one_of, wrong_value
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract.requirements import Level, Pictures
    from conformance.contract.tables import Page

_A_DAY = Text("a day that exists, YYYY-MM-DD", "存在的日期 YYYY-MM-DD")


def term_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """What terms name that does not exist, and what is stated twice; `pages` are those of the statement's contracts."""
    yield from _excuse_mistakes(text, pages)
    yield from _repeated(text)
    yield from _measure_mistakes(text, pages)
    yield from _load_mistakes(text, pages)


def _stated_twice(where: str, what: object, contract: str = "") -> Text:
    """That an entry of a statement says what an earlier one says."""
    en, zh = (f" for {contract}", f"（{contract}）") if contract else ("", "")
    return Text(f"{where}: {what} is stated twice{en}", f"{where}：{what} 重复声明{zh}")


# What is excused, and what cannot be proven.


@dataclass(frozen=True, slots=True)
class Waiver:
    """A requirement whose breach is excused: why, who answers for it, and the last day on which that holds.

    `requirement` is the full id. Where `type`, `format` or `purpose` is there, only breaches on pictures of that
    documented type or format, or found by that purpose, are excused.
    """

    requirement: str
    reason: str
    owner: str
    expires: date
    type: str | None = None
    format: str | None = None
    purpose: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether some breaches are excused only."""
        return (self.type, self.format, self.purpose) != (None, None, None)

    def expired(self, today: date) -> bool:
        """Whether the last day has passed."""
        return today > self.expires


@dataclass(frozen=True, slots=True)
class Unprovable:
    """A requirement that cannot be proven on this target: why, and who answers for that. `requirement` is the full id.

    It is listed and never counted as proven; where it breaks it fails as any other.
    """

    requirement: str
    reason: str
    owner: str


def stated_waivers(data: Mapping[str, object]) -> tuple[Waiver, ...]:
    """The waivers of a statement that has the shape of its schema."""
    return tuple(
        Waiver(**{**cast("dict[str, str]", entry), "expires": date.fromisoformat(str(entry["expires"]))})  # type: ignore[arg-type]
        for entry in entries_of(data, "waiver")
    )


def stated_unprovable(data: Mapping[str, object]) -> tuple[Unprovable, ...]:
    """What a statement that has the shape of its schema says cannot be proven."""
    return tuple(Unprovable(**cast("dict[str, str]", entry)) for entry in entries_of(data, "unprovable"))


def _excuse_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """Requirements that the statement's contracts do not have, and waivers of what does not exist."""
    named = [(table, *entry) for table in ("waiver", "unprovable") for entry in text.entries(table)]
    if not named:
        return
    known = [requirement.id for name in pages for requirement in documented(name).requirements.values()]
    for table, index, entry in named:
        where, stated = f"{table} {index + 1}", str(entry["requirement"])
        if stated not in known:
            wrong = Text(
                f"{where}: no requirement {stated!r} in the contracts of this statement",
                f"{where}：本声明的接口契约中没有要求 {stated!r}",
            )
            hint = _full_ids(stated, known)
            yield text.line(table, index, "requirement"), Text(f"{wrong.en}; {hint.en}", f"{wrong.zh}；{hint.zh}")
        if table == "waiver":
            yield from _wrong_waiver(text, index, entry, pages)


def _wrong_waiver(
    text: StatedText, index: int, waiver: Mapping[str, object], pages: Mapping[str, Page]
) -> Iterator[Mistake]:
    """What a waiver names that does not exist: a day, a type, a format, a purpose."""
    where, expires = f"waiver {index + 1}", str(waiver["expires"])
    try:
        date.fromisoformat(expires)
    except ValueError:
        line = text.line("waiver", index, "expires")
        yield line, wrong_value(f"{where}: expires", _A_DAY, expires)
    known = {
        "type": types_of(pages.values()),
        "format": list(dict.fromkeys(name for page in pages.values() for name in page.picture_row.formats)),
    }
    for key, names in known.items():
        name = waiver.get(key)
        if name is not None and name not in names:
            line = text.line("waiver", index, key)
            what = {"type": "类型", "format": "格式"}[key]
            wrong = Text(
                f"{where}: no {key} {name!r} in the contracts of this statement",
                f"{where}：本声明的接口契约中没有{what} {name!r}",
            )
            yield line, meant(wrong, str(name), names)


def _full_ids(stated: str, known: Sequence[str]) -> Text:
    """Which requirement may be meant by a text that is no full id."""
    name = stated.rpartition("/")[2]
    same = [full for full in known if full.partition("/")[2] == name]
    near = nearest(name, dict.fromkeys(full.partition("/")[2] for full in known))
    if same:
        return Text(f"write {' or '.join(same)}", f"请写为 {' 或 '.join(same)}")
    if near:
        return Text(f"near it are {', '.join(near)}", f"相近的有 {'、'.join(near)}")
    command = "`ocr-conformance requirements`"
    return Text(f"list them with {command}", f"用 {command} 列出全部要求")


def _repeated(text: StatedText) -> Iterator[Mistake]:
    """Waivers and other entries on requirements that say the same thing twice."""
    for table in ("waiver", "unprovable"):
        seen: set[tuple[object, ...]] = set()
        for index, entry in text.entries(table):
            about = tuple(entry.get(key) for key in ("requirement", "type", "format", "purpose"))
            if about in seen:
                yield text.line(table, index), _stated_twice(f"{table} {index + 1}", about[0])
            seen.add(about)


# Limits on a whole run.


_RECOGNITION: Mapping[str, MeasureKind] = {"recall": "recall", "precision": "precision", "field-accuracy": "fields"}
"""Keys of a limit on recognition, and what each measures."""


def stated_measures(text: StatedText) -> tuple[Measure, ...]:
    """The limits of a statement that has the shape of its schema."""
    return tuple(measure for _, measure in _measures(text))


def _measure_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """What limits name that does not exist, and limits that are stated twice."""
    seen: set[tuple[str, str]] = set()
    for (table, index), measure in _measures(text):
        where = f"{table} {index + 1}"
        wrong = _wrong_name(where, measure, pages)
        if wrong is not None:
            key, words = wrong
            yield text.line(table, index, key), words
            continue
        for page in pages.values():
            if measure.concerns(page):
                if (page.id, measure.name) in seen:
                    yield text.line(table, index), _stated_twice(where, measure.name, page.id)
                seen.add((page.id, measure.name))


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


def _measures(text: StatedText) -> Iterator[tuple[tuple[str, int], Measure]]:
    for index, entry in text.entries("recognition"):
        for key, kind in _RECOGNITION.items():
            if key in entry:
                yield ("recognition", index), _measure(entry, kind, cast("float", entry[key]), "recognition", index)
    for index, entry in text.entries("latency"):
        yield ("latency", index), _measure(entry, "latency", cast("float", entry["limit-ms"]), "latency", index)
    for index, entry in text.entries("metered"):
        yield ("metered", index), _measure(entry, "billed", cast("int", entry["billed"]), "metered", index)


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


# Limits under load, and who agrees to the target being put under load.


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
        for entry in entries_of(data, "load")
    )


def stated_consent(data: Mapping[str, object]) -> Consent | None:
    """The consent that a statement names."""
    entry = cast("Mapping[str, object] | None", data.get("load-consent"))
    return None if entry is None else Consent(str(entry["owner"]), date.fromisoformat(str(entry["until"])))


def _load_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
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
            yield line, wrong_value("load-consent: until", _A_DAY, consent["until"])
