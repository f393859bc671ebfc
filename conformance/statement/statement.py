"""A target statement: what an implementer declares about a target (contracts, positions, waivers, how it is reached).

It is TOML (`schemas/statement.schema.json`) and holds no secrets. A mistake in it is one message with its line and what
would have been right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.contract.binding import Offer
from conformance.contract.contract import Contract
from conformance.contract.contract import load_contract as documented
from conformance.contract.positions import Position, read_positions
from conformance.contract.tables import Page, types_of
from conformance.files import PRIMARY, DataError, contract_ids, nearest
from conformance.statement.lines import KeyPath
from conformance.statement.loads import Consent, LoadLimit, load_mistakes, stated_consent, stated_loads
from conformance.statement.measures import measure_mistakes, stated_measures
from conformance.statement.sample_images import SampleImage, image_mistakes, sample_images
from conformance.statement.shape import shape_mistakes, shown_place, shown_value, statement_schema
from conformance.statement.stated_text import Mistake, StatedText, entries_of, meant, parse_stated, said
from conformance.statement.usable import address_mistakes, here_mistakes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    prefix of error codes.
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
    mistakes = sorted(_mistakes(text))
    if mistakes:
        raise DataError(said(path, mistakes[0]) + _more(mistakes))
    return _statement(path, text.data)


def load_contract(contract_id: str, statement: Path | None = None) -> Contract:
    """A contract, bound to what a target statement declares.

    Raises DataError for an unknown contract (naming the known ones) or a mistake in a data file or the statement.
    """
    contract = documented(contract_id)
    return contract if statement is None else contract.bound_to(read_statement(statement))


def check_statement(path: Path) -> list[str]:
    """Every mistake in a statement, a line each, files and ports that cannot be used included."""
    try:
        text = parse_stated(path)
    except DataError as error:
        return [str(error)]
    return [said(path, mistake) for mistake in sorted(_all_mistakes(text, path.parent))]


def check_usable(path: Path) -> None:
    """Raise DataError for the first thing that a statement names and a live run cannot use: a file, a port."""
    text = parse_stated(path)
    mistakes = sorted(here_mistakes(text, path.parent))
    if mistakes:
        raise DataError(said(path, mistakes[0]) + _more(mistakes))


def expired_waivers(path: Path, today: date) -> list[str]:
    """What waivers of a statement without mistakes excuse nothing any more, a line each; a run goes on without them."""
    text = parse_stated(path)
    return [said(path, note) for note in _outdated(_statement(path, text.data), text, today)]


def _all_mistakes(text: StatedText, folder: Path) -> list[Mistake]:
    """Those of the text, and what its sound parts name that cannot be used from here."""
    sound = text.without([path for path, _ in _shape(text)])
    return [*_mistakes(text), *here_mistakes(sound, folder)]


def _more(mistakes: Sequence[Mistake]) -> str:
    return f" ({len(mistakes) - 1} more: `ocr-conformance statement check`)" if len(mistakes) > 1 else ""


def _mistakes(text: StatedText) -> list[Mistake]:
    """What the schema says against the statement, and what its sound parts name that does not exist, in one pass."""
    shape = _shape(text)
    text = text.without([path for path, _ in shape])
    pages = {name: documented(name).page for name in _contracts(text.data) if name in contract_ids()}
    return [
        *((text.line(*path), message) for path, message in shape),
        *_unknown_contracts(text),
        *_unknown_positions(text),
        *_unknown_requirements(text, pages),
        *image_mistakes(text, types_of(pages.values())),
        *measure_mistakes(text, pages),
        *load_mistakes(text, pages),
        *_unknown_offers(text),
        *_kept_headers(text),
        *_unknown_prefixes(text),
        *_shared_paths(pages),
        *_repeated(text),
        *address_mistakes(text),
        *text.twice,
    ]


def _shared_paths(pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """Editions of one operation: a target has one of them at its path."""
    seen: dict[str, str] = {}
    for name, page in pages.items():
        other = seen.setdefault(page.path, name)
        if other != name:
            yield 1, f"contracts: {other} and {name} share the path {page.path}; expected one of them"


def _repeated(text: StatedText) -> Iterator[Mistake]:
    """Waivers and other entries on requirements that say the same thing twice."""
    for table in ("waiver", "unprovable"):
        seen: set[tuple[object, ...]] = set()
        for index, entry in text.entries(table):
            about = tuple(entry.get(key) for key in ("requirement", "type", "format", "purpose"))
            if about in seen:
                yield text.line(table, index), f"{table} {index + 1}: {about[0]} is stated twice"
            seen.add(about)


def _shape(text: StatedText) -> list[tuple[KeyPath, str]]:
    return list(shape_mistakes(_without_positions(text.data), statement_schema()))


def _without_positions(data: Mapping[str, object]) -> Mapping[str, object]:
    """The statement without the values of positions: where one is wrong, those of its position are named."""
    rest = {key: value for key, value in data.items() if key != "positions" or not isinstance(value, dict)}
    offers = data.get("contract")
    if isinstance(offers, dict):
        rest["contract"] = {
            name: {key: value for key, value in offer.items() if key != "positions" or not isinstance(value, dict)}
            if isinstance(offer, dict)
            else offer
            for name, offer in offers.items()
        }
    return rest


def _contracts(data: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(cast("Sequence[str]", data.get("contracts", PRIMARY)))


def _unknown_contracts(text: StatedText) -> Iterator[Mistake]:
    known = contract_ids()
    for name in _contracts(text.data):
        if name not in known:
            yield text.line("contracts"), f"contracts: expected some of {', '.join(known)}; found {name!r}"


def _unknown_positions(text: StatedText) -> Iterator[Mistake]:
    catalogue = _catalogue()
    yield from _wrong_positions(text, ("positions",), catalogue)
    for name in _tables(text.data, "contract"):
        if name in contract_ids():
            page = documented(name).page
            had = {key: position for key, position in catalogue.items() if position.concerns(page)}
            yield from _wrong_positions(text, ("contract", name, "positions"), had)


@cache
def _catalogue() -> Mapping[str, Position]:
    return read_positions()


def _wrong_positions(text: StatedText, path: KeyPath, catalogue: Mapping[str, Position]) -> Iterator[Mistake]:
    stated: object = text.data
    for key in path:
        stated = cast("Mapping[str, object]", stated).get(str(key), {})
    where = f"{shown_place(path)}:"
    for name, value in cast("Mapping[str, object]", stated).items():
        line = text.line(*path, name)
        if name not in catalogue:
            yield line, f"{where} no position {name!r}; {meant(name, list(catalogue))}"
        elif isinstance(value, bool) or str(value) not in catalogue[name].values:
            expected = ", ".join(f'"{known}"' for known in catalogue[name].values)
            yield line, f"{where} {name}: expected one of {expected}; found {shown_value(value)}"


def _unknown_offers(text: StatedText) -> Iterator[Mistake]:
    """What is stated of a contract that it does not have, and limits that are no smaller than the documented ones."""
    declared = _contracts(text.data)
    for name, offer in _tables(text.data, "contract").items():
        where = f'contract."{name}"'
        if name not in declared:
            yield (
                text.line("contract", name),
                f"{where}: expected one of the contracts of this statement, in quotes: {', '.join(declared)}",
            )
        elif name in contract_ids():
            for key, message in _wrong_offer(documented(name).page, offer):
                yield text.line("contract", name, key), f"{where}.{key}: {message}"


def _wrong_offer(page: Page, offer: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    row = page.picture_row
    known = {"types": page.types, "formats": row.formats}
    for key, names in known.items():
        for name in cast("Sequence[str]", offer.get(key, ())):
            if name not in names:
                yield key, f"{name!r} is none of {page.id}; {meant(name, names)}"
    low, high = row.side_min or 0, row.side_max or 0
    for key, least, most in (("side-min", low, high), ("side-max", low, high), ("base64-max", 1, 10_485_760)):
        value = cast("int | None", offer.get(key))
        if value is not None and not least <= value <= most:
            yield key, f"expected {least} to {most}, what is documented or less; found {value}"
    if cast("int", offer.get("side-min", low)) > cast("int", offer.get("side-max", high)):
        yield "side-min", "expected no more than side-max"


_KIT_HEADERS = frozenset(
    {
        "accept-encoding", "authorization", "connection", "content-length", "content-type", "enterprise-project-id",
        "expect", "host", "te", "trailer", "transfer-encoding", "upgrade", "x-auth-token", "x-project-id",
        "x-sdk-date", "x-security-token",
    }
)  # fmt: skip
"""What the kit sets itself, in lower case."""

_SECRET_HEADER = re.compile(r"cookie|proxy-authorization|(.*[-_])?(api-?key|key|token|secret|password)", re.IGNORECASE)


def _kept_headers(text: StatedText) -> Iterator[Mistake]:
    """Headers that the kit sets itself, that are given twice, or that hold a secret in the open."""
    target = _tables(text.data, "target")
    seen: set[str] = set()
    for name, value in cast("Mapping[str, str | Mapping[str, str]]", target.get("headers", {})).items():
        line = text.line("target", "headers", name)
        if name.lower() in _KIT_HEADERS:
            yield line, f"target.headers.{name}: expected another header; the kit sets this one itself"
        elif _SECRET_HEADER.fullmatch(name) and isinstance(value, str):
            yield line, f'target.headers.{name}: expected {{ env = "VARIABLE" }}, since it may be secret; found text'
        if name.lower() in seen:
            yield line, f"target.headers.{name}: given twice; the names of headers have no case"
        seen.add(name.lower())


def _unknown_prefixes(text: StatedText) -> Iterator[Mistake]:
    known = sorted(documented(PRIMARY[0]).errors.prefixes)
    codes = _tables(text.data, "codes")
    for name in cast("Mapping[str, str]", codes.get("prefix", {})):
        if name not in known:
            yield text.line("codes", "prefix", name), f"codes.prefix: no prefix {name!r}; {meant(name, known)}"


def _tables(data: Mapping[str, object], name: str) -> Mapping[str, Mapping[str, object]]:
    """A table of tables; empty where it is absent."""
    return cast("Mapping[str, Mapping[str, object]]", data.get(name, {}))


def _unknown_requirements(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    named = [(table, *entry) for table in ("waiver", "unprovable") for entry in text.entries(table)]
    if not named:
        return
    known = [requirement.id for name in pages for requirement in documented(name).requirements.values()]
    for table, index, entry in named:
        where, stated = f"{table} {index + 1}", str(entry["requirement"])
        if stated not in known:
            hint = _full_ids(stated, known)
            line = text.line(table, index, "requirement")
            yield line, f"{where}: no requirement {stated!r} in the contracts of this statement; {hint}"
        if table == "waiver":
            yield from _wrong_waiver(text, index, entry, pages)


def _wrong_waiver(
    text: StatedText, index: int, waiver: Mapping[str, object], pages: Mapping[str, Page]
) -> Iterator[Mistake]:
    """What a waiver names that does not exist: a day, a type, a format."""
    where, expires = f"waiver {index + 1}", str(waiver["expires"])
    try:
        date.fromisoformat(expires)
    except ValueError:
        line = text.line("waiver", index, "expires")
        yield line, f"{where}: expires: expected a day that exists, YYYY-MM-DD; found {expires!r}"
    known = {
        "type": types_of(pages.values()),
        "format": list(dict.fromkeys(name for page in pages.values() for name in page.picture_row.formats)),
    }
    for key, names in known.items():
        name = waiver.get(key)
        if name is not None and name not in names:
            line = text.line("waiver", index, key)
            yield line, f"{where}: no {key} {name!r} in the contracts of this statement; {meant(str(name), names)}"


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


def _statement(path: Path, data: Mapping[str, object]) -> Statement:
    folder = path.parent
    authentication = cast("Mapping[str, Authentication]", data.get("authentication", {}))
    return Statement(
        path=path,
        contracts=_contracts(data),
        target=_target(cast("Mapping[str, object]", data.get("target", {})), folder),
        authentication=authentication.get("kind"),
        positions=_positions(data),
        waivers=tuple(
            Waiver(**{**cast("dict[str, str]", entry), "expires": date.fromisoformat(str(entry["expires"]))})  # type: ignore[arg-type]
            for entry in entries_of(data, "waiver")
        ),
        images=sample_images(data, folder),
        measures=stated_measures(data),
        offers={name: _offer(offer) for name, offer in _tables(data, "contract").items()},
        prefixes=cast("Mapping[str, str]", _tables(data, "codes").get("prefix", {})),
        unprovable=tuple(Unprovable(**cast("dict[str, str]", entry)) for entry in entries_of(data, "unprovable")),
        loads=stated_loads(data),
        load_consent=stated_consent(data),
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
