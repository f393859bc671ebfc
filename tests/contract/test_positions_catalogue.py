"""The switches of a target statement: what they are, which contracts have them, what they make of requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import load_contract
from conformance.contract.catalogues import check_transport, position_values, read_positions, requirement_changes
from conformance.contract.contract import Contract, with_positions
from conformance.contract.requirements import read_requirements
from conformance.files import DataError, contract_ids

TICKETS, DOCUMENT = "auto-classification-v1.0", "auto-id-doc-classification-v2"
CATALOGUE = read_positions()


def stated(contract_id: str, folder: Path, *lines: str) -> Contract:
    path = folder / "statement.toml"
    path.write_text("\n".join(["[positions]", *lines]), encoding="utf-8")
    return load_contract(contract_id, path)


def test_every_contract_has_a_value_for_each_of_its_positions() -> None:
    for contract_id in contract_ids():
        contract = load_contract(contract_id)
        assert contract.positions == {
            name: position.default for name, position in CATALOGUE.items() if position.concerns(contract.page)
        }


def test_a_position_belongs_to_its_contracts_and_to_those_that_extend_them() -> None:
    having = {name for name in contract_ids() if "type-list.empty" in load_contract(name).positions}
    assert {TICKETS, "auto-classification-v2-2021", "auto-classification-v2-2025"} <= having
    assert DOCUMENT not in having


def test_a_statement_changes_what_it_states_and_nothing_else(tmp_path: Path) -> None:
    before, after = load_contract(TICKETS), stated(TICKETS, tmp_path, '"parameter.null" = "absent"')
    assert after.positions == {**before.positions, "parameter.null": "absent"}
    changed = {name for name, stands in after.requirements.items() if stands != before.requirements[name]}
    assert changed == {"parameter.null", "input.not-null"}
    assert after.requirements["parameter.null"].statement.en == (
        "A parameter that is null beside an input counts as absent."
    )


def test_a_position_of_another_contract_does_not_concern_this_one(tmp_path: Path) -> None:
    assert stated(DOCUMENT, tmp_path, '"type-list.empty" = "all"').positions == load_contract(DOCUMENT).positions


def test_a_lifted_requirement_is_open_and_needs_what_it_was_lifted_from(tmp_path: Path) -> None:
    contract = stated(TICKETS, tmp_path, 'credentials.checked = "no"')
    lifted = {
        name for name, requirement in contract.requirements.items() if requirement.needs == "credentials.checked=yes"
    }
    assert lifted == {
        "token.required", "token.not-empty", "token.valid", "token.issued", "token.code", "token.status",
    }  # fmt: skip
    assert {contract.requirements[name].level for name in lifted} == {"open"}
    assert "credentials.checked=yes" not in contract.capabilities
    assert "credentials.checked=yes" in load_contract(TICKETS).capabilities


def test_a_restated_requirement_says_what_holds_under_the_position(tmp_path: Path) -> None:
    contract = stated(TICKETS, tmp_path, "side.max = 8192")
    assert contract.requirements["side.max"].statement.en == "A picture with a side of 8193 pixels is refused."
    assert (load_contract(TICKETS).requirements["side.max"].level, contract.requirements["side.max"].level) == (
        "open",
        "must",
    )
    assert (contract.limits.side_max, contract.limits.side_far_above) == (8192, 9000)


def test_everything_that_a_position_changes_exists() -> None:
    names = {name for contract_id in contract_ids() for name in load_contract(contract_id).requirements}
    for position in CATALOGUE.values():
        for value in position.values.values():
            assert {*value.lifts, *value.restates} <= names, f"{position.id} = {value.name}"


def test_no_default_changes_a_requirement_but_for_what_nobody_asks() -> None:
    unasked = {"size.measured": {"level": "open", "needs": "size.measured=text"}}
    for contract_id in contract_ids():
        page = load_contract(contract_id).page
        assert requirement_changes(CATALOGUE, position_values(CATALOGUE, page, {})) == unasked


def test_what_a_target_states_itself_is_a_must_and_what_it_leaves_out_is_not() -> None:
    silent = load_contract(TICKETS)
    stated_default = with_positions(silent, {"input.both": "reject", "side.max": "documented"})
    assert stated_default.positions == silent.positions
    names = ("input.one-only", "accepts.side-max", "side.max", "input.one-only.code")
    assert [silent.requirements[name].level for name in names] == ["should", "should", "open", "should"]
    assert [stated_default.requirements[name].level for name in names] == ["must", "must", "must", "should"]


def test_every_value_but_either_demands_something_that_a_contract_has() -> None:
    """What a target states is held against it: some requirement says so, in each contract that has the position."""
    free = {("alarm.wrong-type", "either"), ("content.switched", "given"), ("content.unlisted", "information")}
    free |= {("transport.plain-http", value) for value in ("local", "any")}
    for position in CATALOGUE.values():
        for value in position.values.values():
            if value.name == "either" or (position.id, value.name) in free:
                continue
            for contract_id in contract_ids():
                contract = load_contract(contract_id)
                if position.concerns(contract.page):
                    assert set(value.demands) & contract.requirements.keys(), (position.id, value.name, contract_id)


def test_a_contract_without_a_switch_has_what_the_documents_say() -> None:
    assert load_contract(DOCUMENT).position("picture.data-uri", "reject") == "reject"


def test_plain_http_is_for_this_machine_unless_a_statement_says_otherwise(tmp_path: Path) -> None:
    remote, positions = "http://192.0.2.7:8080", load_contract(DOCUMENT).positions
    with pytest.raises(DataError) as error:
        check_transport(remote, positions, local=False)
    assert str(error.value) == (
        "expected an https:// address beyond this machine, since each request carries credentials; "
        'found http://192.0.2.7:8080; use https, or state "transport.plain-http" = "any" in the target statement '
        "for a network that you trust"
    )
    check_transport("https://192.0.2.7:8080", positions, local=False)
    check_transport("http://127.0.0.1:8080", positions, local=True)
    check_transport(remote, stated(DOCUMENT, tmp_path, 'transport.plain-http = "any"').positions, local=False)


def test_other_positions_leave_the_limits_of_a_statement(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text("[[latency]]\npercentile = 95\nlimit-ms = 2000\n")
    changed = with_positions(load_contract(DOCUMENT, path), {"input.both": "picture-wins"})
    assert changed.positions["input.both"] == "picture-wins"
    assert "measured.latency.p95" in changed.requirements


def test_changes_are_the_last_word_on_an_entry() -> None:
    contract = load_contract(TICKETS)
    read = read_requirements(contract.folder / "requirements", contract.page, {"answer.http": {"level": "open"}})
    assert read["answer.http"].level == "open"
    assert read["answer.json"] == contract.requirements["answer.json"]


def test_a_default_that_is_no_value_is_named(tmp_path: Path) -> None:
    path = tmp_path / "positions.toml"
    path.write_text(
        '[[position]]\nid = "a.b"\npoints = [1]\ndefault = "no"\nen = "A"\nzh = "甲"\n'
        '[[position.value]]\nname = "yes"\nen = "is"\nzh = "是"\n',
        encoding="utf-8",
    )
    with pytest.raises(DataError) as error:
        read_positions(path)
    assert str(error.value) == f"{path}: position a.b: default: expected one of yes, found 'no'"
