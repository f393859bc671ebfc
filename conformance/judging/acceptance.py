"""Checks of what became of a request: accepted where it is valid, refused for the right reason, given what it asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.contract.binding import OFFERED_TYPES
from conformance.contract.requirements import LEVELS
from conformance.judging.body import as_shown, no_member, plain, shown
from conformance.judging.envelope import Check
from conformance.judging.location import MIN_IOU
from conformance.judging.results import Observation, slipped
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement


_CREDENTIALS = Text(
    "good credentials were refused; check --token or the environment", "有效凭证被拒绝；请检查 --token 或环境变量"
)
_UNKNOWN_CREDENTIALS = Text(
    "refused, and nobody knows whether the recorded credentials were good", "已被拒绝，而录制中的凭证是否有效无从得知"
)
_CREDENTIALS_STATUSES = frozenset({400, 401, 403})
_THROTTLED = Text("the target refused for load", "被测系统因过载拒绝请求")


def accepted(view: View, requirement: Requirement) -> Observation | None:
    """A request that shows this requirement's features is answered with a result.

    Where its picture holds nothing readable, or nobody knows, `nothing found` is no refusal of the request.
    """
    expectation = view.expectation
    if not expectation.features.issuperset(requirement.features):
        return None
    if view.exchange.request.auth == "unknown" and not expectation.faults:
        return view.undecided(requirement, _UNKNOWN_CREDENTIALS)
    if expectation.decision != "accept":
        return None
    observed = view.answer_in_words
    if view.response is None or view.body.beyond_us:
        return view.undecided(requirement, observed)
    if view.credentials_refused:
        return view.undecided(requirement, _CREDENTIALS)
    if view.throttled:
        return view.undecided(requirement, _THROTTLED)
    if view.accepted:
        return view.held(requirement, observed)
    if view.kind == "success" or view.nothing_found:
        if view.exchange.truth is not None and not view.readable_documents:
            return view.held(requirement, observed)
        return view.undecided(requirement, observed)
    if _refused_for_another(view, requirement):
        why = Text(f"refused for another reason than this: {observed.en}", f"因其他原因被拒绝：{observed.zh}")
        return view.undecided(requirement, why)
    return None if expectation.settled or _asks_less(view, requirement) else view.broken(requirement, observed)


def _refused_for_another(view: View, requirement: Requirement) -> bool:
    """Whether a refusal says what it is for, and this requirement is of something else: its cause breaks one alone.

    Who says that it is the format, or the size, breaks the requirement of that, and not the one of any valid request;
    a gateway's 413 is about the size, whatever else a large request shows. Where no requirement is of what is blamed,
    the one of any valid request is broken.
    """
    errors = view.contract.errors
    of_format = errors.allowed(frozenset({"picture.format"}))
    of_size = errors.allowed(frozenset({"picture.side-below", "picture.base64-too-long"})) - {"AIS.0101"}
    by_gateway = view.code is None and view.response is not None and view.response.status == 413
    if view.code in of_format - of_size:
        blamed = {"format"}
    elif by_gateway or view.code in of_size - of_format:
        blamed = {"size"} if by_gateway else {"size", "side"}
    else:
        return False
    own = {feature.partition(":")[0] for feature in requirement.features}
    if own & blamed:
        return False
    if own <= _ANY_REQUEST:
        return any(_is_of(blamed, other, view) for other in view.contract.by_check.get("accepted", ()))
    return by_gateway or bool(own & {"format", "size", "side"})


_ANY_REQUEST = frozenset({"picture", "url"})
"""Features of every valid request."""


def _is_of(aspects: set[str], requirement: Requirement, view: View) -> bool:
    """Whether a request shows what a requirement is of, and that is one of some aspects of it."""
    shown = view.expectation.features.issuperset(requirement.features)
    return shown and any(feature.partition(":")[0] in aspects for feature in requirement.features)


def _asks_less(view: View, requirement: Requirement) -> bool:
    """Whether a request shows something that a weaker requirement wants accepted: its refusal breaks that one alone."""
    shown, level = view.expectation.features, LEVELS.index(requirement.level)
    others = view.contract.by_check.get("accepted", ())
    return any(LEVELS.index(other.level) > level and shown.issuperset(other.features) for other in others)


def rejected(view: View, requirement: Requirement) -> Observation | None:
    """A request with one of this requirement's faults is refused, and the fault is what it is refused for.

    What was recognised all the same is delivered, whatever the status says; a status of success without an error is no
    refusal either.
    """
    if not view.expectation.faults.intersection(requirement.faults):
        return None
    observed = view.answer_in_words
    if view.response is None or view.body.beyond_us:
        return view.undecided(requirement, observed)
    if view.succeeds:
        return view.broken(requirement, observed, expected=_refusal(view))
    doubt = _doubt(view)
    return view.undecided(requirement, doubt) if doubt else view.held(requirement, observed)


def code(view: View, requirement: Requirement) -> Observation | None:
    """The refusal of a request with one of this requirement's faults carries one of the codes allowed for it."""
    named = view.expectation.faults.intersection(requirement.faults)
    if not named or view.kind != "failure" or view.delivered.accepted:
        return None
    doubt = _doubt(view)
    if doubt:
        return view.undecided(requirement, doubt)
    if _carries(view, view.expectation.faults):
        return view.held(requirement, view.answer_in_words, "/error_code")
    if view.code is None:
        return view.undecided(requirement, Text("refused without an error_code", "拒绝时没有 error_code"))
    return view.broken(requirement, view.answer_in_words, "/error_code", _refusal(view))


