"""The kit in other people's tests: responses of the clients that they use, judged in a line."""

from __future__ import annotations

import inspect
import json
import pickle
import pydoc
import typing
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

import conformance
from conformance import (
    DataError,
    Draw,
    Exchange,
    FaultyRequest,
    Request,
    Response,
    assert_conforms,
    examine,
    exchange_of,
    expect,
    load_contract,
    strategies,
)
from conformance.plugin.items import ConformanceWarning

TICKETS = load_contract("auto-classification-v1.0")
SENT = strategies.build(TICKETS, Draw(page=("bankcard",)))
JSON = {"Content-Type": "application/json", "X-Request-Id": "17"}
TICKET = {
    "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
    "type": "bankcard",
    "location": [[16, 16], [1026, 16], [1026, 656], [16, 656]],
    "content": {},
}
GOOD = json.dumps({"result": [TICKET]}).encode()
BAD = json.dumps({"result": [{**TICKET, "location": [[16, 16]]}]}).encode()


def by_httpx(body: bytes) -> object:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=JSON, content=body))
    with httpx.Client(transport=transport) as client:
        return client.post("http://ocr.example" + SENT.path, content=SENT.body, headers={"X-Auth-Token": "t", **JSON})


def by_respx(body: bytes) -> object:
    with respx.mock(base_url="http://ocr.example") as router:
        router.post(SENT.path).respond(200, headers=JSON, content=body)
        return httpx.post("http://ocr.example" + SENT.path, content=SENT.body, headers={"X-Auth-Token": "t", **JSON})


def by_requests(body: bytes) -> object:
    requests = pytest.importorskip("requests")
    prepared = requests.Request(
        "POST", "http://ocr.example" + SENT.path, data=SENT.body, headers={"X-Auth-Token": "t", **JSON}
    ).prepare()
    response = requests.Response()
    response.status_code, response._content, response.request = 200, body, prepared
    response.headers.update(JSON)
    return response


def by_flask(body: bytes) -> object:
    flask = pytest.importorskip("flask")
    app = flask.Flask("service")
    app.post(SENT.path)(lambda: (body, 200, JSON))
    return app.test_client().post(SENT.path, data=SENT.body, headers={"X-Auth-Token": "t", **JSON})


def by_django(body: bytes) -> object:
    django = pytest.importorskip("django")
    from django.conf import settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=(), ALLOWED_HOSTS=["*"])
        django.setup()
    from django.http import HttpResponse

    return HttpResponse(body, headers=JSON)


def by_starlette(body: bytes) -> object:
    from starlette.responses import Response as Answer

    return Answer(body, headers=JSON)


def by_hand(body: bytes) -> object:
    return Response(200, tuple(JSON.items()), body)


CLIENTS: list[Callable[[bytes], object]] = [
    by_httpx, by_respx, by_requests, by_flask, by_django, by_starlette, by_hand
]  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_a_response_of_any_client_conforms(client: Callable[[bytes], object]) -> None:
    with pytest.warns(ConformanceWarning, match="ticket.content.not-empty"):
        observations = assert_conforms(client(GOOD), TICKETS, SENT)
    held = {observation.requirement for observation in observations if observation.state == "held"}
    assert f"{TICKETS.id}/ticket.location.four-corners" in held


@pytest.mark.parametrize("client", CLIENTS)
def test_a_breach_is_told_as_a_finding(client: Callable[[bytes], object]) -> None:
    with pytest.raises(AssertionError) as failure:
        assert_conforms(client(BAD), TICKETS, SENT)
    assert str(failure.value).startswith(
        "auto-classification-v1.0/ticket.location.four-corners\n"
        "  expected: at least 4 entries\n"
        "  observed: 1 entries: [[16, 16]]\n"
        "  where: /result/0/location, response\n"
        "  in: <Request POST /v1.0/ocr/auto-classification, "
    )


@pytest.mark.parametrize("client", [by_httpx, by_respx, by_requests, by_flask])
def test_a_client_that_keeps_its_request_needs_none(client: Callable[[bytes], object]) -> None:
    exchange = exchange_of(client(GOOD))
    assert (exchange.request.method, exchange.request.path, exchange.request.auth) == ("POST", SENT.path, "valid")
    assert "t" not in [value for _, value in exchange.request.headers]
    assert exchange.request.body == (SENT.body if client is not by_flask else exchange.request.body)


@pytest.mark.parametrize("client", [by_django, by_starlette, by_hand])
def test_another_one_asks_for_it(client: Callable[[bytes], object]) -> None:
    with pytest.raises(DataError, match="expected the request beside"):
        exchange_of(client(GOOD))


def test_the_project_of_a_path_becomes_its_slot() -> None:
    response = httpx.Response(200, request=httpx.Request("POST", f"http://a/v2/{'0a' * 16}/ocr/x?y=1"))
    assert exchange_of(response).request.path == "/v2/{project_id}/ocr/x?y=1"


