"""The reference around its operations: credentials, paths, methods, bodies, headers of an answer."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING

import httpx
import pytest
from reference_process import (
    DOCUMENT,
    INVALID_PARAMETER,
    NO_SUCH_API,
    NOT_JSON,
    PROJECT,
    TICKETS,
    TICKETS_2021,
    TOKEN,
    Server,
    error,
)

if TYPE_CHECKING:
    pass

TOKEN_EMPTY = error("ModelArts.4101", "Token header cannot be empty.")
TOKEN_INVALID = error("ModelArts.4103", "Invalid Token header.")
NO_PERMISSION = error("ModelArts.4203", "Access denied! You do not have permission.")
LENGTH_INVALID = error("ModelArts.4104", "Invalid Request Content Length.")


@pytest.mark.parametrize("path", [TICKETS, TICKETS_2021, DOCUMENT])
def test_a_missing_token_is_refused(server: Server, path: str) -> None:
    answer = httpx.post(server.origin + path, json={}, trust_env=False)
    assert (answer.status_code, answer.json()) == (401, TOKEN_EMPTY)


def test_an_empty_token_is_refused(server: Server) -> None:
    answer = server.post(TICKETS, {}, X_Auth_Token="")
    assert (answer.status_code, answer.json()) == (401, TOKEN_EMPTY)


@pytest.mark.parametrize("token", ["garbage", TOKEN + "x", TOKEN[:-1], TOKEN.upper()])
def test_another_token_is_refused(server: Server, token: str) -> None:
    answer = server.post(TICKETS, {}, X_Auth_Token=token)
    assert (answer.status_code, answer.json()) == (401, TOKEN_INVALID)


def test_a_token_that_is_no_ascii_is_refused(server: Server) -> None:
    answer = server.client.post(TICKETS, json={}, headers={b"X-Auth-Token": "令牌".encode()})
    assert (answer.status_code, answer.json()) == (401, TOKEN_INVALID)


def test_another_project_is_refused(server: Server) -> None:
    answer = server.post(DOCUMENT.replace(PROJECT, "f" * 32), {})
    assert (answer.status_code, answer.json()) == (403, NO_PERMISSION)


def test_the_token_counts_before_the_project(server: Server) -> None:
    answer = server.post(DOCUMENT.replace(PROJECT, "f" * 32), {}, X_Auth_Token="garbage")
    assert (answer.status_code, answer.json()) == (401, TOKEN_INVALID)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(server: Server, method: str) -> None:
    answer = server.client.request(method, TICKETS)
    assert (answer.status_code, answer.json(), answer.headers["Allow"]) == (405, NO_SUCH_API, "POST")


@pytest.mark.parametrize(
    "path", ["/", TICKETS + "/", "/v1.0/ocr", "/v2//ocr/auto-id-doc-classification", "/v3" + TICKETS, "/%2e%2e/v1.0"]
)
def test_other_paths_are_refused(server: Server, path: str) -> None:
    answer = server.client.post(path, json={})
    assert (answer.status_code, answer.json()) == (404, NO_SUCH_API)


@pytest.mark.parametrize("project", ["%0A", "%0D%0A", "%00"])
def test_a_project_with_a_control_character_is_refused_as_any_other(server: Server, project: str) -> None:
    answer = server.client.post(DOCUMENT.replace(PROJECT, project), json={})
    assert (answer.status_code, answer.json()) == (403, NO_PERMISSION)


@pytest.mark.parametrize(
    ("length", "answer"), [(17_000, INVALID_PARAMETER), (64_000, INVALID_PARAMETER), (66_000, None)]
)
@pytest.mark.parametrize("pieces", [1, 2])
def test_a_long_head_is_answered_alike_in_one_piece_and_in_two(
    server: Server, length: int, answer: object, pieces: int
) -> None:
    address = httpx.URL(server.origin)
    start = f"POST {TICKETS} HTTP/1.1\r\nHost: a\r\nX-Auth-Token: {TOKEN}\r\nContent-Type: application/json\r\n"
    start += "Content-Length: 2\r\nConnection: close\r\nX-Long: "
    head = start.encode() + b"a" * (length - len(start)) + b"\r\n\r\n"
    with socket.create_connection((address.host, address.port or 0), timeout=10) as connection:
        for piece in (head + b"{}",) if pieces == 1 else (head[:16_500], head[16_500:] + b"{}"):
            connection.sendall(piece)
            server.client.post(TICKETS, json={})  # answered: the server has read what was sent before
        with connection.makefile("rb") as stream:
            status, body = stream.readline(), stream.read().partition(b"\r\n\r\n")[2]
    assert status == b"HTTP/1.1 400 Bad Request\r\n"
    assert body == b"Invalid HTTP request received." if answer is None else json.loads(body) == answer


def test_a_query_is_ignored(server: Server) -> None:
    assert server.post(TICKETS + "?a=b", {}).json() == INVALID_PARAMETER


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"image": NaN}',
        b'{"image": "\xff"}',
        b'\xef\xbb\xbf{"image": ""}',
        '{"image": ""}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"image": ' + b"9" * 5000 + b"}",
        b"[]",
        b'"text"',
        b"null",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(server: Server, body: bytes) -> None:
    answer = server.client.post(TICKETS, content=body)
    assert (answer.status_code, answer.json()) == (400, NOT_JSON)


def test_a_body_of_another_media_type_is_refused(server: Server) -> None:
    answer = server.client.post(TICKETS, content=b"{}", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()) == (415, NOT_JSON)


@pytest.mark.parametrize("media_type", ["application/json", "application/json;charset=UTF-8", "Application/JSON ; x=y"])
def test_json_may_have_parameters_in_its_media_type(server: Server, media_type: str) -> None:
    answer = server.client.post(TICKETS, content=b"{}", headers={"Content-Type": media_type})
    assert answer.json() == INVALID_PARAMETER


def test_json_may_come_without_a_media_type(server: Server) -> None:
    assert server.client.post(TICKETS, content=b"{}").json() == INVALID_PARAMETER


def test_a_body_above_12_mb_is_refused(server: Server) -> None:
    answer = server.client.post(TICKETS, content=b" " * (12 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()) == (413, LENGTH_INVALID)


def test_a_chunked_body_above_12_mb_is_refused(server: Server) -> None:
    answer = server.client.post(TICKETS, content=(b" " * 1_000_000 for _ in range(13)))
    assert (answer.status_code, answer.json()) == (413, LENGTH_INVALID)


def test_a_body_of_12_mb_is_read(server: Server) -> None:
    answer = server.client.post(TICKETS, content=b"{}" + b" " * (12 * 1024 * 1024 - 2))
    assert (answer.status_code, answer.json()) == (400, INVALID_PARAMETER)


def test_a_refused_body_does_not_spoil_the_connection(server: Server) -> None:
    with httpx.Client(base_url=server.origin, trust_env=False, limits=httpx.Limits(max_connections=1)) as client:
        first = client.post(TICKETS, content=b"x" * 1_000_000)
        second = client.post(TICKETS, content=b"{}", headers={"X-Auth-Token": TOKEN})
    assert (first.json(), second.json()) == (TOKEN_EMPTY, INVALID_PARAMETER)


def test_every_answer_has_an_id_and_is_json(server: Server) -> None:
    answers = [server.post(TICKETS, {}), server.client.get("/"), server.post(TICKETS, {}, X_Auth_Token="")]
    assert all(re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"]) for answer in answers)
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/json"}
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3


def test_the_enterprise_project_does_not_matter(server: Server) -> None:
    assert server.post(DOCUMENT, {}, Enterprise_Project_Id="!!").json() == INVALID_PARAMETER
