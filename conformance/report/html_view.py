"""A report arranged for the page: what is shown in which order, counted and grouped, with nothing of HTML in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from conformance.contract.positions import Position, read_positions
from conformance.contract.requirements import LEVELS
from conformance.report.html_parts import Bar, Breakage, Failure, PositionTaken, PurposeGroup, Trace
from conformance.report.outlines import drawing
from conformance.report.shapes import Both, ExchangeEntry, Report, RequirementEntry, Source
from conformance.report.wording import Consequence, consequences, source_words, verdict_key, verdict_sentence
from conformance.text import Text

WITH_EVIDENCE = 60
"""Failures shown with evidence and further findings; of the rest the page has expected, observed, where and again."""

_OPENED = 5
"""Failures whose evidence is unfolded from the start."""


@dataclass(frozen=True)
class View:
    """Everything the page shows of a report."""

    report: Report

    @cached_property
    def verdict(self) -> str:
        """`conformant`, `nonconformant`, `inconclusive` or `error`."""
        return verdict_key(self.report)

    @cached_property
    def sentence(self) -> Text:
        """What the verdict rests on."""
        return verdict_sentence(self.report)

    @cached_property
    def bars(self) -> list[Bar]:
        """One for each contract and level that has requirements in scope."""
        found = []
        for contract in self.report["contracts"]:
            for level in LEVELS:
                verdicts = [r["verdict"] for r in self._of(contract) if r["level"] == level]
                counts = {v: verdicts.count(v) for v in ("pass", "fail", "inconclusive", "not-applicable")}
                if verdicts:
                    found.append(Bar(contract, level, counts))
        return found

    @cached_property
    def _broken(self) -> list[Failure]:
        """Every failed requirement, must first."""
        failed = [r for r in self.report["requirements"] if r["verdict"] == "fail" and r["findings"]]
        ordered = sorted(failed, key=lambda r: LEVELS.index(r["level"]))
        return [self._failure(number, requirement) for number, requirement in enumerate(ordered)]

    @cached_property
    def failures(self) -> list[Failure]:
        """Failed requirements that make the verdict."""
        return self._with_consequence("failure")

    @cached_property
    def waived(self) -> list[Failure]:
        """Failed requirements that a waiver excuses: they are as broken as others, but do not make the verdict."""
        return self._with_consequence("waived")

    @cached_property
    def warnings(self) -> list[Failure]:
        """Failed requirements of level should in a run that is not strict."""
        return self._with_consequence("warning")

    @cached_property
    def remarks(self) -> list[Failure]:
        """Failed requirements of level open."""
        return self._with_consequence("remark")

    def _with_consequence(self, consequence: Consequence) -> list[Failure]:
        follows = consequences(self.report)
        return [failure for failure in self._broken if follows[failure.requirement["id"]] == consequence]

    @cached_property
    def breakages(self) -> list[Breakage]:
        """What the failures come to: contracts often state the same."""
        alike: dict[tuple[str, str], list[Failure]] = {}
        for failure in self.failures:
            statement = failure.requirement["statement"]
            alike.setdefault((statement["en"], statement["zh"]), []).append(failure)
        return [Breakage({"en": en, "zh": zh}, failures) for (en, zh), failures in alike.items()]

    @cached_property
    def failure_anchors(self) -> dict[str, int]:
        """The number of each failed requirement by its id."""
        return {failure.requirement["id"]: failure.number for failure in self._broken}

    @cached_property
    def left_to_deeper_runs(self) -> int:
        """Requirements of the contracts that this depth leaves out."""
        return sum(entry["why"] == "depth" for entry in self.report["not_tested"]["requirements"])

    @cached_property
    def unproven(self) -> list[RequirementEntry]:
        """Requirements in scope that nothing decided, must first."""
        found = [r for r in self.report["requirements"] if r["verdict"] == "inconclusive"]
        return sorted(found, key=lambda r: LEVELS.index(r["level"]))

    @cached_property
    def not_applicable(self) -> list[RequirementEntry]:
        """Requirements of a capability that the target does not declare."""
        return [r for r in self.report["requirements"] if r["verdict"] == "not-applicable"]

    @cached_property
    def by_contract(self) -> list[tuple[str, Source, list[RequirementEntry]]]:
        """Requirements in scope, contract by contract."""
        documents = self.report["documents"]
        return [(contract, documents[contract], self._of(contract)) for contract in self.report["contracts"]]

    @cached_property
    def positions_taken(self) -> list[RequirementEntry]:
        """Requirements that rest on the kit's reading of a silent or contradictory document."""
        return [r for r in self.report["requirements"] if r["basis"] == "position"]

    @cached_property
    def positions(self) -> list[PositionTaken]:
        """Every position that held in the run, those that the target took first."""
        known, contracts = read_positions(), dict[tuple[str, str], list[str]]()
        for contract, values in self.report["positions"].items():
            for name, value in values.items():
                contracts.setdefault((name, value), []).append(contract)
        found = [_position(known.get(name), name, value, of) for (name, value), of in contracts.items()]
        return sorted(found, key=lambda position: not position.by_target)

    @cached_property
    def proven_able_to_fail(self) -> int:
        """Requirements in scope that some faulty implementation breaks."""
        return sum(bool(r["proofs"]) for r in self.report["requirements"])

    @cached_property
    def unstable(self) -> int:
        """Requirements with a finding that did not repeat."""
        return sum(any(f["unstable"] for f in r["findings"]) for r in self.report["requirements"])

    @cached_property
    def traces(self) -> list[tuple[str, list[Trace]]]:
        """The traceability matrix, contract by contract, in the order of the document's places."""
        aiming: dict[str, list[str]] = {}
        for purpose in self.report["purposes"]:
            for aim in purpose["aims"]:
                aiming.setdefault(aim, []).append(purpose["id"].partition("/")[2])
        found = []
        for contract in self.report["contracts"]:
            places = list(dict.fromkeys(r["source"] for r in self._of(contract)))
            rows = [
                Trace(
                    r,
                    aiming.get(r["id"], []),
                    list(dict.fromkeys(f["exchange"] for f in r["findings"] if f["exchange"])),
                )
                for r in sorted(self._of(contract), key=lambda r: places.index(r["source"]))
            ]
            found.append((contract, rows))
        return found

    @cached_property
    def purpose_groups(self) -> list[PurposeGroup]:
        """Every purpose with its exchanges, in the order of the run."""
        exchanges: dict[str, list[ExchangeEntry]] = {p["id"]: [] for p in self.report["purposes"]}
        for exchange in self.report["exchanges"]:
            exchanges.setdefault(exchange["purpose"], []).append(exchange)
        purposes = {p["id"]: p for p in self.report["purposes"]}
        seen: set[str] = set()
        found = []
        for name, of_purpose in exchanges.items():
            # Of a request that was sent again, the last answer is the one that counts.
            ids = [e["id"] for e in of_purpose]
            anchored = [e["id"] not in seen and e["id"] not in ids[at + 1 :] for at, e in enumerate(of_purpose)]
            seen.update(ids)
            found.append(PurposeGroup(name, purposes.get(name), of_purpose, anchored))
        return found

    @cached_property
    def outcomes(self) -> dict[str, Both]:
        """What became of each exchange, by its id; of a request that was sent again, what counted."""
        return {exchange["id"]: exchange["outcome"] for exchange in self.report["exchanges"]}

    @cached_property
    def pictures(self) -> list[tuple[str, str, int, int]]:
        """Key, data URI, width and height of each thumbnail that some failure shows."""
        drawn = {failure.drawing.picture for failure in self._broken if failure.drawing is not None}
        return [
            (key, entry["thumbnail"], entry["width"], entry["height"])
            for key, entry in self.report["pictures"].items()
            if key in drawn and entry["thumbnail"] is not None
        ]

    def place(self, requirement: RequirementEntry) -> Text:
        """Where the document states a requirement."""
        return source_words(requirement["source"])

    def _of(self, contract: str) -> list[RequirementEntry]:
        return [r for r in self.report["requirements"] if r["contract"] == contract]

    def _failure(self, number: int, requirement: RequirementEntry) -> Failure:
        first, *others = requirement["findings"]
        evidence = first["evidence"] if number < WITH_EVIDENCE else None
        picture = evidence["picture"] if evidence is not None else None
        entry = self.report["pictures"].get(picture["id"]) if picture is not None else None
        return Failure(
            number=number,
            requirement=requirement,
            first=first,
            others=others if evidence is not None else (),
            drawing=drawing(picture, entry) if picture is not None and entry is not None else None,
            with_evidence=evidence is not None,
            opened=number < _OPENED,
        )


def _position(known: Position | None, name: str, value: str, contracts: Sequence[str]) -> PositionTaken:
    """A position in words, as far as this kit knows it: the report may be that of another."""
    meaning = known.values.get(value) if known is not None else None
    return PositionTaken(
        id=name,
        value=value,
        title=known.title if known is not None else Text(name, name),
        meaning=meaning.meaning if meaning is not None else Text(value, value),
        contracts=contracts,
        by_target=known is None or known.default != value,
    )
