"""A page as a contract folder that a target can be tested against: what `derive --write` makes.

`tables.toml` has the rows of the page with their places in an answer, `requirements/rows.toml` what follows from each
row, `cases/rows.toml` what is asked, `review.md` what a person should look at. What the family shares is not written:
the contract takes its sets. Where a table and a sample differ the sample is followed, and the requirement is `open`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from conformance.contract.derive_schemas import texts
from conformance.contract.requirements import read_requirements
from conformance.contract.schemas import check_rows, derive_schemas, json_type
from conformance.contract.tables import read_page_data
from conformance.derive.fields import Field, read_fields
from conformance.derive.samples import read_samples
from conformance.files import DataError, data_folder, read_toml

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.contract.tables import Row
    from conformance.derive.model import ReadPage, ReadRow, ReadTable
    from conformance.derive.samples import Json

Entry = Mapping[str, object]

_FAMILY = ["accepts", "answers", "open", "refuses", "codes", "relations", "url"]
_INPUTS = ("image", "data", "url")
_WIDTH = 110
_LENGTHS = ("10M", "10MB")
"""Limits of a base64 text that the kit has pictures for; another one is left to a person."""


@dataclass(slots=True)
class Draft:
    """A contract as a page gives it: `files` by their path in its folder, in `review` a line for each doubt."""

    id: str
    files: dict[str, str]
    review: list[str] = field(default_factory=list)


def schemas_of(folder: Path) -> dict[str, str]:
    """The schemas of a contract's folder by file, each keyword with its owner. Raises DataError for a mistake in it."""
    page = read_page_data(folder / "tables.toml")
    check_rows(page, folder / "tables.toml")
    return texts(derive_schemas(page, read_requirements(folder / "requirements", page).values()))


def draft_contract(page: ReadPage, text: str) -> Draft:
    """The contract of a page. Raises DataError for a page that is no operation with an answer of its own."""
    samples, unread = read_samples(text)
    fields = read_fields(page, samples)
    if not any(one.at == "/result" for one in fields) or not page.tables_of("body"):
        raise DataError("expected the page of an operation, with a table of its body and a result; found none")
    draft = Draft(_id(page), {})
    draft.review += [f"line {entry.line}: not read: {entry.what}: {entry.why}" for entry in (*page.unread, *unread)]
    draft.review += [
        f"line {one.line}: a sample that is no JSON as printed; it was put right" for one in samples if one.repaired
    ]
    given = {
        name: value
        for sample in samples
        if sample.kind == "request"
        for name, value in sample.value.items()
        if value not in ("", None)
    }
    draft.review += [
        f"line {entry.line}: {entry.row.name}: its limit of {entry.row.base64_max} is none that is asked for (10MB)"
        for table in page.tables_of("body")
        for entry in table.rows
        if entry.row.base64_max not in (None, *_LENGTHS)
    ]
    kinds = _specimens(page)
    draft.files["tables.toml"] = "\n".join(_tables(page, fields, kinds)) + "\n"
    entries = dict(_requirements(page, fields, given, draft.review))
    draft.files["requirements/rows.toml"] = _entries("What follows from the rows of the page.", entries)
    draft.files["cases/rows.toml"] = _cases(page, entries, given, kinds, draft.review)
    draft.files["review.md"] = _review(page, draft)
    return draft


def _id(page: ReadPage) -> str:
    parts = [part for part in page.path.split("/") if part and not part.startswith("{")]
    edition = next((part for part in parts if re.fullmatch(r"v[0-9][0-9.]*", part)), "v0")
    return f"{parts[-1]}-{edition}".lower().replace("_", "-") if parts else "operation"


def _picture(page: ReadPage) -> str:
    """The body parameter that carries the picture; empty where there is none."""
    rows = [entry.row for table in page.tables_of("body") for entry in table.rows]
    return next((row.name for row in rows if row.base64_max or row.name in ("image", "data")), "")


def _specimens(page: ReadPage) -> list[str]:
    """The ticket types of the specimens that the kit has of this operation's document."""
    name = _id(page).rpartition("-")[0].replace("-", "_")
    entries = cast("list[Entry]", read_toml(data_folder("cases") / "specimens" / "manifest.toml")["specimen"])
    kinds = dict.fromkeys(str(entry["ticket"]) for entry in entries if "ticket" in entry)
    return [kind for kind in kinds if kind == name or kind.startswith(f"{name}_")]


# Tables --------------------------------------------------------------------------------------------------------------


