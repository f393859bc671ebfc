"""Answers broken by hand: how, and the one requirement that this breaks, before all others that fire as well."""

from __future__ import annotations

from typing import Any

from answers import Answer, Change

Expected = tuple[str, ...]
"""The requirement that must fire, and the others that do."""


def ticket(index: int, **members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"][index].update(members)

    return change


def without(index: int, name: str) -> Change:
    def change(answer: Answer) -> None:
        del answer["result"][index][name]

    return change


def status(index: int, **members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"][index]["status"].update(members)

    return change


def content(index: int, **members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"][index]["content"].update(members)

    return change


def corners(index: int, *points: object) -> Change:
    return ticket(index, location=list(points))


def result(**members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"].update(members)

    return change


def dropped(*path: str) -> Change:
    def change(answer: Answer) -> None:
        node: Any = answer
        for name in path[:-1]:
            node = node[name]
        del node[path[-1]]

    return change


def top(**members: object) -> Change:
    def change(answer: Answer) -> None:
        answer.update(members)

    return change


def scaled(index: int, factor: float) -> Change:
    def change(answer: Answer) -> None:
        entry = answer["result"][index]
        entry["location"] = [[round(x * factor), round(y * factor)] for x, y in entry["location"]]

    return change


def fractions(index: int, factor: float = 1) -> Change:
    """Coordinates as shares of the sides of the picture."""

    def change(answer: Answer) -> None:
        entry = answer["result"][index]
        entry["location"] = [[round(x / 2000 * factor, 4), round(y / 1500 * factor, 4)] for x, y in entry["location"]]

    return change


TICKET_CASES: dict[str, tuple[Change, Expected]] = {
    "result is an object": (
        lambda a: a.update(result=a["result"][0]),
        ("success.result-list", "ticket.found", "failed-ticket.alone"),
    ),
    "entry is a string": (lambda a: a["result"].append("x"), ("ticket.object",)),
    "no status": (without(1, "status"), ("ticket.status", "ticket.found", "failed-ticket.alone")),
    "status is a string": (ticket(1, status="AIS.0000"), ("ticket.status", "ticket.found", "failed-ticket.alone")),
    "failed without status text": (lambda a: a["result"][2]["status"].pop("error_msg"), ("ticket.status.msg",)),
    "status code in another form": (status(2, error_code="0104"), ("ticket.status.code", "ticket.status.code-listed")),
    "status code followed by a newline": (
        status(2, error_code="AIS.0104\n"),
        ("ticket.status.code", "ticket.status.code-listed"),
    ),
    "unlisted status code": (status(2, error_code="AIS.9999"), ("ticket.status.code-listed",)),
    "other status text": (status(0, error_msg="Success."), ("ticket.status.message",)),
    "no type": (without(0, "type"), ("ticket.type", "ticket.found", "failed-ticket.alone")),
    "undocumented type": (
        ticket(0, type="receipt"),
        ("ticket.type.documented", "ticket.found", "ticket.true", "failed-ticket.alone"),
    ),
    "type of another ticket": (
        ticket(0, type="bankcard"),
        (
            "ticket.found",
            "ticket.true",
            "failed-ticket.alone",
            "content.own-type",
            "content.listed",
            "content.unlisted",
        ),
    ),
    "no location": (without(0, "location"), ("ticket.location",)),
    "location is an object": (ticket(0, location={}), ("ticket.location",)),
    "three corners": (corners(0, [100, 100], [700, 100], [700, 400]), ("ticket.location.four-corners",)),
    "five corners": (corners(0, [1, 1], [9, 1], [9, 9], [5, 9], [1, 9]), ("ticket.location.four-corners",)),
    "flat location": (corners(0, 100, 100, 700, 100), ("ticket.location.pairs",)),
    "corner of three numbers": (
        corners(0, [100, 100, 0], [700, 100], [700, 400], [100, 400]),
        ("ticket.location.pairs",),
    ),
    "coordinate is a string": (
        corners(0, ["100", 100], [700, 100], [700, 400], [100, 400]),
        ("ticket.location.numbers",),
    ),
    "fractional coordinate": (
        corners(0, [100.5, 100], [700, 100], [700, 400], [100, 400]),
        ("ticket.location.integers",),
    ),
    "counter-clockwise": (corners(0, [100, 100], [100, 400], [700, 400], [700, 100]), ("ticket.location.winding",)),
    "crossed corners": (
        corners(0, [100, 100], [700, 100], [100, 400], [700, 400]),
        ("ticket.location.winding", "ticket.location.area"),
    ),
    "no area": (corners(0, [5, 5], [5, 5], [5, 5], [5, 5]), ("ticket.location.area", "ticket.location.true")),
    "outside the picture": (
        corners(0, [9100, 9100], [9700, 9100], [9700, 9400], [9100, 9400]),
        ("ticket.location.on-picture", "ticket.location.within", "ticket.location.true"),
    ),
    "doubled coordinates": (scaled(0, 2), ("ticket.location.scale", "ticket.location.true")),
    "halved coordinates": (scaled(1, 0.5), ("ticket.location.scale", "ticket.location.true")),
    "swapped coordinates": (
        lambda a: a["result"][1].update(location=[[y, x] for x, y in a["result"][1]["location"]][::-1]),
        ("ticket.location.scale", "ticket.location.true", "ticket.location.within"),
    ),
    "no content": (without(0, "content"), ("ticket.content",)),
    "content is a list": (ticket(0, content=[]), ("ticket.content",)),
    "recognised with empty content": (ticket(0, content={}), ("ticket.content.not-empty",)),
    "every field empty, and no confidence": (
        ticket(0, content={"code": "", "number": " ", "amount": "", "location": "", "confidence": {}}),
        ("ticket.content.not-empty",),
    ),
    "the content of a bank card": (
        ticket(0, content={"bank_name": "x", "card_number": "1", "confidence": {"bank_name": 0.9}}),
        ("content.own-type", "content.listed", "content.unlisted"),
    ),
    "content without any known field": (
        ticket(0, content={"text": "x", "confidence": {}}),
        ("content.own-type", "content.listed", "content.unlisted"),
    ),
    "corners far beyond any picture": (
        corners(0, [10**9, 10**9], [2 * 10**9, 10**9], [2 * 10**9, 2 * 10**9], [10**9, 2 * 10**9]),
        ("ticket.location.on-picture", "ticket.location.within"),
    ),
    "one corner at 2147483647": (
        corners(0, [100, 100], [2147483647, 100], [700, 400], [100, 400]),
        ("ticket.location.within", "ticket.location.on-picture"),
    ),
    "a corner one pixel beyond the border": (
        corners(0, [-1, 100], [700, 100], [700, 400], [-1, 400]),
        ("ticket.location.within",),
    ),
    "failed with content": (content(2, total="1"), ("failed-ticket.content-empty",)),
    "failed with null content": (ticket(2, content=None), ("failed-ticket.content-empty",)),
    "failed with a list for content": (
        ticket(2, content=[]),
        ("failed-ticket.content-object", "failed-ticket.content-empty"),
    ),
    "failed without location": (without(2, "location"), ("failed-ticket.listed",)),
    "unreadable ticket recognised": (
        lambda a: a["result"][2].update(status=a["result"][0]["status"], content={"total": "1"}),
        ("failed-ticket.not-recognised", "content.listed", "content.confidence.listed"),
    ),
    "readable ticket missing": (lambda a: a["result"].pop(1), ("ticket.found", "failed-ticket.alone")),
    "failed ticket missing": (lambda a: a["result"].pop(2), ("failed-ticket.kept",)),
    "ticket listed twice": (lambda a: a["result"].append(a["result"][0]), ("ticket.once",)),
    "no result": (
        lambda a: (a.pop("result"), a.update(results=[])),
        ("success.result", "ticket.found", "failed-ticket.alone"),
    ),
    "status without a code": (lambda a: a["result"][2]["status"].pop("error_code"), ("ticket.status.code",)),
    "status code is a number": (status(2, error_code=104), ("ticket.status.code",)),
    "status text is a number": (status(2, error_msg=104), ("ticket.status.msg",)),
    "type is a number": (ticket(2, type=7), ("ticket.type",)),
    "a failed ticket's type is null": (ticket(2, type=None), ("failed-ticket.listed",)),
    "a failed ticket's location is null": (ticket(2, location=None), ("failed-ticket.listed",)),
    "type is a list": (
        ticket(0, type=["quota_invoice"]),
        ("ticket.type", "ticket.found", "failed-ticket.alone"),
    ),
    "corner of one number": (corners(0, [100], [700, 100], [700, 400], [100, 400]), ("ticket.location.pairs",)),
    "coordinate is null": (corners(0, [None, 1], [700, 100], [700, 400], [100, 400]), ("ticket.location.numbers",)),
    "coordinate is true": (corners(0, [True, 1], [700, 100], [700, 400], [100, 400]), ("ticket.location.numbers",)),
    "no corners": (corners(0), ("ticket.location.four-corners",)),
    "location is null": (ticket(0, location=None), ("ticket.location",)),
    "fractions of the picture": (
        fractions(1),
        ("ticket.location.scale", "ticket.location.true", "ticket.location.integers"),
    ),
    "thousandths of the picture": (
        fractions(1, 1000),
        ("ticket.location.scale", "ticket.location.true", "ticket.location.integers"),
    ),
    "resized to a side of 1024": (scaled(1, 1024 / 2000), ("ticket.location.scale", "ticket.location.true")),
    "resized to a side of 640": (scaled(1, 640 / 2000), ("ticket.location.scale", "ticket.location.true")),
    "measured from the bottom": (
        lambda a: a["result"][1].update(location=[[x, 1500 - y] for x, y in a["result"][1]["location"]]),
        ("ticket.location.winding", "ticket.location.true"),
    ),
    "the place of another ticket": (
        lambda a: a["result"][1].update(location=a["result"][0]["location"]),
        ("ticket.location.true",),
    ),
    "a corner beyond the border": (
        corners(1, [800, 100], [2100, 100], [2100, 600], [800, 600]),
        ("ticket.location.within",),
    ),
    "a negative corner": (corners(0, [-50, 100], [700, 100], [700, 400], [-50, 400]), ("ticket.location.within",)),
    "corners on a line": (
        corners(0, [100, 100], [300, 100], [500, 100], [700, 100]),
        ("ticket.location.area", "ticket.location.true"),
    ),
    "the bottom-right corner first": (
        corners(0, [700, 400], [100, 400], [100, 100], [700, 100]),
        ("ticket.location.first-corner",),
    ),
    "failed without content": (without(2, "content"), ("failed-ticket.listed",)),
    "failed without type": (without(2, "type"), ("failed-ticket.listed",)),
    "content is null": (ticket(0, content=None), ("ticket.content",)),
    "content is a text": (ticket(0, content="样本"), ("ticket.content",)),
    "confidence beside content": (
        lambda a: a["result"][0].update(confidence=a["result"][0]["content"].pop("confidence")),
        ("content.confidence.inside", "content.confidence.listed"),
    ),
    "nothing recognised on a readable page": (lambda a: a.update(result=[]), ("ticket.found", "failed-ticket.alone")),
    "a ticket that is not on the picture": (
        lambda a: a["result"].append(
            {**a["result"][0], "type": "toll_invoice", "location": [[9, 9], [50, 9], [50, 40], [9, 40]]}
        ),
        ("ticket.true", "content.listed", "content.unlisted"),
    ),
    "every ticket failed": (
        lambda a: [e.update(status=a["result"][2]["status"], content={}) for e in a["result"]],
        ("failed-ticket.alone", "ticket.found"),
    ),
    "result is null": (lambda a: a.update(result=None), ("success.result-list", "ticket.found", "failed-ticket.alone")),
    "result is a text": (
        lambda a: a.update(result="none"),
        ("success.result-list", "ticket.found", "failed-ticket.alone"),
    ),
    "entry is null": (lambda a: a["result"].append(None), ("ticket.object",)),
    "entry is a list": (lambda a: a["result"].append([]), ("ticket.object",)),
    "status is null": (ticket(1, status=None), ("ticket.status", "ticket.found", "failed-ticket.alone")),
    "status is a list": (ticket(1, status=[]), ("ticket.status", "ticket.found", "failed-ticket.alone")),
    "a success code of another service": (
        status(0, error_code="OK"),
        (
            "ticket.status.code",
            "ticket.status.code-listed",
            "failed-ticket.content-empty",
            "ticket.found",
            "failed-ticket.alone",
        ),
    ),
    "error fields beside a result": (top(error_code="AIS.0101"), ("success.no-error-fields",)),
    "empty error fields beside a result": (top(error_msg=None), ("success.no-empty-error-fields",)),
}


CONDITIONS = (
    "blur", "glare", "blocking_within_border", "insufficient_lighting", "copy", "border_integrity", "reproduce",
)  # fmt: skip


def alarm(part: str, name: str, value: object) -> Change:
    """Sets, or with `...` removes, a member of an alarm object."""

    def change(answer: Answer) -> None:
        members = answer["result"][part]
        if value is ...:
            del members[name]
        else:
            members[name] = value

    return change


def alarm_cases(condition: str) -> dict[str, tuple[Change, Expected]]:
    """What can be wrong with one flag and one score."""
    flag, score = f"detect_{condition}_result", f"{condition}_score"
    named = condition.replace("_", "-")
    # The flag of blur has to be raised: the specimen is blurred.
    raised = ("alarm.raised",) if condition == "blur" else ()
    return {
        "no flag": (alarm("alarm_result", flag, ...), (f"alarm.flag.{named}", *raised)),
        "a flag 0": (alarm("alarm_result", flag, 0), (f"alarm.flag.{named}", *raised)),
        "no score": (alarm("alarm_confidence", score, ...), (f"alarm.score.{named}",)),
        "a score as text": (alarm("alarm_confidence", score, "50"), (f"alarm.score.{named}",)),
        "a score above 99": (alarm("alarm_confidence", score, 101), (f"alarm.score.{named}",)),
        "a score below 0": (alarm("alarm_confidence", score, -7), (f"alarm.score.{named}",)),
    }


DOCUMENT_CASES: dict[str, tuple[Change, Expected]] = {
    "result is a list": (lambda a: a.update(result=[a["result"]]), ("success.result-object",)),
    "no result": (dropped("result"), ("success.result",)),
    "no type": (dropped("result", "type"), ("document.type", "document.type.true")),
    "undocumented type": (result(type="visa"), ("document.type.documented", "document.type.true")),
    "another type": (result(type="id_card"), ("document.type.true",)),
    "no location": (dropped("result", "location"), ("document.location",)),
    "three corners": (result(location=[[50, 60], [950, 80], [940, 700]]), ("document.location.four-corners",)),
    "flat location": (result(location=[50, 60, 950, 80]), ("document.location.pairs",)),
    "fractional coordinate": (
        result(location=[[50.5, 60], [950, 80], [940, 700], [40, 680]]),
        ("document.location.numbers", "document.location.integers"),
    ),
    "integral coordinate with a point": (
        result(location=[[50.0, 60], [950, 80], [940, 700], [40, 680]]),
        ("document.location.integers",),
    ),
    "no confidence": (dropped("result", "confidence"), ("document.confidence",)),
    "confidence is a string": (result(confidence="0.97"), ("document.confidence.number",)),
    "confidence is a boolean": (result(confidence=True), ("document.confidence.number",)),
    "confidence above 1": (result(confidence=97), ("document.confidence.range",)),
    "no alarm_result": (dropped("result", "alarm_result"), ("alarm.when-asked",)),
    "no alarm_confidence": (dropped("result", "alarm_confidence"), ("alarm.when-asked",)),
    "alarm_result is a list": (result(alarm_result=[]), ("alarm.result",)),
    "alarm_confidence is a string": (result(alarm_confidence="high"), ("alarm.confidence",)),
    "a flag is missing": (dropped("result", "alarm_result", "detect_copy_result"), ("alarm.flag.copy",)),
    "a flag is a string": (
        lambda a: a["result"]["alarm_result"].update(detect_glare_result="false"),
        ("alarm.flag.glare",),
    ),
    "a score is missing": (dropped("result", "alarm_confidence", "reproduce_score"), ("alarm.score.reproduce",)),
    "a score of 100": (lambda a: a["result"]["alarm_confidence"].update(blur_score=100), ("alarm.score.blur",)),
    "a negative score": (lambda a: a["result"]["alarm_confidence"].update(copy_score=-1), ("alarm.score.copy",)),
    "a score with a point": (
        lambda a: a["result"]["alarm_confidence"].update(blur_score=98.0),
        ("alarm.score.written-as-integer",),
    ),
    "a fractional score": (
        lambda a: a["result"]["alarm_confidence"].update(blur_score=9.8),
        ("alarm.score.blur", "alarm.score.written-as-integer"),
    ),
    "blur not seen": (lambda a: a["result"]["alarm_result"].update(detect_blur_result=False), ("alarm.raised",)),
    "type is a number": (result(type=7), ("document.type", "document.type.true")),
    "location is an object": (result(location={}), ("document.location",)),
    "five corners": (
        result(location=[[50, 60], [500, 70], [950, 80], [940, 700], [40, 680]]),
        ("document.location.four-corners",),
    ),
    "corner of one number": (result(location=[[50], [950, 80], [940, 700], [40, 680]]), ("document.location.pairs",)),
    "corner of three numbers": (
        result(location=[[50, 60, 0], [950, 80], [940, 700], [40, 680]]),
        ("document.location.pairs",),
    ),
    "coordinate is a string": (
        result(location=[["50", 60], [950, 80], [940, 700], [40, 680]]),
        ("document.location.numbers",),
    ),
    "counter-clockwise": (
        result(location=[[50, 60], [40, 680], [940, 700], [950, 80]]),
        ("document.location.winding",),
    ),
    "crossed corners": (
        result(location=[[50, 60], [940, 700], [950, 80], [40, 680]]),
        ("document.location.area", "document.location.winding"),
    ),
    "no area": (result(location=[[5, 5]] * 4), ("document.location.area", "document.location.true")),
    "outside the picture": (
        result(location=[[9000, 9000], [9900, 9000], [9900, 9600], [9000, 9600]]),
        ("document.location.on-picture", "document.location.within", "document.location.true"),
    ),
    "a corner beyond the border": (
        result(location=[[-100, 60], [950, 80], [940, 700], [-100, 680]]),
        ("document.location.within",),
    ),
    "doubled coordinates": (
        result(location=[[100, 120], [1900, 160], [1880, 1400], [80, 1360]]),
        ("document.location.scale", "document.location.true"),
    ),
    "elsewhere": (
        result(location=[[1200, 900], [1900, 900], [1900, 1400], [1200, 1400]]),
        ("document.location.true",),
    ),
    "confidence below 0": (result(confidence=-0.1), ("document.confidence.range",)),
    "confidence is null": (result(confidence=None), ("document.confidence.number",)),
    "error fields beside a result": (top(error_code="AIS.0101"), ("success.no-error-fields",)),
    "result is null": (lambda a: a.update(result=None), ("success.result-object",)),
    "result is a text": (lambda a: a.update(result="passport"), ("success.result-object",)),
    **{f"{name}: {what}": case for name in CONDITIONS for what, case in alarm_cases(name).items()},
}
