"""Target statements: what they say, and one message with line and allowed values for whatever is wrong in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import certifi
import pytest

from conformance import load_contract
from conformance.contract.catalogues import read_positions
from conformance.files import PRIMARY, DataError, data_folder
from conformance.statement.sample_images import SampleDocument, SampleImage
from conformance.statement.statement import (
    StatedTarget,
    Statement,
    check_statement,
    expired_waivers,
    read_statement,
    statement_template,
)
from conformance.statement.terms import Waiver

TODAY = date(2026, 6, 30)
WHOLE = """\
contracts = ["auto-classification-v1.0"]

[target]
name = "staging"
ca-file = "ca.pem"
proxy = "http://proxy.example.com:3128"
pictures = "http://192.0.2.7:8099"
pictures-listen = "127.0.0.1:0"
iam = "https://iam.example.com"
metering = "calls"

[authentication]
kind = "keys"

[positions]
"input.both" = "either"
type-list.empty = "all"
side.max = 8192

[[waiver]]
requirement = "auto-classification-v1.0/answer.request-id"
reason = "the gateway has none"
owner = "team gateway"
expires = 2026-12-31

[[image]]
file = "pictures/one.jpg"
types = ["train_ticket", "quota_invoice"]
"""


def named(path: Path) -> list[str]:
    """The mistakes of a file, in English."""
    return [mistake.en for mistake in check_statement(path)]


def written(folder: Path, text: str) -> Path:
    path = folder / "statement.toml"
    path.write_text(text, encoding="utf-8")
    return path


def message(folder: Path, text: str) -> str:
    """What is wrong with a statement, without its path."""
    path = written(folder, text)
    with pytest.raises(DataError) as error:
        read_statement(path)
    assert str(error.value).startswith(f"{path}, ")
    return str(error.value).removeprefix(f"{path}, ")


def test_everything_that_a_statement_can_say(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    assert read_statement(path) == Statement(
        path=path,
        contracts=("auto-classification-v1.0",),
        target=StatedTarget(
            name="staging",
            ca_file=tmp_path / "ca.pem",
            proxy="http://proxy.example.com:3128",
            pictures="http://192.0.2.7:8099",
            pictures_listen="127.0.0.1:0",
            iam="https://iam.example.com",
            metering="calls",
        ),
        authentication="keys",
        positions={"input.both": "either", "type-list.empty": "all", "side.max": "8192"},
        waivers=(
            Waiver(
                "auto-classification-v1.0/answer.request-id", "the gateway has none", "team gateway", date(2026, 12, 31)
            ),
        ),
        images=(
            SampleImage(
                "001", tmp_path / "pictures/one.jpg", (SampleDocument("train_ticket"), SampleDocument("quota_invoice"))
            ),
        ),
    )


def test_an_empty_statement_says_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    assert read_statement(path) == Statement(path=path, contracts=PRIMARY)
    assert load_contract(PRIMARY[0], path) == load_contract(PRIMARY[0])


def test_a_target_that_reaches_pictures_is_capable_of_url(tmp_path: Path) -> None:
    assert read_statement(written(tmp_path, WHOLE)).capabilities == {"url"}
    assert read_statement(written(tmp_path, "")).capabilities == frozenset()


def test_a_waiver_holds_on_its_last_day_and_not_after(tmp_path: Path) -> None:
    (waiver,) = read_statement(written(tmp_path, WHOLE)).waivers
    assert not waiver.expired(date(2026, 12, 31))
    assert waiver.expired(date(2027, 1, 1))


CONTRACT_IDS = (
    "auto-classification-v1.0, auto-id-doc-classification-v2, auto-classification-v2-2021, auto-classification-v2-2025"
)
WAIVER = '[[waiver]]\nrequirement = "{}"\nreason = "r"\nowner = "o"\nexpires = {}\n'

MISTAKES = {
    "an unknown contract": ('contracts = ["v1"]', f"line 1: contracts: expected some of {CONTRACT_IDS}; found 'v1'"),
    "no contract at all": ("contracts = []", "line 1: contracts: expected at least one entry; found []"),
    "a contract that is no text": ("\ncontracts = [1]", "line 2: contracts 1: expected text in quotes; found 1"),
    "an unknown table": (
        "\n[target]\n[auth]\nkind = 1",
        (
            "line 3: the statement has no key 'auth'; "
            "known are contracts, target, authentication, contract, codes, positions, waiver, unprovable, image, "
            "recognition, latency, load, load-consent, metered"
        ),
    ),
    "a secret": (
        '[target]\nname = "t"\ntoken = "s3cr3t"',
        ("line 3: target has no key 'token'; known are name, ca-file, proxy, pictures, pictures-listen, iam, metering, "
        "base-path, rate, timeout-s, max-requests, max-billable, headers, tls; "
        "secrets go into the environment or a secrets file, never here"),
    ),
    "a password in an address": (
        '[target]\nproxy = "http://me:s3cr3t@proxy.example.com:1"',
        ("line 2: target.proxy: expected an address http://HOST:PORT without user and password; "
        "found one with a user in it"),
    ),
    "a line break behind an address": (
        '[target]\nproxy = "http://a:80\\n"',
        (r"line 2: target.proxy: expected an address http://HOST:PORT without user and password; found 'http://a:80\n'"),
    ),
    "an address without a scheme": (
        '[target]\npictures = "192.0.2.7:8099"',
        ("line 2: target.pictures: expected an address http(s)://HOST[:PORT] at which the target reaches pictures "
        "that the kit serves; found '192.0.2.7:8099'"),
    ),
    "an unknown metering": (
        '[target]\n\nmetering = "ticket"',
        'line 3: target.metering: expected one of "tickets", "calls", "none"; found \'ticket\'',
    ),
    "a header of the kit": (
        '[target.headers]\nhost = "x"',
        "line 2: target.headers.host: expected another header; the kit sets this one itself",
    ),
    "a secret in a header": (
        '[target.headers]\nX-Api-Key = "s3cr3t"',
        'line 2: target.headers.X-Api-Key: expected { env = "VARIABLE" }, since it may be secret; found text',
    ),
    "a header given twice": (
        '[target.headers]\nX-A = "1"\nx-a = "2"',
        "line 3: target.headers.x-a: given twice; the names of headers have no case",
    ),
    "a header with a line break": (
        '[target.headers]\nX-A = "1\\n"',
        ("line 2: target.headers.X-A: expected text of visible ASCII characters in quotes, or "
        "{ env = \"VARIABLE\" } for what is secret; found '1\\n'"),
    ),
    "a base path with a slash behind it": (
        '[target]\nbase-path = "/gateway/"',
        ("line 2: target.base-path: expected what stands before each documented path, such as /gateway/ocr, without a "
        "slash behind it; found '/gateway/'"),
    ),
    "an offer of a contract that is not declared": (
        '[contract.auto-classification-v2-2025]\nside-max = 4000',
        ('line 1: contract."auto-classification-v2-2025": expected one of the contracts of this statement, in quotes: '
        "auto-classification-v1.0, auto-id-doc-classification-v2"),
    ),
    "a format that a contract does not have": (
        '[contract."auto-classification-v1.0"]\nformats = ["GIF"]',
        ('line 2: contract."auto-classification-v1.0".formats: \'GIF\' is none of auto-classification-v1.0; '
        "expected one of JPEG, JPG, PNG, BMP, TIFF"),
    ),
    "a limit that is no smaller one": (
        '[contract."auto-classification-v1.0"]\nside-max = 9000',
        ('line 2: contract."auto-classification-v1.0".side-max: expected 4000 to 8000: no more than documented, and so '
        "that specimens fit; found 9000"),
    ),
    "a position that a contract does not have": (
        '[contract."auto-id-doc-classification-v2".positions]\n"type-list.empty" = "all"',
        (
            'line 2: contract."auto-id-doc-classification-v2".positions: no position \'type-list.empty\'; expected one '
            "of input.both, parameter.null, alarm.wrong-type, size.measured, picture.orientation, "
            "location.border, picture.base64-dialect, url.redirect, url.slow, credentials.checked, "
            "transport.plain-http, answer.secrets, location.scale, failure.status, alarm.offered"
        ),
    ),
    "a prefix that no code has": (
        '[codes.prefix]\nAIZ = "OCR"',
        "line 2: codes.prefix: no prefix 'AIZ'; near it are AIS",
    ),
    "an empty name": ('[target]\nname = ""', "line 2: target.name: expected text that is not empty; found ''"),
    "an unknown authentication": (
        'authentication.kind = "password"',
        'line 1: authentication.kind: expected one of "token", "keys", "login"; found \'password\'',
    ),
    "an authentication without a kind": ("[authentication]", "line 1: authentication: expected kind; found no kind"),
    "an unknown position": (
        '[positions]\n\n"input.bth" = "reject"',
        "line 3: positions: no position 'input.bth'; near it are input.both",
    ),
    "an unknown value": (
        '[positions]\ninput.both = "refuse"',
        'line 2: positions: input.both: expected one of "reject", "picture-wins", "either"; found \'refuse\'',
    ),
    "a boolean for a value": (
        '[positions]\n"credentials.checked" = false',
        'line 2: positions: credentials.checked: expected one of "yes", "no"; found false',
    ),
    "a limit that is no number": (
        "[[latency]]\npercentile = nan\nlimit-ms = 1",
        "line 2: latency 1: percentile: expected a finite number; found nan",
    ),
    "a limit without end": (
        "[[latency]]\npercentile = 95\nlimit-ms = inf",
        "line 3: latency 1: limit-ms: expected a finite number; found inf",
    ),
    "a limit beyond any float": (
        f"[[latency]]\npercentile = 95\nlimit-ms = {'9' * 400}",
        f"line 3: latency 1: limit-ms: expected a finite number; found {'9' * 199}…",
    ),
    "a list for the positions": ("positions = []", "line 1: positions: expected a table; found []"),
    "a waiver without reason and end": (
        '[[waiver]]\nrequirement = "a"\nowner = "o"',
        "line 1: waiver 1: expected requirement, reason, owner, expires; found no reason, expires",
    ),
    "a waiver of an unknown requirement": (
        WAIVER.format("auto-classification-v1.0/answer.requestid", "2027-01-01"),
        ("line 2: waiver 1: no requirement 'auto-classification-v1.0/answer.requestid' in the contracts of this "
        "statement; near it are answer.request-id, answer.unique-keys, answer.no-secret"),
    ),
    "a waiver without the contract": (
        WAIVER.format("answer.request-id", "2027-01-01"),
        ("line 2: waiver 1: no requirement 'answer.request-id' in the contracts of this statement; write "
        "auto-classification-v1.0/answer.request-id or auto-id-doc-classification-v2/answer.request-id"),
    ),
    "a waiver of a contract that is not stated": (
        f"contracts = ['{PRIMARY[0]}']\n" + WAIVER.format(f"{PRIMARY[1]}/answer.request-id", "2027-01-01"),
        (f"line 3: waiver 1: no requirement '{PRIMARY[1]}/answer.request-id' in the contracts of this statement; "
        f"write {PRIMARY[0]}/answer.request-id"),
    ),
    "a day that does not exist": (
        WAIVER.format(f"{PRIMARY[0]}/answer.request-id", '"2027-02-29"'),
        "line 5: waiver 1: expires: expected a day that exists, YYYY-MM-DD; found '2027-02-29'",
    ),
    "a day with a time": (
        WAIVER.format(f"{PRIMARY[0]}/answer.request-id", "2027-02-28T10:00:00"),
        ("line 5: waiver 1: expires: expected a day, YYYY-MM-DD, the last one on which it holds; "
        "found '2027-02-28T10:00:00'"),
    ),
    "the second of two waivers": (
        WAIVER.format(f"{PRIMARY[0]}/answer.request-id", "2027-01-01") + '\n[[waiver]]\nowner = ""\n',
        ("line 7: waiver 2: expected requirement, reason, owner, expires; found no requirement, reason, expires "
        "(1 more: `ocr-conformance statement check`)"),
    ),
    "an image of an unknown type": (
        '[[image]]\nfile = "a.jpg"\ntypes = ["train_tickets"]',
        "line 3: image 1: no type 'train_tickets' in the contracts; near it are train_ticket",
    ),
    "an image without a file": ("[[image]]\ntypes = []", "line 1: image 1: expected file; found no file"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_message_with_its_line(name: str, tmp_path: Path) -> None:
    text, expected = MISTAKES[name]
    assert message(tmp_path, text) == expected


def test_a_text_that_is_no_toml_is_named_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "[target]\nname t")
    with pytest.raises(DataError) as error:
        read_statement(path)
    assert str(error.value).startswith(f"{path}: not valid TOML: ")
    assert "(at line 2, " in str(error.value)
    assert named(path) == [str(error.value)]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(DataError) as error:
        load_contract(PRIMARY[0], path)
    assert str(error.value) == f"{path}: cannot be read: No such file or directory"


def test_a_check_names_every_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, '[positions]\ninput.both = "x"\nnothing = "y"\n"side.max" = "8193"')
    assert named(path) == [
        f'{path}, line 2: positions: input.both: expected one of "reject", "picture-wins", "either"; found \'x\'',
        f"{path}, line 3: positions: no position 'nothing'; expected one of {', '.join(read_positions())}",
        f'{path}, line 4: positions: side.max: expected one of "documented", "8192"; found \'8193\'',
    ]


MANY = """
contracts = ["auto-classification-v1.0"]
colour = "red"
[target]
proxy = "http://user:secret@proxy:1"
metering = "pages"
pictures = "ftp://pictures"
token = "abc"
[authentication]
kind = "basic"
[positions]
"input.both" = "maybe"
"side.max" = 9000
"nothing.such" = "x"
"parameter.null" = true
[[waiver]]
requirement = "auto-classification-v1.0/answer.request"
reason = "r"
owner = "me"
expires = 2030-02-28
[[image]]
file = "one.jpg"
types = ["vat"]
[[latency]]
percentile = 101
limit-ms = -1
"""


def test_mistakes_of_every_kind_are_named_at_once(tmp_path: Path) -> None:
    """Also what does not exist is named beside what has the wrong shape, each with its line and what is allowed."""
    path = written(tmp_path, MANY)
    expected = [
        (3, "the statement has no key 'colour'; known are contracts, target, authentication"),
        (5, "target.proxy: expected an address http://HOST:PORT without user and password; found one with a user in"),
        (6, 'target.metering: expected one of "tickets", "calls", "none"; found \'pages\''),
        (7, "target.pictures: expected an address http(s)://HOST[:PORT] at which the target reaches pictures"),
        (8, "target has no key 'token'; known are name, ca-file, proxy, pictures, pictures-listen, iam, metering"),
        (10, 'authentication.kind: expected one of "token", "keys", "login"; found \'basic\''),
        (12, 'positions: input.both: expected one of "reject", "picture-wins", "either"; found \'maybe\''),
        (13, 'positions: side.max: expected one of "documented", "8192"; found 9000'),
        (14, "positions: no position 'nothing.such'"),
        (15, 'positions: parameter.null: expected one of "either", "absent", "reject"; found true'),
        (17, "waiver 1: no requirement 'auto-classification-v1.0/answer.request' in the contracts of this statement"),
        (22, "image 1: expected a file; there is none at"),
        (23, "image 1: no type 'vat' in the contracts"),
        (25, "latency 1: percentile: expected a number above 0, up to 100 for the slowest answer; found 101"),
        (26, "latency 1: limit-ms: expected milliseconds, a number above 0; found -1"),
    ]
    found = named(path)
    assert len(found) == len(expected)
    for line, (number, text) in zip(found, expected, strict=True):
        assert line.startswith(f"{path}, line {number}: {text}")


def test_a_check_names_files_that_are_missing_or_hold_something_else(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    ca_file, picture = tmp_path / "ca.pem", tmp_path / "pictures/one.jpg"
    assert named(path) == [
        f"{path}, line 5: ca-file: expected a file; there is none at {ca_file}",
        f"{path}, line 27: image 1: expected a file; there is none at {picture}",
    ]
    picture.parent.mkdir()
    for file in (ca_file, picture):
        file.write_bytes(b"-")
    assert named(path) == [
        f"{path}, line 5: ca-file: expected certificates in PEM; there are none in {ca_file}",
        f"{path}, line 27: image 1: expected a JPEG, PNG, BMP, TIFF, PDF or OFD file; {picture} is none",
    ]


def test_a_waiver_that_has_expired_is_told_and_is_no_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    assert expired_waivers(read_statement(path), TODAY) == []
    assert [note.en for note in expired_waivers(read_statement(path), date(2027, 3, 1))] == [
        (
            f"{path}, line 24: waiver 1: of auto-classification-v1.0/answer.request-id expired on 2026-12-31; "
            "team gateway decides on a later day, or the waiver goes"
        )
    ]


def test_a_statement_without_mistakes_passes_the_check(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/one.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "ca.pem").write_bytes(Path(certifi.where()).read_bytes())
    assert named(path) == []


@pytest.mark.parametrize("contracts", [[PRIMARY[0]], list(PRIMARY), ["auto-classification-v2-2025"]])
def test_the_template_states_nothing_and_shows_every_position_at_its_default(
    contracts: list[str], tmp_path: Path
) -> None:
    text = statement_template(contracts)
    path = written(tmp_path, text)
    statement = read_statement(path)
    assert named(path) == []
    assert (statement.contracts, statement.positions) == (tuple(contracts), {})
    shown = dict(re.findall(r'(?m)^# "([a-z0-9.-]+)" = "(.*)"$', text))
    assert shown == {name: value for contract in contracts for name, value in load_contract(contract).positions.items()}


def test_the_examples_of_the_template_are_right_once_the_signs_before_them_are_gone(tmp_path: Path) -> None:
    lines = statement_template([PRIMARY[0]]).splitlines()
    text = "\n".join(re.sub(r"^# (?=\[|[a-zA-Z-]+ = )", "", line) for line in lines)
    statement = read_statement(written(tmp_path, text))
    assert statement.target.metering == "tickets"
    assert [waiver.requirement for waiver in statement.waivers] == ["auto-classification-v1.0/answer.request-id"]
    assert [image.documents[0].type for image in statement.images] == ["vat_invoice", "vat_invoice"]
    assert statement.images[1].documents[0].fields == (("number", "00000000"),)
    assert [(measure.name, measure.bound) for measure in statement.measures] == [
        ("measured.recall.vat_invoice", 0.95),
        ("measured.precision.vat_invoice", 0.95),
        ("measured.fields.vat_invoice", 0.9),
        ("measured.latency.p95", 2000),
        ("measured.billed", 57),
    ]


def keys_of(schema: dict[str, Any]) -> Iterator[str]:
    """The names of all keys that a schema knows."""
    for name, below in schema.get("properties", {}).items():
        yield name
        yield from keys_of(below)
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from keys_of(schema[part])


def test_the_template_shows_every_key() -> None:
    text = statement_template([PRIMARY[0]])
    schema = json.loads((data_folder("schemas") / "statement.schema.json").read_text(encoding="utf-8"))
    keys = set(keys_of(schema))
    assert len(keys) > 60
    assert [
        key for key in sorted(keys) if not re.search(rf"[# \[{{.]{key}( =|\]|\.)|^{key} =", text, re.MULTILINE)
    ] == []


def test_a_template_for_an_unknown_contract_is_refused() -> None:
    with pytest.raises(DataError) as error:
        statement_template(["v1"])
    assert str(error.value) == f"expected some of {CONTRACT_IDS}; found v1"
