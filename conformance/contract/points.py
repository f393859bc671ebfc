"""The account of the open points of the documents: what `schemas/points.toml` holds.

A point is decided by the requirements and positions that name its number, or it is excluded for a stated reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from conformance.contract.entries import LABELS, TABLE, entries_of, members_of, text_from
from conformance.files import data_folder, mistakes_in, read_toml
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path


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
