"""What a fault of a request is, and the faults of its parameters; `call_faults` and `picture_faults` have the others.

Each of these modules lists its `Variant`s; the ids before the slash are those of `schemas/errors.toml`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from conformance.contract.schemas import ABSENT, WRONG_TYPE, is_required, member_rows, member_type
from conformance.strategies.build import Address, prepare, spell
from conformance.strategies.draw import Draw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.contract.contract import Contract
    from conformance.exchange import Request
    from conformance.images import Format
    from conformance.strategies.build import Json, Valid


T = TypeVar("T")

Breaks: TypeAlias = "Callable[[Valid, int], Request]"
"""Makes the faulty request from the valid one. The number picks among forms of the same fault; 0 is the plain one."""


def unchanged(_contract: Contract, draw: Draw) -> Draw:
    """The valid request may be any."""
    return draw


def everywhere(_contract: Contract) -> bool:
    """The fault exists in every contract that has a requirement against it."""
    return True


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to commit a fault: `id` is `<fault id>/<name>`, stable across versions.

    `start` turns the draw of a control, which has its picture inline, into one that the fault can be put into (another
    format, a picture at the limit, one named by url). `applies` narrows it to some contracts. `heavy` marks requests of
    more than 1 MB, pictures included; `served` those whose control has its picture served.
    """

    fault: str
    name: str
    breaks: Breaks
    start: Callable[[Contract, Draw], Draw] = unchanged
    applies: Callable[[Contract], bool] = everywhere
    heavy: bool = False
    served: bool = False

    @property
    def id(self) -> str:
        """For example `body.not-json/trailing-comma`."""
        return f"{self.fault}/{self.name}"


def pick(options: Sequence[T], number: int) -> T:
    """The option that a number stands for; 0 is the first."""
    return options[number % len(options)]


def with_body(valid: Valid, body: bytes) -> Request:
    """The request with another body, which holds no picture that a target could read."""
    return replace(valid.request, body=body, truth=None)


def with_members(valid: Valid, members: dict[str, Json], *, picture: bool = False) -> Request:
    """The request with other members in its body; `picture` says that the whole picture is still among them."""
    body = spell(members, valid.draw.json, valid.text)
    return replace(valid.request, body=body, truth=valid.request.truth if picture else None)


def with_picture(valid: Valid, value: Json, *, picture: bool = False) -> Request:
    """The request with another value of the picture's parameter; `picture` as for `with_members`."""
    return with_members(valid, {**valid.members, valid.contract.page.picture: value}, picture=picture)


def with_address(valid: Valid, address: Address) -> Request:
    """The request with another url instead of its own, and nothing known of what is there."""
    request = with_members(valid, {**valid.members, "url": address.url})
    return replace(request, pictures=address.pictures)


def redrawn(valid: Valid, draw: Draw) -> Request:
    """The request with another picture: that of another draw."""
    return prepare(valid.contract, draw).request


def plainly_in(fmt: Format) -> Callable[[Contract, Draw], Draw]:
    """A `start`: the same page as a plain file of this format."""
    return lambda _contract, draw: plain_file(draw, fmt)


def plain_file(draw: Draw, fmt: Format) -> Draw:
    """The draw with the file of its picture in this format, and else as usual."""
    return replace(draw, format=fmt, mode="rgb", layout="plain", orientation=1, base64=None)


def compact(value: Json) -> bytes:
    """JSON text without white space, in ASCII."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


# Faults of the parameters that the kit knows by name.


ADDRESS = "https://pictures.example/specimen.png"
_OTHER_NAME = {"image": "data", "data": "image"}


def _has(name: str) -> Callable[[Contract], bool]:
    return lambda contract: name in contract.parameters


def _others(valid: Valid) -> dict[str, Json]:
    """The members without the picture."""
    return {name: value for name, value in valid.members.items() if name != valid.contract.page.picture}


def _only(make: Callable[[Contract, int], dict[str, Json]]) -> Breaks:
    return lambda valid, form: with_members(valid, make(valid.contract, form))


def _other_name(valid: Valid, _form: int) -> Request:
    return with_members(valid, {_OTHER_NAME[valid.contract.page.picture]: valid.text, **_others(valid)}, picture=True)


def _both(*addresses: str, url_first: bool = False) -> Breaks:
    def breaks(valid: Valid, form: int) -> Request:
        url: dict[str, Json] = {"url": pick(addresses, form)}
        members = url | valid.members if url_first else valid.members | url
        return with_members(valid, members, picture=True)

    return breaks


def _null(*, picture: bool, url: bool) -> Breaks:
    def breaks(valid: Valid, _form: int) -> Request:
        members: dict[str, Json] = {}
        if picture:
            members[valid.contract.page.picture] = None
        if url:
            members["url"] = None
        return with_members(valid, members | _others(valid))

    return breaks


def _picture(make: Callable[[Valid, int], Json], *, whole: bool = False) -> Breaks:
    return lambda valid, form: with_picture(valid, make(valid, form), picture=whole)


def _text(*texts: str) -> Breaks:
    return lambda valid, form: with_picture(valid, pick(texts, form))


def _changed(change: Callable[[str, int], str]) -> Breaks:
    """Breaks the base64 text of the control's picture; the number says where."""

    def breaks(valid: Valid, form: int) -> Request:
        text = valid.text.rstrip("=")
        return with_picture(valid, change(text, 4 * (form + 1) + 1))

    return breaks


