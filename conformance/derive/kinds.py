"""Kinds of one result: a page that has a table for each of them, told apart by the values of one member.

`发票验真` is such a page: a result is a VAT invoice, a motor vehicle invoice or one of a used vehicle, each with a
table of its own, and `type` says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.derive.vocabulary import narrow

if TYPE_CHECKING:
    from conformance.derive.model import ReadPage, ReadTable
    from conformance.derive.samples import Json, Sample

RESULT = "/result"
"""Where kinds stand in an answer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of a result: `table` is the number of its table, `values` are those of the member `by` that mean it.

    `shown` are the results of the page's samples that are of this kind.
    """

    name: str
    table: int
    by: str
    values: tuple[str, ...]
    shown: tuple[Mapping[str, Json], ...] = field(default=())


def kind_tables(page: ReadPage) -> list[ReadTable]:
    """The tables that each describe one kind of result: several of one object, or that begin with `result`."""
    tables = page.tables_of("object")
    named = Counter(_object(table) for table in tables)
    several = [table for table in tables if named[_object(table)] > 1]
    begun = [table for table in tables if table.rows and table.rows[0].row.name == "result"]
    return several if len(several) > 1 else begun


def kinds_of(page: ReadPage, samples: Sequence[Sample]) -> tuple[Kind, ...]:
    """The kinds of result that a page has a table for; none where no member tells them apart."""
    tables = kind_tables(page)
    listed = [{entry.row.name: entry.row.values for entry in table.rows if entry.row.values} for table in tables]
    if len(tables) < 2:
        return ()
    by = next((name for name in listed[0] if _tells_apart([values.get(name, ()) for values in listed])), None)
    if by is None:
        return ()
    results = [sample.value["result"] for sample in samples if sample.kind == "success"]
    return tuple(
        Kind(
            name=_name(values[by], table),
            table=table.number,
            by=by,
            values=values[by],
            shown=tuple(result for result in results if isinstance(result, dict) and result.get(by) in values[by]),
        )
        for table, values in zip(tables, listed, strict=True)
    )


def _object(table: ReadTable) -> str:
    """The name of the object that a table describes, without what follows it: `X object of cars` is `X`."""
    return narrow(table.object or f"table {table.number}").split()[0]


def _tells_apart(values: Sequence[tuple[str, ...]]) -> bool:
    """Whether each table lists values, and no two the same."""
    return all(values) and len({value for own in values for value in own}) == sum(map(len, values))


def _name(values: tuple[str, ...], table: ReadTable) -> str:
    """What a kind is called in the names of requirements."""
    return values[0].replace("_", "-").lower() if len(values) == 1 else f"table-{table.number}"
