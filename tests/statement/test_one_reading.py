"""`statement check` and a run say the same of the same file, whatever is wrong with it."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.engine.options import Settings
from conformance.engine.session import open_session
from conformance.files import PRIMARY, BadInput
from conformance.images import blank
from conformance.statement.statement import check_statement
from conformance.text import Text

STATEMENT = """\
contracts = ["auto-classification-v1.0"]
[target]
name = "staging"
proxy = "http://proxy.example.com:3128"
pictures = "http://192.0.2.7:8099/pictures"
pictures-listen = "127.0.0.1:0"
iam = "https://iam.example.com"
metering = "calls"
base-path = "/gateway"
rate = 5
timeout-s = 12.5
max-billable = 300
[target.headers]
X-Tenant = "acceptance"
[positions]
"input.both" = "either"
type-list.empty = "all"
side.max = 8192
[[waiver]]
requirement = "auto-classification-v1.0/answer.request-id"
reason = "the gateway has none"
owner = "team gateway"
expires = 2036-12-31
[[latency]]
percentile = 95
limit-ms = 2000
[contract."auto-classification-v1.0"]
types = ["train_ticket", "quota_invoice"]
formats = ["JPEG", "PNG", "BMP"]
side-max = 6000
[codes.prefix]
AIS = "OCR"
[[unprovable]]
requirement = "auto-classification-v1.0/token.issued"
reason = "no accounts"
owner = "team identity"
[[recognition]]
type = "train_ticket"
field-accuracy = 0.9
contract = "auto-classification-v1.0"
[[image]]
file = "one.png"
[[image.document]]
type = "train_ticket"
corners = [[10, 10], [110, 10], [110, 60], [10, 60]]
[image.document.fields]
train_number = "G1"
departure_station = "A"
[[load]]
users = 50
percentile = 99
limit-ms = 2000
[load-consent]
owner = "team platform"
until = 2036-12-31
"""
WRONG = (
    '""', '" "', "0", "-1", "nan", "true", "[]", "{}", '"x"', "1979-05-27", '["a", "a"]', '"http://"', '"http://h:0"',
    '"http://h:99999"', '"http://h?q"', '"https://h"', '"http://h\\n"', '"http://b\u00fccher"', '"h:70000"', "1e400",
    '"http://user:p@h"', '"auto-classification-v2-2025"', '"reject"', "2036-02-30",
)  # fmt: skip


def mutants(count: int) -> Iterator[str]:
    """The statement with one or two lines changed: a wrong value, a key misspelt, left out or given twice."""
    chance = random.Random(18)
    for _ in range(count):
        lines = STATEMENT.splitlines()
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(lines))
            key, equals, value = lines[at].partition(" = ")
            match chance.randrange(5):
                case 0:
                    lines[at] = f"{key}{equals}{chance.choice(WRONG)}"
                case 1:
                    cut = chance.randrange(len(key) or 1)
                    lines[at] = f"{key[:cut]}{key[cut + 1 :]}{equals}{value}"
                case 2:
                    lines.insert(chance.randrange(len(lines)), lines[at])
                case 3:
                    del lines[at]
                case _:
                    cut = chance.randrange(len(value) or 1)
                    lines[at] = f"{key}{equals}{value[:cut]}{value[cut + 1 :]}"
        yield "\n".join(lines)


def named(path: Path) -> list[str]:
    """The mistakes of a file, in English."""
    return [mistake.en for mistake in check_statement(path)]


def refused(path: Path) -> Text | None:
    """What a run says against a statement, None where it would begin."""
    try:
        open_session(Settings("http://127.0.0.1:9", token="t", depth="smoke", statement=path)).close()
    except BadInput as error:
        return error.words
    return None


QUOTED = re.compile(r"`[^`]*`|“[^”]*”|'[^']*'|\"[^\"]*\"")
WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}|[a-z]; ")
"""English words with a blank between them, an English semicolon: of names and ids none has those."""


def english_in(chinese: str, folder: Path) -> str | None:
    """What is left of English in a mistake; what stands in quotation marks is the user's or a parser's."""
    found = WORDS.search(QUOTED.sub("", chinese.replace(str(folder), "")))
    return found[0] if found else None


def test_a_check_finds_what_a_run_refuses_and_nothing_else_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    (tmp_path / "one.png").write_bytes(blank("PNG", 200, 100))
    path.write_text(STATEMENT, encoding="utf-8")
    assert (check_statement(path), refused(path)) == ([], None)
    differing, english = [], set()
    broken = 0
    for text in mutants(500):
        path.write_text(text, encoding="utf-8")
        mistakes, said = check_statement(path), refused(path)
        broken += bool(mistakes)
        told = said is not None and any(said.en.startswith(m.en) and said.zh.startswith(m.zh) for m in mistakes)
        if bool(mistakes) != told or (said is None) == bool(mistakes):
            differing.append((text, mistakes, said))
        english |= {mistake for mistake in mistakes if mistake.zh == mistake.en or english_in(mistake.zh, tmp_path)}
    assert differing == []
    assert english == set()
    assert broken > 400


def test_english_that_is_left_in_a_chinese_mistake_would_be_seen(tmp_path: Path) -> None:
    assert english_in(f"{tmp_path}/s.toml 第 1 行：no key 'a'; known are b", tmp_path) == "no key"
    assert english_in(f"{tmp_path}/s.toml 第 1 行：image 1：没有键 'no such'；相近的有 a、b", tmp_path) is None


HERE = {
    "a query": ('pictures = "http://h?x"', "line 2: target.pictures: expected no query and no fragment"),
    "a name in other letters": (
        'iam = "https://b\u00fccher.example"',
        "line 2: target.iam: expected ASCII; write a name with other letters as xn--..., and leave out white space",
    ),
    "https without a listener": (
        'pictures = "https://h"',
        (
            "line 2: target.pictures: expected pictures-listen beside an https address, the HOST:PORT to which a proxy "
            "forwards; found none"
        ),
    ),
    "a listener alone": (
        'pictures-listen = "127.0.0.1:0"',
        "line 2: target.pictures-listen: expected pictures beside it, the address at which the target reaches it",
    ),
    "a port that is none": (
        'pictures = "http://h"\npictures-listen = "127.0.0.1:65536"',
        "line 3: target.pictures-listen: expected a port up to 65535; found 65536",
    ),
}


@pytest.mark.parametrize("name", HERE)
def test_an_address_that_cannot_be_used_is_named(name: str, tmp_path: Path) -> None:
    text, expected = HERE[name]
    path = tmp_path / "statement.toml"
    path.write_text(f"[target]\n{text}\n", encoding="utf-8")
    assert named(path)[0] == f"{path}, {expected}"
    assert refused(path) is not None


DOCUMENT = """[[image]]
file = "one.png"
[[image.document]]
type = "train_ticket"
fields = { train_numbers = "G1" }
"""
NAMES = {
    "a field that its type does not have": (
        DOCUMENT,
        (
            "line 5: image 1: document 1: fields: no field 'train_numbers' with one text in train_ticket; "
            "near it are train_number"
        ),
        (
            "第 5 行：image 1: document 1: fields：train_ticket 没有以单个文本为值的字段 'train_numbers'；"
            "相近的有 train_number"
        ),
    ),
    "a field of a later edition": (
        DOCUMENT.replace("train_numbers", "serial_number"),
        (
            "line 5: image 1: document 1: fields: no field 'serial_number' with one text in train_ticket; "
            "near it are seat_number, id_number, train_number"
        ),
        (
            "第 5 行：image 1: document 1: fields：train_ticket 没有以单个文本为值的字段 'serial_number'；"
            "相近的有 seat_number、id_number、train_number"
        ),
    ),
    "a type of another contract than a limit names": (
        '[[recognition]]\ntype = "train_ticket"\ncontract = "auto-id-doc-classification-v2"\nrecall = 0.9\n',
        "line 2: recognition 1: no type 'train_ticket' in auto-id-doc-classification-v2; expected one of ",
        "第 2 行：recognition 1：auto-id-doc-classification-v2 中没有类型 'train_ticket'；应为以下之一： ",
    ),
    "fields of answers that have none": (
        '[[recognition]]\ncontract = "auto-id-doc-classification-v2"\nfield-accuracy = 0.9\n',
        (
            "line 3: recognition 1: field-accuracy: expected a contract whose answers have printed fields; "
            "found auto-id-doc-classification-v2"
        ),
        "第 3 行：recognition 1: field-accuracy：应为响应含票面字段的接口契约；实为 auto-id-doc-classification-v2",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_the_contract_does_not_have_is_told_by_both(name: str, tmp_path: Path) -> None:
    text, english, chinese = NAMES[name]
    path = tmp_path / "statement.toml"
    (tmp_path / "one.png").write_bytes(blank("PNG", 200, 100))
    path.write_text(text, encoding="utf-8")
    (mistake,) = check_statement(path)
    assert mistake.en.removeprefix(f"{path}, ").startswith(english)
    assert mistake.zh.removeprefix(f"{path} ").startswith(chinese)
    assert refused(path) == mistake


def test_a_field_of_a_later_edition_is_known_where_the_statement_has_that_edition(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    (tmp_path / "one.png").write_bytes(blank("PNG", 200, 100))
    edition = 'contracts = ["auto-classification-v2-2025"]\n'
    path.write_text(edition + DOCUMENT.replace("train_numbers", "serial_number"), encoding="utf-8")
    assert (check_statement(path), refused(path)) == ([], None)


def test_a_port_in_use_is_named_by_both(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        path.write_text(f'[target]\npictures = "http://127.0.0.1:{port}"\n', encoding="utf-8")
        expected = (
            f"{path}, line 2: target.pictures: expected a place of this machine to listen on; 127.0.0.1, port {port}: "
            "address already in use"
        )
        assert named(path) == [expected]
        said = refused(path)
        assert said is not None
        assert said.en == expected


def test_a_position_in_two_spellings_is_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_text('[positions]\n"type-list.empty" = "all"\ntype-list.empty = "none"\n', encoding="utf-8")
    assert named(path) == [f"{path}, line 3: positions: type-list.empty: given twice, with quotes and without"]


def test_editions_that_share_a_path_are_not_tested_at_once(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_text('contracts = ["auto-classification-v2-2021", "auto-classification-v2-2025"]\n', encoding="utf-8")
    assert named(path) == [
        (
            f"{path}, line 1: contracts: auto-classification-v2-2021 and auto-classification-v2-2025 share the path "
            "/v2/{project_id}/ocr/auto-classification; expected one of them"
        )
    ]


def test_a_waiver_given_twice_and_a_blank_owner_are_named_in_one_pass(tmp_path: Path) -> None:
    waiver = '[[waiver]]\nrequirement = "{}/answer.json"\nreason = "r"\nowner = "{}"\nexpires = 2036-01-01\n'
    path = tmp_path / "statement.toml"
    path.write_text("".join(waiver.format(PRIMARY[0], owner) for owner in ("a", "b", " ")), encoding="utf-8")
    assert named(path) == [
        f"{path}, line 6: waiver 2: {PRIMARY[0]}/answer.json is stated twice",
        f"{path}, line 14: waiver 3: owner: expected text that is not blank; found ' '",
    ]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_bytes('\ufeffcontracts = ["auto-classification-v1.0"]\r\n'.encode())
    assert (named(path), refused(path)) == ([], None)
