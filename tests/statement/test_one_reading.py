"""`statement check` and a run say the same of the same file, whatever is wrong with it."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.contract.contract import PRIMARY
from conformance.engine.session import open_session
from conformance.engine.settings import Settings
from conformance.files import BadInput
from conformance.statement.statement import check_statement

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


def refused(path: Path) -> str | None:
    """What a run says against a statement, None where it would begin."""
    try:
        open_session(Settings("http://127.0.0.1:9", token="t", depth="smoke", statement=path)).close()
    except BadInput as error:
        return str(error)
    return None


def test_a_check_finds_what_a_run_refuses_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    differing = []
    broken = 0
    for text in mutants(500):
        path.write_text(text, encoding="utf-8")
        mistakes, said = check_statement(path), refused(path)
        broken += bool(mistakes)
        if bool(mistakes) != (said is not None) or (said is not None and not any(map(said.startswith, mistakes))):
            differing.append((text, mistakes, said))
    assert differing == []
    assert broken > 400


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
    assert check_statement(path)[0] == f"{path}, {expected}"
    assert refused(path) is not None


def test_a_port_in_use_is_named_by_both(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        path.write_text(f'[target]\npictures = "http://127.0.0.1:{port}"\n', encoding="utf-8")
        expected = (
            f"{path}, line 2: target.pictures: expected a place of this machine to listen on; 127.0.0.1, port {port}: "
            "address already in use"
        )
        assert check_statement(path) == [expected]
        assert refused(path) == expected


def test_a_position_in_two_spellings_is_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_text('[positions]\n"type-list.empty" = "all"\ntype-list.empty = "none"\n', encoding="utf-8")
    assert check_statement(path) == [
        f"{path}, line 3: positions: type-list.empty: given twice, with quotes and without"
    ]


def test_editions_that_share_a_path_are_not_tested_at_once(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_text('contracts = ["auto-classification-v2-2021", "auto-classification-v2-2025"]\n', encoding="utf-8")
    assert check_statement(path) == [
        (
            f"{path}, line 1: contracts: auto-classification-v2-2021 and auto-classification-v2-2025 share the path "
            "/v2/{project_id}/ocr/auto-classification; expected one of them"
        )
    ]


def test_a_waiver_given_twice_and_a_blank_owner_are_named_in_one_pass(tmp_path: Path) -> None:
    waiver = '[[waiver]]\nrequirement = "{}/answer.json"\nreason = "r"\nowner = "{}"\nexpires = 2036-01-01\n'
    path = tmp_path / "statement.toml"
    path.write_text("".join(waiver.format(PRIMARY[0], owner) for owner in ("a", "b", " ")), encoding="utf-8")
    assert check_statement(path) == [
        f"{path}, line 6: waiver 2: {PRIMARY[0]}/answer.json is stated twice",
        f"{path}, line 14: waiver 3: owner: expected text that is not blank; found ' '",
    ]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_bytes('\ufeffcontracts = ["auto-classification-v1.0"]\r\n'.encode())
    assert (check_statement(path), refused(path)) == ([], None)
