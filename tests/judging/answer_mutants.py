"""Takes recorded answers apart, member by member: every mutant is one small change of one answer.

The changes are of kinds: members dropped, renamed and retyped, numbers, strings, lists, places, confidences, alarms,
codes exchanged, statuses, bytes, headers, answers swapped. Nothing here knows what is right or wrong about them.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeAlias

from promises import CONDITIONS, Case

from conformance.exchange import Response

Path_: TypeAlias = "tuple[str | int, ...]"


class Raw(str):
    """A number as it is written, for what Python would write otherwise or cannot hold."""

    def __new__(cls, text: str) -> Raw:
        return super().__new__(cls, f"<{text}>")


_LONGEST = 20_000
"""Bytes of an answer that is changed a second time."""

_RAW = re.compile(r'"<(-?[0-9][0-9.eE+-]*)>"')


@dataclass(frozen=True)
class Mutant:
    """One changed exchange, what kind of change it is, and what was changed."""

    kind: str
    what: str
    base: int
    case: Case

    def __str__(self) -> str:
        return f"{self.case.contract} {self.base} {self.kind}: {self.what}"


def mutants(cases: list[Case]) -> Iterator[Mutant]:
    """All mutants of these answers, in an order that never changes."""
    for index, case in enumerate(cases):
        response = case.exchange.response
        if response is None:
            continue
        answer = json.loads(response.body)
        for kind, what, changed in _of_answer(answer):
            yield Mutant(kind, what, index, _answered(case, replace(response, body=_written(changed))))
        for kind, what, other in _of_response(response, answer):
            yield Mutant(kind, what, index, _answered(case, other))
        for kind, what, other in of_open_input(case) if case.open is not None else ():
            yield Mutant(kind, what, index, _answered(case, other))
        for at, swapped in enumerate(cases):
            if at != index and swapped.exchange.response is not None:
                yield Mutant("swapped", f"the answer of {at}", index, _answered(case, swapped.exchange.response))
        if case.control is not None and case.control.response is not None and "error_code" in answer:
            delivered = answer | json.loads(case.control.response.body)
            for status in (200, 400, 401, 403):
                other = replace(response, status=status, body=_written(delivered))
                yield Mutant("delivered", f"{status}, error and result", index, _answered(case, other))


def changed_twice(made: list[Mutant], count: int, seed: int) -> Iterator[Mutant]:
    """So many of these mutants with a second change in what the first one left, drawn by `seed`."""
    drawn = random.Random(seed)
    for _ in range(count):
        mutant = drawn.choice(made)
        response, skipped = mutant.case.exchange.response, drawn.randrange(400)
        try:
            answer = json.loads(response.body) if response is not None else None
        except (ValueError, RecursionError):
            continue
        if response is None or not isinstance(answer, dict) or len(response.body) > _LONGEST:
            continue
        for kind, what, changed in islice(_of_answer(answer), skipped, skipped + 1):
            other = replace(response, body=_written(changed))
            yield Mutant(
                "twice", f"{mutant.kind} {mutant.what}; {kind} {what}", mutant.base, _answered(mutant.case, other)
            )


def of_open_input(case: Case) -> Iterator[tuple[str, str, Response]]:
    """Answers to an input that is left open: what its control got, taken apart, and refusals with every code."""
    control = case.control.response if case.control is not None else None
    if control is None:
        return
    answer = json.loads(control.body)
    result = answer["result"]
    listed = result if isinstance(result, list) else [result]
    changed: dict[str, list[Any]] = {
        "as the control": listed, "nothing": [],
        "a type of another": [entry | {"type": "bankcard"} for entry in listed],
        "half the place": [entry | {"location": [[x // 9, y // 9] for x, y in entry["location"]]} for entry in listed],
        "failed": [entry | {"status": {"error_code": "AIS.0104", "error_msg": "x"}, "content": {}} for entry in listed],
        "one of two": listed[1:], "an empty object": [{}],
    }  # fmt: skip
    for name, entries in changed.items():
        value = entries if isinstance(result, list) else entries[0] if entries else {}
        yield "open", name, replace(control, body=_written({"result": value}))
    for code in (*_CODES, "ModelArts.4102", "ModelArts.4601", "ModelArts.4104", "AIS.0118"):
        for status in (200, 400, 404, 415, 422, 500):
            failed = _written({"error_code": code, "error_msg": "x"})
            yield "open", f"{status} {code}", replace(control, status=status, body=failed)


def _answered(case: Case, response: Response) -> Case:
    return replace(case, exchange=replace(case.exchange, answer=response))


def _written(value: Any) -> bytes:
    return _RAW.sub(r"\1", json.dumps(value, ensure_ascii=False)).encode()


def places(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place of a JSON value."""
    yield at
    entries: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in entries:
        yield from places(below, (*at, key))


