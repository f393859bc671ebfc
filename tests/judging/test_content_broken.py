"""A table of hand-broken contents: each is caught by the one requirement that it breaks, at its place."""

from __future__ import annotations

from typing import cast

import pytest
from invented_contents import (
    CONTRACTS,
    LATER,
    Change,
    contract_of,
    findings,
    invented,
    line,
    put,
    renamed,
    score,
    ticket_exchange,
    without,
)

from conformance.contract.tables import Text
from conformance.judging import CHECKS, content, examine
from conformance.judging.answers import Check

CASES: dict[str, tuple[str, Change, str, str]] = {
    # what is wrong: ticket type, how it is broken, the requirement that fires, where
    "a number for an amount": ("quota_invoice", put(amount=50), "content.strings", "/amount"),
    "a fraction for an amount": ("toll_invoice", put(amount=45.5), "content.strings", "/amount"),
    "a boolean for a text": ("id_card_portrait_side", put(name=True), "content.strings", "/name"),
    "a list for a text": ("bankcard", put(bank_name=["样本银行"]), "content.strings", "/bank_name"),
    "an object for a text": ("taxi_invoice", put(fare={"text": "31.00"}), "content.strings", "/fare"),
    "a number for a date": ("mvs_invoice", put(issue_date=20260312), "content.strings", "/issue_date"),
    "a number for a code": ("vat_invoice", put(code=990026001040), "content.strings", "/code"),
    "a number in a line": ("vat_invoice", line("item_list", 1, quantity=6), "content.strings", "/item_list/1/quantity"),
    "a number in a leg": (
        "flight_itinerary",
        line("itinerary_list", 0, flight=41),
        "content.strings",
        "/itinerary_list/0/flight",
    ),
    "a number among the local values": (
        "passport",
        put(extra_info={"local_language": {"name": "样本", "sex": 1}}),
        "content.strings",
        "/extra_info/local_language/sex",
    ),
    "a number for a machine line": ("passport", put(machine_code=1), "content.strings", "/machine_code"),
    "corners for a place": (
        "quota_invoice",
        put(location=[[65, 10], [138, 10], [138, 18], [65, 18]]),
        "content.location-text",
        "/location",
    ),
    "a number for a region": ("taxi_invoice", put(location=31), "content.location-text", "/location"),
    "an object for the lines": ("vat_invoice", put(item_list={"0": {}}), "content.lists", "/item_list"),
    "a text for the legs": ("flight_itinerary", put(itinerary_list="样本"), "content.lists", "/itinerary_list"),
    "a line that is a text": ("vat_invoice", put(item_list=["纸", "笔"]), "content.lists", "/item_list/0"),
    "a text for extra_info": ("passport", put(extra_info=""), "content.objects", "/extra_info"),
    "a list for extra_info": ("passport", put(extra_info=[]), "content.objects", "/extra_info"),
    "a number for all confidence": ("toll_invoice", put(confidence=0.9), "content.objects", "/confidence"),
    "a list for all confidence": ("bankcard", put(confidence=[0.9, 0.8]), "content.objects", "/confidence"),
    "null for a field": ("train_ticket", put(check_port=None), "content.null", "/check_port"),
    "null in a line": ("vat_invoice", line("item_list", 0, unit=None), "content.null", "/item_list/0/unit"),
    "null for a line": ("vat_invoice", put(item_list=[None]), "content.null", "/item_list/0"),
    "null for the lines": ("vat_invoice", put(item_list=None), "content.null", "/item_list"),
    "null for a place": ("quota_invoice", put(location=None), "content.null", "/location"),
    "null for extra_info": ("passport", put(extra_info=None), "content.null", "/extra_info"),
    "null for all confidence": ("taxi_invoice", put(confidence=None), "content.null", "/confidence"),
    "the ticket type for the kind of invoice": ("vat_invoice", put(type="vat_invoice"), "content.own-type", "/type"),
    "the ticket type for the kind of card": ("bankcard", put(type="bankcard"), "content.own-type", "/type"),
    "another ticket's type for the kind of card": ("bankcard", put(type="passport"), "content.own-type", "/type"),
    "an unknown kind of invoice": ("vat_invoice", put(type="paper"), "content.vat-type", "/type"),
    "a kind of invoice of a later edition": ("vat_invoice", put(type="roll"), "content.vat-type", "/type"),
    "a kind of invoice in capitals": ("vat_invoice", put(type="Normal"), "content.vat-type", "/type"),
    "free text for a changed ticket": (
        "train_ticket",
        put(ticket_changing="始发改签"),
        "content.ticket-changing",
        "/ticket_changing",
    ),
    "another case for a changed ticket": (
        "train_ticket",
        put(ticket_changing="yes"),
        "content.ticket-changing",
        "/ticket_changing",
    ),
    "an unknown type of passport": ("passport", put(passport_type="X"), "content.passport-type", "/passport_type"),
    "a day with slashes": ("id_card_portrait_side", put(birth="1990/02/14"), "content.dates", "/birth"),
    "a day without marks": ("mvs_invoice", put(issue_date="20260312"), "content.dates", "/issue_date"),
    "a day in words": ("passport", put(date_of_expiry="05 MAY 2031"), "content.dates", "/date_of_expiry"),
    "the 30th of February": (
        "vehicle_license_front",
        put(register_date="2019-02-30"),
        "content.dates",
        "/register_date",
    ),
    "a month 13 on a card": ("bankcard", put(expiry_date="13/31"), "content.dates", "/expiry_date"),
    "an hour 24": ("train_ticket", put(departure_time="2026年03月08日24:15"), "content.dates", "/departure_time"),
    "a newline after a day": ("toll_invoice", put(date="2026-03-10\n"), "content.dates", "/date"),
    "a day in digits of another script": ("toll_invoice", put(date="٢٠٢٦-03-10"), "content.dates", "/date"),
    "a leg without a proper day": (
        "flight_itinerary",
        line("itinerary_list", 1, date="20MAR"),
        "content.dates",
        "/itinerary_list/1/date",
    ),
    "a passport without extra_info": ("passport", without("extra_info"), "content.extra-info", ""),
    "an emblem side with a name": ("id_card_emblem_side", put(name="样本甲"), "content.sides", "/name"),
    "a portrait side with an authority": ("id_card_portrait_side", put(issue="样本局"), "content.sides", "/issue"),
    "a licence's main page with the record": ("driver_license_front", put(record="样本"), "content.sides", "/record"),
    "a licence's second page with the class": (
        "driver_license_back",
        put(**{"class": "C1"}),
        "content.sides",
        "/class",
    ),
    "a vehicle's main page with its mass": (
        "vehicle_license_front",
        put(gross_mass="1905kg"),
        "content.sides",
        "/gross_mass",
    ),
    "a vehicle's second page with its owner": ("vehicle_license_back", put(name="样本丙"), "content.sides", "/name"),
    "no confidence where the page lists it": ("toll_invoice", without("confidence"), "content.confidence.listed", ""),
    "confidence as text": (
        "quota_invoice",
        score(code="0.93"),
        "content.confidence.numbers",
        "/confidence/code",
    ),
    "confidence true": ("quota_invoice", score(code=True), "content.confidence.numbers", "/confidence/code"),
    "confidence null": ("quota_invoice", score(code=None), "content.confidence.numbers", "/confidence/code"),
    "a list of confidence for a text": (
        "bankcard",
        score(bank_name=[0.9]),
        "content.confidence.numbers",
        "/confidence/bank_name",
    ),
    "confidence as text in a list": (
        "flight_itinerary",
        lambda content: content["confidence"]["itinerary_list"][1].update(flight="high"),
        "content.confidence.numbers",
        "/confidence/itinerary_list/1/flight",
    ),
    "confidence in percent": ("taxi_invoice", score(fare=93), "content.confidence.range", "/confidence/fare"),
    "confidence below 0": ("taxi_invoice", score(fare=-0.01), "content.confidence.range", "/confidence/fare"),
    "confidence just above 1": ("train_ticket", score(name=1.0001), "content.confidence.range", "/confidence/name"),
    "confidence in percent in a list": (
        "flight_itinerary",
        lambda content: content["confidence"]["itinerary_list"][0].update(carrier=98),
        "content.confidence.range",
        "/confidence/itinerary_list/0/carrier",
    ),
    "confidence of no field": ("toll_invoice", score(lane=0.9), "content.confidence.keys", "/confidence/lane"),
    "confidence of no field in a leg": (
        "flight_itinerary",
        lambda content: content["confidence"]["itinerary_list"][0].update(seat=0.9),
        "content.confidence.keys",
        "/confidence/itinerary_list/0/seat",
    ),
    "confidence under the name of another ticket's sample": (
        "taxi_invoice",
        score(ticket_rates=0.9),
        "content.confidence.keys",
        "/confidence/ticket_rates",
    ),
    "confidence under a name of the train sample": (
        "train_ticket",
        renamed("departure_time", "starting_time"),
        "content.confidence.names",
        "/confidence/starting_time",
    ),
    "confidence under a name with blanks": (
        "bankcard",
        renamed("issue_date", " issue_date "),
        "content.confidence.names",
        "/confidence/ issue_date ",
    ),
    "confidence under a name of the transport sample": (
        "transportation_license",
        renamed("maximum_capacity", "vehicle_weight"),
        "content.confidence.names",
        "/confidence/vehicle_weight",
    ),
    "one confidence for all legs": (
        "flight_itinerary",
        score(itinerary_list=0.9),
        "content.confidence.mirrors",
        "/confidence/itinerary_list",
    ),
    "confidence of fewer legs": (
        "flight_itinerary",
        lambda content: content["confidence"]["itinerary_list"].pop(),
        "content.confidence.mirrors",
        "/confidence/itinerary_list",
    ),
    "one confidence for each leg": (
        "flight_itinerary",
        score(itinerary_list=[0.9, 0.8]),
        "content.confidence.mirrors",
        "/confidence/itinerary_list/0",
    ),
    "confidence by number of the leg": (
        "flight_itinerary",
        score(itinerary_list={"0": {"flight": 0.9}}),
        "content.confidence.mirrors",
        "/confidence/itinerary_list",
    ),
    "a listed field is missing": ("toll_invoice", without("exit"), "content.listed", ""),
    "a field of a line is missing": (
        "vat_invoice",
        lambda content: content["item_list"][1].pop("tax"),
        "content.listed",
        "/item_list/1",
    ),
    "a Chinese passport without its authority": ("passport", without("issuing_authority"), "content.listed", ""),
    "a field that nobody knows": ("quota_invoice", put(shop="样本"), "content.unlisted", "/shop"),
    "a field of a later edition": ("vat_invoice", put(machine_number="0"), "content.unlisted", "/machine_number"),
    "a field of a line that nobody knows": (
        "vat_invoice",
        line("item_list", 0, **{"a/b~c": "样本"}),
        "content.unlisted",
        "/item_list/0/a~1b~0c",
    ),
}