def credentials_status(view: View, requirement: Requirement) -> Observation | None:
    """A refusal for credentials has a status that says so, or 400."""
    if not view.expectation.faults.intersection(requirement.faults) or view.succeeds:
        return None
    if view.response is None or view.body.beyond_us:
        return None
    doubt = _doubt(view)
    if doubt:
        return view.undecided(requirement, doubt)
    fits = view.response.status in _CREDENTIALS_STATUSES
    return (view.held if fits else view.broken)(requirement, view.answer_in_words)


def left_open(view: View, requirement: Requirement) -> Observation | None:
    """What the documents leave open is read, or refused for what it is; where a position settles it, only that.

    The features of the requirement are ids of the catalogue of faults.
    """
    expectation, asked = view.expectation, frozenset(requirement.features)
    if not expectation.features.issuperset(asked) or expectation.faults - asked or view.response is None:
        return None
    observed = view.answer_in_words
    if view.kind == "unreadable" or view.throttled or view.credentials_refused:
        return view.undecided(requirement, observed)
    if view.succeeds and expectation.faults:
        return view.broken(requirement, observed, expected=_refusal(view))
    if expectation.type_list == () and view.accepted and not expectation.opens & asked:
        return view.broken(requirement, observed)
    if view.kind == "success":
        missed = _not_read(view)
        return view.held(requirement, observed) if missed is None else _neither(view, requirement, missed)
    unread = view.nothing_found and not expectation.faults
    if unread and not _carries(view, asked | expectation.opens) and view.readable_documents:
        return _neither(view, requirement, observed)
    if expectation.decision == "accept" and unread:
        nothing_asked = view.exchange.truth is not None and not view.readable_documents
        return (view.held if nothing_asked else view.undecided)(requirement, observed)
    fits = unread or _carries(view, asked | expectation.opens)
    if view.response.status >= 500 or expectation.decision == "accept" or not fits:
        return view.broken(requirement, observed, expected=_refusal(view) if expectation.faults else None)
    doubt = _doubt(view)
    return view.undecided(requirement, doubt) if doubt else view.held(requirement, observed)


def _neither(view: View, requirement: Requirement, observed: Text) -> Observation:
    """A specimen was not read, nor the request refused for what it is: a breach where it is read without that, and
    never with it (`Observation.slip`).
    """
    control = view.control
    if control is not None and control.accepted and _not_read(control) is None:
        return slipped(view.broken(requirement, observed), partly=False)
    return view.undecided(requirement, observed)


def _not_read(view: View) -> Text | None:
    """What an answer does not read of the readable specimens, or places elsewhere; None where it reads all of them."""
    if view.contract.page.result == "fields":
        return None if view.accepted else Text("no field was read", "未读出任何字段")
    wanted = Counter(document.type for document in view.readable_documents)
    read = Counter(entry.type for entry in view.recognised)
    if not view.contract.answers_tickets and len(wanted) > 1:
        wanted = Counter()  # of several documents it is open which one is answered
    if missing := ", ".join(sorted(wanted - read)):
        return Text(f"not read: {missing}", f"未读出：{missing}")
    own_system = view.contract.position("location.scale", "picture") == "either"
    for place in () if own_system else view.places:
        if place.overlap is not None and place.overlap < MIN_IOU:
            return Text(f"read at another place: {shown(place.location)}", f"位置不符：{shown(place.location)}")
    return None


