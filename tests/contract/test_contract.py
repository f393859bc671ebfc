"""A contract is its data: tables, requirements and schemas agree, and a mistake in them is one message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import Keyword, read_requirements
from conformance.contract.subschema import annotate, schema_files
from conformance.files import PRIMARY, DataError, contract_ids
from conformance.judging import APART, CHECKS


@pytest.fixture(params=contract_ids())
def contract(request: pytest.FixtureRequest) -> Contract:
    return load_contract(request.param)


def test_both_primary_contracts_are_there() -> None:
    assert set(PRIMARY) <= set(contract_ids())


def test_committed_schemas_are_what_the_tables_give(contract: Contract) -> None:
    for name, derived in schema_files(contract.derived_schemas()).items():
        committed = (contract.folder / name).read_text(encoding="utf-8")
        assert committed == derived, (
            f"{contract.id}: {name} differs; run `python -m conformance.contract.derive_schemas`"
        )


def test_every_keyword_of_the_success_schema_belongs_to_a_requirement(contract: Contract) -> None:
    unowned = [place for place, keyword, owner in _keywords(contract.success_schema, "") if owner is None]
    assert unowned == []


def test_every_keyword_names_its_source(contract: Contract) -> None:
    for tree in contract.derived_schemas().values():
        schema = annotate(tree.published(), tree.annotated_places())
        for place, keyword, _ in _keywords(schema, ""):
            node = _at(schema, place)
            sources = node["x-source"]
            assert isinstance(sources, dict)
            assert keyword in sources, f"{contract.id}: {place} {keyword}"


def test_every_check_exists(contract: Contract) -> None:
    assert set(contract.by_check) - set(CHECKS) - APART == set()


def test_every_fault_is_in_the_catalogue(contract: Contract) -> None:
    assert set(contract.by_fault) - set(contract.errors.faults) == set()


def test_faults_are_refused_by_a_requirement_before_their_code_matters(contract: Contract) -> None:
    only_codes = [f for f, owners in contract.by_fault.items() if all(owner.check != "rejected" for owner in owners)]
    assert only_codes == []


def test_the_code_of_every_fault_is_judged(contract: Contract) -> None:
    unjudged = [f for f, owners in contract.by_fault.items() if all(owner.check != "code" for owner in owners)]
    assert unjudged == []


def test_features_of_open_inputs_are_in_the_catalogue(contract: Contract) -> None:
    named = {feature for requirement in contract.by_check["open"] for feature in requirement.features}
    assert named - set(contract.errors.faults) == set()


def test_limits_are_read_from_the_picture_row() -> None:
    assert load_contract("auto-classification-v1.0").limits.side_max == 8000
    assert load_contract("auto-classification-v1.0").limits.side_far_above == 8193
    assert load_contract("auto-id-doc-classification-v2").limits.side_max == 8192
    assert load_contract("auto-id-doc-classification-v2").limits.side_far_above == 9000


@pytest.mark.parametrize("name", ["auto-clasification", ""])
def test_an_unknown_contract_names_the_known_ones(name: str) -> None:
    with pytest.raises(DataError) as error:
        load_contract(name)
    assert str(error.value) == f"unknown contract {name!r}; expected one of {', '.join(contract_ids())}"


def test_an_unknown_requirement_names_the_nearest_ones(contract: Contract) -> None:
    with pytest.raises(DataError) as error:
        contract.requirement("input.requried")
    assert str(error.value).startswith(f"{contract.id} has no requirement 'input.requried'; near it are input.required")


def test_a_requirement_with_a_wrong_level_names_file_and_entry(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('["x.y"]\nlevel = "shall"\ncheck = "c"\nen = "e"\nzh = "z"\nbasis = "stated"\n')
    with pytest.raises(DataError) as error:
        read_requirements(tmp_path, replace(load_contract(PRIMARY[0]).page, family=()))
    assert str(error.value) == f"{tmp_path / 'a.toml'}: x.y: level: expected one of must, should, open, found 'shall'"


@pytest.mark.parametrize("text", ["/ type", "/result/* required:status", "/result/*/content recognised type"])
def test_a_keyword_reads_as_it_is_written(text: str) -> None:
    assert str(Keyword.parse(text)) == text


_STRUCTURE = {"properties", "items", "if", "then", "else", "x-source", "x-requirement", "$schema", "$id", "title"}
_STRUCTURE |= {"description"}


def _keywords(schema: object, place: str) -> Iterator[tuple[str, str, object]]:
    """Every asserting keyword below a schema, with its place and the requirement that owns it."""
    assert isinstance(schema, dict)
    owners = schema.get("x-requirement", {})
    for keyword in schema:
        if keyword not in _STRUCTURE and "x-source" in schema:
            yield place, keyword, owners.get(keyword)
    for name, member in schema.get("properties", {}).items():
        yield from _keywords(member, f"{place}/properties/{name}")
    for part in ("items", "then", "else"):
        if part in schema:
            yield from _keywords(schema[part], f"{place}/{part}")


def _at(schema: dict[str, object], place: str) -> dict[str, object]:
    node: object = schema
    for part in place.split("/")[1:]:
        assert isinstance(node, dict)
        node = node[part]
    assert isinstance(node, dict)
    return node


def test_schemas_are_compiled_when_they_are_needed_and_once() -> None:
    contract = replace(load_contract(PRIMARY[0]))  # one that no other test has used
    assert not {"success_schema", "success_validator", "ticket_fields"} & set(vars(contract))
    assert contract.success_validator is contract.success_validator
    assert contract.ticket_fields is contract.ticket_fields
