"""What a target declares, as a contract takes it: positions, what it has less of, other prefixes of codes, limits.

A statement (`conformance.statement`) is one form of a declaration, the manifest of a recording another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from conformance.contract.requirements import Requirement
from conformance.files import DataError
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.contract.requirements import Measure
    from conformance.contract.tables import Page, Row

MEASURE = "measure"
"""The check that requirements made of limits name."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a target has of one contract; None where it is all that is documented.

    `formats` are those that it reads, sides in pixels and `base64_max` in characters bound what it reads; `types` are
    the documents that it knows; `positions` are those that it takes in this contract alone.
    """

    formats: tuple[str, ...] | None = None
    side_min: int | None = None
    side_max: int | None = None
    base64_max: int | None = None
    positions: Mapping[str, str] = field(default_factory=dict)
    types: tuple[str, ...] | None = None


DOCUMENTED = Offer()
"""Everything that is documented."""


class Declaration(Protocol):
    """What a contract reads of a target statement."""

    @property
    def measures(self) -> Sequence[Measure]:
        """Limits on the whole run."""

    @property
    def prefixes(self) -> Mapping[str, str]:
        """What the target writes in the place of a documented prefix of error codes."""

    def offer(self, contract_id: str) -> Offer:
        """What the target has of a contract."""

    def positions_of(self, contract_id: str) -> Mapping[str, str]:
        """The positions that are stated for a contract, and no others."""


def narrowed(page: Page, offer: Offer) -> Page:
    """The page with the limits and formats that a target offers in the rows of its inputs."""
    names = {page.picture, "url"}
    changes: dict[str, object] = {}
    if offer.side_min is not None:
        changes["side_min"] = offer.side_min
    if offer.side_max is not None:
        changes["side_max"] = offer.side_max
    if offer.formats is not None:
        changes["formats"] = offer.formats
    if not changes:
        return page

    def changed(row: Row) -> Row:
        known = {key: value for key, value in changes.items() if getattr(row, key)}
        return replace(row, **known) if row.name in names and known else row  # type: ignore[arg-type]

    tables = tuple(
        replace(table, rows=tuple(map(changed, table.rows))) if table.kind == "body" else table for table in page.tables
    )
    return replace(page, tables=tables)


_OF_SIDES = {"side_min": ("accepts.side-min", "side.min"), "side_max": ("accepts.side-max", "side.max")}
ADVISED_BASE64 = 9_786_712
"""Characters of base64 of a file of 7 MB, which some pages advise."""

_OF_LENGTH = ("accepts.size-max", "size.max")


def restated(requirement: Requirement, narrowed_to: Requirement | None, offer: Offer) -> Requirement:
    """A requirement of a target that has less; `narrowed_to` is how the narrowed page puts it, None where it does not.

    What speaks of a format that is not offered becomes one that needs it; limits that a target states are a must.
    """
    if narrowed_to is None:
        lacking = next((name for name in requirement.features if name.startswith("format:")), None)
        if lacking is None:
            return requirement
        return replace(requirement, level="open", needs=f"formats={lacking.removeprefix('format:')}")
    if "size:advised" in requirement.features and offer.base64_max is not None and offer.base64_max < ADVISED_BASE64:
        return replace(requirement, level="open", needs=f"base64-max={ADVISED_BASE64}")
    stated = [name for key, names in _OF_SIDES.items() if getattr(offer, key) is not None for name in names]
    if offer.base64_max is not None and requirement.name in _OF_LENGTH:
        most, accepted = offer.base64_max, accepted_base64(offer.base64_max)
        words = narrowed_to.statement
        numbers = (("10,485,760", f"{most:,}"), ("9,900,000", f"{accepted:,}"))
        for old, new in numbers:
            words = Text(words.en.replace(old, new), words.zh.replace(old, new))
        return replace(narrowed_to, level="must", statement=words)
    return replace(narrowed_to, level="must") if requirement.name in stated else narrowed_to


OFFERED_TYPES = "ticket.type.offered"
"""The requirement that the `types` of a target statement make, and the check that judges it."""


def offered_types(page: Page, offer: Offer) -> dict[str, Requirement]:
    """That a target recognises no other types than those that it states; none where it states none."""
    if offer.types is None:
        return {}
    words = Text(
        f"Of the documented types no other ones are recognised than the target states: {', '.join(offer.types)}.",
        f"在文档所列类型中，仅识别被测系统声明支持的类型：{'、'.join(offer.types)}。",
    )
    return {
        OFFERED_TYPES: Requirement(
            id=f"{page.id}/{OFFERED_TYPES}",
            name=OFFERED_TYPES,
            level="should",
            basis="position",
            source=f'target statement, contract."{page.id}".types',
            statement=words,
            check=OFFERED_TYPES,
            depth="smoke",
        )
    }


def accepted_base64(most: int) -> int:
    """Characters that a target with this limit has to accept: a little less, for the rest of the body."""
    return (most - 4096) // 4 * 4


def measured_requirements(measures: Sequence[Measure], page: Page) -> dict[str, Requirement]:
    """The requirements that the limits make of a contract, by name. Raises DataError where two have one name."""
    found: dict[str, Requirement] = {}
    for measure in measures:
        if not measure.concerns(page):
            continue
        if measure.name in found:
            raise DataError(
                f"{measure.place}: {measure.name} is stated twice for {page.id}",
                f"{measure.place}：{page.id} 的 {measure.name} 给出了两次",
            )
        found[measure.name] = Requirement(
            id=f"{page.id}/{measure.name}",
            name=measure.name,
            level=measure.level,
            basis="position",
            source=f"target statement, {measure.place}",
            statement=_statement(measure),
            check=MEASURE,
            depth="smoke",
            measure=measure,
        )
    return found


def _statement(measure: Measure) -> Text:
    bound, sure = f"{measure.bound:g}", f"{100 * measure.confidence:g} %"
    kind_en, kind_zh = measure.type or "all types", f" {measure.type} " if measure.type else "全部类型"
    own = measure.pictures == "own"
    on_en, on_zh = ("pictures of the user's own", "自有图片") if own else ("specimens", "样张")
    match measure.kind:
        case "recall" | "precision" | "fields":
            word = {"recall": "召回率", "precision": "精确率", "fields": "字段准确率"}[measure.kind]
            name = "accuracy of fields" if measure.kind == "fields" else measure.kind
            return Text(
                f"The {name} of {kind_en} on {on_en} is at least {bound} with {sure} confidence.",
                f"{on_zh}上{kind_zh}的{word}以 {sure} 置信度不低于 {bound}。",
            )
        case "latency":
            share = f"{measure.percentile:g} %"
            return Text(
                f"{share} of the valid requests are answered within {bound} ms.",
                f"{share} 的有效请求在 {bound} 毫秒内得到响应。",
            )
        case "billed":
            return Text(
                f"The answers of the run bill what the target's meter shows: {bound}.",
                f"本次运行的响应应计费数与被测系统的计量数一致：{bound}。",
            )
