"""The faulty implementations and the variants: each one shows, in the place that it speaks of, and they add up."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import tomllib
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from drawn_documents import Drawing, card, desk, encoded, text
from PIL import Image, ImageFilter
from reference_process import DOCUMENT, PROJECT, TICKETS, TOKEN, served
from served_files import files

from conformance.reference import faults
from conformance.reference.app import create_app
from conformance.reference.contracts import rule_faults
from conformance.reference.credentials import Credentials
from conformance.reference.editions import Shape, load_edition
from conformance.reference.faults import ALL, FAULTS, VARIANTS, combine, requests, variant_replies, variant_requests
from conformance.reference.service import Eyes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from conformance.reference.behaviour import Fault

EYES = Eyes()
TYPES = list(load_edition("auto-classification-v1.0").types)
LONG = (
    "measures-body",
    "limits-the-body",
    "accepts-long-base64",
    "wrong-code-for-length",
    "length-code-4104",
    "length-code-0101",
    "size-page-400",
)
NEARLY_LONG = ("refuses-below-10-mb", "refuses-advised-size")
ON_THE_WIRE = ("refuses-respelled-headers",)
BY_URL = tuple(fault.id for fault in (*requests.URLS, *variant_requests.DOWNLOADS, *variant_replies.DOWNLOADS))
IN_BETWEEN = ("decimal-limit",)
AS_DECLARED = (
    "insists-on-one-input", "insists-on-bare-base64", "insists-on-credentials", "insists-on-statuses", "sides-merged",
    "page-ignored", "page-refused", "switched-given", "switched-all-given",
)  # fmt: skip
"""Like the reference in what is asked here: they differ from what a statement declares, or in the edition of 2025."""


@dataclass(frozen=True)
class Probe:
    """A request that some fault answers differently."""

    path: str
    body: bytes = b""
    method: str = "POST"
    token: str | None = TOKEN
    headers: tuple[tuple[str, str], ...] = ()


def tickets(**body: object) -> Probe:
    return Probe(TICKETS, json.dumps(body, separators=(",", ":")).encode())


def document(**body: object) -> Probe:
    return Probe(DOCUMENT, json.dumps(body, separators=(",", ":")).encode())


def blank(width: int, height: int) -> str:
    return text(encoded(Image.new("L", (width, height), 200)))


QUOTA = card(Drawing(ticket="quota_invoice", content={"number": "40", "code": "13"}, id="quota-invoice"))
FLIGHT = card(Drawing(ticket="flight_itinerary", content={"itinerary_list": [{"flight": "XX0000"}]}, id="flight"))
WORN = card(Drawing(ticket="bankcard", content=None, id="bankcard"))
PASSPORT = card(Drawing(ticket="passport", document="passport", content={"surname": "SPECIMEN"}, id="passport"))
VAT = card(Drawing(ticket="vat_invoice", content={"type": "normal", "issue_date": "2025年07月02日"}, id="vat-invoice"))
TRAIN = card(Drawing(ticket="train_ticket", content={"ticket_price": "￥1.0元"}, id="train-ticket"))
MACAO = card(Drawing(document="macao_id_card", id="macao-id-card"))
TURNED = Image.Exif()
TURNED[0x0112] = 6
LICENCE = card(Drawing(ticket="vehicle_license_front", content={"number": "40"}, id="vehicle-license-front"))
EMBLEM = card(Drawing(ticket="id_card_emblem_side", content={"issue": "SPECIMEN"}, id="id-card-emblem-side"))


@cache
def small_probes() -> tuple[Probe, ...]:
    page = text(encoded(desk((QUOTA, (0, 0)), (FLIGHT, (950, 0)), (WORN, (0, 600)), size=(1900, 1200)), "JPEG"))
    turned = PASSPORT.convert("RGBA").rotate(10, expand=True)
    blurred = desk((turned, (50, 60))).filter(ImageFilter.GaussianBlur(2))
    one, passport = text(encoded(QUOTA)), text(encoded(PASSPORT))
    telling = (  # more than half of the faults show in one of these, which are asked first therefore
        tickets(image=page, type_list=TYPES),
        document(data=text(encoded(blurred)), alarm=True),
        tickets(image=blank(15, 99)),
        Probe(TICKETS, token=None),
    )
    right = (
        tickets(image=page),
        document(data=text(encoded(PASSPORT.point([level // 3 for level in range(256)] * 3))), alarm=True),
        tickets(image=one),
        tickets(image=passport),
        *(
            tickets(image=text(encoded(image)))
            for image in (EMBLEM, LICENCE, VAT, TRAIN, QUOTA.rotate(90, expand=True))
        ),
        tickets(image=text(encoded(WORN))),
        tickets(image=page, type_list=["flight_itinerary", "quota_invoice"]),
        document(data=passport, alarm=False),
        *(tickets(image=text(encoded(QUOTA, form))) for form in ("BMP", "JPEG", "TIFF")),
        tickets(image=text(encoded(QUOTA.copy(), "TIFF", save_all=True, append_images=[WORN.copy()]))),
        tickets(image=text(encoded(QUOTA.convert("1")))),
        tickets(image=text(encoded(QUOTA.convert("P")))),
        tickets(image=text(encoded(QUOTA, "JPEG", progressive=True))),
        tickets(image=text(encoded(QUOTA, "JPEG", exif=TURNED.tobytes()))),
        tickets(image=one, type_list=["quota_invoice", "quota_invoice"]),
        document(data=text(encoded(desk((PASSPORT, (0, 0)), (MACAO, (950, 0)), size=(1900, 600))))),
        document(data=passport, alarm=True),
        Probe(TICKETS, tickets(image=one).body, headers=(("Content-Type", "text/plain"),)),
        tickets(image=blank(99, 99)),
        document(data=blank(99, 99)),
        tickets(image=text(encoded(desk((QUOTA, (0, 0)), size=(8000, 560)), "JPEG"))),
        Probe(TICKETS, json.dumps({"image": one}, indent=1).encode()),
        Probe(TICKETS, tickets(image=one).body, headers=(("Content-Type", "application/json;charset=utf-8"),)),
        Probe(
            DOCUMENT,
            document(data=passport).body,
            headers=(("Enterprise-Project-Id", "01234567-0123-0123-0123-0123456789ab"),),
        ),
        Probe(DOCUMENT, document(data=passport).body, headers=(("Enterprise-Project-Id", "!!"),)),
    )
    return telling + wrong_probes(one, passport) + right


def wrong_probes(one: str, passport: str) -> tuple[Probe, ...]:
    bad_bodies = (b"", b"{", b"[]", b'{"image": "\xff"}')
    right = tickets(image=one).body
    twice = right[:-1] + b',"image":"%%"}'
    return (
        *(Probe(TICKETS, body) for body in (*bad_bodies, b"\xef\xbb\xbf" + right, twice)),
        *(Probe(TICKETS + end, right) for end in ("/", "?a=b")),
        Probe(TICKETS, token=""),
        Probe(TICKETS, token="garbage"),
        Probe(TICKETS, token="MII" + "A" * 40),
        Probe(TICKETS, method="GET"),
        Probe("/nowhere"),
        Probe(DOCUMENT.replace(PROJECT, "x")),
        tickets(),
        tickets(image=one, url="http://127.0.0.1/"),
        *(tickets(image=value) for value in (None, 7, "", "%%%", "data:;base64," + one, one + "\n")),
        *(tickets(url=value) for value in (7, "", "ftp://127.0.0.1/")),
        tickets(data=one),
        tickets(image=one, url=None),
        tickets(image=one, surplus=1),
        *(tickets(image=one, type_list=value) for value in ("quota_invoice", ["other"], [])),
        document(data=passport, alarm="true"),
        tickets(image=text(encoded(QUOTA, "GIF"))),
        tickets(image=one[:8000]),
        tickets(image=blank(14, 99)),
        tickets(image=blank(8001, 20)),
    )


@cache
def long_probe(length: int) -> Probe:
    data = encoded(QUOTA)
    return tickets(image=text(data + b"\0" * (length // 4 * 3 - len(data))))


def url_probes(origin: str) -> Iterator[Probe]:
    paths = ("/picture.png", "/picture%E5%9B%BE.png", "/picture图.png", "/picture.txt", "/absent", "/moved")
    for path in (*paths, "/page.html", "/large", "/wide.png"):
        yield tickets(url=origin + path)
    yield tickets(url="http://127.0.0.1:1/picture.png")
    yield tickets(url="ftp://127.0.0.1/")
    yield tickets(url=origin + "/slow.png")  # last, as few faults need it


def probes(fault: Fault, origin: str) -> Iterator[Probe]:
    if fault.id in BY_URL:
        yield from url_probes(origin)
    elif fault.id in LONG:
        yield long_probe(10_485_764)
    elif fault.id in NEARLY_LONG:
        yield long_probe(9_900_000)
    elif fault.id in IN_BETWEEN:
        yield long_probe(10_400_000)
    else:
        yield from small_probes()


async def ask(client: httpx.AsyncClient, probe: Probe) -> tuple[object, ...]:
    headers = [("Accept-Encoding", "gzip"), *probe.headers]
    if probe.token is not None:
        headers.append(("X-Auth-Token", probe.token))
    try:
        answer = await client.request(probe.method, probe.path, content=probe.body, headers=headers)
    except ConnectionAbortedError:
        return ("no answer",)
    except httpx.DecodingError:
        return ("no body of the coding that is named",)
    kept = [(name, value) for name, value in answer.headers.items() if name != "x-request-id"]
    return answer.status_code, "x-request-id" in answer.headers, kept, answer.content


@asynccontextmanager
async def client_of(*ids: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a reference with these faults, in this process; all of them read each picture once."""
    app = create_app(Credentials(TOKEN, PROJECT), behaviour=combine(ids), eyes=EYES, allow_private_urls=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reference") as client:
        yield client


async def usual_answers(asked: list[Probe]) -> dict[Probe, tuple[object, ...]]:
    async with client_of() as client:
        return {probe: await ask(client, probe) for probe in asked}


async def first_difference(
    fault: Fault, asked: Iterator[Probe], usual: Mapping[Probe, tuple[object, ...]]
) -> Probe | None:
    async with client_of(fault.id) as client:
        for probe in asked:
            if await ask(client, probe) != usual[probe]:
                return probe
    return None


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with files() as running:
        yield running


@pytest.fixture(scope="module")
def usual(origin: str) -> dict[Probe, tuple[object, ...]]:
    return asyncio.run(
        usual_answers([*small_probes(), *url_probes(origin), *map(long_probe, (10_485_764, 10_400_000, 9_900_000))])
    )


@pytest.mark.parametrize(
    "fault", [fault for fault in ALL if fault.id not in (*ON_THE_WIRE, *AS_DECLARED)], ids=lambda fault: fault.id
)
def test_each_one_answers_something_differently(
    fault: Fault, origin: str, usual: Mapping[Probe, tuple[object, ...]]
) -> None:
    assert asyncio.run(first_difference(fault, probes(fault, origin), usual)) is not None


def test_the_faultless_reference_answers_the_same_again(usual: Mapping[Probe, tuple[object, ...]]) -> None:
    again = asyncio.run(usual_answers(list(usual)))
    assert again == usual


def test_every_fault_breaks_something_and_no_variant_does() -> None:
    assert [fault.id for fault in FAULTS if not fault.breaks or fault.kind != "fault"] == []
    assert [variant.id for variant in VARIANTS if variant.breaks or variant.kind != "variant"] == []


def test_there_are_as_many_of_both_as_the_readme_says() -> None:
    assert len(FAULTS) > 250
    assert len(VARIANTS) > 70


def test_each_one_is_told_in_both_languages_and_nothing_else_is() -> None:
    titles = tomllib.loads(Path(faults.__file__).with_name("titles.toml").read_text(encoding="utf-8"))
    assert list(titles) == [fault.id for fault in ALL if fault.id in titles]
    assert [fault.id for fault in ALL if not fault.title or not fault.zh] == []


def test_a_fault_by_rule_is_told_in_both_languages() -> None:
    shape = Shape(
        success={"type": "object", "properties": {"result": {"type": "object"}}},
        parameters={"alarm": "boolean"},
        required=frozenset({"alarm"}),
        owners={"": {"x-requirement": {"type": "answer.object", "required": {"result": "success.result"}}}},
        stated=frozenset(),
    )
    added = replace(load_edition("auto-id-doc-classification-v2"), id="library-card-v1", picture="", shape=shape)
    assert [(fault.id, fault.title, fault.zh) for fault in rule_faults((added,))][:3] == [
        (
            "library-card-v1:answer.object:type",
            "library-card-v1: breaks type with 7",
            "library-card-v1：违反 type，改为 7",
        ),
        ("library-card-v1:success.result", "library-card-v1: leaves out result", "library-card-v1：不返回 result"),
        (
            "library-card-v1:alarm.type",
            "library-card-v1: takes alarm of any type",
            "library-card-v1：接受任意类型的 alarm",
        ),
    ]


def test_ids_are_unique_and_kebab_case() -> None:
    ids = [fault.id for fault in ALL]
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def answer(ids: tuple[str, ...], probe: Probe) -> tuple[int, object]:
    async def asked() -> tuple[object, ...]:
        async with client_of(*ids) as client:
            return await ask(client, probe)

    status, _, _, body = asyncio.run(asked())
    assert isinstance(status, int)
    assert isinstance(body, bytes)
    return status, json.loads(body)


def test_faults_add_up() -> None:
    ids = ("error-status-200", "error-without-message", "wrong-code-for-no-input")
    assert answer(ids, tickets()) == (200, {"error_code": "AIS.0102"})


def test_a_fault_and_a_variant_add_up() -> None:
    status, body = answer(("three-corners", "extra-answer-members"), tickets(image=text(encoded(QUOTA))))
    assert isinstance(body, dict)
    assert (status, body["elapsed_ms"], len(body["result"][0]["location"])) == (200, 12, 3)


INVALID = "The input parameter is invalid."
MADE_UP = {"type": "id_card", "location": [[0, 0], [14, 0], [14, 14], [0, 14]], "confidence": 0.91}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("accepts-no-input", (200, {"result": MADE_UP})),
        ("error-status-422", (422, {"error_code": "AIS.0101", "error_msg": INVALID})),
        ("error-with-result", (400, {"error_code": "AIS.0101", "error_msg": INVALID, "result": {}})),
        ("error-with-null-result", (400, {"error_code": "AIS.0101", "error_msg": INVALID, "result": None})),
        ("echoes-token", (400, {"error_code": "AIS.0101", "error_msg": f"{INVALID} token={TOKEN}"})),
        ("answer-in-list", (400, [{"error_code": "AIS.0101", "error_msg": INVALID}])),
    ],
)
def test_what_a_fault_makes_of_a_refusal(fault: str, expected: tuple[int, object]) -> None:
    assert answer((fault,), document()) == expected


