"""A target statement: what an implementer declares about a target (contracts, positions, waivers, how it is reached).

It is TOML (`schemas/statement.schema.json`) and holds no secrets. A mistake in it is one message with its line and what
would have been right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.contract.datafiles import PRIMARY, DataError, contract_ids, data_folder, nearest
from conformance.contract.measures import MEASURED, measure_mistakes, stated_measures
from conformance.contract.positions import read_positions
from conformance.contract.requirements import read_requirements
from conformance.contract.sample_images import SampleImage, image_mistakes, missing_files, sample_images
from conformance.contract.statement_shape import shape_mistakes, shown_value, statement_schema
from conformance.contract.statement_text import Mistake, StatedText, entries_of, meant, parse_stated, said
from conformance.contract.tables import Page, page_of, types_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from conformance.contract.requirements import Measure

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
    measures: tuple[Measure, ...] = ()

    @property
    def capabilities(self) -> frozenset[str]:
        """What requirements may need of the target beyond positions (see Contract.capabilities)."""
        return frozenset({URL_CAPABILITY}) if self.target.pictures is not None else frozenset()


def read_statement(path: Path) -> Statement:
    """Read a target statement. Raises DataError: the first mistake with its line, and how many more there are."""
    text = parse_stated(path)
    mistakes = sorted(_mistakes(text))
    if mistakes:
        more = f" ({len(mistakes) - 1} more: `ocr-conformance statement check`)" if len(mistakes) > 1 else ""
        raise DataError(said(path, mistakes[0]) + more)
    return _statement(path, text.data)


def check_statement(path: Path, today: date) -> list[str]:
    """Every mistake in a statement, a line each, waivers that have expired and files that are missing included."""
    try:
        text = parse_stated(path)
    except DataError as error:
        return [str(error)]
    mistakes = sorted(_mistakes(text))
    if not mistakes:
        mistakes = sorted(_outdated(_statement(path, text.data), text, today))
    return [said(path, mistake) for mistake in mistakes]


def _mistakes(text: StatedText) -> list[Mistake]:
    """What the schema says against the statement, and what its other parts name that does not exist."""
    data = dict(text.data)
    if isinstance(data.get("positions"), dict):
        del data["positions"]  # their values are named where a wrong one is found
    shape = list(shape_mistakes(data, statement_schema()))
    found = [(text.line(*path), message) for path, message in shape]
    misshapen = {path[0] for path, _ in shape}
    if "positions" not in misshapen:
        found += _unknown_positions(text)
    if "contracts" in misshapen:
        return found
    unknown = list(_unknown_contracts(text))
    return [*found, *(unknown or _unknown_names(text, misshapen))]


def _unknown_names(text: StatedText, misshapen: Container[object]) -> Iterator[Mistake]:
    """What the contracts of a statement do not have, in the parts of it that have the right shape."""
    pages = {name: page_of(name) for name in _contracts(text.data)}
    if "waiver" not in misshapen:
        yield from _unknown_requirements(text, pages)
    if "image" not in misshapen:
        yield from image_mistakes(text, types_of(pages.values()))
    if not any(table in misshapen for table in MEASURED):
        yield from measure_mistakes(text, pages)


def _contracts(data: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(cast("Sequence[str]", data.get("contracts", PRIMARY)))


def _unknown_contracts(text: StatedText) -> Iterator[Mistake]:
    known = contract_ids()
    for name in _contracts(text.data):
        if name not in known:
            yield text.line("contracts"), f"contracts: expected some of {', '.join(known)}; found {name!r}"


def _unknown_positions(text: StatedText) -> Iterator[Mistake]:
    catalogue = read_positions()
    for name, value in cast("Mapping[str, object]", text.data.get("positions", {})).items():
        line = text.line("positions", name)
        if name not in catalogue:
            yield line, f"positions: no position {name!r}; {meant(name, list(catalogue))}"
        elif isinstance(value, bool) or str(value) not in catalogue[name].values:
            expected = ", ".join(f'"{known}"' for known in catalogue[name].values)
            yield line, f"positions: {name}: expected one of {expected}; found {shown_value(value)}"


def _unknown_requirements(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    waivers = entries_of(text.data, "waiver")
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
    near = nearest(name, dict.fromkeys(full.partition("/")[2] for full in known))
    if same:
        return f"write {' or '.join(same)}"
    return f"near it are {', '.join(near)}" if near else "list them with `ocr-conformance requirements`"


def _outdated(statement: Statement, text: StatedText, today: date) -> Iterator[Mistake]:
    for index, waiver in enumerate(statement.waivers):
        if waiver.expired(today):
            line = text.line("waiver", index, "expires")
            owner = f"{waiver.owner} decides on a later day, or the waiver goes"
            yield line, f"waiver {index + 1}: of {waiver.requirement} expired on {waiver.expires}; {owner}"
    yield from missing_files(text, statement.path.parent)
    ca_file = statement.target.ca_file
    if ca_file is not None and not ca_file.is_file():
        yield text.line("target", "ca-file"), f"ca-file: expected a file; there is none at {ca_file}"


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
            for w in entries_of(data, "waiver")
        ),
        images=sample_images(data, folder),
        measures=stated_measures(data),
    )
