"""The `url` input: downloads within limits, and no way into the server's own network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest
from drawn_documents import text
from reference_process import DOCUMENT, FORMAT_NOT_SUPPORTED, SIZE_NOT_MET, TICKETS, Server, error, served
from served_files import PICTURE, files

from conformance.reference.editions import load_edition
from conformance.reference.pictures import download

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_ALLOWED = error("ModelArts.4601", "The URL is not allowed.")
FAILED = error("ModelArts.4603", "Obtaining the file from the URL failed.")


@pytest.fixture(scope="module")
def open_server() -> Iterator[Server]:
    """One that downloads from addresses that are not public, too."""
    with served("--allow-private-urls") as running:
        yield running


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with files() as running:
        yield running


@pytest.mark.parametrize("path", ["/picture.png", "/picture?size=full", "/picture%E5%9B%BE", "/largest"])
def test_a_picture_is_fetched(open_server: Server, origin: str, path: str) -> None:
    tickets = open_server.post(TICKETS, {"url": origin + path})
    document = open_server.post(DOCUMENT, {"url": origin + path})
    assert (tickets.json()["result"][0]["type"], document.json()["result"]["type"]) == ("passport", "passport")


def test_a_url_gives_the_same_answer_as_the_data(open_server: Server, origin: str) -> None:
    by_url = open_server.post(TICKETS, {"url": origin + "/picture.png"})
    assert by_url.content == open_server.post(TICKETS, {"image": text(PICTURE)}).content


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/absent", FAILED), ("/moved", FAILED), ("/large", SIZE_NOT_MET), ("/page.html", FORMAT_NOT_SUPPORTED)],
)
def test_what_is_no_picture_is_refused(open_server: Server, origin: str, path: str, expected: dict[str, str]) -> None:
    answer = open_server.post(TICKETS, {"url": origin + path})
    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize("path", ["/moved", "/moved-quietly"])
def test_a_redirection_can_be_followed_however_its_header_is_spelled(origin: str, path: str) -> None:
    edition = load_edition("auto-classification-v1.0")
    fetched = anyio.run(partial(download, origin + path, edition, allow_private=True, follow=True))
    assert fetched == PICTURE


def test_a_host_that_does_not_answer_is_a_failure(open_server: Server) -> None:
    assert open_server.post(TICKETS, {"url": "http://127.0.0.1:1/x.png"}).json() == FAILED


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x.png",
        "file:///etc/hostname",
        "//example.com/x.png",
        "example.com/x.png",
        "http://",
        "http://[",
        "http://example.com:99999/",
        "http://example.com/图.png",
        "http://example.com/a b",
        "http://example.com/\r\nHost: x",
        "javascript:alert(1)",
        "http://example.com/" + "x" * 5000,
    ],
)
def test_other_urls_are_not_allowed(open_server: Server, url: str) -> None:
    answer = open_server.post(TICKETS, {"url": url})
    assert (answer.status_code, answer.json()) == (400, NOT_ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.png",
        "http://localhost/x.png",
        "http://0.0.0.0/x.png",
        "http://10.1.2.3/x.png",
        "http://192.168.0.1/x.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x.png",
        "http://[::ffff:127.0.0.1]/x.png",
        "http://2130706433/x.png",
        "https://172.16.0.1/x.png",
    ],
)
def test_private_addresses_are_not_allowed_by_default(server: Server, url: str) -> None:
    answer = server.post(TICKETS, {"url": url})
    assert (answer.status_code, answer.json()) == (400, NOT_ALLOWED)
