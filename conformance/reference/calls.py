"""One call as it arrived, what it asks for, and the reply to it.

Where the documents are silent about parameters these positions are taken: `null` is a value of the wrong type; an empty
`type_list` names no restriction; unknown parameters are ignored; of duplicate keys the last one counts; the number of a
page matters for PDF alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, cast

from conformance.reference.editions import INVALID_PARAMETER, NOT_JSON, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.editions import Checks, Edition, Json, JsonObject


Delivery: TypeAlias = Literal["whole", "chunked", "hang-up", "cut"]
"""How a reply goes out: with its length, in chunks without one, not at all, or only its first half."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrived.

    `headers` has lower-case names; `head` is the request line and the headers as on the wire, empty where the server
    does not tell. `number` counts the calls of this application from 1. `edition` is None where the path is that of no
    operation. `parameters` are those asked for, once read.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    head: bytes
    number: int
    edition: Edition | None = None
    project_id: str | None = None
    body: bytes = b""
    parameters: Parameters | None = None

    @property
    def operation(self) -> Edition:
        """The edition whose operation is called. Raises ValueError where there is none: such a call is refused."""
        if self.edition is None:
            raise ValueError("a call without an edition has no operation to answer it")
        return self.edition


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response: `headers` without the length, which goes with the delivery."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delivery: Delivery = "whole"

    def with_header(self, name: str, value: str) -> tuple[tuple[str, str], ...]:
        """The headers with one of them replaced or added."""
        return (*self.without_header(name), (name, value))

    def without_header(self, name: str) -> tuple[tuple[str, str], ...]:
        """The headers but one."""
        return tuple((key, kept) for key, kept in self.headers if key.lower() != name.lower())


# The body of a call: JSON, then the documented parameters.


_JSON_TYPE = "application/json"
_UNSUPPORTED_MEDIA_TYPE = 415
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "boolean": bool, "array": list, "object": dict, "integer": int, "number": (int, float),
}  # fmt: skip
"""The names of JSON Schema for types."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a call asks for: `picture` (base64 text) or `url`, and not both unless a fault lets that pass.

    `page` counts the pages of a PDF from 1. `switches` are those switched on, by ticket type; those of a type in
    `mistaken` were wrong, which fails its tickets. `everything` asks for what is otherwise left out: a switch of an
    operation that answers fields is on. `asked` are the parameters that such an operation was sent.
    """

    picture: str | None
    url: str | None
    types: frozenset[str] | None = None
    alarm: bool = False
    page: int = 1
    seals: bool = False
    switches: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mistaken: frozenset[str] = frozenset()
    everything: bool = False
    asked: Mapping[str, Json] = field(default_factory=dict)


def check_media_type(headers: Mapping[str, str]) -> None:
    """A body that claims to be something else than JSON is not read; one that claims nothing is.

    Raises RefusedError with ModelArts.4105 and status 415.
    """
    media_type = headers.get("content-type", _JSON_TYPE).partition(";")[0].strip().lower()
    if media_type not in ("", _JSON_TYPE):
        raise refused(NOT_JSON, "media-type", _UNSUPPORTED_MEDIA_TYPE)


