"""A draw: the recipe of one valid request as data, as a case file states it and a recording keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, get_args

from conformance.entries import FLAG, NUMBER, TABLE, TEXT, TEXTS, WHOLE, WHOLES, Form, Forms, members_of
from conformance.files import DataError, mistakes_in
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
    serve: an example of the documents. Raises DataError for values that no request can have.
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
        for name, form in _LISTS.items():
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
            elif value is not None and not isinstance(value, tuple):
                raise DataError(said_of(f"draw: {name}", expected(form.words, value)))
        _check(self)

    def __repr__(self) -> str:
        """The call that makes it, without what is as usual."""
        values = ((f.name, getattr(self, f.name), f.default) for f in fields(self))
        return f"Draw({', '.join(f'{name}={value!r}' for name, value, usual in values if value != usual)})"

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Draw:
        """A draw from a table of a case file. Raises DataError with the key, what was expected and what was found."""
        with mistakes_in("draw", "cases/README.md"):
            members = members_of(data, _FORMS)
        if "members" in members:
            others = members["members"].items()
            members["members"] = tuple((name, json.dumps(value, ensure_ascii=False)) for name, value in others)
        return cls(**members)

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


_WORDS: Mapping[str, Sequence[str]] = {
    "format": FORMATS,
    "mode": MODES,
    "layout": LAYOUTS,
    "json": get_args(JsonSpelling),
    "headers": get_args(HeaderSpelling),
    "enterprise_project": get_args(EnterpriseProject),
    "dialect": get_args(Dialect),
    "served": get_args(Served),
}
_LISTS = {
    **dict.fromkeys(("page", "null", "type_list"), TEXTS),
    "shift": Form(
        Text("a list of two integers", "两个整数的列表"), lambda value: WHOLES.fits(value) and len(value) == 2
    ),
}
_FORMS: Forms = {
    **_LISTS,
    **dict.fromkeys((*_WORDS, "content_type", "address"), TEXT),
    **dict.fromkeys(("orientation", "width", "height", "margin", "base64", "pdf_page_number", "body"), WHOLE),
    **dict.fromkeys(("rotate", "scale"), NUMBER),
    **dict.fromkeys(("alarm", "detect_seal", "url"), FLAG),
    "members": Form(Text("a table of parameters", "参数的表"), TABLE.fits),
}


def _check(draw: Draw) -> None:
    for key, known in _WORDS.items():
        value = getattr(draw, key)
        if value not in known and (value is not None or key != "enterprise_project"):
            names = ", ".join(known)
            raise DataError(
                f"draw: {key}: expected one of {names}; found {value!r}",
                f"draw：{key}：应为 {names} 之一；实为 {value!r}",
            )
    if draw.served != "plain" and not draw.url:
        raise DataError(
            f"draw: served: expected url = true beside it; found {draw.served!r} for an inline picture",
            f"draw：served：须同时有 url = true；实为直接提交的图片和 {draw.served!r}",
        )
    if draw.dialect != "standard" and draw.url:
        raise DataError(
            f"draw: dialect: expected an inline picture beside it; found {draw.dialect!r} with url = true",
            f"draw：dialect：须为直接提交的图片；实为 url = true 和 {draw.dialect!r}",
        )
    if Variant(draw.format, draw.mode, draw.layout) not in VARIANTS:
        ways = ", ".join(f"{v.mode} {v.layout}" for v in VARIANTS if v.format == draw.format)
        raise DataError(
            f"draw: expected a mode and a layout that {draw.format} has ({ways}); found {draw.mode} {draw.layout}",
            f"draw：应为 {draw.format} 具有的 mode 和 layout（{ways}）；实为 {draw.mode} {draw.layout}",
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
                f"draw: {key}: expected {low} to {high}; found {number}",
                f"draw：{key}：应为 {low}～{high}；实为 {number}",
            )
    if draw.base64 is not None and (draw.base64 <= 0 or draw.base64 % 4):
        raise DataError(
            f"draw: base64: expected a positive multiple of 4 characters; found {draw.base64}",
            f"draw：base64：字符数应为 4 的正倍数；实为 {draw.base64}",
        )