def at_place(value: Any, at: Path_) -> Any:
    """What stands at a place."""
    for step in at:
        value = value[step]
    return value


def _with(value: Any, at: Path_, change: Callable[[Any, Any], object]) -> Any:
    """A copy in which the parent of a place was changed; `change` gets the parent and the last step."""
    if isinstance(value, dict):
        copied: Any = dict(value)
    elif isinstance(value, list):
        copied = list(value)
    else:
        return value
    if len(at) == 1:
        change(copied, at[0])
    else:
        copied[at[0]] = _with(value[at[0]], at[1:], change)
    return copied


def _put(other: Any) -> Callable[[Any, Any], object]:
    return lambda parent, step: parent.__setitem__(step, other)


_RETYPED: tuple[Any, ...] = (None, True, False, 0, 1, -1, 1.5, "", " ", "x", [], {}, ["x"], {"x": 1})
_NUMBERS: tuple[Any, ...] = (
    -1, 0, 1, 99, 100, -0.1, 0.5, 1.0001, 98.0, 1_000_000_000, 2_147_483_647, -(10**10), 10**400, Raw("1e400"),
    Raw("-1e400"), Raw("5e-324"), Raw("1e-400"), Raw("1E2"), Raw("9" * 5000),
)  # fmt: skip
_STATUSES = (200, 201, 202, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 413, 415, 418, 422, 429, 500, 502, 503)
_CODES = (
    "AIS.0000", "AIS.0005", "AIS.0101", "AIS.0102", "AIS.0103", "AIS.0104", "AIS.0105", "AIS.0106", "AIS.4242",
    "AS.0001", "ModelArts.0203", "ModelArts.4101", "ModelArts.4105", "ModelArts.4204", "ModelArts.4603", "APIG.0101",
    "APIGW.0301", "APIG.0308", "E101", "0103", "ais.0101", "AIS.0101 ", "",
)  # fmt: skip


def _of_answer(answer: Any) -> Iterator[tuple[str, str, Any]]:
    for at in places(answer):
        if not at:
            continue
        value, where = at_place(answer, at), "/".join(map(str, at))
        yield "dropped", where, _with(answer, at, lambda parent, step: parent.pop(step))
        if isinstance(at[-1], str):
            yield from _renamed(answer, at, value, where)
        for other in _RETYPED:
            if type(other) is not type(value) or isinstance(value, dict | list):
                yield "retyped", f"{where} {json.dumps(other)}", _with(answer, at, _put(other))
        yield "retyped", f"{where} in a list", _with(answer, at, _put([value]))
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**6:
            for other in (*_NUMBERS, value + 0.25, float(value), str(value), -value):
                yield "number", f"{where} {str(other)[:12]}", _with(answer, at, _put(other))
        elif isinstance(value, str):
            yield from _strings(answer, at, value, where)
        elif isinstance(value, list):
            yield from _lists(answer, at, value, where)
        if at[-1] == "location" and _is_place(value):
            for name, other in _moved(value):
                yield "place", f"{where} {name}", _with(answer, at, _put(other))
        if at[-1] == "content" and isinstance(value, dict):
            for name, other in _contents(value):
                yield "content", f"{where} {name}", _with(answer, at, _put(other))
    yield from _top(answer)


def _renamed(answer: Any, at: Path_, value: Any, where: str) -> Iterator[tuple[str, str, Any]]:
    def named(name: str) -> Any:
        def change(parent: Any, step: Any) -> None:
            del parent[step]
            parent[name] = value

        return _with(answer, at, change)

    for name in (f"{at[-1]}_", str(at[-1]).upper(), f" {at[-1]}"):
        yield "renamed", f"{where} {name}", named(name)


