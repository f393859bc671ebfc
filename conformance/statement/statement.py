"""A target statement: what an implementer declares about a target (contracts, positions, waivers, how it is reached).

It is TOML (`schemas/statement.schema.json`) and holds no secrets. A mistake in it is one message with its line and what
would have been right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.contract.binding import Offer
from conformance.contract.contract import Contract
from conformance.contract.contract import load_contract as documented
from conformance.files import PRIMARY, DataError
from conformance.statement.measures import Consent, LoadLimit, stated_consent, stated_loads, stated_measures
from conformance.statement.mistakes import contracts_in, mistakes_in, shape_of, tables_in
from conformance.statement.sample_images import SampleImage, sample_images
from conformance.statement.stated_text import Mistake, StatedText, entries_of, in_order, parse_stated, said
from conformance.statement.usable import here_mistakes
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.contract.requirements import Measure

Metering: TypeAlias = Literal["tickets", "calls", "none"]
Authentication: TypeAlias = Literal["token", "keys", "login"]

URL_CAPABILITY = "url"
"""What requirements on `url` need: a target that reaches pictures which the kit serves."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A requirement whose breach is excused: why, who answers for it, and the last day on which that holds.

    `requirement` is the full id. Where `type`, `format` or `purpose` is there, only breaches on pictures of that
    documented type or format, or found by that purpose, are excused.
    """

    requirement: str
    reason: str
    owner: str
    expires: date
    type: str | None = None
    format: str | None = None
    purpose: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether some breaches are excused only."""
        return (self.type, self.format, self.purpose) != (None, None, None)

    def expired(self, today: date) -> bool:
        """Whether the last day has passed."""
        return today > self.expires


@dataclass(frozen=True, slots=True)
class Unprovable:
    """A requirement that cannot be proven on this target: why, and who answers for that. `requirement` is the full id.

    It is listed and never counted as proven; where it breaks it fails as any other.
    """

    requirement: str
    reason: str
    owner: str


@dataclass(frozen=True, slots=True)
class StatedHeader:
    """A further header of each request: its `value`, or the environment variable `variable` that holds it."""

    name: str
    value: str | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What the kit shows of itself where a target asks: PEM files; without `key` it is in the same file."""

    certificate: Path
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class StatedTarget:
    """How a target is called and reached; None where the statement says nothing.

    `pictures` is the address at which it reaches pictures that the kit serves, `pictures_listen` the `HOST:PORT` of
    this machine where that differs; `iam` the origin of the identity service. `metering` says what is billed.
    `base_path` (`/gateway`) stands before each documented path. `rate` is in requests a second, `timeout_s` in seconds
    for one request; a run sends `max_requests` and bills `max_billable` tickets at most.
    """

    name: str | None = None
    ca_file: Path | None = None
    proxy: str | None = None
    pictures: str | None = None
    pictures_listen: str | None = None
    iam: str | None = None
    metering: Metering = "tickets"
    base_path: str = ""
    headers: tuple[StatedHeader, ...] = ()
    tls: ClientCertificate | None = None
    rate: float | None = None
    timeout_s: float | None = None
    max_requests: int | None = None
    max_billable: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A target statement that has no mistakes. `positions` are those that it states; others keep their defaults.

    `offers` has what the target has of a contract, by its id; `prefixes` what it writes in the place of a documented
    prefix of error codes. `text` is what was read, so that it is not read again for what has a line.
    """

    path: Path
    contracts: tuple[str, ...] = PRIMARY
    target: StatedTarget = StatedTarget()
    authentication: Authentication | None = None
    positions: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    images: tuple[SampleImage, ...] = ()
    measures: tuple[Measure, ...] = ()
    offers: Mapping[str, Offer] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    unprovable: tuple[Unprovable, ...] = ()
    loads: tuple[LoadLimit, ...] = ()
    load_consent: Consent | None = None
    text: StatedText = field(default=StatedText({}, {}), compare=False, repr=False)

    def offer(self, contract_id: str) -> Offer:
        """What the target has of a contract."""
        return self.offers.get(contract_id, Offer())

    def positions_of(self, contract_id: str) -> Mapping[str, str]:
        """The positions that are stated for a contract: those of its own before those of all."""
        return {**self.positions, **self.offer(contract_id).positions}

    @property
    def capabilities(self) -> frozenset[str]:
        """What requirements may need of the target beyond positions (see Contract.capabilities)."""
        return frozenset({URL_CAPABILITY}) if self.target.pictures is not None else frozenset()


UNDECLARED = Statement(Path())
"""Of a target of which nothing is stated."""


def read_statement(path: Path) -> Statement:
    """Read a target statement. Raises DataError: the first mistake with its line, and how many more there are."""
    text = parse_stated(path)
    _refuse(path, mistakes_in(text))
    return _statement(path, text)


