"""The OpenAPI 3.1 document of a contract, made from its tables, schemas and error catalogue.

Examples have the documented shapes and invented values
(`schemas/examples.json`; a member that a later edition adds gets one from its schema); the picture in them is a white
square, so that nobody bills anything for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.contract.error_codes import RECOGNISED
from conformance.files import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.contract.contract import Contract

Node: TypeAlias = dict[str, object]

VERSION = "3.1.0"
_JSON = "application/json"
_OWN_HEADERS = frozenset({"x-auth-token", "content-type"})
"""Headers that OpenAPI states elsewhere: in the security schemes and with the body."""

_SERVICE = (400, "the service refuses the request")
_PLATFORM = {
    401: "credentials are absent or not valid",
    403: "the caller may not do this",
    404: "there is no such operation, or no such project",
    405: "another method than POST",
    413: "the body is too long",
    415: "the body is not labelled application/json",
    429: "too many requests",
}
"""Statuses of the platform and the gateway. The documents give them none: these are HTTP's own (open point 73)."""

_CODES = {
    401: ("ModelArts.4101", "ModelArts.4103"),
    403: ("ModelArts.4203",),
    404: ("APIG.0101",),
    405: ("APIG.0101",),
    413: ("ModelArts.4104",),
    415: ("ModelArts.4105",),
    429: ("ModelArts.4401",),
}
"""Codes that show what an answer of such a status looks like."""


def openapi(contract: Contract) -> Node:
    """The document of one contract, ready to be written as JSON. Raises DataError for a mistake in a data file."""
    page = contract.page
    examples = cast("Mapping[str, object]", read_json(contract.folder.parent / "examples.json"))
    return {
        "openapi": VERSION,
        "info": {
            "title": page.title.en,
            "version": page.edition,
            "description": f"{page.title.zh}. Source: {page.document.en} ({page.published}), in the kit's own words.",
        },
        "servers": [{"url": "https://{endpoint}", "variables": {"endpoint": {"default": "ocr.example.com"}}}],
        "security": [{"token": []}, {"signature": []}],
        "paths": {page.path: {page.method.lower(): _operation(contract, examples)}},
        "components": {
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "a signature with an access key (AK/SK), beside X-Sdk-Date",
                },
            },
            "schemas": _schemas(contract),
        },
    }


def _operation(contract: Contract, examples: Mapping[str, object]) -> Node:
    page = contract.page
    return {
        "operationId": page.path.rsplit("/", 1)[1],
        "summary": page.title.en,
        "parameters": list(_parameters(contract, examples)),
        "requestBody": {
            "required": True,
            "content": {_JSON: {"schema": _ref("Request"), "examples": _requests(contract, examples)}},
        },
        "responses": _responses(contract, examples),
    }


def _parameters(contract: Contract, examples: Mapping[str, object]) -> Iterator[Node]:
    for table, row in contract.page.rows_of("path", "header"):
        # One edition lists the host as a path parameter (open point 50).
        if table.kind == "path" and f"{{{row.name}}}" in contract.page.path:
            example = {"example": examples[row.name]} if row.name in examples else {}
            yield {"name": row.name, "in": "path", "required": True, **_text(row.label.en), **example}
        elif table.kind == "header" and row.name.lower() not in _OWN_HEADERS:
            yield {"name": row.name, "in": "header", "required": False, **_text(row.label.en)}


def _text(description: str) -> Node:
    return {"description": description, "schema": {"type": "string"}}


def _requests(contract: Contract, examples: Mapping[str, object]) -> Node:
    picture = {contract.page.picture: examples["picture"]}
    found: Node = {
        "picture": {"summary": "a picture as base64 text", "value": picture},
        "url": {"summary": "the address of a picture", "value": {"url": examples["url"]}},
    }
    if "type_list" in contract.parameters:
        some = {**picture, "type_list": list(contract.types[:2])}
        found["type_list"] = {"summary": "two types of tickets only", "value": some}
    if "alarm" in contract.parameters:
        found["alarm"] = {"summary": "with picture alarms", "value": {**picture, "alarm": True}}
    return found


