"""Pictures that a url names: what a request says, what is served with it, and what the judge reads there."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from two_opinions import CONTRACTS

from conformance.exchange import PICTURES_SLOT, Request, ServedPicture
from conformance.images import sniff
from conformance.judging.expect import expect
from conformance.strategies import Draw, break_request, build, draw_picture, examples, fault_ids, invalid_requests
from conformance.strategies.requests import is_served, valid_requests

if TYPE_CHECKING:
    from conformance.contract.contract import Contract

BY_CONTRACT = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
TICKETS, IDENTITY = CONTRACTS
PAGE = Draw(page=("quota-invoice",))
FILE = draw_picture(PAGE).data
DIGEST = hashlib.sha256(FILE).hexdigest()[:12]


def by_url(served: str = "plain", **more: object) -> Request:
    return build(TICKETS, Draw.from_data({"page": ["quota-invoice"], "url": True, "served": served, **more}))


def url_of(request: Request) -> str:
    url = json.loads(request.body)["url"]
    assert isinstance(url, str)
    return url


def test_a_url_stands_instead_of_the_picture_and_has_the_slot_of_the_address() -> None:
    request = by_url(type_list=["quota_invoice"])
    url = f"{{pictures}}/specimen-{DIGEST}.png"
    assert request.body == f'{{"url":"{url}","type_list":["quota_invoice"]}}'.encode()
    assert request.pictures == (ServedPicture(f"specimen-{DIGEST}.png", FILE, "image/png"),)
    assert request.truth == build(TICKETS, PAGE).truth


@pytest.mark.parametrize(
    ("served", "path", "pictures"),
    [
        (
            "chinese",
            f"/%E7%A5%A8%E8%AF%81%E6%A0%B7%E4%BE%8B-{DIGEST}.png",
            (ServedPicture(f"票证样例-{DIGEST}.png", FILE, "image/png"),),
        ),
        (
            "not-encoded",
            f"/票证样例-{DIGEST}.png",
            (ServedPicture(f"票证样例-{DIGEST}.png", FILE, "image/png"),),
        ),
        (
            "redirected",
            f"/moved-{DIGEST}.png",
            (
                ServedPicture(f"moved-{DIGEST}.png", status=302, location=f"specimen-{DIGEST}.png"),
                ServedPicture(f"specimen-{DIGEST}.png", FILE, "image/png"),
            ),
        ),
        (
            "mislabelled",
            f"/specimen-{DIGEST}.txt",
            (ServedPicture(f"specimen-{DIGEST}.txt", FILE, "text/plain"),),
        ),
        (
            "slow",
            f"/slow-{DIGEST}.png",
            (ServedPicture(f"slow-{DIGEST}.png", FILE, "image/png", delay_s=6.0),),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
def test_a_picture_is_served_in_every_way(served: str, path: str, pictures: tuple[ServedPicture, ...]) -> None:
    request = by_url(served)
    assert url_of(request) == PICTURES_SLOT + path
    assert request.pictures == pictures


@pytest.mark.parametrize("spelling", ["plain", "spaced", "escaped", "reordered"])
def test_the_slot_stands_as_it_is_in_every_spelling_of_the_body(spelling: str) -> None:
    assert by_url("chinese", json=spelling).body.count(b"{pictures}") == 1


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "BMP", "TIFF"])
def test_equal_bodies_mean_equal_pictures(fmt: str) -> None:
    requests = [
        build(TICKETS, Draw.from_data({"page": [page], "format": fmt, "url": True, "served": served}))
        for page in ("quota-invoice", "taxi-invoice")
        for served in ("plain", "chinese", "redirected", "mislabelled", "slow", "not-encoded")
    ]
    assert len({request.body for request in requests}) == len(requests)


def test_unlike_pictures_make_unlike_requests() -> None:
    request = by_url()
    other = Request(request.method, request.path, request.headers, request.body)
    assert request != other


@pytest.mark.parametrize(
    ("served", "decision", "features", "opens"),
    [
        ("plain", "accept", {"url"}, set()),
        ("chinese", "accept", {"url", "url:percent-encoded-chinese"}, set()),
        ("not-encoded", "either", {"url", "url.not-encoded"}, {"url.not-encoded"}),
        ("redirected", "either", {"url", "url.redirect"}, {"url.redirect"}),
        ("mislabelled", "either", {"url", "url.mislabelled"}, {"url.mislabelled"}),
        ("slow", "either", {"url", "url.slow"}, {"url.slow"}),
    ],
)
def test_the_judge_reads_what_is_served(served: str, decision: str, features: set[str], opens: set[str]) -> None:
    seen = expect(by_url(served), TICKETS)
    assert (str(seen.decision), set(seen.features), set(seen.opens)) == (decision, features, opens)
    assert seen.picture == expect(build(TICKETS, PAGE), TICKETS).picture


def test_a_picture_behind_a_url_may_be_as_unusual_as_one_inline() -> None:
    seen = expect(by_url(mode="grey"), TICKETS)
    assert (seen.decision, seen.opens) == ("either", frozenset({"picture.colour"}))


def test_nobody_knows_what_a_url_shows_that_was_recorded_without_its_picture() -> None:
    request = by_url()
    seen = expect(Request(request.method, request.path, request.headers, request.body), TICKETS)
    assert (seen.decision, seen.reasons) == ("either", ("nobody saw the content of the url",))


def test_a_file_between_the_limits_is_left_open() -> None:
    seen = expect(by_url(base64=10_000_000), TICKETS)
    assert seen.reasons == ("the picture is between 9,900,000 and 10,485,760 characters of base64",)


@BY_CONTRACT
def test_the_control_of_a_url_fault_has_the_same_picture_by_url(contract: Contract) -> None:
    page = Draw(page=("passport",))
    faults = [name for name in fault_ids(contract) if is_served(name)]
    assert {name.partition("/")[0] for name in faults} == {
        "url.host", "url.not-found", "url.not-an-image", "url.sides", "url.too-large",
    }  # fmt: skip
    for name in faults:
        label = break_request(contract, name, page).label
        assert label is not None
        assert (len(label.control.pictures), expect(label.control, contract).decision) == (1, "accept"), name


def test_a_dialect_of_the_control_is_left_out_where_a_url_stands_instead_of_its_text() -> None:
    label = break_request(TICKETS, "url.host/unresolved", Draw(page=("quota-invoice",), dialect="url-safe")).label
    assert label is not None
    assert label.control == by_url()


def test_other_faults_are_put_into_the_inline_picture_of_a_control_by_url() -> None:
    request = break_request(TICKETS, "picture.empty/empty-string", Draw(page=("quota-invoice",), url=True))
    assert (request.body, request.pictures) == (b'{"image":""}', ())


@BY_CONTRACT
def test_nothing_has_to_be_served_unless_asked_for(contract: Contract) -> None:
    assert not any(request.pictures for request in examples(valid_requests(contract), 30, seed=4))
    assert not any(is_served(name) for name in fault_ids(contract, url=False))
    drawn = examples(invalid_requests(contract), 30, seed=4)
    assert not any(request.label and request.label.control.pictures for request in drawn)


@BY_CONTRACT
def test_pictures_that_have_to_be_served_can_be_asked_for(contract: Contract) -> None:
    assert any(request.pictures for request in examples(valid_requests(contract, url=True), 100, seed=4))
    drawn = examples(invalid_requests(contract, fault="url.not-found"), 20, seed=4)
    assert {request.pictures[0].status for request in drawn} == {302, 403, 404, 410, 500}


@BY_CONTRACT
def test_a_handler_finds_what_a_url_names_without_a_server(contract: Contract) -> None:
    for request in examples(valid_requests(contract, url=True), 40, seed=5):
        body = json.loads(request.body.replace(PICTURES_SLOT.encode(), b"http://pictures.example"))
        served = {f"http://pictures.example/{picture.name}": picture for picture in request.pictures}
        if "url" in body and body["url"] is not None:
            found = served[unquote(body["url"])]
            found = served.get(f"http://pictures.example/{found.location}", found)
            assert sniff(found.content) is not None


@pytest.mark.parametrize(
    "url", ["http://pictures.invalid/a.png", "https://a.b.INVALID:8443/a.png", "http:///a.png", "https://", "http://["]
)
def test_a_url_whose_host_does_not_exist_is_a_fault(url: str) -> None:
    request = build(TICKETS, PAGE)
    body = json.dumps({"url": url}).encode()
    assert expect(Request(request.method, request.path, request.headers, body), TICKETS).faults == {"url.host"}
