"""What the two pages promise of an answer, as constants, and how a second opinion on an answer is put.

It imports nothing of `conformance/judging`: the pages' tables stand here on their own, the fields of a ticket are read
from the rows in `schemas/tickets/*.toml` and the texts of codes from `schemas/errors.toml`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from conformance.exchange import Exchange

Level: TypeAlias = Literal["none", "should", "must"]
LEVELS: tuple[Level, ...] = ("none", "should", "must")

SCHEMAS = Path(__file__).parents[2] / "schemas"
TYPES = frozenset({
    "vat_invoice", "taxi_invoice", "flight_itinerary", "mvs_invoice", "id_card_portrait_side",
    "driver_license_front", "vehicle_license_front", "transportation_license", "quota_invoice", "train_ticket",
    "toll_invoice", "passport", "id_card_emblem_side", "driver_license_back", "vehicle_license_back", "bankcard",
})  # fmt: skip
"""Table 2 of the ticket page."""
DOCUMENTS = frozenset({
    "peru_id_card", "cambodian_id_card", "hongkong_id_card", "macao_id_card", "myanmar_driver_license",
    "myanmar_id_card", "passport", "thailand_id_card", "id_card",
})  # fmt: skip
"""Table 5, type, of the page of identity documents."""
CONDITIONS = (
    "blur", "glare", "blocking_within_border", "insufficient_lighting", "copy", "border_integrity", "reproduce",
)  # fmt: skip
"""Tables 6 and 7 of the same page."""
GATEWAY = frozenset({401, 403, 404, 405, 411, 413, 415, 429})
"""Statuses that something in front of the service may answer, in a shape of its own; so are all of 500 and above."""
CREDENTIALS = frozenset({"ModelArts.0203", "ModelArts.4101", "ModelArts.4102", "ModelArts.4103", "ModelArts.4106",
                         "ModelArts.4203", "APIG.0301", "APIGW.0301"})  # fmt: skip
NOTHING_FOUND = frozenset({"AIS.0104", "AIS.0105"})
CODE = re.compile(r"(AIS|ModelArts|APIGW?)\.[0-9]{4}")


_DOWNLOAD = frozenset({
    "AIS.0101", "AIS.0102", "ModelArts.4402", "ModelArts.4601", "ModelArts.4603", "ModelArts.4702", "ModelArts.4703",
    "ModelArts.4704", "ModelArts.4705", "ModelArts.4706", "APIG.0201",
})  # fmt: skip
_DEPTH, _FORMAT, _PARAMETER = frozenset({"AIS.0102", "AIS.0106"}), frozenset({"AIS.0102"}), frozenset({"AIS.0101"})
OPEN = {
    "picture.frames": _FORMAT, "picture.depth": _DEPTH, "picture.colour": _DEPTH, "picture.passes": _DEPTH,
    "picture.base64-dialect": _FORMAT | _PARAMETER, "parameter.null": _PARAMETER | {"ModelArts.4105"},
    "content-type.other": _PARAMETER | {"ModelArts.4105"}, "type-list.unknown": _PARAMETER,
    "type-list.empty": _PARAMETER, "url.redirect": _DOWNLOAD, "url.mislabelled": _DOWNLOAD,
    "url.not-encoded": _DOWNLOAD, "url.slow": _DOWNLOAD,
}  # fmt: skip
"""What the pages leave open in a request, and the codes of the page of error codes whose meaning fits a refusal."""


@dataclass(frozen=True)
class Case:
    """An exchange, the same request without its fault, and the requirement that is open for it, if there is one.

    `contract` is the id; `open` names what the pages leave open in the request.
    """

    contract: str
    exchange: Exchange
    control: Exchange | None = None
    open: str | None = None

    @property
    def tickets(self) -> bool:
        """Whether it is the operation that answers a list of tickets."""
        return self.contract.startswith("auto-classification")

    def asked(self) -> list[str] | None:
        """The ticket types that the request lists; None where it asks for all."""
        try:
            sent = json.loads(self.exchange.request.body)
        except ValueError:
            return None
        asked = sent.get("type_list") if isinstance(sent, dict) else None
        return asked if isinstance(asked, list) and asked else None

    def readable_specimens(self) -> list[Any]:
        """What can be read on the picture, and was asked for."""
        truth, asked = self.exchange.truth, self.asked()
        documents = truth.documents if truth is not None else ()
        return [one for one in documents if one.readable and (asked is None or one.type in asked)]


@dataclass(frozen=True)
class Breach:
    """A promise that the answer breaks.

    `names` are the requirements that may say so, `*` standing for anything. A finding has to have at least the level
    `least`, and more than `most` nothing in the pages supports.
    """

    promise: str
    names: tuple[str, ...]
    least: Level = "must"
    most: Level = "must"


class Whole(Decimal):
    """An integer of so many digits that Python makes no int of it."""


class Twice(dict[str, Any]):
    """An object that names a key twice."""


class _NotJsonError(ValueError):
    pass


def parse(body: bytes) -> Any:
    """The JSON value of a body, numbers with a point or exponent as Decimal. Raises ValueError."""

    def members(found: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(found)
        return value if len(value) == len(found) else Twice(value)

    def refused(constant: str) -> Any:
        raise _NotJsonError(constant)

    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=members,
            parse_constant=refused,
            parse_float=Decimal,
            parse_int=lambda text: int(text) if len(text) < 4000 else Whole(text),
        )
    except RecursionError as error:
        raise _NotJsonError("too deep") from error


def is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    return isinstance(value, int) or value == value.to_integral_value()


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def code_of(entry: dict[str, Any]) -> Any:
    status = entry.get("status")
    return status.get("error_code") if isinstance(status, dict) else None


def everything(value: Any) -> Iterator[Any]:
    """A value and everything in it."""
    stack = [value]
    while stack:
        each = stack.pop()
        yield each
        stack += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()


@cache
def codes() -> dict[str, dict[str, Any]]:
    """The codes that some page lists or prints; a text of which a part varies says nothing about a message."""
    listed: dict[str, dict[str, Any]] = tomllib.loads((SCHEMAS / "errors.toml").read_text("utf-8"))["code"]
    return {code: row if "variable" not in row else {**row, "message": None} for code, row in listed.items()}


@cache
def _rows() -> dict[str, dict[str, dict[str, Any]]]:
    pages = [tomllib.loads(path.read_text("utf-8")) for path in (SCHEMAS / "tickets").glob("*.toml")]
    rows = {page["type"]: page["v1.0"]["fields"] for page in pages if "page" in page}
    # The page of a document with two sides has one table for both.
    return {page["type"]: rows.get(page.get("other-side"), {}) | rows[page["type"]] for page in pages if "page" in page}


def fields_of(kind: Any) -> dict[str, dict[str, Any]]:
    return _rows().get(kind, {}) if isinstance(kind, str) else {}
