"""Checks of the envelope: what every answer must look like, whatever was asked, down to the status of each ticket."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from conformance.contract.subschema import RECOGNISED
from conformance.exchange import NOT_CONNECTED, TransportFailure, echoed_secrets
from conformance.judging.body import as_shown, member_is, no_member, plain, shown
from conformance.judging.results import AS_DOCUMENTED, Observation
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement

Check: TypeAlias = "Callable[[View, Requirement], Observation | None]"
"""Says what an exchange shows about one requirement; None where it could neither hold nor break."""

_CODE = re.compile(r"(AIS|ModelArts|APIG|APIGW)\.[0-9]{4}")
_TRACE = re.compile(rb"Traceback \(most recent call last\)|\bat [\w$.]+\([\w$]+\.java:\d+\)|File \"[^\"]+\", line \d+")
_LAST_ERROR_PAGE = "v2-2021"
"""The latest edition whose page of error codes is known."""

GATEWAY_FAULTS = frozenset({"method.wrong", "path.unknown", "project.malformed"})
"""Faults of requests that may not reach the operation: a gateway refuses them, perhaps like missing credentials."""


def answered(view: View, requirement: Requirement) -> Observation | None:
    """A complete HTTP response came back; failures to connect say nothing about answers."""
    answer = view.exchange.answer
    if not isinstance(answer, TransportFailure):
        return view.held(requirement, _status(view))
    if answer.kind in NOT_CONNECTED:
        return view.undecided(requirement, view.answer_in_words)
    return view.broken(requirement, view.answer_in_words)


def json_body(view: View, requirement: Requirement) -> Observation | None:
    """The body is strict JSON; what a gateway says in its place is judged by its shape, and nothing is known of a body
    that is nested too deep for the kit.
    """
    if not _from_operation(view):
        return None
    if view.body.readable:
        return view.held(requirement, Text("strict JSON", "严格的 JSON"))
    problem = view.body.problem
    assert view.response is not None
    assert problem is not None
    if view.body.beyond_us:
        return view.undecided(requirement, problem)
    if view.of_gateway:
        return None
    start = shown(view.response.body[:60])
    return view.broken(requirement, Text(f"{problem.en}; it begins {start}", f"{problem.zh}；开头为 {start}"))


def unique_keys(view: View, requirement: Requirement) -> Observation | None:
    """No key twice in any object."""
    if not view.body.readable:
        return None
    if view.body.repeated_keys:
        keys = shown(list(view.body.repeated_keys))
        return view.broken(requirement, Text(f"repeated: {keys}", f"重复的键：{keys}"), view.body.repeated_at)
    return view.held(requirement, AS_DOCUMENTED)


def media_type(view: View, requirement: Requirement) -> Observation | None:
    """Labelled application/json."""
    if not _from_operation(view) or view.response is None:
        return None
    value = view.response.header("Content-Type")
    if value is not None and value.partition(";")[0].strip().lower() == "application/json":
        return view.held(requirement, Text(plain(value), plain(value)))
    labelled = f"Content-Type: {shown(value)}"
    observed = Text("no Content-Type", "没有 Content-Type") if value is None else Text(labelled, labelled)
    return view.broken(requirement, observed, expected=Text("application/json", "application/json"))


def request_id(view: View, requirement: Requirement) -> Observation | None:
    """Carries X-Request-Id."""
    if not _from_operation(view) or view.response is None:
        return None
    value = view.response.header("X-Request-Id")
    if value:
        return view.held(requirement, Text("X-Request-Id present", "有 X-Request-Id"))
    return view.broken(requirement, Text("no X-Request-Id header", "没有 X-Request-Id 头"))


def no_server_error(view: View, requirement: Requirement) -> Observation | None:
    """No status of 500 or above, unless the target says that it is overloaded."""
    if view.response is None or view.throttled:
        return None
    return (view.broken if view.response.status >= 500 else view.held)(requirement, _status(view))


def success_class(view: View, requirement: Requirement) -> Observation | None:
    """A result comes with a status of success; beside an error its own requirement is broken."""
    if view.response is None or view.kind != "success" or "result" not in view.members:
        return None
    return (view.held if 200 <= view.response.status < 300 else view.broken)(requirement, _status(view))


def success_status(view: View, requirement: Requirement) -> Observation | None:
    """A result comes with status 200; one that is not even a success is judged by its class."""
    if view.response is None or view.kind != "success" or "result" not in view.members:
        return None
    if not 200 <= view.response.status < 300:
        return None
    return (view.held if view.response.status == 200 else view.broken)(requirement, _status(view))


def _no_error_fields(*, empty: bool) -> Check:
    """No error_code and error_msg beside a result: none that says something, or none that is null or empty."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        if view.kind != "success":
            return None
        for name in ("error_code", "error_msg"):
            if name in view.members and (view.members[name] in (None, "")) == empty:
                return view.broken(requirement, member_is(name, view.members[name]), f"/{name}")
        return view.held(requirement, AS_DOCUMENTED)

    return check