def _strings(answer: Any, at: Path_, value: str, where: str) -> Iterator[tuple[str, str, Any]]:
    for other in ("", " ", f"{value} ", value.upper(), value.lower(), f"{value}\n", "\ud7ff样本", "长期", "x" * 300):
        yield "string", f"{where} {other[:20]!r}", _with(answer, at, _put(other))
    if at[-1] == "error_code":
        for code in _CODES:
            yield "code", f"{where} {code}", _with(answer, at, _put(code))
    if at[-1] == "type":
        for kind in ("bankcard", "quota_invoice", "id_card", "passport", "vat_roll_invoice", "Id_Card"):
            yield "type", f"{where} {kind}", _with(answer, at, _put(kind))


def _lists(answer: Any, at: Path_, value: list[Any], where: str) -> Iterator[tuple[str, str, Any]]:
    last = copy.deepcopy(value[-1:])
    changed = {
        "reversed": value[::-1], "last twice": [*value, *last], "without first": value[1:], "nested": [value],
        "rotated": [*value[1:], *value[:1]], "with null": [*value, None], "with object": [*value, {}],
    }  # fmt: skip
    for name, other in changed.items():
        if other != value:
            yield "list", f"{where} {name}", _with(answer, at, _put(other))


def _is_place(value: Any) -> bool:
    """Whether it is four corners that can be moved."""
    pairs = value if isinstance(value, list) and len(value) == 4 else [None]
    return all(
        isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and n < 10**6 for n in pair) for pair in pairs
    )


