"""Reading documentation pages: a page of the vendor's OCR reference becomes tables, draft schemas or a list of changes.

`read_page` reads both layouts of the family (Markdown with HTML or pipe tables, and the flattened text of the later
site), `draft_toml` and `draft_schemas` turn what was read into the kit's own data, `compare_page` holds it against a
contract row by row, and `derive` does the whole for the command line. Whatever looks like part of a table and could not
be read is named with its line; no row is dropped silently.
"""

from conformance.contract.pages.comparing import compare_page
from conformance.contract.pages.deriving import DeriveReport, derive
from conformance.contract.pages.drafts import DraftSchemas, draft_schemas
from conformance.contract.pages.model import Difference, ReadPage, ReadRow, ReadTable, Unread
from conformance.contract.pages.reading import read_page
from conformance.contract.pages.writing import draft_toml

__all__ = [
    "DeriveReport",
    "Difference",
    "DraftSchemas",
    "ReadPage",
    "ReadRow",
    "ReadTable",
    "Unread",
    "compare_page",
    "derive",
    "draft_schemas",
    "draft_toml",
    "read_page",
]
