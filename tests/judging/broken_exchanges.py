"""Exchanges broken by hand in what is around the result: the envelope, failures, what was asked, refusals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from answers import (
    DOCUMENT,
    FAILED_TEXT,
    HEADERS,
    LYING,
    QUADS,
    TICKETS,
    TWO,
    Answer,
    Change,
    exchange,
    failure,
    lone,
    on,
    request,
    truth,
    turned,
)
from broken_answers import Expected, content

from conformance.exchange import Exchange, Quad, Request, Response, TransportFailure, TrueDocument, redacted

REFUSED = ("accepts.picture", "accepts.format.png")


def raw(body: bytes, status: int = 200, headers: tuple[tuple[str, str], ...] = HEADERS) -> Exchange:
    return Exchange(request(TICKETS), Response(status, headers, body), "00001")


ENVELOPE_CASES: dict[str, tuple[Exchange, Expected]] = {
    "closed without an answer": (
        Exchange(request(TICKETS), TransportFailure("closed", "The connection ended before an answer began."), "00001"),
        ("answer.http",),
    ),
    "HTML": (raw(b"<html></html>"), ("answer.json", "accepts.picture", "accepts.format.png")),
    "trailing bytes": (raw(b'{"result": []} x'), ("answer.json", "accepts.picture", "accepts.format.png")),
    "NaN": (raw(b'{"result": [NaN]}'), ("answer.json", "accepts.picture", "accepts.format.png")),
    "UTF-16": (raw('{"result": []}'.encode("utf-16")), ("answer.json", "accepts.picture", "accepts.format.png")),
    "a list": (raw(b"[]"), ("answer.object", "accepts.picture", "accepts.format.png")),
    "repeated keys": (
        raw(b'{"result": [], "result": []}'),
        ("answer.unique-keys", "ticket.found", "failed-ticket.alone"),
    ),
    "plain text label": (
        exchange(TICKETS, headers=(("Content-Type", "text/plain"), HEADERS[1])),
        ("answer.media-type",),
    ),
    "no request id": (exchange(TICKETS, headers=HEADERS[:1]), ("answer.request-id",)),
    "status 201": (exchange(TICKETS, status=201), ("success.status",)),
    "status 301": (exchange(TICKETS, status=301), ("success.status-class",)),
    "token echoed": (exchange(TICKETS, content(0, code=redacted("token"))), ("answer.no-secret",)),
}


FAILURE_CASES: dict[str, tuple[Exchange, Expected]] = {
    "as documented, but for a valid request": (failure(TICKETS), REFUSED),
    "status 200": (failure(TICKETS, status=200), ("failure.status", "failure.status-400", *REFUSED)),
    "status 422": (failure(TICKETS, status=422), ("failure.status-400", *REFUSED)),
    "status 500": (failure(TICKETS, status=500), ("failure.status-400", "answer.server-error", *REFUSED)),
    "no code": (failure(TICKETS, ...), ("failure.error-code", *REFUSED)),
    "numeric code": (failure(TICKETS, 101), ("failure.error-code", *REFUSED)),
    "no message": (failure(TICKETS, text=...), ("failure.error-msg", *REFUSED)),
    "a blank message": (failure(TICKETS, text=" "), ("failure.message.not-blank", *REFUSED)),
    "an empty message of the platform": (
        failure(TICKETS, "ModelArts.4505", ""),
        ("failure.message.not-blank", *REFUSED),
    ),
    "other message": (failure(TICKETS, text="Bad."), ("failure.message", *REFUSED)),
    "code of another form": (failure(TICKETS, "E101"), ("failure.code-form", *REFUSED)),
    "unlisted code": (failure(TICKETS, "AIS.4242"), ("failure.code-listed", *REFUSED)),
    "success code": (failure(TICKETS, "AIS.0000", "Succeeded."), ("failure.code-not-success", *REFUSED)),
    "null result": (failure(TICKETS, result=None), ("failure.no-null-result", *REFUSED)),
    "gateway shape": (
        exchange(TICKETS, status=413, answer={"message": "too large"}),
        ("failure.gateway-shape", "accepts.picture"),
    ),
    "a gateway's page": (
        raw(b"<html></html>", 413, (("Content-Type", "text/html"), HEADERS[1])),
        ("failure.gateway-shape", "answer.media-type", "accepts.picture"),
    ),
    "stack trace": (
        failure(TICKETS, text="Traceback (most recent call last)"),
        ("failure.message", "failure.no-trace", *REFUSED),
    ),
    "nothing found on a readable page": (
        failure(TICKETS, "AIS.0104", FAILED_TEXT),
        ("ticket.found", "failed-ticket.alone"),
    ),
    "a platform's code with status 200": (
        failure(TICKETS, "ModelArts.4505", "The service is busy.", status=200),
        ("failure.platform-status", *REFUSED),
    ),
    "a gateway's code with status 200": (
        failure(TICKETS, "APIG.0201", "Request entity too large.", status=200),
        ("failure.platform-status", *REFUSED),
    ),
    "a code followed by a blank": (failure(TICKETS, "AIS.0101 "), ("failure.code-form", *REFUSED)),
    "a code in small letters": (failure(TICKETS, "ais.0101"), ("failure.code-form", *REFUSED)),
    "a null code": (failure(TICKETS, None), ("failure.error-code", *REFUSED)),
    "a null message": (failure(TICKETS, error_msg=None), ("failure.error-msg", *REFUSED)),
    "an empty result": (failure(TICKETS, result=[]), ("failure.no-result", *REFUSED)),
    "a Java stack trace": (
        failure(TICKETS, text="at com.example.Ocr.read(Ocr.java:17)"),
        ("failure.no-trace", "failure.message", *REFUSED),
    ),
    "the code of another fault's message": (
        failure(TICKETS, "AIS.0101", FAILED_TEXT),
        ("failure.message", *REFUSED),
    ),
    "a token echoed in a message": (
        failure(TICKETS, text=f"Invalid token {redacted('token')}"),
        ("answer.no-secret", "failure.message", *REFUSED),
    ),
    "a secret key echoed in a header": (
        exchange(TICKETS, headers=(*HEADERS, ("X-Debug", redacted("sk")))),
        ("answer.no-secret",),
    ),
    "status 503 without asking for patience": (
        failure(TICKETS, "ModelArts.4505", "The service is busy.", status=503),
        ("answer.server-error", *REFUSED),
    ),
}


def asked(judged: Exchange, sent: Request) -> Exchange:
    """An answer to another request."""
    return replace(judged, request=sent)


def refused_as(code: str) -> Change:
    """An error beside whatever is delivered."""
    return lambda answer: answer.update(error_code=code, error_msg="Token header cannot be empty.")


NO_INPUT = request(TICKETS, image=...)
UNKNOWN = request(TICKETS, type_list=["train_ticket", "quota_invoice", "taxi_invoice", "no_such_ticket"])
WORN = on(TrueDocument("taxi_invoice", QUADS["taxi_invoice"], readable=False))


def listed(*kinds: str) -> Request:
    """A request for these types."""
    return request(TICKETS, type_list=list(kinds))


def typed(kind: str) -> Exchange:
    """Of two documents, the place of the passport under this type."""
    return exchange(DOCUMENT, lambda answer: answer["result"].update(type=kind), sent=TWO)


ASKED_CASES: dict[str, tuple[str, Exchange, Exchange | None, Expected]] = {
    # what is wrong: contract, exchange, its control, what fires
    "a type that was not asked for": (
        TICKETS,
        exchange(TICKETS, sent=listed("train_ticket", "taxi_invoice")),
        None,
        ("ticket.type.requested",),
    ),
    "a failed ticket of a type that was not asked for": (
        TICKETS,
        exchange(TICKETS, sent=listed("train_ticket", "quota_invoice")),
        None,
        ("ticket.type.requested.failed",),
    ),
    "a ticket on a blank page": (TICKETS, exchange(TICKETS, sent=on()), None, ("ticket.nothing", "ticket.true")),
    "a blank page refused for another reason": (
        TICKETS,
        asked(failure(TICKETS, "AIS.0103", "The image size does not meet the requirements."), on()),
        None,
        ("ticket.nothing", "accepts.picture"),
    ),
    "a worn ticket recognised": (
        TICKETS,
        exchange(TICKETS, lambda a: a.update(result=[{**a["result"][0], "type": "taxi_invoice"}]), sent=WORN),
        None,
        (
            "failed-ticket.not-recognised",
            "ticket.nothing",
            "ticket.location.true",
            "content.listed",
            "content.unlisted",
        ),
    ),
    "the corners of a turned ticket from the bottom-right": (
        TICKETS,
        lone([[700, 900], [100, 900], [100, 100], [700, 100]], LYING),
        None,
        ("ticket.location.first-corner",),
    ),
    "no input, yet a result": (TICKETS, exchange(TICKETS, sent=NO_INPUT), None, ("input.required",)),
    "no input, refused for another reason": (
        TICKETS,
        asked(failure(TICKETS, "AIS.0103", "The image size does not meet the requirements."), NO_INPUT),
        exchange(TICKETS),
        ("input.required.code",),
    ),
    "no token, yet a result": (TICKETS, exchange(TICKETS, sent=request(TICKETS, "absent")), None, ("token.required",)),
    "no token, refused and yet delivered": (
        TICKETS,
        asked(exchange(TICKETS, refused_as("ModelArts.4101"), status=401), request(TICKETS, "absent")),
        exchange(TICKETS),
        ("token.required", "failure.no-result"),
    ),
    "no token, answered with a page of a login": (
        TICKETS,
        asked(raw(b"<html>login</html>"), request(TICKETS, "absent")),
        exchange(TICKETS),
        ("token.required", "answer.json"),
    ),
    "no input, called a wrong token": (
        TICKETS,
        asked(failure(TICKETS, "ModelArts.4103", "Invalid Token header."), NO_INPUT),
        exchange(TICKETS),
        ("input.required.code",),
    ),
    "an unknown type, answered with nothing": (
        TICKETS,
        exchange(TICKETS, lambda a: a.update(result=[]), sent=UNKNOWN),
        exchange(TICKETS),
        ("type-list.unknown", "failed-ticket.alone"),
    ),
    "an unknown type, called unreadable": (
        TICKETS,
        asked(failure(TICKETS, "AIS.0104", FAILED_TEXT), UNKNOWN),
        exchange(TICKETS),
        ("type-list.unknown", "failed-ticket.alone"),
    ),
    "a wrong token, refused as not found": (
        TICKETS,
        asked(failure(TICKETS, "ModelArts.4103", "Invalid Token header.", 404), request(TICKETS, "garbage")),
        exchange(TICKETS),
        ("token.status",),
    ),
    "a wrong token, refused for the picture": (
        TICKETS,
        asked(failure(TICKETS, "AIS.0102", "The image format is not supported."), request(TICKETS, "garbage")),
        exchange(TICKETS),
        ("token.code",),
    ),
    "an unknown type, refused for the picture": (
        TICKETS,
        asked(failure(TICKETS, "AIS.0103", "The image size does not meet the requirements."), UNKNOWN),
        exchange(TICKETS),
        ("type-list.unknown",),
    ),
    "a list instead of an object": (
        DOCUMENT,
        replace(raw(b"[]"), request=request(DOCUMENT)),
        None,
        ("answer.object", "accepts.alarm.true", *REFUSED),
    ),
    "alarms that nobody asked for": (
        DOCUMENT,
        exchange(DOCUMENT, sent=request(DOCUMENT, alarm=...)),
        None,
        ("alarm.only-when-asked",),
    ),
    "a code that the last page dropped": (
        DOCUMENT,
        failure(DOCUMENT, "AIS.0106", "The image bit depth is not supported."),
        None,
        ("failure.code-current", "accepts.alarm.true", *REFUSED),
    ),
    "no document, another code": (
        DOCUMENT,
        asked(failure(DOCUMENT, "AIS.0105", "Recognition failed."), on(contract_id=DOCUMENT)),
        None,
        ("document.unreadable",),
    ),
    "of two documents, the type of the other": (
        DOCUMENT,
        typed("hongkong_id_card"),
        None,
        ("document.several", "document.location.true"),
    ),
    "an alarm for a clean specimen": (
        DOCUMENT,
        exchange(DOCUMENT, sent=replace(request(DOCUMENT), truth=replace(truth(DOCUMENT), alarms=frozenset()))),
        None,
        ("alarm.silent",),
    ),
    "a place on neither grid of a turned picture": (
        DOCUMENT,
        turned([[10, 300], [90, 300], [90, 390], [10, 390]]),
        None,
        ("picture.orientation",),
    ),
}


@dataclass(frozen=True)
class Pair:
    """Two answers to related requests; `breaks` says whether the second is another one than the first promises."""

    contract: str
    comparator: str
    requirement: str
    first: Exchange
    second: Exchange
    breaks: bool


def scored(condition: str, value: int) -> Exchange:
    """A document with this score."""

    def change(answer: Answer) -> None:
        answer["result"]["alarm_confidence"][f"{condition}_score"] = value

    return exchange(DOCUMENT, change)


def shifted(by: int, *, drawn: int) -> Exchange:
    """All tickets `by` pixels to the right, on a page on which they were drawn `drawn` pixels to the right."""

    def change(answer: Answer) -> None:
        for entry in answer["result"]:
            entry["location"] = [[x + by, y] for x, y in entry["location"]]

    page = truth(TICKETS)
    documents = tuple(
        replace(document, corners=cast("Quad", tuple((x + drawn, y) for x, y in document.corners)))
        for document in page.documents
    )
    return exchange(TICKETS, change, sent=replace(request(TICKETS), truth=replace(page, documents=documents)))


def only(*indices: int) -> Exchange:
    """Some of the tickets."""
    return exchange(TICKETS, lambda answer: answer.update(result=[answer["result"][index] for index in indices]))


def pairs() -> dict[str, Pair]:
    """A pair that holds and one that breaks for each comparator."""
    whole, other = exchange(TICKETS), exchange(TICKETS, content(0, code="000000000001"))
    wanted, unwanted = (asked(only(*indices), listed("train_ticket")) for indices in ((1,), (0, 1)))
    strange = exchange(TICKETS, lambda answer: answer.update(result=[{**answer["result"][0], "type": "bankcard"}]))
    left, taken = shifted(0, drawn=300), shifted(300, drawn=300)
    rows = (
        ("same", "repeat", {"another value": other}, {"another order": only(2, 1, 0)}),
        ("filtered", "type-list-some", {"a ticket more than asked for": unwanted}, {"what was asked for": wanted}),
        ("moved", "padding", {"tickets that stay behind": left}, {"tickets that move along": taken}),
        ("part", "parts", {"a ticket that was not on the page": strange}, {"a ticket of the page": only(1)}),
    )
    found: dict[str, Pair] = {}
    for comparator, name, wrong, right in rows:
        for seconds, breaks in ((wrong, True), (right, False)):
            for what, second in seconds.items():
                found[what] = Pair(TICKETS, comparator, f"relation.{name}", whole, second, breaks)
    for condition in ("blur", "glare", "blocking_within_border", "insufficient_lighting", "copy", "border_integrity",
                      "reproduce"):  # fmt: skip
        named = condition.replace("_", "-")
        first, lower, higher = (scored(condition, value) for value in (50, 49, 51))
        comparator, name = f"{named}-score-not-lower", f"relation.score.{named}"
        found[f"{named}: a lower score"] = Pair(DOCUMENT, comparator, name, first, lower, True)
        found[f"{named}: a higher score"] = Pair(DOCUMENT, comparator, name, first, higher, False)
    return found


PAIRS = pairs()
