"""The edition of 2025: what it adds to that of 2021, and how far the reference goes along."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from drawn_documents import Drawing, card, desk, encoded, text
from PIL import Image
from reference_process import (
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    NOT_RECOGNISED,
    TICKETS_2021,
    TOKEN,
    Server,
    error,
    launched,
    served,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

EDITION = "auto-classification-v2-2025"
PORTRAIT = card(Drawing(ticket="id_card_portrait_side", content={"name": "样本"}, id="id-card"))
VAT = card(Drawing(ticket="vat_invoice", content={"number": "40", "remarks": "样本"}, id="vat-invoice"))
PAGE = desk((PORTRAIT, (0, 0)), (VAT, (950, 0)), size=(1900, 600))
BOTH = text(encoded(PAGE))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served("--edition", EDITION) as running:
        yield running


def tickets(server: Server, **body: object) -> dict[str, dict[str, object]]:
    answer = server.post(TICKETS_2021, body).json()
    return {ticket["type"]: ticket for ticket in answer["result"]}


def scanned(*pages: Image.Image) -> str:
    """A PDF file with a JPEG picture on each page."""
    copies = [page.copy() for page in pages]  # Pillow leaves its options behind in the pictures that it appends
    return text(encoded(copies[0], "PDF", save_all=True, append_images=copies[1:]))


def test_a_side_of_8192_pixels_is_accepted_and_one_more_is_not(server: Server) -> None:
    wide = desk((VAT, (0, 0)), size=(8192, 560))
    assert list(tickets(server, image=text(encoded(wide, "JPEG")))) == ["vat_invoice"]
    wider = text(encoded(Image.new("L", (8193, 20)), "PNG"))
    assert server.post(TICKETS_2021, {"image": wider}).json()["error_code"] == "AIS.0103"


@pytest.mark.parametrize("name", ["id_card", "id_card_portrait_side"])
def test_a_type_may_be_named_with_its_side_or_without(server: Server, name: str) -> None:
    assert list(tickets(server, image=BOTH, type_list=[name])) == ["id_card_portrait_side"]


def test_a_type_without_specimens_may_be_asked_for(server: Server) -> None:
    answer = server.post(TICKETS_2021, {"image": BOTH, "type_list": ["bus_ship_ticket"]})
    assert (answer.status_code, answer.json()) == (400, NOT_RECOGNISED)


def test_seal_mark_is_there_where_it_is_asked_for(server: Server) -> None:
    stamped = VAT.copy()
    stamped.paste((200, 30, 40), (340, 430, 440, 510))
    page = text(encoded(desk((PORTRAIT, (0, 0)), (stamped, (950, 0)), size=(1900, 600))))
    marks = {name: ticket["seal_mark"] for name, ticket in tickets(server, image=page, detect_seal=True).items()}
    assert marks == {"id_card_portrait_side": False, "vat_invoice": True}


@pytest.mark.parametrize("body", [{}, {"detect_seal": False}])
def test_seal_mark_is_left_out_otherwise(server: Server, body: dict[str, object]) -> None:
    assert [("seal_mark" in ticket) for ticket in tickets(server, image=BOTH, **body).values()] == [False, False]


def test_a_switch_of_a_ticket_type_adds_what_it_names(server: Server) -> None:
    found = tickets(server, image=BOTH, extended_parameters={"vat_invoice": {"advanced_mode": True}})
    content = found["vat_invoice"]["content"]
    assert isinstance(content, dict)
    assert (content["remarks"], content["reviewer"], content["sales_mark"]) == ("样本", "", False)
    plain = tickets(server, image=BOTH)["vat_invoice"]["content"]
    assert isinstance(plain, dict)
    assert "remarks" not in plain


@pytest.mark.parametrize("switches", [{"side": 1}, {"no_such_switch": True}, "front", {"return_text_location": "true"}])
def test_a_wrong_switch_fails_the_tickets_of_its_type(server: Server, switches: object) -> None:
    found = tickets(server, image=BOTH, extended_parameters={"id_card": switches})
    assert found["id_card_portrait_side"]["status"] == INVALID_PARAMETER
    assert found["id_card_portrait_side"]["content"] == {}
    assert found["vat_invoice"]["status"] == error("AIS.0000", "Succeeded.")


@pytest.mark.parametrize(
    "body",
    [
        {"extended_parameters": []},
        {"extended_parameters": {"id_card_portrait_side": {}}},
        {"detect_seal": "true"},
        {"detect_seal": None},
        {"pdf_page_number": 0},
        {"pdf_page_number": True},
        {"pdf_page_number": "1"},
    ],
)
def test_other_mistakes_fail_the_call(server: Server, body: dict[str, object]) -> None:
    answer = server.post(TICKETS_2021, {"image": BOTH, **body})
    assert (answer.status_code, answer.json()) == (400, INVALID_PARAMETER)


def test_a_page_of_a_scanned_pdf_is_read(server: Server) -> None:
    file = scanned(PORTRAIT, VAT)
    assert list(tickets(server, image=file)) == ["id_card_portrait_side"]
    second = tickets(server, image=file, pdf_page_number=2)
    assert {name: ticket["location"] for name, ticket in second.items()} == {
        "vat_invoice": [[0, 0], [900, 0], [900, 560], [0, 560]]
    }


def test_the_number_of_a_page_means_nothing_for_a_picture(server: Server) -> None:
    assert len(tickets(server, image=BOTH, pdf_page_number=7)) == 2


def test_a_page_beyond_the_end_is_an_invalid_parameter(server: Server) -> None:
    answer = server.post(TICKETS_2021, {"image": scanned(VAT), "pdf_page_number": 2})
    assert (answer.status_code, answer.json()) == (400, INVALID_PARAMETER)


def test_a_page_that_would_have_to_be_drawn_is_no_known_format(server: Server) -> None:
    drawn = encoded(VAT, "PDF").replace(b"/DCTDecode", b"/JPXDecode")
    answer = server.post(TICKETS_2021, {"image": text(drawn)})
    assert (answer.status_code, answer.json()) == (400, FORMAT_NOT_SUPPORTED)


def test_no_damage_to_a_pdf_is_answered_with_a_server_error(server: Server) -> None:
    file, dice = bytearray(encoded(VAT.resize((300, 186)), "PDF")), random.Random(1)
    seen = set()
    for _ in range(60):
        damaged = bytearray(file)
        for _ in range(dice.randrange(1, 9)):
            damaged[dice.randrange(len(damaged) if dice.random() < 0.3 else 200)] = dice.randrange(256)
        seen.add(
            server.post(TICKETS_2021, {"image": text(bytes(damaged[: dice.randrange(20, len(damaged))]))}).status_code
        )
    assert seen <= {200, 400}


def test_editions_before_know_nothing_of_it() -> None:
    with served() as before:
        assert before.post(TICKETS_2021, {"image": scanned(VAT)}).json() == FORMAT_NOT_SUPPORTED
        assert "seal_mark" not in tickets(before, image=BOTH, detect_seal=True)["vat_invoice"]


def test_two_editions_at_one_path_are_a_wrong_option() -> None:
    with launched("--token", TOKEN, "--edition", EDITION, "--edition", "auto-classification-v2-2021") as process:
        _, message = process.communicate(timeout=30)
    assert process.returncode == 2
    assert message == (
        f"python -m conformance.reference: {EDITION} and auto-classification-v2-2021 have the same path "
        "/v2/{project_id}/ocr/auto-classification; serve one of them\n"
    )