def _carries(view: View, faults: frozenset[str]) -> bool:
    """Whether a refusal carries a code of one of these faults, or a gateway's status that says the same."""
    errors = view.contract.errors
    if view.code is not None:
        return view.code.replace("APIGW.", "APIG.") in errors.allowed(faults)
    return view.response is not None and view.response.status in errors.allowed_statuses(faults)


def _doubt(view: View) -> Text | None:
    """Why a refusal may have another reason than the fault, or None where its control rules that out."""
    assert view.response is not None
    if len(view.expectation.faults) > 1:
        return Text("the request has several faults", "请求有多处错误")
    if view.throttled:
        return _THROTTLED
    rewritten = view.response.status == 200 and view.contract.position("failure.status", "error") == "200"
    if not (400 <= view.response.status < 500 or rewritten):
        return Text(f"status {view.response.status} is no refusal", f"状态码 {view.response.status} 不是拒绝")
    if view.credentials_refused and not view.expectation.codes & view.contract.errors.groups["authentication"]:
        return _CREDENTIALS
    control = view.control
    if control is None:
        return Text("the same request without the fault was not seen", "未发送去掉该错误的对照请求")
    if control.accepted:
        return None
    # Where the control's picture cannot hold a readable document, it only must not be refused for the same reason.
    unreadable = control.exchange.truth is not None and not control.readable_documents
    if unreadable and (control.kind == "success" or control.code not in (None, view.code)):
        return None
    words = control.answer_in_words
    return Text(
        f"the same request without the fault was not accepted either ({words.en})",
        f"不含该错误的同一请求也未被接受（{words.zh}）",
    )


def _refusal(view: View) -> Text:
    titles = [view.contract.errors.faults[fault].title for fault in sorted(view.expectation.faults)]
    codes = ", ".join(sorted(view.expectation.codes))
    return Text(
        f"a refusal ({' and '.join(title.en for title in titles)}) with one of {codes}",
        f"拒绝（{'，'.join(title.zh for title in titles)}），错误码为以下之一：{codes}",
    )


# What is answered where nothing can be read, and what of it depends on what was asked for.


def nothing(view: View, requirement: Requirement) -> Observation | None:
    """Where nothing can be read: an empty list, failed tickets only, or a refusal that says so."""
    if view.empty_handed and view.expectation.decision != "reject":
        return view.broken(requirement, view.answer_in_words, "/result" if "result" in view.members else "")
    if view.expectation.decision != "accept" or view.exchange.truth is None or view.readable_documents:
        return None
    if not view.legible or view.response is None:
        return None
    observed = view.answer_in_words
    if view.credentials_refused or view.throttled:
        return view.undecided(requirement, observed)
    ok = view.nothing_found or (isinstance(view.members.get("result"), list) and not view.accepted)
    return (view.held if ok else view.broken)(requirement, observed, "/result" if "result" in view.members else "")


def unreadable(view: View, requirement: Requirement) -> Observation | None:
    """A picture without anything readable is refused with AIS.0104."""
    truth = view.exchange.truth
    if view.empty_handed and view.expectation.decision != "reject":
        return view.broken(requirement, view.answer_in_words)
    if view.expectation.decision != "accept" or truth is None or view.readable_documents:
        return None
    if view.kind == "success":
        return view.broken(requirement, view.answer_in_words)
    if view.code == "AIS.0104":
        return view.held(requirement, view.answer_in_words, "/error_code")
    if view.response is None or view.credentials_refused or view.throttled:
        return None
    wrong = view.nothing_found or (view.legible and view.code is not None)
    return view.broken(requirement, view.answer_in_words, "/error_code") if wrong else None


