"""Which requests and pictures are the kit's own, and what stays out of recordings where they are not."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.engine.options import Settings
from conformance.engine.scripts import drawn_script
from conformance.engine.selection import select
from conformance.exchange import taken_apart
from conformance.files import data_folder, read_json
from conformance.images.edge_cases import blank, pad, truncate, unsupported
from conformance.images.formats import MAX_SIDE, VARIANTS, Format, Variant
from conformance.images.sniff import Sniffed, sniff
from conformance.judging.inputs import from_dialect
from conformance.recordings.reader import CassetteReader
from conformance.recordings.redact import Redaction, Rules, redact_cassette
from conformance.strategies.specimens import OWN, specimens

if TYPE_CHECKING:
    from conformance.exchange import Request


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
        return _sum_of(picture) in self._specimens

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


def _sum_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