def ticket_with(fault: str) -> Mapping[str, object]:
    _, body = answer((fault,), tickets(image=text(encoded(QUOTA))))
    assert isinstance(body, dict)
    ticket: Mapping[str, object] = body["result"][0]
    return ticket


@pytest.mark.parametrize(
    ("fault", "location"),
    [
        ("three-corners", [[0, 0], [900, 0], [900, 560]]),
        ("flat-location", [0, 0, 900, 0, 900, 560, 0, 560]),
        ("counter-clockwise", [[0, 0], [0, 560], [900, 560], [900, 0]]),
        ("crossed-corners", [[0, 0], [900, 560], [900, 0], [0, 560]]),
        ("scaled-down", [[0, 0], [450, 0], [450, 280], [0, 280]]),
        ("swapped-axes", [[0, 0], [0, 900], [560, 900], [560, 0]]),
        ("coordinate-strings", [["0", "0"], ["900", "0"], ["900", "560"], ["0", "560"]]),
    ],
)
def test_what_a_fault_makes_of_a_location(fault: str, location: object) -> None:
    assert ticket_with(fault)["location"] == location


NUMBERS = {"number": 0.9509, "code": 0.9705, "location": 0, "amount": 0}
TEXTS = {"number": "40", "code": "13", "location": "", "amount": ""}