def _failure_status(fits: Callable[[int], bool], *, of_service: bool) -> Check:
    """A code of the service (AIS), or one of the platform around it, comes with a status that fits."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        if view.response is None or view.code is None or view.code.startswith("AIS.") != of_service:
            return None
        return (view.held if fits(view.response.status) else view.broken)(requirement, view.answer_in_words)

    return check


def failure_status_200(view: View, requirement: Requirement) -> Observation | None:
    """Status 200 of every refusal, where a target declares that its gateway makes it so."""
    if view.response is None or view.kind != "failure":
        return None
    return (view.held if view.response.status == 200 else view.broken)(requirement, view.answer_in_words)


def _error_field(name: str) -> Check:
    def check(view: View, requirement: Requirement) -> Observation | None:
        if view.kind != "failure" or _gateway_shape(view):
            return None
        value = view.members.get(name)
        if isinstance(value, str):
            return view.held(requirement, Text("a string", "字符串"), f"/{name}")
        if name not in view.members:  # said of the whole answer, which should have it
            return view.broken(requirement, no_member(name))
        return view.broken(requirement, member_is(name, value), f"/{name}")

    return check


def gateway_shape(view: View, requirement: Requirement) -> Observation | None:
    """A gateway's error has the documented members as well."""
    if not view.of_gateway or view.body.beyond_us:
        return None
    if view.kind == "unreadable":
        return view.broken(requirement, view.answer_in_words)
    if view.kind == "failure" and _gateway_shape(view):
        members = shown(sorted(view.members))
        return view.broken(requirement, Text(f"members {members}", f"字段 {members}"))
    return view.held(requirement, AS_DOCUMENTED)


def code_form(view: View, requirement: Requirement) -> Observation | None:
    """The code has a documented form, or is one that some page prints all the same."""
    if view.code is None:
        return None
    ok = _CODE.fullmatch(view.code) or view.code in view.contract.errors.codes
    return (view.held if ok else view.broken)(requirement, as_shown(view.code), "/error_code")


def code_listed(view: View, requirement: Requirement) -> Observation | None:
    """The code is in the catalogue."""
    if view.code is None:
        return None
    known = view.code.replace("APIGW.", "APIG.") in view.contract.errors.codes
    if not known and not _CODE.fullmatch(view.code):
        return None
    return (view.held if known else view.broken)(requirement, Text(view.code, view.code), "/error_code")


def code_current(view: View, requirement: Requirement) -> Observation | None:
    """The code is not one that the last known error page no longer lists; codes of samples have no page."""
    known = view.contract.errors.codes.get(view.code or "")
    if known is None or not known.editions:
        return None
    current = _LAST_ERROR_PAGE in known.editions
    return (view.held if current else view.broken)(requirement, Text(known.code, known.code), "/error_code")


def code_not_success(view: View, requirement: Requirement) -> Observation | None:
    """AIS.0000 is no failure."""
    if view.code is None:
        return None
    observed = Text(plain(view.code), plain(view.code))
    return (view.broken if view.code == RECOGNISED else view.held)(requirement, observed, "/error_code")


def message(view: View, requirement: Requirement) -> Observation | None:
    """The text of an AIS code is the documented one; no text, and a blank one, break requirements of their own."""
    known = view.contract.errors.codes.get(view.code or "")
    if known is None or known.message is None or known.module != "OCR":
        return None
    observed = view.members.get("error_msg")
    if not isinstance(observed, str) or not observed.strip():
        return None
    if observed == known.message:
        return view.held(requirement, AS_DOCUMENTED, "/error_msg")
    expected = Text(f"{shown(known.message)} for {known.code}", f"{known.code} 的文本 {shown(known.message)}")
    return view.broken(requirement, as_shown(observed), "/error_msg", expected)


def message_said(view: View, requirement: Requirement) -> Observation | None:
    """The text of an error says something."""
    observed = view.members.get("error_msg")
    if view.kind != "failure" or not isinstance(observed, str):
        return None
    return (view.held if observed.strip() else view.broken)(requirement, as_shown(observed), "/error_msg")


