"""The catalogues that all contracts share: error codes and faults, open points, positions on them.

They are `errors.toml`, `positions.toml` and `points.toml` in `schemas/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, cast

from conformance.contract.requirements import LEVELS
from conformance.entries import (
    FLAG,
    LABELS,
    TABLE,
    TABLES,
    TEXT,
    TEXTS,
    WHOLES,
    Forms,
    entries_of,
    members_of,
    tables_of,
    text_from,
    word_of,
)
from conformance.files import DataError, data_folder, mistakes_in, read_toml
from conformance.text import Text, expected, one_of, said_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from conformance.contract.requirements import Level
    from conformance.contract.tables import Page

# Error codes and faults: every code with its message, and the codes accepted for each fault of a request.


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code of the error page: its text as documented, the module that raises it, the editions that list it.

    `message` is None where a part of the text varies, so that no answer can be held against it.
    """

    code: str
    message: str | None
    module: str
    meaning: Text
    editions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong with a request, and the codes with which a careful buyer accepts its refusal.

    `statuses` are HTTP statuses that say the same where a gateway refuses without a code.
    """

    id: str
    codes: frozenset[str]
    title: Text
    statuses: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ErrorCatalogue:
    """All codes and all faults by id, and groups of codes that say the same kind of thing (`authentication`)."""

    codes: Mapping[str, ErrorCode]
    faults: Mapping[str, Fault]
    groups: Mapping[str, frozenset[str]]

    @property
    def prefixes(self) -> frozenset[str]:
        """What stands before the dot of a code."""
        return frozenset(code.partition(".")[0] for code in self.codes)

    def allowed(self, fault_ids: frozenset[str]) -> frozenset[str]:
        """Codes allowed for a request with these faults: any code of any of them."""
        return frozenset().union(*(self.faults[fault].codes for fault in fault_ids))

    def allowed_statuses(self, fault_ids: frozenset[str]) -> frozenset[int]:
        """HTTP statuses that refuse a request with these faults in a gateway's own words, without a code."""
        return frozenset().union(*(self.faults[fault].statuses for fault in fault_ids))


def read_errors(path: Path) -> ErrorCatalogue:
    """Read `errors.toml`. Raises DataError naming the file and the entry of the mistake."""
    data = read_toml(path)
    with mistakes_in(path):
        codes = {name: _code(name, entry) for name, entry in entries_of(data, "code").items()}
        groups = {
            name: frozenset(members) for name, members in cast("Mapping[str, list[str]]", data.get("group", {})).items()
        }
        faults = {name: _fault(name, entry, groups) for name, entry in entries_of(data, "fault").items()}
    unknown = sorted(set().union(*(fault.codes for fault in faults.values())) - set(codes))
    if unknown:
        raise DataError(
            f"{path}: faults allow codes that are not in the catalogue: {', '.join(unknown)}",
            f"{path}：faults 中有错误码不在目录内：{'、'.join(unknown)}",
        )
    return ErrorCatalogue(codes, faults, groups)


_CODE: Forms = {"message": TEXT, "module": TEXT, "variable": FLAG, "editions": TEXTS, **LABELS}
_FAULT: Forms = {"codes": TEXTS, "statuses": WHOLES, **LABELS}


def _code(code: str, entry: Mapping[str, object]) -> ErrorCode:
    with mistakes_in(f"code {code}"):
        members = members_of(entry, _CODE, "module", *(() if entry.get("variable") else ("message",)))
        message = None if members.pop("variable", False) else members["message"]
        return ErrorCode(code=code, meaning=text_from(entry), **{**members, "message": message})


def _fault(fault: str, entry: Mapping[str, object], groups: Mapping[str, frozenset[str]]) -> Fault:
    with mistakes_in(f"fault {fault}"):
        members = members_of(entry, _FAULT, "codes")
        codes: set[str] = set()
        for code in members["codes"]:
            if code.startswith("@") and code[1:] not in groups:
                raise DataError(
                    f"no group {code!r}; groups are {', '.join(sorted(groups))}",
                    f"没有组 {code!r}；已有 {'、'.join(sorted(groups))}",
                )
            codes |= groups[code[1:]] if code.startswith("@") else {code}
        return Fault(fault, frozenset(codes), text_from(entry), frozenset(members.get("statuses", ())))


# Positions: what a target may do where the documents leave a point open.


@dataclass(frozen=True, slots=True)
class PositionValue:
    """One value of a position, and what follows from it for requirements.

    `lifts` are names of requirements that do not hold under it; `restates` gives others another
    statement (`en`, `zh`) and perhaps another level. `demands` are those that say what it means: where a target states
    the value itself, they have the level of the position.
    """

    name: str
    meaning: Text
    lifts: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    restates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Position:
    """One switch: its values by name, the one that holds where a statement says nothing, the points it settles.

    `level` is that of a value which a target states itself, whether it then does more or less than it says.
    `contracts` are the ones that have it, with all that extend them; empty for every contract.
    """

    id: str
    title: Text
    default: str
    values: Mapping[str, PositionValue]
    points: tuple[int, ...]
    contracts: tuple[str, ...] = ()
    level: Level = "must"

    def value_with(self, requirement: str) -> str:
        """A value under which a requirement holds that another value lifts: the default, else the first one."""
        names = (self.default, *self.values)
        return next((name for name in names if requirement not in self.values[name].lifts), self.default)

    def concerns(self, page: Page) -> bool:
        """Whether the contract of a page has this switch."""
        if not self.contracts:
            return True
        return page.id in self.contracts or (page.base is not None and self.concerns(page.base))


