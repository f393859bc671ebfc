"""Limits under load that a target statement sets (`[[load]]`), and who agrees to its target being put under load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from conformance.statement.shape import one_of, wrong_value
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract.tables import Page
    from conformance.statement.stated_text import Mistake, StatedText

A_DAY = Text("a day that exists, YYYY-MM-DD", "存在的日期 YYYY-MM-DD")


@dataclass(frozen=True, slots=True)
class LoadLimit:
    """From `users` on, `percentile` percent of the answers within `limit_ms`, and at most the share `errors` wrong.

    `contract` is the id that it speaks of, None for each.
    """

    users: int
    percentile: float
    limit_ms: float
    errors: float = 0.0
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Who owns the target and has agreed to it being put under load, and the last day of that."""

    owner: str
    until: date


def stated_loads(data: Mapping[str, object]) -> tuple[LoadLimit, ...]:
    """The limits of a statement that has the shape of its schema."""
    return tuple(
        LoadLimit(
            users=cast("int", entry["users"]),
            percentile=float(cast("float", entry["percentile"])),
            limit_ms=float(cast("float", entry["limit-ms"])),
            errors=float(cast("float", entry.get("errors", 0.0))),
            contract=cast("str | None", entry.get("contract")),
        )
        for entry in cast("Sequence[Mapping[str, object]]", data.get("load", ()))
    )


def stated_consent(data: Mapping[str, object]) -> Consent | None:
    """The consent that a statement names."""
    entry = cast("Mapping[str, object] | None", data.get("load-consent"))
    return None if entry is None else Consent(str(entry["owner"]), date.fromisoformat(str(entry["until"])))


def load_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """Contracts that are not the statement's, and a day that does not exist."""
    for index, entry in text.entries("load"):
        contract = entry.get("contract")
        if contract is not None and contract not in pages:
            line = text.line("load", index, "contract")
            yield line, wrong_value(f"load {index + 1}: contract", one_of(pages), contract)
    consent = text.data.get("load-consent")
    if isinstance(consent, Mapping) and "until" in consent:
        try:
            date.fromisoformat(str(consent["until"]))
        except ValueError:
            line = text.line("load-consent", "until")
            yield line, wrong_value("load-consent: until", A_DAY, consent["until"])
