"""The account of the open points of the documents: what `schemas/points.toml` holds, and what decides each of them.

A point is decided by the requirements and positions that name its number, or it is excluded for a stated reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from conformance.contract.datafiles import DataError, data_folder, mistakes_in, read_toml
from conformance.contract.tables import Text, text_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from conformance.contract.positions import Position
    from conformance.contract.requirements import Requirement


@dataclass(frozen=True, slots=True)
class Point:
    """One open point: its number, what is open, and why it is excluded (None where something decides it)."""

    number: int
    title: Text
    why: Text | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A point beside what decides it: full ids of requirements, in the contracts' order, and ids of positions."""

    point: Point
    requirements: tuple[str, ...]
    positions: tuple[str, ...]


def read_points(path: Path | None = None) -> dict[int, Point]:
    """Every open point by number. Raises DataError naming file and number of a mistake."""
    path = path or data_folder("schemas") / "points.toml"
    found: dict[int, Point] = {}
    for number, entry in cast("Mapping[str, Mapping[str, object]]", read_toml(path).get("point", {})).items():
        with mistakes_in(f"{path}: point {number}"):
            why = cast("Mapping[str, object] | None", entry.get("why"))
            found[int(number)] = Point(int(number), text_from(entry), text_from(why) if why is not None else None)
    return found


@cache
def known_points() -> frozenset[int]:
    """The numbers of the open points. Raises DataError for a mistake in `points.toml`."""
    return frozenset(read_points())


def decisions(
    points: Mapping[int, Point], requirements: Iterable[Requirement], positions: Mapping[str, Position]
) -> dict[int, Decision]:
    """What decides each point among these requirements and positions.

    Raises DataError where a requirement or a position names a number that is no point.
    """
    deciders: dict[int, list[str]] = {number: [] for number in points}
    switches: dict[int, list[str]] = {number: [] for number in points}
    named = [(r.id, r.points, deciders) for r in requirements]
    named += [(position.id, position.points, switches) for position in positions.values()]
    for name, numbers, deciding in named:
        for number in numbers:
            if number not in deciding:
                raise DataError(f"{name}: points: there is no open point {number}; they run from 1 to {len(points)}")
            deciding[number].append(name)
    return {
        number: Decision(point, tuple(deciders[number]), tuple(switches[number])) for number, point in points.items()
    }
