"""A codemod for names that moved inside the kit: `python -m tests.moved_names FOLDER` rewrites imports of the old ones.

The public names (`conformance.load_contract`, `expect`, `examine`, `strategies`) did not move. It may be run again:
what is moved already stays.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
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
    "conformance.report.load_text": "conformance.report.conclude",
    "conformance.engine.answers": "conformance.engine.substitutes",
    "conformance.reference.engines": "conformance.reference.behaviour",
    "conformance.reference.specimens": "conformance.reference.recognizer",
    "conformance.reference.download": "conformance.reference.pictures",
    "conformance.reference.geometry": "conformance.reference.alarms",
    "conformance.reference.values": "conformance.reference.editions",
    "conformance.reference.errors": "conformance.reference.editions",
    "conformance.judging.locations": "conformance.judging.location",
    "conformance.plugin.late": "conformance.plugin.outcome",
    "conformance.contract.entries": "conformance.entries",
    "conformance.cli.chinese": "conformance.cli",
    "conformance.contract.content_schemas": "conformance.contract.contents",
    "conformance.contract.variants": "conformance.contract.tables",
    "conformance.derive.command": "conformance.derive",
    "conformance.derive.table_kinds": "conformance.derive.reading",
    "conformance.engine.backoff": "conformance.engine.availability",
    "conformance.engine.intervals": "conformance.engine.inference",
    "conformance.engine.measuring": "conformance.engine.figures",
    "conformance.engine.option_sources": "conformance.engine.settings",
    "conformance.recordings.interaction": "conformance.recordings",
    "conformance.reference.faults.rules": "conformance.reference.contracts",
    "conformance.reference.parameters": "conformance.reference.calls",
    "conformance.report.compare_text": "conformance.report.compare",
    "conformance.report.progress": "conformance.report.terminal",
    "conformance.specimens.codes": "conformance.specimens.specimen",
    "conformance.specimens.layouts": "conformance.specimens.__main__",
    "conformance.statement.measures": "conformance.statement.terms",
    "conformance.statement.template": "conformance.statement.statement",
    "conformance.statement.usable": "conformance.statement.mistakes",
    "conformance.strategies.drawn": "conformance.strategies.pictures",
    "conformance.targets.iam": "conformance.targets.authentication",
    "conformance.targets.target": "conformance.targets",
}
"""Module by module, old to new, in the order in which they are replaced: a package before what moved inside it."""

NAMES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""Names that left a module of which others stayed or went elsewhere, after `MOVED`: old module, new module, names.

`old=new` is a name that changed, too: it is imported `as` the old one.
"""

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
        if old in text:
            text = re.sub(rf"\b{re.escape(old)}\b", new, text)
        path, other = old.replace(".", "/"), new.replace(".", "/")
        if f"{path}.py" in text:
            text = re.sub(rf"\b{re.escape(path)}\.py\b", f"{other}.py", text)
    for old in filter(text.__contains__, NAMES):
        text = _with_names_apart(text, old, _homes(NAMES[old]))
    for package, old, new in SUBMODULES:
        text = re.sub(rf"(from {re.escape(package)} import [^\n]*)\b{old}\b", rf"\1{new}", text)
    return text


def _homes(homes: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """For each old name its new module and its new name."""
    pairs = ((written.partition("="), new) for new, names in homes.items() for written in names.split())
    return {old: (new, renamed or old) for (old, _, renamed), new in pairs}


def _with_names_apart(text: str, old: str, homes: Mapping[str, tuple[str, str]]) -> str:
    """The text with each name of `homes` imported, or spoken of with dots, from its new module instead of `old`."""

    def statements(found: re.Match[str]) -> str:
        apart: dict[str, list[str]] = {}
        wanted = [one.strip() for one in found["names"].strip("()").split(",") if one.strip()]
        if not any(one.partition(" as ")[0] in homes for one in wanted):
            return found[0]
        for written in wanted:
            name, _, alias = written.partition(" as ")
            module, renamed = homes.get(name, (old, name))
            spoken_of = alias or name
            apart.setdefault(module, []).append(renamed if renamed == spoken_of else f"{renamed} as {spoken_of}")
        return "\n".join(f"{found['indent']}from {new} import {', '.join(names)}" for new, names in apart.items())

    def dotted(found: re.Match[str]) -> str:
        module, renamed = homes.get(found[2], (old, found[2]))
        return f"{module}{found[1]}{renamed}"

    imported = rf"^(?P<indent>[ \t]*)from {re.escape(old)} import (?P<names>\([^)]*\)|[^\n(]+)"
    text = re.sub(imported, statements, text, flags=re.MULTILINE)
    return re.sub(rf"\b{re.escape(old)}([.:])(\w+)", dotted, text)


def main(root: Path) -> None:
    """Rewrite every Python file, Markdown file and TOML file below `root`."""
    for path in root.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if hidden or path.suffix not in {".py", ".md", ".toml"} or path.name == Path(__file__).name:
            continue
        before = path.read_text(encoding="utf-8")
        if (after := moved(before)) != before:
            path.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
