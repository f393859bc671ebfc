"""`report.json` as a file: how it is written, the hash that seals it, and reading one that may be of anyone."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, cast

from conformance.files import DataError, data_folder, read_json, schema_errors
from conformance.report.visible import one_line
from conformance.text import Text, advised, expected, said_of

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
    if not isinstance(value, dict) or value.get("kit") != "ocr-conformance":
        raise DataError(
            advised(
                said_of(
                    path,
                    expected(Text("a report.json of ocr-conformance", "ocr-conformance 的 report.json"), _what(value)),
                ),
                _AGAIN,
            )
        )
    schema = read_json(data_folder("schemas") / "report.schema.json")
    errors = schema_errors(value, cast("Mapping[str, object]", schema))
    if errors:
        raise DataError(_of_another_form(path, errors[0], str(value.get("kit_version"))))
    report = cast("Report", value)
    if digest(value) != report["sha256"]:
        raise DataError(
            f"{path}: expected content with the hash that it states, found another: it was changed; {_AGAIN.en}",
            f"{path}：内容与其所写的哈希不符：已被改动；{_AGAIN.zh}",
        )
    return report


_AGAIN = Text(
    "make a new one with `ocr-conformance run TARGET --report DIR`",
    "请用 `ocr-conformance run TARGET --report DIR` 重新生成",
)


def _what(value: object) -> Text:
    kind = type(value).__name__
    return (
        Text("a JSON object of another kind", "其他种类的 JSON 对象")
        if isinstance(value, dict)
        else Text(f"a JSON {kind}", f"JSON {kind}")
    )


def _of_another_form(path: Path, error: str, version: str) -> Text:
    said, made = one_line(error, 300), one_line(version, 40)
    return Text(
        f"{path}: expected the form of schemas/report.schema.json, found {said} (made by kit {made}); {_AGAIN.en}",
        f"{path}：应为 schemas/report.schema.json 的格式，实际：“{said}”（由套件 {made} 生成）；{_AGAIN.zh}",
    )
