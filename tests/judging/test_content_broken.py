"""A table of hand-broken contents: each is caught by the one requirement that it breaks, at its place."""

from __future__ import annotations

import pytest
from broken_contents import CASES, LATER_CASES
from invented_contents import CONTRACTS, LATER, contract_of, findings, invented, ticket_exchange

from conformance.judging import examine
from conformance.text import Text


@pytest.mark.parametrize("name", CASES)
def test_a_broken_content_is_caught_by_the_one_requirement(name: str) -> None:
    kind, change, requirement, place = CASES[name]
    content = invented(kind)
    change(content)
    assert findings(kind, content, CONTRACTS["v1.0"]) == {requirement: place}


@pytest.mark.parametrize("name", LATER_CASES)
def test_a_later_edition_has_requirements_of_its_own(name: str) -> None:
    edition, kind, change, requirement, place = LATER_CASES[name]
    content = invented(kind, edition)
    change(content)
    assert findings(kind, content, CONTRACTS[edition]) == {requirement: place}


def test_scores_of_a_later_edition_are_integers() -> None:
    content = invented("vehicle_license_front", "v2-2025") | {"alarm_confidence": {"border_integrity_score": "98"}}
    assert findings("vehicle_license_front", content, CONTRACTS["v2-2025"]) == {
        "content.integers": "/alarm_confidence/border_integrity_score",
        "content.switch-only": "/alarm_confidence",
        "content.listed": "/alarm_confidence",
    }


def test_confidence_beside_content_is_caught() -> None:
    content = invented("quota_invoice")
    beside = content.pop("confidence")
    assert findings("quota_invoice", content, CONTRACTS["v1.0"], confidence=beside) == {
        "content.confidence.inside": "/result/0/confidence",
        "content.confidence.listed": "",
    }


def test_an_empty_content_is_one_finding() -> None:
    assert findings("taxi_invoice", {}, CONTRACTS["v1.0"]) == {"ticket.content.not-empty": ""}


def test_an_unlisted_field_is_a_failure_where_the_statement_says_strict() -> None:
    strict = contract_of("v1.0", **{"content.unlisted": "strict"})
    content = invented("quota_invoice") | {"shop": "样本"}
    assert findings("quota_invoice", content, strict) == {
        "content.unlisted": "/shop",
        "content.unlisted.strict": "/shop",
    }


def test_every_requirement_on_contents_has_a_case() -> None:
    covered = {case[2] for case in CASES.values()} | {case[3] for case in LATER_CASES.values()}
    elsewhere = {"content.integers", "content.confidence.inside", "content.unlisted.strict"}
    stated = {name for name in CONTRACTS["v1.0"].requirements if name.startswith("content.")}
    assert covered | elsewhere == stated | {requirement.name for requirement in LATER}


def test_a_finding_says_what_was_expected_and_what_was_observed() -> None:
    content = invented("quota_invoice") | {"amount": 50}
    (finding,) = (
        o for o in examine(ticket_exchange("quota_invoice", content), CONTRACTS["v1.0"]) if o.state == "broken"
    )
    assert finding.requirement == "auto-classification-v1.0/content.strings"
    assert finding.pointer == "/result/0/content/amount"
    assert finding.expected == Text("type string", "类型 string")
    assert finding.observed == Text("integer: 50", "integer：50")


def test_a_finding_of_a_missing_field_names_it() -> None:
    content = invented("quota_invoice")
    del content["code"], content["number"]
    (finding,) = (
        o for o in examine(ticket_exchange("quota_invoice", content), CONTRACTS["v1.0"]) if o.state == "broken"
    )
    assert finding.observed == Text("absent: number, code", "缺少：number, code")


def test_of_two_fields_that_may_stand_for_each_other_either_is_missed_in_both_languages() -> None:
    content = invented("transportation_license", "v2-2021")
    for name in ("vehicle_weight", "maximum_capacity"):
        content.pop(name, None)
    found = examine(ticket_exchange("transportation_license", content), CONTRACTS["v2-2021"])
    (finding,) = (o for o in found if o.state == "broken")
    assert finding.observed == Text(
        "absent: vehicle_weight or maximum_capacity", "缺少：vehicle_weight 或 maximum_capacity"
    )
