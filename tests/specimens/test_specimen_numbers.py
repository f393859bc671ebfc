"""No number on a specimen can be somebody's: check digits fail, phone numbers and plates are impossible."""

import re

import check_digits
import pytest
from specimen_files import by_id, leaves, masters

INVENTED_NAMES = {
    "样本甲",
    "样本乙",
    "样本丙",
    "样本丁",
    "样本戊",
    "樣本甲",
    "樣",
    "本乙",
    "YANGBEN",
    "JIA",
    "YANGBEN/JIA",
    "YEUNGBOON, Kap",
    "IEONG BUN",
    "UT",
    "MUESTRA",
    "FICTICIA",
    "ESPECIMEN",
    "គំរូ សាកល្បង",
    "KUMRU SAKALBONG",
    "မနမူနာ",
    "ဦးစမ်းသပ်",
    "ဦးနမူနာ",
    "U NAMUNA",
    "นางสาว ตัวอย่าง สมมติ",
    "Miss Tuayang",
    "Sommut",
}
"""The words for sample, specimen, fictitious and trial in each language, and a counter; no one's name."""

NAME_FIELDS = re.compile(
    r"^(.*_)?(name|name_en|surname|surname_en|given_names?|given_name_en)$|receiver|reviewer|issuer$"
)
COMPANY_FIELDS = {"buyer_name", "seller_name", "owner_name", "company", "issue_organization", "bank_name"}


def printed() -> list[tuple[str, str]]:
    """Every field value of every master with the id of its specimen."""
    return [(entry.id, value) for entry in masters() for value in leaves(entry.fields)]


def text(specimen_id: str, field: str) -> str:
    value = by_id(specimen_id).fields[field]
    assert isinstance(value, str)
    return value


def test_the_check_digit_rules_accept_published_examples() -> None:
    assert check_digits.mainland_id("11010519491231002X")
    assert check_digits.luhn("79927398713")
    assert check_digits.social_credit_code("91350100M000100Y43")
    assert check_digits.vehicle_identification("1M8GDM9AXKP042788")
    assert check_digits.hongkong_id("A123456(3)")
    assert check_digits.machine_readable("L898902C3", "6")


def test_the_check_digit_rules_accept_one_digit_in_ten() -> None:
    assert sum(check_digits.thai_id(f"000000004175{digit}") for digit in range(10)) == 1
    assert sum(check_digits.peru_id(f"00000417-{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize("rule", [check_digits.mainland_id, check_digits.social_credit_code])
def test_no_run_of_18_characters_is_a_valid_number(rule: object) -> None:
    assert callable(rule)
    valid = [
        (specimen, run)
        for specimen, value in printed()
        for run in re.findall(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])", value)
        if rule(run)
    ]
    assert valid == []


@pytest.mark.parametrize(
    ("specimen", "field"),
    [
        ("id-card-portrait-side", "number"),
        ("driver-license-front", "number"),
        ("driver-license-back", "number"),
        ("flight-itinerary", "id_number"),
        ("mvs-invoice", "buyer_organization_number"),
    ],
)
def test_identity_numbers_have_the_right_length_and_an_impossible_region(specimen: str, field: str) -> None:
    number = text(specimen, field)
    assert len(number) == 18
    assert number.startswith("99")


@pytest.mark.parametrize(
    ("specimen", "field"),
    [
        ("bankcard", "card_number"),
        ("vat-invoice", "buyer_bank"),
        ("vat-invoice", "seller_bank"),
        ("mvs-invoice", "seller_account"),
    ],
)
def test_card_and_account_numbers_fail_luhn(specimen: str, field: str) -> None:
    digits = re.sub(r"[^0-9]", "", text(specimen, field))
    assert len(digits) == 16
    assert not check_digits.luhn(digits)


@pytest.mark.parametrize(
    ("specimen", "field"), [("vehicle-license-front", "vin"), ("mvs-invoice", "vehicle_identification_number")]
)
def test_vehicle_identification_numbers_fail_their_check_digit(specimen: str, field: str) -> None:
    number = text(specimen, field)
    assert len(number) == 17
    assert not check_digits.vehicle_identification(number)


def test_foreign_identity_numbers_fail_their_check_digit() -> None:
    assert not check_digits.hongkong_id(text("hongkong-id-card", "number"))
    assert not check_digits.thai_id(text("thailand-id-card", "number").replace(" ", ""))
    assert not check_digits.peru_id(text("peru-id-card", "number"))


def test_macao_number_begins_with_a_digit_that_is_not_issued() -> None:
    assert text("macao-id-card", "number")[0] not in "1578"


def test_myanmar_number_names_a_state_that_does_not_exist() -> None:
    assert text("myanmar-id-card", "number").startswith("၉၉/")
    assert text("myanmar-driver-license", "nrc_number").startswith("99/")


def test_machine_readable_lines_fail_all_check_digits() -> None:
    passport = text("passport", "machine_code2")
    fields = [(passport[0:9], passport[9]), (passport[13:19], passport[19]), (passport[21:27], passport[27])]
    fields.append((passport[0:10] + passport[13:20] + passport[21:43], passport[43]))
    for card in ("peru-id-card", "cambodian-id-card"):
        first, second = text(card, "machine_code"), text(card, "machine_code2")
        fields += [(first[5:14], first[14]), (second[0:6], second[6]), (second[8:14], second[14])]
        fields.append((first[5:30] + second[0:7] + second[8:15] + second[18:29], second[29]))
    assert [pair for pair in fields if check_digits.machine_readable(*pair)] == []


def test_machine_readable_lines_have_their_standard_length() -> None:
    assert {len(text("passport", name)) for name in ("machine_code", "machine_code2")} == {44}
    for card in ("peru-id-card", "cambodian-id-card"):
        assert {len(text(card, f"machine_code{part}")) for part in ("", "2", "3")} == {30}


def test_phone_numbers_have_an_area_code_that_does_not_exist() -> None:
    phones = [run for _, value in printed() for run in re.findall(r"(?<![0-9])[0-9]{3,4}-[0-9]{7,8}(?![0-9])", value)]
    assert len(phones) == 4
    assert {phone.split("-")[0] for phone in phones} == {"000"}


def test_no_value_is_a_mobile_number() -> None:
    assert [pair for pair in printed() if re.search(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", pair[1])] == []


def test_plates_begin_with_no_province() -> None:
    for specimen, field in (
        ("vehicle-license-front", "number"),
        ("vehicle-license-back", "number"),
        ("transportation-license", "vehicle_number"),
    ):
        assert text(specimen, field)[0] == "样"


def test_companies_and_banks_are_called_samples() -> None:
    for entry in masters():
        for field in COMPANY_FIELDS & set(entry.fields):
            if entry.id == "mvs-invoice" and field == "buyer_name":
                continue  # a private buyer, see the names of persons
            assert text(entry.id, field).startswith("样本"), (entry.id, field)


def test_names_of_persons_are_the_invented_ones() -> None:
    for entry in masters():
        for field in entry.fields:
            company = field in COMPANY_FIELDS and entry.id != "mvs-invoice"
            if NAME_FIELDS.search(field) and not company and field != "seller_name":
                assert text(entry.id, field) in INVENTED_NAMES, (entry.id, field)
