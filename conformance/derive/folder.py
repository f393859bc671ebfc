"""A page as a contract folder that a target can be tested against: what `derive --write` makes.

`tables.toml` has the rows of the page with their places in an answer, `requirements/rows.toml` what follows from each
row, `cases/rows.toml` what is asked, `review.md` what a person should look at. What the family shares is not written:
the contract takes its sets. Where a table and a sample differ the sample is followed, and the requirement is `open`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from conformance.contract.requirements import read_requirements
from conformance.contract.schemas import check_rows, derive_schemas, known_type
from conformance.contract.subschema import schema_files
from conformance.contract.tables import page_from, read_page_data
from conformance.derive.asked import (
    STAND_IN,
    as_toml,
    asked_as,
    cases_of,
    example_of,
    requirements_of,
    shown_by,
)
from conformance.derive.fields import Field, read_fields
from conformance.derive.samples import RESULT, Kind, Sample, kind_tables, kinds_of, read_samples
from conformance.files import DataError, data_folder, read_toml
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.derive.cells import Unread
    from conformance.derive.reading import ReadPage, ReadTable
    from conformance.derive.rows import ReadRow
    from conformance.derive.samples import Json

Entry = Mapping[str, object]

_FAMILY = ["accepts", "answers", "open", "refuses", "codes", "relations", "url"]
_LENGTHS = ("10M", "10MB")
"""Limits of a base64 text that the kit has pictures for; another one is left to a person."""

_DEEPEST = 40
"""Levels of objects in an answer beyond which no schema is made; documented answers have six."""


@dataclass(slots=True)
class Draft:
    """A contract as a page gives it: `files` by their path in its folder, in `review` a line for each doubt.

    `samples` are the page's own, `unread` what could not be read of them.
    """

    id: str
    files: dict[str, str]
    samples: tuple[Sample, ...]
    unread: tuple[Unread, ...]
    review: list[Text] = field(default_factory=list)


def schemas_of(folder: Path) -> dict[str, str]:
    """The schemas of a contract's folder by file, each keyword with its owner. Raises DataError for a mistake in it."""
    page = read_page_data(folder / "tables.toml")
    check_rows(page, folder / "tables.toml")
    return schema_files(derive_schemas(page, read_requirements(folder / "requirements", page).values()))


def draft_schemas(page: ReadPage, text: str) -> dict[str, str]:
    """The schemas that the contract of a page would have, by file, without owners. Raises DataError as below."""
    tables = page_from(tomllib.loads(draft_contract(page, text).files["tables.toml"]))
    made = schema_files(derive_schemas(tables, ()))
    return {name: made[name] for name in ("request.schema.json", "success.schema.json")}


def draft_contract(page: ReadPage, text: str) -> Draft:
    """The contract of a page. Raises DataError for a page that is no operation with an answer of its own."""
    samples, unread = read_samples(text)
    fields = read_fields(page, samples)
    if not any(one.at == RESULT for one in fields) or not any(table.rows for table in page.tables_of("body")):
        raise DataError(
            "expected the page of an operation, with a table of its body and a result; found none",
            "应为接口的文档页，含请求体的表格和结果；未找到",
        )
    deep = max(one.at.count("/") for one in fields)
    if deep > _DEEPEST:
        raise DataError(
            f"expected objects inside each other to {_DEEPEST} levels, found {deep}",
            f"对象嵌套应不超过 {_DEEPEST} 层，实为 {deep} 层",
        )
    draft = Draft(_id(page), {}, tuple(samples), tuple(unread))
    kinds = kinds_of(page, samples)
    given = {
        name: value
        for sample in samples
        if sample.kind == "request"
        for name, value in sample.value.items()
        if value not in ("", None)
    }
    draft.review += _noticed(page, draft, kinds, given)
    types = _specimens(page)
    specimens = [kind.replace("_", "-") for kind in types]
    draft.files["tables.toml"] = "\n".join(_tables(page, fields, types, kinds)) + "\n"
    entries = dict(requirements_of(page, fields, given, draft.review))
    draft.files["requirements/rows.toml"] = _entries("What follows from the rows of the page.", entries)
    draft.files["cases/rows.toml"] = cases_of(page, entries, given, specimens, kinds, draft.review)
    draft.files["review.md"] = _review(page, draft)
    return draft


