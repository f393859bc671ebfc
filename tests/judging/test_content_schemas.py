"""The content schemas: what they accept, what they refuse, and that the judge says the same as a general validator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_contents import CONTRACTS, DOCUMENTED, EDITIONS, LATER, TYPES, Content, findings, invented
from jsonschema import Draft202012Validator, ValidationError

from conformance.contract.subschema import read_annotated
from conformance.files import data_folder

SCHEMAS: dict[tuple[str, str], Any] = {
    (edition, kind): schema
    for edition in EDITIONS
    for kind, schema in read_annotated(data_folder("schemas") / "tickets" / edition).items()
}
VALIDATORS = {place: Draft202012Validator(schema) for place, schema in SCHEMAS.items()}
EACH = [pytest.param(edition, kind, id=f"{edition} {kind}") for edition, kind in SCHEMAS]


@pytest.mark.parametrize(("edition", "kind"), EACH)
def test_a_schema_is_one_of_the_dialect(edition: str, kind: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[edition, kind])


@pytest.mark.parametrize(("edition", "kind"), EACH)
def test_a_plausible_content_is_accepted(edition: str, kind: str) -> None:
    content = invented(kind, edition)
    assert list(VALIDATORS[edition, kind].iter_errors(content)) == []
    assert findings(kind, content, CONTRACTS[edition]) == {}


@pytest.mark.parametrize(("edition", "kind"), EACH)
def test_a_number_is_refused_for_every_string(edition: str, kind: str) -> None:
    strings = [row for row in DOCUMENTED[edition][kind].rows if row.type == "string"]
    accepted = [
        row.at for row in strings if VALIDATORS[edition, kind].is_valid(_with(invented(kind, edition), row.at, 7))
    ]
    assert strings
    assert accepted == []


@pytest.mark.parametrize(("edition", "kind"), EACH)
def test_every_keyword_names_its_source_and_its_requirement(edition: str, kind: str) -> None:
    known = {*CONTRACTS[edition].requirements, *(requirement.name for requirement in LATER)}
    for place, node in _nodes(SCHEMAS[edition, kind], "/"):
        keywords = set(node) - {"$schema", "$id", "$defs", "$ref", "$comment", "title", "description", "examples"}
        keywords -= {"x-source", "x-requirement", "x-listed-given", "properties", "items"}
        assert keywords - {"x-null"} == set(node.get("x-requirement", {})), place
        assert keywords == set(node.get("x-source", {})), place
        assert _owners(node) <= known, place


def test_a_contract_states_every_requirement_that_its_contents_name() -> None:
    named = {owner for kind in TYPES for _, node in _nodes(SCHEMAS["v1.0", kind], "/") for owner in _owners(node)}
    assert named - {"ticket.content"} <= {r for r in CONTRACTS["v1.0"].requirements if r.startswith("content.")}


FRACTIONS = st.floats(-100, 100).filter(lambda number: not number.is_integer())
"""1.0 is an integer to a general validator and none to the judge, which reads how a number was written."""

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FRACTIONS | st.text(max_size=4),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below, max_size=3),
    max_leaves=6,
)
ALIKE = {
    "content.strings", "content.location-text", "content.lists", "content.objects", "content.booleans",
    "content.integers", "content.null", "content.own-type", "content.confidence.listed", "content.extra-info",
}  # fmt: skip
"""Requirements that both can judge; the others need more than one place, or a calendar."""


@settings(derandomize=True, max_examples=400, deadline=None)
@given(data=st.data())
def test_the_judge_agrees_with_a_general_validator(data: st.DataObject) -> None:
    edition, kind = data.draw(st.sampled_from(sorted(SCHEMAS)))
    content = invented(kind, edition)
    places = [row.at for row in DOCUMENTED[edition][kind].rows]
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)):
        content = _with(content, place, data.draw(JSON_VALUES))
    judged = set(findings(kind, content, CONTRACTS[edition]))
    # Among the scores a null is no number to a general validator, and nothing that was read to the judge.
    alike = ALIKE - {"content.null"} if "null" in json.dumps(content.get("confidence")) else ALIKE
    assert judged & alike == _broken(edition, kind, content) & alike, json.dumps(content, ensure_ascii=False)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(content=st.dictionaries(st.sampled_from(["confidence", "type", "item_list", "code", "x"]), JSON_VALUES))
def test_no_content_at_all_stops_the_judge(content: Content) -> None:
    findings("vat_invoice", content, CONTRACTS["v2-2025"])


def _with(content: Content, place: str, value: object) -> Content:
    """The content with `value` at a place (`total`, `item_list/*/unit`), in the first entry of a list."""
    head, _, below = place.partition("/")
    if head == "*":
        raise AssertionError(place)
    if not below:
        return {**content, head: value}
    if below.startswith("*/"):
        entries = content.get(head)
        first = entries[0] if isinstance(entries, list) and entries and isinstance(entries[0], dict) else {}
        rest = entries[1:] if isinstance(entries, list) else []
        return {**content, head: [_with(first, below[2:], value), *rest]}
    inner = content.get(head)
    return {**content, head: _with(inner if isinstance(inner, dict) else {}, below, value)}


def _broken(edition: str, kind: str, content: Content) -> set[str]:
    return {owner for error in VALIDATORS[edition, kind].iter_errors(content) for owner in _owner(error)}


def _owner(error: ValidationError) -> Iterator[str]:
    if error.instance is None and "confidence" not in list(error.absolute_path)[:-1]:
        yield "content.null"
        return
    owners = cast("Mapping[str, Any]", error.schema)["x-requirement"][error.validator]
    if isinstance(owners, str):
        yield owners
    else:
        yield from (owner for member, owner in owners.items() if member not in cast("Content", error.instance))


def _nodes(schema: Mapping[str, Any], place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "$ref" not in schema:
        yield place, schema
    for name, member in {**schema.get("properties", {}), **schema.get("$defs", {})}.items():
        yield from _nodes(member, f"{place}/{name}")
    if "items" in schema:
        yield from _nodes(schema["items"], f"{place}/*")


def _owners(node: Mapping[str, Any]) -> set[str]:
    owners = node.get("x-requirement", {}).values()
    return {name for owner in owners for name in ([owner] if isinstance(owner, str) else owner.values())}
