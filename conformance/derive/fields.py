"""The fields of an answer as a page has them: its tables, held against its own samples.

A table says which fields there are and of which type; a sample shows where they stand, and sometimes something else
than the table: a field missing, a list nested deeper, a number where the table says text, a value outside the printed
range. Where they differ the sample is followed, nothing is asked beyond both, and what differs is noted. Of a result of
several kinds a field knows which of them list it, and which samples of those show it.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from conformance.contract.schemas import entries_type, known_type
from conformance.derive.cells import narrow
from conformance.derive.samples import RESULT, Kind, json_types, kind_tables, kinds_of, shown_places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conformance.derive.reading import ReadPage, ReadTable
    from conformance.derive.rows import ReadRow
    from conformance.derive.samples import Json, Sample

_NUMBERS = {"integer", "number"}
_OUTER = ("error_code", "error_msg")
"""What stands around a result, and in a failure."""


@dataclass(slots=True)
class Field:
    """One place of an answer: `at` is a JSON Pointer with `*` for each entry of a list.

    `types` are JSON types; `present` says that each sample that shows the parent shows it, `shown` that one does.
    `differs` names what the samples contradict (`type`, `values`, `range`, `place`), each of which is then open.
    `entry` is the row that documents it, None for what only samples show; `tables` are the numbers of its tables, and
    `entries` all rows that do. `present_in` are the kinds of result each sample of which shows it, `narrower` says
    what kinds state otherwise than others.
    """

    at: str
    types: tuple[str, ...]
    entry: ReadRow | None
    tables: tuple[int, ...]
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    shown: bool = False
    present: bool = False
    differs: dict[str, str] = field(default_factory=dict)
    entries: list[ReadRow] = field(default_factory=list)
    present_in: tuple[str, ...] = ()
    narrower: dict[str, Field] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last step of its place."""
        return self.at.rpartition("/")[2]

    @property
    def asked_for(self) -> bool:
        """Whether it has to be there: each sample shows it, and the page names no condition for it."""
        return self.present and self.unconditional

    def asked_for_in(self, kind: str) -> bool:
        """Whether it has to be there in one kind of result: each sample of that kind shows it."""
        return kind in self.present_in and self.unconditional

    @property
    def unconditional(self) -> bool:
        """Whether it may be asked for where it is always shown."""
        if self.entry is None or self.at == RESULT or "place" in self.differs:
            return False
        return self.entry.condition is None and self.entry.row.presence in ("always", "success")


def read_fields(page: ReadPage, samples: Sequence[Sample]) -> list[Field]:
    """Every field of the page's successful answers, `result` first, in the page's order."""
    answers = [sample.value for sample in samples if sample.kind == "success"]
    shown = shown_places(answers)
    kinds = {kind.table: kind for kind in kinds_of(page, samples)}
    fields: dict[str, Field] = {}
    stated: dict[str, dict[str, Field]] = {}
    for at, row, table, unsure in _placed(page, shown, kinds):
        made = _documented(page, at, row, table)
        if unsure:
            made.differs["place"] = "it nowhere, and the rows around it elsewhere"
        if table.number in kinds:
            stated.setdefault(at, {})[kinds[table.number].name] = _documented(page, at, row, table)
        fields[at] = _joined(fields[at], made) if at in fields else made
    for made in [*fields.values()]:
        _entries(made, fields, shown)
    for made in fields.values():
        _held_against(made, shown)
        _told_apart(made, kinds.values(), stated.get(made.at, {}))
    return sorted(fields.values(), key=lambda one: (one.at.count("/") > 1, one.at != "/result"))


