"""The manifest of the specimens agrees with the files beside it and covers every documented type."""

import hashlib

import pytest
from specimen_files import FOLDER, Specimen, by_id, leaves, masters, raw_entries, specimens

TICKETS = {
    "vat_invoice",
    "taxi_invoice",
    "flight_itinerary",
    "mvs_invoice",
    "id_card_portrait_side",
    "driver_license_front",
    "vehicle_license_front",
    "transportation_license",
    "quota_invoice",
    "train_ticket",
    "toll_invoice",
    "passport",
    "id_card_emblem_side",
    "driver_license_back",
    "vehicle_license_back",
    "bankcard",
}
DOCUMENTS = {
    "peru_id_card",
    "cambodian_id_card",
    "hongkong_id_card",
    "macao_id_card",
    "myanmar_driver_license",
    "myanmar_id_card",
    "passport",
    "thailand_id_card",
    "id_card",
}
ALARMS = {
    "blurred": "blur",
    "glare": "glare",
    "blocked": "blocking_within_border",
    "dark": "insufficient_lighting",
    "copied": "copy",
    "cropped": "border_integrity",
    "reproduced": "reproduce",
}
REQUIRED = {"id", "file", "width", "height", "corners", "readable", "locatable", "alarms", "sha256", "fields"}
OPTIONAL = {"ticket", "document", "copy-of", "wear"}


def test_every_entry_has_the_documented_keys_and_no_others() -> None:
    for entry in raw_entries():
        assert set(entry) >= REQUIRED, entry["id"]
        assert set(entry) <= REQUIRED | OPTIONAL, entry["id"]


def test_ids_are_unique() -> None:
    ids = [entry.id for entry in specimens()]
    assert sorted(set(ids)) == sorted(ids)


def test_manifest_lists_exactly_the_pictures_of_the_folder() -> None:
    pictures = {path.name for path in FOLDER.iterdir() if path.suffix in {".png", ".jpg"}}
    assert {entry.file for entry in specimens()} == pictures


@pytest.mark.parametrize("specimen", specimens(), ids=lambda entry: entry.id)
def test_file_has_the_stated_digest_and_size(specimen: Specimen) -> None:
    assert hashlib.sha256(specimen.path.read_bytes()).hexdigest() == specimen.sha256
    assert specimen.picture().size == (specimen.width, specimen.height)


def test_folder_stays_below_four_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.suffix != ".pyc") < 4_000_000


def test_a_master_exists_for_every_ticket_type() -> None:
    assert {entry.ticket for entry in masters()} - {None} == TICKETS


def test_a_master_exists_for_every_identity_document() -> None:
    assert {entry.document for entry in masters()} - {None} == DOCUMENTS


def test_types_have_one_master_each_and_two_serve_both_operations() -> None:
    assert len(masters()) == len(TICKETS) + len(DOCUMENTS) - 2
    shared = {(entry.ticket, entry.document) for entry in masters() if entry.ticket and entry.document}
    assert shared == {("passport", "passport"), ("id_card_portrait_side", "id_card")}


def test_id_of_a_master_is_its_type_in_kebab_case() -> None:
    for entry in masters():
        assert entry.id == (entry.ticket or entry.document or "").replace("_", "-")


def test_a_master_fills_its_file_and_is_free_of_wear() -> None:
    for entry in masters():
        width, height = entry.width, entry.height
        assert entry.corners == ((0, 0), (width, 0), (width, height), (0, height)), entry.id
        assert (entry.readable, entry.locatable, entry.alarms, entry.wear) == (True, True, (), None), entry.id


def test_a_copy_has_the_type_and_fields_of_its_master() -> None:
    for entry in specimens():
        if entry.copy_of is None:
            continue
        master = by_id(entry.copy_of)
        assert master.is_master
        assert entry.id == f"{entry.copy_of}.{entry.wear}"
        assert (entry.ticket, entry.document) == (master.ticket, master.document)
        assert entry.fields == master.fields


@pytest.mark.parametrize(
    "master",
    [
        "train-ticket",
        "quota-invoice",
        "taxi-invoice",
        "vat-invoice",
        "id-card-portrait-side",
        "passport",
        "hongkong-id-card",
    ],
)
def test_a_rubbed_copy_exists_still_readable_and_past_readable(master: str) -> None:
    mild, strong = by_id(f"{master}.worn"), by_id(f"{master}.unreadable")
    assert (mild.readable, mild.locatable, mild.alarms) == (True, True, ())
    assert (strong.readable, strong.locatable, strong.alarms) == (False, True, ())


@pytest.mark.parametrize("master", ["id-card-portrait-side", "passport"])
@pytest.mark.parametrize("wear", sorted(ALARMS))
def test_an_alarm_condition_exists_still_readable_and_past_readable(master: str, wear: str) -> None:
    mild, strong = by_id(f"{master}.{wear}-mild"), by_id(f"{master}.{wear}-strong")
    assert (mild.readable, mild.locatable, mild.alarms) == (True, True, (ALARMS[wear],))
    assert (strong.readable, strong.locatable, strong.alarms) == (False, True, (ALARMS[wear],))


@pytest.mark.parametrize("master", ["train-ticket", "passport"])
def test_a_copy_exists_that_cannot_be_located(master: str) -> None:
    destroyed = by_id(f"{master}.destroyed")
    assert (destroyed.readable, destroyed.locatable) == (False, False)


def test_only_a_cropped_copy_has_corners_outside_its_file() -> None:
    for entry in specimens():
        outside = any(not (0 <= x <= entry.width and 0 <= y <= entry.height) for x, y in entry.corners)
        assert outside == ("border_integrity" in entry.alarms), entry.id


def test_no_field_value_is_empty_or_has_blanks_around_it() -> None:
    for entry in masters():
        for value in leaves(entry.fields):
            assert value, entry.id
            assert value == value.strip(), entry.id
