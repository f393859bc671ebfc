"""A Markdown pipe table as a grid of cells: rows of `| a | b |` under a line of dashes, `<br>` between paragraphs."""

from __future__ import annotations

import re

from conformance.derive.html_tables import Grid, text_without_tags
from conformance.derive.model import Block, Cell
from conformance.derive.vocabulary import cleaned

_DASHES = re.compile(r":?-{2,}:?")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}(?:\s\"[^\"]{0,200}\")?\)")
_BULLET = re.compile(r"(?:[•·]\s{0,4}|[-*]\s{1,4})(?=\S)")
_BREAK = re.compile(r"<br\s{0,3}/?>|</?(?:p|li|ul|ol)>", re.IGNORECASE)


def is_delimiter(line: str) -> bool:
    """Whether the line is the dashes between the heading and the rows of a pipe table."""
    cells = _split(line) if "|" in line and "--" in line else []
    return bool(cells) and all(_DASHES.fullmatch(cell.strip()) for cell in cells)


def is_row(line: str) -> bool:
    """Whether the line can be a row of a pipe table."""
    return "|" in line.replace("\\|", "")


def read_pipe_table(lines: list[str], line: int) -> Grid:
    """The cells of the heading and the rows. `lines` begin on `line`; the line of dashes is an empty one."""
    return [[_cell(cell, line + offset) for cell in _split(text)] for offset, text in enumerate(lines) if text.strip()]


def plain_markdown(text: str) -> str:
    """The text without links, emphasis, code marks, tags and escapes."""
    words = _LINK.sub(r"\1", text_without_tags(text)).replace("**", "").replace("`", "")
    return cleaned(re.sub(r"\\([^A-Za-z0-9\s])", r"\1", words))


def _split(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.replace("\0", "|") for cell in inner.replace("\\|", "\0").split("|")]


def _cell(source: str, line: int) -> Cell:
    blocks: list[Block] = []
    for part in _BREAK.split(source):
        text = plain_markdown(part)
        bullet = _BULLET.match(text)
        words = text[bullet.end() :] if bullet else text
        if words:
            blocks.append(Block(words, line, bullet is not None))
    return tuple(blocks)