def _prefixed(prefix: str) -> Breaks:
    return lambda valid, _form: with_picture(valid, prefix + valid.text, picture=True)


def _url(*values: Json) -> Breaks:
    return lambda valid, form: with_members(valid, {"url": pick(values, form), **_others(valid)})


def _data_url(valid: Valid, _form: int) -> Request:
    address = f"data:image/{valid.draw.format.lower()};base64,{valid.text}"
    return with_members(valid, {"url": address, **_others(valid)}, picture=True)


def _member(name: str, *values: Json) -> Breaks:
    return lambda valid, form: with_members(valid, {**valid.members, name: pick(values, form)}, picture=True)


def _typed(make: Callable[[str], Json]) -> Breaks:
    """A wrong `type_list` around the type that the page shows, or around the first one documented."""

    def breaks(valid: Valid, _form: int) -> Request:
        truth = valid.request.truth
        shown = [document.type for document in truth.documents] if truth is not None else []
        value = make(next(iter(shown), valid.contract.types[0]))
        return with_members(valid, {**valid.members, "type_list": value}, picture=True)

    return breaks


_INPUTS = (
    Variant("input.absent", "empty-object", _only(lambda _contract, _form: {})),
    Variant(
        "input.absent",
        "only-type-list",
        _only(lambda contract, form: {"type_list": [pick(contract.types, form)]}),
        applies=_has("type_list"),
    ),
    Variant(
        "input.absent", "only-alarm", _only(lambda _contract, form: {"alarm": form % 2 == 0}), applies=_has("alarm")
    ),
    Variant("input.both", "picture-and-url", _both(ADDRESS, "http://pictures.example/specimen.jpg")),
    Variant("input.both", "url-first", _both(ADDRESS, url_first=True)),
    Variant("input.both", "picture-and-empty-url", _both("")),
    Variant("input.null", "picture", _null(picture=True, url=False)),
    Variant("input.null", "url", _null(picture=False, url=True)),
    Variant("input.null", "picture-and-url", _null(picture=True, url=True)),
)

_PICTURES = (
    Variant("picture.empty", "empty-string", _picture(lambda _valid, _form: "")),
    Variant("picture.wrong-type", "number", _picture(lambda _valid, form: form)),
    Variant("picture.wrong-type", "true", _picture(lambda _valid, _form: True)),
    Variant("picture.wrong-type", "list", _picture(lambda valid, _form: [valid.text], whole=True)),
    Variant("picture.wrong-type", "object", _picture(lambda valid, _form: {"base64": valid.text}, whole=True)),
    Variant("picture.wrong-type", "false", _picture(lambda _valid, _form: False)),
    Variant("picture.wrong-type", "fraction", _picture(lambda _valid, form: form + 0.5)),
    Variant("picture.wrong-type", "list-of-bytes", _picture(lambda valid, _form: list(valid.picture.data[:64]))),
    Variant("picture.wrong-type", "empty-list", _picture(lambda _valid, _form: [])),
    Variant("picture.wrong-type", "empty-object", _picture(lambda _valid, _form: {})),
    Variant("picture.wrong-name", "other-operation", _other_name),
)

