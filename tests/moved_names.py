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
    "conformance.cli.reports": "conformance.cli.recordings",
    "conformance.cli.pictures": "conformance.cli.reference",
    "conformance.contract.points": "conformance.contract.positions",
    "conformance.contract.additions": "conformance.contract.family",
    "conformance.contract.members": "conformance.contract.schemas",
    "conformance.derive.vocabulary": "conformance.derive.cells",
    "conformance.derive.conditions": "conformance.derive.cells",
    "conformance.derive.pipe_tables": "conformance.derive.markdown",
    "conformance.derive.pointers": "conformance.derive.draft_tables",
    "conformance.derive.enumerations": "conformance.derive.descriptions",
    "conformance.derive.limits": "conformance.derive.descriptions",
    "conformance.derive.rows": "conformance.derive.reading",
    "conformance.engine.book": "conformance.engine.budget",
    "conformance.engine.billing": "conformance.engine.budget",
    "conformance.engine.units": "conformance.engine.account",
    "conformance.engine.own_pictures": "conformance.engine.selection",
    "conformance.engine.exploration": "conformance.engine.selection",
    "conformance.engine.masking": "conformance.engine.own_requests",
    "conformance.engine.crossings": "conformance.engine.operations",
    "conformance.engine.sharing": "conformance.engine.counted",
    "conformance.images.variants": "conformance.images.formats",
    "conformance.images.png": "conformance.images.writers",
    "conformance.images.streams": "conformance.images.writers",
    "conformance.images.tiff": "conformance.images.writers",
    "conformance.images.bmp": "conformance.images.writers",
    "conformance.images.jpeg": "conformance.images.blank",
    "conformance.images.unsupported": "conformance.images.blank",
    "conformance.images.rasters": "conformance.images.pages",
    "conformance.images.pad": "conformance.images.encode",
    "conformance.images.sniff_faults": "conformance.images.directories",
    "conformance.judging.corners": "conformance.judging.locations",
    "conformance.judging.download": "conformance.judging.inputs",
    "conformance.judging.expectation_notes": "conformance.judging.inputs",
    "conformance.judging.failures": "conformance.judging.observation",
    "conformance.judging.content_confidence": "conformance.judging.content_places",
    "conformance.judging.calibration": "conformance.judging.content_places",
    "conformance.judging.shape": "conformance.judging.examine",
    "conformance.load.shots": "conformance.load.tally",
    "conformance.recordings.journal_notes": "conformance.recordings.manifest",
    "conformance.recordings.failed": "conformance.recordings.recorded",
    "conformance.recordings.coding": "conformance.recordings.foreign",
    "conformance.recordings.nearest": "conformance.recordings.index",
    "conformance.recordings.vcr": "conformance.recordings.clients",
    "conformance.recordings.newman": "conformance.recordings.clients",
    "conformance.recordings.unread": "conformance.recordings.ndjson",
    "conformance.recordings.pseudonyms": "conformance.recordings.patterns",
    "conformance.recordings.json_leaves": "conformance.recordings.members",
    "conformance.recordings.glance": "conformance.recordings.reader",
    "conformance.reference.checks": "conformance.reference.values",
    "conformance.reference.pdf": "conformance.reference.pictures",
    "conformance.reference.memory": "conformance.reference.pictures",
    "conformance.reference.payload": "conformance.reference.download",
    "conformance.reference.delivery": "conformance.reference.calls",
    "conformance.reference.bodies": "conformance.reference.calls",
    "conformance.reference.throttle": "conformance.reference.calls",
    "conformance.reference.signature": "conformance.reference.credentials",
    "conformance.reference.tls": "conformance.reference.server",
    "conformance.reference.fleet": "conformance.reference.app",
    "conformance.reference.answers": "conformance.reference.service",
    "conformance.reference.faults.edits": "conformance.reference.faults.fault",
    "conformance.reference.faults.contents": "conformance.reference.faults.answers",
    "conformance.reference.faults.places": "conformance.reference.faults.documents",
    "conformance.reference.faults.files": "conformance.reference.faults.inputs",
    "conformance.reference.faults.urls": "conformance.reference.faults.inputs",
    "conformance.reference.faults.relations": "conformance.reference.faults.tickets",
    "conformance.reference.faults.variants.refusals": "conformance.reference.faults.variants.declared",
    "conformance.reference.faults.variants.wire": "conformance.reference.faults.variants.requests",
    "conformance.report.visible": "conformance.report.phrases",
    "conformance.report.github": "conformance.report.markdown",
    "conformance.report.spreadsheets": "conformance.report.numbers",
    "conformance.report.latency": "conformance.report.numbers",
    "conformance.report.calibration": "conformance.report.numbers",
    "conformance.report.excerpt": "conformance.report.evidence",
    "conformance.report.curl": "conformance.report.evidence_files",
    "conformance.report.pictures": "conformance.report.thumbnails",
    "conformance.report.outlines": "conformance.report.thumbnails",
    "conformance.report.page": "conformance.report.html",
    "conformance.report.kill_table_text": "conformance.report.tables",
    "conformance.report.plan_text": "conformance.report.tables",
    "conformance.report.only_failed": "conformance.report.report_file",
    "conformance.report.signing": "conformance.report.bundle",
    "conformance.specimens.amounts": "conformance.specimens.codes",
    "conformance.specimens.degrade": "conformance.specimens.draw",
    "conformance.statement.lines": "conformance.statement.stated_text",
    "conformance.statement.shape": "conformance.statement.stated_text",
    "conformance.statement.loads": "conformance.statement.measures",
    "conformance.strategies.spelling": "conformance.strategies.build",
    "conformance.strategies.served": "conformance.strategies.build",
    "conformance.strategies.fault": "conformance.strategies.build",
    "conformance.strategies.lazy": "conformance.strategies.examples",
    "conformance.strategies.pages": "conformance.strategies.pictures",
    "conformance.strategies.faults.texts": "conformance.strategies.faults.bodies",
    "conformance.strategies.faults.calls": "conformance.strategies.faults.bodies",
    "conformance.strategies.faults.sizes": "conformance.strategies.faults.files",
    "conformance.strategies.faults.urls": "conformance.strategies.faults.files",
    "conformance.strategies.faults.members": "conformance.strategies.faults.parameters",
    "conformance.targets.errors": "conformance.targets.target",
    "conformance.targets.limits": "conformance.targets.target",
    "conformance.targets.decoding": "conformance.targets.target",
    "conformance.targets.meter": "conformance.targets.framing",
    "conformance.targets.direct": "conformance.targets.reference",
    "conformance.targets.signing": "conformance.targets.slots",
    "conformance.derive.html_tables": "conformance.derive.blocks",
    "conformance.derive.samples": "conformance.derive.blocks",
    "conformance.report.load_text": "conformance.report.conclude",
    "conformance.engine.answers": "conformance.engine.substitutes",
    "conformance.reference.engines": "conformance.reference.behaviour",
    "conformance.reference.specimens": "conformance.reference.recognizer",
    "conformance.reference.download": "conformance.reference.pictures",
    "conformance.reference.geometry": "conformance.reference.alarms",
    "conformance.reference.values": "conformance.reference.editions",
    "conformance.reference.errors": "conformance.reference.editions",
    "conformance.judging.locations": "conformance.judging.document",
    "conformance.plugin.late": "conformance.plugin.outcome",
    "conformance.contract.entries": "conformance.entries",
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