def _no_result(*, null: bool) -> Check:
    """No result beside an error: none that is something, or none that is null."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        if view.kind != "failure":
            return None
        if "result" in view.members and (view.members["result"] is None) == null:
            return view.broken(requirement, member_is("result", view.members["result"]), "/result")
        return view.held(requirement, AS_DOCUMENTED)

    return check


def status_message(view: View, requirement: Requirement) -> Observation | None:
    """The text of a status is the documented one of its code."""
    seen = False
    for ticket in view.tickets:
        status = ticket.members.get("status")
        if not isinstance(status, dict) or not isinstance(status.get("error_code"), str):
            continue
        known = view.contract.errors.codes.get(str(status["error_code"]))
        if known is None or known.message is None or not isinstance(status.get("error_msg"), str):
            continue
        seen = True
        if status["error_msg"] != known.message:
            expected = Text(f"{shown(known.message)} for {known.code}", f"{known.code} 的文本 {shown(known.message)}")
            observed = as_shown(status["error_msg"])
            return view.broken(requirement, observed, f"{ticket.pointer}/status/error_msg", expected)
    return view.held(requirement, AS_DOCUMENTED) if seen else None


def status_code_listed(view: View, requirement: Requirement) -> Observation | None:
    """The code of a failed ticket is in the catalogue."""
    seen = False
    for ticket in view.tickets:
        if not ticket.failed:
            continue
        seen = True
        if ticket.code not in view.contract.errors.codes:
            return view.broken(requirement, as_shown(ticket.code), f"{ticket.pointer}/status/error_code")
    return view.held(requirement, Text("listed codes", "均为文档所列")) if seen else None


def no_secret(view: View, requirement: Requirement) -> Observation | None:
    """No placeholder of an echoed secret; a project id is no secret."""
    if view.response is None:
        return None
    text = view.response.body.decode("utf-8", "replace")
    text += "".join(f"\n{name}: {value}" for name, value in view.response.headers)
    kinds = [kind for kind in echoed_secrets(text) if kind != "project-id"]
    if kinds:
        return view.broken(requirement, Text(f"the answer repeats the {kinds[0]}", f"响应回显了 {kinds[0]}"))
    return view.held(requirement, Text("no credentials in the answer", "响应中没有凭证"))


def no_trace(view: View, requirement: Requirement) -> Observation | None:
    """No stack trace of a known language."""
    if view.response is None:
        return None
    found = _TRACE.search(view.response.body)
    if found:
        return view.broken(requirement, Text(f"the answer shows {shown(found[0])}", f"响应暴露 {shown(found[0])}"))
    return view.held(requirement, AS_DOCUMENTED)


def _from_operation(view: View) -> bool:
    """Whether the operation itself answered: a response, to a request that named it."""
    return view.response is not None and not (view.expectation.faults & GATEWAY_FAULTS)


def _gateway_shape(view: View) -> bool:
    """What gateways may answer, in an object that has none of the documented members."""
    return view.of_gateway and not ({"error_code", "error_msg"} & view.members.keys())


def _status(view: View) -> Text:
    status = view.response.status if view.response is not None else 0
    return Text(f"status {status}", f"状态码 {status}")


CHECKS: Mapping[str, Check] = {
    "answer.http": answered,
    "answer.json": json_body,
    "answer.unique-keys": unique_keys,
    "answer.media-type": media_type,
    "answer.request-id": request_id,
    "answer.server-error": no_server_error,
    "answer.no-secret": no_secret,
    "success.status": success_status,
    "success.status-class": success_class,
    "success.no-error-fields": _no_error_fields(empty=False),
    "success.no-empty-error-fields": _no_error_fields(empty=True),
    "failure.status": _failure_status(lambda status: status >= 400, of_service=True),
    "failure.status-200": failure_status_200,
    "failure.status-400": _failure_status(lambda status: status == 400, of_service=True),
    "failure.platform-status": _failure_status(lambda status: status >= 400, of_service=False),
    "failure.error-code": _error_field("error_code"),
    "failure.error-msg": _error_field("error_msg"),
    "failure.gateway-shape": gateway_shape,
    "failure.code-form": code_form,
    "failure.code-listed": code_listed,
    "failure.code-current": code_current,
    "failure.code-not-success": code_not_success,
    "failure.message": message,
    "failure.message.not-blank": message_said,
    "failure.no-result": _no_result(null=False),
    "failure.no-null-result": _no_result(null=True),
    "failure.no-trace": no_trace,
    "ticket.status.message": status_message,
    "ticket.status.code-listed": status_code_listed,
}