def read_positions(path: Path | None = None) -> dict[str, Position]:
    """Every position by id, in the file's order. Raises DataError naming file and entry of a mistake."""
    path = path or data_folder("schemas") / "positions.toml"
    found: dict[str, Position] = {}
    for entry in tables_of(read_toml(path), "position"):
        with mistakes_in(f"{path}: position {entry.get('id')}"):
            position = _position(entry)
        found[position.id] = position
    return found


def position_values(catalogue: Mapping[str, Position], page: Page, chosen: Mapping[str, str]) -> dict[str, str]:
    """The value of every position that the contract of a page has: the chosen one, or the default.

    Raises DataError for a chosen value that the position does not have.
    """
    values = {name: chosen.get(name, p.default) for name, p in catalogue.items() if p.concerns(page)}
    for name, value in values.items():
        if value not in catalogue[name].values:
            raise DataError(
                f"the position {name} = {value!r}; expected one of {', '.join(catalogue[name].values)}",
                f"取定做法 {name} = {value!r}；应为 {'、'.join(catalogue[name].values)} 之一",
            )
    return values


def possible_needs(catalogue: Mapping[str, Position]) -> list[str]:
    """What a requirement may need of a target: `url`, or a value of a position."""
    return ["url", *(f"{position.id}={value}" for position in catalogue.values() for value in position.values)]


def requirement_changes(
    catalogue: Mapping[str, Position], positions: Mapping[str, str], declared: Collection[str] = ()
) -> dict[str, Mapping[str, object]]:
    """What positions change in the entries of requirements, by name; `declared` are those that a target states itself.

    A lifted requirement becomes open and needs a value that does not lift it, so that it is not applicable.
    """
    changes: dict[str, Mapping[str, object]] = {}
    for name, value in positions.items():
        position = catalogue[name]
        chosen = position.values[value]
        for lifted in chosen.lifts:
            needs = f"{name}={position.value_with(lifted)}"
            changes[lifted] = {**changes.get(lifted, {}), "level": "open", "needs": needs}
        for restated, entry in chosen.restates.items():
            changes[restated] = {**changes.get(restated, {}), **entry}
        for demanded in chosen.demands if name in declared else ():
            changes[demanded] = {**changes.get(demanded, {}), "level": position.level}
    return changes


def other_readings(
    catalogue: Mapping[str, Position], page: Page, chosen: Mapping[str, str], requirement: str
) -> list[tuple[str, PositionValue]]:
    """Positions with a value that a target statement could declare, under which a requirement (its name) does not hold,
    or says something else.
    """
    return [
        (position.id, value)
        for position in catalogue.values()
        if position.concerns(page)
        for value in position.values.values()
        if value.name != chosen.get(position.id, position.default)
        and (requirement in value.lifts or requirement in value.restates)
    ]


def check_transport(origin: str, positions: Mapping[str, str], *, local: bool) -> None:
    """Raise DataError for a plain http origin that the positions of a target do not allow.

    `local` says that the origin is on this machine.
    """
    if origin.lower().startswith("http://") and not local and positions.get("transport.plain-http") != "any":
        raise DataError(
            "expected an https:// address beyond this machine, since each request carries credentials; "
            f"found {origin}; "
            'use https, or state "transport.plain-http" = "any" in the target statement for a network that '
            "you trust",
            f"本机以外的地址应为 https://，因为每个请求都带凭证；实为 {origin}；请使用 https，"
            '或对可信任的网络在被测系统声明中写 "transport.plain-http" = "any"',
        )


_VALUE: Forms = {"name": TEXT, "lifts": TEXTS, "demands": TEXTS, "restates": TABLE, **LABELS}
_POSITION: Forms = {
    **dict.fromkeys(("id", "default"), TEXT),
    "points": WHOLES,
    "contracts": TEXTS,
    "level": word_of(LEVELS),
    "value": TABLES,
    **LABELS,
}
_RESTATED: Forms = {"level": word_of(LEVELS), **LABELS}


def _position(entry: Mapping[str, object]) -> Position:
    members = members_of(entry, _POSITION, "id", "default", "points", "value")
    values = {value.name: value for value in map(_value, members.pop("value"))}
    if members["default"] not in values:
        raise DataError(said_of("default", expected(one_of(values), members["default"])))
    return Position(title=text_from(entry), values=values, **members)


def _value(entry: Mapping[str, object]) -> PositionValue:
    members = members_of(entry, _VALUE, "name")
    for name, restated in members.get("restates", {}).items():
        with mistakes_in(f"restates {name}"):
            members_of(restated, _RESTATED, "en", "zh")
    return PositionValue(meaning=text_from(entry), **members)


# Open points. Each is decided by the requirements and positions that name its number, or excluded for a stated reason.


@dataclass(frozen=True, slots=True)
class Point:
    """One open point: its number, what is open, and why it is excluded (None where something decides it)."""

    number: int
    title: Text
    why: Text | None


def read_points(path: Path | None = None) -> dict[int, Point]:
    """Every open point by number. Raises DataError naming file and number of a mistake."""
    path = path or data_folder("schemas") / "points.toml"
    found: dict[int, Point] = {}
    for number, entry in entries_of(read_toml(path), "point").items():
        with mistakes_in(f"{path}: point {number}"):
            members = members_of(entry, {"why": TABLE, **LABELS})
            found[int(number)] = Point(int(number), text_from(entry), text_from(members["why"]) if members else None)
    return found


@cache
def known_points() -> frozenset[int]:
    """The numbers of the open points. Raises DataError for a mistake in `points.toml`."""
    return frozenset(read_points())
