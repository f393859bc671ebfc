"""The members of `report.json` as types; `schemas/report.schema.json` describes the same shape for other programs."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from conformance.contract.requirements import Depth, Level
from conformance.contract.tables import Basis
from conformance.engine.account import Outcome
from conformance.engine.ledger import RecognitionVerdict
from conformance.report.figures import Calibration, Confusion, DegradationEntry, Latency, RecognitionEntry
from conformance.report.paired import Outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping

Corners = list[list[float]]
"""Corners in pixels of the picture as sent: [[x, y], ...]."""


class Both(TypedDict):
    """A sentence in English and Chinese."""

    en: str
    zh: str


class Score(TypedDict):
    """Requirements in scope, counted by verdict."""

    requirements: int
    proven: int
    failed: int
    inconclusive: int
    not_applicable: int


class Source(TypedDict):
    """The document that a contract was read from."""

    title: Both
    document: Both
    document_id: str
    published: str
    edition: str
    operation: str


class RequestSummary(TypedDict):
    """A request without its picture: long strings of the body are replaced by their length."""

    method: str
    path: str
    auth: str
    headers: list[list[str]]
    body: str
    body_bytes: int
    body_sha256: str


class ResponseSummary(TypedDict):
    """A response around the place of a finding: `before`, `marked` and `after` are consecutive text of its body."""

    status: int
    headers: list[list[str]]
    body_bytes: int
    before: str
    marked: str
    after: str
    cut: bool


class FailureSummary(TypedDict):
    """Why there was no response."""

    kind: str
    detail: str


class TrueCorners(TypedDict):
    """Where a document is drawn on the picture that was sent."""

    type: str
    readable: bool
    corners: Corners


class ReturnedCorners(TypedDict):
    """A location of the answer, by the JSON Pointer of what it locates."""

    pointer: str
    type: str
    corners: Corners


class PictureEvidence(TypedDict):
    """The picture of a request, by its key in `pictures`, with the true and the returned corners on it."""

    id: str
    true: list[TrueCorners]
    returned: list[ReturnedCorners]


class Evidence(TypedDict):
    """What was sent and what came back; exactly one of `response` and `failure` is given."""

    request: RequestSummary
    response: ResponseSummary | None
    failure: FailureSummary | None
    picture: PictureEvidence | None


class FindingEntry(TypedDict):
    """One broken observation. `evidence` is given for the first finding of a requirement.

    `exchange` and `curl` are empty, and there is no evidence, where no one exchange shows it: a limit on the whole run.
    """

    expected: str
    observed: str
    zh: dict[str, str]
    pointer: str
    purpose: str
    exchange: str
    fault: str | None
    unstable: bool
    curl: str
    evidence: Evidence | None


class Breach(TypedDict):
    """Where a requirement broke: in which purpose, and with which fault of the request (null for a valid one)."""

    purpose: str
    fault: str | None


class RequirementEntry(TypedDict):
    """One requirement in scope and what the run learnt of it; `needs` is what a target must have for it to apply."""

    id: str
    contract: str
    level: Level
    basis: Basis
    source: str
    statement: Both
    points: list[int]
    verdict: Literal["pass", "fail", "inconclusive", "not-applicable"]
    witnesses: int
    witness: str | None
    broken: int
    breaches: list[Breach]
    findings: list[FindingEntry]
    reason: Both | None
    proofs: list[str]
    readings: NotRequired[list[Reading]]
    needs: NotRequired[str | None]


class Reading(TypedDict):
    """A position that a target statement could declare, under which a broken requirement would not hold as it is."""

    position: str
    value: str
    meaning: Both


class PurposeFinding(FindingEntry):
    """What a purpose showed of a requirement, without evidence."""

    requirement: str


class NotRun(TypedDict):
    """A purpose that the run set out to do and did not get to."""

    id: str
    aims: list[str]


class PurposeEntry(TypedDict):
    """One purpose that was run: `findings` are the first of each requirement in `broken`, `reasons` why others are
    `unproven`. Reports of earlier kits have neither.
    """

    id: str
    title: Both
    outcome: Outcome
    requests: int
    duration_s: float
    aims: list[str]
    broken: list[str]
    unproven: list[str]
    findings: NotRequired[list[PurposeFinding]]
    reasons: NotRequired[dict[str, Both]]


class ExchangeEntry(TypedDict):
    """One request and its answer, without bodies. `retried`: the target asked to be called again."""

    id: str
    purpose: str
    role: str
    attempt: int
    method: str
    path: str
    auth: str
    fault: str | None
    request_bytes: int
    outcome: Both
    response_bytes: int
    elapsed_ms: float
    billed: int
    retried: bool


class KitError(TypedDict):
    """A purpose in which the kit itself failed."""

    purpose: str
    error: str


class PictureEntry(TypedDict):
    """A picture that was sent: its size in pixels, and a thumbnail as a data URI where one could be made."""

    width: int
    height: int
    thumbnail: str | None


class WaiverEntry(TypedDict):
    """A requirement whose breach the target statement excuses: why, who answers for it, and until which day.

    A `narrow` one excuses breaches on pictures of a type or format, or in a purpose, alone; it `covers` what was broken
    where there was nothing else.
    """

    requirement: str
    reason: str
    owner: str
    expires: str
    expired: bool
    narrow: NotRequired[dict[str, str | None]]
    covers: NotRequired[bool]


class UnprovableEntry(TypedDict):
    """A requirement that cannot be proven on this target, as its statement says, and why."""

    requirement: str
    reason: Both


class OutOfScope(TypedDict):
    """A requirement that the run does not speak of: left to a deeper run (`depth`), or by --only (`narrowed`)."""

    id: str
    depth: Depth
    why: Literal["depth", "narrowed"]


class NotTested(TypedDict):
    """What this run says nothing about: contracts that were not asked for, requirements out of scope."""

    contracts: list[str]
    requirements: list[OutOfScope]


class Environment(TypedDict):
    """What the kit ran on."""

    python: str
    platform: str
    packages: dict[str, str]


class NotRead(TypedDict):
    """A type that was shown several times and never recognised."""

    contract: str
    type: str


class Report(TypedDict):
    """The content of `report.json`. `sha256` is that of the canonical JSON of everything else in it.

    `verdict` is that of conformity, `recognition_verdict` that of the declared limits on what is recognised. Reports of
    earlier kits have no `recognition`, no `recognition_verdict`, no `not_read` and no `not_run`. Of very many
    pictures of the user's own `pictures_left_out` are listed neither in `purposes` nor in `exchanges`.
    """

    kit: str
    kit_version: str
    target: str
    verdict: Literal["conformant", "nonconformant", "inconclusive"]
    score: Score
    contracts: list[str]
    documents: dict[str, Source]
    depth: Depth
    strict: bool
    only: list[str]
    seed: int
    positions: dict[str, dict[str, str]]
    waivers: list[WaiverEntry]
    unprovable: NotRequired[list[UnprovableEntry]]
    started_at: str
    duration_s: float
    requests_sent: int
    accepted: int
    billable: int
    latency: dict[str, Latency]
    calibration: dict[str, Calibration]
    recognition: NotRequired[list[RecognitionEntry]]
    confusion: NotRequired[list[Confusion]]
    degradations: NotRequired[list[DegradationEntry]]
    outcomes: NotRequired[list[Outcomes]]
    recognition_verdict: NotRequired[RecognitionVerdict]
    not_read: NotRequired[list[NotRead]]
    stop_reason: str | None
    stop_text: Both | None
    errors: list[KitError]
    requirements: list[RequirementEntry]
    purposes: list[PurposeEntry]
    not_run: NotRequired[list[NotRun]]
    exchanges: list[ExchangeEntry]
    pictures_left_out: NotRequired[int]
    pictures: dict[str, PictureEntry]
    not_tested: NotTested
    environment: Environment
    sha256: str


_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON may hold as it is, but a terminal that prints the file may obey, or UTF-8 cannot encode."""


def digest(document: Mapping[str, object]) -> str:
    """Lower-case hexadecimal SHA-256 of all but `sha256` in its one spelling: sorted keys, ASCII, no spaces."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def to_json(value: object) -> bytes:
    """JSON as the files of a report hold it: indented, in UTF-8; what a terminal would obey is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", text).encode("utf-8") + b"\n"