def _noticed(page: ReadPage, draft: Draft, kinds: Sequence[Kind], given: Mapping[str, Json]) -> Iterator[Text]:
    """What a person should look at in the page as a whole."""
    for missed in (*page.unread, *draft.unread):
        chinese = missed.why_zh or f"“{missed.why}”"
        yield Text(
            f"line {missed.line}: not read: {missed.what}: {missed.why}",
            f"第 {missed.line} 行：未读取：{missed.what}：{chinese}",
        )
    for sample in draft.samples:
        if sample.repaired:
            yield Text(
                f"line {sample.line}: a sample that is no JSON as printed; it was put right",
                f"第 {sample.line} 行：示例原样不是 JSON，已修正",
            )
    if not any(sample.kind == "success" for sample in draft.samples):
        yield Text(
            "the page shows no sample of a success: nothing was held against one", "页面没有成功响应示例，未作对照"
        )
    for table in page.tables_of("body"):
        for entry in table.rows:
            row = entry.row
            if row.base64_max not in (None, *_LENGTHS):
                yield Text(
                    f"line {entry.line}: {row.name}: its limit of {row.base64_max} is none that is asked for (10MB)",
                    f"第 {entry.line} 行：{row.name}：其限值 {row.base64_max} 不在测试范围内（10MB）",
                )
    if page.picture and not _specimens(page):
        yield from _without_specimen(example_of(given))
    yield from _of_kinds(page, kinds)


def _without_specimen(example: str | None) -> Iterator[Text]:
    """What is asked, and what stays unproven, where the kit has no document of the operation; `example` is a url."""
    yield Text(
        f"the kit has no specimen of this operation's document: its controls show {STAND_IN}; give pictures of your "
        "own with --images, which then take its place. Without them, where a target refuses the stand-in, nothing is "
        "proven that needs an accepted request: no field, no accepted value, no relation, no refusal",
        f"套件没有该接口所识别文档的样例：基准请求使用 {STAND_IN}；请用 --images 提供自有图片代替。否则若被测系统拒绝"
        "该样例，则凡需请求被接受的要求（字段、取值、关系、拒绝）均无法证实",
    )
    if example is not None:
        yield Text(
            f"the page's own url example, {example}, is a control beside them for a target beyond this machine",
            f"页面自身的 url 示例 {example} 也作为基准请求（被测系统不在本机时）",
        )
    else:
        yield Text(
            "the page's own url example, if any, is a form and no picture: no control is made of it",
            "页面自身的 url 示例（如有）只是格式说明而非图片，不作基准请求",
        )


def _of_kinds(page: ReadPage, kinds: Sequence[Kind]) -> Iterator[Text]:
    """What a person should look at where one result has several kinds."""
    if kind_tables(page) and not kinds:
        numbers = ", ".join(str(table.number) for table in kind_tables(page))
        yield Text(
            f"tables {numbers}: kinds of one result that no listed value tells apart: they are read as one",
            f"表 {numbers}：同一结果的多种类型，没有列出的取值可以区分，按一种读取",
        )
    for kind in kinds:
        values = ", ".join(kind.values)
        if not kind.shown:
            yield Text(
                f"table {kind.table}: no sample shows a result whose {kind.by} is {values}: its presence is left open",
                f"表 {kind.table}：没有示例给出 {kind.by} 为 {values} 的结果，不要求其字段出现",
            )
        elif not asked_as(kind, page) and not page.picture:
            yield Text(
                f"table {kind.table}: no request is known that is answered with {kind.by} {values}",
                f"表 {kind.table}：不知道何种请求会得到 {kind.by} 为 {values} 的响应",
            )


def _id(page: ReadPage) -> str:
    parts = [part for part in page.path.split("/") if part and not part.startswith("{")]
    return f"{parts[-1]}-{page.edition or 'v0'}".lower().replace("_", "-") if parts else "operation"


def _specimens(page: ReadPage) -> list[str]:
    """The ticket types of the specimens that the kit has of this operation's document."""
    name = _id(page).rpartition("-")[0].replace("-", "_")
    entries = cast("list[Entry]", read_toml(data_folder("cases") / "specimens" / "manifest.toml")["specimen"])
    kinds = dict.fromkeys(str(entry["ticket"]) for entry in entries if "ticket" in entry)
    return [kind for kind in kinds if kind == name or kind.startswith(f"{name}_")]


# The tables, with the place of each row in an answer.