def load_contract(named: str | Path, statement: Path | None = None) -> Contract:
    """A contract by its id or from its folder (a Path, or a text with a slash), bound to what a statement declares.

    Raises DataError for an unknown contract (naming the known ones) or a mistake in a data file or the statement.
    """
    contract = documented(named)
    return contract if statement is None else contract.bound_to(read_statement(statement))


def check_statement(path: Path) -> list[Text]:
    """Every mistake in a statement, a line each, files and ports that cannot be used included."""
    try:
        text = parse_stated(path)
    except DataError as error:
        return [error.words]
    return [said(path, mistake) for mistake in in_order(_all_mistakes(text, path.parent))]


def check_usable(statement: Statement) -> None:
    """Raise DataError for the first thing that a statement names and a live run cannot use: a file, a port."""
    _refuse(statement.path, here_mistakes(statement.text, statement.path.parent))


def expired_waivers(statement: Statement, today: date) -> list[Text]:
    """What waivers of a statement excuse nothing any more, a line each; a run goes on without them."""
    return [said(statement.path, note) for note in _outdated(statement, today)]


def _all_mistakes(text: StatedText, folder: Path) -> list[Mistake]:
    """Those of the text, and what its sound parts name that cannot be used from here."""
    sound = text.without([path for path, _ in shape_of(text)])
    return [*mistakes_in(text), *here_mistakes(sound, folder)]


def _refuse(path: Path, mistakes: Iterable[Mistake]) -> None:
    """Raise DataError for the first mistake, where there is one; it says how many more there are."""
    found = in_order(mistakes)
    if not found:
        return
    first, more = said(path, found[0]), len(found) - 1
    if more:
        check = "`ocr-conformance statement check`"
        first = Text(f"{first.en} ({more} more: {check})", f"{first.zh}（另有 {more} 处：{check}）")
    raise DataError(first)


def _outdated(statement: Statement, today: date) -> Iterator[Mistake]:
    for index, waiver in enumerate(statement.waivers):
        if waiver.expired(today):
            line = statement.text.line("waiver", index, "expires")
            where, requirement, expired = f"waiver {index + 1}", waiver.requirement, waiver.expires
            yield (
                line,
                Text(
                    f"{where}: of {requirement} expired on {expired}; {waiver.owner} decides on a later day, or the "
                    "waiver goes",
                    f"{where}：{requirement} 的豁免已于 {expired} 过期；请由 {waiver.owner} 决定延期，或删除该豁免",
                ),
            )


def _statement(path: Path, text: StatedText) -> Statement:
    folder, data = path.parent, text.data
    authentication = cast("Mapping[str, Authentication]", data.get("authentication", {}))
    return Statement(
        path=path,
        contracts=contracts_in(data),
        target=_target(cast("Mapping[str, object]", data.get("target", {})), folder),
        authentication=authentication.get("kind"),
        positions=_positions(data),
        waivers=tuple(
            Waiver(**{**cast("dict[str, str]", entry), "expires": date.fromisoformat(str(entry["expires"]))})  # type: ignore[arg-type]
            for entry in entries_of(data, "waiver")
        ),
        images=sample_images(data, folder),
        measures=stated_measures(data),
        offers={name: _offer(offer) for name, offer in tables_in(data, "contract").items()},
        prefixes=cast("Mapping[str, str]", tables_in(data, "codes").get("prefix", {})),
        unprovable=tuple(Unprovable(**cast("dict[str, str]", entry)) for entry in entries_of(data, "unprovable")),
        loads=stated_loads(data),
        load_consent=stated_consent(data),
        text=text,
    )


def _positions(data: Mapping[str, object]) -> Mapping[str, str]:
    return {name: str(value) for name, value in cast("Mapping[str, object]", data.get("positions", {})).items()}


def _target(stated: Mapping[str, object], folder: Path) -> StatedTarget:
    members: dict[str, object] = {key.replace("-", "_"): value for key, value in stated.items()}
    if "ca_file" in members:
        members["ca_file"] = folder / str(members["ca_file"])
    headers = cast("Mapping[str, str | Mapping[str, str]]", stated.get("headers", {}))
    members["headers"] = tuple(
        StatedHeader(name, value) if isinstance(value, str) else StatedHeader(name, variable=value["env"])
        for name, value in headers.items()
    )
    if "tls" in stated:
        files = {key: folder / name for key, name in cast("Mapping[str, str]", stated["tls"]).items()}
        members["tls"] = ClientCertificate(**files)
    return StatedTarget(**members)  # type: ignore[arg-type]


def _offer(stated: Mapping[str, object]) -> Offer:
    members: dict[str, object] = {key.replace("-", "_"): value for key, value in stated.items()}
    members |= {key: tuple(cast("list[str]", stated[key])) for key in ("types", "formats") if key in stated}
    return Offer(**{**members, "positions": _positions(stated)})  # type: ignore[arg-type]
