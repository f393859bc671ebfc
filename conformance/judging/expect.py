"""Reads a finished request and says what a contract allows for it. It knows nothing of who made the request."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from conformance.contract.contract import Contract, contract_from
from conformance.contract.schemas import ABSENT, WRONG_TYPE, is_required, member_rows, member_type
from conformance.exchange import PROJECT_SLOT, Request
from conformance.images.sniff import Sniffed
from conformance.judging.body import Body, Json, is_type, read_body
from conformance.judging.inputs import Reading, read_input

Decision: TypeAlias = Literal["accept", "reject", "either"]

SPELLED_START, SPELLED_END = 4096, 256
"""Bytes at both ends of a body that show how its JSON is spelled."""

_PROJECT_ID = re.compile(r"[0-9a-f]{32}")
_ENTERPRISE_ID = re.compile(r"0|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNKNOWN_CREDENTIALS = "nobody knows whether the credentials are good"
_AUTH_FAULTS = {
    "absent": "token.absent",
    "empty": "token.empty",
    "garbage": "token.garbage",
    "expired": "token.expired",
    "other-project": "token.other-project",
    "bad-signature": "token.bad-signature",
    "skewed-date": "token.bad-signature",
    "changed-body": "token.bad-signature",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a contract allows for one request.

    `accept`: nothing is wrong with it. `reject`: `faults` are wrong with it, and a refusal may carry any of `codes`.
    `either`: the documents leave it open, for `reasons`; `opens` are the reasons that have an id in the catalogue of
    faults, `settled` what is to be accepted because a position says so and nothing else does. `features` are what it
    shows a target to accept, and the ids of everything that a position may settle.
    `type_list`, `alarm` and `picture` are what it asks for, read from its body; `members` are the names in it.
    """

    decision: Decision
    faults: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    opens: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()
    settled: frozenset[str] = frozenset()
    type_list: tuple[str, ...] | None = None
    alarm: bool = False
    picture: Sniffed | None = None
    members: frozenset[str] = frozenset()


def expect(request: Request, contract: Contract | str | Path, *, read: Body | None = None) -> Expectation:
    """Read the bytes and slots of `request`: accept, reject with the faults found, or either with the reasons.

    The contract may be given by its id or its folder; `read` is what `read_body` makes of the request's body, where
    that is at hand. Raises DataError for an unknown contract, and for other values.
    """
    contract = contract_from(contract)
    seen = Reading(contract, request.pictures)
    _read_line(request, seen)
    _read_headers(request, seen)
    data = request.body
    if data.startswith(codecs.BOM_UTF8):
        data, read = data.removeprefix(codecs.BOM_UTF8), None
        seen.settle("body.byte-order-mark")
    body = read_body(data) if read is None else read
    if not body.readable:
        seen.faults.add(_body_fault(data))
    elif not isinstance(body.value, dict):
        seen.faults.add("body.not-object")
    else:
        seen.decoded = body.decoded
        _read_parameters(body.value, len(data), seen)
        _read_spelling(data, body.value, body.repeated_keys, seen)
    faults = frozenset(seen.faults)
    decision: Decision = "reject" if faults else "either" if seen.reasons else "accept"
    return Expectation(
        decision=decision,
        faults=faults,
        codes=contract.errors.allowed(faults),
        features=frozenset(seen.features),
        opens=frozenset(seen.opens),
        reasons=tuple(seen.reasons),
        settled=frozenset(seen.settled),
        type_list=seen.type_list,
        alarm=seen.alarm,
        picture=seen.picture,
        members=frozenset(body.value) if isinstance(body.value, dict) else frozenset(),
    )


def _read_line(request: Request, seen: Reading) -> None:
    page = seen.contract.page
    if request.method != page.method:
        seen.faults.add("method.wrong")
    path, _, query = request.path.partition("?")
    if query:
        seen.settle("path.query")
    if path != "/" and path.endswith("/"):
        path = path.rstrip("/")
        seen.settle("path.slash")
    if path == page.path:
        return
    ours, theirs = page.path.split("/"), path.split("/")
    differ = [(a, b) for a, b in zip(ours, theirs, strict=False) if a != b]
    if len(ours) != len(theirs) or [a for a, _ in differ] != [PROJECT_SLOT]:
        seen.faults.add("path.unknown")
    elif seen.contract.position("credentials.checked", "yes") == "no":
        seen.features.add("credentials.unchecked")
        seen.settled.add("credentials.unchecked")
    elif _PROJECT_ID.fullmatch(differ[0][1]):
        seen.reasons.append("nobody knows whose project the path names")
    else:
        seen.faults.add("project.malformed")


