"""The samples of the two documentation pages themselves against the contracts, where the pages are present.

See test_pages_real.py for how the folder is named. A sample breaks nothing; broken by hand in one place, it breaks
that place's requirement.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from test_pages_real import DOCUMENT, FOLDER, TICKETS, page_file

from conformance.contract.contract import Contract, load_contract
from conformance.exchange import Exchange, Request, Response
from conformance.judging import examine

pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="OCR_CONFORMANCE_PAGES does not name the folder with the two documentation pages"
)
CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT)}
HEADERS = (("Content-Type", "application/json"), ("X-Request-Id", "0"))
Change = Callable[[Any], object]


def samples(contract_id: str, member: str) -> list[Any]:
    """Every JSON object of the page with this member, in the page's order."""
    lines = page_file(contract_id).read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines):
        if line.strip() == "{":
            try:
                value, _ = json.JSONDecoder().raw_decode("\n".join(lines[number:]).lstrip())
            except ValueError:
                continue
            found += [value] if member in value else []
    return found


def broken(contract: Contract, answer: object, status: int) -> set[str]:
    """The names of the requirements that the answer breaks, to a request whose picture nobody saw."""
    body: dict[str, object] = {"url": "https://pictures.example.com/page.png"}
    if "alarm" in contract.parameters:
        body["alarm"] = True
    request = Request("POST", contract.page.path, HEADERS[:1], json.dumps(body).encode())
    response = Response(status, HEADERS, json.dumps(answer, ensure_ascii=False).encode(), 0.01)
    found = examine(Exchange(request, response, "00001"), contract)
    return {observation.requirement.partition("/")[2] for observation in found if observation.state == "broken"}


@pytest.mark.parametrize(
    ("contract_id", "member", "status"),
    [
        (TICKETS, "result", 200),
        (TICKETS, "error_code", 400),
        (DOCUMENT, "result", 200),
        (DOCUMENT, "error_code", 400),
    ],
)
def test_a_sample_breaks_nothing(contract_id: str, member: str, status: int) -> None:
    (sample,) = samples(contract_id, member)
    assert broken(CONTRACTS[contract_id], sample, status) == set()


def ticket(name: str, value: object) -> Change:
    return lambda answer: answer["result"][0].update({name: value})


def document(name: str, value: object, *path: str) -> Change:
    def change(answer: Any) -> None:
        node = answer["result"]
        for step in path:
            node = node[step]
        node[name] = value

    return change


def removed(*path: str | int) -> Change:
    def change(answer: Any) -> None:
        node = answer
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return change


@pytest.mark.parametrize(
    ("contract_id", "change", "expected"),
    [
        (TICKETS, lambda a: a.update(result=a["result"][0]), "success.result-list"),
        (TICKETS, removed("result", 0, "status"), "ticket.status"),
        (TICKETS, removed("result", 1, "status", "error_code"), "ticket.status.code"),
        (TICKETS, removed("result", 0, "type"), "ticket.type"),
        (TICKETS, ticket("type", "quota"), "ticket.type.documented"),
        (TICKETS, removed("result", 0, "location"), "ticket.location"),
        (TICKETS, removed("result", 0, "location", 3), "ticket.location.four-corners"),
        (TICKETS, ticket("location", [[1, 1], [1, 9], [9, 9], [9, 1]]), "ticket.location.winding"),
        (TICKETS, removed("result", 0, "content"), "ticket.content"),
        (TICKETS, lambda a: a["result"][0]["content"].update(amount=50.0), "content.strings"),
        (TICKETS, lambda a: a["result"][0]["content"]["confidence"].update(code="0.9"), "content.confidence.numbers"),
        (TICKETS, lambda a: a["result"][2].update(content=[]), "failed-ticket.content-object"),
        (TICKETS, lambda a: a.update(error_code="AIS.0101"), "success.no-error-fields"),
        (DOCUMENT, lambda a: a.update(result=[a["result"]]), "success.result-object"),
        (DOCUMENT, document("type", "visa"), "document.type.documented"),
        (DOCUMENT, removed("result", "location"), "document.location"),
        (DOCUMENT, removed("result", "location", 0), "document.location.four-corners"),
        (DOCUMENT, document("confidence", "0.9"), "document.confidence.number"),
        (DOCUMENT, removed("result", "alarm_result"), "alarm.when-asked"),
        (DOCUMENT, document("detect_blur_result", 1, "alarm_result"), "alarm.flag.blur"),
        (DOCUMENT, document("copy_score", 100, "alarm_confidence"), "alarm.score.copy"),
        (DOCUMENT, removed("result", "alarm_confidence", "reproduce_score"), "alarm.score.reproduce"),
    ],
)
def test_a_sample_that_is_broken_by_hand_breaks_that_requirement(
    contract_id: str, change: Change, expected: str
) -> None:
    (sample,) = samples(contract_id, "result")
    answer = copy.deepcopy(sample)
    change(answer)
    assert expected in broken(CONTRACTS[contract_id], answer, 200)
