"""What is printed on a specimen: the mark of a specimen, and every field that v1.0 documents for its type."""

import re
from collections.abc import Mapping

import pytest
from specimen_files import ROOT, FallbackFonts, by_id, leaves, masters

from conformance.specimens import DOCUMENTS
from conformance.specimens.canvas import Canvas
from conformance.specimens.specimen import Document

V1_FIELDS: Mapping[str, str] = {
    "vat_invoice": "type code check_code number issue_date encryption_block buyer_name buyer_id buyer_address "
    "buyer_bank seller_name seller_id seller_address seller_bank subtotal_amount subtotal_tax total item_list",
    "taxi_invoice": "location code number phone_number company taxi_number certificate_number identification_number "
    "date boarding_time alighting_time time unit_price distance waiting_time fare fuel_oil_surcharge "
    "call_service_surcharge total",
    "flight_itinerary": "serial_number passenger_name id_number endorsements_restrictions order_number fare "
    "caac_development_fund fuel_surcharge other_taxes total e_ticket_number check_code reference_information insurance "
    "agent_code issue_organization issue_date itinerary_list",
    "mvs_invoice": "code number machine_printed_code machine_printed_number issue_date machine_number buyer_name "
    "buyer_organization_number buyer_id seller_name seller_phone seller_id seller_account seller_address seller_bank "
    "vehicle_type brand_model manufacturing_location quality_certificate import_certificate inspection_number "
    "engine_number vehicle_identification_number tonnage seating_capacity tax_authority tax_authority_code "
    "tax_payment_receipt tax_rate tax tax_exclusive_price total total_chinese fiscal_code",
    "id_card_portrait_side": "name sex birth ethnicity address number",
    "driver_license_front": "number name sex nationality address birth issue_date class valid_from valid_to",
    "vehicle_license_front": "number vehicle_type name address use_character model engine_no vin register_date "
    "issue_date",
    "transportation_license": "owner_name license_number vehicle_number vehicle_type maximum_capacity vehicle_size "
    "issuing_authority issue_date owner_address economic_type business_certificate business_scope",
    "quota_invoice": "number code location amount",
    "train_ticket": "ticket_id check_port train_number departure_station destination_station departure_station_en "
    "destination_station_en departure_time seat_number ticket_price sale_method seat_category ticket_changing "
    "id_number name log_id sale_location",
    "toll_invoice": "code number entry exit amount cashier vehicle_type date time",
    "passport": "passport_type country_code passport_number nationality surname given_name sex date_of_birth "
    "date_of_expiry date_of_issue place_of_birth place_of_issue issuing_authority extra_info "
    "machine_code machine_code2",
    "id_card_emblem_side": "issue valid_from valid_to",
    "driver_license_back": "number name file_number record",
    "vehicle_license_back": "number file_no approved_passengers gross_mass unladen_mass approved_load dimension "
    "traction_mass remarks inspection_record code_number",
    "bankcard": "bank_name card_number issue_date expiry_date type",
}

NESTED: Mapping[str, str] = {
    "item_list": "name specification unit quantity unit_price amount tax_rate tax",
    "itinerary_list": "departure_station destination_station carrier flight cabin_class date time fare_basis "
    "effective_date expiry_date baggage_allowance",
}

# Values that a document shows by its kind, not in words: (specimen, field) -> what is printed instead.
SHOWN_OTHERWISE: Mapping[tuple[str, str], str] = {
    ("vat-invoice", "type"): "普通发票",
    ("vat-invoice", "check_code"): "00417 00417 00417 00417",
    ("train-ticket", "ticket_changing"): "限乘当日当次车",  # a changed ticket says so instead
    ("id-card-portrait-side", "birth"): "1990 2 14",
    ("id-card-emblem-side", "valid_from"): "2021.05.06-2041.05.06",
    ("id-card-emblem-side", "valid_to"): "2021.05.06-2041.05.06",
    ("passport", "date_of_birth"): "14 FEB 1990",
    ("passport", "date_of_expiry"): "05 MAY 2031",
    ("passport", "date_of_issue"): "06 MAY 2021",
}


def squeezed(words: str) -> str:
    return re.sub(r"\s+", "", words)


def drawn(document: Document) -> list[str]:
    canvas = Canvas(document.width, document.height, FallbackFonts())
    document.draw(canvas, document.fields)
    return canvas.written


def printed_on(document: Document) -> str:
    return squeezed("".join(drawn(document)))


def document_of(specimen_id: str) -> Document:
    return next(document for document in DOCUMENTS if document.id == specimen_id)


def test_manifest_holds_the_values_that_are_drawn() -> None:
    assert {document.id: dict(document.fields) for document in DOCUMENTS} == {
        master.id: master.fields for master in masters()
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.id)
def test_the_word_specimen_is_printed_in_both_languages(document: Document) -> None:
    assert "SPECIMEN 样本" in drawn(document)


@pytest.mark.parametrize("ticket", sorted(V1_FIELDS))
def test_every_field_of_v1_is_printed(ticket: str) -> None:
    specimen = ticket.replace("_", "-")
    print_area = printed_on(document_of(specimen))
    fields = by_id(specimen).fields
    missing: list[str] = []
    for name in V1_FIELDS[ticket].split():
        otherwise = SHOWN_OTHERWISE.get((specimen, name))
        shown = leaves(fields[name]) if otherwise is None else [otherwise]
        missing += [f"{name}: {value}" for value in shown if not _is_printed(value, print_area)]
    assert missing == []


def _is_printed(value: str, print_area: str) -> bool:
    parts = value.split(" ") if re.fullmatch(r"[0-9 ]+", value) else [value]  # labels may stand between digits
    return all(squeezed(part) in print_area for part in parts)


@pytest.mark.parametrize("name", sorted(NESTED))
def test_every_line_of_a_nested_list_has_the_fields_of_v1(name: str) -> None:
    found = [entry.fields[name] for entry in masters() if name in entry.fields]
    assert len(found) == 1
    lines = found[0]
    assert isinstance(lines, list)
    assert [list(line) for line in lines] == [NESTED[name].split()] * 2


def test_extra_info_of_the_passport_has_the_local_language_values() -> None:
    assert list(by_id("passport").fields["extra_info"]) == ["local_language"]
    value = by_id("passport").fields["extra_info"]
    assert isinstance(value, dict)
    assert set(value["local_language"]) == {
        "name",
        "sex",
        "place_of_birth",
        "place_of_issue",
        "issuing_authority",
        "nationality",
    }


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if d.ticket is None], ids=lambda document: document.id)
def test_every_field_of_an_identity_document_is_printed(document: Document) -> None:
    print_area = printed_on(document)
    values = leaves(document.fields)
    assert [value for value in values if not _is_printed(value, print_area)] == []


def test_readme_is_short() -> None:
    assert len((ROOT / "cases" / "specimens" / "README.md").read_text("utf-8").splitlines()) <= 60
