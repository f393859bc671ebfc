"""Audits: which exchanges prove or break what, where nobody says how the traffic came about."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from audited_traffic import (
    DOCUMENT,
    TICKETS,
    URLS,
    audited,
    document,
    line,
    png,
    refusal,
    ticket,
    tickets,
    verdict,
)

from conformance.contract.contract import load_contract
from conformance.engine.audit import audit
from conformance.files import DataError
from conformance.recordings import CassetteError

GOOD = line(TICKETS, {"image": png()}, tickets(ticket()))
NO_TOKEN = line(TICKETS, {"image": png()}, refusal("ModelArts.4101", "Token header cannot be empty."), 401,
                headers={"Content-Type": "application/json"})  # fmt: skip
NOT_JSON = line(TICKETS, "{", refusal("ModelArts.4105", "The JSON format of the input data is incorrect."), 400)
BAD_LIST = line(TICKETS, {"image": png(), "type_list": "quota_invoice"}, refusal(), 400)
NO_INPUT = line(TICKETS, {}, refusal(), 400)


def test_a_good_answer_proves_and_a_broken_one_fails(tmp_path: Path) -> None:
    three = ticket()
    three["location"] = [[10, 10], [200, 10], [200, 100]]
    good, broken = (
        audited(tmp_path / "a", [GOOD]),
        audited(tmp_path / "b", [GOOD, line(TICKETS, {"image": png()}, tickets(three))]),
    )
    assert [verdict(result, "ticket.location.four-corners") for result in (good, broken)] == ["pass", "fail"]
    assert [result.ledger.verdict for result in (good, broken)] == ["inconclusive", "nonconformant"]
    finding = broken.ledger.accounts[f"{TICKETS}/ticket.location.four-corners"].findings[0]
    assert (finding.purpose, finding.exchange.id) == (str(tmp_path / "b"), "line 2")


@pytest.mark.parametrize(
    ("faulty", "requirements"),
    [
        (NO_TOKEN, ("token.required", "token.code")),
        (NOT_JSON, ("body.json", "body.json.code")),
        (BAD_LIST, ("type-list.list", "parameters.code")),
        (NO_INPUT, ("input.required", "input.required.code")),
    ],
)
def test_a_refusal_counts_with_the_same_request_accepted_before_or_after_it(
    tmp_path: Path, faulty: str, requirements: tuple[str, str]
) -> None:
    traffic = {"before": [GOOD, faulty], "after": [faulty, GOOD], "alone": [faulty]}
    found = {name: audited(tmp_path / name, lines) for name, lines in traffic.items()}
    verdicts = {name: [verdict(result, one) for one in requirements] for name, result in found.items()}
    assert verdicts == {"before": ["pass"] * 2, "after": ["pass"] * 2, "alone": ["inconclusive"] * 2}


def test_a_control_has_to_agree_in_all_but_the_fault(tmp_path: Path) -> None:
    other_picture = line(TICKETS, {"image": png(400)}, tickets(ticket()))
    both = {"image": png(), "type_list": ["quota_invoice"]}
    other_list = line(TICKETS, both, tickets(ticket()))
    result = audited(tmp_path / "a", [other_picture, BAD_LIST])
    assert verdict(result, "type-list.list") == "inconclusive"
    assert verdict(audited(tmp_path / "b", [other_list, BAD_LIST]), "type-list.list") == "pass"


def test_a_faulty_request_that_is_accepted_fails_without_any_control(tmp_path: Path) -> None:
    result = audited(tmp_path / "a", [line(TICKETS, {"image": png(), "type_list": "quota_invoice"}, tickets(ticket()))])
    assert verdict(result, "type-list.list") == "fail"


@pytest.mark.parametrize(
    ("body", "requirement"),
    [
        ("", "body.not-empty"),
        ("[]", "body.object"),
        ("{", "body.json"),
        ("image=%2F9j%2F", "body.json"),
        ("null", "body.object"),
    ],
)
def test_a_body_that_is_no_object_and_answered_with_a_ticket_is_judged_and_the_file_read_to_its_end(
    tmp_path: Path, body: str, requirement: str
) -> None:
    accepted = line(TICKETS, body, tickets(ticket()))
    result = audited(tmp_path / "a", [accepted, accepted, GOOD])
    assert (verdict(result, requirement), result.ledger.sent, result.left_out) == ("fail", 3, [])


def test_a_picture_that_is_looked_at_needs_a_control_that_traffic_cannot_show(tmp_path: Path) -> None:
    tiny = line(
        TICKETS, {"image": png(10, 10)}, refusal("AIS.0103", "The image size does not meet the requirements."), 400
    )
    assert verdict(audited(tmp_path / "a", [GOOD, tiny]), "side.min") == "inconclusive"


ONE, TWO = ticket("quota_invoice"), ticket("train_ticket", name="样本")
ALL = load_contract(TICKETS).types


@pytest.mark.parametrize(
    ("requirement", "first", "second", "holds", "breaks"),
    [
        ("relation.repeat", {}, {}, tickets(TWO, ONE), tickets(ONE)),
        ("relation.type-list-some", {}, {"type_list": ["quota_invoice"]}, tickets(ONE), tickets()),
        ("relation.type-list-all", {}, {"type_list": list(ALL)}, tickets(ONE, TWO), tickets(ONE)),
        ("relation.type-list-order", {"type_list": ["quota_invoice", "train_ticket"]},
         {"type_list": ["train_ticket", "quota_invoice"]}, tickets(ONE, TWO), tickets(ONE)),
        ("relation.type-list-repeated", {"type_list": ["quota_invoice", "train_ticket"]},
         {"type_list": ["train_ticket", "quota_invoice", "train_ticket"]}, tickets(ONE, TWO), tickets(ONE)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("swapped", [False, True])
def test_related_requests_are_found_and_held_against_each_other(
    tmp_path: Path,
    requirement: str,
    first: dict[str, object],
    second: dict[str, object],
    holds: object,
    breaks: object,
    swapped: bool,
) -> None:
    whole = line(TICKETS, {"image": png(), **first}, tickets(ONE, TWO))
    pairs = [[whole, line(TICKETS, {"image": png(), **second}, answer)] for answer in (holds, breaks)]
    found = [audited(tmp_path / "a", reversed(pair) if swapped else pair) for pair in pairs]
    # One that lacks what the other one has is no breach, since an engine may miss it: only a habit is.
    by_itself = requirement == "relation.repeat"
    assert [verdict(result, requirement) for result in found] == ["pass", "fail" if by_itself else "inconclusive"]
    apart = [whole, line(TICKETS, {"image": png(400), **second}, holds)]
    assert verdict(audited(tmp_path / "b", apart), requirement) == "inconclusive"


def test_what_answers_to_one_form_of_a_request_always_lack_is_a_habit(tmp_path: Path) -> None:
    def traffic(pairs: int) -> list[str]:
        asked = [
            ({"image": png(side)}, {"image": png(side), "type_list": list(ALL)}) for side in range(200, 200 + pairs)
        ]
        both = [(line(TICKETS, one, tickets(ONE, TWO)), line(TICKETS, two, tickets(ONE))) for one, two in asked]
        return [each for pair in both for each in pair]

    few, many = audited(tmp_path / "a", traffic(20)), audited(tmp_path / "b", traffic(24))
    assert [verdict(result, "relation.type-list-all") for result in (few, many)] == ["inconclusive", "fail"]
    found = many.ledger.accounts[f"{TICKETS}/relation.type-list-all"].findings[0].observation.observed.en
    assert found.endswith(
        "24 of 24 pairs that differ lack something in the same one of the two; chance of that at most 2e-07"
    )


def test_another_spelling_an_alarm_and_an_enterprise_project_are_relations_too(tmp_path: Path) -> None:
    plain = line(DOCUMENT, {"data": png()}, document())
    spelled = line(DOCUMENT, json.dumps({"data": png()}, indent=1), document())
    alarm = line(DOCUMENT, {"data": png(), "alarm": True}, document(alarm_result={}, alarm_confidence={}))
    headers = {"Content-Type": "application/json", "X-Auth-Token": "sesame-of-nobody", "Enterprise-Project-Id": "0"}
    project = line(DOCUMENT, {"data": png()}, document(), headers=headers)
    result = audited(tmp_path / "a", [plain, spelled, alarm, project])
    names = ("relation.spelling", "relation.alarm-adds-only", "relation.enterprise-project")
    assert [verdict(result, name, DOCUMENT) for name in names] == ["pass"] * 3


def test_traffic_of_other_operations_is_counted_and_left_alone(tmp_path: Path) -> None:
    other = line(TICKETS, "x", "<html>", url="https://ocr.invalid/index.html", method="GET")
    result = audited(tmp_path / "a", [other, GOOD, other])
    assert (result.other, result.ledger.sent, result.ledger.accepted) == (2, 1, 1)


def test_a_request_is_of_an_operation_by_its_path_whatever_its_method_and_project(tmp_path: Path) -> None:
    gone = refusal("APIG.0101", "The API does not exist or has not been published in the environment.")
    wrong = line(DOCUMENT, "", gone, 404, method="GET")
    malformed = line(DOCUMENT, {"data": png()}, gone, 404, url=URLS[DOCUMENT].replace("fedcba", "FEDCBA"))
    result = audited(tmp_path / "a", [wrong, malformed, line(DOCUMENT, {"data": png()}, document())])
    assert (result.other, result.ledger.sent) == (0, 3)
    assert [note.fault for note in result.ledger.notes] == ["body.empty, method.wrong", "project.malformed", None]


def test_bad_lines_are_named_and_the_others_are_judged(tmp_path: Path) -> None:
    result = audited(tmp_path / "a", [GOOD, "torn", "", '{"request": {"method": "POST", "path": "/"}}', GOOD])
    assert result.ledger.sent == 2
    assert [str(one) for one in result.left_out] == [
        f"{tmp_path / 'a'}, line 2: Expecting value: line 1 column 1 (char 0)",
        f"{tmp_path / 'a'}, line 4: expected a response or a failure beside the request, found neither",
    ]


def test_what_is_kept_is_bounded_and_everything_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.engine.audit.MAX_NOTES", 30)
    result = audited(tmp_path / "a", [GOOD, "torn"] * 40)
    assert (result.ledger.sent, result.ledger.billable, len(result.ledger.notes)) == (40, 40, 30)
    assert (result.left_out_count, len(result.left_out)) == (40, 20)


def test_memory_does_not_grow_with_the_traffic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is remembered has a limit; here it is reached early, so that what lies beyond it shows.
    monkeypatch.setattr("conformance.engine.counted.MAX_CONTROLS", 100)
    monkeypatch.setattr("conformance.engine.relatives.MAX_RELATIVES", 10)
    contracts = [load_contract(TICKETS)]

    def peak(count: int) -> int:
        path = tmp_path / "traffic"
        with path.open("w") as file:
            for number in range(count):
                body = {"image": png(300 + number % 5000, 200, b"c" * 500)}
                file.write(line(TICKETS, body, tickets(ticket(code=str(number)))) + "\n")
        tracemalloc.start()
        audit([path], contracts)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(20)  # what is built once is not what grows
    assert peak(240) < peak(60) * 1.2 + 300_000


def test_two_editions_of_one_path_have_to_be_chosen_between(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(GOOD)
    editions = [load_contract(name) for name in ("auto-classification-v2-2021", "auto-classification-v2-2025")]
    with pytest.raises(DataError) as caught:
        audit([tmp_path / "a"], editions)
    assert str(caught.value) == (
        "auto-classification-v2-2021 and auto-classification-v2-2025 both describe "
        "/v2/{project_id}/ocr/auto-classification, and traffic does not say which edition it is of; give one of them "
        "with --contract"
    )


def test_a_file_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(CassetteError) as caught:
        audit([tmp_path / "nowhere"], [load_contract(TICKETS)])
    assert str(caught.value) == f"{tmp_path / 'nowhere'}: cannot be read: No such file or directory"


def test_exchanges_of_several_files_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        audited(tmp_path / name, [GOOD])
    both = audit([tmp_path / "a", tmp_path / "b"], [load_contract(TICKETS)])
    assert [note.id for note in both.ledger.notes] == [f"{tmp_path / 'a'}, line 1", f"{tmp_path / 'b'}, line 1"]


def test_progress_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"{GOOD}\n{GOOD}\n")
    told: list[tuple[int, int, int]] = []
    tell = lambda *numbers: told.append(numbers)  # noqa: E731
    audit([tmp_path / "a"], [load_contract(TICKETS)], judged=tell, part_size=1)
    assert told == [(0, 1, 4), (0, 2, 4), (1, 3, 4), (2, 4, 4)]
