"""Requests with a url: the address is filled in, the pictures are served meanwhile, and nothing of it comes back."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from loopback import Call, Reply, stub

from conformance.exchange import Request, Response, ServedPicture
from conformance.targets import Credentials, TargetError
from conformance.targets.http import Headers, HttpTarget
from conformance.targets.picture_server import LOOPBACK

PICTURE = ServedPicture("specimen-1.png", b"not really a picture", "image/png")
REQUEST = Request("POST", "/ocr", body=b'{"url":"{pictures}/specimen-1.png"}', pictures=(PICTURE,))
NOBODY = Credentials(token="a-token-of-the-picture-tests")


def fetching(call: Call) -> Reply:
    """Fetches what the url names, and answers with its bytes."""
    try:
        with urllib.request.urlopen(json.loads(call.body)["url"], timeout=20) as found:
            return 200, {}, found.read()
    except urllib.error.HTTPError as error:
        with error:
            return 400, {}, str(error.code).encode()


def echoing(call: Call) -> Reply:
    url = json.loads(call.body)["url"]
    escaped = url.replace("/", "\\/")
    return 400, {}, json.dumps({"plain": url}).encode() + f'{{"escaped":"{escaped}"}}'.encode()


def answered(target: HttpTarget, request: Request) -> tuple[int, bytes]:
    answer = target.send(request)
    assert isinstance(answer, Response)
    return answer.status, answer.body


def test_a_target_fetches_the_picture_while_it_answers() -> None:
    with stub(fetching) as origin, HttpTarget(origin, NOBODY, pictures_address=LOOPBACK) as target:
        assert answered(target, REQUEST) == (200, b"not really a picture")


def test_a_picture_is_gone_with_its_request() -> None:
    urls: list[str] = []

    def remembering(call: Call) -> Reply:
        urls.append(json.loads(call.body)["url"])
        return fetching(Call("POST", "/ocr", {}, json.dumps({"url": urls[0]}).encode()))

    other = Request("POST", "/ocr", body=b'{"url":"{pictures}/b.png"}', pictures=(ServedPicture("b.png"),))
    with stub(remembering) as origin, HttpTarget(origin, NOBODY, pictures_address=LOOPBACK) as target:
        assert [answered(target, request) for request in (REQUEST, other)] == [
            (200, b"not really a picture"),
            (400, b"404"),
        ]


def test_an_address_that_a_target_echoes_becomes_the_slot_again() -> None:
    with stub(echoing) as origin, HttpTarget(origin, NOBODY, pictures_address=LOOPBACK) as target:
        assert answered(target, REQUEST) == (
            400,
            b'{"plain": "{pictures}/specimen-1.png"}{"escaped":"{pictures}\\/specimen-1.png"}',
        )


def test_a_body_without_pictures_is_sent_as_it_is() -> None:
    request = Request("POST", "/ocr", body=b'{"url":"{pictures}/specimen-1.png"}')
    repeated = stub(lambda call: (200, {}, call.body))
    with repeated as origin, HttpTarget(origin, NOBODY, pictures_address=LOOPBACK) as target:
        assert answered(target, request) == (200, request.body)


def test_a_signature_covers_the_address() -> None:
    signed: list[bytes] = []

    def sign(_method: str, _url: str, headers: Headers, body: bytes) -> Headers:
        signed.append(body)
        return (*headers, ("Authorization", "signed"))

    keys = Credentials(ak="an-access-key", sk="its-secret-key")
    sent: list[bytes] = []

    def keeping(call: Call) -> Reply:
        sent.append(call.body)
        return 200, {}, b"{}"

    with stub(keeping) as origin, HttpTarget(origin, keys, sign=sign, pictures_address=LOOPBACK) as target:
        target.send(REQUEST)
    assert signed == sent
    assert json.loads(sent[0])["url"].startswith("http://127.0.0.1:")


def test_without_an_address_a_request_with_pictures_is_not_sent() -> None:
    with stub(fetching) as origin, HttpTarget(origin, NOBODY) as target, pytest.raises(TargetError) as caught:
        target.send(REQUEST)
    assert str(caught.value) == (
        "expected an address at which the target reaches pictures of the kit; observed none; "
        "state one for this target, or leave out requests with a url"
    )


def test_an_address_that_cannot_be_used_is_told_at_once() -> None:
    with pytest.raises(TargetError, match=r"^expected an address at which the target reaches pictures of the kit"):
        HttpTarget("http://127.0.0.1:1", NOBODY, pictures_address="no address")