def _read_headers(request: Request, seen: Reading) -> None:
    if request.auth in _AUTH_FAULTS and seen.contract.position("credentials.checked", "yes") == "yes":
        seen.faults.add(_AUTH_FAULTS[request.auth])
    elif request.auth in _AUTH_FAULTS:
        seen.features.add("credentials.unchecked")
        seen.settled.add("credentials.unchecked")
    elif request.auth == "unknown":
        seen.reasons.append(_UNKNOWN_CREDENTIALS)
    media_type = request.header("Content-Type")
    if media_type is None or media_type.partition(";")[0].strip().lower() != "application/json":
        seen.settle("content-type.other")
    elif ";" in media_type:
        seen.features.add("content-type:charset")
    if any(name != "Content-Type" and name.lower() == "content-type" for name, _ in request.headers):
        seen.features.add("headers:respelled")
    enterprise = request.header("Enterprise-Project-Id")
    if enterprise is not None:
        known = _ENTERPRISE_ID.fullmatch(enterprise)
        seen.features.add("enterprise-project:unknown" if known else "enterprise-project:malformed")


def _body_fault(data: bytes) -> str:
    """What is wrong with a body that cannot be read."""
    if not data:
        return "body.empty"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "body.not-utf8"
    return "body.not-json"


def _read_spelling(data: bytes, members: dict[str, Json], repeated: tuple[str, ...], seen: Reading) -> None:
    if repeated:
        seen.settle("body.repeated-key")
    # Pictures hold neither blanks nor escapes, so that the plain spelling of a body has none at its seams.
    if re.search(rb'[\s]["{}:,]|["{}:,\[\]][\s]|\\u', data[:SPELLED_START] + data[-SPELLED_END:]):
        seen.features.add("json:respelled")
    documented = seen.contract.parameters
    given = [name for name in members if name in documented]
    if given != sorted(given, key=documented.index):
        seen.features.add("json:respelled")


def _read_parameters(members: dict[str, Json], length: int, seen: Reading) -> None:
    """`length` is that of the body, in bytes."""
    contract = seen.contract
    if None in members.values() and contract.position("parameter.null", "either") == "absent":
        seen.features.add("parameter.null")
        seen.settled.add("parameter.null")
        members = {name: value for name, value in members.items() if value is not None}
    _read_members(members, seen)
    picture_name = contract.page.picture
    if not picture_name:
        return
    given = [name for name in (picture_name, "url") if name in members]
    other_name = "data" if picture_name == "image" else "image"
    if not given:
        seen.faults.add("picture.wrong-name" if isinstance(members.get(other_name), str) else "input.absent")
    elif all(members[name] is None for name in given):
        seen.faults.add("input.null")
    elif len(given) == 2 and None not in (members[picture_name], members["url"]):
        if seen.settle("input.both", "reject") == "picture-wins":
            if members["url"] == "":
                seen.leave_open("url.empty")
            read_input({picture_name: members[picture_name]}, length, seen)
    else:
        read_input(members, length, seen)
    unoffered = "alarm" if contract.position("alarm.offered", "yes") == "no" else None
    known = [name for name in contract.parameters if name != unoffered]
    if "input.null" not in seen.faults and any(members.get(name, "") is None for name in known):
        seen.settle("parameter.null")
    if any(name not in contract.parameters and name != other_name for name in members):
        seen.settle("parameter.undocumented")
    if "type_list" in contract.parameters:
        _read_type_list(members, seen)
    if "alarm" in contract.parameters:
        _read_alarm(members, seen)
    if "detect_seal" in contract.parameters and isinstance(members.get("detect_seal"), bool):
        seen.features.add(f"detect_seal:{str(members['detect_seal']).lower()}")
    if "pdf_page_number" in contract.parameters:
        _read_pdf_page(members, seen)


def _read_members(members: dict[str, Json], seen: Reading) -> None:
    """Parameters of which only the tables of the contract know: their type, and whether they have to be there."""
    for row in member_rows(seen.contract.page):
        value = members.get(row.name)
        if value is None:
            if is_required(row) and row.name not in members:
                seen.faults.add(f"{row.name}.{ABSENT}")
        elif not is_type(value, member_type(row)):
            seen.faults.add(f"{row.name}.{WRONG_TYPE}")
        else:
            seen.features.add(f"member:{row.name}")


def _read_type_list(members: dict[str, Json], seen: Reading) -> None:
    value = members.get("type_list")
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        seen.faults.add("type-list.wrong-type")
        return
    names = tuple(item for item in value if isinstance(item, str))
    seen.type_list = names
    known = set(seen.contract.types)
    if not names:
        if seen.settle("type-list.empty") == "all":
            seen.type_list = None
    elif not known.issuperset(names):
        seen.settle("type-list.unknown")
    elif len(set(names)) < len(names):
        seen.settle("type-list.repeated")
    else:
        seen.features |= {"type_list", "type_list:all"} if known == set(names) else {"type_list"}


def _read_alarm(members: dict[str, Json], seen: Reading) -> None:
    value = members.get("alarm")
    if seen.contract.position("alarm.offered", "yes") == "no":
        if "alarm" in members:
            seen.leave_open("parameter.undocumented")
    elif isinstance(value, bool):
        seen.alarm = value
        seen.features.add(f"alarm:{str(value).lower()}")
    elif value is not None:
        seen.settle("alarm.wrong-type", "reject")


def _read_pdf_page(members: dict[str, Json], seen: Reading) -> None:
    value = members.get("pdf_page_number")
    if value is None:
        return
    page = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if not page or (seen.picture is not None and seen.picture.format != "PDF"):
        seen.settle("pdf-page.out-of-range")