def _tables(page: ReadPage, fields: Sequence[Field], kinds: Sequence[str]) -> Iterator[str]:
    parts = [part for part in page.path.split("/") if part]
    edition = next((part for part in parts if re.fullmatch(r"v[0-9][0-9.]*", part)), "v0")
    yield f"# Derived from the page {page.title!r}: see review.md. Labels are those of the page."
    yield ""
    head = {
        "id": _id(page), "edition": edition, "method": page.method, "path": page.path, "picture": _picture(page),
        "result": "fields", "specimens": list(kinds), "family": _FAMILY,
        "title": {"en": page.title, "zh": page.title},
        "document": {
            "id": page.document_id or _id(page), "en": page.title, "zh": page.title,
            "published": page.published or "unknown",
        },
    }  # fmt: skip
    yield from (f"{key} = {_value(value)}" for key, value in head.items())
    placed = {id(one.entry): one for one in fields if one.entry is not None}
    documented = {one.at for one in fields if one.entry is not None}
    for table in page.tables:
        yield from ("", "[[table]]", f"number = {table.number}", f"kind = {_value(table.kind)}")
        if table.object:
            yield f"object = {_value(table.object)}"
        yield f"en = {_value(table.title)}"
        yield f"zh = {_value(table.title)}"
        for entry in table.rows:
            yield from ("", "[[table.row]]")
            row = _row(entry, table, placed.get(id(entry)), _picture(page))
            yield from (f"{key} = {_value(value)}" for key, value in row.items())
    for one in fields:
        if one.entry is None and one.types and one.at not in documented:
            reading = {"type": one.types[0] if len(one.types) == 1 else list(one.types)}
            steps = one.at.rstrip("/*").rsplit("/", 1)[-1], one.at.count("*", len(one.at.rstrip("/*")))
            yield from ("", "[[sample]]", f"name = {_value(steps[0] + '[]' * steps[1])}", f"at = {_value(one.at)}")
            yield from (f"reading = {_value(reading)}", 'en = "an entry"', 'zh = "一项"')


def _row(entry: ReadRow, table: ReadTable, one: Field | None, picture: str) -> dict[str, object]:
    printed = entry.row
    row: dict[str, object] = {"name": printed.name}
    if table.kind not in ("values", "status"):
        row["type"] = printed.type if _readable(printed.type) else "Object" if one is None else None
    if printed.required is not None:
        row["required"] = printed.required
    if table.kind in ("response", "object"):
        row |= _answered(entry, one)
    limited = table.kind == "body" and printed.name in (picture, "url")
    if limited:
        known = printed.base64_max in _LENGTHS
        row |= {"base64-max": "10MB" if known else None, "file-advised": printed.file_advised if known else None}
        row |= {"side-min": printed.side_min, "side-max": printed.side_max, "formats": list(printed.formats)}
    if table.kind == "body" and not limited:
        row |= {"values": list(printed.values), "values-of": printed.values_of, "default": printed.default}
    row |= {"en": printed.label.en, "zh": printed.label.zh}
    return {key: value for key, value in row.items() if value not in (None, [], "")} | {
        key: row[key] for key in ("en", "zh")
    }


def _answered(entry: ReadRow, one: Field | None) -> dict[str, object]:
    """What a row of an answer says about its place."""
    name = entry.row.name
    if name in ("error_code", "error_msg"):
        return {"at": f"/{name}", "presence": "failure"}
    if one is None:
        return {"presence": "optional"}
    found: dict[str, object] = {"at": one.at, "presence": "success" if one.at == "/result" else "optional"}
    if _asked_for(one):
        found["presence"] = "always"
    elif entry.row.presence == "alarm":
        found["presence"] = "alarm"
    reading: dict[str, object] = {}
    if one.types and (len(one.types) > 1 or "type" in one.differs or not _readable(entry.row.type)):
        reading["type"] = one.types[0] if len(one.types) == 1 else list(one.types)
        found["basis"] = "sample"
    found |= {"values": list(one.values), "minimum": one.minimum, "maximum": one.maximum}
    if "type" not in one.differs:  # what the page lists and no keyword of this place can say
        found |= {"values": list(one.values or entry.row.values) if "values" not in one.differs else list(one.values)}
        found |= {"fields": list(entry.row.fields), "values-of": entry.row.values_of}
    if entry.row.fields:
        found |= {"minimum": entry.row.minimum, "maximum": entry.row.maximum}
    return found | ({"reading": reading} if reading else {})


def _readable(printed: str | None) -> bool:
    try:
        json_type(str(printed))
    except DataError:
        return False
    return True