def parse_object(body: bytes) -> JsonObject:
    """Read the body as one JSON object in UTF-8.

    Raises RefusedError with ModelArts.4105.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(NOT_JSON, "json-encoding") from error
    try:
        value: Json = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refused(NOT_JSON, "json" if body else "body-empty") from error
    if not isinstance(value, dict):
        raise refused(NOT_JSON, "json-object")
    return value


def read_parameters(body: JsonObject, edition: Edition, behaviour: Checks) -> Parameters:
    """Check the parameters of an operation.

    Raises RefusedError with AIS.0101.
    """
    check_members(body, edition)
    asked = body if edition.shape is not None and edition.shape.kinds else {}
    if not edition.picture:
        return Parameters(picture=None, url=None, asked=asked)
    picture = _text(body, edition.picture, "picture")
    url = _text(body, "url", "url")
    if picture is None and url is None:
        raise refused(INVALID_PARAMETER, "input-given")
    if picture is not None and url is not None and behaviour.checks("input-single"):
        raise refused(INVALID_PARAMETER, "input-single")
    switches, mistaken = _extended(body, edition)
    return Parameters(
        picture=picture,
        url=url,
        types=_types(body, edition, behaviour) if edition.filterable else None,
        alarm=_alarm(body, behaviour) if edition.alarms else False,
        page=_page(body) if "PDF" in edition.formats else 1,
        seals=_seals(body) if edition.detects_seals else False,
        everything=edition.shape is not None and any(body.get(name) is True for name in edition.shape.parameters),
        asked=asked,
        switches=switches,
        mistaken=mistaken,
    )


def check_members(body: JsonObject, edition: Edition) -> None:
    """Refuse a parameter of another type than documented, and the lack of one that is required: AIS.0101."""
    shape = edition.shape
    if shape is None:
        return
    for name in shape.required:
        if name not in body:
            raise refused(INVALID_PARAMETER, "member-required")
    for name, kind in shape.parameters.items():
        if name in body and not is_type(body[name], kind):
            raise refused(INVALID_PARAMETER, "member-type")


def _text(body: JsonObject, name: str, role: str) -> str | None:
    if name not in body:
        return None
    value = body[name]
    if value is None:
        raise refused(INVALID_PARAMETER, f"{role}-null")
    if not isinstance(value, str):
        raise refused(INVALID_PARAMETER, f"{role}-type")
    if not value:
        raise refused(INVALID_PARAMETER, f"{role}-empty")
    return value


def _types(body: JsonObject, edition: Edition, behaviour: Checks) -> frozenset[str] | None:
    if "type_list" not in body or not behaviour.checks("type-list-honoured"):
        return None
    value = body["type_list"]
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        names = frozenset(cast("list[str]", value))
        if not names <= {*edition.types, *edition.groups} and behaviour.checks("type-list-values"):
            raise refused(INVALID_PARAMETER, "type-list-values")
        return names.union(*(edition.groups.get(name, ()) for name in names)) or None
    if behaviour.checks("type-list-type"):
        raise refused(INVALID_PARAMETER, "type-list-type")
    return frozenset({value}) if isinstance(value, str) else None


def _alarm(body: JsonObject, behaviour: Checks) -> bool:
    value = body.get("alarm", False)
    if not isinstance(value, bool) and behaviour.checks("alarm-type"):
        raise refused(INVALID_PARAMETER, "alarm-type")
    return bool(value)


def _page(body: JsonObject) -> int:
    value = body.get("pdf_page_number", 1)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise refused(INVALID_PARAMETER, "pdf-page")
    return value


def _seals(body: JsonObject) -> bool:
    value = body.get("detect_seal", False)
    if not isinstance(value, bool):
        raise refused(INVALID_PARAMETER, "detect-seal-type")
    return value


def _extended(body: JsonObject, edition: Edition) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """The switches that are on by ticket type, and the types of which one is wrong, which fails their tickets.

    A strange type fails the call.
    """
    value = body.get("extended_parameters", {})
    if not edition.switches:
        return {}, frozenset()
    if not isinstance(value, dict) or not value.keys() <= edition.switches.keys():
        raise refused(INVALID_PARAMETER, "extended-parameters")
    switches: dict[str, frozenset[str]] = {}
    mistaken: set[str] = set()
    for name, given in value.items():
        types = edition.groups.get(name, (name,))
        if isinstance(given, dict) and _fits(given, edition.switches[name]):
            switches |= dict.fromkeys(types, frozenset(switch for switch, on in given.items() if on is True))
        else:
            mistaken |= set(types)
    return switches, frozenset(mistaken)


def _fits(given: JsonObject, known: Mapping[str, str]) -> bool:
    return all(name in known and is_type(value, known[name]) for name, value in given.items())


def is_type(value: Json, kind: str) -> bool:
    """Whether a value is of a type, as JSON Schema names it; of an unknown one is whatever is not a boolean."""
    if kind != "boolean" and isinstance(value, bool):
        return False
    return isinstance(value, _KINDS.get(kind, object))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