@pytest.mark.parametrize(
    ("fault", "content"),
    [
        ("content-emptied", {}),
        ("confidence-strings", TEXTS | {"confidence": {name: str(number) for name, number in NUMBERS.items()}}),
        ("content-numbers", {"number": 40, "code": 13, "location": 0, "amount": 0, "confidence": NUMBERS}),
    ],
)
def test_what_a_fault_makes_of_content(fault: str, content: object) -> None:
    assert ticket_with(fault)["content"] == content


def raw_answer(origin: str, head: bytes) -> bytes:
    """Everything that comes back for a request written by hand, until the connection closes."""
    address = httpx.URL(origin)
    with socket.create_connection((address.host, address.port or 0), timeout=10) as connection:
        connection.sendall(head)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    return received


def test_hanging_up_gives_no_byte() -> None:
    with served("--fault", "hangs-up") as server:
        picture = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\n" + b"x" * 4096
        assert raw_answer(server.origin, picture) == b""
        server.process.terminate()
        assert server.process.communicate(timeout=10) == ("", "")


def test_cutting_short_gives_half_a_body() -> None:
    with served("--fault", "cut-short") as server:
        head, _, body = raw_answer(server.origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").partition(b"\r\n\r\n")
        server.process.terminate()
        assert server.process.communicate(timeout=10) == ("", "")
    declared = re.search(rb"content-length: (\d+)", head)
    assert declared is not None
    assert len(body) == int(declared[1]) // 2


def test_chunks_come_without_a_length() -> None:
    with served("--fault", "chunked") as server:
        reply = server.client.get("/")
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert reply.json()["error_code"] == "APIG.0101"


def test_closing_closes_the_connection() -> None:
    with served("--fault", "closes") as server:
        received = raw_answer(server.origin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"\r\nconnection: close\r\n" in received.lower()


@pytest.mark.parametrize(("spelling", "code"), [("Content-Type", "AIS.0101"), ("content-type", "ModelArts.4105")])
def test_knowing_one_spelling_of_headers(spelling: str, code: str) -> None:
    with served("--fault", "refuses-respelled-headers") as server:
        reply = server.client.post(TICKETS, content=b"{}", headers={spelling: "application/json"})
    assert reply.json()["error_code"] == code