def _asked_for(one: Field) -> bool:
    """Whether the field has to be there: each sample shows it, and the page names no condition for it."""
    if one.entry is None or one.at == "/result":
        return False
    free = one.entry.condition is None and one.entry.row.presence in ("always", "success")
    return one.present and free and "place" not in one.differs


# Requirements --------------------------------------------------------------------------------------------------------


def _requirements(
    page: ReadPage, fields: Sequence[Field], given: Mapping[str, Json], review: list[str]
) -> Iterator[tuple[str, Entry]]:
    for one in fields:
        if one.types:
            yield from _of_field(one)
        review += _doubts(one)
    picture = _picture(page)
    for table in page.tables_of("body"):
        for entry in table.rows:
            if entry.row.name not in (picture, "url"):
                yield from _of_parameter(entry, table, shown=bool(_values(entry.row, given)))


def _of_field(one: Field) -> Iterator[tuple[str, Entry]]:
    name = "success.result-type" if one.at == "/result" else _name(one.at)
    shown, documented = one.at.removeprefix("/"), one.entry is not None or one.tables
    source = f"table {one.tables[0]}, {one.name}" if one.entry is not None else "samples, and the type of the list"
    stated = {"basis": "stated" if documented and "type" not in one.differs else "sample", "source": source}
    kinds_en, kinds_zh = " or ".join(one.types), " 或 ".join(one.types)
    beyond, beyond_zh = _beyond(one, "type")
    suffix = "" if one.at == "/result" else ".type"
    yield f"{name}{suffix}", {
        "level": "open" if "type" in one.differs else "must", **stated, "keywords": [f"{one.at} type"],
        "en": f"{shown} is of type {kinds_en}{beyond}.", "zh": f"{shown} 的类型为 {kinds_zh}{beyond_zh}。",
    }  # fmt: skip
    parent = one.at.rpartition("/")[0]
    if _asked_for(one):
        yield f"{name}.present", {
            "level": "should", "basis": "sample", "source": source, "keywords": [f"{parent} required:{one.name}"],
            "en": f"{shown} is there, as in each sample.", "zh": f"如各示例所示，存在 {shown}。",
        }  # fmt: skip
    if one.values:
        listed = ", ".join(one.values)
        yield f"{name}.values", {
            "level": "open" if "values" in one.differs else "should", "basis": "stated", "source": source,
            "keywords": [f"{one.at} enum"],
            "en": f"{shown} is one of {listed}{_beyond(one, 'values')[0]}.",
            "zh": f"{shown} 取值为 {listed} 之一{_beyond(one, 'values')[1]}。",
        }  # fmt: skip
    bounds = [key for key in ("minimum", "maximum") if getattr(one, key) is not None]
    if bounds:
        limits = " to ".join(f"{getattr(one, key):g}" for key in bounds)
        yield f"{name}.range", {
            "level": "open" if "range" in one.differs else "should", "basis": "stated", "source": source,
            "keywords": [f"{one.at} {key}" for key in bounds],
            "en": f"{shown} lies within its range ({limits}){_beyond(one, 'range')[0]}.",
            "zh": f"{shown} 在取值范围内（{limits}）{_beyond(one, 'range')[1]}。",
        }  # fmt: skip


def _beyond(one: Field, what: str) -> tuple[str, str]:
    """What a sentence says where the samples show something else than the table."""
    if what not in one.differs:
        return "", ""
    return f"; the samples show {one.differs[what]} where the table says otherwise", "（示例与表格不符，以示例为准）"


def _of_parameter(entry: ReadRow, table: ReadTable, *, shown: bool) -> Iterator[tuple[str, Entry]]:
    name = entry.row.name
    slug, row = name.replace("_", "-").lower(), {"source": f"table {table.number}, {name}"}
    if shown:
        yield f"accepts.{slug}", {
            "level": "must", "basis": "stated", **row, "features": [f"member:{name}"],
            "en": f"A documented value of {name} is accepted.", "zh": f"接受 {name} 的文档取值。",
        }  # fmt: skip
    yield f"{slug}.type", {
        "level": "should", "basis": "stated", **row, "faults": [f"{name}.wrong-type"],
        "en": f"A value of {name} of another type than documented is refused.", "zh": f"{name} 类型不符的请求被拒绝。",
    }  # fmt: skip
    if entry.row.required == "yes":
        yield f"{slug}.required", {
            "level": "must", "basis": "stated", **row, "faults": [f"{name}.absent"],
            "en": f"A request without {name} is refused.", "zh": f"缺少 {name} 的请求被拒绝。",
        }  # fmt: skip


