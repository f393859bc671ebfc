"""What the documents say, as all of the reference uses it: JSON, the checks of a request, errors, and each edition.

An edition is data, not code: `editions/*.toml`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Mapping


Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


# The checks of a request that an implementation may leave out, by name.


Check: TypeAlias = Literal[
    "path-end",
    "method",
    "token-given",
    "token-filled",
    "token-valid",
    "signature",
    "project",
    "member-required",
    "member-type",
    "body-length",
    "media-type",
    "byte-order-mark",
    "input-single",
    "type-list-type",
    "type-list-values",
    "type-list-honoured",
    "alarm-type",
    "base64-length",
    "base64-prefix",
    "format",
    "minimum-side",
    "maximum-side",
    "url-redirect",
]
"""The checks that can be left out one by one."""


class Checks(Protocol):
    """Says which checks are made; a behaviour is one."""

    def checks(self, name: Check) -> bool:
        """Whether a check is made."""


# The error codes that a request can provoke here, with the documented texts.
#
# Source: the page of error codes (modules OCR, ModelArts, APIG). The page gives one status, 400, for errors of the
# service; the statuses of the platform's and gateway's codes are not documented and follow HTTP's own meaning.


SUCCEEDED = "AIS.0000"
INVALID_PARAMETER = "AIS.0101"
FORMAT_NOT_SUPPORTED = "AIS.0102"
SIZE_NOT_MET = "AIS.0103"
NOT_RECOGNISED = "AIS.0104"
RECOGNITION_FAILED = "AIS.0105"
BIT_DEPTH_NOT_SUPPORTED = "AIS.0106"
TOKEN_EMPTY = "ModelArts.4101"
TOKEN_INVALID = "ModelArts.4103"
LENGTH_INVALID = "ModelArts.4104"
NOT_JSON = "ModelArts.4105"
NO_PERMISSION = "ModelArts.4203"
URL_NOT_ALLOWED = "ModelArts.4601"
URL_FAILED = "ModelArts.4603"
NO_SUCH_API = "APIG.0101"
SIGNATURE_INVALID = "APIG.0301"
TOO_MANY_REQUESTS = "APIG.0308"

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        SUCCEEDED: "Succeeded.",
        INVALID_PARAMETER: "The input parameter is invalid.",
        FORMAT_NOT_SUPPORTED: "The image format is not supported.",
        SIZE_NOT_MET: "The image size does not meet the requirements.",
        NOT_RECOGNISED: "The image is not supported or the image quality is poor.",
        RECOGNITION_FAILED: "Recognition failed.",
        BIT_DEPTH_NOT_SUPPORTED: "The image bit depth is not supported.",
        TOKEN_EMPTY: "Token header cannot be empty.",
        TOKEN_INVALID: "Invalid Token header.",
        LENGTH_INVALID: "Invalid Request Content Length.",
        NOT_JSON: "The JSON format of the input data is incorrect.",
        NO_PERMISSION: "Access denied! You do not have permission.",
        URL_NOT_ALLOWED: "The URL is not allowed.",
        URL_FAILED: "Obtaining the file from the URL failed.",
        NO_SUCH_API: "The API does not exist or has not been published in the environment.",
        SIGNATURE_INVALID: "Incorrect IAM authentication information: verify aksk signature fail.",
        TOO_MANY_REQUESTS: (
            "The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:1 minute."
        ),
    }
)

_STATUSES: Mapping[str, int] = MappingProxyType(
    {
        TOKEN_EMPTY: 401,
        TOKEN_INVALID: 401,
        SIGNATURE_INVALID: 401,
        NO_PERMISSION: 403,
        NO_SUCH_API: 404,
        LENGTH_INVALID: 413,
        TOO_MANY_REQUESTS: 429,
    }
)
_DEFAULT_STATUS = 400


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is refused: the code, its text and the HTTP status that carries them.

    `cause` names what was wrong, finer than the code does; it is not sent.
    """

    code: str
    message: str
    status: int
    cause: str


class RefusedError(Exception):
    """Ends the handling of a call with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code} ({refusal.cause})")
        self.refusal = refusal


def refused(code: str, cause: str, status: int | None = None) -> RefusedError:
    """The error to raise for a documented code; `status` overrides the code's usual one."""
    refusal = Refusal(code, MESSAGES[code], _STATUSES.get(code, _DEFAULT_STATUS), cause)
    return RefusedError(refusal if status is None else replace(refusal, status=status))


Answers: TypeAlias = Literal["tickets", "document", "fields"]

_DOWNLOAD_S = 10.0
"""The documents say that a slow download fails the call, and do not say when."""

DEFAULT_EDITIONS = (
    "auto-classification-v1.0",
    "auto-classification-v2-2021",
    "auto-id-doc-classification-v2",
)


