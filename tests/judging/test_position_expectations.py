"""Each position changes what `expect` says about a request: the default beside every other value."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from answers import DOCUMENT, TICKETS, png, request

from conformance.contract.catalogues import read_positions
from conformance.contract.contract import Contract, load_contract
from conformance.exchange import PICTURES_SLOT, Auth, Request, ServedPicture
from conformance.images import blank, pad_to_base64
from conformance.judging.expect import Expectation, expect

LATER = "auto-classification-v2-2025"
CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT, LATER)}
PICTURE = base64.b64encode(png(2000, 1500)).decode()


def bound(contract_id: str, **positions: str) -> Contract:
    """The contract with some positions other than by default; `__` stands for the point of an id."""
    contract = CONTRACTS[contract_id]
    chosen = {name.replace("__", ".").replace("_", "-"): value for name, value in positions.items()}
    assert chosen.keys() <= contract.positions.keys()
    return replace(contract, positions={**contract.positions, **chosen})


def body(contract_id: str, **members: object) -> Request:
    path = CONTRACTS[contract_id].page.path
    data = json.dumps(members, separators=(",", ":")).encode()
    return Request("POST", path, (("Content-Type", "application/json"),), data)


def said(request: Request, contract: Contract) -> tuple[str, set[str]]:
    """The decision, and the ids of what is wrong or open."""
    seen: Expectation = expect(request, contract)
    return seen.decision, {*seen.faults, *seen.opens}


BOTH = body(TICKETS, image=PICTURE, url="https://pictures.example/a.png")


def test_both_inputs() -> None:
    assert said(BOTH, bound(TICKETS)) == ("reject", {"input.both"})
    assert said(BOTH, bound(TICKETS, input__both="either")) == ("either", {"input.both"})
    assert said(BOTH, bound(TICKETS, input__both="picture-wins")) == ("accept", set())
    assert expect(BOTH, bound(TICKETS, input__both="picture-wins")).features >= {"picture", "format:PNG"}


def test_null_beside_a_picture() -> None:
    sent = body(TICKETS, image=PICTURE, url=None)
    assert said(sent, bound(TICKETS)) == ("either", {"parameter.null"})
    assert said(sent, bound(TICKETS, parameter__null="absent")) == ("accept", set())
    assert said(sent, bound(TICKETS, parameter__null="reject")) == ("reject", {"parameter.null"})


@pytest.mark.parametrize("name", ["type_list", "image"])
def test_another_parameter_that_is_null(name: str) -> None:
    sent = body(TICKETS, **{"url" if name == "image" else "image": PICTURE, name: None})
    assert "parameter.null" in said(sent, bound(TICKETS))[1]
    assert "parameter.null" not in said(sent, bound(TICKETS, parameter__null="absent"))[1]


def test_null_as_the_only_input() -> None:
    sent = body(DOCUMENT, data=None)
    assert said(sent, bound(DOCUMENT)) == ("reject", {"input.null"})
    assert expect(sent, bound(DOCUMENT)).codes == {"AIS.0101", "ModelArts.4105"}
    assert said(sent, bound(DOCUMENT, parameter__null="absent")) == ("reject", {"input.absent"})
    assert expect(sent, bound(DOCUMENT, parameter__null="absent")).codes == {"AIS.0101"}


def test_an_undocumented_type() -> None:
    sent = request(TICKETS, type_list=["train_ticket", "no_such_ticket"])
    assert said(sent, bound(TICKETS)) == ("either", {"type-list.unknown"})
    assert said(sent, bound(TICKETS, type_list__unknown="reject")) == ("reject", {"type-list.unknown"})
    assert said(sent, bound(TICKETS, type_list__unknown="ignore")) == ("accept", set())


def test_an_empty_type_list() -> None:
    sent = request(TICKETS, type_list=[])
    assert said(sent, bound(TICKETS)) == ("either", {"type-list.empty"})
    assert said(sent, bound(TICKETS, type_list__empty="reject")) == ("reject", {"type-list.empty"})
    everything, nothing = (expect(sent, bound(TICKETS, type_list__empty=value)) for value in ("all", "none"))
    assert (everything.decision, everything.type_list) == ("accept", None)
    assert (nothing.decision, nothing.type_list) == ("accept", ())


def test_an_alarm_that_is_no_boolean() -> None:
    sent = request(DOCUMENT, alarm="true")
    assert said(sent, bound(DOCUMENT)) == ("reject", {"alarm.wrong-type"})
    assert said(sent, bound(DOCUMENT, alarm__wrong_type="either")) == ("either", {"alarm.wrong-type"})


@pytest.mark.parametrize("page", [0, -1, "1", True, 1.5])
def test_a_page_number_that_is_none(page: object) -> None:
    sent = body(LATER, image=base64.b64encode(b"%PDF-1.7\n%%EOF\n").decode(), pdf_page_number=page)
    assert said(sent, bound(LATER)) == ("either", {"pdf-page.out-of-range"})
    assert said(sent, bound(LATER, pdf_page__out_of_range="reject"))[0] == "reject"
    assert said(sent, bound(LATER, pdf_page__out_of_range="first"))[1] == set()


def test_a_page_number_beside_a_picture() -> None:
    sent = body(LATER, image=PICTURE, pdf_page_number=1)
    assert said(sent, bound(LATER)) == ("either", {"pdf-page.out-of-range"})
    assert said(sent, bound(LATER, pdf_page__out_of_range="first")) == ("accept", set())


@pytest.mark.parametrize(
    ("characters", "of_text", "of_body"),
    [(9_899_980, "accept", "accept"), (9_899_996, "accept", "accept"), (10_485_752, "either", "reject")],
)
def test_the_limit_of_the_text_or_of_the_body(characters: int, of_text: str, of_body: str) -> None:
    picture = pad_to_base64(blank("PNG", 600, 400, "rgb", "plain"), characters)
    sent = body(TICKETS, image=base64.b64encode(picture).decode())
    assert len(sent.body) == characters + len('{"image":""}')
    assert expect(sent, bound(TICKETS)).decision == of_text
    assert expect(sent, bound(TICKETS, size__measured="body")).decision == of_body


@pytest.mark.parametrize(
    ("side", "documented", "later"),
    [
        (8000, set(), set()),
        (8001, {"picture.side-above"}, set()),
        (8192, {"picture.side-above"}, set()),
        (8193, {"picture.side-far-above"}, {"picture.side-above"}),
        (9000, {"picture.side-far-above"}, {"picture.side-far-above"}),
    ],
)
def test_the_longest_side(side: int, documented: set[str], later: set[str]) -> None:
    sent = body(TICKETS, image=base64.b64encode(png(side, 1500)).decode())
    assert expect(sent, bound(TICKETS)).faults == documented
    assert expect(sent, bound(TICKETS, side__max="8192")).faults == later


def test_the_side_at_the_limit_is_that_of_the_position() -> None:
    sent = body(TICKETS, image=base64.b64encode(png(8192, 1500)).decode())
    assert "side:max" in expect(sent, bound(TICKETS, side__max="8192")).features


def test_a_picture_turned_by_exif_is_open_whatever_its_grid() -> None:
    sent = body(TICKETS, image=base64.b64encode(blank("JPEG", 600, 400, "rgb", "plain", orientation=6)).decode())
    for grid in ("stored", "displayed", "either"):
        assert said(sent, bound(TICKETS, picture__orientation=grid)) == ("either", {"picture.turned"})


def broken_lines(text: str) -> str:
    return "\r\n".join(text[at : at + 20] for at in range(0, len(text), 20))


def safe_in_urls(text: str) -> str:
    return text.replace("+", "-").replace("/", "_")


def unpadded(text: str) -> str:
    return text.rstrip("=")


@pytest.mark.parametrize("dialect", [broken_lines, safe_in_urls, unpadded])
def test_a_dialect_of_base64(dialect: Callable[[str], str]) -> None:
    # Bytes behind the end of the picture that need both of the letters in question, and padding.
    text = dialect(base64.b64encode(png(2000, 1500) + b"\xfb\xff\xfe\xff").decode())
    sent = body(TICKETS, image=text)
    assert said(sent, bound(TICKETS)) == ("either", {"picture.base64-dialect"})
    assert said(sent, bound(TICKETS, picture__base64_dialect="accept")) == ("accept", set())
    assert said(sent, bound(TICKETS, picture__base64_dialect="reject")) == ("reject", {"picture.base64-dialect"})


def test_megabytes_of_blanks_are_no_base64() -> None:
    # Where every blank were tried as the end of the text, this would take hours.
    sent = body(TICKETS, image=f"A{' ' * 5_000_000}!")
    assert said(sent, bound(TICKETS)) == ("reject", {"picture.not-base64"})


def test_a_data_uri_prefix() -> None:
    sent = body(TICKETS, image=f"data:image/png;base64,{PICTURE}")
    assert said(sent, bound(TICKETS)) == ("reject", {"picture.data-uri"})
    assert said(sent, bound(TICKETS, picture__data_uri="either")) == ("either", {"picture.data-uri"})
    assert said(sent, bound(TICKETS, picture__data_uri="strip")) == ("accept", set())


def test_the_later_document_leaves_no_choice_about_the_prefix() -> None:
    assert "picture.data-uri" not in CONTRACTS[DOCUMENT].positions
    sent = body(DOCUMENT, data=f"data:image/png;base64,{PICTURE}")
    assert said(sent, CONTRACTS[DOCUMENT]) == ("reject", {"picture.data-uri"})


def test_a_redirected_url() -> None:
    pictures = (
        ServedPicture("a.png", status=302, location="b.png"),
        ServedPicture("b.png", png(2000, 1500), "image/png"),
    )
    sent = replace(body(TICKETS, url=f"{PICTURES_SLOT}/a.png"), pictures=pictures)
    assert said(sent, bound(TICKETS)) == ("either", {"url.redirect"})
    assert said(sent, bound(TICKETS, url__redirect="follow")) == ("accept", set())
    assert said(sent, bound(TICKETS, url__redirect="reject")) == ("reject", {"url.redirect"})


def test_a_slow_url() -> None:
    pictures = (ServedPicture("a.png", png(2000, 1500), "image/png", delay_s=5.0),)
    sent = replace(body(TICKETS, url=f"{PICTURES_SLOT}/a.png"), pictures=pictures)
    assert said(sent, bound(TICKETS)) == ("either", {"url.slow"})
    assert said(sent, bound(TICKETS, url__slow="wait")) == ("accept", set())
    assert said(sent, bound(TICKETS, url__slow="reject")) == ("reject", {"url.slow"})


@pytest.mark.parametrize(
    ("auth", "fault"),
    [("absent", "token.absent"), ("garbage", "token.garbage"), ("other-project", "token.other-project")],
)
def test_credentials_that_nobody_checks(auth: Auth, fault: str) -> None:
    sent = replace(request(DOCUMENT), auth=auth)
    assert said(sent, bound(DOCUMENT)) == ("reject", {fault})
    assert said(sent, bound(DOCUMENT, credentials__checked="no")) == ("accept", set())


def test_an_alarm_that_is_not_offered() -> None:
    sent = body(DOCUMENT, data=PICTURE, alarm=True)
    assert said(sent, bound(DOCUMENT)) == ("accept", set())
    assert said(sent, bound(DOCUMENT, alarm__offered="no")) == ("either", {"parameter.undocumented"})
    wrong = body(DOCUMENT, data=PICTURE, alarm="yes")
    assert said(wrong, bound(DOCUMENT)) == ("reject", {"alarm.wrong-type"})
    assert said(wrong, bound(DOCUMENT, alarm__offered="no")) == ("either", {"parameter.undocumented"})


def test_credentials_of_which_nobody_knows_whether_they_are_good() -> None:
    seen = expect(replace(request(DOCUMENT), auth="unknown"), CONTRACTS[DOCUMENT])
    assert (seen.decision, seen.reasons) == ("either", ("nobody knows whether the credentials are good",))


def test_every_position_has_a_test_of_its_effect() -> None:
    """What the positions of this list change is shown elsewhere: in findings, in contents, in what a run may call."""
    elsewhere = {
        "picture.orientation", "location.border", "failure.status", "content.unlisted", "content.switched",
        "ticket.sides", "transport.plain-http", "answer.secrets", "ticket.repeated", "location.scale",
    }  # fmt: skip
    here = {
        "input.both", "parameter.null", "type-list.unknown", "type-list.empty", "alarm.wrong-type",
        "pdf-page.out-of-range", "size.measured", "side.max", "picture.base64-dialect", "picture.data-uri",
        "url.redirect", "url.slow", "credentials.checked", "alarm.offered",
    }  # fmt: skip
    assert here | elsewhere == set(read_positions())