def _placed(
    page: ReadPage, every: Mapping[str, list[Json]], kinds: Mapping[int, Kind]
) -> Iterable[tuple[str, ReadRow, ReadTable, bool]]:
    """Each row of an answer with its place: where the tables put it, or where the samples show it.

    A place is unsure where no sample shows it, and one shows a row above it in the table elsewhere. The rows of a kind
    of result are looked for in the samples of that kind.
    """
    places = places_of(page)
    rows = [
        (places.get((table.number, index)), entry, table)
        for table in page.tables_of("response", "object")
        for index, entry in enumerate(table.rows)
        if entry.row.name not in _OUTER and (table.status is None or table.status < 300)
    ]
    variants = frozenset(table.number for table in kind_tables(page))
    taken = {at for at, _, _ in rows if at in every}
    moved: set[int] = set()
    for documented, entry, table in rows:
        kind = kinds.get(table.number)
        shown = (
            shown_places({"result": cast("Json", result)} for result in kind.shown) if kind and kind.shown else every
        )
        at = documented
        if at is None and table.number in variants:
            at = RESULT if entry.row.name == "result" else f"{RESULT}/{entry.row.name}"
        if at is None or (at not in shown and shown):
            found = next((one for one in shown if one.endswith(f"/{entry.row.name}") and one not in taken), None)
            if found is not None:
                taken.add(found)
                moved.add(table.number)
                at = found
        if at is not None:
            yield at, entry, table, at not in shown and table.number in moved


def _listed(page: ReadPage, entry: ReadRow) -> tuple[str, ...]:
    """The values that a row lists, or the table of values that it names."""
    row = entry.row
    table = next((table for table in page.tables_of("values") if table.number == row.values_of), None)
    if row.values or table is None:
        return row.values
    return table.listed.get(row.name) or tuple(value.row.name for value in table.rows)


def _documented(page: ReadPage, at: str, entry: ReadRow, table: ReadTable) -> Field:
    row = entry.row
    stated = known_type(narrow(row.type or ""))
    numbers = stated in _NUMBERS
    return Field(
        at=at,
        types=(str(stated),) if stated is not None else (),
        entry=entry,
        tables=(table.number,),
        entries=[entry],
        values=tuple(dict.fromkeys(_listed(page, entry))) if stated in ("string", None) else (),
        minimum=row.minimum if numbers else None,
        maximum=row.maximum if numbers else None,
    )


def _joined(one: Field, other: Field) -> Field:
    """What two tables say of one place: the values of both."""
    one.tables = tuple(dict.fromkeys(one.tables + other.tables))
    one.values = tuple(dict.fromkeys(one.values + other.values)) if one.values and other.values else ()
    one.types = tuple(dict.fromkeys(one.types + other.types))
    one.entries += other.entries
    return one


def _told_apart(made: Field, kinds: Collection[Kind], stated: Mapping[str, Field]) -> None:
    """What kinds of a result say of a field: which always show it, and of which type or value it is in them alone."""
    if made.at.rpartition("/")[0] != RESULT:
        return
    for kind in kinds:
        if kind.name not in stated:
            continue
        if kind.shown and all(made.name in result for result in kind.shown):
            made.present_in += (kind.name,)
        own = stated[kind.name]
        values = {"": [], made.at: [result[made.name] for result in kind.shown if made.name in result]}
        _held_against(own, cast("Mapping[str, list[Json]]", values))
        if made.name != kind.by:
            made.narrower[kind.name] = own
    if made.present_in or made.narrower:
        made.present = len(made.present_in) == len(kinds)
    said = {(own.types, own.values) for own in made.narrower.values()}
    if len(said) == 1:
        made.types, made.values = said.pop()
        for own in made.narrower.values():
            made.differs |= own.differs
        made.narrower.clear()
    elif any(own.values != made.values for own in made.narrower.values()):
        made.values = ()


def _entries(made: Field, fields: dict[str, Field], shown: Mapping[str, list[Json]]) -> None:
    """The entries of a list, to any depth, as documented or as shown."""
    if made.entry is None:
        return
    printed, at, below = narrow(made.entry.row.type or ""), made.at, made
    while "array" in (*below.types, *json_types(shown.get(at, ()))):
        at = f"{at}/*"
        printed = entries_type(printed) or ""
        kind = known_type(printed)
        if at not in fields:
            fields[at] = Field(at, (kind,) if kind else (), None, made.tables)
        below = fields[at]
        if not below.types and at not in shown:
            return