@dataclass(frozen=True, slots=True)
class TicketContent:
    """The members of `content` for one ticket type, from that ticket's page.

    `fields` are strings that are always given; `optional` strings are given where the document shows them; `lists`
    maps a list to the string members of its entries; `objects` are nested objects, `{}` where nothing was read.
    `confidence` tells whether the page lists a confidence for each field. `flags` are booleans and `texts` lists of
    strings that are always given; `switched` maps a switch to the strings that it adds.
    """

    fields: tuple[str, ...]
    optional: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    objects: tuple[str, ...]
    confidence: bool
    flags: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    switched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of several kinds of a result: its member `by` has one of `values`, and it has `members` of those of all.

    It answers a request that has the parameters of `request`, or a picture of a document of the type `shows`.
    """

    name: str
    by: str
    values: tuple[str, ...]
    members: frozenset[str]
    request: Mapping[str, Any]
    shows: str | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What an added operation answers and asks: the schema of its success, and its parameters with their JSON type.

    `required` are the parameters that a request needs; `owners` are the requirements of keywords, by the place of the
    schema that holds them; `stated` are the names of all requirements that are the contract's own; `kinds` are those of
    its result, where there are several.
    """

    success: Mapping[str, Any]
    parameters: Mapping[str, str]
    required: frozenset[str]
    owners: Mapping[str, Mapping[str, Any]]
    stated: frozenset[str]
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """One documented operation.

    `picture` names the body parameter that holds the base64 text. Sides are in pixels, both bounds allowed;
    `maximum_base64` counts characters. `types` are the documented values, in the order of the page; `formats` those of
    files by their names in Pillow. A download may take `download_s` seconds. `groups` are further names in a type_list,
    with the types that they stand for; `switches` are those of `extended_parameters` by ticket type or group, with
    their JSON type; `detects_seals` says whether there is `detect_seal`. `shape` is that of an
    operation that answers fields.
    """

    id: str
    path: str
    answers: Answers
    picture: str
    types: tuple[str, ...]
    formats: tuple[str, ...]
    minimum_side: int
    maximum_side: int
    maximum_base64: int
    contents: Mapping[str, TicketContent]
    filterable: bool
    alarms: bool
    bit_depth_code: bool
    download_s: float
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    switches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    detects_seals: bool = False
    shape: Shape | None = None

    def match(self, path: str) -> re.Match[str] | None:
        """Whether a request path is this operation's; group `project_id` where the path has one."""
        pattern = re.escape(self.path).replace(r"\{project_id\}", "(?P<project_id>[^/]+)")
        return re.fullmatch(pattern, path)


@cache
def load_edition(edition_id: str) -> Edition:
    """One edition that ships with the package: read once in a process.

    Raises ValueError where no edition has this id.
    """
    table = _table(edition_id)
    contents = {name: _content(entry) for name, entry in table.get("tickets", {}).items()}
    return Edition(
        id=edition_id,
        path=table["path"],
        answers=cast("Answers", table["answers"]),
        picture=table["picture"],
        types=tuple(table.get("types", contents)),
        formats=tuple(table["formats"]),
        minimum_side=table["minimum_side"],
        maximum_side=table["maximum_side"],
        maximum_base64=table["maximum_base64"],
        contents=MappingProxyType(contents),
        filterable=table["answers"] == "tickets",
        alarms=table["answers"] == "document",
        bit_depth_code=table.get("bit_depth_code", False),
        download_s=table.get("download_s", _DOWNLOAD_S),
        groups=MappingProxyType({name: tuple(types) for name, types in table.get("groups", {}).items()}),
        switches=MappingProxyType(table.get("switches", {})),
        detects_seals=table.get("detects_seals", False),
    )


def _table(edition_id: str) -> dict[str, Any]:
    """The data of an edition, on top of that of the edition that it extends."""
    source = files("conformance.reference").joinpath("editions", f"{edition_id}.toml")
    if not source.is_file():
        raise ValueError(f"no edition is named {edition_id!r}; known are {', '.join(edition_ids())}")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    if "extends" not in table:
        return table
    before = _table(table["extends"])
    changed = table.get("tickets", {})
    tickets = {name: {**entry, **changed.get(name, {})} for name, entry in before.get("tickets", {}).items()}
    return {**before, **table, "tickets": tickets}


def edition_ids() -> tuple[str, ...]:
    """The ids of all editions that ship with the package, sorted."""
    folder = files("conformance.reference").joinpath("editions")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def _content(entry: dict[str, object]) -> TicketContent:
    return TicketContent(
        fields=_names(entry.get("fields", [])) + _names(entry.get("more", [])),
        optional=_names(entry.get("optional", [])),
        lists=_named_lists(entry.get("lists", {})),
        objects=_names(entry.get("objects", [])),
        confidence=bool(entry.get("confidence", False)),
        flags=_names(entry.get("flags", [])),
        texts=_names(entry.get("texts", [])),
        switched=_named_lists(entry.get("switched", {})),
    )


def _named_lists(value: object) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({name: tuple(members) for name, members in cast("dict[str, list[str]]", value).items()})


def _names(value: object) -> tuple[str, ...]:
    return tuple(cast("list[str]", value))