def _responses(contract: Contract, examples: Mapping[str, object]) -> Node:
    documented = {row.name for _, row in contract.page.rows_of("status")}
    status, words = _SERVICE
    example = _completed(examples[contract.page.result], contract.derived_schemas()["success"].published())
    answer: Node = {"success": {"value": example}}
    responses: Node = {
        "200": _response("a result", "Success", answer),
        str(status): _response(words, "Failure", _failures(contract, _service_codes(contract))),
    }
    for status, words in _PLATFORM.items():
        note = "" if str(status) in documented else "; the documents give such errors no status of their own"
        responses[str(status)] = _response(words + note, "Failure", _failures(contract, _CODES[status]))
    return responses


def _completed(value: object, schema: Node) -> object:
    """An example with the members that its schema requires and it lacks: an edition adds them without an example."""
    if isinstance(value, list):
        items = cast("Node", schema.get("items", {}))
        return [_completed(entry, items) for entry in value]
    if not isinstance(value, dict):
        return value
    members = cast("Node", schema.get("properties", {}))
    wanted = [name for name in cast("list[str]", schema.get("required", [])) if name not in value]
    whole = {**value, **{name: _example(cast("Node", members.get(name, {}))) for name in wanted}}
    return {name: _completed(member, cast("Node", members.get(name, {}))) for name, member in whole.items()}


def _example(schema: Node) -> object:
    """A plain value of a schema that the tables give."""
    if "enum" in schema:
        return cast("list[object]", schema["enum"])[0]
    least = schema.get("minimum", min(0, cast("float", schema.get("maximum", 0))))
    plain: Node = {"string": "example", "boolean": False, "integer": least, "number": least, "object": {}}
    if schema.get("type") == "array":
        items = cast("Node", schema.get("items", {}))
        return [_example(items) for _ in range(cast("int", schema.get("minItems", 0)))]
    return plain.get(str(schema.get("type")))


def _response(words: str, schema: str, examples: Node) -> Node:
    return {
        "description": words,
        "headers": {"X-Request-Id": {"description": "for questions to the provider", "schema": {"type": "string"}}},
        "content": {_JSON: {"schema": _ref(schema), "examples": examples}},
    }


def _service_codes(contract: Contract) -> list[str]:
    """The codes of the service that the edition's page of error codes lists, or else the latest known page."""
    codes = [entry for entry in contract.errors.codes.values() if entry.module == "OCR"]
    known = sorted({edition for entry in codes for edition in entry.editions})
    edition = contract.page.edition if contract.page.edition in known else known[-1]
    return [entry.code for entry in codes if edition in entry.editions]


def _failures(contract: Contract, codes: Sequence[str]) -> Node:
    entries = [contract.errors.codes[code] for code in codes]
    return {
        entry.code: {"summary": entry.meaning.en, "value": {"error_code": entry.code, "error_msg": entry.message}}
        for entry in entries
        if entry.message is not None
    }


def _schemas(contract: Contract) -> Node:
    derived = contract.derived_schemas()
    schemas: Node = {name.capitalize(): _embedded(schema.published(), "") for name, schema in derived.items()}
    if not contract.answers_tickets:
        return schemas
    folder = contract.folder.parent / "tickets" / contract.page.edition
    branches = []
    for kind in contract.types:
        path = folder / f"{kind}.schema.json"
        if path.is_file():
            name = f"Content.{kind}"
            schemas[name] = _embedded(cast("Node", read_json(path)), f"#/components/schemas/{name}")
            branches.append(_content_of(kind, name))
    success = cast("Node", schemas["Success"])
    tickets = cast("Node", cast("Node", cast("Node", success["properties"])["result"])["items"])
    tickets["allOf"] = branches
    return schemas


def _content_of(kind: str, name: str) -> Node:
    """The content of a recognised ticket of one type is that of its own page."""
    status = {"properties": {"error_code": {"const": RECOGNISED}}, "required": ["error_code"]}
    recognised = {"properties": {"type": {"const": kind}, "status": status}, "required": ["type", "status"]}
    return {"if": recognised, "then": {"properties": {"content": _ref(name)}}}


def _embedded(schema: Node, at: str) -> Node:
    """A schema without its own identity, whose references begin at `at`."""
    return {key: _moved(value, at) for key, value in schema.items() if key not in ("$schema", "$id")}


def _moved(value: object, at: str) -> object:
    if isinstance(value, dict):
        return {
            key: at + member[1:] if key == "$ref" and isinstance(member, str) else _moved(member, at)
            for key, member in value.items()
        }
    return [_moved(entry, at) for entry in value] if isinstance(value, list) else value


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}
