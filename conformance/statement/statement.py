"""A target statement: what an implementer declares about a target (contracts, positions, waivers, how it is reached).

It is TOML (`schemas/statement.schema.json`) and holds no secrets. A mistake in it is one message with its line and what
would have been right.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from conformance.contract.binding import Offer
from conformance.contract.catalogues import Position, read_positions
from conformance.contract.contract import Contract
from conformance.contract.contract import load_contract as documented
from conformance.contract.tables import page_of
from conformance.files import PACKAGE, PRIMARY, DataError, contract_ids
from conformance.statement.mistakes import address_mistakes, contracts_in, mistakes_in, of_target, shape_of
from conformance.statement.sample_images import SampleImage, missing_files, no_file, sample_images
from conformance.statement.stated_text import Mistake, StatedText, in_order, parse_stated, said, tables_in
from conformance.statement.terms import (
    Consent,
    LoadLimit,
    Unprovable,
    Waiver,
    stated_consent,
    stated_loads,
    stated_measures,
    stated_unprovable,
    stated_waivers,
)
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.contract.requirements import Measure

Metering: TypeAlias = Literal["tickets", "calls", "none"]
Authentication: TypeAlias = Literal["token", "keys", "login"]

URL_CAPABILITY = "url"
"""What requirements on `url` need: a target that reaches pictures which the kit serves."""


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
    _refuse(statement.path, _here_mistakes(statement.text, statement.path.parent))


def expired_waivers(statement: Statement, today: date) -> list[Text]:
    """What waivers of a statement excuse nothing any more, a line each; a run goes on without them."""
    told = []
    for index, waiver in enumerate(statement.waivers):
        if waiver.expired(today):
            where, name = f"waiver {index + 1}", waiver.requirement
            owner, expired = waiver.owner, waiver.expires
            words = Text(
                f"{where}: of {name} expired on {expired}; {owner} decides on a later day, or the waiver goes",
                f"{where}：{name} 的豁免已于 {expired} 过期；请由 {owner} 决定延期，或删除该豁免",
            )
            told.append(said(statement.path, (statement.text.line("waiver", index, "expires"), words)))
    return told


def _all_mistakes(text: StatedText, folder: Path) -> list[Mistake]:
    """Those of the text, and what its sound parts name that cannot be used from here."""
    sound = text.without([path for path, _ in shape_of(text)])
    return [*mistakes_in(text), *_here_mistakes(sound, folder)]


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


def _statement(path: Path, text: StatedText) -> Statement:
    folder, data = path.parent, text.data
    authentication = cast("Mapping[str, Authentication]", data.get("authentication", {}))
    return Statement(
        path=path,
        contracts=contracts_in(data),
        target=_target(cast("Mapping[str, object]", data.get("target", {})), folder),
        authentication=authentication.get("kind"),
        positions=_positions(data),
        waivers=stated_waivers(data),
        images=sample_images(data, folder),
        measures=stated_measures(text),
        offers={name: _offer(offer) for name, offer in tables_in(data, "contract").items()},
        prefixes=cast("Mapping[str, str]", tables_in(data, "codes").get("prefix", {})),
        unprovable=stated_unprovable(data),
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


# Whether the files and ports that a statement names can be used from here: `check` and a live run ask alike.


_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*", b"%PDF-", b"PK\x03\x04")
"""Of the files that some edition documents: JPEG, PNG, BMP, TIFF, PDF, OFD."""


def _here_mistakes(text: StatedText, folder: Path) -> Iterator[Mistake]:
    """Files that are not there or hold something else, and ports of this machine that cannot be listened on."""
    target = cast("Mapping[str, object]", text.data.get("target", {}))
    if isinstance(target.get("ca-file"), str):
        problem = _certificates(folder / str(target["ca-file"]))
        if problem is not None:
            yield text.line("target", "ca-file"), problem
    tls = cast("Mapping[str, str]", target.get("tls", {}))
    for key, name in tls.items():
        if not (folder / name).is_file():
            yield text.line("target", "tls", key), no_file(f"tls.{key}", folder / name)
    yield from missing_files(text, folder)
    for index, entry in text.entries("image"):
        file = folder / str(entry["file"])
        if file.is_file() and not _begins_as_picture(file):
            wrong = Text(
                f"image {index + 1}: expected a JPEG, PNG, BMP, TIFF, PDF or OFD file; {file} is none",
                f"image {index + 1}：应为 JPEG、PNG、BMP、TIFF、PDF 或 OFD 文件；{file} 不是",
            )
            yield text.line("image", index, "file"), wrong
    unusable = any(".pictures" in message.en for _, message in address_mistakes(text))
    place = _listening(target) if not unusable else None
    if place is not None:
        problem = _taken(*place)
        if problem is not None:
            key = "pictures-listen" if "pictures-listen" in target else "pictures"
            yield text.line("target", key), of_target(key, problem)


def _certificates(file: Path) -> Text | None:
    if not file.is_file():
        return no_file("ca-file", file)
    try:
        ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, OSError):
        return Text(
            f"ca-file: expected certificates in PEM; there are none in {file}",
            f"ca-file：应为 PEM 格式的证书；{file} 中没有",
        )
    return None


def _begins_as_picture(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(8).startswith(_BEGINNINGS)


def _listening(target: Mapping[str, object]) -> tuple[str, int] | None:
    """Where a run would listen for the target to fetch pictures; None where nowhere, or on a port of its choice."""
    listen, pictures = target.get("pictures-listen"), target.get("pictures")
    if not isinstance(pictures, str):
        return None
    if isinstance(listen, str):
        host, _, port = listen.rpartition(":")
        return host.strip("[]"), int(port)
    parts = urlsplit(pictures)
    return parts.hostname or "", parts.port or 0


def _taken(host: str, port: int) -> Text | None:
    """Why nobody can listen there, or None."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return Text(
            f"expected a place of this machine to listen on; {host}, port {port or 'any'}: {reason}",
            f"应为本机可监听的位置；{host}，端口 {port or '任意'}：“{reason}”",
        )
    return None


# A statement to begin with: every key and what it means, every position and its values, all at the defaults.


def statement_template(contracts: Sequence[str]) -> str:
    """A commented statement for these contracts. Raises DataError for an unknown one."""
    unknown = sorted(set(contracts) - set(contract_ids()))
    if unknown or not contracts:
        raise DataError(
            f"expected some of {', '.join(contract_ids())}; found {', '.join(unknown) or 'none'}",
            f"应为 {'、'.join(contract_ids())} 中的一个或多个；实为 {'、'.join(unknown) or '空'}",
        )
    pages = [page_of(name) for name in contracts]
    positions = [p for p in read_positions().values() if any(p.concerns(page) for page in pages)]
    template = Template((PACKAGE / "statement" / "template.toml").read_text(encoding="utf-8"))
    return template.substitute(
        contracts=", ".join(f'"{name}"' for name in contracts),
        positions="\n".join(line for position in positions for line in _position_lines(position)),
        contract=contracts[0],
        kind=(*pages[0].types, "train_ticket")[0],
    )


def _position_lines(position: Position) -> Iterator[str]:
    width = max(map(len, position.values)) + 2
    yield ""
    yield f"# {position.title.en} ... / {position.title.zh}……"
    for name, value in position.values.items():
        quoted = f'"{name}"'
        yield f"#   {quoted:{width}}  {value.meaning.en} / {value.meaning.zh}"
    yield f'# "{position.id}" = "{position.default}"'
