"""Body parameters that a contract has by its tables alone: nothing of the kit knows them by name.

Of each, two things can be wrong with a request: `<name>.wrong-type` and, where it is required, `<name>.absent`. What a
refusal of them looks like is said once, by the faults `member.wrong-type` and `member.absent` of errors.toml.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.contract.schemas import json_type
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.error_codes import ErrorCatalogue
    from conformance.contract.tables import Page, Row

WRONG_TYPE, ABSENT = "wrong-type", "absent"
_KNOWN = frozenset({"url", "type_list", "alarm", "detect_seal"})


def member_rows(page: Page) -> tuple[Row, ...]:
    """The body parameters of a page that nothing of the kit knows by name; none of tickets or documents."""
    if page.result != "fields":
        return ()
    return tuple(row for _, row in page.rows_of("body") if row.name not in _KNOWN | {page.picture})


def member_type(row: Row) -> str:
    """The JSON type of a parameter: as documented, or as the contract reads it."""
    return str(row.reading.get("type") or json_type(str(row.type)))


def is_required(row: Row) -> bool:
    """Whether a request without the parameter is to be refused."""
    return str(row.reading.get("required", row.required)) == "yes"


def with_members(errors: ErrorCatalogue, page: Page) -> ErrorCatalogue:
    """The catalogue with the faults of the parameters that a page has by its tables."""
    faults = dict(errors.faults)
    for row in member_rows(page):
        for kind in (WRONG_TYPE, *((ABSENT,) if is_required(row) else ())):
            like, name = faults[f"member.{kind}"], f"{row.name}.{kind}"
            title = Text(like.title.en.replace("{name}", row.name), like.title.zh.replace("{name}", row.name))
            faults[name] = replace(like, id=name, title=title)
    return replace(errors, faults=faults)
