"""Writes a run to a cassette while it goes on, continues the recording of one that was interrupted, and keeps what is
not the kit's own out of both, or of a copy.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from conformance import __version__
from conformance.engine.budget import price_of
from conformance.engine.options import Results, Settings
from conformance.engine.plan import select
from conformance.engine.scripts import Interrupted, drawn_script
from conformance.exchange import NOT_CONNECTED, Exchange, Request, TransportFailure, taken_apart
from conformance.files import data_folder, read_json
from conformance.images.edge_cases import blank, pad, truncate, unsupported
from conformance.images.formats import MAX_SIDE, VARIANTS, Format, Variant
from conformance.images.sniff import Sniffed, sniff
from conformance.judging.inputs import from_dialect
from conformance.recordings import CassetteError, Interaction, Retried, Sending, Spot
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.reader import CassetteReader
from conformance.recordings.redact import Mask, Redaction, Rules, redact_cassette
from conformance.strategies.specimens import OWN, specimens

if TYPE_CHECKING:
    from conformance.engine.account import PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.engine.run import Run
    from conformance.engine.scripts import Planned

    Clock = Callable[[], datetime]


class Recorder:
    """Records every exchange of a run with its place in it, and seals the cassette when the run is over.

    The run asks it before it sends, and tells it what came back.

    A folder with an interrupted recording of the same run is continued: what was answered is taken from there, and
    only the rest is sent. A request that was about to be sent when the recording broke off is not sent again unless
    `resend`.
    Raises CassetteError where the folder holds a complete recording or that of another run, or cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        run: Run,
        kit_version: str,
        purposes: Sequence[Purpose] = (),
        *,
        resend: bool = False,
        keep_images: bool = False,
        clock: Clock | None = None,
    ) -> None:
        """`purposes` are those that the run will go through: a cassette that lacks one is not complete.

        Pictures of the user's own are recorded as blank ones, and what was read on them under pseudonyms, unless
        `keep_images`.
        """
        self._run = run
        self._lock = threading.RLock()  # workers note what they send
        self._mask = None if keep_images else Mask(Rules(), KitPictures({}))
        self._resend = resend
        self._clock = clock or _now
        self._started = time.monotonic()
        self._sent_at = ""
        self._requests: dict[str, int] = {}
        self._lost: set[Spot] = set()
        self._writer = CassetteWriter(
            folder,
            {
                "kit_version": kit_version,
                "contracts": [contract.id for contract in run.contracts],
                "depth": run.depth,
                "seed": run.seed,
                "positions": {contract.id: dict(contract.positions) for contract in run.contracts},
                "declared": {contract.id: contract.declaration for contract in run.contracts},
                "planned": [purpose.id for purpose in purposes],
                "only": None if run.only is None else [name for name in run.ledger.accounts if name in run.only],
                "beside": run.beside,
                "target": hashlib.sha256(run.target.name.encode()).hexdigest()[:16],
                "recorded_at": _stamp(self._clock()),
            },
        )
        self.resumed = self._writer.resumed
        self.unknown = self._writer.unknown
        run.journal = self

    @classmethod
    def of(cls, run: Run, purposes: Sequence[Purpose], results: Results) -> Self | None:
        """The recording that a user asked for, if any."""
        if results.record is None:
            return None
        return cls(results.record, run, __version__, purposes, resend=results.resend, keep_images=results.keep_images)

    def knows(self, purpose: Purpose, planned: Planned, attempt: int) -> bool:
        """See `Journal`: workers ask that, and leave what there is to the run itself."""
        with self._lock:
            return self._writer.holds(Spot(purpose.id, attempt, planned.position), unknown=not self._resend)

    def recall(self, purpose: Purpose, planned: Planned, attempt: int) -> Exchange | Interrupted | None:
        """What an interrupted recording holds of a request. Raises CassetteError where that was another request."""
        spot = Spot(purpose.id, attempt, planned.position)
        with self._lock:
            if self._writer.is_unknown(spot):
                self._lost.add(spot)
                return None if self._resend else Interrupted()
            interaction = self._writer.recorded(spot)
        if interaction is None:
            return None
        found = interaction.exchange
        if isinstance(found.answer, TransportFailure) and found.answer.kind in NOT_CONNECTED:
            return None  # it was never sent
        if found.request.sent_sum() != self._masked(planned.request).sent_sum():
            raise CassetteError(
                f"{spot}: expected the request that was recorded there ({_words(found.request)}), "
                f"this run makes another one ({_words(planned.request)}); record into another folder",
                f"{spot}："
                f"应为当时录制的请求（{_words(found.request)}），本次却是另一个（{_words(planned.request)}）；"
                "请录制到另一个目录",
            )
        # Its answer may be under pseudonyms, and so are the values that are stated there about the picture.
        stated = found.request.stated
        if stated is not None and planned.request.stated is not None:
            named = zip(stated, planned.request.stated, strict=True)
            stated = tuple(replace(there, original=here.original) for there, here in named)
        return Exchange(replace(planned.request, stated=stated), found.answer, found.id)

    def _masked(self, request: Request) -> Request:
        return request if self._mask is None or request.stated is None else self._mask.request(request)

    def sending(self, purpose: Purpose, planned: Planned, attempt: int) -> None:
        """Note the intent, so that an exchange that is interrupted can be told from one that never began."""
        spot = Spot(purpose.id, attempt, planned.position)
        with self._lock:
            self._sent_at = _stamp(self._clock())
            self._writer.sending(Sending(spot, price_of(planned.request), self._sent_at))

    def retried(self, purpose: Purpose, planned: Planned, attempt: int, status: int) -> None:
        """Note an answer that asked to be called again, so that an interruption of the pause loses nothing."""
        with self._lock:
            self._writer.retried(Retried(Spot(purpose.id, attempt, planned.position), status, _stamp(self._clock())))

    def exchanged(self, purpose: Purpose, planned: Planned, attempt: int, exchange: Exchange) -> None:
        """Append the exchange to the journal, unless it came from there."""
        spot = Spot(purpose.id, attempt, planned.position)
        with self._lock:
            there = not self._writer.is_unknown(spot)
            self._lost.discard(spot)
        self._add(purpose, planned, attempt, exchange, there=there)

    def shared(self, purpose: Purpose, planned: Planned, attempt: int, exchange: Exchange) -> None:
        """Append the exchange of an earlier purpose once more, so that each purpose can be replayed alone."""
        there = self._writer.recorded(Spot(purpose.id, attempt, planned.position)) is not None
        self._add(purpose, planned, attempt, exchange, there=there, shared=True)

    def _add(
        self,
        purpose: Purpose,
        planned: Planned,
        attempt: int,
        exchange: Exchange,
        *,
        there: bool,
        shared: bool = False,
    ) -> None:
        if attempt == 1:
            self._requests[purpose.id] = planned.position + 1
        if there:
            return
        relation = planned.relation
        interaction = Interaction(
            contract=purpose.contract_id,
            purpose=purpose.id,
            position=planned.position,
            role=planned.role,
            attempt=attempt,
            exchange=exchange,
            control=planned.control,
            relation=(relation.requirement, relation.comparator) if relation is not None else None,
            at="" if shared else self._sent_at,
            shared=shared,
        )
        if self._mask is not None and exchange.request.stated is not None:
            interaction = self._mask.interaction(interaction)
        with self._lock:
            self._writer.add(interaction)

    def finished(self, result: PurposeResult) -> None:
        """Note that a purpose is complete, unless the run was stopped in it or something of it is missing."""
        purpose = result.purpose.id
        stopped = self._run.ledger.stop_reason is not None or result.error is not None
        if stopped or any(spot.purpose == purpose for spot in self._lost):
            return
        with self._lock:
            self._writer.finish(purpose, self._requests.get(purpose, 0))

    def seal(self) -> None:
        """Make what was recorded the recording, whatever ended the run. Raises CassetteError."""
        self._writer.seal(
            {
                "stop_reason": self._run.ledger.stop_reason,
                "duration_s": round(time.monotonic() - self._started, 1),
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        """Seals."""
        self.seal()


def _words(request: Request) -> str:
    return f"{request.method} {request.path}, {len(request.body)} bytes"


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# Which requests and pictures are the kit's own, and what stays out of recordings where they are not.


_ALPHABET = re.compile(r"[A-Za-z0-9+/_-]")
_WORDS = frozenset(
    ("", "长期", "是", "否", "有", "无", "Yes", "No", "yes", "no", "M", "F", "男", "女", "人民币", "CHN")
)
"""Values that name nobody, besides those that schemas list."""


def redact(folder: Path, copy: Path, rules: Rules, *, cases: Path | None = None) -> Redaction:
    """Write a redacted copy of a cassette to a new folder.

    `cases` are those that the run was recorded with, where they were not the kit's own. Raises CassetteError, and
    DataError where the recorded run cannot be drawn again.
    """
    return redact_cassette(folder, copy, rules, KitPictures(CassetteReader(folder).about, cases))


class KitPictures:
    """The kit's knowledge, for one cassette: its requests are drawn again, so that nothing has to be believed."""

    def __init__(self, about: object, cases: Path | None = None) -> None:
        """`about` is the manifest of the cassette."""
        self._about = about if isinstance(about, dict) else {}
        self._cases = cases

    def is_own(self, request: Request) -> bool:
        """Whether the recorded run draws this very body, or its picture is the file of a specimen."""
        if request.body_sha256() in self._bodies:
            return True
        try:
            picture = base64.b64decode(taken_apart(request.body)[1], validate=True)
        except ValueError:
            return False
        return hashlib.sha256(picture).hexdigest() in self._specimens

    def is_vocabulary(self, value: str) -> bool:
        """Whether a schema lists the value, or it is a word of every form."""
        return value in self._words

    def blank(self, text: str) -> str:
        """Base64 text of a blank picture that is judged as the one behind `text` is."""
        data = from_dialect(text) or b""
        standard = base64.b64encode(data).decode("ascii") == text
        if not data or (not standard and sniff(data) is None):
            # No base64: what is wrong with it is in its length and its odd characters.
            return _ALPHABET.sub("A", text)
        made = base64.b64encode(blank_like(data)).decode("ascii")
        return made if standard else _in_dialect(made, text)

    @cached_property
    def _bodies(self) -> frozenset[str]:
        contracts = tuple(str(name) for name in self._about.get("contracts", []))
        if not contracts:
            return frozenset()
        depth, seed = self._about.get("depth"), int(str(self._about.get("seed", 0)))
        settings = Settings("reference", contracts=contracts, depth=depth, seed=seed, cases=self._cases)
        bound, purposes = select(settings)
        by_id = {contract.id: contract for contract in bound}
        planned = set(self._about.get("planned", []))
        return frozenset(
            planned_request.request.body_sha256()
            for purpose in purposes
            if not planned or purpose.id in planned
            for planned_request in drawn_script(purpose, by_id[purpose.contract_id], seed)
        )

    @cached_property
    def _specimens(self) -> frozenset[str]:
        return frozenset(one.sha256 for name, one in specimens().items() if not name.startswith(OWN))

    @cached_property
    def _words(self) -> frozenset[str]:
        words = set(_WORDS)
        for path in sorted(data_folder("schemas").glob("*/**/*.schema.json")):
            words |= set(_listed(read_json(path)))
        return frozenset(words)


def blank_like(data: bytes) -> bytes:
    """A picture without content that the judge reads as the one given: format, mode, pixels, length, completeness.

    What is no picture becomes as many zeros.
    """
    seen = sniff(data)
    if seen is None:
        return bytes(len(data))
    made = _blank(seen)
    if not seen.complete:
        return truncate(made)
    try:
        return pad(made, len(data))
    except ValueError:
        return made  # the picture was smaller than the smallest blank one that padding knows


def _blank(seen: Sniffed) -> bytes:
    fmt = seen.format
    if fmt == "JPEG" or fmt == "PNG" or fmt == "BMP" or fmt == "TIFF":
        return _blank_page(fmt, seen)
    return unsupported(fmt, max(1, seen.width), max(1, seen.height))


def _blank_page(fmt: Format, seen: Sniffed) -> bytes:
    width, height = (min(MAX_SIDE, max(1, side)) for side in (seen.width, seen.height))
    for variant in VARIANTS:
        if variant.format == fmt and _alike(variant, seen):
            orientation = seen.orientation if fmt != "BMP" else 1
            return blank(fmt, width, height, variant.mode, variant.layout, orientation=orientation)
    return blank(fmt, width, height)


def _alike(variant: Variant, seen: Sniffed) -> bool:
    """Whether a picture of a variant shows the same headers, but for its size."""
    probe = sniff(blank(variant.format, 16, 16, variant.mode, variant.layout))
    if probe is None:
        return False
    shown = (probe.mode, probe.bits, probe.in_passes, probe.frames > 1)
    return shown == (seen.mode, seen.bits, seen.in_passes, seen.frames > 1)


def _in_dialect(standard: str, example: str) -> str:
    """Base64 text in an unusual spelling, as another text has it: line breaks, no padding, the alphabet of URLs."""
    text = standard if "=" in example else standard.rstrip("=")
    if "-" in example or "_" in example:
        text = text.replace("+", "-").replace("/", "_")
    if re.search(r"\s", example) or text == standard:
        text = f"{text[:76]}\n{text[76:]}"
    return text


def _listed(schema: object) -> Iterator[str]:
    """Every text that a schema lists as a value."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name in ("enum", "const"):
                yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))
            else:
                yield from _listed(value)
    elif isinstance(schema, list):
        for entry in schema:
            yield from _listed(entry)
