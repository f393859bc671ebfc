"""What is asked of a page's rows: the requirements that each gives, and the purposes that are sent for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from conformance.derive.samples import RESULT, kind_tables
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.tables import Row
    from conformance.derive.fields import Field
    from conformance.derive.reading import ReadPage, ReadTable
    from conformance.derive.rows import ReadRow
    from conformance.derive.samples import Json, Kind

Entry = Mapping[str, object]

STAND_IN = "vat-invoice"
"""The specimen on the picture of an operation about a document that the kit has no specimen of."""

_STAND_INS = (STAND_IN, "train-ticket", "quota-invoice", "taxi-invoice", "flight-itinerary", "passport", "bankcard")
"""Specimens that stand for kinds of a result that only a picture tells apart, one for each."""

_SURELY_REACHED = 400
"""Pixels that each side of each specimen has."""
_WIDE = 1400
"""Pixels of each side of a picture on which each specimen has room."""

_PLACEHOLDER = re.compile(r"BucketName|ObjectName|xxx|example\.|[{}<>*]", re.IGNORECASE)
"""What a url shows that a page prints as a form."""

_INPUTS = ("image", "data", "url")


# The requirements that follow from the rows.


def requirements_of(
    page: ReadPage, fields: Sequence[Field], given: Mapping[str, Json], review: list[Text]
) -> Iterator[tuple[str, Entry]]:
    """What follows from each row, by name; in `review` a line for each doubt."""
    for one in fields:
        if one.types:
            yield from _of_field(one)
        review += _doubts(one)
    picture = page.picture
    for table in page.tables_of("body"):
        for entry in table.rows:
            if entry.row.name not in (picture, "url"):
                yield from _of_parameter(entry, table, shown=bool(_values(entry.row, given)))


def _of_field(one: Field) -> Iterator[tuple[str, Entry]]:
    name = "success.result-type" if one.at == RESULT else _name(one.at)
    shown = one.at.removeprefix("/")
    source = f"table {one.tables[0]}, {one.name}" if one.entry is not None else "samples, and the type of the list"
    yield from _of_values(one, name, shown, source, "")
    parent = one.at.rpartition("/")[0]
    if one.asked_for:
        yield f"{name}.present", {
            "level": "should", "basis": "sample", "source": source, "keywords": [f"{parent} required:{one.name}"],
            "en": f"{shown} is there, as in each sample.", "zh": f"如各示例所示，存在 {shown}。",
        }  # fmt: skip
    for kind in one.present_in if one.unconditional and not one.present else ():
        yield f"{_name(one.at, kind)}.present", {
            "level": "should", "basis": "sample", "source": source,
            "keywords": [f"{parent} {kind} required:{one.name}"],
            "en": f"{shown} is there in a result of the kind {kind}, as in each sample of it.",
            "zh": f"如该类结果（{kind}）的各示例所示，存在 {shown}。",
        }  # fmt: skip
    for kind, own in one.narrower.items():
        told = replace(
            own,
            types=own.types if own.types != one.types else (),
            values=own.values if own.values != one.values else (),
            minimum=None,
            maximum=None,
        )
        yield from _of_values(
            told, _name(one.at, kind), f"{shown} ({kind})", f"table {own.tables[0]}, {own.name}", kind
        )


def _of_values(one: Field, name: str, shown: str, source: str, kind: str) -> Iterator[tuple[str, Entry]]:
    """What a row says of the values at its place: their type, which there are, their range."""
    place, documented = " ".join(filter(None, (one.at, kind))), one.entry is not None or one.tables
    unsure = "type" in one.differs or "place" in one.differs
    if one.types:
        stated = {"basis": "stated" if documented and not unsure else "sample", "source": source}
        beyond, beyond_zh = _beyond(one, "type")
        yield name if one.at == RESULT else f"{name}.type", {
            "level": "open" if unsure else "must", **stated, "keywords": [f"{place} type"],
            "en": f"{shown} is of type {' or '.join(one.types)}{beyond}.",
            "zh": f"{shown} 的类型为 {' 或 '.join(one.types)}{beyond_zh}。",
        }  # fmt: skip
    if one.values:
        listed = ", ".join(one.values)
        yield f"{name}.values", {
            "level": "open" if "values" in one.differs or unsure else "should", "basis": "stated", "source": source,
            "keywords": [f"{place} enum"],
            "en": f"{shown} is one of {listed}{_beyond(one, 'values')[0]}.",
            "zh": f"{shown} 取值为 {listed} 之一{_beyond(one, 'values')[1]}。",
        }  # fmt: skip
    bounds = [key for key in ("minimum", "maximum") if getattr(one, key) is not None]
    if bounds:
        limits = " to ".join(f"{getattr(one, key):g}" for key in bounds)
        yield f"{name}.range", {
            "level": "open" if "range" in one.differs or unsure else "should", "basis": "stated", "source": source,
            "keywords": [f"{place} {key}" for key in bounds],
            "en": f"{shown} lies within its range ({limits}){_beyond(one, 'range')[0]}.",
            "zh": f"{shown} 在取值范围内（{limits}）{_beyond(one, 'range')[1]}。",
        }  # fmt: skip


def _beyond(one: Field, what: str) -> tuple[str, str]:
    """What a sentence says where the samples show something else than the table."""
    if "place" in one.differs:
        return f"; the samples show {one.differs['place']}", "（示例中无此字段，其位置不确定）"
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


def _name(at: str, kind: str = "") -> str:
    """The name of a requirement of a place: `/result/items/*/unit_price` is `result.items.unit-price`."""
    steps = at.split("/")[1:]
    inner = len(steps) - len("/".join(steps).rstrip("*/").split("/"))
    parts = [step.replace("_", "-").lower() for step in steps if step != "*"]
    return ".".join([parts[0], *([kind] if kind else []), *parts[1:], *["entries"] * inner])


def _doubts(one: Field) -> Iterator[Text]:
    """What a person should look at in one field."""
    en = f"line {one.entry.line}: {one.at}" if one.entry is not None else one.at
    zh = f"第 {one.entry.line} 行：{one.at}" if one.entry is not None else one.at
    for what, found in one.differs.items():
        if what == "place":
            yield Text(
                f"{en}: place: the samples show {found}: its place is not sure, and it is left open",
                f"{zh}：位置：示例所示为 {found}，位置不确定，不作要求",
            )
        else:
            yield Text(
                f"{en}: {what}: the samples show {found}; the table says otherwise. The sample is followed",
                f"{zh}：{what}：示例所示为 {found}，与表格不一致，以示例为准",
            )
    if one.entry is not None and one.entry.condition is not None:
        yield Text(
            f"{en}: only where {one.entry.condition} is true: its presence is not asked for",
            f"{zh}：仅当 {one.entry.condition} 为 true 时存在，不要求其出现",
        )
    elif one.entry is not None and not (one.present or one.present_in or "place" in one.differs) and one.at != RESULT:
        seen = Text("not in each sample", "并非每个示例都有") if one.shown else Text("in no sample", "示例中均未出现")
        yield Text(f"{en}: {seen.en}: its presence is left open", f"{zh}：{seen.zh}，不要求其出现")


# The cases: what is sent for them.


def _values(row: Row, given: Mapping[str, Json]) -> list[Json]:
    """Values of a parameter that have to be accepted: those listed, or that of the page's own request."""
    if row.type == "Boolean":
        return [True, False]
    if row.values and (row.type or "").startswith(("Array", "List")):
        return [[value] for value in row.values]
    return [*row.values] if row.values else [given[row.name]] if row.name in given else []


