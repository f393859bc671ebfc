"""Checks of the tickets of a result: what their status promises, what was asked for, what is on the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.contract.binding import OFFERED_TYPES
from conformance.judging.content_places import blank
from conformance.judging.geometry import MOST_COMPARED, iou
from conformance.judging.observation import (
    AS_DOCUMENTED,
    Observation,
    as_shown,
    member_is,
    no_member,
    plain,
    shown,
    slipped,
)
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.exchange import TrueDocument
    from conformance.judging.envelope import Check
    from conformance.judging.results import Entry

SIDES = (
    ("id_card_portrait_side", "id_card_emblem_side"),
    ("driver_license_front", "driver_license_back"),
    ("vehicle_license_front", "vehicle_license_back"),
)
"""Types of the two sides of one document."""

SAME_PLACE = 0.8
"""Overlap (IoU) from which two entries of one type are the same ticket listed twice."""


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


def _outside_type_list(recognised: bool) -> Check:
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


def content_not_empty(view: View, requirement: Requirement) -> Observation | None:
    """The content of a recognised ticket says something: a field that is not empty."""
    seen = False
    for ticket in view.tickets:
        content = ticket.members.get("content")
        if not ticket.recognised or not isinstance(content, dict):
            continue
        seen = True
        if all(name == "confidence" or blank(value) for name, value in content.items()):
            return view.broken(requirement, member_is("content", content), f"{ticket.pointer}/content")
    return view.held(requirement, Text("content with fields", "content 含有字段")) if seen else None


def failed_content_empty(view: View, requirement: Requirement) -> Observation | None:
    """A failed ticket has an empty content."""
    seen = False
    for ticket in view.tickets:
        if not ticket.failed or "content" not in ticket.members:
            continue
        seen = True
        if ticket.members["content"] != {}:
            observed = as_shown(ticket.members["content"])
            return view.broken(requirement, observed, f"{ticket.pointer}/content", Text("{}", "{}"))
    return view.held(requirement, Text("{}", "{}")) if seen else None


def failed_alone(view: View, requirement: Requirement) -> Observation | None:
    """Where one ticket cannot be read, the others are recognised all the same."""
    truth = view.exchange.truth
    if truth is None or all(document.readable for document in truth.documents) or not view.readable_documents:
        return None
    return _all_recognised(view, requirement)


def unreadable_beside(view: View) -> tuple[TrueDocument, ...]:
    """Specimens that were asked for and that nobody can read, beside something that was recognised."""
    truth, asked = view.exchange.truth, view.expectation.type_list
    if truth is None or view.expectation.decision != "accept" or not view.accepted:
        return ()
    return tuple(one for one in truth.documents if not one.readable and (asked is None or one.type in asked))


def lists_failed(view: View) -> bool | None:
    """Whether an answer lists a failed ticket where `unreadable_beside` has some; None where that cannot be told: of an
    entry without a code, and where as many more of the type are recognised as nobody can read.
    """
    if any(ticket.failed for ticket in view.tickets):
        return True
    result, truth = view.members.get("result"), view.exchange.truth
    entries = len(result) if isinstance(result, list) else 0
    recognised = Counter(str(ticket.members.get("type")) for ticket in view.tickets if ticket.recognised)
    if truth is None or entries > recognised.total():
        return None
    readable = Counter(document.type for document in truth.documents if document.readable)
    return None if any(recognised[one.type] > readable[one.type] for one in unreadable_beside(view)) else False


def failed_kept(view: View, requirement: Requirement) -> Observation | None:
    """Beside recognised tickets those that nobody can read are listed as failed."""
    unreadable = unreadable_beside(view)
    listed = lists_failed(view) if unreadable else None
    if listed is None:
        return None
    if listed:
        return view.held(requirement, Text("a failed ticket", "列出了失败票证"))
    kinds = sorted({document.type for document in unreadable})
    observed = Text(
        f"no failed ticket; not readable on the picture: {', '.join(kinds)}",
        f"没有失败票证；图片上无法辨认的有：{'、'.join(kinds)}",
    )
    return slipped(view.broken(requirement, observed, "/result"), partly=False)


def failed_not_recognised(view: View, requirement: Requirement) -> Observation | None:
    """No type is recognised more often than readable copies of it are on the picture."""
    truth = view.exchange.truth
    if truth is None or view.kind != "success":
        return None
    readable = Counter(document.type for document in truth.documents if document.readable)
    unreadable = {document.type for document in truth.documents if not document.readable}
    if not unreadable:
        return None
    counted = Counter(entry.type for entry in view.recognised)
    for kind in sorted(unreadable):
        if counted[kind] > readable[kind] and _stands_for_unreadable(view, truth.documents, kind):
            observed = Text(
                f"{counted[kind]} of {kind} recognised, {readable[kind]} readable",
                f"{kind} 识别 {counted[kind]} 张，可辨认 {readable[kind]} 张",
            )
            return view.broken(requirement, observed, "/result")
    return view.held(requirement, Text("not reported as recognised", "未报告为识别成功"))


def _stands_for_unreadable(view: View, documents: Sequence[TrueDocument], kind: str) -> bool:
    """Whether a recognised ticket of a type is placed on an unreadable copy of it, or nobody knows where: one that lies
    on another document was taken for a wrong type.
    """
    recognised = {f"{ticket.pointer}/location" for ticket in view.tickets if ticket.recognised}
    for place in view.places:
        if place.type != kind or place.pointer not in recognised:
            continue
        if place.quad is None:
            return True
        quad = place.quad
        nearest = max(documents, key=lambda document: iou(quad, document.corners))
        if (nearest.type == kind and not nearest.readable) or iou(quad, nearest.corners) == 0:
            return True
    return False


def once(view: View, requirement: Requirement) -> Observation | None:
    """No two recognised entries of one type at one place; what else the target tried there is no ticket twice.

    Of a request that names a type twice, a relation says what a repeated ticket means (open point 9).
    """
    if "type-list.repeated" in view.expectation.features:
        return None
    places = [place for place, ticket in zip(view.places, view.tickets, strict=True) if ticket.recognised]
    for index, place in enumerate(places[:MOST_COMPARED]):
        for other in places[:index]:
            if place.type != other.type or place.quad is None or other.quad is None:
                continue
            if iou(place.quad, other.quad) > SAME_PLACE:
                observed = Text(f"the same place as {other.pointer}", f"与 {other.pointer} 位置相同")
                return view.broken(requirement, observed, place.pointer)
    if len(places) > MOST_COMPARED:
        words = Text(
            f"{len(places)} tickets, of which the first {MOST_COMPARED} were compared",
            f"共 {len(places)} 张票证，仅比较了前 {MOST_COMPARED} 张",
        )
        return view.undecided(requirement, words)
    return view.held(requirement, Text("each ticket once", "各出现一次")) if places else None


def found(view: View, requirement: Requirement) -> Observation | None:
    """Every readable specimen that was asked for is recognised."""
    if view.expectation.decision != "accept" or not view.readable_documents:
        return None
    return _all_recognised(view, requirement)


def true_type(view: View, requirement: Requirement) -> Observation | None:
    """No recognised type that is not on the picture."""
    truth = view.exchange.truth
    if truth is None or not view.accepted:
        return None
    drawn = {document.type for document in truth.documents}
    for ticket in view.tickets:
        kind = ticket.members.get("type")
        if ticket.recognised and isinstance(kind, str) and kind not in drawn:
            got, on_it = plain(kind), ", ".join(sorted(drawn))
            observed = Text(f"{got}; on the picture: {on_it or 'nothing'}", f"{got}；图片上有：{on_it or '无'}")
            right = any(other.recognised and other.members.get("type") in drawn for other in view.tickets)
            return slipped(view.broken(requirement, observed, f"{ticket.pointer}/type"), partly=right)
    return view.held(requirement, Text("types of the picture", "与图片一致"))


def offered_type(view: View, requirement: Requirement) -> Observation | None:
    """No documented type is recognised of which the target states that it does not know it."""
    offered = view.contract.offer.types or ()
    found = [(f"{entry.pointer}/type", entry.members.get("type")) for entry in view.recognised]
    for pointer, kind in found:
        if isinstance(kind, str) and kind in view.contract.types and kind not in offered:
            return view.broken(requirement, as_shown(kind), pointer)
    return view.held(requirement, Text("types that are stated", "均为声明的类型")) if found else None


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


def sides(view: View, requirement: Requirement) -> Observation | None:
    """The two sides of a document that are both on a picture: a ticket each, or one with the fields of both.

    Where one ticket stands for both, either side may give it its type.
    """
    pair = next(iter(_both_sides(view)), None)
    if pair is None or view.expectation.decision != "accept" or not view.accepted:
        return None
    found = [ticket for ticket in view.recognised if ticket.members.get("type") in pair]
    listed = list({str(ticket.members["type"]): ticket for ticket in found}.values())
    merged = view.contract.position("ticket.sides", "one-each") == "merged"
    observed = Text(f"{len(listed)} recognised of {' and '.join(pair)}", f"{'、'.join(pair)} 识别成功 {len(listed)} 张")
    if len(listed) == (1 if merged else 2):
        if not merged or _fields_of_both(listed[0], pair, view):
            return view.held(requirement, observed)
        observed = Text("one ticket, with the fields of one side", "一张票证，仅含一面的字段")
    return view.broken(requirement, observed, "/result")


def _both_sides(view: View) -> list[tuple[str, str]]:
    """The types of the two sides of each document of which both can be read on the picture."""
    drawn = {document.type for document in view.readable_documents}
    return [pair for pair in SIDES if drawn.issuperset(pair)]


def _fields_of_both(ticket: Entry, pair: tuple[str, str], view: View) -> bool:
    content = ticket.members.get("content")
    known = [view.contract.ticket_fields[name].root.members for name in pair]
    own = [set(one) - set(other) for one, other in (known, known[::-1])]
    return isinstance(content, dict) and all(any(content.get(name) for name in names) for names in own)


def _all_recognised(view: View, requirement: Requirement) -> Observation | None:
    """No readable specimen was recognised too seldom; how often a document of two sides is a position may say.

    Misses break it where they are a habit (`Observation.slip`).
    """
    if view.nothing_found:
        return slipped(view.broken(requirement, view.answer_in_words), partly=False)
    if view.kind != "success":
        return None
    wanted = Counter(document.type for document in view.readable_documents)
    counted = Counter(entry.type for entry in view.recognised)
    for pair in _both_sides(view) if "ticket.sides" in view.contract.positions else ():
        if any(counted[name] for name in pair):
            wanted -= Counter(pair)
    lost = sorted((wanted - counted).items())
    if lost:
        missing = ", ".join(f"{count} x {kind}" for kind, count in lost)
        chinese = "、".join(f"{kind} {count} 张" for kind, count in lost)
        pointer = "/result" if "result" in view.members else ""
        broken = view.broken(requirement, Text(f"not recognised: {missing}", f"未识别：{chinese}"), pointer)
        return slipped(broken, partly=bool(wanted & counted))
    return view.held(requirement, view.answer_in_words)


CHECKS: Mapping[str, Check] = {
    "ticket.status.message": status_message,
    "ticket.status.code-listed": status_code_listed,
    "ticket.type.requested": _outside_type_list(recognised=True),
    "ticket.type.requested.failed": _outside_type_list(recognised=False),
    "ticket.content.not-empty": content_not_empty,
    "failed-ticket.content-empty": failed_content_empty,
    "failed-ticket.alone": failed_alone,
    "failed-ticket.kept": failed_kept,
    "failed-ticket.not-recognised": failed_not_recognised,
    "ticket.once": once,
    OFFERED_TYPES: offered_type,
    "ticket.seal-mark.only-when-asked": seal_only_when_asked,
    "ticket.seal-mark.when-asked": seal_when_asked,
    "ticket.found": found,
    "ticket.sides": sides,
    "ticket.true": true_type,
    "ticket.nothing": nothing,
}
