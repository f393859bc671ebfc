"""What is found about a url: each requirement on it held by the right answer and broken by a wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answers import DOCUMENT, TICKETS, exchange, failure

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, Request
from conformance.judging import examine
from conformance.strategies import Draw, break_request, build

CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT)}
CHINESE = "accepts.url.chinese-encoded"


def by_url(contract_id: str, served: str = "plain") -> Request:
    return build(CONTRACTS[contract_id], Draw.from_data({"page": ["passport"], "url": True, "served": served}))


def fault(contract_id: str, name: str) -> Request:
    return break_request(CONTRACTS[contract_id], name, Draw(page=("passport",)))


def answered(request: Request, contract_id: str, code: str | None = None, status: int = 400) -> Exchange:
    """A request that is answered with a result, or refused with a code."""
    judged = exchange(contract_id) if code is None else failure(contract_id, code, "said by a test", status)
    return replace(judged, request=request)


def findings(judged: Exchange, contract_id: str, control: Exchange | None = None) -> dict[str, str]:
    """What is said about the requirements that need a url, by name."""
    contract = CONTRACTS[contract_id]
    found = {o.requirement.partition("/")[2]: o.state for o in examine(judged, contract, control=control)}
    return {name: state for name, state in found.items() if contract.requirements[name].needs == "url"}


BOTH = pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])


@BOTH
def test_a_picture_by_url_is_answered_with_a_result(contract_id: str) -> None:
    plain, chinese = by_url(contract_id), by_url(contract_id, "chinese")
    assert findings(answered(plain, contract_id), contract_id) == {"accepts.url": "held"}
    assert findings(answered(chinese, contract_id), contract_id) == {"accepts.url": "held", CHINESE: "held"}
    refused = answered(chinese, contract_id, "ModelArts.4601")
    assert findings(refused, contract_id)[CHINESE] == "broken"
    assert findings(answered(plain, contract_id, "ModelArts.4601"), contract_id) == {"accepts.url": "broken"}


@BOTH
def test_a_picture_by_url_shows_nothing_about_pictures_inline(contract_id: str) -> None:
    contract = CONTRACTS[contract_id]
    names = {o.requirement.partition("/")[2] for o in examine(answered(by_url(contract_id), contract_id), contract)}
    assert {name for name in names if name.startswith("accepts.")} == {"accepts.url"}


REFUSALS = [
    ("url.host/unresolved", "url.host", "ModelArts.4601"),
    ("url.host/none", "url.host", "AIS.0101"),
    ("url.not-found/status-404", "url.found", "ModelArts.4603"),
    ("url.not-found/status-500", "url.found", "ModelArts.4603"),
    ("url.not-an-image/html", "url.picture", "AIS.0102"),
    ("url.not-an-image/half", "url.picture", "AIS.0104"),
    ("url.sides/width-far-above", "url.side", "AIS.0103"),
    ("url.too-large/just-above", "url.size", "ModelArts.4705"),
]


@BOTH
@pytest.mark.parametrize(("name", "requirement", "code"), REFUSALS)
def test_a_url_that_cannot_be_used_is_refused_with_a_code_that_fits(
    contract_id: str, name: str, requirement: str, code: str
) -> None:
    request = fault(contract_id, name)
    assert request.label is not None
    accepted = answered(request.label.control, contract_id)
    refused, misnamed = answered(request, contract_id, code), answered(request, contract_id, "ModelArts.4105")
    assert findings(refused, contract_id, accepted) == {requirement: "held", "url.code": "held"}
    assert findings(misnamed, contract_id, accepted) == {requirement: "held", "url.code": "broken"}
    assert findings(answered(request, contract_id), contract_id, accepted) == {requirement: "broken"}


@BOTH
def test_a_refusal_proves_nothing_where_no_url_is_accepted(contract_id: str) -> None:
    request = fault(contract_id, "url.not-found/status-404")
    assert request.label is not None
    denied = answered(request.label.control, contract_id, "ModelArts.4603")
    refused = answered(request, contract_id, "ModelArts.4603")
    assert findings(refused, contract_id, denied) == {"url.found": "undecided", "url.code": "undecided"}


@BOTH
@pytest.mark.parametrize(
    ("served", "requirement"),
    [
        ("redirected", "url.redirect"),
        ("mislabelled", "url.mislabelled"),
        ("not-encoded", "url.not-encoded"),
        ("slow", "url.slow"),
    ],
)
def test_a_way_that_is_left_open_is_taken_or_refused_for_what_it_is(
    contract_id: str, served: str, requirement: str
) -> None:
    # Who answers here does not look at the picture, so that nobody says what is on it.
    request = replace(by_url(contract_id, served), truth=None)
    accepted = answered(replace(by_url(contract_id), truth=None), contract_id)
    outcomes = {
        "taken": answered(request, contract_id),
        "refused": answered(request, contract_id, "ModelArts.4603"),
        "misnamed": answered(request, contract_id, "AIS.0103"),
        "failed": answered(request, contract_id, "ModelArts.4505", status=500),
    }
    assert {name: findings(judged, contract_id, accepted)[requirement] for name, judged in outcomes.items()} == {
        "taken": "held",
        "refused": "held",
        "misnamed": "broken",
        "failed": "broken",
    }
