"""Unusual contents that keep every rule: nothing fires, whatever its level. Those that only inform say so."""

from __future__ import annotations

import pytest
from invented_contents import (
    CONTRACTS,
    TYPES,
    Change,
    Content,
    findings,
    invented,
    line,
    mirrored,
    put,
    score,
    without,
)

from conformance.judging.content import is_day


def emptied(content: Content) -> None:
    """Everything but the first field, so that something was read."""
    for name, value in list(content.items())[1:]:
        if isinstance(value, str):
            content[name] = ""
    if "confidence" in content:
        content["confidence"] = {name: 0 for name, value in content.items() if isinstance(value, str)}


def foreign(content: Content) -> None:
    """As the sample of a foreign passport: seven fields, the two lines for machines, an empty extra_info."""
    for name in (
        "passport_type",
        "nationality",
        "date_of_issue",
        "place_of_birth",
        "place_of_issue",
        "issuing_authority",
    ):
        del content[name]
    content.update(country_code="UTO", machine_code="P<UTO", machine_code2="L8988", extra_info={})
    content["confidence"] = {"country_code": 0.9}


CASES: dict[str, tuple[str, Change]] = {
    "confidence where the page lists none": ("id_card_portrait_side", put(confidence={"name": 0.9})),
    "confidence of a VAT invoice, line by line": ("vat_invoice", lambda c: c.update(confidence=mirrored(c))),
    "confidence 0 written as an integer": ("quota_invoice", score(code=0)),
    "confidence 0.0000": ("quota_invoice", score(code=0.0000)),
    "confidence 1": ("quota_invoice", score(code=1)),
    "confidence with an exponent": ("quota_invoice", score(code=1e-05)),
    "confidence other than 0 for an empty text": ("taxi_invoice", put(company="")),
    "confidence of some fields only": ("train_ticket", put(confidence={"name": 0.9})),
    "confidence without any field": ("train_ticket", put(confidence={})),
    "no lines": ("vat_invoice", put(item_list=[])),
    "no legs, no confidence of legs": (
        "flight_itinerary",
        lambda c: (c.update(itinerary_list=[]), c["confidence"].update(itinerary_list=[])),
    ),
    "one leg": (
        "flight_itinerary",
        lambda c: (c["itinerary_list"].pop(), c["confidence"]["itinerary_list"].pop()),
    ),
    "an order number": ("flight_itinerary", put(order_number="YB0417")),
    "an optional field absent and another present": ("transportation_license", put(business_scope="样本")),
    "a foreign passport": ("passport", foreign),
    "a passport without country": ("passport", put(country_code="")),
    "an empty extra_info": ("passport", put(extra_info={})),
    "values in a local language": ("passport", put(extra_info={"local_language": {"name": "样本", "sex": "女"}})),
    "something else in extra_info": ("passport", put(extra_info={"local": ["样本"], "count": 2})),
    "a kind of card in other words": ("bankcard", put(type="样本卡")),
    "no kind of card": ("bankcard", put(type="")),
    "no kind of invoice": ("vat_invoice", put(type="")),
    "no word on changing": ("train_ticket", put(ticket_changing="")),
    "a ticket that was changed": ("train_ticket", put(ticket_changing="Yes")),
    "an ISO day on a VAT invoice": ("vat_invoice", put(issue_date="2026-03-11")),
    "a day with Chinese marks": ("id_card_portrait_side", put(birth="1990年2月14日")),
    "a departure with its time": ("train_ticket", put(departure_time="2026年03月08日09:15")),
    "a card with month and year": ("bankcard", put(issue_date="03/21", expiry_date="31/03")),
    "a licence without an end": ("id_card_emblem_side", put(valid_to="长期")),
    "a yen sign of half width": ("mvs_invoice", put(total="¥113000.00")),
    "a currency code": ("flight_itinerary", put(fare="CNY 1460.00")),
    "yuan after the price": ("train_ticket", put(ticket_price="128.5元")),
    "no sign at an amount": ("quota_invoice", put(amount="50.00")),
    "an X for what is exempt": ("flight_itinerary", put(fuel_surcharge="XXX", insurance="XXX")),
    "empty fields of the other side": ("driver_license_front", put(file_number="", record="")),
    "a null field of the other side": ("vehicle_license_front", put(gross_mass=None)),
    "line breaks in an address": ("id_card_portrait_side", put(address="样本省\n样本市")),
    "a character beyond the basic plane": ("id_card_portrait_side", put(name="样𠮷")),
    "a quantity that is no number": ("vat_invoice", line("item_list", 0, quantity="", unit="—")),
}

