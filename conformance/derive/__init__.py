"""Reading documentation pages: a page of the vendor's OCR reference becomes tables, draft schemas or a list of changes.

`read_page` reads both layouts of the family (Markdown with HTML or pipe tables, and the flattened text of the later
site), `draft_toml` turns what was read into the kit's own data, `compare_page` holds it against a contract row by row;
`derive` and `write_contract` do the whole for the command line. Whatever looks like part of a table and could not be
read is named with its line; no row is dropped silently.

The files in the order of the work: `cells` (a page as it is laid out), `markdown` and `flat` (the two layouts),
`descriptions` and `rows` (what a row says), `reading` (the page); then `comparing`, or `samples`, `fields`, `asked` and
`folder` (the contract of a page).

`ocr-conformance derive PAGE [--against CONTRACT]` ends with 0 where the page was read (and, with a contract, agrees
with it in full), with 1 where it differs from the contract, or a part of it could not be read and so could not be
compared. A page that cannot be read at all is a DataError, exit status 2.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.derive.asked import as_toml
from conformance.derive.cells import Unread, shortened
from conformance.derive.comparing import Difference, compare_page
from conformance.derive.fields import places_of
from conformance.derive.folder import Draft, draft_contract, draft_schemas, schemas_of
from conformance.derive.reading import MAX_CHARACTERS, NoOperationError, ReadPage, ReadTable, read_page
from conformance.derive.rows import ReadRow
from conformance.files import DataError, os_reason, replace_file
from conformance.text import Text, plain, said_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.contract.tables import Page

__all__ = [
    "DeriveReport",
    "Difference",
    "ReadPage",
    "ReadRow",
    "ReadTable",
    "Unread",
    "compare_page",
    "derive",
    "draft_toml",
    "read_page",
    "write_contract",
]


@dataclass(frozen=True, slots=True)
class DeriveReport:
    """What `derive` found. `lines` are for the terminal; `differences` is empty without a contract."""

    page: ReadPage
    differences: tuple[Difference, ...]
    lines: tuple[Text, ...]
    exit_status: int


def derive(path: Path, against: Page | None = None) -> DeriveReport:
    """Read the page in the file. Without a contract the lines are drafts, with one they are what differs.

    Raises DataError naming the file where it cannot be read or is no documentation page of the family.
    """
    try:
        text = _text(path)
        page = read_page(text)
    except DataError as error:
        raise DataError(said_of(path, error.words)) from error
    unread = _unread(page)
    if against is None:
        tables = map(plain, ("", *draft_toml(page).splitlines()))
        return DeriveReport(page, (), (*_summary(page), *unread, *tables, *_schemas(page, text)), 0)
    differences = tuple(compare_page(page, against))
    lines = (
        *_summary(page),
        *unread,
        *(entry.words for entry in differences),
        _verdict(page, against, len(differences)),
    )
    return DeriveReport(page, differences, lines, 1 if differences or page.unread else 0)


def write_contract(path: Path, folder: Path) -> tuple[list[Text], int]:
    """Write the contract of a page below a folder: the lines to print, and the exit status.

    1 where a table or sample could not be read, where the draft refuses a sample of the page, or the page is of no
    operation: then nothing is written. Raises DataError for a page that cannot be read at all, and for a contract that
    is there already.
    """
    try:
        text = _text(path)
        page = read_page(text)
    except NoOperationError as error:
        return [said_of(path, error.words)], 1
    except DataError as error:
        raise DataError(said_of(path, error.words)) from error
    try:
        draft = draft_contract(page, text)
    except DataError as error:
        return [*_summary(page), *_unread(page), error.words], 1
    target = folder / draft.id
    if target.exists():
        raise DataError(
            f"{target}: exists; expected a new folder. Remove it, or write elsewhere",
            f"{target}：已存在；应为新目录。请删除它，或写入别处",
        )
    _write(target, draft.files)
    schemas = schemas_of(target)
    _write(target, schemas)
    files, count = len(draft.files), len(schemas)
    made = Text(f"{target}: {files} files, {count} schemas", f"{target}：{files} 个文件，{count} 个 schema")
    held, refused = _held_against_samples(draft, schemas["success.schema.json"])
    command = f"`ocr-conformance run reference --contracts {folder}`"
    lines = [*_summary(page), made, *held, *draft.review, Text(f"try {command}", f"可执行 {command}")]
    return lines, 1 if page.unread or draft.unread or refused else 0


def _held_against_samples(draft: Draft, schema: str) -> tuple[list[Text], bool]:
    """What the draft says of the page's own samples of a success, and whether it refuses one."""
    from jsonschema import Draft202012Validator  # late: reading a page needs no validator

    validator = Draft202012Validator(json.loads(schema))
    samples = [sample for sample in draft.samples if sample.kind == "success"]
    broken = {
        sample.line: [f"{error.json_path}: {shortened(error.message)}" for error in validator.iter_errors(sample.value)]
        for sample in samples
    }
    accepted = [str(line) for line, errors in broken.items() if not errors]
    where, chinese = f" (line {', '.join(accepted)})", f"（第 {'、'.join(accepted)} 行）"
    if not accepted:
        where = chinese = ""
    count, of = len(accepted), len(samples)
    total = Text(
        f"the page's own samples of a success: {of}; the draft accepts {count}{where}",
        f"文档页自己的成功示例：{of} 个；草稿接受 {count} 个{chinese}",
    )
    refused = [
        Text(f"line {line}: refused: {error}", f"第 {line} 行：未接受：“{error}”")
        for line, errors in broken.items()
        for error in errors
    ]
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
        reason = os_reason(error)
        raise DataError(f"cannot be read: {reason.en}", f"无法读取：{reason.zh}") from error
    if len(content) > limit:
        raise DataError(
            f"expected a page of at most {MAX_CHARACTERS:,} characters, found more than {limit:,} bytes",
            f"文档页至多 {MAX_CHARACTERS:,} 个字符，实际超过 {limit:,} 字节",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"{content[error.start]:#04x}"
        raise DataError(
            f"expected UTF-8 text, found byte {byte} at {error.start}",
            f"应为 UTF-8 文本，位置 {error.start} 处有字节 {byte}",
        ) from error


def _unread(page: ReadPage) -> list[Text]:
    return [Text(f"not read: {one.words.en}", f"未读取：{one.words.zh}") for one in page.unread]


def _summary(page: ReadPage) -> list[Text]:
    """What the page is, and how many rows each of its tables has."""
    rows = sum(len(table.rows) for table in page.tables)
    kinds = Counter(table.kind for table in page.tables)
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    operation, unread = f"{page.method} {page.path}", len(page.unread)
    head = Text(f"{page.title}: {operation}", f"{page.title}：{operation}")
    if page.published:
        head = Text(f"{head.en}, page of {page.published}", f"{head.zh}，文档页日期 {page.published}")
    tables, chinese = len(page.tables), listed.replace(", ", "、")
    counts = Text(
        f"read as {page.layout}: {tables} tables ({listed}), {rows} rows; not read: {unread}",
        f"按 {page.layout} 读取：{tables} 张表（{chinese}），{rows} 行；未读取 {unread} 处",
    )
    return [head, counts]


def _verdict(page: ReadPage, against: Page, differences: int) -> Text:
    name, unread = against.id, len(page.unread)
    if differences:
        noun = "difference" if differences == 1 else "differences"
        return Text(f"{differences} {noun} from {name}", f"与 {name} 有 {differences} 处不同")
    if page.unread:
        return Text(
            f"no difference from {name} in what was read; not read: {unread}",
            f"所读内容与 {name} 没有不同；未读取 {unread} 处",
        )
    return Text(f"no difference from {name}", f"与 {name} 没有不同")


def _schemas(page: ReadPage, text: str) -> list[Text]:
    """The draft schemas, or why there are none."""
    try:
        made = draft_schemas(page, text)
    except DataError as error:
        return [plain(""), said_of(Text("# no schemas", "# 没有 schema"), error.words)]
    return [plain(line) for name, schema in made.items() for line in ("", f"# {name} (draft)", *schema.splitlines())]


# The draft of a `tables.toml`: the tables as they are printed, for a person to word and complete.


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def draft_toml(page: ReadPage) -> str:
    """The draft, with a comment for whatever could not be read."""
    lines = [
        f"# Draft from the page {_comment(page.title)!r}. Read it against the page before use:",
        "# word every label (the empty ones are to be written), and check id, edition, picture and result.",
        *(f"# Not read: {_comment(entry.text)}" for entry in page.unread),
        "",
        *_head(page),
    ]
    places = places_of(page)
    for table in page.tables:
        lines += ["", *_table(page, table)]
        for index, entry in enumerate(table.rows):
            lines += ["", "[[table.row]]", *_row(page, entry, places.get((table.number, index)))]
    return "\n".join(lines) + "\n"


def _head(page: ReadPage) -> list[str]:
    parts = [part for part in page.path.split("/") if part]
    edition = page.edition or "unknown"
    name = next((part for part in reversed(parts) if not part.startswith("{")), "page")
    types = {
        row.type for table in page.tables_of("response") for entry in table.rows if (row := entry.row).name == "result"
    }
    result = "tickets" if any((type_ or "").startswith(("Array", "List")) for type_ in types) else "document"
    return [
        f"id = {as_toml(f'{name}-{edition}')}",
        f"edition = {as_toml(edition)}",
        f"method = {as_toml(page.method)}",
        f"path = {as_toml(page.path)}",
        f"picture = {as_toml(page.picture or 'image')}",
        f"result = {as_toml(result)}",
        "",
        "[title]",
        *_labels(page, page.title),
        "",
        "[document]",
        f"id = {as_toml(page.document_id or name)}",
        *_labels(page, page.title),
        f"published = {as_toml(page.published or 'unknown')}",
    ]


def _table(page: ReadPage, table: ReadTable) -> list[str]:
    printed = "" if table.numbered else "; the page gives it no number"
    status = f"; status {table.status}" if table.status is not None else ""
    return [
        f"# line {table.line}{status}{printed}",
        "[[table]]",
        f"number = {table.number}",
        f"kind = {as_toml(table.kind)}",
        *([f"object = {as_toml(table.object)}"] if table.object else []),
        *_labels(page, table.title),
    ]


def _row(page: ReadPage, entry: ReadRow, place: str | None) -> list[str]:
    row = entry.row
    stated: Mapping[str, object] = {
        "name": row.name, "type": row.type, "required": row.required,
        "presence": row.presence if entry.stated else None, "at": place, "default": row.default,
        "base64-max": row.base64_max, "file-advised": row.file_advised,
        "values-of": row.values_of, "minimum": row.minimum, "maximum": row.maximum,
        "side-min": row.side_min, "side-max": row.side_max,
        "values": row.values, "fields": row.fields, "formats": row.formats,
    }  # fmt: skip
    lines = [f"{key} = {as_toml(value)}" for key, value in stated.items() if value not in (None, ())]
    when = [f"# only when {entry.condition} is true"] if entry.condition else []
    return [*when, *lines, *_labels(page, row.label.en)]


def _labels(page: ReadPage, words: str) -> list[str]:
    """Both labels; the one in the page's language holds the words."""
    return [f"{key} = {as_toml(words if key == page.language else '')}" for key in ("en", "zh")]


def _comment(text: str) -> str:
    return _CONTROL.sub(" ", text)