_TEXTS = (
    Variant("picture.not-base64", "words", _text("this is not a picture", "no picture at all", "see attachment")),
    Variant("picture.not-base64", "punctuation", _text("!@#$%^&*()", "....", "{}[];:'", "~~~~")),
    Variant("picture.not-base64", "padding-inside", _changed(lambda text, at: text[:at] + "=" + text[at:])),
    Variant("picture.not-base64", "chinese", _text("这不是图片", "火车票", "图片数据")),
    Variant("picture.not-base64", "one-character", _text("A", "/", "z")),
    # No number of bytes has a text of 4n + 1 characters.
    Variant(
        "picture.not-base64",
        "impossible-length",
        _changed(lambda text, at: text[: len(text) // 4 * 4 - at // 4 * 4 + 1]),
    ),
    Variant("picture.not-base64", "foreign-character", _changed(lambda text, at: text[:at] + "*" + text[at + 1 :])),
    Variant("picture.not-base64", "only-padding", _text("====", "=", "==")),
    Variant(
        "picture.not-base64",
        "percent-encoded",
        lambda valid, _form: with_picture(valid, "%2B" + valid.text.replace("+", "%2B").replace("=", "%3D")),
    ),
    Variant("picture.not-base64", "full-width", _changed(lambda text, at: text[:at] + "Ａ" + text[at + 1 :])),
    Variant("picture.data-uri", "png", _prefixed("data:image/png;base64,"), start=plainly_in("PNG")),
    Variant("picture.data-uri", "jpeg", _prefixed("data:image/jpeg;base64,"), start=plainly_in("JPEG")),
    Variant("picture.data-uri", "no-type", _prefixed("data:;base64,")),
    Variant("picture.data-uri", "octet-stream", _prefixed("data:application/octet-stream;base64,")),
)

_TYPE_LISTS = tuple(
    Variant("type-list.wrong-type", name, breaks, applies=_has("type_list"))
    for name, breaks in (
        ("string", _typed(lambda kind: kind)),
        ("number", _member("type_list", 1, 0, 1.5)),
        ("object", _typed(lambda kind: {kind: True})),
        ("list-of-numbers", _member("type_list", [1], [0, 1, 2], [1.5])),
        ("true", _member("type_list", True, False)),
        ("mixed-list", _typed(lambda kind: [kind, 1])),
        ("nested-list", _typed(lambda kind: [[kind]])),
        ("null-in-list", _typed(lambda kind: [kind, None])),
    )
)

_ALARMS = tuple(
    Variant("alarm.wrong-type", name, breaks, applies=_has("alarm"))
    for name, breaks in (
        ("text-true", _member("alarm", "true", "True", "TRUE")),
        ("one", _member("alarm", 1, 1.0, 2)),
        ("list", _member("alarm", [], [True])),
        ("object", _member("alarm", {}, {"alarm": True})),
        ("text-false", _member("alarm", "false", "no", "0")),
        ("zero", _member("alarm", 0, 0.0, -1)),
        ("empty-text", _member("alarm", "")),
    )
)

_URLS = (
    Variant("url.empty", "empty-string", _url("")),
    Variant("url.wrong-type", "number", _url(1, 0, 1.5)),
    Variant("url.wrong-type", "list", _url([ADDRESS], [])),
    Variant("url.wrong-type", "object", _url({"url": ADDRESS}, {})),
    Variant("url.wrong-type", "true", _url(True, False)),
    Variant("url.scheme", "ftp", _url("ftp://pictures.example/specimen.png", "sftp://pictures.example/specimen.png")),
    Variant("url.scheme", "file", _url("file:///specimen.png", "file://localhost/specimen.png")),
    Variant("url.scheme", "data", _data_url),
    Variant("url.scheme", "absent", _url("pictures.example/specimen.png", "pictures.example:443/specimen.png")),
    Variant("url.scheme", "gopher", _url("gopher://pictures.example/specimen.png")),
    Variant("url.scheme", "path", _url("/specimen.png", "specimen.png", "../specimen.png")),
    Variant("url.scheme", "network-path", _url("//pictures.example/specimen.png")),
    Variant("url.scheme", "words", _url("the picture", "图片")),
)

VARIANTS = _INPUTS + _PICTURES + _TEXTS + _TYPE_LISTS + _ALARMS + _URLS


# Faults of parameters that a contract has by its tables alone: of another type, or missing where they are required.


_WRONG: Mapping[str, tuple[tuple[str, Json], ...]] = {
    "string": (("number", 1), ("list", ["text"]), ("object", {"value": "text"}), ("true", True)),
    "boolean": (("text-true", "true"), ("one", 1), ("list", [True]), ("object", {"value": True})),
    "array": (("text", "text"), ("number", 1), ("object", {"value": "text"})),
    "integer": (("text", "1"), ("fraction", 1.5), ("list", [1]), ("object", {"value": 1})),
    "number": (("text", "1"), ("list", [1.5]), ("object", {"value": 1.5})),
    "object": (("text", "text"), ("list", [{}])),
}
"""Values of another type, by the documented one, the plainest mistake first."""


def variants(contract: Contract) -> tuple[Variant, ...]:
    """The faults of the parameters of one contract; none where the kit knows all of them by name."""
    found: list[Variant] = []
    for row in member_rows(contract.page):
        found += [
            Variant(f"{row.name}.{WRONG_TYPE}", name, _with(row.name, value))
            for name, value in _WRONG[member_type(row)]
        ]
        if is_required(row):
            found.append(Variant(f"{row.name}.{ABSENT}", "left-out", _without(row.name)))
    return tuple(found)


def _with(name: str, value: Json) -> Breaks:
    return lambda valid, _form: with_members(valid, {**valid.members, name: value}, picture=True)


def _without(name: str) -> Breaks:
    def breaks(valid: Valid, _form: int) -> Request:
        rest = {member: value for member, value in valid.members.items() if member != name}
        return with_members(valid, rest, picture=True)

    return breaks
