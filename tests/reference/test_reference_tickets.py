"""Classification of tickets: the shape of an answer, several tickets, turned ones, failed ones, and `type_list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from drawn_documents import HEIGHT, WIDTH, Drawing, card, desk, encoded, text
from PIL import Image
from reference_process import NOT_RECOGNISED, PROJECT, TICKETS, TICKETS_2021, Server, served

if TYPE_CHECKING:
    pass

QUOTA = Drawing(
    ticket="quota_invoice",
    content={"code": "130000000001", "number": "40000088", "amount": "￥50.00", "location": "", "unlisted": "x"},
    id="quota-invoice",
)
TRAIN = Drawing(ticket="train_ticket", content={"ticket_id": "Z000000", "name": "样例"}, id="train-ticket")
UNREADABLE = Drawing(ticket="bankcard", content=None, id="bankcard.unreadable")
SUCCEEDED = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
FAILED = {"error_code": "AIS.0104", "error_msg": "The image is not supported or the image quality is poor."}


def tickets(server: Server, page: Image.Image, path: str = TICKETS, **more: object) -> list[dict[str, Any]]:
    answer = server.post(path, {"image": text(encoded(page)), **more})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["result"]
    result: list[dict[str, Any]] = body["result"]
    return result


def box(x: int, y: int) -> list[list[int]]:
    return [[x, y], [x + WIDTH, y], [x + WIDTH, y + HEIGHT], [x, y + HEIGHT]]


def test_one_ticket(server: Server) -> None:
    assert tickets(server, desk((card(QUOTA), (30, 40)))) == [
        {
            "status": SUCCEEDED,
            "type": "quota_invoice",
            "location": box(30, 40),
            "content": {
                "number": "40000088",
                "code": "130000000001",
                "location": "",
                "amount": "￥50.00",
                "confidence": {"number": 0.9294, "code": 0.9235, "location": 0, "amount": 0.9643},
            },
        }
    ]


def test_a_failed_ticket_does_not_fail_the_others(server: Server) -> None:
    page = desk((card(QUOTA), (30, 40)), (card(UNREADABLE), (30, 640)), size=(1000, 1250))
    good, failed = tickets(server, page)
    assert (good["type"], good["status"]) == ("quota_invoice", SUCCEEDED)
    assert failed == {"status": FAILED, "type": "bankcard", "location": box(30, 640), "content": {}}


def test_a_lone_failed_ticket_is_listed(server: Server) -> None:
    assert [ticket["status"] for ticket in tickets(server, card(UNREADABLE))] == [FAILED]


def test_a_picture_without_tickets_is_refused(server: Server) -> None:
    answer = server.post(TICKETS, {"image": text(encoded(desk()))})
    assert (answer.status_code, answer.json()) == (400, NOT_RECOGNISED)


def test_a_document_that_is_no_ticket_is_not_listed(server: Server) -> None:
    page = card(Drawing(document="macao_id_card"))
    assert server.post(TICKETS, {"image": text(encoded(page))}).json() == NOT_RECOGNISED


def test_type_list_leaves_out_the_others_failed_or_not(server: Server) -> None:
    page = desk((card(QUOTA), (30, 40)), (card(TRAIN), (1000, 40)), (card(UNREADABLE), (30, 640)), size=(2000, 1250))
    asked = {
        names: [ticket["type"] for ticket in tickets(server, page, type_list=list(names))]
        for names in [("train_ticket",), ("bankcard", "quota_invoice"), ("train_ticket", "vat_invoice")]
    }
    assert asked == {
        ("train_ticket",): ["train_ticket"],
        ("bankcard", "quota_invoice"): ["quota_invoice", "bankcard"],
        ("train_ticket", "vat_invoice"): ["train_ticket"],
    }


def test_a_type_list_without_the_tickets_of_the_page_leaves_nothing(server: Server) -> None:
    answer = server.post(TICKETS, {"image": text(encoded(card(QUOTA))), "type_list": ["vat_invoice"]})
    assert answer.json() == NOT_RECOGNISED


def test_the_same_specimen_twice_gives_two_tickets(server: Server) -> None:
    page = desk((card(QUOTA), (0, 0)), (card(QUOTA), (500, 700)), size=(1500, 1300))
    assert [ticket["location"] for ticket in tickets(server, page)] == [box(0, 0), box(500, 700)]


def test_content_belongs_to_the_copy_that_shows_it(server: Server) -> None:
    worn = Drawing(ticket=QUOTA.ticket, content=None, id=QUOTA.id)
    page = desk((card(QUOTA), (0, 0)), (card(worn), (500, 700)), size=(1500, 1300))
    assert [ticket["status"]["error_code"] for ticket in tickets(server, page)] == ["AIS.0000", "AIS.0104"]


@pytest.mark.parametrize("angle", [0, 10, 45, 90, 180, 270, 333])
def test_corners_follow_a_turned_ticket(server: Server, angle: int) -> None:
    turned = card(QUOTA).convert("RGBA").rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
    corners = Image.new("L", (WIDTH, HEIGHT))
    expected = []
    for x, y in ((0, 0), (WIDTH - 1, 0), (WIDTH - 1, HEIGHT - 1), (0, HEIGHT - 1)):
        spot = corners.copy()
        spot.paste(255, (max(x - 4, 0), max(y - 4, 0), x + 5, y + 5))
        left, top, right, bottom = spot.rotate(angle, expand=True).getbbox() or (0, 0, 0, 0)
        expected.append(((left + right) / 2 + 100, (top + bottom) / 2 + 150))
    (ticket,) = tickets(server, desk((turned, (100, 150)), size=(1400, 1400)))
    for (x, y), (wanted_x, wanted_y) in zip(ticket["location"], expected, strict=True):
        assert abs(x - wanted_x) <= 6
        assert abs(y - wanted_y) <= 6


@pytest.mark.parametrize("scale", [0.6, 0.8, 1.3, 2.0])
def test_a_scaled_ticket_is_read(server: Server, scale: float) -> None:
    size = (round(WIDTH * scale), round(HEIGHT * scale))
    small = card(QUOTA).resize(size, Image.Resampling.LANCZOS)
    (ticket,) = tickets(server, desk((small, (20, 30)), size=(size[0] + 50, size[1] + 50)))
    assert ticket["status"] == SUCCEEDED
    far_x, far_y = ticket["location"][2]
    assert abs(far_x - 20 - size[0]) <= 3
    assert abs(far_y - 30 - size[1]) <= 3


def test_six_tickets_turned_and_compressed_are_all_read(server: Server) -> None:
    kinds = ("quota_invoice", "train_ticket", "taxi_invoice", "toll_invoice", "bankcard", "mvs_invoice")
    drawn = [card(Drawing(ticket=kind, content={"number": "1"}, id=kind)) for kind in kinds]
    page = desk(
        *((image, (40 + 940 * (i % 2), 40 + 600 * (i // 2))) for i, image in enumerate(drawn)), size=(1920, 1840)
    )
    turned = page.rotate(10, expand=True, resample=Image.Resampling.BICUBIC, fillcolor=(150, 140, 128))
    answer = server.post(TICKETS, {"image": text(encoded(turned, "JPEG", quality=60))})
    result = answer.json()["result"]
    assert sorted(ticket["type"] for ticket in result) == sorted(kinds)
    assert {ticket["status"]["error_code"] for ticket in result} == {"AIS.0000"}


def test_a_ticket_over_the_border_is_cut_to_the_picture(server: Server) -> None:
    page = desk((card(QUOTA), (-30, -20)), size=(1000, 700))
    assert tickets(server, page)[0]["location"] == [[0, 0], [870, 0], [870, 540], [0, 540]]


def test_the_fields_are_those_of_the_edition(server: Server) -> None:
    licence = card(Drawing(ticket="transportation_license", content={"maximum_capacity": "5", "vehicle_weight": "6"}))
    (first,), (later,) = tickets(server, licence), tickets(server, licence, TICKETS_2021)
    assert ("vehicle_weight" in first["content"], first["content"]["maximum_capacity"]) == (False, "5")
    assert later["content"]["vehicle_weight"] == "6"


def test_nested_lists_and_objects_are_given_with_their_confidence(server: Server) -> None:
    drawing = Drawing(
        ticket="flight_itinerary",
        content={"total": "CNY 1.00", "itinerary_list": [{"carrier": "样例", "flight": "XX0000", "seat": "1A"}]},
    )
    (ticket,) = tickets(server, card(drawing))
    content = ticket["content"]
    assert content["itinerary_list"][0]["flight"] == "XX0000"
    assert "seat" not in content["itinerary_list"][0]
    assert list(content["confidence"]["itinerary_list"][0]) == list(content["itinerary_list"][0])
    assert content["confidence"]["itinerary_list"][0]["cabin_class"] == 0


def test_extra_info_of_a_passport_is_an_object(server: Server) -> None:
    local = {"local_language": {"name": "样例"}}
    with_info, without = (
        tickets(server, card(Drawing(ticket="passport", content=content)))[0]["content"]["extra_info"]
        for content in ({"extra_info": local}, {})
    )
    assert (with_info, without) == (local, {})


def test_confidence_is_left_out_where_the_page_has_none(server: Server) -> None:
    (ticket,) = tickets(server, card(Drawing(ticket="id_card_emblem_side", content={"issue": "样例市公安局"})))
    assert ticket["content"] == {"issue": "样例市公安局", "valid_from": "", "valid_to": ""}


def test_the_same_call_twice_gives_the_same_bytes(server: Server) -> None:
    body = {"image": text(encoded(card(QUOTA)))}
    assert server.post(TICKETS, body).content == server.post(TICKETS, body).content


def test_only_the_editions_that_were_chosen_are_served() -> None:
    with served("--edition", "auto-classification-v2-2021") as server:
        codes = [server.post(path, {}).status_code for path in (TICKETS, TICKETS_2021, f"/v2/{PROJECT}/ocr/none")]
    assert codes == [404, 400, 404]
