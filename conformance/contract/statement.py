"""A target statement: what an implementer declares about a target (contracts, positions, waivers, how it is reached).

It is TOML (`schemas/statement.schema.json`) and holds no secrets. A mistake in it is one message with its line and what
would have been right.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.contract.datafiles import PRIMARY, DataError, contract_ids, data_folder, read_text
from conformance.contract.positions import read_positions
from conformance.contract.requirements import read_requirements
from conformance.contract.statement_lines import KeyPath, key_lines, line_of
from conformance.contract.statement_shape import shape_mistakes, shown_value
from conformance.contract.tables import Page, read_page_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Metering: TypeAlias = Literal["tickets", "calls", "none"]
Authentication: TypeAlias = Literal["token", "keys", "login"]

URL_CAPABILITY = "url"
"""What requirements on `url` need: a target that reaches pictures which the kit serves."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A requirement whose breach is excused: why, who answers for it, and the last day on which that holds.

    `requirement` is the full id.
    """

    requirement: str
    reason: str
    owner: str
    expires: date

    def expired(self, today: date) -> bool:
        """Whether the last day has passed."""
        return today > self.expires


@dataclass(frozen=True, slots=True)
class SampleImage:
    """A picture of the target's own, and the documented types that are on it, one for each document."""

    file: Path
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatedTarget:
    """How a target is called and reached; None where the statement says nothing.

    `pictures` is the address at which it reaches pictures that the kit serves, `pictures_listen` the `HOST:PORT` of
    this machine where that differs; `iam` the origin of the identity service. `metering` says what is billed.
    """

    name: str | None = None
    ca_file: Path | None = None
    proxy: str | None = None
    pictures: str | None = None
    pictures_listen: str | None = None
    iam: str | None = None
    metering: Metering = "tickets"


@dataclass(frozen=True, slots=True)
class Statement:
    """A target statement that has no mistakes. `positions` are those that it states; others keep their defaults."""

    path: Path
    contracts: tuple[str, ...] = PRIMARY
    target: StatedTarget = StatedTarget()
    authentication: Authentication | None = None
    positions: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    images: tuple[SampleImage, ...] = ()

    @property
    def capabilities(self) -> frozenset[str]:
        """What requirements may need of the target beyond positions (see Contract.capabilities)."""
        return frozenset({URL_CAPABILITY}) if self.target.pictures is not None else frozenset()


@dataclass(frozen=True, slots=True)
class _Text:
    """The parsed statement beside the lines of its keys. Positions are flattened to dotted ids, dates are text."""

    data: Mapping[str, object]
    lines: Mapping[KeyPath, int]

    def line(self, *path: str | int) -> int:
        return line_of(path, self.lines)


_Mistake: TypeAlias = tuple[int, str]
"""The line of a mistake, and what was expected and found there."""


def read_statement(path: Path) -> Statement:
    """Read a target statement. Raises DataError: the first mistake with its line, and how many more there are."""
    text = _parse(path)
    mistakes = sorted(_mistakes(text))
    if mistakes:
        more = f" ({len(mistakes) - 1} more: `ocr-conformance statement check`)" if len(mistakes) > 1 else ""
        raise DataError(_said(path, mistakes[0]) + more)
    return _statement(path, text.data)


def check_statement(path: Path, today: date) -> list[str]:
    """Every mistake in a statement, a line each, waivers that have expired and files that are missing included."""
    try:
        text = _parse(path)
    except DataError as error:
        return [str(error)]
    mistakes = sorted(_mistakes(text))
    if not mistakes:
        mistakes = sorted(_outdated(_statement(path, text.data), text, today))
    return [_said(path, mistake) for mistake in mistakes]


def _parse(path: Path) -> _Text:
    content = read_text(path)
    try:
        data = cast("dict[str, object]", _plain(tomllib.loads(content)))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path}: not valid TOML: {error}") from error
    positions = data.get("positions")
    if isinstance(positions, dict):
        data["positions"] = dict(_flat(cast("dict[str, object]", positions)))
    lines = key_lines(content)
    dotted = {path: line for path, line in lines.items() if path[:1] == ("positions",) and len(path) > 2}
    lines |= {("positions", ".".join(map(str, path[1:]))): line for path, line in dotted.items()}
    return _Text(data, lines)


