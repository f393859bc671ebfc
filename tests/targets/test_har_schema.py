"""What the kit exports is HAR 1.2, held against a schema of the format; so is what a browser saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from recordings import BODIES, full

from conformance.exchange import Exchange, Request, Response, TransportFailure
from conformance.files import data_folder
from conformance.recordings.import_export import export_har, write_har

HERE = Path(__file__).resolve().parent
SCHEMA = Draft202012Validator(json.loads((HERE / "har-1.2.schema.json").read_text()))


def errors(har: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in SCHEMA.iter_errors(har)]


def read(path: Path) -> dict[str, dict[str, list[dict[str, dict[str, object]]]]]:
    found: dict[str, dict[str, list[dict[str, dict[str, object]]]]] = json.loads(path.read_text("utf-8"))
    return found


def test_the_recorded_run_of_the_kit_is_exported_as_har(tmp_path: Path) -> None:
    assert export_har(data_folder("cases") / "cassettes" / "reference-smoke", tmp_path / "a.har", "0.1.0") > 20
    assert errors(read(tmp_path / "a.har")) == []


def test_whatever_an_exchange_holds_is_exported_as_har(tmp_path: Path) -> None:
    whole = full(b"\xff")
    without = replace(whole, exchange=Exchange(Request("GET", "/v1.0/a b?c=1&d"), Response(404, (), b"")), at="")
    failed = replace(whole, exchange=Exchange(whole.exchange.request, TransportFailure("timeout", "No answer.", 3.0)))
    write_har(tmp_path / "a.har", [*(full(body) for body in BODIES.values()), without, failed], "0.1.0")
    assert errors(read(tmp_path / "a.har")) == []


def test_what_a_browser_saved_fits_the_schema() -> None:
    assert errors(read(HERE / "browser" / "chromium.har")) == []


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda entry: entry.pop("cache"), "$.log.entries[0]: 'cache' is a required property"),
        (
            lambda entry: entry["response"].update(status="200"),
            "$.log.entries[0].response.status: '200' is not of type 'integer'",
        ),
        (lambda entry: entry["request"].pop("bodySize"), "$.log.entries[0].request: 'bodySize' is a required property"),
    ],
)
def test_the_schema_refuses_what_is_no_har(
    tmp_path: Path, damage: Callable[[dict[str, dict[str, object]]], object], error: str
) -> None:
    write_har(tmp_path / "a.har", [full(b"{}")], "0.1.0")
    har = read(tmp_path / "a.har")
    damage(har["log"]["entries"][0])
    assert errors(har) == [error]
