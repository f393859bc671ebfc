"""A codemod for names that moved inside the kit: `python -m tests.moved_names FOLDER` rewrites imports of the old ones.

The public names (`conformance.load_contract`, `expect`, `examine`, `strategies`) did not move. It may be run again:
what is moved already stays. In a checkout of the kit itself it moves the files, too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

MOVED = {
    "conformance.contract.datafiles": "conformance.files",
    "conformance.wholefile": "conformance.files",
    "conformance.targets.redaction": "conformance.redactor",
    "conformance.targets.cassette": "conformance.recordings",
    "conformance.contract.pages": "conformance.derive",
    "conformance.contract.statement_lines": "conformance.statement.lines",
    "conformance.contract.conforms": "conformance.contract.owned",
    "conformance.contract.content_fields": "conformance.contract.owned",
    "conformance.contract.statement_shape": "conformance.statement.shape",
    "conformance.contract.statement_template": "conformance.statement.template",
    "conformance.contract.statement_text": "conformance.statement.stated_text",
    "conformance.contract.statement": "conformance.statement.statement",
    "conformance.contract.sample_images": "conformance.statement.sample_images",
    "conformance.contract.measures": "conformance.statement.measures",
    "conformance.contract.errors": "conformance.contract.error_codes",
    "conformance.contract.write": "conformance.contract.derive_schemas",
    "conformance.images.words": "conformance.images.formats",
    "conformance.report.words": "conformance.report.wording",
    "conformance.report.drawing": "conformance.report.outlines",
    "conformance.report.kill_table": "conformance.report.kill_table_text",
    "conformance.engine.redaction": "conformance.engine.own_requests",
    "conformance.engine.kinship": "conformance.engine.relatives",
    "conformance.engine.patience": "conformance.engine.backoff",
    "conformance.engine.discretion": "conformance.engine.masking",
    "conformance.engine.proof": "conformance.engine.kill_table",
    "conformance.judging.reading": "conformance.judging.expectation_notes",
    "conformance.judging.answers": "conformance.judging.envelope",
    "conformance.strategies.drawing": "conformance.strategies.examples",
    "conformance.strategies.draws": "conformance.strategies.draw",
    "conformance.reference.faults.errors": "conformance.reference.faults.refusals",
    "conformance.derive.words": "conformance.derive.cells",
    "conformance.derive.landmarks": "conformance.derive.vocabulary",
    "conformance.derive.kinds": "conformance.derive.table_kinds",
    "conformance.derive.places": "conformance.derive.pointers",
    "conformance.derive.deriving": "conformance.derive.command",
    "conformance.derive.writing": "conformance.derive.draft_tables",
    "conformance.recordings.sources": "conformance.recordings.formats",
    "conformance.recordings.traffic": "conformance.recordings.foreign",
    "conformance.recordings.lines": "conformance.recordings.ndjson",
    "conformance.recordings.lookup": "conformance.recordings.index",
    "conformance.recordings.jsontext": "conformance.recordings.json_leaves",
    "conformance.recordings.notes": "conformance.recordings.journal_notes",
}
"""Module by module, old to new, in the order in which they are replaced: a package before what moved inside it."""

OUT_OF_TABLES = re.compile(
    r"^(?P<indent>[ \t]*)from conformance\.contract\.tables import (?P<names>\([^)]*\)|[^\n(]+)", re.MULTILINE
)
SUBMODULES = {
    ("conformance.engine", "proof", "kill_table"),
    ("conformance.contract", "write", "derive_schemas"),
    ("conformance.judging", "answers", "envelope"),
    ("conformance.reference.faults", "errors", "refusals"),
}
"""Modules that are imported from their package by name."""


def moved(text: str) -> str:
    """A source text with the new names."""
    for old, new in MOVED.items():
        text = re.sub(rf"\b{re.escape(old)}\b", new, text)
        path, other = old.replace(".", "/"), new.replace(".", "/")
        text = re.sub(rf"\b{re.escape(path)}\.py\b", f"{other}.py", text)
    text = OUT_OF_TABLES.sub(_without_text, text)
    for package, old, new in SUBMODULES:
        text = re.sub(rf"(from {re.escape(package)} import [^\n]*)\b{old}\b", rf"\1{new}", text)
    return text


def _without_text(found: re.Match[str]) -> str:
    names = [name.strip() for name in found["names"].strip("()").split(",") if name.strip()]
    if "Text" not in names:
        return found[0]
    lines = [f"{found['indent']}from conformance.text import Text"]
    if rest := [name for name in names if name != "Text"]:
        lines.append(f"{found['indent']}from conformance.contract.tables import {', '.join(rest)}")
    return "\n".join(lines)


def move_files(root: Path) -> None:
    """Move the kit's own files in a checkout."""
    for old, new in MOVED.items():
        source, target = root / old.replace(".", "/"), root / new.replace(".", "/")
        for from_path, to_path in _pairs(source, target):
            to_path.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["git", "mv", str(from_path), str(to_path)], cwd=root, check=True)


def _pairs(source: Path, target: Path) -> list[tuple[Path, Path]]:
    if source.is_dir():
        files = [path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return [(path, target / path.relative_to(source)) for path in files]
    file, other = source.with_suffix(".py") if "." not in source.name else source, target.with_suffix(".py")
    return [(file, other)] if file.is_file() and not other.exists() else []


def main(root: Path) -> None:
    """Rewrite every Python file, Markdown file and TOML file below `root`."""
    if (root / "conformance" / "exchange.py").is_file():
        move_files(root)
    for path in root.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if hidden or path.suffix not in {".py", ".md", ".toml"} or path.name == Path(__file__).name:
            continue
        before = path.read_text(encoding="utf-8")
        if (after := moved(before)) != before:
            path.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