def _optional(
    found: Sequence[ReadRow], given: Mapping[str, Json], needed: Mapping[str, Json], review: list[Text]
) -> Iterator[Entry]:
    """Valid requests with each value of each optional parameter; in `review` those for which the page shows none."""
    for entry in found:
        values = _values(entry.row, given)
        if entry.row.required != "yes":
            yield from ({"draw": {"members": {**needed, entry.row.name: value}}} for value in values)
        if not values:
            review.append(
                Text(
                    f"line {entry.line}: {entry.row.name}: the page shows no value: none has to be accepted",
                    f"第 {entry.line} 行：{entry.row.name}：页面未给出取值，不要求接受任何值",
                )
            )


def cases_of(
    page: ReadPage,
    entries: Mapping[str, Entry],
    given: Mapping[str, Json],
    specimens: Sequence[str],
    kinds: Sequence[Kind],
    review: list[Text],
) -> str:
    """The case file of a page's rows. `given` is what the page's own requests say, `specimens` are ids."""
    plain = specimens[:1] or [STAND_IN]
    found = [entry for table in page.tables_of("body") for entry in table.rows if entry.row.name not in _INPUTS]
    needed = {entry.row.name: given.get(entry.row.name, "0") for entry in found if entry.row.required == "yes"}
    if needed:
        names = ", ".join(needed)
        review.append(
            Text(
                f"controls send {names} as the page's own request does; put in what your target knows",
                f"基准请求按页面自身的请求示例携带 {names}；请换成被测系统认识的值",
            )
        )
    steps = list(_optional(found, given, needed, review))
    steps += [{"draw": {"page": [name]}} for name in specimens[1:]]
    steps += [{"draw": {"members": {**needed, **told}}} for kind in kinds if (told := asked_as(kind, page))]
    if any(asked_as(kind, page) for kind in kinds):
        review.append(
            Text(
                "each kind of result is asked for with what its sample shows; put in what your target knows",
                "每类结果均按其示例的取值请求；请换成被测系统认识的值",
            )
        )
    steps += [{"draw": {"page": [name]}} for kind in kinds[1:] if (name := shown_by(kind, page))]
    answers = [name for name in entries if name.startswith(("result.", "success.", "accepts."))]
    faults = [f"{fault}/*" for entry in entries.values() for fault in cast("list[str]", entry.get("faults", []))]
    every = _large_enough(page) | ({"members": needed} if needed else {})
    control: Entry = {"page": "plain", "format": "PNG"} | every
    besides = ["[control]", *(f"{key} = {as_toml(value)}" for key, value in every.items()), ""] if every else []
    lines = [
        "# What is asked of the rows of the page. Format: cases/README.md.", "",
        "[pages]", f"plain = {as_toml(plain)}", "", *besides,
        "[[purpose]]", 'id = "rows"', 'depth = "smoke"',
        'en = "Each field that the page lists, in the answers to each value of the parameters."',
        'zh = "页面所列各字段，及各参数取值下的响应。"',
        f"control = {as_toml(control)}", f"aims = {as_toml(answers)}", f"request = {as_toml(steps)}", "",
    ]  # fmt: skip
    if faults:
        # Without a picture nothing but parameters can be wrong with a first request.
        depth = [] if page.picture else ['depth = "smoke"']
        lines += [
            "[[purpose]]", 'id = "parameters"', *depth, 'en = "Parameters of another type, or missing."',
            'zh = "参数类型不符或缺失。"', f"control = {as_toml(control)}", f"faults = {as_toml(faults)}", "",
        ]  # fmt: skip
    example = example_of(given)
    if example is not None and not specimens:
        shown = [name for name in answers if name.startswith(("result.", "success."))]
        lines += [
            "[[purpose]]", 'id = "page-example"', 'depth = "smoke"', 'en = "The picture that the page itself names."',
            'zh = "页面自身给出的图片 URL。"', f"control = {as_toml({'page': [], 'address': example})}",
            f"aims = {as_toml(shown)}", "",
        ]  # fmt: skip
    return "\n".join(lines)