def _name(at: str) -> str:
    """The name of a requirement of a place: `/result/items/*/unit_price` is `result.items.unit-price`."""
    steps = at.split("/")[1:]
    inner = len(steps) - len("/".join(steps).rstrip("*/").split("/"))
    parts = [step.replace("_", "-").lower() for step in steps if step != "*"]
    return ".".join([*parts, *["entries"] * inner])


def _doubts(one: Field) -> Iterator[str]:
    """What a person should look at in one field."""
    line = f"line {one.entry.line}: " if one.entry is not None else ""
    for what, found in one.differs.items():
        yield f"{line}{one.at}: {what}: the samples show {found}; the table says otherwise. The sample is followed"
    if one.entry is not None and one.entry.condition is not None:
        yield f"{line}{one.at}: only where {one.entry.condition} is true: its presence is not asked for"
    elif one.entry is not None and not one.present and one.at != "/result":
        what = "not in each sample" if one.shown else "in no sample"
        yield f"{line}{one.at}: {what}: its presence is left open"


# Cases ---------------------------------------------------------------------------------------------------------------


def _values(row: Row, given: Mapping[str, Json]) -> list[Json]:
    """Values of a parameter that have to be accepted: those listed, or that of the page's own request."""
    if row.type == "Boolean":
        return [True, False]
    return [*row.values] if row.values else [given[row.name]] if row.name in given else []


def _cases(
    page: ReadPage,
    entries: Mapping[str, Entry],
    given: Mapping[str, Json],
    kinds: Sequence[str],
    review: list[str],
) -> str:
    specimens = [kind.replace("_", "-") for kind in kinds]
    if not specimens and _picture(page):
        review.append(
            "the kit has no specimen of this operation's document: its controls show a VAT invoice, and what a target "
            "makes of it proves little; give pictures of your own with --images"
        )
    plain = specimens[:1] or ["vat-invoice"]
    found = [entry for table in page.tables_of("body") for entry in table.rows if entry.row.name not in _INPUTS]
    needed = {entry.row.name: given.get(entry.row.name, "0") for entry in found if entry.row.required == "yes"}
    if needed:
        names = ", ".join(needed)
        review.append(f"controls send {names} as the page's own request does; put in what your target knows")
    steps: list[Entry] = []
    for entry in found:
        values = _values(entry.row, given)
        if entry.row.required != "yes":
            steps += [{"draw": {"members": {**needed, entry.row.name: value}}} for value in values]
        if not values:
            review.append(f"line {entry.line}: {entry.row.name}: the page shows no value: none has to be accepted")
    steps += [{"draw": {"page": [name]}} for name in specimens[1:]]
    answers = [name for name in entries if name.startswith(("result.", "success.", "accepts."))]
    faults = [f"{fault}/*" for entry in entries.values() for fault in cast("list[str]", entry.get("faults", []))]
    control: Entry = {"page": "plain", "format": "PNG"} | ({"members": needed} if needed else {})
    besides = ["[control]", f"members = {_value(needed)}", ""] if needed else []
    lines = [
        "# What is asked of the rows of the page. Format: cases/README.md.", "",
        "[pages]", f"plain = {_value(plain)}", "", *besides,
        "[[purpose]]", 'id = "rows"', 'depth = "smoke"',
        'en = "Each field that the page lists, in the answers to each value of the parameters."',
        'zh = "页面所列各字段，及各参数取值下的响应。"',
        f"control = {_value(control)}", f"aims = {_value(answers)}", f"request = {_value(steps)}", "",
    ]  # fmt: skip
    if faults:
        lines += [
            "[[purpose]]", 'id = "parameters"', 'en = "Parameters of another type, or missing."',
            'zh = "参数类型不符或缺失。"', f"control = {_value(control)}", f"faults = {_value(faults)}", "",
        ]  # fmt: skip
    return "\n".join(lines)


def _review(page: ReadPage, draft: Draft) -> str:
    lines = [
        f"# {draft.id}: what a person should look at / 需要人工确认的内容",
        "",
        f"{page.title}: {page.method} {page.path}",
        "",
    ]
    return "\n".join([*lines, *(f"- {line}" for line in draft.review)]) + "\n"


def _entries(head: str, entries: Mapping[str, Entry]) -> str:
    lines = [f"# {head} Format: schemas/README.md."]
    for name, entry in entries.items():
        lines += ["", f"[{_value(name)}]", *(f"{key} = {_value(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """A value as TOML; a list whose line would be long, one entry a line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(member)}" for name, member in value.items()) + " }"
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)