def test_what_is_no_response_is_one_clear_error() -> None:
    with pytest.raises(DataError) as error:
        exchange_of("200 OK", SENT)
    assert str(error.value) == (
        "exchange_of: expected a response of httpx, requests, Flask, Django, Starlette or FastAPI, or a Response; "
        "found a builtins.str"
    )


@pytest.mark.parametrize("name", conformance.__all__)
def test_public_names_are_there_and_their_types_can_be_read(name: str) -> None:
    assert name in dir(conformance)
    value = getattr(conformance, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__doc__
        typing.get_type_hints(value)


@pytest.mark.parametrize("name", strategies.__all__)
def test_types_of_strategies_can_be_read(name: str) -> None:
    typing.get_type_hints(getattr(strategies, name))


def test_help_shows_each_public_name() -> None:
    shown = pydoc.plain(pydoc.render_doc(conformance))
    assert [name for name in conformance.__all__ if name not in shown] == ["__version__"]  # help says "VERSION"


def test_a_contract_is_pickled_and_hashed_before_and_after_it_was_judged_with() -> None:
    fresh = pickle.loads(pickle.dumps(TICKETS))
    digest = hash(fresh)
    examine(exchange_of(by_hand(GOOD), SENT), fresh)
    used = pickle.loads(pickle.dumps(fresh))
    assert fresh == used == TICKETS
    assert {digest, hash(fresh), hash(used)} == {hash(TICKETS)}
    assert len(pickle.dumps(fresh)) == len(pickle.dumps(used))


def test_a_contract_may_be_given_by_its_id() -> None:
    assert strategies.build(TICKETS.id, Draw(page=("bankcard",))) == SENT
    assert strategies.fault_ids(TICKETS.id) == strategies.fault_ids(TICKETS)
    with pytest.raises(DataError, match="unknown contract 'tickets'"):
        strategies.valid_requests("tickets")
    with pytest.raises(DataError, match="expected a contract, its id or its folder, found 3"):
        strategies.invalid_requests(3)  # type: ignore[arg-type]


def test_what_judges_takes_a_contract_by_its_id_too() -> None:
    assert expect(SENT, TICKETS.id) == expect(SENT, TICKETS)
    assert examine(exchange_of(by_hand(GOOD), SENT), TICKETS.id) == examine(exchange_of(by_hand(GOOD), SENT), TICKETS)
    judging: Any
    for judging in (expect, examine):
        with pytest.raises(DataError, match="expected a contract, its id or its folder, found 3"):
            judging(exchange_of(by_hand(GOOD), SENT), 3)
    with pytest.warns(ConformanceWarning):
        assert assert_conforms(by_hand(GOOD), TICKETS.id, SENT) == examine(exchange_of(by_hand(GOOD), SENT), TICKETS)
    with pytest.raises(DataError, match="unknown contract 'tickets'"):
        assert_conforms(by_hand(GOOD), "tickets", SENT)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, "{}", "Response: body: expected bytes, found str"),
        ("200", b"{}", "Response: status: expected an integer, found '200'"),
    ],
)
def test_a_response_of_other_values_is_one_message(status: Any, body: Any, message: str) -> None:
    with pytest.raises(TypeError) as error:
        Response(status, (), body)
    assert str(error.value) == message


def test_lists_and_dictionaries_do_where_clients_take_them() -> None:
    given: Any = ["bankcard"]
    assert Draw(page=given) == Draw(page=("bankcard",))
    headers: Any = {"Content-Type": "application/json"}
    assert Request("POST", "/", headers).headers == (("Content-Type", "application/json"),)
    assert Response(200, headers, b"").header("content-type") == "application/json"
    wrong: Any = "bankcard"
    with pytest.raises(DataError, match="draw: page: expected a list of strings, found 'bankcard'"):
        Draw(page=wrong)


def test_a_faulty_request_is_equal_to_the_same_bytes_without_a_label() -> None:
    faulty = strategies.break_request(TICKETS, "body.empty/no-bytes", Draw(page=("bankcard",)))
    assert isinstance(faulty, FaultyRequest)
    same = Request(faulty.method, faulty.path, faulty.headers, faulty.body)
    assert (faulty == same, same == faulty, hash(faulty) == hash(same)) == (True, True, True)
    assert isinstance(faulty.label.control, Request)


def test_a_refusal_is_a_witness_beside_its_control() -> None:
    faulty = strategies.break_request(TICKETS, "picture.format/gif", Draw(page=("bankcard",)))
    body = b'{"error_code":"AIS.0102","error_msg":"The image format is not supported."}'
    control = Exchange(faulty.label.control, Response(200, tuple(JSON.items()), GOOD))
    found = assert_conforms(Response(400, tuple(JSON.items()), body), TICKETS, faulty, control=control)
    assert [o.state for o in found if o.requirement == faulty.label.requirement] == ["held"]