def _moved(corners: list[Any]) -> Iterator[tuple[str, Any]]:
    def each(change: Callable[[int, int], list[Any]]) -> list[Any]:
        return [change(x, y) for x, y in corners]

    first, second, third, fourth = corners
    yield "far", each(lambda x, y: [x + 10**9, y + 10**9])
    yield "far off", each(lambda x, y: [x + 10**12, y])
    yield "beyond", each(lambda x, y: [x + 20_000, y + 20_000])
    yield "negative", each(lambda x, y: [x - 20_000, y])
    yield "five left", each(lambda x, y: [x - 40, y])
    yield "half", each(lambda x, y: [x // 2, y // 2])
    yield "double", each(lambda x, y: [x * 2, y * 2])
    yield "swapped axes", each(lambda x, y: [y, x])
    yield "thousandths", each(lambda x, y: [x / 1000, y / 1000])
    yield "floats", each(lambda x, y: [float(x), float(y)])
    yield "objects", each(lambda x, y: [{"x": x, "y": y}])
    yield "strings", each(lambda x, y: [str(x), str(y)])
    yield "flat", [number for corner in corners for number in corner]
    yield "counter-clockwise", [first, fourth, third, second]
    yield "crossed", [first, third, second, fourth]
    yield "a point", [first] * 4
    yield "a line", [first, third, first, third]
    for corner in range(4):
        for number in (-1, -9, 10**6, 10**9, 10**10, 10**400, Raw("1e400"), Raw("-1e400"), Raw("1e9"), None):
            moved = [list(each) for each in corners]
            moved[corner][corner % 2] = number
            yield f"corner {corner} {str(number)[:9]}", moved


def _contents(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    confidence = content["confidence"] if isinstance(content.get("confidence"), dict) else {}
    yield "empty", {}
    yield "confidence only", {"confidence": confidence}
    yield (
        "of a bank card",
        {"bank_name": "x", "card_number": "1", "type": "Debit Card", "confidence": {"bank_name": 0.9}},
    )
    yield "of nothing known", {"text": "x", "confidence": {}}
    yield "with more", content | {"seen_by": "x"}
    empties: tuple[Any, ...] = ("", " ", None, [], {})
    for empty in empties:
        said = {name: empty for name in content if name != "confidence"}
        yield f"all {json.dumps(empty)}", said | {"confidence": {}}
        yield f"all {json.dumps(empty)} with confidence", said | {"confidence": confidence}
        yield f"all {json.dumps(empty)} without", said
    scores: tuple[Any, ...] = (None, "0.9", True, -0.1, 2, Raw("1e400"), Raw("5e-324"), [], {})
    for number in scores:
        yield f"confidences {number!r:.9}", content | {"confidence": dict.fromkeys(confidence, number)}


def _top(answer: Any) -> Iterator[tuple[str, str, Any]]:
    extra: dict[str, Any] = {
        "error_code null": {"error_code": None}, "error_code empty": {"error_code": ""},
        "error_msg": {"error_msg": "x"},
        "error_msg null": {"error_msg": None}, "an error": {"error_code": "AIS.0101", "error_msg": "x"},
        "more": {"request_id": "1", "nested": {"a": [1, {"b": None}]}}, "result null": {"result": None},
        "result empty list": {"result": []}, "result empty object": {"result": {}}, "result text": {"result": "x"},
        "ticket error code of the platform": {}, "trace": {"debug": "Traceback (most recent call last)"},
    }  # fmt: skip
    for name, members in extra.items():
        yield "top", name, answer | members
    yield "top", "in a list", [answer]
    yield "top", "in an object", {"body": answer}
    yield "top", "empty", {}
    result = answer.get("result")
    if isinstance(result, dict):
        for condition in (*CONDITIONS, "unknown"):
            for name, other in (
                ("alarm_result", f"detect_{condition}_result"),
                ("alarm_confidence", f"{condition}_score"),
            ):
                for value in (True, False, 50, 98.5, 99, 100, -1, None, "1"):
                    held: dict[str, Any] = result[name] if isinstance(result.get(name), dict) else {}
                    yield "alarm", f"{other} {value}", answer | {"result": result | {name: held | {other: value}}}
    elif isinstance(result, list):
        for code in _CODES:
            for at, entry in enumerate(result):
                if isinstance(entry, dict):
                    failed = entry | {"status": {"error_code": code, "error_msg": "x"}, "content": {}}
                    yield "code", f"{at} {code}", answer | {"result": [*result[:at], failed, *result[at + 1 :]]}
                    yield "beside", f"{at} {code}", answer | {"result": [*result, failed]}


def _of_response(response: Response, answer: Any) -> Iterator[tuple[str, str, Response]]:
    for status in _STATUSES:
        for name, body in (("", response.body), ("empty object", b"{}"), ("HTML", b"<html>x</html>"), ("nothing", b"")):
            kind = "status" if not name else "status and body"
            headers = response.headers if name not in ("HTML", "nothing") else (("Content-Type", "text/html"),)
            yield kind, f"{status} {name}", replace(response, status=status, body=body, headers=headers)
        message = {"message": "no", "request_id": "1"}
        yield "status and body", f"{status} gateway", replace(response, status=status, body=_written(message))
        failed = {"error_code": "ModelArts.4505", "error_msg": "x"}
        yield "status and body", f"{status} platform", replace(response, status=status, body=_written(failed))
    text = response.body.decode()
    whole = {
        "cut": response.body[:-1], "cut in half": response.body[: len(response.body) // 2],
        "text behind": response.body + b"x",
        "BOM": b"\xef\xbb\xbf" + response.body, "UTF-16": text.encode("utf-16"), "Latin-1": b'{"result":"\xe9"}',
        "NaN": text.replace("{", '{"n":NaN,', 1).encode(), "Infinity": text.replace("{", '{"n":Infinity,', 1).encode(),
        "single quotes": repr(answer).encode(), "comments": b"/* */" + response.body, "a list": b"[]", "null": b"null",
        "a text": b'"x"', "true": b"true", "a number": b"1e400", "two values": response.body + response.body,
        "key twice": text.replace("{", '{"n":1,"n":2,', 1).encode(),
        "nested 150": text.replace("{", '{"n":' + "[" * 150 + "]" * 150 + ",", 1).encode(),
        "nested 250": text.replace("{", '{"n":' + "[" * 250 + "]" * 250 + ",", 1).encode(),
        "5,000 digits": text.replace("{", '{"n":' + "9" * 5000 + ",", 1).encode(),
        "blanks": json.dumps(answer, indent=3).encode(), "escapes": json.dumps(answer, ensure_ascii=True).encode(),
    }  # fmt: skip
    for name, body in whole.items():
        yield "bytes", name, replace(response, body=body)
    for at, brace in enumerate(
        position for position, char in enumerate(text) if char == "{" and text[position + 1] == '"'
    ):
        twice = text[: brace + 1] + '"twice":1,"twice":2,' + text[brace + 1 :]
        yield "bytes", f"key twice in object {at}", replace(response, body=twice.encode())
    for name in ("Content-Type", "X-Request-Id"):
        kept = tuple(header for header in response.headers if header[0].lower() != name.lower())
        for value in (None, "", "text/html", "text/plain; charset=utf-8", "application/json;charset=UTF-8"):
            headers = kept if value is None else (*kept, (name, value))
            yield "header", f"{name} {value}", replace(response, headers=headers)
