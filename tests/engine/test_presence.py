"""A service that is down behind its gateway, or a token that expires, ends a run and breaks nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from liars import CONTRACT, HEADERS, Answers, Liar, honest, purpose, refusal, verdict

from conformance.engine.availability import PATIENT_S, Patience
from conformance.engine.budget import Budget
from conformance.engine.ledger import Ledger
from conformance.engine.run import Run
from conformance.exchange import Request, Response, TransportFailure

PURPOSES = ("first-contact", "formats", "body")

BAD_GATEWAY = Response(
    502, (("Server", "nginx/1.22.1"), ("Content-Type", "text/html")), b"<html><h1>502 Bad Gateway</h1></html>"
)
CLOSED = TransportFailure("closed", "The connection ended before an answer began.")
REFUSED = TransportFailure("refused", "The target refused the connection.")
EXPIRED = refusal("ModelArts.4103", "The token is invalid or has expired.", 401)

Answer = Response | TransportFailure


def run(answers: Answers, max_requests: int | None = None) -> tuple[Ledger, Liar, list[float]]:
    """The ledger of a run, the target, and the seconds that were waited for it."""
    waited: list[float] = []
    budget = Budget(max_requests, clock=lambda: sum(waited), sleep=waited.append)
    liar = Liar(answers)
    patience = Patience(PATIENT_S)
    return (
        Run([CONTRACT], liar, budget=budget, patience=patience).execute([purpose(name) for name in PURPOSES]),
        liar,
        waited,
    )


def broken(ledger: Ledger) -> list[str]:
    return [name for name, account in ledger.accounts.items() if account.verdict == "fail"]


def away(first: int, last: int, instead: Answer) -> Answers:
    """Honest but for the requests from `first` to `last`, whichever they are."""
    return lambda request, number: instead if first <= number <= last else service(request, number)


def service(request: Request, number: int) -> Answer:
    """An honest implementation that also knows what is no request of a purpose."""
    return refusal("ModelArts.4504", "", 405) if request.method == "GET" else honest(request, number)


OWN_JSON = Response(500, HEADERS, b'{"statusCode": 500, "code": "FST_REPLY_FROM_INTERNAL_SERVER_ERROR"}')
LATER = Response(503, (("Content-Type", "text/html"), ("Retry-After", "5")), b"<html>Guru Meditation</html>")


@pytest.mark.parametrize(
    "instead",
    [BAD_GATEWAY, LATER, OWN_JSON, CLOSED, REFUSED],
    ids=["502", "503 of Varnish", "500 of fastify", "closed", "refused"],
)
def test_a_service_that_is_down_from_the_start_ends_the_run_with_nothing_learnt(instead: Answer) -> None:
    ledger, liar, waited = run(lambda _request, _number: instead)
    assert (ledger.stop_reason, ledger.verdict) == ("unreachable", "inconclusive")
    assert {account.verdict for account in ledger.accounts.values()} <= {"inconclusive", "not-applicable"}
    # The first request, an empty object, and a GET.
    assert (len(liar.sent), waited) == (3, [])


BROKEN_OFF = TransportFailure("closed", "The connection ended within the body.", begun=True)


def test_a_gateway_whose_page_breaks_off_for_want_of_reading_is_known_by_a_request_without_a_body() -> None:
    """As tinyproxy without its service does: it answers before it has read a body, and hangs up on the rest."""
    page = Response(500, (("Server", "tinyproxy/1.11.1"), ("Content-Type", "text/html")), b"<h1>Unable to connect</h1>")
    ledger, liar, _ = run(lambda request, _number: page if not request.body else BROKEN_OFF)
    assert (ledger.stop_reason, len(liar.sent), broken(ledger)) == ("unreachable", 2, [])
    assert ledger.stop_text is not None
    assert "Server: tinyproxy/1.11.1" in ledger.stop_text.en


def test_a_service_that_breaks_its_answers_off_is_no_gateway() -> None:
    ledger, liar, _ = run(lambda request, number: BROKEN_OFF if request.body else service(request, number))
    assert ledger.verdict == "nonconformant"
    assert f"{CONTRACT.id}/answer.http" in broken(ledger)
    assert len(liar.sent) > 10


def test_a_gateway_without_its_service_is_named_with_what_it_answers() -> None:
    ledger, _, _ = run(lambda _request, _number: BAD_GATEWAY)
    assert ledger.stop_text is not None
    assert ledger.stop_text.en == (
        "a gateway answers, the service behind it does not (status 502, a body that is no JSON object: text/html of 37 "
        "bytes, Server: nginx/1.22.1)"
    )
    assert ledger.stop_text.zh == (
        "网关有响应，其后的服务没有响应（状态码 502，响应体不是 JSON 对象：text/html，37 字节，Server：nginx/1.22.1）"
    )


def test_somebody_who_fails_at_everything_is_called_no_gateway() -> None:
    ledger, _, _ = run(lambda _request, _number: OWN_JSON)
    assert ledger.stop_text is not None
    assert ledger.stop_text.en == (
        "whatever is asked, the answer is in no form of the service: a gateway whose service is down, or one that "
        "fails at everything (status 500, no error_code: application/json of 67 bytes, without a Server header)"
    )


@pytest.mark.parametrize("instead", [BAD_GATEWAY, CLOSED, REFUSED], ids=["502", "closed", "refused"])
def test_a_service_that_goes_down_in_the_middle_breaks_nothing(instead: Answer) -> None:
    ledger, liar, waited = run(away(4, 10_000, instead))
    assert (ledger.stop_reason, ledger.verdict, broken(ledger)) == ("target-lost", "inconclusive", [])
    # Three rounds of an empty object, a GET and what was accepted before.
    assert (len(liar.sent), waited) == (5 + 3 * 3, [1.0, 2.0])


@pytest.mark.parametrize("instead", [BAD_GATEWAY, CLOSED, REFUSED], ids=["502", "closed", "refused"])
def test_a_service_that_is_restarted_is_asked_again(instead: Answer) -> None:
    whole, _, _ = run(service)
    ledger, _, waited = run(away(4, 7, instead))
    assert ledger.stop_reason is None
    assert {n: a.verdict for n, a in ledger.accounts.items()} == {n: a.verdict for n, a in whole.accounts.items()}
    assert waited == [1.0]


def test_an_answer_of_a_gateway_to_some_requests_alone_is_the_services_fault() -> None:
    def answers(request: Request, number: int) -> Answer:
        return BAD_GATEWAY if request.label is not None and "body." in request.label.fault else service(request, number)

    ledger, _, _ = run(answers)
    assert ledger.stop_reason is None
    assert f"{CONTRACT.id}/answer.server-error" in broken(ledger)


def test_a_service_that_closes_on_whatever_it_refuses_is_asked_what_it_accepted() -> None:
    def answers(request: Request, number: int) -> Answer:
        answer = service(request, number)
        return answer if isinstance(answer, Response) and answer.status == 200 else CLOSED

    ledger, liar, _ = run(answers)
    assert ledger.stop_reason is None
    assert verdict(ledger, "answer.http") == "fail"
    # What was accepted is sent again three times at most.
    notes = [note for note in ledger.notes if note.role == "probe" and note.billed]
    assert len(notes) == 3
    assert len(liar.sent) == len(ledger.notes)


def test_a_token_that_expires_ends_the_run_after_two_such_answers() -> None:
    def answers(request: Request, number: int) -> Answer:
        return service(request, number) if number < 5 or request.auth != "valid" else EXPIRED

    ledger, liar, _ = run(answers)
    assert (ledger.stop_reason, ledger.verdict, broken(ledger)) == ("credentials-expired", "inconclusive", [])
    assert [note.outcome.en for note in ledger.notes[-2:]] == ["status 401, ModelArts.4103"] * 2
    assert ledger.stop_text is not None
    assert ledger.stop_text.en == (
        "credentials that were good are refused now (status 401, ModelArts.4103), as those of a token that has "
        "expired. Give a new token, and run the same command again"
    )
    assert len(liar.sent) == len(ledger.notes)


def test_good_credentials_that_some_requests_alone_are_refused_with_are_a_finding() -> None:
    def answers(request: Request, number: int) -> Answer:
        return EXPIRED if request.label is not None and "body." in request.label.fault else service(request, number)

    ledger, _, _ = run(answers)
    assert ledger.stop_reason is None
    assert [note.outcome.en for note in ledger.notes if note.role == "probe"] == ["status 200, a result"] * 3
    assert broken(ledger) == [f"{CONTRACT.id}/body.json.code", f"{CONTRACT.id}/body.code"]


def test_a_kept_connection_that_ended_is_no_answer_and_the_request_is_sent_again() -> None:
    kept = TransportFailure("closed", "The connection, kept from the exchange before, ended.", kept=True)
    ledger, liar, _ = run(lambda request, number: service(request, number) if number % 2 else kept)
    assert (ledger.stop_reason, broken(ledger)) == (None, [])
    assert [note.retried for note in ledger.notes] == [True, False] * (len(liar.sent) // 2)


def test_a_connection_that_ends_again_is_a_finding() -> None:
    def answers(request: Request, number: int) -> Answer:
        faulty = request.label is not None and "body." in request.label.fault
        kept = bool(number % 2)
        return TransportFailure("closed", CLOSED.detail, kept=kept) if faulty else service(request, number)

    ledger, _, _ = run(answers)
    assert (ledger.stop_reason, verdict(ledger, "answer.http")) == (None, "fail")


def test_a_limit_holds_for_what_asks_whether_the_service_is_there() -> None:
    ledger, liar, _ = run(away(4, 10_000, BAD_GATEWAY), max_requests=7)
    assert (ledger.stop_reason, len(liar.sent), broken(ledger)) == ("limit", 7, [])


def hanging(kind: str) -> Callable[[Request, int], Answer]:
    """A target that never answers requests with a kind of fault."""

    def answers(request: Request, number: int) -> Answer:
        if request.label is not None and request.label.fault.startswith(kind):
            return TransportFailure("timeout", "No answer began within 30 s.", 30.0)
        return service(request, number)

    return answers


class Hurriable(Liar):
    """A liar that remembers how long it was waited for, at each request."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.deadlines: list[float | None] = []
        self._deadline_s: float | None = None

    def hurry(self, deadline_s: float | None) -> None:
        self._deadline_s = deadline_s

    def send(self, request: Request) -> Answer:
        if request.label is not None and request.label.fault.startswith("body."):
            self.deadlines.append(self._deadline_s)
        return super().send(request)


def test_a_kind_of_request_that_hangs_is_waited_for_twice_and_then_for_3_seconds() -> None:
    liar = Hurriable(hanging("body."))
    ledger = Run([CONTRACT], liar).execute([purpose(name) for name in PURPOSES])
    # Once in first-contact and once when that is repeated; then twelve of the purpose on bodies, without repetition.
    assert liar.deadlines == [None, 3.0, *[3.0] * 12]
    assert verdict(ledger, "answer.http") == "fail"
    (result,) = (result for result in ledger.results if result.purpose.name == "body")
    assert {reason.en for _, reason in result.unproven} <= {
        "the rest of this purpose was not sent: so many answers did not come in time",
        "no response (timeout): No answer began within 30 s.",
    }


def test_a_slow_target_is_waited_for_ten_times_as_long_as_its_slowest_answer() -> None:
    slow = Response(200, HEADERS, json.dumps({"result": {}}).encode(), 0.7)

    def answers(request: Request, number: int) -> Answer:
        return slow if request.label is None else hanging("body.")(request, number)

    liar = Hurriable(answers)
    Run([CONTRACT], liar).execute([purpose("body")])
    assert liar.deadlines[:3] == [None, None, 7.0]