def example_of(given: Mapping[str, Json]) -> str | None:
    """The url of the page's own request, None where it has none or one that stands for another (`BucketName`)."""
    url = given.get("url")
    return url if isinstance(url, str) and url.startswith("http") and not _PLACEHOLDER.search(url) else None


def _large_enough(page: ReadPage) -> dict[str, object]:
    """The size of controls where a page asks for sides that a specimen may not reach."""
    rows = [entry.row for table in page.tables_of("body") for entry in table.rows]
    least = max((row.side_min or 0 for row in rows), default=0)
    return {"width": max(least, _WIDE), "height": max(least, _WIDE)} if least > _SURELY_REACHED else {}


def asked_as(kind: Kind, page: ReadPage) -> dict[str, Json]:
    """The parameters of a request for one kind of result: what its sample shows of them; empty where nothing."""
    names = [entry.row.name for table in page.tables_of("body") for entry in table.rows]
    shown = kind.shown[0] if kind.shown else {}
    return {name: shown[name] for name in names if isinstance(shown.get(name), str) and shown[name]}


def shown_by(kind: Kind, page: ReadPage) -> str | None:
    """The specimen on a picture that stands for one kind of result; None where parameters tell kinds apart."""
    if not page.picture or asked_as(kind, page):
        return None
    number = sorted(table.number for table in kind_tables(page)).index(kind.table)
    return _STAND_INS[number] if number < len(_STAND_INS) else None


# All of this as TOML.


_WIDTH = 110
"""Characters of a list that stands on one line."""


def as_toml(value: object) -> str:
    """A value as TOML: strings with JSON's escapes; a list whose line would be long has one entry a line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {as_toml(member)}" for name, member in value.items()) + " }"
    if isinstance(value, list | tuple):
        items = [as_toml(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    if isinstance(value, int | float):
        return str(value)
    # TOML forbids one character more than JSON does.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else as_toml(name)
