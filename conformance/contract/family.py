"""Requirements from elsewhere: what the operations of the family say alike, and what other distributions add."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from conformance.files import DataError
from conformance.text import Text

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from conformance.contract.tables import Page, Row


Entry = Mapping[str, object]

FAMILY = "family"
"""The folder of the sets, in `schemas/` and in `cases/`; also the key of tables.toml that lists those taken."""

LATER_SIDE_MAX = 8192
"""Pixels that later editions of the service document where the first one says 8000 (open point 29)."""

_WORDS = {
    "tickets": (Text("tickets", "票证"), Text("ticket", "票证")),
    "document": (Text("document", "证件"), Text("document", "证件")),
    "fields": (Text("result", "结果"), Text("document", "材料")),
}
"""What an answer holds, in words: all of it, and one of them."""

_BEYOND: Mapping[str, tuple[str, ...]] = {
    "picture.side-below": ("side_min",),
    "picture.side-far-below": ("side_min",),
    "picture.side-above": ("side_max",),
    "picture.side-far-above": ("side_max",),
    "url.sides": ("side_min", "side_max"),
}
"""The limits of a picture that a fault is beyond: where a page states none, nothing can be."""

_PARAMETER = re.compile(r"\{([a-z_-]+)\}")


@dataclass(frozen=True, slots=True)
class Sides:
    """Limits of a picture's sides in pixels (open points 28 to 30).

    `least` and `most` are inclusive; at most `far_below`, or at least `far_above`, is clearly out of bounds.
    """

    least: int
    far_below: int
    most: int
    far_above: int

    @classmethod
    def of(cls, least: int, most: int) -> Sides:
        """The sides of two documented limits."""
        # 8001 to 8192 is accepted by later editions of the same service, so that it proves little (open point 29).
        return cls(least, least // 2, most, LATER_SIDE_MAX + 1 if most < LATER_SIDE_MAX else 9000)


def parameters(page: Page) -> dict[str, Text]:
    """The parameters of a page by name, in both languages (which differ for words only)."""
    values: dict[str, str | int] = {"picture": page.picture}
    row = next((row for _, row in page.rows_of("body") if row.name == page.picture), None)
    if row is not None and row.side_min is not None:
        sides = Sides.of(row.side_min, row.side_max or LATER_SIDE_MAX)
        values |= {"side-min": sides.least, "side-below": sides.least - 1, "side-far-below": sides.far_below}
    if row is not None and row.side_max is not None:
        sides = Sides.of(row.side_min or 1, row.side_max)
        values |= {"side-max": sides.most, "side-above": sides.most + 1, "side-far-above": sides.far_above}
    results, result = _WORDS[page.result]
    return {
        "results": results,
        "result": result,
        **{name: Text(str(value), str(value)) for name, value in values.items()},
    }


def filled(text: str, values: Mapping[str, Text], language: str = "en") -> str:
    """A text with its parameters filled in. Raises DataError for one that there is not."""

    def fill(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise DataError(
                f"there is no parameter {found[0]}; there are {', '.join(sorted(values))}",
                f"没有参数 {found[0]}；已有 {'、'.join(sorted(values))}",
            )
        return values[found[1]].in_language(language)

    return _PARAMETER.sub(fill, text)


def each(entry: Entry, values: Mapping[str, Text]) -> Iterator[tuple[Entry, dict[str, Text]]]:
    """An entry once for each line of its `each`, with the parameters of that line; once where it has none.

    A value of a line is a string, or a table of `en` and `zh`.
    """
    lines = cast("list[Mapping[str, object]]", entry.get("each", [{}]))
    rest = {key: value for key, value in entry.items() if key != "each"}
    for line in lines:
        yield rest, {**values, **{name: _both(value) for name, value in line.items()}}


def _both(value: object) -> Text:
    if isinstance(value, Mapping):
        return Text(str(value["en"]), str(value["zh"]))
    return Text(str(value), str(value))


def bound(name: str, entry: Entry, values: Mapping[str, Text]) -> Iterator[tuple[str, Entry]]:
    """The entries that one of a set, or of a contract's own, becomes: once for each line of `each`, parameters filled.

    The name has hyphens where a parameter has underscores.
    """
    for once, known in each(entry, values):
        hyphened = {key: Text(value.en.replace("_", "-"), value.zh) for key, value in known.items()}
        yield filled(name, hyphened), cast("Entry", written(once, known))


def shared(name: str, entry: Entry, page: Page, values: Mapping[str, Text]) -> Iterator[tuple[str, Entry]]:
    """The entries that one of a set becomes for a page: those that apply to it, parameters filled."""
    for once, known in each(entry, values):
        row = {"row": filled(str(once["row"]), known)} if "row" in once else {}
        taken = applied({**once, **row}, page)
        if taken is not None:
            yield from bound(name, taken, known)


def applied(entry: Entry, page: Page) -> Entry | None:
    """An entry of a set as a page takes it: with what `otherwise` changes, or None where it does not apply.

    It has the faults alone that a page with these limits can have.
    """
    rest = {key: value for key, value in entry.items() if key not in ("states", "result", "otherwise")}
    if "faults" in rest:
        rest["faults"] = [fault for fault in cast("list[str]", rest["faults"]) if _can_be(fault, page)]
        if not rest["faults"]:
            return None
    wanted = entry.get("result", page.result)
    if page.result not in (wanted if isinstance(wanted, list) else [wanted]):
        return None
    row = _row(page, str(entry["row"])) if "row" in entry else None
    if "row" not in entry or (row is not None and _states(row, str(entry.get("states", "")))):
        return rest
    if "otherwise" not in entry:
        return None
    otherwise = cast("Entry", entry["otherwise"])
    if row is None and "source" not in otherwise:
        return None
    if row is None:
        rest.pop("row")
    return {**rest, **otherwise}


def _can_be(fault: str, page: Page) -> bool:
    """Whether the picture of a page has the limits that a fault is beyond, and a url where it is one of a url."""
    limits = _BEYOND.get(fault, ())
    if fault.startswith("url.") and _row(page, "url") is None:
        return False
    return not limits or all(getattr(page.picture_row, limit) is not None for limit in limits)


def placed(entry: Entry, page: Page) -> Entry | None:
    """An entry whose `row` became its `source`: `table 3, location`. None where the page has no such row.

    A `source` beside a row may name `{table}`, the number of the row's table, and `{row}`, its name.
    """
    if "row" not in entry:
        return entry
    row = str(entry["row"])
    table = _table(page, row)
    if table is None:
        return None
    at = {"table": Text(str(table), str(table)), "row": Text(row, row)}
    source = filled(str(entry.get("source", "table {table}, {row}")), at)
    return {**{key: value for key, value in entry.items() if key != "row"}, "source": source}


def written(value: object, values: Mapping[str, Text], language: str = "en") -> object:
    """A value with the parameters of all of its strings filled in, but of those that say where a row stands.

    What stands under `zh` gets them in Chinese. Raises DataError for one that there is not.
    """
    if isinstance(value, str):
        return filled(value, values, language)
    if isinstance(value, list):
        return [written(item, values, language) for item in value]
    if isinstance(value, Mapping):
        return {
            key: item if key == "source" else written(item, values, "zh" if key == "zh" else language)
            for key, item in value.items()
        }
    return value


def _table(page: Page, name: str) -> int | None:
    """The number of the first table with a row of that name; None where no table has one."""
    return next((table.number for table in page.tables if table.number for row in table.rows if row.name == name), None)


def _row(page: Page, name: str) -> Row | None:
    return next((row for table in page.tables if table.number for row in table.rows if row.name == name), None)


def _states(row: Row, wanted: str) -> bool:
    """Whether a row states a limit (`file-advised`), or one value among several (`formats:TIFF`); "" is always so."""
    if not wanted:
        return True
    key, _, value = wanted.partition(":")
    stated = getattr(row, key.replace("-", "_"))
    return value in stated if value else bool(stated)


# What other distributions add: requirements of the documented contracts, and the checks that judge them.
#
# A distribution offers a module by the entry point group `ocr_conformance.checks`:
#
#     [project.entry-points."ocr_conformance.checks"]
#     acme = "acme_ocr.conformance"
#
# The module has `REQUIREMENTS`, a folder with `<contract id>/*.toml` in the form of schemas/<contract
# id>/requirements, and `CHECKS`, functions by name (conformance/judging/envelope.py). The names of both begin with
# that of the entry point and a dot (`acme.`), so that nothing of the kit is replaced.


GROUP = "ocr_conformance.checks"


@dataclass(frozen=True, slots=True)
class Addition:
    """What one entry point adds; `origin` says which, for messages. `requirements` is None where it has none."""

    name: str
    origin: str
    checks: Mapping[str, Callable[..., Any]]
    requirements: Path | None

    def files(self, contract_id: str) -> list[Path]:
        """Its requirement files of a contract, by name."""
        return sorted((self.requirements / contract_id).glob("*.toml")) if self.requirements is not None else []

    def owns(self, name: str) -> bool:
        """Whether a requirement or check may have that name."""
        return name.startswith(f"{self.name}.")


@cache
def additions() -> tuple[Addition, ...]:
    """What the installed distributions add, by the name of the entry point; looked for once in a process.

    Raises DataError naming distribution and entry point of what cannot be used.
    """
    from importlib.metadata import entry_points  # late: it brings a parser of mails

    return tuple(_addition(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name))


@cache
def added_checks() -> Mapping[str, Callable[..., Any]]:
    """All checks that are added, by name. Raises DataError."""
    return dict(item for addition in additions() for item in addition.checks.items())


def is_added(name: str) -> bool:
    """Whether a requirement of that name comes from another distribution. Raises DataError."""
    return any(addition.owns(name) for addition in additions())


def _addition(point: EntryPoint) -> Addition:
    distribution = point.dist.name if point.dist is not None else "?"
    origin = f"{distribution}: {GROUP}: {point.name} = {point.value}"
    try:
        offered: object = point.load()
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise DataError(f"{origin}: cannot be loaded: {said}", f"{origin}：无法加载：{said}") from error
    checks, folder = getattr(offered, "CHECKS", {}), getattr(offered, "REQUIREMENTS", None)
    for en, zh in _mistakes(point.name, checks, folder):
        raise DataError(f"{origin}: {en}", f"{origin}：{zh}")
    return Addition(point.name, origin, dict(checks), Path(folder) if folder is not None else None)


def _mistakes(name: str, checks: object, folder: object) -> Iterator[tuple[str, str]]:
    if not isinstance(checks, Mapping) or not all(callable(check) for check in checks.values()):
        yield "CHECKS: expected functions by name", "CHECKS：应为按名称给出的函数"
        return
    if odd := [key for key in checks if not str(key).startswith(f"{name}.")]:
        yield (
            f"CHECKS: expected names that begin with '{name}.', found {odd[0]!r}",
            (f"CHECKS：名称应以 “{name}.” 开头，实际为 {odd[0]!r}"),
        )
    if folder is None and not checks:
        yield "expected CHECKS, REQUIREMENTS or both, found neither", "应有 CHECKS、REQUIREMENTS 或两者，均未找到"
    if folder is None:
        return
    if not isinstance(folder, str | Path):
        yield f"REQUIREMENTS: expected a folder, found {folder!r}", f"REQUIREMENTS：应为目录，实际为 {folder!r}"
    elif not Path(folder).is_dir():
        yield (
            (
                f"REQUIREMENTS: there is no folder {folder}; package its TOML files with the distribution "
                "(setuptools: [tool.setuptools.package-data])"
            ),
            (
                f"REQUIREMENTS：没有目录 {folder}；请把其中的 TOML 文件一并打包到发行包"
                "（setuptools：[tool.setuptools.package-data]）"
            ),
        )
