"""`report.json` as a file: how it is written, the hash that seals it, and reading one that may be of anyone."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, cast

from conformance.files import DataError, data_folder, read_json, schema_errors
from conformance.report.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.report.shapes import Report

_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON may hold as it is, but a terminal that prints the file may obey, or UTF-8 cannot encode."""


def digest(document: Mapping[str, object]) -> str:
    """Lower-case hexadecimal SHA-256 of all but `sha256` in its one spelling: sorted keys, ASCII, no spaces."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def to_json(value: object) -> bytes:
    """JSON as the files of a report hold it: indented, in UTF-8; what a terminal would obey is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", text).encode("utf-8") + b"\n"


def read_report(path: Path) -> Report:
    """Read a `report.json`, or the one in a report folder.

    Raises DataError with one message where it cannot be read, is no report of this kit, or was changed after the run.
    """
    if path.is_dir():
        path = path / "report.json"
    value = read_json(path)
    again = "make a new one with `ocr-conformance run TARGET --report DIR`"
    if not isinstance(value, dict) or value.get("kit") != "ocr-conformance":
        raise DataError(f"{path}: expected a report.json of ocr-conformance, found {_what(value)}; {again}")
    schema = read_json(data_folder("schemas") / "report.schema.json")
    errors = schema_errors(value, cast("Mapping[str, object]", schema))
    if errors:
        raise DataError(
            f"{path}: expected the form of schemas/report.schema.json, found {one_line(errors[0], 300)} "
            f"(made by kit {one_line(str(value.get('kit_version')), 40)}); {again}"
        )
    report = cast("Report", value)
    if digest(value) != report["sha256"]:
        raise DataError(
            f"{path}: expected content with the hash that it states, found another: it was changed; {again}"
        )
    return report


def _what(value: object) -> str:
    return "a JSON object of another kind" if isinstance(value, dict) else f"a JSON {type(value).__name__}"
