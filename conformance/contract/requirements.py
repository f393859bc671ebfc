"""The requirements of a contract: what `schemas/<contract id>/requirements/*.toml` holds.

Each requirement names the check that judges it. Four checks are data alone and take their subject from the entry:
`schema` (keywords of the derived schemas), `accepted` (features of a request that must be accepted), `rejected` and
`code` (faults that must be refused, and the code they are refused with). Any other name is a function in `judging/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from conformance.contract.family import FAMILY, Addition, additions, bound, parameters, placed, shared
from conformance.contract.subschema import BRANCHES
from conformance.contract.tables import BASES, Basis
from conformance.entries import (
    FLAG,
    LABELS,
    TEXT,
    TEXTS,
    WHOLE,
    Form,
    Forms,
    list_of,
    members_of,
    text_from,
    word_of,
)
from conformance.files import DataError, data_folder, mistakes_in, near_it, nearest, read_toml
from conformance.text import Text, said_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from conformance.contract.tables import Page

Level: TypeAlias = Literal["must", "should", "open"]
LEVELS: tuple[Level, ...] = get_args(Level)
Depth: TypeAlias = Literal["smoke", "standard", "thorough"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)
MeasureKind: TypeAlias = Literal["recall", "precision", "fields", "latency", "billed"]
Pictures: TypeAlias = Literal["own", "specimens"]

EVERY = "*"
"""The entry of a file whose keys each other entry of it has, unless it says otherwise."""

MEASURED = "measured"
"""Begins the names of limits on a whole run; also the name of the purpose that decides them, which sends nothing."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword of a derived schema: `/result/* recognised required:type`.

    `at` is a JSON Pointer with `*` for every entry of a list; `branch` narrows it to recognised or failed tickets, or
    to one kind of result; `member` is the property that a `required` names.
    """

    at: str
    keyword: str
    branch: str | None = None
    member: str | None = None

    @classmethod
    def parse(cls, text: str, branches: Collection[str] = BRANCHES) -> Keyword:
        """Read `<pointer> [<branch>] <keyword>[:<member>]`. Raises DataError for any other form or branch."""
        parts = text.split()
        if len(parts) not in (2, 3) or (len(parts) == 3 and parts[1] not in branches):
            form = f"'<pointer> [{'|'.join(branches)}] <keyword>[:<member>]'"
            raise DataError(f"expected {form}, found {text!r}", f"应为 {form}，实为 {text!r}")
        keyword, _, member = parts[-1].partition(":")
        return cls("" if parts[0] == "/" else parts[0], keyword, parts[1] if len(parts) == 3 else None, member or None)

    def __str__(self) -> str:
        """The form that `parse` reads."""
        last = self.keyword if self.member is None else f"{self.keyword}:{self.member}"
        return " ".join(part for part in (self.at or "/", self.branch, last) if part)


@dataclass(frozen=True, slots=True)
class Measure:
    """One limit. `bound` is a share of at least (recall, precision), milliseconds at most (latency), or tickets.

    `type` narrows recall, precision and fields (the share of printed fields that are read right) to one type, None
    means all; they are taken on pictures of the user's own or on the specimens, and hold with `confidence`.
    `percentile` is that of a latency, 100 for the slowest answer. `contract` is the one that it is stated for, None for
    each that it can concern.
    """

    kind: MeasureKind
    bound: float
    place: str
    level: Level = "must"
    type: str | None = None
    pictures: Pictures = "own"
    confidence: float = 0.95
    percentile: float = 0.0
    contract: str | None = None

    @property
    def of_recognition(self) -> bool:
        """Whether it is about what was recognised, which conformity does not speak of."""
        return self.kind in ("recall", "precision", "fields")

    @property
    def name(self) -> str:
        """The name of its requirement: `measured.recall.train_ticket`, `measured.latency.p95`."""
        if self.kind == "latency":
            return f"measured.latency.p{self.percentile:g}"
        parts = [MEASURED, self.kind, self.type, "specimens" if self.pictures == "specimens" else None]
        return ".".join(part for part in parts if part)

    def concerns(self, page: Page) -> bool:
        """Whether a contract has what it speaks of."""
        if self.contract is not None:
            return self.contract == page.id
        return self.type is None or self.type in page.types


@dataclass(frozen=True, slots=True)
class Requirement:
    """One checkable statement of a contract.

    `id` is `<contract id>/<name>`; `source` names the place in the document (`table 3, location`, `sample, success`,
    `section ...`); `points` are numbers of the open points (schemas/points.toml) that it decides. `needs` is a
    capability that a target has to declare (`url`); without it the requirement is not applicable. `depth` is the
    shallowest depth whose verdict speaks of it. `measure` is the limit of a target statement that it was made of.
    `where_seen` says that it speaks of what need not be there: it is not applicable where nothing of it is seen.
    """

    id: str
    name: str
    level: Level
    basis: Basis
    source: str
    statement: Text
    check: str
    keywords: tuple[Keyword, ...] = ()
    features: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    points: tuple[int, ...] = ()
    needs: str | None = None
    depth: Depth = "standard"
    measure: Measure | None = None
    where_seen: bool = False


_STATED = ("level", "basis", "source", "en", "zh")
"""What each requirement has to state."""

_ENTRY: Forms = {
    "level": word_of(LEVELS),
    "basis": word_of(BASES),
    "source": Form(
        Text("the place in the document, such as 'table 3, location'", "文档中的位置，如 'table 3, location'"),
        lambda value: isinstance(value, str) and value != "",
    ),
    **dict.fromkeys(("check", "needs"), TEXT),
    **dict.fromkeys(("keywords", "features", "faults"), TEXTS),
    "points": list_of(WHOLE, Text("a list of numbers of points.toml", "points.toml 的编号列表")),
    "depth": word_of(DEPTHS),
    "where-seen": FLAG,
    **LABELS,
}


def failing_levels(*, strict: bool) -> tuple[Level, ...]:
    """Levels whose breach fails a run."""
    return ("must", "should") if strict else ("must",)


def read_requirements(
    folder: Path, page: Page, changes: Mapping[str, Mapping[str, object]] = MappingProxyType({})
) -> dict[str, Requirement]:
    """Every requirement of a contract by name: those of the contract that it extends first, then its own.

    An entry of a name that the extended contract has replaces the keys it states; `drop` lists names that no longer
    hold. `changes` replace keys last: what the positions of a target make of an entry. Raises DataError naming file
    and entry.
    """
    found: dict[str, Requirement] = {}
    for name, (path, stated) in _entries(folder, page).items():
        with mistakes_in(f"{path}: {name}"):
            entry = placed(stated, page)
            if entry is not None:
                found[name] = _requirement(page, name, {**entry, **changes.get(name, {})})
            elif path.parent == folder:
                raise DataError(
                    f"row: no numbered table has a row {stated['row']!r}",
                    f"row：有编号的表中没有行 {stated['row']!r}",
                )
    if not found:
        raise DataError(
            f"{folder}: expected requirement files (*.toml), found none",
            f"{folder}：应有要求文件（*.toml），未找到",
        )
    return found


def check_references(
    requirements: Iterable[Requirement], needs: Collection[str], points: Collection[int], faults: Collection[str]
) -> None:
    """Raise DataError where a requirement needs what no target can declare, or names no open point or no fault."""
    for requirement in requirements:
        for fault in (*requirement.faults, *(requirement.features if requirement.check == "open" else ())):
            if fault not in faults:
                hint = near_it(fault, faults)
                raise DataError(
                    f"{requirement.id}: errors.toml has no fault {fault!r}; {hint.en}",
                    f"{requirement.id}：errors.toml 没有 fault {fault!r}；{hint.zh}",
                )
        if requirement.needs is not None and requirement.needs not in needs:
            near = ", ".join(nearest(requirement.needs, needs))
            raise DataError(
                f"{requirement.id}: needs: expected url, or <position>=<value> of positions.toml, found "
                f"{requirement.needs!r}{f'; near it are {near}' if near else ''}",
                f"{requirement.id}：needs：应为 url，或 positions.toml 的 <position>=<value>，实为 "
                f"{requirement.needs!r}{f'；相近的有 {near}' if near else ''}",
            )
        for number in requirement.points:
            if number not in points:
                raise DataError(
                    f"{requirement.id}: points: there is no open point {number}; they run from 1 to {len(points)}",
                    f"{requirement.id}：points：没有文档未明确项 {number}；编号为 1～{len(points)}",
                )


Entries: TypeAlias = "dict[str, tuple[Path, Mapping[str, object]]]"
"""Entries by name, each with the file that it was last stated in."""


def _entries(folder: Path, page: Page) -> Entries:
    """The entries that a contract's requirements are made of: the family's, those of editions before, its own."""
    found: Entries = {}
    for stating in reversed((page, *page.before)):
        own = folder if stating is page else folder.parent.parent / stating.id / folder.name
        for name in stating.family if stating.base is None else ():
            sets = folder.parent.parent / FAMILY
            sets = sets if sets.is_dir() else data_folder("schemas") / FAMILY  # of a contract that was added
            found |= _shared(sets / folder.name / f"{name}.toml", page)
        stated: set[str] = set()
        for path in sorted(own.glob("*.toml")):
            _state(found, path, page, stated, later=stating.base is not None)
    for addition in additions():
        _add(found, addition, page)
    return found


def _add(found: Entries, addition: Addition, page: Page) -> None:
    """Put what another distribution states of a contract, and of editions before it, beside what there is."""
    heads = {name.partition(".")[0] for name in found}
    stated: set[str] = set()
    for stating in reversed((page, *page.before)):
        for path in addition.files(stating.id):
            with mistakes_in(addition.origin):
                if addition.name in heads:
                    raise DataError(
                        f"{path}: requirements of the kit begin with {addition.name!r}; take another name",
                        f"{path}：套件已有以 {addition.name!r} 开头的要求；请换一个名称",
                    )
                _check_added(path, addition)
                _state(found, path, page, stated, later=False)


def _check_added(path: Path, addition: Addition) -> None:
    """Raise DataError for what a file of another distribution may not state."""
    data = read_toml(path)
    if "drop" in data:
        added = Text("expected requirements that are added, and none that is taken away", "只可增加要求，不可去掉")
        raise DataError(said_of(f"{path}: drop", added))
    for name, entry in _stated(path, data):
        begins = f"{addition.name}."
        if not addition.owns(name):
            words = Text(f"expected a name that begins with {begins!r}", f"名称应以 {begins!r} 开头")
            raise DataError(said_of(f"{path}: {name}", words))
        if "keywords" in entry:
            words = Text("the schemas of the kit stay as they are; give it a check", "schema 不变；请给出检查")
            raise DataError(said_of(f"{path}: {name}: keywords", words))


def _shared(path: Path, page: Page) -> Entries:
    """The entries of a set of the family that apply to a page."""
    found: Entries = {}
    values = parameters(page)
    for name, written in _stated(path, read_toml(path)):
        with mistakes_in(f"{path}: {name}"):
            for told, made in shared(name, written, page, values):
                found[told] = (path, made)
    return found


def _state(found: Entries, path: Path, page: Page, stated: set[str], *, later: bool) -> None:
    """Put what a contract's own file states over what there is: `drop` takes away, keys of a known entry replace."""
    data, values = read_toml(path), parameters(page)
    for name in members_of({"drop": data.get("drop", [])}, {"drop": TEXTS})["drop"]:
        if found.pop(name, None) is None:
            raise DataError(
                f"{path}: drop: the edition before has no requirement {name!r}",
                f"{path}：drop：前一版没有要求 {name!r}",
            )
    for name, written in _stated(path, data):
        with mistakes_in(f"{path}: {name}"):
            made = list(bound(name, written, values))
        for told, changes in made:
            if told in stated:
                raise DataError(
                    f"{path}: {told}: this requirement is stated twice", f"{path}：{told}：该要求给出了两次"
                )
            stated.add(told)
            missing = [key for key in _STATED if key not in changes and not (key == "source" and "row" in changes)]
            if later and told not in found and missing:
                near = near_it(told, found)
                raise DataError(
                    f"{path}: {told}: the edition before has no such requirement; {near.en}; "
                    f"a new one has to state {', '.join(missing)}",
                    f"{path}：{told}：前一版没有该要求；{near.zh}；新要求须写明 {'、'.join(missing)}",
                )
            before = dict(found[told][1]) if told in found else {}
            if "source" in changes:
                before.pop("row", None)
            found[told] = (path, {**before, **changes})


