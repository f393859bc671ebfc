"""The OpenAPI document of a contract: valid, complete, and with examples that its own schemas accept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from conformance.contract.contract import load_contract
from conformance.contract.openapi import openapi
from conformance.contract.tables import Row
from conformance.exchange import Request
from conformance.files import contract_ids
from conformance.judging.expect import expect
from conformance.text import Text

TICKETS, DOCUMENT = "auto-classification-v1.0", "auto-id-doc-classification-v2"
DOCUMENTS: dict[str, Any] = {name: openapi(load_contract(name)) for name in contract_ids()}
EACH = pytest.mark.parametrize("name", DOCUMENTS)


def operation(name: str) -> Any:
    ((path, item),) = DOCUMENTS[name]["paths"].items()
    assert path == load_contract(name).page.path
    return item["post"]


def complaints(name: str, schema: str, value: object) -> list[str]:
    """What a schema of the document says against a value, its references resolved in the document."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENTS[name]["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


@EACH
def test_the_document_is_valid(name: str) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENTS[name]).iter_errors()] == []


@EACH
def test_the_document_survives_json(name: str) -> None:
    assert json.loads(json.dumps(DOCUMENTS[name])) == DOCUMENTS[name]


@EACH
def test_no_reference_leads_nowhere(name: str) -> None:
    document = DOCUMENTS[name]

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            found = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return found + [ref for member in node.values() for ref in references(member)]
        return [ref for entry in node for ref in references(entry)] if isinstance(node, list) else []

    for reference in set(references(document)):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@EACH
def test_every_example_is_what_its_schema_says(name: str) -> None:
    bodies = [("Request", operation(name)["requestBody"])]
    bodies += [("Success" if status == "200" else "Failure", r) for status, r in operation(name)["responses"].items()]
    for schema, body in bodies:
        examples = body["content"]["application/json"]["examples"]
        assert examples
        for example in examples.values():
            assert complaints(name, schema, example["value"]) == []


def test_an_edition_that_adds_a_member_gets_an_example_of_it() -> None:
    contract = load_contract(DOCUMENT)
    result = contract.page.table(5)
    rows = (
        Row("direction", Text("e", "z"), type="Integer", at="/result/direction", minimum=1),
        Row("sides", Text("e", "z"), type="List", at="/result/sides", reading={"minItems": 1}),
        Row("side", Text("e", "z"), type="Object", at="/result/sides/*"),
        Row("name", Text("e", "z"), values=("front", "back"), type="String", at="/result/sides/*/name"),
    )
    tables = tuple(replace(t, rows=(*t.rows, *rows)) if t is result else t for t in contract.page.tables)
    later = replace(contract, page=replace(contract.page, tables=tables))
    responses: Any = openapi(later)["paths"]
    (item,) = responses.values()
    shown = item["post"]["responses"]["200"]["content"]["application/json"]["examples"]["success"]["value"]["result"]
    before = operation(DOCUMENT)["responses"]["200"]["content"]["application/json"]["examples"]["success"]["value"]
    assert shown == {**before["result"], "direction": 1, "sides": [{"name": "front"}]}


@EACH
def test_example_requests_are_ones_that_the_judge_accepts(name: str) -> None:
    contract = load_contract(name)
    for title, example in operation(name)["requestBody"]["content"]["application/json"]["examples"].items():
        body = json.dumps(example["value"], separators=(",", ":")).encode()
        sent = Request("POST", contract.page.path, (("Content-Type", "application/json"),), body)
        assert expect(sent, contract).decision == ("either" if title == "url" else "accept")


def test_a_broken_ticket_is_refused_by_the_schema_of_its_own_content() -> None:
    answer = json.loads(json.dumps(operation(TICKETS)["responses"]["200"]["content"]["application/json"]["examples"]))
    value = answer["success"]["value"]
    value["result"][0]["content"]["amount"] = 50.0
    assert complaints(TICKETS, "Success", value) == ["50.0 is not of type 'string'"]


@EACH
def test_nothing_of_the_kit_itself_is_in_the_document(name: str) -> None:
    assert '"x-' not in json.dumps(DOCUMENTS[name])


def test_parameters_are_those_that_the_page_documents() -> None:
    assert "parameters" not in operation(TICKETS)
    assert [(p["name"], p["in"], p["required"]) for p in operation(DOCUMENT)["parameters"]] == [
        ("project_id", "path", True),
        ("Enterprise-Project-Id", "header", False),
    ]
    # The edition of 2021 lists the host as a path parameter; it is no part of the path.
    assert [p["name"] for p in operation("auto-classification-v2-2021")["parameters"]] == ["project_id"]


def test_credentials_are_a_token_or_a_signature() -> None:
    document = DOCUMENTS[TICKETS]
    assert document["security"] == [{"token": []}, {"signature": [], "signedAt": []}]
    schemes = document["components"]["securitySchemes"]
    assert {name: (scheme["in"], scheme["name"]) for name, scheme in schemes.items()} == {
        "token": ("header", "X-Auth-Token"),
        "signature": ("header", "Authorization"),
        "signedAt": ("header", "X-Sdk-Date"),
    }


@EACH
def test_every_answer_is_declared_and_every_object_is_a_component(name: str) -> None:
    assert {"200", "400", "401", "500", "502", "503", "504", "default"} <= operation(name)["responses"].keys()
    components = DOCUMENTS[name]["components"]["schemas"]
    inner = [n for component in components.values() for n in nodes(component) if n is not component]
    assert [node for node in inner if "properties" in node and "type" in node] == []
    assert [node for node in inner if "$defs" in node or "default" in node or "$id" in node] == []


def nodes(node: Any) -> list[Any]:
    """Every schema of a component that says what a value is; conditions only say when it counts."""
    below = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
    return [node, *(n for part in below for n in nodes(part))]


def test_the_document_says_whether_contents_are_judged() -> None:
    assert "judges the content of a recognised ticket by its type" in operation(TICKETS)["description"]
    assert "content" not in operation(DOCUMENT)["description"]


@pytest.mark.parametrize(("input_names", "valid"), [(["image"], 1), (["url"], 1), (["image", "url"], 0), ([], 0)])
def test_exactly_one_input_is_asked_for(input_names: list[str], valid: int) -> None:
    assert (complaints(TICKETS, "Request", dict.fromkeys(input_names, "a")) == []) == bool(valid)


def test_failures_show_the_codes_of_the_edition() -> None:
    def shown(name: str) -> list[str]:
        return list(operation(name)["responses"]["400"]["content"]["application/json"]["examples"])

    first = ["AIS.0101", "AIS.0102", "AIS.0103", "AIS.0104", "AIS.0105"]
    assert shown(TICKETS) == [*first, "AIS.0106"]
    assert shown("auto-classification-v2-2021") == first
    assert shown(DOCUMENT) == first
