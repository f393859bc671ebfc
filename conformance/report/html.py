"""`report.html`: one file that needs no network and no script, and what it shows beyond the story of its report."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.contract.catalogues import Position, read_positions
from conformance.report import phrases, wording
from conformance.report.phrases import visible
from conformance.report.shapes import (
    Both,
    Corners,
    ExchangeEntry,
    PictureEntry,
    PictureEvidence,
    PurposeEntry,
    RequirementEntry,
    Source,
)
from conformance.report.story import Failure, Story
from conformance.text import Text

# What the page shows of a report beyond its story, arranged, with nothing of HTML in it.


WITH_EVIDENCE = 60
"""Failures shown with evidence and further findings; of the rest the page has expected, observed, where and again."""

_OPENED = 5
"""Failures whose evidence is unfolded from the start."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A row of the traceability matrix; `purposes` are names without the contract, `exchanges` ids of findings."""

    requirement: RequirementEntry
    purposes: Sequence[str]
    exchanges: Sequence[str]


@dataclass(frozen=True, slots=True)
class PurposeGroup:
    """A purpose with its exchanges; `anchored` says of each whether links to its id lead here."""

    id: str
    purpose: PurposeEntry | None
    exchanges: Sequence[ExchangeEntry]
    anchored: Sequence[bool]


@dataclass(frozen=True, slots=True)
class PositionTaken:
    """A position on an open point: what it is about, the value that held, what that means, and who took it."""

    id: str
    value: str
    title: Text
    meaning: Text
    contracts: Sequence[str]
    by_target: bool


