"""Checks of the tickets of a result against what is on the picture, and how sure a target was of what it read."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

from conformance.judging.body import Json, as_shown, is_number, member_is, plain
from conformance.judging.geometry import MOST_COMPARED, iou, read_quad
from conformance.judging.location import MIN_IOU
from conformance.judging.results import Observation, slipped
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.exchange import StatedDocument, TrueDocument
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


def content_not_empty(view: View, requirement: Requirement) -> Observation | None:
    """The content of a recognised ticket says something: a field that is not empty."""
    seen = False
    for ticket in view.tickets:
        content = ticket.members.get("content")
        if not ticket.recognised or not isinstance(content, dict):
            continue
        seen = True
        if all(name == "confidence" or _blank(value) for name, value in content.items()):
            return view.broken(requirement, member_is("content", content), f"{ticket.pointer}/content")
    return view.held(requirement, Text("content with fields", "content 含有字段")) if seen else None


def _blank(value: Json) -> bool:
    """True for what says nothing: what is empty, a text of white space only, a list or object of nothing else."""
    if isinstance(value, dict | list):
        return all(map(_blank, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, str) and not value.strip())


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
    "ticket.content.not-empty": content_not_empty,
    "failed-ticket.content-empty": failed_content_empty,
    "failed-ticket.alone": failed_alone,
    "failed-ticket.kept": failed_kept,
    "failed-ticket.not-recognised": failed_not_recognised,
    "ticket.once": once,
    "ticket.found": found,
    "ticket.sides": sides,
    "ticket.true": true_type,
}


# How sure a target said it was, and whether it was right: pairs from answers about pictures whose truth is known.
#
# Source: page Automatic Classification, table 3, confidence: the greater the confidence, the greater the accuracy,
# in a statistical sense, though it is not the accuracy itself. No single answer can break that, so that it is a
# figure of the report and no requirement.


Subject: TypeAlias = Literal["field", "document"]

_Known: TypeAlias = "TrueDocument | StatedDocument"

_UNWRITTEN = str.maketrans({"年": "-", "月": "-", "日": "", "元": "", "¥": "", "站": ""})
"""Ways of writing a day, an amount or a station that samples show side by side (open points 120 and 121)."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """A confidence between 0 and 1, what it is of, and whether that was correct.

    Of a `field`: its value is the printed one. Of a `document`: its type is right and its location overlaps the true
    place by at least half (IoU).
    """

    subject: Subject
    confidence: float
    correct: bool


def surenesses(view: View) -> Iterator[Sureness]:
    """Every confidence of an accepted answer that can be held against what is known to be on its picture.

    That is the truth about specimens, or what a user states about pictures of their own. Left out are fields without a
    known value, tickets that are none of the known documents, places where no corners are known, and pictures turned
    by their EXIF orientation, whose grid is open.
    """
    request, picture = view.exchange.request, view.expectation.picture
    known = request.stated if view.exchange.truth is None else view.exchange.truth.documents
    if known is None or (picture is not None and picture.orientation != 1):
        return
    if not view.tickets:
        for entry in view.result.placed:
            yield from _of_document(entry, known)
    kinds = Counter(ticket.type for ticket in view.tickets)
    at = {f"{ticket.pointer}/content": ticket for ticket in view.tickets}
    for one in view.contents:
        fields, content = one.fields, one.members
        document = _reported(at[one.pointer], known, alone=kinds[fields.type] == 1)
        confidences = content.get("confidence")
        if document is None or not isinstance(confidences, dict):
            continue
        printed = dict(document.fields)
        for key, confidence in confidences.items():
            name = fields.aliases.get(key, key) if key not in content else key
            if _is_share(confidence) and printed.get(name):
                yield Sureness("field", float(confidence), _same(content.get(name), printed[name]))


def _of_document(document: Entry, known: Sequence[_Known]) -> Iterator[Sureness]:
    """The confidence of an identity document's location: wrong where no document of its type is there."""
    confidence, alike = document.members.get("confidence"), [one for one in known if one.type == document.type]
    placed = not alike or any(one.corners is not None for one in alike)
    if _is_share(confidence) and placed:
        yield Sureness("document", float(confidence), _reported(document, alike, alone=False) is not None)


def _reported(entry: Entry, known: Sequence[_Known], *, alone: bool) -> _Known | None:
    """The known document that an entry reports: the one of its type that its location overlaps most, by at least half.

    Without known corners, the only one of its type, where the entry is the only one of it, too.
    """
    quad, alike = read_quad(entry.location), [one for one in known if one.type == entry.type]
    if alone and len(alike) == 1 and alike[0].corners is None:
        return alike[0]
    overlaps = [
        (iou(quad, one.corners), at) for at, one in enumerate(alike) if quad is not None and one.corners is not None
    ]
    overlap, at = max(overlaps, default=(0.0, 0))
    return alike[at] if overlap >= MIN_IOU else None


def _is_share(value: Json) -> TypeGuard[float]:
    """A number between 0 and 1; whatever else stands there breaks a requirement of its own."""
    return is_number(value) and 0 <= value <= 1


def _same(read: Json, printed: str) -> bool:
    return isinstance(read, str) and _written(read) == _written(printed)


def _written(text: str) -> str:
    """The text whatever its widths, white space and case, and without the marks that are open."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_UNWRITTEN).split()).casefold()
