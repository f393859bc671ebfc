"""`ocr-conformance derive PAGE [--against CONTRACT]`: what it prints and its exit status.

0: the page was read (and, with a contract, agrees with it in full); 1: it differs from the contract, or a part of it
could not be read and so could not be compared. A page that cannot be read at all is a DataError, exit status 2.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.derive.comparing import compare_page
from conformance.derive.draft_tables import draft_toml
from conformance.derive.drafts import draft_schemas
from conformance.derive.folder import Draft, draft_contract, schemas_of
from conformance.derive.model import shortened
from conformance.derive.reading import MAX_CHARACTERS, read_page
from conformance.files import DataError, replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.contract.tables import Page
    from conformance.derive.model import Difference, ReadPage


@dataclass(frozen=True, slots=True)
class DeriveReport:
    """What `derive` found. `lines` are for the terminal; `differences` is empty without a contract."""

    page: ReadPage
    differences: tuple[Difference, ...]
    lines: tuple[str, ...]
    exit_status: int


def derive(path: Path, against: Page | None = None) -> DeriveReport:
    """Read the page in the file. Without a contract the lines are drafts, with one they are what differs.

    Raises DataError naming the file where it cannot be read or is no documentation page of the family.
    """
    try:
        page = read_page(_text(path))
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    unread = [f"not read: {entry.text}" for entry in page.unread]
    if against is None:
        schemas = draft_schemas(page)
        drafts = [
            "",
            *draft_toml(page).splitlines(),
            "",
            *_json("request.schema.json", schemas.request),
            "",
            *_json("success.schema.json", schemas.success),
        ]
        return DeriveReport(page, (), (*_summary(page), *unread, *drafts), 0)
    differences = tuple(compare_page(page, against))
    lines = (
        *_summary(page),
        *unread,
        *(entry.text for entry in differences),
        _verdict(page, against, len(differences)),
    )
    return DeriveReport(page, differences, lines, 1 if differences or page.unread else 0)


def write_contract(path: Path, folder: Path) -> tuple[list[str], int]:
    """Write the contract of a page below a folder: the lines to print, and the exit status.

    1 where a table or sample could not be read, where the draft refuses a sample of the page, or the page is of no
    operation: then nothing is written. Raises DataError for a page that cannot be read at all, and for a contract that
    is there already.
    """
    try:
        text = _text(path)
        page = read_page(text)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    try:
        draft = draft_contract(page, text)
    except DataError as error:
        return [*_summary(page), *(f"not read: {entry.text}" for entry in page.unread), str(error)], 1
    target = folder / draft.id
    if target.exists():
        raise DataError(f"{target}: exists; expected a new folder. Remove it, or write elsewhere")
    _write(target, draft.files)
    schemas = schemas_of(target)
    _write(target, schemas)
    lines = [*_summary(page), f"{target}: {len(draft.files)} files, {len(schemas)} schemas"]
    held, refused = _held_against_samples(draft, schemas["success.schema.json"])
    hint = f"try `ocr-conformance run reference --contracts {folder}`"
    return [*lines, *held, *draft.review, hint], 1 if page.unread or draft.unread or refused else 0


def _held_against_samples(draft: Draft, schema: str) -> tuple[list[str], bool]:
    """What the draft says of the page's own samples of a success, and whether it refuses one."""
    from jsonschema import Draft202012Validator  # late: reading a page needs no validator

    validator = Draft202012Validator(json.loads(schema))
    samples = [sample for sample in draft.samples if sample.kind == "success"]
    broken = {
        sample.line: [f"{error.json_path}: {shortened(error.message)}" for error in validator.iter_errors(sample.value)]
        for sample in samples
    }
    accepted = [str(line) for line, errors in broken.items() if not errors]
    where = f" (line {', '.join(accepted)})" if accepted else ""
    total = f"the page's own samples of a success: {len(samples)}; the draft accepts {len(accepted)}{where}"
    refused = [f"line {line}: refused: {error}" for line, errors in broken.items() for error in errors]
    return [total, *refused], bool(refused)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        replace_file(folder / name, content.encode("utf-8"))


def _text(path: Path) -> str:
    """The text of the file; no more of it is read than a page can have."""
    limit = 4 * MAX_CHARACTERS
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from error
    if len(content) > limit:
        raise DataError(f"expected a page of at most {MAX_CHARACTERS:,} characters, found more than {limit:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"expected UTF-8 text, found byte {content[error.start]:#04x} at {error.start}") from error


def _summary(page: ReadPage) -> list[str]:
    """What the page is, and how many rows each of its tables has."""
    rows = sum(len(table.rows) for table in page.tables)
    kinds = Counter(table.kind for table in page.tables)
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    head = f"{page.title}: {page.method} {page.path}" + (f", page of {page.published}" if page.published else "")
    counts = f"{len(page.tables)} tables ({listed}), {rows} rows; not read: {len(page.unread)}"
    return [head, f"read as {page.layout}: {counts}"]


def _verdict(page: ReadPage, against: Page, differences: int) -> str:
    if differences:
        return f"{differences} {'difference' if differences == 1 else 'differences'} from {against.id}"
    if page.unread:
        return f"no difference from {against.id} in what was read; not read: {len(page.unread)}"
    return f"no difference from {against.id}"


def _json(name: str, schema: dict[str, object]) -> list[str]:
    return [f"# {name} (draft)", *json.dumps(schema, ensure_ascii=False, indent=2).splitlines()]
