"""A draw: the recipe of one valid request as data, as a case file states it and a recording keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, get_args

from conformance.files import DataError
from conformance.images import FORMATS, LAYOUTS, MAX_SIDE, MODES, VARIANTS, Format, Layout, Mode, Variant
from conformance.text import Text, expected, said_of

JsonSpelling: TypeAlias = Literal["plain", "spaced", "escaped", "reordered"]
HeaderSpelling: TypeAlias = Literal["plain", "lower", "upper"]
EnterpriseProject: TypeAlias = Literal["default", "unknown", "malformed"]
Dialect: TypeAlias = Literal["standard", "broken-lines", "url-safe", "unpadded"]
Served: TypeAlias = Literal["plain", "chinese", "not-encoded", "redirected", "mislabelled", "slow"]

JSON_TYPE = "application/json"
_MAX_SCALE = 16
_MAX_MARGIN = 4096
_MAX_BODY = 12_000_000


@dataclass(frozen=True, slots=True, repr=False)
class Draw:
    """What is drawn on the picture of a valid request, how the file is written, and what else the request says.

    `page` names specimens, laid out below each other with `margin` pixels around them, then scaled by `scale`, turned
    clockwise by `rotate` degrees and moved by `shift` pixels; [] is a blank page. `width` and `height` are the exact
    size in pixels of the picture, None for as much as the page needs. `base64` is the exact length of the base64 text
    in characters, reached by padding the file. `json` and `headers` say how the body and the header names are spelled:
    `spaced` has white space wherever it may stand, `escaped` has escapes, `reordered` has the picture last.
    `body` is the exact length of the body in bytes, reached by white space behind the JSON. `dialect` writes the
    base64 text otherwise than the standard says: in lines of 76 characters, in the alphabet for urls, or without
    padding. `null` names parameters that are sent as null beside the input, `members` others with their
    value as JSON text (a table in a case file). `enterprise_project` sends an
    Enterprise-Project-Id: that of the default project, a well-formed one that does not exist, or one that is no id.
    `url` names the picture by an address, at which the kit serves it, instead of sending it; `served` says how:
    under a name with percent-encoded Chinese characters (`chinese`) or bare ones (`not-encoded`), after a
    redirection, with the name and media type of a text file, or seconds late. `address` is a url that the kit does not
    serve: an example of the documents. Raises DataError for values that no
    request can have.
    """

    page: tuple[str, ...] = ()
    format: Format = "PNG"
    mode: Mode = "rgb"
    layout: Layout = "plain"
    orientation: int = 1
    width: int | None = None
    height: int | None = None
    rotate: float = 0
    scale: float = 1
    margin: int = 16
    shift: tuple[int, int] = (0, 0)
    base64: int | None = None
    dialect: Dialect = "standard"
    null: tuple[str, ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    type_list: tuple[str, ...] | None = None
    alarm: bool | None = None
    detect_seal: bool | None = None
    pdf_page_number: int | None = None
    body: int | None = None
    json: JsonSpelling = "plain"
    headers: HeaderSpelling = "plain"
    content_type: str = JSON_TYPE
    enterprise_project: EnterpriseProject | None = None
    url: bool = False
    served: Served = "plain"
    address: str | None = None

    def __post_init__(self) -> None:
        for name in _LISTS:
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
            elif value is not None and not isinstance(value, tuple):
                raise DataError(said_of(f"draw: {name}", expected(_KIND_WORDS[_KINDS[name]], value)))
        _check(self)

    def __repr__(self) -> str:
        """The call that makes it, without what is as usual."""
        values = ((f.name, getattr(self, f.name), f.default) for f in fields(self))
        return f"Draw({', '.join(f'{name}={value!r}' for name, value, usual in values if value != usual)})"

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Draw:
        """A draw from a table of a case file. Raises DataError with the key, what was expected and what was found."""
        unknown = sorted(set(data) - set(_KINDS))
        if unknown:
            raise DataError(
                Text(
                    f"draw: unknown key {unknown[0]!r}; known are {', '.join(_KINDS)}",
                    f"draw：没有键 {unknown[0]!r}；可用 {'、'.join(_KINDS)}",
                )
            )
        for key, value in data.items():
            if not _has_kind(value, _KINDS[key]):
                raise DataError(said_of(f"draw: {key}", expected(_KIND_WORDS[_KINDS[key]], value)))
        values = {key: _frozen(value) for key, value in data.items()}
        return cls(**values)  # type: ignore[arg-type]

    def to_data(self) -> dict[str, object]:
        """The table that `from_data` reads, without what is as usual."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        data = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
        if self.members:
            data["members"] = {name: json.loads(text) for name, text in self.members}
        return data

    @property
    def plain(self) -> bool:
        """True where nothing is left open: the file is one upright, plainly stored frame of 8-bit RGB (open points 34
        to 37) in standard base64 (39), a url leads straight to it (45 to 47), and no parameter is null (3).
        """
        usual = self.mode == "rgb" and self.layout == "plain" and self.orientation == 1
        return usual and self.dialect == "standard" and not self.null and self.served in ("plain", "chinese")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a request was made: the draw in a contract, and the fault that was put into it."""

    contract: str
    draw: Draw
    fault: str | None = None
    form: int = 0

    def __str__(self) -> str:
        """The call that makes the request again."""
        contract = f"load_contract({self.contract!r})"
        if self.fault is None:
            return f"build({contract}, {self.draw!r})"
        form = f", form={self.form}" if self.form else ""
        return f"break_request({contract}, {self.fault!r}, {self.draw!r}{form})"


_KINDS = {
    "page": "a list of strings",
    "format": "a string",
    "mode": "a string",
    "layout": "a string",
    "orientation": "an integer",
    "width": "an integer",
    "height": "an integer",
    "rotate": "a number",
    "scale": "a number",
    "margin": "an integer",
    "shift": "a list of two integers",
    "base64": "an integer",
    "dialect": "a string",
    "null": "a list of strings",
    "members": "a table of parameters",
    "type_list": "a list of strings",
    "alarm": "a boolean",
    "detect_seal": "a boolean",
    "pdf_page_number": "an integer",
    "body": "an integer",
    "json": "a string",
    "headers": "a string",
    "content_type": "a string",
    "enterprise_project": "a string",
    "url": "a boolean",
    "served": "a string",
    "address": "a string",
}


_KIND_WORDS = {
    words: Text(words, chinese)
    for words, chinese in (
        ("a string", "字符串"),
        ("an integer", "整数"),
        ("a number", "数值"),
        ("a boolean", "布尔值"),
        ("a list of strings", "字符串列表"),
        ("a list of two integers", "两个整数的列表"),
        ("a table of parameters", "参数的表"),
    )
}

_LISTS = ("page", "shift", "null", "type_list")


def _frozen(value: object) -> object:
    """A value of a case file as a draw keeps it: lists as tuples, parameters as names with their JSON."""
    if isinstance(value, dict):
        return tuple((name, json.dumps(member, ensure_ascii=False)) for name, member in value.items())
    return tuple(value) if isinstance(value, list) else value


def _has_kind(value: object, kind: str) -> bool:
    if kind == "a table of parameters":
        return isinstance(value, dict)
    if kind == "a boolean":
        return isinstance(value, bool)
    if kind == "an integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "a number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "a string":
        return isinstance(value, str)
    if kind == "a list of strings":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, list) and len(value) == 2 and all(_has_kind(item, "an integer") for item in value)


def _check(draw: Draw) -> None:
    words: tuple[tuple[str, object, tuple[object, ...]], ...] = (
        ("format", draw.format, FORMATS),
        ("mode", draw.mode, MODES),
        ("layout", draw.layout, LAYOUTS),
        ("json", draw.json, get_args(JsonSpelling)),
        ("headers", draw.headers, get_args(HeaderSpelling)),
        ("enterprise_project", draw.enterprise_project, (None, *get_args(EnterpriseProject))),
        ("dialect", draw.dialect, get_args(Dialect)),
        ("served", draw.served, get_args(Served)),
    )
    for key, value, known in words:
        if value not in known:
            names = ", ".join(str(word) for word in known if word is not None)
            raise DataError(
                Text(
                    f"draw: {key}: expected one of {names}; found {value!r}",
                    f"draw：{key}：应为 {names} 之一；实为 {value!r}",
                )
            )
    if draw.served != "plain" and not draw.url:
        raise DataError(
            Text(
                f"draw: served: expected url = true beside it; found {draw.served!r} for an inline picture",
                f"draw：served：须同时有 url = true；实为直接提交的图片和 {draw.served!r}",
            )
        )
    if draw.dialect != "standard" and draw.url:
        raise DataError(
            Text(
                f"draw: dialect: expected an inline picture beside it; found {draw.dialect!r} with url = true",
                f"draw：dialect：须为直接提交的图片；实为 url = true 和 {draw.dialect!r}",
            )
        )
    if Variant(draw.format, draw.mode, draw.layout) not in VARIANTS:
        ways = ", ".join(f"{v.mode} {v.layout}" for v in VARIANTS if v.format == draw.format)
        raise DataError(
            Text(
                f"draw: expected a mode and a layout that {draw.format} has ({ways}); found {draw.mode} {draw.layout}",
                f"draw：应为 {draw.format} 具有的 mode 和 layout（{ways}）；实为 {draw.mode} {draw.layout}",
            )
        )
    _check_numbers(draw)


def _check_numbers(draw: Draw) -> None:
    numbers: tuple[tuple[str, float | None, float, float], ...] = (
        ("orientation", draw.orientation, 1, 8 if draw.format != "BMP" else 1),
        ("width", draw.width, 1, MAX_SIDE),
        ("height", draw.height, 1, MAX_SIDE),
        ("rotate", draw.rotate, -360, 360),
        ("scale", draw.scale, 1 / _MAX_SCALE, _MAX_SCALE),
        ("margin", draw.margin, 0, _MAX_MARGIN),
        ("body", draw.body, 1, _MAX_BODY),
        ("shift", min(draw.shift), 0, MAX_SIDE),
        ("shift", max(draw.shift), 0, MAX_SIDE),
    )
    for key, number, low, high in numbers:
        if number is not None and not low <= number <= high:
            raise DataError(
                Text(
                    f"draw: {key}: expected {low} to {high}; found {number}",
                    f"draw：{key}：应为 {low}～{high}；实为 {number}",
                )
            )
    if draw.base64 is not None and (draw.base64 <= 0 or draw.base64 % 4):
        raise DataError(
            Text(
                f"draw: base64: expected a positive multiple of 4 characters; found {draw.base64}",
                f"draw：base64：字符数应为 4 的正倍数；实为 {draw.base64}",
            )
        )
