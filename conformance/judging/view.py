"""One exchange read once for all checks: what its request allows, the parsed answer, and what kind of answer it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.exchange import Exchange, Response
from conformance.judging.body import Body, Json, plain, read_body
from conformance.judging.expect import Expectation, expect
from conformance.judging.geometry import iou, nowhere, read_quad
from conformance.judging.inputs import BETWEEN
from conformance.judging.results import RESULTS, Content, Entry, Observation, Result, State, failure_words
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Requirement
    from conformance.exchange import Quad, TrueDocument

Kind: TypeAlias = Literal["success", "failure", "unreadable", "none"]

_NOTHING_FOUND = frozenset({"AIS.0104", "AIS.0105"})

GATEWAY_STATUSES = frozenset({401, 403, 404, 405, 411, 413, 415, 429})
"""Statuses that a gateway in front of the service may answer in a shape of its own (open point 74), with all 5xx."""

_SIZES = frozenset({"picture.base64-too-long", "size.measured"})
"""Faults that a gateway refuses a request for, which is too large for it."""

_LEGIBLE_SIDE = 100
"""Pixels below which nobody expects a document on a picture."""

_SHOWN = 60
"""Characters of a header that are shown."""

_NO_OBJECT = Text("a body that is no JSON object", "响应体不是 JSON 对象")

_THROTTLED = frozenset({"APIG.0308", "ModelArts.4401"})


@dataclass(frozen=True, slots=True)
class Place:
    """The location of one ticket or document: where it stands, whose it is, its corners where it has four.

    `overlap` is the largest IoU with the true place of a specimen of its type, None where none is known. `nowhere` is a
    coordinate beyond any picture (corner, axis, number), with which nothing is computed: `quad` is None then.
    """

    pointer: str
    type: Json
    location: Json
    quad: Quad | None
    trues: tuple[Quad, ...]
    overlap: float | None
    nowhere: tuple[int, int, float] | None


def _as_documented(value: Json, prefixes: Mapping[str, str]) -> Json:
    """A body with the documented prefix of each error code in the place of the one that the target declares.

    The documented prefix itself is then none of the target's, and is marked.
    """
    if isinstance(value, list):
        return [_as_documented(entry, prefixes) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _code(member, prefixes)
        if name == "error_code" and isinstance(member, str)
        else _as_documented(member, prefixes)
        for name, member in value.items()
    }


def _code(code: str, prefixes: Mapping[str, str]) -> str:
    prefix, dot, number = code.partition(".")
    for documented, own in prefixes.items():
        if prefix == own:
            return f"{documented}{dot}{number}"
    return f"{code} (declared as {prefixes[prefix]}{dot}{number})" if prefix in prefixes else code


@dataclass(frozen=True)
class View:
    """An exchange as the checks see it. `control` is the same request without its fault, where one is known.

    `expected` is what `expect` says of the request, where whoever asks the same of many targets knows it already.
    """

    exchange: Exchange
    contract: Contract
    control: View | None = None
    expected: Expectation | None = None

    @cached_property
    def expectation(self) -> Expectation:
        """What the contract allows for the request."""
        return self.expected or expect(self.exchange.request, self.contract, read=self._asked)

    @cached_property
    def _asked(self) -> Body:
        """The parsed body of the request."""
        return read_body(self.exchange.request.body)

    def beside(self, control: View) -> View:
        """The same exchange beside its control; what was read of it stays read."""
        view = replace(self, control=control)
        view.__dict__.update({name: value for name, value in vars(self).items() if name not in vars(view)})
        return view

    @property
    def sent(self) -> dict[str, Json] | None:
        """The members of the request's body; None where it is no JSON object."""
        return self._asked.value if isinstance(self._asked.value, dict) else None

    @cached_property
    def response(self) -> Response | None:
        """The response, or None where the transport failed."""
        return self.exchange.response

    @cached_property
    def body(self) -> Body:
        """The parsed body of the response."""
        if self.response is None:
            return Body(problem=Text("no response", "没有响应"))
        body = read_body(self.response.body)
        prefixes = self.contract.prefixes
        return replace(body, value=_as_documented(body.value, prefixes)) if prefixes else body

    @cached_property
    def members(self) -> dict[str, Json]:
        """The members of the answer's object; empty where it is none."""
        return self.body.value if isinstance(self.body.value, dict) else {}

    @cached_property
    def kind(self) -> Kind:
        """`success` for a result, `failure` for an error, `unreadable` where the body is no JSON object."""
        if self.response is None:
            return "none"
        if not self.body.readable or not isinstance(self.body.value, dict):
            return "unreadable"
        if self.response.status < 400 and ("result" in self.members or "error_code" not in self.members):
            return "success"
        return "failure"

    @cached_property
    def code(self) -> str | None:
        """The error_code of a failed answer, where it is a string."""
        code = self.members.get("error_code") if self.kind == "failure" else None
        return code if isinstance(code, str) else None

    @cached_property
    def delivered(self) -> Result:
        """The result, whatever the status of the answer says and whatever stands beside it."""
        return RESULTS[self.contract.page.result](self.members.get("result"))

    @cached_property
    def result(self) -> Result:
        """The result of a success; an absent one for any other answer."""
        return self.delivered if self.kind == "success" else RESULTS[self.contract.page.result](None)

    @property
    def recognised(self) -> tuple[Entry, ...]:
        """What a success says was recognised: the one list of it."""
        return self.result.recognised

    @property
    def tickets(self) -> tuple[Entry, ...]:
        """The entries of a list of tickets that are objects, in the answer's order."""
        return self.result.entries if self.contract.answers_tickets else ()

    @property
    def succeeds(self) -> bool:
        """True where the answer is no refusal: a result, something delivered beside an error, or a status below 400
        without an error that would say otherwise.
        """
        if self.response is None or self.body.beyond_us:
            return False
        if self.kind == "unreadable":
            return self.response.status < 400
        return self.kind == "success" or self.delivered.accepted

    @cached_property
    def contents(self) -> tuple[Content, ...]:
        """The content of each recognised ticket of a documented type.

        An empty content is one fault, which a requirement of its own names, and not also that of each field.
        """
        known = self.contract.ticket_fields if self.tickets else {}
        return tuple(
            Content(f"{ticket.pointer}/content", known[ticket.type], ticket.fields)
            for ticket in self.tickets
            if ticket.recognised and ticket.fields and ticket.type in known
        )

    @property
    def document(self) -> dict[str, Json] | None:
        """The single result of an identity document call, where it is an object."""
        entries = self.result.entries if not self.contract.answers_tickets else ()
        return entries[0].members if entries else None

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The locations of all tickets, or of the document, read once for all checks."""
        return tuple(self._place(entry.pointer, entry.members) for entry in self.result.placed)

    def _place(self, pointer: str, members: dict[str, Json]) -> Place:
        kind, location, truth = members.get("type"), members.get("location"), self.exchange.truth
        quad = read_quad(location)
        picture = self.expectation.picture
        # On a picture turned by its EXIF orientation it is open which grid a location is of.
        documents = truth.documents if truth is not None and (picture is None or picture.orientation == 1) else ()
        trues = tuple(document.corners for document in documents if document.type == kind)
        overlap = max(iou(quad, true) for true in trues) if trues and quad is not None else None
        return Place(f"{pointer}/location", kind, location, quad, trues, overlap, nowhere(location))

    @property
    def accepted(self) -> bool:
        """True where the request was answered with at least one recognised ticket, or with a document."""
        return self.result.accepted

    @cached_property
    def readable_documents(self) -> tuple[TrueDocument, ...]:
        """Specimens on the picture that can be read and were asked for."""
        truth = self.exchange.truth
        asked = self.expectation.type_list
        documents = truth.documents if truth is not None else ()
        return tuple(doc for doc in documents if doc.readable and (asked is None or doc.type in asked))

    @property
    def of_gateway(self) -> bool:
        """Whether a gateway in front of the service may have given this answer, in a shape of its own: by its status,
        or where it may be a refusal of the size, which gateways measure before the service does.
        """
        if self.response is None:
            return False
        status, expectation = self.response.status, self.expectation
        by_size = BETWEEN in expectation.reasons or expectation.faults & _SIZES or "size.measured" in expectation.opens
        return status in GATEWAY_STATUSES or status >= 500 or (status >= 400 and bool(by_size))

    @property
    def empty_handed(self) -> bool:
        """True for a success without any result, about a picture on which, as is known, nothing can be read."""
        if self.kind != "success" or self.exchange.truth is None:
            return False
        return self.result.empty and not self.readable_documents

    @property
    def legible(self) -> bool:
        """False for a picture of so few pixels that it is its size that is tested, and where no picture was sent."""
        picture = self.expectation.picture
        return picture is not None and min(picture.width, picture.height) >= _LEGIBLE_SIDE

    @property
    def nothing_found(self) -> bool:
        """True where the call was understood but the picture showed nothing readable to the target."""
        return self.code in _NOTHING_FOUND and self.response is not None and self.response.status < 500

    @property
    def credentials_refused(self) -> bool:
        """True where good credentials were refused, or some that may be good, whatever else the request holds.

        Those that the control was accepted with are good: a refusal that blames them has the wrong code.
        """
        response, auth = self.response, self.exchange.request.auth
        if response is None or auth not in ("valid", "unknown") or self.kind == "success":
            return False
        if self.control is not None and self.control.accepted and auth == self.control.exchange.request.auth == "valid":
            return False
        return self.code in self.contract.errors.groups["authentication"] or response.status in (401, 403)

    @property
    def throttled(self) -> bool:
        """True where the target refused for load, so that nothing can be learnt."""
        response = self.response
        if response is None:
            return False
        return (
            response.status == 429
            or self.code in _THROTTLED
            or bool(response.status == 503 and response.header("Retry-After"))
        )

    def held(self, requirement: Requirement, observed: Text, pointer: str = "") -> Observation:
        """A witness."""
        return self._observation(requirement, "held", observed, pointer, None)

    def broken(
        self, requirement: Requirement, observed: Text, pointer: str = "", expected: Text | None = None
    ) -> Observation:
        """A finding; what was expected is the statement of the requirement unless `expected` says it more exactly.

        Of an answer in no form of the service it says whose it may be: something before the service answers, too.
        """
        origin = self.origin_in_words
        if origin is not None and origin.en not in observed.en:
            observed = Text(f"{observed.en}; the answer is {origin.en}", f"{observed.zh}；响应为{origin.zh}")
        return self._observation(requirement, "broken", observed, pointer, expected)

    def undecided(self, requirement: Requirement, reason: Text) -> Observation:
        """Nothing learnt, and why."""
        return self._observation(requirement, "undecided", reason, "", None)

    @staticmethod
    def _observation(
        requirement: Requirement, state: State, observed: Text, pointer: str, expected: Text | None
    ) -> Observation:
        return Observation(requirement.id, state, expected or requirement.statement, observed, pointer)

    @cached_property
    def origin_in_words(self) -> Text | None:
        """Media type, length and `Server` of an answer that has neither the form of a result nor that of an error."""
        response = self.response
        if response is None or self.body.beyond_us:
            return None
        if self.kind != "unreadable" and self.members.keys() & {"result", "error_code"}:
            return None
        media, server = response.header("Content-Type"), response.header("Server")
        size = len(response.body)
        media = plain(media.partition(";")[0].strip()[:_SHOWN]) if media else ""
        english = f"{media or 'without a Content-Type,'} of {size} bytes" if size else "empty"
        chinese = f"{media or '无 Content-Type'}，{size} 字节" if size else "空"
        by = f", Server: {plain(server[:_SHOWN])}" if server else ", without a Server header"
        by_zh = f"，Server：{plain(server[:_SHOWN])}" if server else "，无 Server 头"
        return Text(english + by, chinese + by_zh)

    @cached_property
    def answer_in_words(self) -> Text:
        """The answer in a few words: `400 AIS.0103`, `200 with 2 tickets`, `no response (closed)`."""
        answer = self.exchange.answer
        if not isinstance(answer, Response):
            why = failure_words(answer)
            return Text(f"no response ({answer.kind}): {answer.detail}", f"无响应（{answer.kind}）：{why.zh}")
        status, origin = answer.status, self.origin_in_words
        if self.body.beyond_us and self.body.problem is not None:
            problem = self.body.problem
            return Text(f"status {status}, {problem.en}", f"状态码 {status}，{problem.zh}")
        if origin is not None:
            what = Text("no error_code", "无 error_code") if self.kind == "failure" else _NO_OBJECT
            return Text(f"status {status}, {what.en}: {origin.en}", f"状态码 {status}，{what.zh}：{origin.zh}")
        if self.kind == "failure":
            code = plain(self.code or "")
            return Text(f"status {status}, {code or 'no error_code'}", f"状态码 {status}，{code or '无 error_code'}")
        return _with_status(status, self.result.in_words)


@lru_cache(maxsize=256)
def _with_status(status: int, what: Text) -> Text:
    """One for all answers alike: a note of each is kept."""
    return Text(f"status {status}, {what.en}", f"状态码 {status}，{what.zh}")
