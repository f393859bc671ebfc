"""Faults: which there are, in which order, what their labels say, and what their control is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from two_opinions import CONTRACTS, exploring

from conformance.contract.contract import load_contract
from conformance.engine.purposes import in_depth, load_purposes
from conformance.files import DataError
from conformance.judging.expect import expect
from conformance.strategies import Draw, break_request, build, example, fault_ids, invalid_requests, typed_specimens
from conformance.strategies.requests import is_heavy

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import Request

BY_CONTRACT = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
TICKETS, IDENTITY = CONTRACTS


def smallest(contract: Contract) -> Draw:
    return Draw(page=(typed_specimens(contract)[0].id,))


def sent(request: Request) -> int:
    """Bytes of the body and of what is served with it."""
    return len(request.body) + sum(len(picture.content) for picture in request.pictures)


def kinds(contract: Contract) -> list[str]:
    return [name.partition("/")[0] for name in fault_ids(contract)]


@BY_CONTRACT
def test_there_are_at_least_sixty_faults_with_ids_of_their_own(contract: Contract) -> None:
    names = fault_ids(contract)
    assert len(names) == len(set(names)) >= 60


@BY_CONTRACT
def test_every_fault_that_the_contract_forbids_has_a_variant(contract: Contract) -> None:
    forbidden = {f for r in contract.requirements.values() if r.check == "rejected" for f in r.faults}
    assert set(kinds(contract)) == forbidden


def test_a_fault_is_not_made_for_a_contract_without_a_requirement_against_it() -> None:
    assert set(kinds(TICKETS)).isdisjoint({"alarm.wrong-type", "project.malformed", "token.other-project"})
    assert "type-list.wrong-type" not in kinds(IDENTITY)


def test_a_format_that_an_edition_lists_is_no_fault_there() -> None:
    files = {"picture.format/pdf", "picture.none/zip"}
    assert files <= set(fault_ids(TICKETS))
    assert files.isdisjoint(fault_ids(load_contract("auto-classification-v2-2025")))


@BY_CONTRACT
def test_every_fault_comes_once_before_any_comes_twice(contract: Contract) -> None:
    found = kinds(contract)
    count = len(set(found))
    assert len(set(found[:count])) == count
    assert found[0] == "input.absent"


@BY_CONTRACT
def test_a_label_names_the_requirement_its_codes_and_the_control(contract: Contract) -> None:
    for name in fault_ids(contract):
        label = break_request(contract, name, smallest(contract)).label
        assert label is not None
        requirement = contract.requirement(label.requirement)
        assert (label.fault, requirement.check) == (name, "rejected")
        assert name.partition("/")[0] in requirement.faults
        assert label.codes == tuple(sorted(contract.errors.faults[name.partition("/")[0]].codes))
        assert label.control.label is None


def test_the_control_is_the_draw_itself_where_the_fault_leaves_the_picture_alone() -> None:
    draw = Draw(page=("train-ticket",), format="JPEG", type_list=("train_ticket",), json="spaced")
    label = break_request(TICKETS, "type-list.wrong-type/string", draw).label
    assert label is not None
    assert label.control == build(TICKETS, draw)


@pytest.mark.parametrize(
    ("contract", "fault", "faulty", "control"),
    [
        (TICKETS, "picture.side-below/width", (14, 300), (15, 300)),
        (TICKETS, "picture.side-far-below/one-pixel", (1, 1), (15, 15)),
        (TICKETS, "picture.side-above/width", (8001, 592), (8000, 592)),
        (TICKETS, "picture.side-far-above/height", (962, 8193), (962, 8000)),
        (IDENTITY, "picture.side-above/width", (8193, 672), (8192, 672)),
        (IDENTITY, "picture.side-far-above/height", (1142, 9000), (1142, 8192)),
    ],
    ids=str,
)
def test_the_control_of_a_side_is_the_same_picture_at_the_limit(
    contract: Contract, fault: str, faulty: tuple[int, int], control: tuple[int, int]
) -> None:
    page = "quota-invoice" if contract is TICKETS else "passport"
    request = break_request(contract, fault, Draw(page=(page,)))
    assert request.truth is not None
    assert request.label is not None
    limit = request.label.control.truth
    assert limit is not None
    assert (request.truth.width, request.truth.height) == faulty
    assert (limit.width, limit.height) == control
    # Too small a picture holds no document, too large a one shows the same ones.
    assert request.truth.documents == limit.documents
    assert len(limit.documents) == (0 if "below" in fault else 1)


@pytest.mark.parametrize(("variant", "characters"), [("just-above", 10_485_764), ("far-above", 12_000_000)])
def test_too_long_a_text_is_the_controls_file_padded(variant: str, characters: int) -> None:
    request = break_request(TICKETS, f"picture.base64-too-long/{variant}", smallest(TICKETS))
    assert request.label is not None
    assert request.label.control == build(TICKETS, smallest(TICKETS))
    assert len(request.body) == characters + len(b'{"image":""}')


def test_the_control_of_a_faulty_url_gives_the_picture_inline() -> None:
    request = break_request(TICKETS, "url.scheme/ftp", smallest(TICKETS))
    assert request.body == b'{"url":"ftp://pictures.example/specimen.png"}'
    assert request.label is not None
    assert request.label.control == build(TICKETS, smallest(TICKETS))


@pytest.mark.parametrize("fmt", ["jpeg", "png", "tiff", "bmp"])
def test_an_incomplete_picture_is_the_control_cut_short(fmt: str) -> None:
    request = break_request(TICKETS, f"picture.incomplete/{fmt}-half", smallest(TICKETS))
    assert request.label is not None
    seen, control = expect(request, TICKETS), expect(request.label.control, TICKETS)
    assert seen.picture is not None
    assert control.picture is not None
    assert (seen.picture.format, seen.picture.complete) == (fmt.upper(), False)
    assert (control.picture.format, control.picture.complete) == (fmt.upper(), True)


def test_a_page_in_an_unlisted_format_still_shows_the_document() -> None:
    request = break_request(TICKETS, "picture.format/gif", Draw(page=("quota-invoice",)))
    seen = expect(request, TICKETS).picture
    assert seen is not None
    assert (seen.format, seen.width, seen.height) == ("GIF", 962, 592)
    assert request.truth == build(TICKETS, Draw(page=("quota-invoice",))).truth


@BY_CONTRACT
def test_only_heavy_faults_send_more_than_a_megabyte(contract: Contract) -> None:
    heavy = {name for name in fault_ids(contract) if sent(break_request(contract, name, smallest(contract))) > 1 << 20}
    assert heavy == {
        "picture.base64-too-long/just-above",
        "picture.base64-too-long/far-above",
        "picture.incomplete/bmp-half",
        "url.too-large/just-above",
        "url.too-large/far-above",
    }
    assert all(is_heavy(name) == (name in heavy) for name in fault_ids(contract))


@BY_CONTRACT
def test_the_same_fault_of_the_same_draw_is_the_same_bytes(contract: Contract) -> None:
    for name in fault_ids(contract):
        assert break_request(contract, name, smallest(contract), 5) == break_request(
            contract, name, smallest(contract), 5
        )


def test_faults_are_narrowed_to_one_fault_or_one_variant() -> None:
    @exploring(40)
    @given(st.data())
    def narrowed(data: st.DataObject) -> None:
        some = data.draw(invalid_requests(TICKETS, fault="body.not-object"))
        one = data.draw(invalid_requests(TICKETS, fault="body.not-object/null", control=smallest(TICKETS)))
        assert some.label is not None
        assert some.label.fault.startswith("body.not-object/")
        assert (one.body, one.label and one.label.control) == (b"null", build(TICKETS, smallest(TICKETS)))

    narrowed()


@BY_CONTRACT
def test_the_minimal_example_is_the_first_fault_in_the_smallest_control(contract: Contract) -> None:
    request = example(invalid_requests(contract), seed=7)
    assert request.body == b"{}"
    assert request.label is not None
    assert request.label.fault == fault_ids(contract)[0]
    assert request.label.control == build(contract, smallest(contract))


def test_an_unknown_fault_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(DataError) as error:
        invalid_requests(TICKETS, fault="body.not-jsn")
    assert str(error.value) == (
        "auto-classification-v1.0 has no fault 'body.not-jsn'; near it are "
        "body.not-json/xml, body.not-json/nan, body.not-json/words"
    )


def test_a_fault_of_another_contract_is_an_error() -> None:
    with pytest.raises(
        DataError, match=r"^auto-classification-v1\.0 has no fault 'alarm\.wrong-type/one'; near it are "
    ):
        break_request(TICKETS, "alarm.wrong-type/one", smallest(TICKETS))


def in_standard(contract: Contract) -> Counter[str]:
    """How many requests with each fault depth standard sends."""
    steps = (step for purpose in in_depth(load_purposes(contract), "standard") for step in purpose.steps)
    return Counter(step.fault.partition("/")[0] for step in steps if step.fault is not None)


def test_the_coverage_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints fault ids x operations: requests with the fault, the valid ones that they need as controls, and how many
    of the former depth standard sends, which leaves no fault out.
    """
    rows: dict[str, list[str]] = {}
    totals = []
    for column, contract in enumerate(CONTRACTS):
        broken, sent, controls = Counter(kinds(contract)), in_standard(contract), set()
        for kind in broken:
            needed = {
                label.control.body_sha256()
                for name in fault_ids(contract)
                if name.startswith(f"{kind}/") and (label := break_request(contract, name, smallest(contract)).label)
            }
            controls |= needed
            rows.setdefault(kind, ["-", "-"])[column] = f"{broken[kind]} + {len(needed)}, {sent[kind]}"
        totals.append(f"{broken.total()} + {len(controls)}, {sent.total()}")
        assert set(sent) == set(broken)
    with capsys.disabled():
        print("\n\nrequests with the fault + controls they need, of these with the fault at depth standard")
        for name, cells in [("", [contract.id for contract in CONTRACTS]), *sorted(rows.items()), ("all", totals)]:
            print(f"{name:28}{cells[0]:>26}{cells[1]:>32}")
    assert set(rows) == set(kinds(TICKETS)) | set(kinds(IDENTITY))