LATER_CASES: dict[str, tuple[str, str, Change, str, str]] = {
    "v2-2021: a further mode": ("v2-2021", "vat_invoice", put(remarks="样本"), "content.switch-only", "/remarks"),
    "v2-2021: a further mode in a line": (
        "v2-2021",
        "vat_invoice",
        line("item_list", 0, vehicle_type="客1"),
        "content.switch-only",
        "/item_list/0/vehicle_type",
    ),
    "v2-2021: confidence of a further mode": (
        "v2-2021",
        "vat_invoice",
        put(confidence={"code": 0.9}),
        "content.switch-only",
        "/confidence",
    ),
    "v2-2021: an authority": (
        "v2-2021",
        "driver_license_front",
        put(issuing_authority="样本"),
        "content.switch-only",
        "/issuing_authority",
    ),
    "v2-2021: an authority on the second page": (
        "v2-2021",
        "driver_license_back",
        put(issuing_authority="样本"),
        "content.unlisted",
        "/issuing_authority",
    ),
    "v2-2021: the range is stated": (
        "v2-2021",
        "bankcard",
        score(type=1.9856),
        "content.confidence.range-stated",
        "/confidence/type",
    ),
    "v2-2021: the range is not stated": (
        "v2-2021",
        "toll_invoice",
        score(exit=1.9856),
        "content.confidence.range",
        "/confidence/exit",
    ),
    "v2-2021: blanks around a name": (
        "v2-2021",
        "bankcard",
        renamed("type", " type "),
        "content.confidence.keys",
        "/confidence/ type ",
    ),
    "v2-2021: neither of two names": (
        "v2-2021",
        "transportation_license",
        without("vehicle_weight"),
        "content.listed",
        "",
    ),
    "v2-2025: a text for a mark": (
        "v2-2025",
        "train_ticket",
        put(seal_mark="false"),
        "content.booleans",
        "/seal_mark",
    ),
    "v2-2025: a ticket status for the states": (
        "v2-2025",
        "driver_license_front",
        put(status={"error_code": "AIS.0000"}),
        "content.lists",
        "/status",
    ),
    "v2-2025: a number among the states": (
        "v2-2025",
        "vehicle_license_back",
        put(status=[1]),
        "content.strings",
        "/status/0",
    ),
    "v2-2025: an unknown style": (
        "v2-2025",
        "train_ticket",
        put(invoice_style="new"),
        "content.values",
        "/invoice_style",
    ),
    "v2-2025: an unknown kind of licence": (
        "v2-2025",
        "driver_license_back",
        put(type="paper"),
        "content.values",
        "/type",
    ),
}


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


@pytest.mark.parametrize("check", content.CHECKS)
def test_without_a_check_some_case_is_not_caught(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = {r.name for contract in CONTRACTS.values() for r in contract.by_check.get(check, ())}
    cases = [("v1.0", *case) for case in CASES.values()] + [*LATER_CASES.values()]
    monkeypatch.setitem(cast("dict[str, Check]", CHECKS), check, lambda *_: None)
    for edition, kind, change, requirement, _ in cases:
        if requirement in judged:
            broken = invented(kind, edition)
            change(broken)
            assert findings(kind, broken, CONTRACTS[edition]) == {}
            return
    assert check in ("content.confidence-inside", "content.unlisted-strict"), "this check has a test of its own"


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
