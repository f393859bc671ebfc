"""A second opinion on an answer: what the tables and samples of the two pages promise of it, read without the judge.

It imports nothing of `conformance/judging` and shares none of its thoughts. What is wrong with a request is what its
maker says (`Request.label`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from promises import (
    CODE,
    CREDENTIALS,
    GATEWAY,
    NOTHING_FOUND,
    OPEN,
    Breach,
    Case,
    Level,
    Twice,
    code_of,
    codes,
    everything,
    parse,
)
from second_opinion_results import Results

if TYPE_CHECKING:
    from conformance.exchange import Response


def second_opinion(case: Case) -> list[Breach]:
    """Every promise that the answer breaks."""
    response = case.exchange.response
    if response is None:
        return [Breach("answered", ("answer.http",))]
    return list(_Reader(case, response).breaches())


@dataclass
class _Reader:
    case: Case
    response: Response
    value: Any = field(init=False)
    readable: bool = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.value, self.readable = parse(self.response.body), True
        except ValueError:
            self.value, self.readable = None, False

    @property
    def _members(self) -> dict[str, Any]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def _gateway(self) -> bool:
        return self.response.status in GATEWAY or self.response.status >= 500

    @property
    def _fault(self) -> str | None:
        label = self.case.exchange.request.label
        return label.fault.partition("/")[0] if label is not None else None

    @property
    def _elsewhere(self) -> bool:
        """Whether the request did not reach the operation at all."""
        return self._fault in ("method.wrong", "path.unknown", "project.malformed")

    @property
    def _succeeds(self) -> bool:
        fails = self.response.status >= 400 or ("error_code" in self._members and "result" not in self._members)
        return isinstance(self.value, dict) and not fails

    def breaches(self) -> Iterator[Breach]:
        status, headers = self.response.status, {name.lower(): text for name, text in self.response.headers}
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            yield Breach("media type", ("answer.media-type",), "none" if self._gateway else "should", "should")
        if not headers.get("x-request-id"):
            yield Breach("request id", ("answer.request-id",), "none", "should")
        if status >= 500:
            yield Breach("server error", ("answer.server-error",), "none", "should")
        if "Traceback (most recent call last)" in self.response.body.decode("utf-8", "replace"):
            yield Breach("stack trace", ("failure.no-trace",), "should", "should")
        if not isinstance(self.value, dict):
            yield from self._no_object()
        elif self._succeeds:
            yield from self._success()
        else:
            yield from self._failure()
        if self.readable and any(isinstance(each, Twice) for each in everything(self.value)):
            yield Breach("key twice", ("answer.unique-keys",), "should", "should")
        yield from self._of_request()

    def _no_object(self) -> Iterator[Breach]:
        if self._gateway:
            yield Breach("gateway shape", ("failure.gateway-shape", "answer.server-error"), "should", "should")
        elif self._elsewhere:
            yield Breach("gateway shape", ("failure.gateway-shape", "answer.json", "answer.object"), "none")
        else:
            yield Breach("object", ("answer.object",) if self.readable else ("answer.json",))

    # --- the envelope ------------------------------------------------------------------------------------------------

    def _success(self) -> Iterator[Breach]:
        members, status = self._members, self.response.status
        if "result" in members and (status >= 300 or status < 200):
            yield Breach("status of a result", ("success.status-class",))
        elif "result" in members and status != 200:
            most: Level = "should" if self.case.tickets else "must"
            yield Breach("status of a result", ("success.status",), most, most)
        for name in ("error_code", "error_msg"):
            if name in members:
                empty = members[name] in (None, "")
                names = "success.no-empty-error-fields" if empty else "success.no-error-fields"
                level: Level = "should" if empty else "must"
                yield Breach("error beside a result", (names,), level, level)
        if "result" not in members or members["result"] is None:
            unasked = self.case.open == "type-list.empty" or not self.case.readable_specimens()
            nothing = self.case.exchange.truth is not None and unasked
            typed = "success.result-list" if self.case.tickets else "success.result-object"
            own = typed if "result" in members else "success.result"
            level = "should" if nothing else "must"
            yield Breach("result", (own, "ticket.nothing", "document.unreadable"), level)
        else:
            yield from Results(self.case).breaches(members["result"])
            return
        yield from Results(self.case).of_specimens(None)

    def _failure(self) -> Iterator[Breach]:
        members, status = self._members, self.response.status
        if self._gateway and not {"error_code", "error_msg"} & members.keys():
            yield Breach("gateway shape", ("failure.gateway-shape",), "should", "should")
        else:
            for name in ("error_code", "error_msg"):
                if not isinstance(members.get(name), str):
                    yield Breach(name, (f"failure.{name.replace('_', '-')}",))
        code, message = members.get("error_code"), members.get("error_msg")
        if isinstance(code, str):
            yield from self._code(code, message, status)
        if "result" in members:
            if members["result"] is None:
                yield Breach("null beside an error", ("failure.no-null-result",), "should", "should")
            else:
                level: Level = "should" if self.case.tickets else "must"
                yield Breach("result beside an error", ("failure.no-result",), level, level)

    def _code(self, code: str, message: Any, status: int) -> Iterator[Breach]:
        known = codes().get(code.replace("APIGW.", "APIG."))
        if code == "AIS.0000":
            yield Breach("success code of a failure", ("failure.code-not-success",))
        elif known is None:
            formless = CODE.fullmatch(code) is None
            strength: Level = "must" if formless else "should"
            yield Breach("code", ("failure.code-form" if formless else "failure.code-listed",), strength, strength)
        elif not self.case.tickets and known["editions"] == ["v1.0"]:
            yield Breach("code of another edition", ("failure.code-current",), "should", "should")
        if status < 400:
            yield Breach("status of an error", ("failure.status", "failure.platform-status"))
        if code.startswith("AIS.") and status != 400:
            yield Breach("status 400", ("failure.status-400", "failure.status"), "should")
        if isinstance(message, str) and not message.strip():
            yield Breach("blank message", ("failure.message.not-blank",), "should", "should")
        elif known is not None and known["module"] == "OCR" and message != known["message"] and code != "AIS.0000":
            yield Breach("message", ("failure.message",), "should" if isinstance(message, str) else "none", "should")

    # --- what became of the request ----------------------------------------------------------------------------------

    @property
    def _delivers(self) -> bool:
        """Whether anything recognised is in the answer, whatever else is."""
        result = self._members.get("result")
        if self.case.tickets:
            return isinstance(result, list) and any(code_of(e) == "AIS.0000" for e in result if isinstance(e, dict))
        return isinstance(result, dict) and isinstance(result.get("type"), str)

    @property
    def _refuses(self) -> bool:
        status = self.response.status
        return not self._delivers and status >= 400

    def _of_request(self) -> Iterator[Breach]:
        label, status, code = self.case.exchange.request.label, self.response.status, self._members.get("error_code")
        code = code.replace("APIGW.", "APIG.") if isinstance(code, str) else None
        if code in ("ModelArts.4401", "APIG.0308") or status in (429, 503):
            yield Breach("patience", ("accepts.*",), "none")
            return
        if label is not None:
            yield from self._of_fault(label, code)
        elif self.case.open is not None:
            yield from self._of_open(code)
        elif not self._succeeds and self._specimens_settle(code):
            yield Breach("a valid request", ("accepts.*", "ticket.nothing", "document.unreadable"))
        elif not self._succeeds:
            names = ("accepts.*", "ticket.found", "failed-ticket.alone", "document.type.true", "ticket.nothing")
            yield Breach("a valid request", (*names, "document.unreadable"), "none")

    def _specimens_settle(self, code: str | None) -> bool:
        return code not in NOTHING_FOUND and code not in CREDENTIALS and self.response.status not in (401, 403)

    def _of_fault(self, label: Any, code: str | None) -> Iterator[Breach]:
        own, status = label.requirement.rpartition("/")[2], self.response.status
        accepted = self.case.control is not None
        says_so = "error_code" in self._members
        if self._delivers or (status < 400 and not says_so):
            yield Breach("refused", (own,), "should")
            return
        if status < 400 or status >= 500 or not accepted:
            yield Breach("refused", (own,), "none")
            return
        if code is not None and code not in label.codes:
            yield Breach("code of a refusal", ("*.code",), "should", "should")
        if self._fault is not None and self._fault.startswith("token.") and status not in (400, 401, 403):
            yield Breach("status of a refusal", ("token.status",), "none", "should")

    def _of_open(self, code: str | None) -> Iterator[Breach]:
        """Read, or refused for what it is: where the control was read, anything else is neither."""
        name, status = str(self.case.open), self.response.status
        fits = code in OPEN[name] or (code is None and status == 415 and name == "content-type.other")
        if self._succeeds:
            # An empty list asks for all or for none.
            read = "perhaps" if name == "type-list.empty" else self._reads()
        else:
            blamed = code in CREDENTIALS or status in (401, 403)
            unclear = not isinstance(self.value, dict) or self.case.control is None or status < 400 or blamed
            unclear = unclear or (name == "type-list.empty" and code in NOTHING_FOUND)
            read = "yes" if fits and 400 <= status < 500 else "perhaps" if unclear or fits else "no"
        if read != "yes":
            yield Breach("read, or refused", (name, "accepts.*"), "should" if read == "no" else "none")

    def _reads(self) -> Literal["yes", "no", "perhaps"]:
        """Whether a success reads what can be read on the picture, each at its place."""
        result, wanted = self._members.get("result"), self.case.readable_specimens()
        entries = result if isinstance(result, list) else [result]
        read = [entry for entry in entries if isinstance(entry, dict)]
        if self.case.tickets:
            read = [entry for entry in read if code_of(entry) == "AIS.0000"]
        missing = [one.type for one in wanted]
        for entry in read:
            if entry.get("type") in missing:
                missing.remove(entry.get("type"))
        if missing:
            return "no"
        boxes = [one.corners for one in wanted for entry in read if entry.get("type") == one.type]
        placed = [entry.get("location") for one in wanted for entry in read if entry.get("type") == one.type]
        exact = all(list(map(list, box)) == place for box, place in zip(boxes, placed, strict=True))
        return "yes" if exact and len(read) == len(wanted) else "perhaps"