def _tables(page: ReadPage, fields: Sequence[Field], types: Sequence[str], kinds: Sequence[Kind]) -> Iterator[str]:
    yield f"# Derived from the page {page.title!r}: see review.md. Labels are those of the page."
    yield ""
    head = {
        "id": _id(page), "edition": page.edition or "v0", "method": page.method, "path": page.path,
        "picture": page.picture,
        "result": "fields", "specimens": list(types), "family": _FAMILY,
        "title": {"en": page.title, "zh": page.title},
        "document": {
            "id": page.document_id or _id(page), "en": page.title, "zh": page.title,
            "published": page.published or "unknown",
        },
    }  # fmt: skip
    yield from (f"{key} = {as_toml(value)}" for key, value in head.items())
    placed = {id(entry): one for one in fields for entry in one.entries}
    documented = {one.at for one in fields if one.entry is not None}
    told = {kind.table: kind for kind in kinds}
    for table in page.tables:
        yield from ("", "[[table]]", f"number = {table.number}", f"kind = {as_toml(table.kind)}")
        if table.object:
            yield f"object = {as_toml(table.object)}"
        if table.number in told:
            yield f"variant = {as_toml(_variant(told[table.number], page))}"
        yield f"en = {as_toml(table.title)}"
        yield f"zh = {as_toml(table.title)}"
        for entry in table.rows:
            yield from ("", "[[table.row]]")
            row = _row(entry, table, placed.get(id(entry)), page, told.get(table.number))
            yield from (f"{key} = {as_toml(value)}" for key, value in row.items())
    for one in fields:
        if one.entry is None and one.types and one.at not in documented:
            reading = {"type": one.types[0] if len(one.types) == 1 else list(one.types)}
            steps = one.at.rstrip("/*").rsplit("/", 1)[-1], one.at.count("*", len(one.at.rstrip("/*")))
            yield from ("", "[[sample]]", f"name = {as_toml(steps[0] + '[]' * steps[1])}", f"at = {as_toml(one.at)}")
            yield from (f"reading = {as_toml(reading)}", 'en = "an entry"', 'zh = "一项"')


def _variant(kind: Kind, page: ReadPage) -> dict[str, object]:
    """What a table says of the kind of result that it is about."""
    known: dict[str, object] = {"name": kind.name, "at": RESULT, "by": kind.by, "values": list(kind.values)}
    request, shows = asked_as(kind, page), shown_by(kind, page)
    return known | ({"request": request} if request else {}) | ({"shows": shows.replace("-", "_")} if shows else {})


def _row(entry: ReadRow, table: ReadTable, one: Field | None, page: ReadPage, kind: Kind | None) -> dict[str, object]:
    printed = entry.row
    row: dict[str, object] = {"name": printed.name}
    if table.kind not in ("values", "status"):
        row["type"] = printed.type if known_type(str(printed.type)) else "Object" if one is None else None
    if printed.required is not None:
        row["required"] = printed.required
    if table.kind in ("response", "object"):
        row |= _answered(entry, one, kind)
    limited = table.kind == "body" and printed.name in (page.picture, "url")
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


def _answered(entry: ReadRow, one: Field | None, kind: Kind | None) -> dict[str, object]:
    """What a row of an answer says about its place, in one kind of result if it is in the table of one."""
    name = entry.row.name
    if name in ("error_code", "error_msg"):
        return {"at": f"/{name}", "presence": "failure"}
    if one is None:
        return {"presence": "optional"}
    found: dict[str, object] = {"at": one.at, "presence": "success" if one.at == RESULT else "optional"}
    if one.asked_for or (kind is not None and one.asked_for_in(kind.name)):
        found["presence"] = "always"
    elif entry.row.presence == "alarm":
        found["presence"] = "alarm"
    one = one.narrower.get(kind.name, one) if kind is not None else one
    reading: dict[str, object] = {}
    if one.types and (len(one.types) > 1 or "type" in one.differs or not known_type(str(entry.row.type))):
        reading["type"] = one.types[0] if len(one.types) == 1 else list(one.types)
        found["basis"] = "sample"
    found |= {"values": list(one.values), "minimum": one.minimum, "maximum": one.maximum}
    if "type" not in one.differs:  # what the page lists and no keyword of this place can say
        silent = "values" in one.differs or (
            "string" in one.types and len(one.entries) > 1
        )  # one of its tables lists none
        found |= {"values": list(one.values) if silent else list(one.values or entry.row.values)}
        found |= {"fields": list(entry.row.fields)}
        found |= {"values-of": None if found["values"] or silent else entry.row.values_of}
    if entry.row.fields:
        found |= {"minimum": entry.row.minimum, "maximum": entry.row.maximum}
    return found | ({"reading": reading} if reading else {})


def _review(page: ReadPage, draft: Draft) -> str:
    lines = [
        f"# {draft.id}: what a person should look at / 需要人工确认的内容",
        "",
        f"{page.title}: {page.method} {page.path}",
        "",
    ]
    return "\n".join([*lines, *(f"- {line.en}\n  {line.zh}" for line in draft.review)]) + "\n"


def _entries(head: str, entries: Mapping[str, Entry]) -> str:
    lines = [f"# {head} Format: schemas/README.md."]
    for name, entry in entries.items():
        lines += ["", f"[{as_toml(name)}]", *(f"{key} = {as_toml(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"