INFORMING: dict[str, tuple[str, Change, str]] = {
    "a field absent instead of empty": ("taxi_invoice", without("company"), "content.listed"),
    "no field but one": (
        "toll_invoice",
        lambda c: [c.pop(n) for n in list(c) if n not in ("code", "confidence")],
        "content.listed",
    ),
    "a further field": ("mvs_invoice", put(colour="样本"), "content.unlisted"),
    "a further field that is a number": ("mvs_invoice", put(page=1), "content.unlisted"),
    "a further field with its confidence": (
        "quota_invoice",
        lambda c: (c.update(shop="样本"), c["confidence"].update(shop=0.9)),
        "content.unlisted",
    ),
    "the ticket type once more": ("quota_invoice", put(type="quota_invoice"), "content.unlisted"),
    "an authority of a licence": ("driver_license_front", put(issuing_authority="样本"), "content.unlisted"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_unusual_content_breaks_nothing(name: str) -> None:
    kind, change = CASES[name]
    content = invented(kind)
    change(content)
    assert findings(kind, content, CONTRACTS["v1.0"]) == {}


@pytest.mark.parametrize("name", INFORMING)
def test_an_incomplete_or_extended_content_is_reported_only(name: str) -> None:
    kind, change, requirement = INFORMING[name]
    content = invented(kind)
    change(content)
    assert list(findings(kind, content, CONTRACTS["v1.0"])) == [requirement]
    assert CONTRACTS["v1.0"].requirements[requirement].level == "open"


@pytest.mark.parametrize("kind", TYPES)
def test_empty_strings_are_as_good_as_values(kind: str) -> None:
    content = invented(kind)
    emptied(content)
    assert findings(kind, content, CONTRACTS["v1.0"]) == {}


@pytest.mark.parametrize(
    ("edition", "kind", "change"),
    [
        ("v2-2021", "vat_invoice", put(type="roll")),
        ("v2-2021", "train_ticket", put(ticket_changing="始发改签")),
        ("v2-2021", "vat_invoice", put(remarks="", supervision_seal=[])),
        ("v2-2021", "transportation_license", lambda c: c.update(maximum_capacity=c.pop("vehicle_weight"))),
        ("v2-2021", "train_ticket", lambda c: c["confidence"].pop("name")),
        ("v2-2025", "vat_invoice", put(type="fully_digitalized_normal_electronic", sum_tax="1.00")),
        ("v2-2025", "driver_license_front", put(type="electronic", status=["正常"], file_number="0")),
        ("v2-2025", "driver_license_back", put(address="样本")),
        ("v2-2025", "vehicle_license_back", put(color="白", type="normal")),
        ("v2-2025", "train_ticket", put(seal_mark=False, invoice_style="")),
        ("v2-2025", "transportation_license", put(is_temporary_certificate=False)),
    ],
)  # fmt: skip
def test_a_later_edition_allows_what_it_lists(edition: str, kind: str, change: Change) -> None:
    content = invented(kind, edition)
    change(content)
    assert findings(kind, content, CONTRACTS[edition]) == {}


@pytest.mark.parametrize("text", ["2026-03-08", "2026年03月08日", "2026年3月8日 09:15", "03/31", "31/03", "长期"])
def test_days_of_the_samples_are_days(text: str) -> None:
    assert is_day(text)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "26-03-08", "0000-01-01", "31/13", "2026年03月", " 2026-03-08"]
)
def test_other_texts_are_no_days(text: str) -> None:
    assert not is_day(text)