def _plain(value: object) -> object:
    """The value with dates as text, as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _flat(positions: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in positions.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, object]", value), f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _mistakes(text: _Text) -> list[_Mistake]:
    """What the schema says against the statement; where it says nothing, what it names that does not exist."""
    schema = data_folder("schemas") / "statement.schema.json"
    data = dict(text.data)
    if isinstance(data.get("positions"), dict):
        del data["positions"]  # their values are named where a wrong one is found
    found = [(text.line(*path), message) for path, message in shape_mistakes(data, schema)]
    if found:
        return found
    found = list(_unknown_contracts(text)) + list(_unknown_positions(text))
    if found:
        return found
    pages = {name: read_page_data(data_folder("schemas") / name / "tables.toml") for name in _contracts(text.data)}
    return [*_unknown_requirements(text, pages), *_unknown_types(text, pages)]


def _contracts(data: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(cast("Sequence[str]", data.get("contracts", PRIMARY)))


def _unknown_contracts(text: _Text) -> Iterator[_Mistake]:
    known = contract_ids()
    for name in _contracts(text.data):
        if name not in known:
            yield text.line("contracts"), f"contracts: expected some of {', '.join(known)}; found {name!r}"


def _unknown_positions(text: _Text) -> Iterator[_Mistake]:
    catalogue = read_positions()
    for name, value in cast("Mapping[str, object]", text.data.get("positions", {})).items():
        line = text.line("positions", name)
        if name not in catalogue:
            yield line, f"positions: no position {name!r}; {_nearest(name, list(catalogue))}"
        elif isinstance(value, bool) or str(value) not in catalogue[name].values:
            expected = ", ".join(f'"{known}"' for known in catalogue[name].values)
            yield line, f"positions: {name}: expected one of {expected}; found {shown_value(value)}"


def _unknown_requirements(text: _Text, pages: Mapping[str, Page]) -> Iterator[_Mistake]:
    waivers = _entries(text.data, "waiver")
    if not waivers:
        return
    known = [
        f"{name}/{requirement}"
        for name, page in pages.items()
        for requirement in read_requirements(data_folder("schemas") / name / "requirements", page)
    ]
    for index, waiver in enumerate(waivers):
        where = f"waiver {index + 1}"
        stated, expires = str(waiver["requirement"]), str(waiver["expires"])
        if stated not in known:
            hint = _full_ids(stated, known)
            line = text.line("waiver", index, "requirement")
            yield line, f"{where}: no requirement {stated!r} in the contracts of this statement; {hint}"
        try:
            date.fromisoformat(expires)
        except ValueError:
            line = text.line("waiver", index, "expires")
            yield line, f"{where}: expires: expected a day that exists, YYYY-MM-DD; found {expires!r}"


def _full_ids(stated: str, known: Sequence[str]) -> str:
    """Which requirement may be meant by a text that is no full id."""
    name = stated.rpartition("/")[2]
    same = [full for full in known if full.partition("/")[2] == name]
    near = difflib.get_close_matches(name, list(dict.fromkeys(full.partition("/")[2] for full in known)), n=3)
    if same:
        return f"write {' or '.join(same)}"
    return f"near it are {', '.join(near)}" if near else "list them with `ocr-conformance requirements`"


def _unknown_types(text: _Text, pages: Mapping[str, Page]) -> Iterator[_Mistake]:
    known = list(dict.fromkeys(kind for page in pages.values() for kind in page.types))
    for index, image in enumerate(_entries(text.data, "image")):
        for kind in cast("Sequence[str]", image["types"]):
            if kind not in known:
                line = text.line("image", index, "types")
                yield (
                    line,
                    f"image {index + 1}: no type {kind!r} in the contracts of this statement; {_nearest(kind, known)}",
                )


def _outdated(statement: Statement, text: _Text, today: date) -> Iterator[_Mistake]:
    for index, waiver in enumerate(statement.waivers):
        if waiver.expired(today):
            line = text.line("waiver", index, "expires")
            owner = f"{waiver.owner} decides on a later day, or the waiver goes"
            yield line, f"waiver {index + 1}: of {waiver.requirement} expired on {waiver.expires}; {owner}"
    files: list[tuple[KeyPath, Path]] = [
        (("image", index, "file"), image.file) for index, image in enumerate(statement.images)
    ]
    if statement.target.ca_file is not None:
        files.append((("target", "ca-file"), statement.target.ca_file))
    for path, file in files:
        if not file.is_file():
            yield text.line(*path), f"{path[-1]}: expected a file; there is none at {file}"


def _statement(path: Path, data: Mapping[str, object]) -> Statement:
    target = cast("Mapping[str, str]", data.get("target", {}))
    folder = path.parent
    return Statement(
        path=path,
        contracts=_contracts(data),
        target=StatedTarget(
            name=target.get("name"),
            ca_file=folder / target["ca-file"] if "ca-file" in target else None,
            proxy=target.get("proxy"),
            pictures=target.get("pictures"),
            pictures_listen=target.get("pictures-listen"),
            iam=target.get("iam"),
            metering=cast("Metering", target.get("metering", "tickets")),
        ),
        authentication=cast(
            "Authentication | None", cast("Mapping[str, str]", data.get("authentication", {})).get("kind")
        ),
        positions={name: str(value) for name, value in cast("Mapping[str, object]", data.get("positions", {})).items()},
        waivers=tuple(
            Waiver(str(w["requirement"]), str(w["reason"]), str(w["owner"]), date.fromisoformat(str(w["expires"])))
            for w in _entries(data, "waiver")
        ),
        images=tuple(
            SampleImage(folder / str(image["file"]), tuple(cast("Sequence[str]", image["types"])))
            for image in _entries(data, "image")
        ),
    )


def _entries(data: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    return cast("Sequence[Mapping[str, object]]", data.get(name, ()))


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    return f"near it are {', '.join(near)}" if near else f"expected one of {', '.join(known)}"


def _said(path: Path, mistake: _Mistake) -> str:
    line, message = mistake
    return f"{path}, line {line}: {message}"
