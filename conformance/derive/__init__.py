"""Reading documentation pages: a page of the vendor's OCR reference becomes tables, draft schemas or a list of changes.

`read_page` reads both layouts of the family (Markdown with HTML or pipe tables, and the flattened text of the later
site), `draft_toml` turns what was read into the kit's own data, `compare_page` holds it against a
contract row by row, and `derive` does the whole for the command line. Whatever looks like part of a table and could not
be read is named with its line; no row is dropped silently.
"""

from conformance.derive.command import DeriveReport, derive
from conformance.derive.comparing import compare_page
from conformance.derive.draft_tables import draft_toml
from conformance.derive.model import Difference, ReadPage, ReadRow, ReadTable, Unread
from conformance.derive.reading import read_page

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
]
