"""A contract bound to the positions of a target: the one value that expectation, judging and strategies read."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance.contract.binding import (
    ADVISED_BASE64,
    DOCUMENTED,
    OFFERED_TYPES,
    Declaration,
    Offer,
    accepted_base64,
    measured_requirements,
    narrowed,
    offered_types,
    restated,
)
from conformance.contract.catalogues import (
    ErrorCatalogue,
    known_points,
    position_values,
    possible_needs,
    read_errors,
    read_positions,
    requirement_changes,
)
from conformance.contract.family import LATER_SIDE_MAX, Sides
from conformance.contract.owned import place_of, read_content_fields
from conformance.contract.requirements import Requirement, check_references, read_requirements
from conformance.contract.schemas import MAX_BASE64, check_rows, derive_schemas, with_members
from conformance.contract.subschema import Schema, Subschema, read_annotated
from conformance.contract.tables import Page, Row, read_page_data
from conformance.files import DataError, contract_ids, data_folder, known_folder, near_it, own_folder

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from conformance.contract.owned import ContentFields, SchemaPlace

_FORMATS = ("JPEG", "PNG", "BMP", "TIFF")
"""Formats of the kit's pictures, all of which a page that lists none may have to take."""

_UNLIMITED = 16_383
"""Pixels of the longest side that the kit draws: the limit of a page that states none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a picture as the kit reads them (open points 24 to 30).

    Sides in pixels: `side_min` and `side_max` are inclusive; a side of at most `side_far_below`, or of at least
    `side_far_above`, is clearly out of bounds. Base64 in characters: up to `base64_accepted` must be accepted, more
    than `base64_max` must be refused, between them both are fine.
    """

    side_min: int
    side_far_below: int
    side_max: int
    side_far_above: int
    base64_accepted: int
    base64_advised: int
    base64_max: int
    formats: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Contract:
    """One documented operation in one edition: tables, requirements, error catalogue, derived schemas.

    `positions` has the value of every switch of the contract (schemas/positions.toml): what a target statement chose,
    or the default. `declared` are those that it states: what a target says of itself it has to do.
    `offer` is what it has less of than documented; `prefixes` what it writes for a documented prefix of error codes.
    """

    page: Page
    requirements: Mapping[str, Requirement]
    errors: ErrorCatalogue
    folder: Path
    positions: Mapping[str, str] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    offer: Offer = DOCUMENTED
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """The call that loads it: the whole of it would fill pages."""
        return f"load_contract({self.id!r})"

    def _repr_pretty_(self, printer: object, _cycle: bool) -> None:
        printer.text(repr(self))  # type: ignore[attr-defined]

    def to_json(self) -> object:
        """What observers of Hypothesis are given."""
        return repr(self)

    def __hash__(self) -> int:
        """Equal contracts have an equal id and equal positions."""
        return hash((self.id, tuple(sorted(self.positions.items()))))

    def __getstate__(self) -> dict[str, object]:
        """The data alone: what was made of it, such as validators, is made again where it is needed."""
        return {stated.name: getattr(self, stated.name) for stated in fields(self)}

    @property
    def id(self) -> str:
        """For example `auto-classification-v1.0`."""
        return self.page.id

    @property
    def answers_tickets(self) -> bool:
        """True where a result lists tickets, False where it is one document."""
        return self.page.result == "tickets"

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The documented values of `type` in an answer, in the page's order."""
        return self.page.types

    def position(self, name: str, otherwise: str) -> str:
        """The value of a switch; `otherwise` is what the documents say in a contract that does not have it."""
        return self.positions.get(name, otherwise)

    @property
    def capabilities(self) -> frozenset[str]:
        """What requirements may need of a target and its positions give: `<position>=<value>` for each."""
        formats = (f"formats={name}" for name in self.picture_row.formats)
        return frozenset((*(f"{name}={value}" for name, value in self.positions.items()), *formats))

    @property
    def picture_row(self) -> Row:
        """The body parameter that carries the picture."""
        return self.page.picture_row

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the documented body parameters."""
        return tuple(row.name for _, row in self.page.rows_of("body"))

    @cached_property
    def limits(self) -> Limits:
        """The picture limits of this edition."""
        row = self.picture_row
        stated = row.side_min is not None and row.side_max is not None and row.base64_max is not None
        if not stated and self.page.result != "fields":
            raise DataError(f"{self.id}: the row {row.name} states no limits", f"{self.id}：行 {row.name} 未写限值")
        least, most = row.side_min or 1, row.side_max or _UNLIMITED
        sides = Sides.of(least, LATER_SIDE_MAX if self.position("side.max", "documented") == "8192" else most)
        longest = self.offer.base64_max or MAX_BASE64[row.base64_max or "10MB"]
        accepted = 9_900_000 if self.offer.base64_max is None else accepted_base64(longest)
        return Limits(
            side_min=sides.least,
            side_far_below=sides.far_below,
            side_max=sides.most,
            side_far_above=sides.far_above,
            base64_accepted=accepted,
            base64_advised=min(ADVISED_BASE64, accepted),
            base64_max=longest,
            formats=tuple(dict.fromkeys("JPEG" if name == "JPG" else name for name in row.formats or _FORMATS)),
        )

    @cached_property
    def success_schema(self) -> Schema:
        """The committed JSON Schema of a successful answer, with the owner of each keyword (`x-requirement`)."""
        return read_annotated(self.folder, "success")["success"]

    @cached_property
    def success_validator(self) -> Draft202012Validator:
        """jsonschema's opinion of the success schema, for whoever wants a second one: compiled once, when asked for."""
        from jsonschema import Draft202012Validator  # late: judging needs no validator

        return Draft202012Validator(self.success_schema)

    @cached_property
    def success_place(self) -> SchemaPlace:
        """The success schema as a walk over an answer reads it."""
        return place_of(self.success_schema)

    @cached_property
    def ticket_fields(self) -> Mapping[str, ContentFields]:
        """What the content of each ticket type of this edition holds: read once, and only when a ticket is judged."""
        return read_content_fields(self.folder.parent / "tickets" / self.page.edition)

    def printed_fields(self, kind: str) -> frozenset[str]:
        """Names of the fields with one text that an answer may have for a document of this type."""
        if self.page.result == "document":
            return frozenset()
        if self.page.result == "fields":
            places = [row.at or "" for _, row in self.page.rows_of("response", "object")]
            below = (place.removeprefix("/result/") for place in places if place.startswith("/result/"))
            return frozenset(name for name in below if "/" not in name)
        content = self.ticket_fields.get(kind)
        members = content.root.members if content is not None else {}
        return frozenset(name for name, member in members.items() if member.kind == "string")

    @cached_property
    def by_check(self) -> Mapping[str, tuple[Requirement, ...]]:
        """The requirements that each check judges, those aside that a position of the target takes out."""
        found: dict[str, list[Requirement]] = {}
        for requirement in self.requirements.values():
            if (
                requirement.needs is not None
                and "=" in requirement.needs
                and requirement.needs not in self.capabilities
            ):
                continue
            found.setdefault(requirement.check, []).append(requirement)
        return {check: tuple(judged) for check, judged in found.items()}

    @cached_property
    def by_fault(self) -> Mapping[str, tuple[Requirement, ...]]:
        """The requirements that a fault breaks when it is accepted (`rejected`) or refused wrongly (`code`)."""
        found: dict[str, list[Requirement]] = {}
        for requirement in self.requirements.values():
            for fault in requirement.faults:
                found.setdefault(fault, []).append(requirement)
        return {fault: tuple(owners) for fault, owners in found.items()}

    def bound_to(self, declaration: Declaration) -> Contract:
        """The contract under what a target declares. Raises DataError for a limit that is stated twice."""
        bound = _offering(with_positions(self, declaration.positions_of(self.id)), declaration.offer(self.id))
        if declaration.prefixes:
            bound = replace(bound, prefixes=dict(declaration.prefixes))
        measured = measured_requirements(declaration.measures, self.page)
        return replace(bound, requirements={**bound.requirements, **measured}) if measured else bound

    @property
    def declaration(self) -> dict[str, object]:
        """What the target declares of this contract beyond the values of positions, as a recording keeps it."""
        offer = {name: getattr(self.offer, name) for name in ("types", "formats", "side_min", "side_max", "base64_max")}
        stated = {name: list(value) if isinstance(value, tuple) else value for name, value in offer.items() if value}
        prefixes = {"prefixes": dict(self.prefixes)} if self.prefixes else {}
        return {**({"positions": sorted(self.declared)} if self.declared else {}), **stated, **prefixes}

    def as_recorded(self, positions: Mapping[str, str], declaration: Mapping[str, object]) -> Contract:
        """The contract under positions and a `declaration` that a recording kept.

        Recordings of earlier kits have no declaration: what differs from a default was declared. Raises DataError for a
        value that the kit does not know.
        """
        if "positions" not in declaration and positions.get("size.measured") == "text":
            positions = {
                **positions,
                "size.measured": "either",
            }  # the default of earlier kits, which asked nothing there
        defaults = {name: position.default for name, position in read_positions().items()}
        differing = [name for name, value in positions.items() if defaults.get(name, value) != value]
        declared = cast("Collection[str]", declaration.get("positions", differing))
        offer = {name: declaration[name] for name in ("side_min", "side_max", "base64_max") if name in declaration}
        for name in ("types", "formats"):
            if name in declaration:
                offer[name] = tuple(cast("Collection[str]", declaration[name]))
        bound = _offering(with_positions(self, positions, declared), Offer(**offer))  # type: ignore[arg-type]
        prefixes = cast("Mapping[str, str]", declaration.get("prefixes", {}))
        return replace(bound, prefixes=dict(prefixes)) if prefixes else bound

    def requirement(self, name: str) -> Requirement:
        """The requirement of that name or full id. Raises DataError naming the nearest ones."""
        short = name.removeprefix(f"{self.id}/")
        if short not in self.requirements:
            near = near_it(short, self.requirements)
            raise DataError(
                f"{self.id} has no requirement {short!r}; {near.en}", f"{self.id} 没有要求 {short!r}；{near.zh}"
            )
        return self.requirements[short]

    def derived_schemas(self) -> dict[str, Subschema]:
        """The schemas as the tables give them now; the committed files must equal them."""
        return derive_schemas(self.page, self.requirements.values())