def _held_against(made: Field, shown: Mapping[str, list[Json]]) -> None:
    """Follow the samples where they show something else than the tables."""
    values = shown.get(made.at, [])
    parents = [value for value in shown.get(made.at.rpartition("/")[0], []) if isinstance(value, dict)]
    made.shown = bool(values)
    made.present = bool(parents) and all(made.name in parent for parent in parents)
    kinds = json_types(values)
    if made.types and not all(_fits(kind, made.types) for kind in kinds):
        made.differs["type"] = " or ".join(kinds)
        made.types = kinds
        made.values, made.minimum, made.maximum = (), None, None
    elif not made.types:
        made.types = kinds
    others = [str(value) for value in values if made.values and value not in made.values]
    if others:
        made.differs["values"] = ", ".join(dict.fromkeys(others))
        made.values = tuple(dict.fromkeys((*made.values, *others)))
    beyond = [cast("float", value) for value in values if _outside(value, made.minimum, made.maximum)]
    if beyond:
        made.differs["range"] = ", ".join(str(value) for value in beyond)
        made.minimum = min(made.minimum, *beyond) if made.minimum is not None else None
        made.maximum = max(made.maximum, *beyond) if made.maximum is not None else None


def _outside(value: Json, least: float | None, most: float | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (least is not None and value < least) or (most is not None and value > most)


def _fits(kind: str, types: Sequence[str]) -> bool:
    return kind in types or (kind == "integer" and "number" in types)


# Where the fields of a page's tables are in an answer: JSON Pointers, and the object that a row refers to.
#
# A row refers to the table that describes its object by the object's name (`Array of X objects`), by the table's
# number (`Table 5 object`), or by naming the table in its description.


_OBJECT_TYPE = re.compile(r"(?:[Aa]rray of |[Ll]ist of )?([A-Za-z_][A-Za-z0-9_]{0,99}) [Oo]bjects?")
_PLAIN_OBJECT = re.compile(r"(?:[Aa]rray of |[Ll]ist of )?(?:[Oo]bjects?|[Ll]ist|[Aa]rray|JSON|Json|Map)")


@dataclass(frozen=True, slots=True)
class _Objects:
    """The tables of a page that describe objects, by the object's name and by number; the first of two of a name."""

    by_name: Mapping[str, ReadTable]
    by_number: Mapping[int, ReadTable]

    def of(self, entry: ReadRow) -> ReadTable | None:
        """The table of the object that the row holds, or that each entry of its list is; None without one."""
        printed = narrow(entry.row.type or "")
        named = _OBJECT_TYPE.fullmatch(printed)
        table = self.by_name.get(named[1]) if named else None
        table = table or self.by_name.get(entry.row.name)
        if table is None and ("object" in printed.casefold() or _PLAIN_OBJECT.fullmatch(printed)):
            table = next((self.by_number[number] for number in entry.mentions if number in self.by_number), None)
        return table


def _objects_of(page: ReadPage) -> _Objects:
    tables = page.tables_of("object")
    by_name = {table.object: table for table in reversed(tables) if table.object is not None}
    return _Objects(by_name, {table.number: table for table in tables})


def places_of(page: ReadPage) -> dict[tuple[int, int], str]:
    """The JSON Pointer (`*` for every entry of a list) of each row of an answer, by table number and row index.

    A table of an object that is used in several places has its first one; rows that no answer leads to have none.
    """
    objects = _objects_of(page)
    places: dict[tuple[int, int], str] = {}
    waiting = deque((table, "") for table in page.tables_of("response"))
    placed = {table.number for table, _ in waiting}
    while waiting:
        table, above = waiting.popleft()
        flat = _flat_result(table, objects)
        for index, entry in enumerate(table.rows):
            place = f"{'/result' if index in flat else above}/{entry.row.name}"
            places[table.number, index] = place
            described = objects.of(entry)
            if described is not None and described.number not in placed:
                placed.add(described.number)
                waiting.append(
                    (described, place + ("/*" if known_type(narrow(entry.row.type or "")) == "array" else ""))
                )
    return places


def _flat_result(table: ReadTable, objects: _Objects) -> frozenset[int]:
    """The rows of a flat response table that are members of its row `result`; none where the table is not flat.

    The older pages list the members of the result beside it, without a table of their own.
    """
    if table.kind != "response":
        return frozenset()
    result = next((entry for entry in table.rows if entry.row.name == "result"), None)
    if result is None or objects.of(result) is not None:
        return frozenset()
    return frozenset(
        index
        for index, entry in enumerate(table.rows)
        if entry.row.name not in ("result", *_OUTER) and entry.row.presence != "failure"
    )
