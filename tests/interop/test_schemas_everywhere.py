"""Every tool reads the published schemas, and reads them alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import re2
from jsonschema import Draft202012Validator
from schema_validators import VALIDATORS, documents, schemas, verdicts

SCHEMAS = schemas()
EACH = pytest.mark.parametrize("name", SCHEMAS)
KEYWORDS = {
    "$schema", "$id", "$ref", "$defs", "$comment", "title", "description", "examples", "default", "type", "enum",
    "const", "required", "properties", "additionalProperties", "propertyNames", "minProperties", "items", "minItems",
    "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "if", "then", "anyOf", "oneOf", "not",
}  # fmt: skip
"""Those of the dialect that the schemas use: no annotation of the kit's, and no `format`, which some tools assert."""

OTHERS = list(VALIDATORS)[1:]
REFERENCE = next(iter(VALIDATORS.values()))
ODD = ("", "\n", "\u0085", "\u00a0", "\u2028", "\ufeff", " ", "\t", "\u001c", "\u180e")
TEXTS = (
    "AIS.0000", "AIS.00000", "ais.0000", "AIS.٠٠٠٠", "a" * 64, "http://a:80", "http://a:80/", "https://a", "a:80", "/a",
    "/a/b", "X-A", "2030-12-31", "OCR", "data:image/jpeg;base64,AA==", "é", "",
)  # fmt: skip


def subschemas(node: Any) -> Iterator[dict[str, Any]]:
    """The schema and every schema in it."""
    yield node
    for keyword in ("properties", "$defs"):
        for below in node.get(keyword, {}).values():
            yield from subschemas(below)
    for keyword in ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not"):
        if isinstance(node.get(keyword), dict):
            yield from subschemas(node[keyword])
    for keyword in ("anyOf", "oneOf", "allOf"):
        for below in node.get(keyword, []):
            yield from subschemas(below)


PATTERNS = sorted({n["pattern"] for schema in SCHEMAS.values() for n in subschemas(schema) if "pattern" in n})


def test_all_schemas_are_looked_at() -> None:
    assert len(SCHEMAS) >= 63
    assert len(PATTERNS) > 10


@EACH
def test_a_schema_holds_standard_keywords_only(name: str) -> None:
    assert {keyword for node in subschemas(SCHEMAS[name]) for keyword in node} <= KEYWORDS


@EACH
def test_an_identity_is_an_https_address_with_the_path_of_the_file(name: str) -> None:
    assert SCHEMAS[name]["$id"] == f"https://ocr-conformance.example/schemas/{name}"


@EACH
def test_no_member_is_declared_in_a_branch_alone(name: str) -> None:
    for node in subschemas(SCHEMAS[name]):
        branches = (
            [node[key] for key in ("then", "else") if key in node] + node.get("oneOf", []) + node.get("allOf", [])
        )
        if "properties" in node:
            for branch in branches:
                assert {*branch.get("properties", {}), *branch.get("required", [])} <= set(node["properties"])


@EACH
def test_what_ajv_refuses_in_strict_mode_is_not_there(name: str) -> None:
    """A member required where no property is called so (strictRequired), a choice of types but null (strictTypes)."""
    for node in subschemas(SCHEMAS[name]):
        assert set(node.get("required", [])) <= set(node.get("properties", {}))
        types = node.get("type", [])
        assert isinstance(types, str) or len(types) <= 1 + ("null" in types)
        if not isinstance(node.get("type"), str):
            assert "minLength" not in node
            assert "minimum" not in node


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_means_the_same_to_python_and_re2_but_for_a_line_break_at_the_end(pattern: str) -> None:
    ours, theirs = re.compile(pattern), re2.compile(pattern)
    for text in (before + text + behind for text in TEXTS for before in ODD for behind in ODD):
        if not text.endswith("\n"):
            assert (ours.search(text) is None) == (theirs.search(text) is None), repr(text)


@EACH
def test_a_line_break_at_the_end_is_barred_by_another_keyword(name: str) -> None:
    """In Python `$` matches before it."""
    for node in subschemas(SCHEMAS[name]):
        if node.get("pattern", "").endswith("$"):
            for text in TEXTS:
                assert not Draft202012Validator(node).is_valid(f"{text}\n")


@cache
def judged(name: str) -> tuple[list[str], list[bool | str]]:
    """Documents of a schema, and what jsonschema says of them."""
    texts = documents(SCHEMAS[name], 20)
    return texts, verdicts(REFERENCE, "", SCHEMAS[name], texts)


@pytest.mark.parametrize("tool", OTHERS)
@EACH
def test_a_validator_says_what_jsonschema_says(name: str, tool: str) -> None:
    texts, right = judged(name)
    assert right[0] is True
    assert False in right
    found = verdicts(VALIDATORS[tool], tool, SCHEMAS[name], texts)
    assert [(text, verdict) for text, verdict, other in zip(texts, found, right, strict=True) if verdict != other] == []


@pytest.mark.parametrize("tool", OTHERS)
def test_a_difference_would_be_seen(tool: str) -> None:
    """Look-ahead, which one mode of Rust has not; `\\s` and `format`, which are not the same everywhere."""
    faulty: dict[str, Any] = {
        "pattern": "^a(?!\\n)[^\\s]$" if "fancy" not in tool else "^[^\\s]$",
        "contentEncoding": "base64",
    }
    texts = [json.dumps(text) for text in ("ax", "a\u0085", "a\ufeff", "\u0085", "\u001c", "a\n", "%%")]
    try:
        found = verdicts(VALIDATORS[tool], tool, faulty, texts)
    except ValueError:
        return  # the schema is refused as a whole
    assert found != verdicts(REFERENCE, "", faulty, texts)