def load_contract(named: str | Path) -> Contract:
    """Load a contract as documented, under the default of each position: by its id, or from its folder.

    A folder is a Path, or a text with a slash; afterwards its id is known, too. A contract is read once in a process:
    it is long to read and nothing changes it. Raises DataError for an unknown contract (naming the known ones) or a
    mistake in a data file.
    """
    if isinstance(named, Path) or "/" in named or os.sep in named:
        return _unbound(known_folder(Path(named)))
    folder = own_folder(named) or data_folder("schemas") / named
    if not (folder / "tables.toml").is_file():
        raise DataError(
            f"unknown contract {named!r}; expected one of {', '.join(contract_ids())}",
            f"没有接口契约 {named!r}；应为 {'、'.join(contract_ids())} 之一",
        )
    return _unbound(folder)


def contract_from(given: Contract | str | Path) -> Contract:
    """The contract that was given, or the one of that id or folder.

    Raises DataError for an unknown one, and for other values.
    """
    if isinstance(given, Contract):
        return given
    if isinstance(given, str | Path):
        return load_contract(given)
    raise DataError(
        f"expected a contract, its id or its folder, found {given!r}", f"应为接口契约、其编号或其目录，实为 {given!r}"
    )


@cache
def _unbound(folder: Path) -> Contract:
    page = read_page_data(folder / "tables.toml")
    if page.id != folder.name:
        raise DataError(
            f"{folder / 'tables.toml'}: id: expected {folder.name!r}, as its folder, found {page.id!r}",
            f"{folder / 'tables.toml'}：id：应与目录同名，为 {folder.name!r}，实为 {page.id!r}",
        )
    check_rows(page, folder / "tables.toml")
    catalogue = read_positions()
    positions = position_values(catalogue, page, {})
    requirements = read_requirements(folder / "requirements", page, requirement_changes(catalogue, positions))
    shared = folder.parent / "errors.toml"
    errors = with_members(read_errors(shared if shared.is_file() else data_folder("schemas") / shared.name), page)
    check_references(requirements.values(), possible_needs(catalogue), known_points(), errors.faults)
    return Contract(
        page=page,
        requirements=requirements,
        errors=errors,
        folder=folder,
        positions=positions,
    )