@dataclass(frozen=True)
class Page(Story):
    """What the page shows beyond the story: evidence, positions, the traceability matrix, exchanges, pictures."""

    @cached_property
    def failure_anchors(self) -> dict[str, int]:
        """The number of each failed requirement by its id."""
        return {failure.id: failure.number for failure in self.broken}

    @cached_property
    def left_to_deeper_runs(self) -> int:
        """Requirements of the contracts that this depth leaves out."""
        return sum(entry["why"] == "depth" for entry in self.report["not_tested"]["requirements"])

    @cached_property
    def by_contract(self) -> list[tuple[str, Source, list[RequirementEntry]]]:
        """Requirements in scope, contract by contract."""
        documents = self.report["documents"]
        return [(contract, documents[contract], self.of_contract(contract)) for contract in self.report["contracts"]]

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
            places = list(dict.fromkeys(r["source"] for r in self.of_contract(contract)))
            rows = [
                Trace(
                    r,
                    aiming.get(r["id"], []),
                    list(dict.fromkeys(f["exchange"] for f in r["findings"] if f["exchange"])),
                )
                for r in sorted(self.of_contract(contract), key=lambda r: places.index(r["source"]))
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
        drawings = [self.drawing(failure) for failure in self.broken]
        drawn = {shown.picture for shown in drawings if shown is not None}
        return [
            (key, entry["thumbnail"], entry["width"], entry["height"])
            for key, entry in self.report["pictures"].items()
            if key in drawn and entry["thumbnail"] is not None
        ]

    def with_evidence(self, failure: Failure) -> bool:
        """Whether the page has the evidence of a failure, and its further findings."""
        return failure.number < WITH_EVIDENCE and failure.first["evidence"] is not None

    def opened(self, failure: Failure) -> bool:
        """Whether its evidence is unfolded from the start."""
        return failure.number < _OPENED

    def drawing(self, failure: Failure) -> Drawing | None:
        """The picture of a failure with the outlines on it."""
        evidence = failure.first["evidence"]
        picture = evidence["picture"] if evidence is not None else None
        entry = self.report["pictures"].get(picture["id"]) if picture is not None else None
        if not self.with_evidence(failure) or picture is None or entry is None:
            return None
        return drawing(picture, entry)


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


# The outlines of documents on a picture, as numbers for an SVG drawing.


_MARGIN = 0.5
"""How far outside the picture an outline is still drawn, as a share of the picture's longer side."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner with its place in the order of the answer, counted from 1, and where that number is written."""

    number: int
    x: float
    y: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """One document: `points` for a polygon, `name` and `place` for a legend, corners where their order matters."""

    points: str
    name: str
    place: str
    corners: tuple[Corner, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture with the outlines on it; lengths in pixels of the picture as sent."""

    picture: str
    width: int
    height: int
    has_thumbnail: bool
    view_box: str
    unit: float
    true: tuple[Outline, ...]
    returned: tuple[Outline, ...]
    beyond: bool


def drawing(evidence: PictureEvidence, picture: PictureEntry) -> Drawing:
    """Lays out what `evidence` says of `picture`. `beyond` is True where an outline reaches outside of the drawing."""
    width, height = picture["width"], picture["height"]
    returned = [place["corners"] for place in evidence["returned"]]
    reach = _MARGIN * max(width, height)
    left, right = _span((x for corners in returned for x, _ in corners), width, reach)
    top, bottom = _span((y for corners in returned for _, y in corners), height, reach)
    unit = max(right - left, bottom - top) / 100
    left, right, top, bottom = left - unit, right + unit, top - unit, bottom + unit
    inside = all(left <= x <= right and top <= y <= bottom for corners in returned for x, y in corners)
    return Drawing(
        picture=evidence["id"],
        width=width,
        height=height,
        has_thumbnail=picture["thumbnail"] is not None,
        view_box=f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}",
        unit=round(unit, 1),
        true=tuple(Outline(_points(place["corners"]), place["type"], "") for place in evidence["true"]),
        returned=tuple(
            Outline(_points(place["corners"]), place["type"], place["pointer"], _numbered(place["corners"], unit))
            for place in evidence["returned"]
        ),
        beyond=not inside,
    )


def _span(values: Iterable[float], size: int, reach: float) -> tuple[float, float]:
    """From the least to the greatest of the values and the picture's own side, at most `reach` beyond that."""
    known = [0.0, float(size), *values]
    return max(min(known), -reach), min(max(known), size + reach)


def _points(corners: Corners) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _numbered(corners: Corners, unit: float) -> tuple[Corner, ...]:
    """Corners with their numbers written a little towards the middle of the outline."""
    middle_x = sum(x for x, _ in corners) / len(corners)
    middle_y = sum(y for _, y in corners) / len(corners)
    step = 4 * unit

    def towards(value: float, middle: float) -> float:
        return round(value + max(-step, min(step, middle - value)), 1)

    return tuple(
        Corner(number, round(x, 1), round(y, 1), towards(x, middle_x), towards(y, middle_y))
        for number, (x, y) in enumerate(corners, 1)
    )


# The page: templates, and what makes text harmless in them.


_TEMPLATES = Path(__file__).parent / "templates"
_MARKS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "not-applicable": "–"}
_RUN_MARKS = {"conformant": "✓", "nonconformant": "✗", "inconclusive": "?", "error": "!"}


def html_report(story: Story, language: str = "en") -> str:
    """The page, to be written as UTF-8; `language` (`en` or `zh`) is the one that it opens in."""
    # Both go into the page unescaped, so that their hashes fit the policy.
    style, script = ((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=story.report,
            story=Page(story.report, story.comparison, story.curves, story.undrawn),
            language=language,
            style=Markup(style),
            style_hash=_policy_hash(style),
            script=Markup(script),
            script_hash=_policy_hash(script),
        )
    )


@cache
def _environment() -> Environment:
    """The templates, compiled once in a process, and the words that all of them know."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        data_uri=_data_uri, breakable=_breakable, unbroken_options=_unbroken_options, exchange_anchor=_exchange_anchor
    )
    environment.globals.update(marks=_MARKS, run_marks=_RUN_MARKS, wording=wording, phrases=phrases)
    return environment


def _policy_hash(content: str) -> str:
    """How a content security policy names an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")


def _harmless(value: object) -> object:
    """What every expression of a template goes through before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _exchange_anchor(exchange_id: str) -> str:
    """The id of the row of an exchange; those of recorded traffic have spaces, which an id of HTML cannot have."""
    return "x-" + re.sub(r"\s", "-", exchange_id)


def _breakable(text: str) -> Markup:
    """An id that may wrap after its slashes and dots."""
    return Markup(re.sub(r"([/.])", r"\1<wbr>", str(escape(visible(text)))))


def _unbroken_options(line: str) -> Markup:
    """A shell line whose options do not wrap after their hyphens."""
    return Markup(
        re.sub(r"(?<= )(--?[A-Za-z][A-Za-z-]*)(?= )", r'<span class="nb">\1</span>', str(escape(visible(line))))
    )