def _outside_type_list(*, recognised: bool) -> Check:
    """No ticket, recognised or failed, of a type that was not asked for; a witness is one on the picture, left out."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        asked = view.expectation.type_list
        if asked is None or "type-list.empty" in view.expectation.opens or view.kind != "success":
            return None
        for ticket in view.tickets:
            kind = ticket.members.get("type")
            if (ticket.recognised if recognised else ticket.failed) and isinstance(kind, str) and kind not in asked:
                names = ", ".join(asked)
                got = plain(kind)
                observed = Text(f"{got}, asked for {names or 'none'}", f"{got}，请求的是 {names or '无'}")
                return view.broken(requirement, observed, f"{ticket.pointer}/type")
        truth = view.exchange.truth
        others = [d for d in truth.documents if d.type not in asked and d.readable == recognised] if truth else []
        if others:
            return view.held(requirement, Text(f"{others[0].type} was left out", f"未列出 {others[0].type}"))
        return None

    return check


def offered_type(view: View, requirement: Requirement) -> Observation | None:
    """No documented type is recognised of which the target states that it does not know it."""
    offered = view.contract.offer.types or ()
    found = [(f"{entry.pointer}/type", entry.members.get("type")) for entry in view.recognised]
    for pointer, kind in found:
        if isinstance(kind, str) and kind in view.contract.types and kind not in offered:
            return view.broken(requirement, as_shown(kind), pointer)
    return view.held(requirement, Text("types that are stated", "均为声明的类型")) if found else None


def seal_only_when_asked(view: View, requirement: Requirement) -> Observation | None:
    """No seal_mark unless detect_seal is true; absent, it counts as false (open point 22)."""
    if "detect_seal:true" in view.expectation.features:
        return None
    for ticket in view.tickets:
        if "seal_mark" in ticket.members:
            observed = Text("seal_mark present, detect_seal not asked for", "未请求 detect_seal 却有 seal_mark")
            return view.broken(requirement, observed, f"{ticket.pointer}/seal_mark")
    return view.held(requirement, Text("no seal_mark", "没有 seal_mark")) if view.accepted else None


def seal_when_asked(view: View, requirement: Requirement) -> Observation | None:
    """A seal_mark of each recognised ticket when detect_seal is true."""
    if "detect_seal:true" not in view.expectation.features:
        return None
    for ticket in view.tickets:
        if ticket.recognised and "seal_mark" not in ticket.members:
            return view.broken(requirement, no_member("seal_mark"), ticket.pointer)
    return view.held(requirement, Text("seal_mark of each", "均有 seal_mark")) if view.accepted else None


_ALARM_OBJECTS = ("alarm_result", "alarm_confidence")


def alarms_only_when_asked(view: View, requirement: Requirement) -> Observation | None:
    """No alarm object unless alarm is true; who tolerates another value than a boolean may take it for true."""
    if view.document is None or view.expectation.alarm or "alarm.wrong-type" in view.expectation.features:
        return None
    for name in _ALARM_OBJECTS:
        if name in view.document:
            observed = Text(f"{name} present, alarm not asked for", f"未请求告警却有 {name}")
            return view.broken(requirement, observed, f"/result/{name}")
    return view.held(requirement, Text("no alarm objects", "没有告警对象"))


def alarms_when_asked(view: View, requirement: Requirement) -> Observation | None:
    """Both alarm objects when alarm is true."""
    if view.document is None or view.empty_handed or not view.expectation.alarm:
        return None
    for name in _ALARM_OBJECTS:
        if name not in view.document:
            return view.broken(requirement, no_member(name), "/result")
    return view.held(requirement, Text("both alarm objects", "两个告警对象均有"))


CHECKS: Mapping[str, Check] = {
    "accepted": accepted,
    "rejected": rejected,
    "code": code,
    "credentials-status": credentials_status,
    "open": left_open,
    "ticket.nothing": nothing,
    "document.unreadable": unreadable,
    "ticket.type.requested": _outside_type_list(recognised=True),
    "ticket.type.requested.failed": _outside_type_list(recognised=False),
    OFFERED_TYPES: offered_type,
    "ticket.seal-mark.only-when-asked": seal_only_when_asked,
    "ticket.seal-mark.when-asked": seal_when_asked,
    "alarm.only-when-asked": alarms_only_when_asked,
    "alarm.when-asked": alarms_when_asked,
}

OF_FAULTS = frozenset({"rejected", "code", "credentials-status"})
"""Checks that have nothing to say of a request without a fault."""