def _offering(contract: Contract, offer: Offer) -> Contract:
    """The contract of a target that has less: what it lacks is not applicable, what it states is a must."""
    if offer == contract.offer:
        return contract
    page = narrowed(contract.page, offer)
    changes = requirement_changes(read_positions(), contract.positions, contract.declared)
    sentences = read_requirements(contract.folder / "requirements", page, changes)
    requirements = {
        name: restated(requirement, sentences.get(name), offer) for name, requirement in contract.requirements.items()
    }
    requirements.pop(OFFERED_TYPES, None)  # what another offer made
    return replace(contract, page=page, requirements=requirements | offered_types(page, offer), offer=offer)


def with_positions(contract: Contract, chosen: Mapping[str, str], declared: Collection[str] | None = None) -> Contract:
    """The contract under other positions: those chosen, and the default of each other one; its limits stay.

    What `declared` names (each chosen one, where it is None) the target says of itself: a breach of it is a `must`.
    Raises DataError for a value that the kit does not know.
    """
    catalogue = read_positions()
    positions = position_values(catalogue, contract.page, chosen)
    said = frozenset(chosen if declared is None else declared) & positions.keys()
    if (positions, said) == (contract.positions, contract.declared):
        return contract
    changes = requirement_changes(catalogue, positions, said)
    requirements = read_requirements(contract.folder / "requirements", contract.page, changes)
    measured = {name: stated for name, stated in contract.requirements.items() if stated.measure is not None}
    stated = offered_types(contract.page, contract.offer)
    return replace(contract, requirements=requirements | stated | measured, positions=positions, declared=said)