def _stated(path: Path, data: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The entries of a file by name, each over what `*` states for all of them."""
    entries = {name: _stated_entry(path, name, entry) for name, entry in data.items() if name != "drop"}
    for name, entry in entries.items():
        if name != EVERY:
            yield name, {**entries.get(EVERY, {}), **entry}


def _stated_entry(path: Path, name: str, entry: object) -> Mapping[str, object]:
    """What a file states under a name. Raises DataError where that is no table, or the name was cut at its dots."""
    if not isinstance(entry, dict):
        raise DataError(
            f'{path}: {name}: expected a table (["{name}"]), found {entry!r}',
            f'{path}：{name}：应为表（["{name}"]），实为 {entry!r}',
        )
    inner, parts = entry, [name]
    while nested := next((key for key in inner if key != "otherwise" and isinstance(inner[key], dict)), None):
        inner = inner[nested]
        parts.append(nested)
    if len(parts) > 1:
        whole = ".".join(parts)
        raise DataError(
            f'{path}: expected ["{whole}"], found [{whole}]; quote names that have dots',
            f'{path}：应为 ["{whole}"]，实为 [{whole}]；含点的名称须加引号',
        )
    return entry


def _requirement(page: Page, name: str, entry: Mapping[str, object]) -> Requirement:
    members = members_of(entry, _ENTRY, "level", "basis", "source")
    branches = [variant.name for variant in page.variants] or BRANCHES
    members["keywords"] = tuple(Keyword.parse(text, branches) for text in members.get("keywords", ()))
    members.setdefault("check", _usual_check(name, entry))
    return Requirement(id=f"{page.id}/{name}", name=name, statement=text_from(entry), **members)


def _usual_check(name: str, entry: Mapping[str, object]) -> str:
    """The check of an entry that names none: by what it lists, else the check of the entry's own name."""
    if "keywords" in entry:
        return "schema"
    if "features" in entry:
        return "accepted"
    if "faults" in entry:
        return "code" if name.endswith(".code") else "rejected"
    return "relation" if name.startswith("relation.") else name
