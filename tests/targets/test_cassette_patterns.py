"""Personal numbers and credentials by their form: what counts, and what only looks like one. All are made up."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.recordings.patterns import (
    Pseudonyms,
    is_id_number,
    is_json,
    leaves,
    passes_luhn,
    personal_numbers,
    replaced,
    secret_shapes,
)

KEY = b"of the tests alone"


def identity(region: str, born: str, order: str = "000") -> str:
    """A number with the right check character: of nobody, since no order of 000 is given out."""
    head = region + born + order
    total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(head))
    return head + "10X98765432"[total % 11]


def card(head: str) -> str:
    """A number of 16 digits with the right check digit."""
    return next(head + digit for digit in "0123456789" if passes_luhn(head + digit))


VALID_ID = identity("110101", "19000101")
VALID_CARD = card("620000000000000")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (VALID_ID, ["id-number"]),
        (f"号码{VALID_ID}。", ["id-number"]),
        (VALID_ID[:-1] + ("1" if VALID_ID[-1] != "1" else "2"), []),
        (identity("990000", "19900214"), []),
        (identity("110101", "19901332"), []),
        (f"{VALID_ID}7", []),
        (VALID_CARD, ["card-number"]),
        (" ".join(VALID_CARD[at : at + 4] for at in range(0, 16, 4)), ["card-number"]),
        (card("999900000417555"), []),
        (VALID_CARD[:-1] + str((int(VALID_CARD[-1]) + 1) % 10), []),
        (f"00{VALID_CARD}", []),
        ("13800000000", ["phone-number"]),
        ("+86 138 0000 0000", ["phone-number"]),
        ("12800000000", []),
        ("113800000000", []),
        ("0.13800000000", []),
        ("000-00000000", []),
        ("2026-03-01 08:15:00.123456", []),
    ],
)
def test_personal_numbers_are_told_from_other_digits(text: str, kinds: list[str]) -> None:
    assert [found.kind for found in personal_numbers(text)] == kinds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ABCD1234EFGH5678IJKL", ["an access key"]),
        ("99000300170308000417", []),
        ("ABCDEFGHIJKLMNOPQRST", []),
        ("aBcD1234" * 5, ["a secret key"]),
        ("0123456789abcdef0123456789abcdef01234567", []),
        ("eyJhbGciOiJub25l.eyJzdWIiOiJub2JvZHki.c2lnbmF0dXJl", ["a JSON Web Token"]),
        ("MII" + "aB3/" * 60, ["a token of the identity service"]),
        ("Bearer abcdefghijklmnop1234", ["a bearer token"]),
        ("SDK-HMAC-SHA256 Access=NOBODY, SignedHeaders=host", ["a signature of a request"]),
        ("https://x.invalid/a.png?AccessKeyId=NOBODYS0&Signature=abcdefgh", ["a signed address", "a signed address"]),
        ("[[redacted:token]] Bearer [[redacted:token]]", []),
        ("-----BEGIN RSA PRIVATE KEY-----", ["a private key"]),
    ],
)
def test_credentials_are_told_by_their_form(text: str, found: list[str]) -> None:
    assert [one.what.en for one in secret_shapes(text)] == found


@pytest.mark.parametrize("text", ["A" * 159, ("A" * 159 + " ,") * 500, "A9" * 300_000, "1 " * 100_000, "1380" * 60_000])
def test_long_text_without_anything_in_it_is_searched_to_its_end(text: str) -> None:
    """A pattern that goes back and forth in it would take longer than anybody waits."""
    assert [*personal_numbers(text), *secret_shapes(text)] == []


TEXTS = st.text(alphabet="0123456789abcXYZ甲年月日-:/. éกا𠀀 ", max_size=30)


@given(TEXTS)
@settings(derandomize=True, database=None, deadline=None, max_examples=300)
def test_a_pseudonym_keeps_length_and_classes_and_is_no_personal_number(text: str) -> None:
    found = Pseudonyms(KEY).of(text)
    assert len(found) == len(text)
    for one, other in zip(text, found, strict=True):
        assert (one.isdecimal(), one.isalpha(), one.isupper()) == (other.isdecimal(), other.isalpha(), other.isupper())
        assert one == other or one.isalnum()
    assert list(personal_numbers(found)) == []


def test_pseudonyms_agree_under_one_key_and_differ_under_another() -> None:
    one, other = Pseudonyms(KEY), Pseudonyms()
    name = "样本甲样本甲样本甲样本甲 ABCDEFGHIJ 0123456789"
    assert one.of(name) == Pseudonyms(KEY).of(name)
    assert len({name, one.of(name), other.of(name)}) == 3


def test_personal_numbers_never_get_a_valid_check_digit() -> None:
    pseudonyms = Pseudonyms(KEY)
    for order in range(200):
        number = identity("110101", "19000101", f"{order:03d}")
        assert is_id_number(number)
        found = pseudonyms.of(number)
        assert found != number
        assert not is_id_number(found)


def test_a_long_text_full_of_numbers_gets_a_pseudonym_without_a_personal_one() -> None:
    text = " ".join(f"{138_0000_0000 + 7919 * number}" for number in range(500))
    found = Pseudonyms(KEY).of(text)
    assert (list(personal_numbers(found)), len(found)) == ([], len(text))


@pytest.mark.parametrize("day", ["2020-03-01", "2020年3月1日", "2020年03月01日 08:30", "1999.12.31", "03/20", "08:30"])
def test_a_day_stays_a_day(day: str) -> None:
    found = Pseudonyms(KEY).of(day)
    assert found != day
    if parts := re.match(r"([0-9]{4})[-年.]([0-9]{1,2})[-月.]([0-9]{1,2})", found):
        assert date(int(parts[1]), int(parts[2]), int(parts[3]))
    if "/" in found:
        assert 1 <= int(found[:2]) <= 12
    if ":" in found:
        hour, minute = (int(part) for part in found[-5:].split(":"))
        assert (hour < 24, minute < 60) == (True, True)


@pytest.mark.parametrize("number", [7, 1234, -56, 0.5, 12.75, 0, 1, 1.0, 1e300])
def test_a_number_keeps_its_type_and_its_digits(number: float) -> None:
    found = Pseudonyms(KEY).number(number)
    assert type(found) is type(number)
    assert len(repr(found).partition(".")[0]) == len(repr(number).partition(".")[0])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from([None, 2]), st.booleans())
@settings(derandomize=True, database=None, deadline=None, max_examples=150)
def test_every_string_and_number_of_a_json_text_is_found_at_its_place(
    value: object, indent: int | None, plain: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    found = {leaf.path: leaf.value for leaf in leaves(text) if not leaf.is_name}
    assert found == dict(_leaves(value, ()))
    assert all(json.loads(text[leaf.start : leaf.end]) == leaf.value for leaf in leaves(text))
    assert replaced(text, lambda leaf: leaf.value) == text


def _leaves(value: object, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        return [leaf for key, member in value.items() for leaf in _leaves(member, (*path, key))]
    if isinstance(value, list):
        return [leaf for at, entry in enumerate(value) for leaf in _leaves(entry, (*path, str(at)))]
    return [] if value is None or isinstance(value, bool) else [(path, value)]


def test_only_what_is_changed_changes() -> None:
    text = ' {"a" :"x\\u0041", "b":[1.50, "\\/"], "a":"x\\u0041"}\n'
    changed = replaced(text, lambda leaf: "é" if leaf.value == "xA" else leaf.value)
    assert changed == ' {"a" :"\\u00e9", "b":[1.50, "\\/"], "a":"\\u00e9"}\n'


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_said_to_be_none(data: bytes) -> None:
    assert is_json(data) is None
