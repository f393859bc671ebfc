"""What a report shows of the exchange behind a finding: request, answer, picture; and the files kept beside it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from conformance.entries import FINITE, OBJECTS, TEXT, WHOLE, Forms, fitting, members_of
from conformance.exchange import Response, ServedPicture
from conformance.files import DataError, read_bytes, read_json, replace_file
from conformance.report.shapes import to_json
from conformance.report.transcript import EVIDENCE, evidence_name, excerpt, inline_body, shortened
from conformance.text import Text, advised, said_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from conformance.engine.account import Finding
    from conformance.engine.ledger import Ledger
    from conformance.exchange import Exchange
    from conformance.report.shapes import (
        Corners,
        Evidence,
        PictureEntry,
        PictureEvidence,
        RequestSummary,
        ResponseSummary,
        ReturnedCorners,
    )


# The exchange of a finding as `report.json` shows it, bounded in size.


_BODY = 600
"""Characters shown of the body of a request, of a path, and of the detail of a failure."""

_STRING = 60
"""Characters shown of each string in the body of a request."""

_HEADER = 160
"""Characters shown of the name and of the value of a header."""

_MOST_HEADERS = 12
_HEADERS = frozenset(
    {
        "content-type",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "www-authenticate",
        "retry-after",
        "location",
        "allow",
        "server",
        "x-request-id",
    }
)
"""Headers of an answer that are shown: what a requirement may speak of. Cookies and the like stay out."""


def evidence_of(finding: Finding, picture_member: str, album: Album) -> Evidence:
    """The exchange of a finding, bounded in size; `picture_member` is the body parameter that carries the picture.

    Traffic that the kit did not make may be about real people: strings and numbers of its bodies are left out.
    """
    exchange = finding.exchange
    answer, masked = exchange.answer, not exchange.request.made_by_kit
    pointer = finding.observation.pointer
    return {
        "request": _request(exchange, masked=masked),
        "response": _response(answer, pointer, masked=masked) if isinstance(answer, Response) else None,
        "failure": None if isinstance(answer, Response) else {"kind": answer.kind, "detail": answer.detail[:_BODY]},
        "picture": album.evidence(exchange, picture_member),
    }


def _request(exchange: Exchange, *, masked: bool) -> RequestSummary:
    request = exchange.request
    return {
        "method": request.method,
        "path": request.path[:_BODY],
        "auth": request.auth,
        "headers": _bounded(request.headers),
        "body": shortened(request.body, _BODY, _STRING, masked=masked),
        "body_bytes": len(request.body),
        "body_sha256": request.body_sha256(),
    }


def _response(response: Response, pointer: str, *, masked: bool) -> ResponseSummary:
    place = excerpt(response.body, pointer, masked=masked)
    return {
        "status": response.status,
        "headers": _bounded(tuple(pair for pair in response.headers if pair[0].lower() in _HEADERS)),
        "body_bytes": len(response.body),
        "before": place.before,
        "marked": place.marked,
        "after": place.after,
        "cut": place.cut,
    }


def _bounded(headers: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[name[:_HEADER], value[:_HEADER]] for name, value in headers[:_MOST_HEADERS]]


# The pictures of findings: thumbnails, and where documents are on them.


_SIDE = 480
"""Longer side of a thumbnail in pixels."""

_JPEG_QUALITY = 62
_MOST_PIXELS = 24_000_000
"""Pictures beyond this are not decoded, JPEG aside, which decodes at a fraction of its size."""

_MOST_CHARACTERS = 600_000
"""Characters of all thumbnails of a report together."""

_LARGEST_ANSWER = 1_048_576
"""Bytes of an answer up to which locations are looked for in it."""

_MOST_RETURNED = 20
_MOST_CORNERS = 12
_FARTHEST = 10_000_000
"""Pixels from the picture's corner beyond which a coordinate is not drawn."""


class Album:
    """Collects the pictures of a report: each once, by the SHA-256 of its bytes, until there is no more room.

    Only pictures that the kit drew are taken (those whose truth is known): others may show a person.
    """

    def __init__(self) -> None:
        """Empty."""
        self.entries: dict[str, PictureEntry] = {}
        self._room = _MOST_CHARACTERS

    def evidence(self, exchange: Exchange, member: str) -> PictureEvidence | None:
        """The picture in the body's `member` with the corners on it; None where the kit did not draw it."""
        truth = exchange.truth
        picture = _picture_in(exchange.request.body, member) if truth is not None else None
        if truth is None or picture is None:
            return None
        key = hashlib.sha256(picture).hexdigest()[:16]
        if key not in self.entries:
            uri = thumbnail(picture) if self._room > 0 else None
            self._room -= len(uri or "")
            self.entries[key] = {"width": truth.width, "height": truth.height, "thumbnail": uri}
        return {
            "id": key,
            "true": [
                {"type": document.type, "readable": document.readable, "corners": [[x, y] for x, y in document.corners]}
                for document in truth.documents
            ],
            "returned": _returned(exchange.response.body) if exchange.response is not None else [],
        }


def thumbnail(picture: bytes) -> str | None:
    """A JPEG of at most 480 pixels a side as a data URI, or None for what cannot be decoded with little memory."""
    from PIL import Image  # late: only a report with findings draws anything

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged and of huge pictures; the size is looked at below
            with Image.open(BytesIO(picture)) as image:
                image.draft("RGB", (_SIDE, _SIDE))
                if image.width * image.height > _MOST_PIXELS:
                    return None
                small = _small(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    out = BytesIO()
    small.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _small(image: Image) -> Image:
    from PIL import Image as Pillow

    if image.mode.startswith(("I", "F")):
        # 16 bits a sample; a plain conversion would cut them off instead of scaling them.
        image = image.convert("F").point(lambda value: value / 257)
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Pillow.new("RGBA", layer.size, "white")
        image.alpha_composite(layer)
    small = image.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    return small


def _picture_in(body: bytes, member: str) -> bytes | None:
    try:
        value = json.loads(body)
        encoded = value.get(member) if isinstance(value, dict) else None
        return base64.b64decode(encoded, validate=True) if isinstance(encoded, str) and encoded else None
    except (ValueError, RecursionError, binascii.Error):
        return None


def _returned(body: bytes) -> list[ReturnedCorners]:
    """Every location of an answer that has at least two pairs of numbers, however wrong it is otherwise."""
    try:
        value = json.loads(body) if len(body) <= _LARGEST_ANSWER else None
    except (ValueError, RecursionError):
        return []
    result = value.get("result") if isinstance(value, dict) else None
    entries = [("/result", result)] if isinstance(result, dict) else []
    if isinstance(result, list):
        entries = [(f"/result/{index}", entry) for index, entry in enumerate(result)]
    found: list[ReturnedCorners] = []
    for pointer, entry in entries[:_MOST_RETURNED]:
        corners = _corners(entry.get("location")) if isinstance(entry, dict) else []
        if len(corners) >= 2:
            kind = entry.get("type")
            found.append({"pointer": pointer, "type": kind[:60] if isinstance(kind, str) else "", "corners": corners})
    return found


def _corners(location: object) -> Corners:
    pairs = location if isinstance(location, list) else []
    found: Corners = []
    for pair in pairs[:_MOST_CORNERS]:
        if isinstance(pair, list) and len(pair) == 2 and all(_is_coordinate(value) for value in pair):
            found.append([float(value) for value in pair])
    return found


def _is_coordinate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FARTHEST


# The files beside a report that `curl` lines refer to: bodies, and pictures that the kit served.


INDEX = "pictures.json"
_OURS = re.compile(r"[0-9a-f]{16}\.(body|picture)|pictures\.json")


def write_evidence(ledger: Ledger, folder: Path) -> None:
    """Write the files that curl lines refer to, in the place of those of a report before it. Raises OSError."""
    written: set[str] = set()
    served: dict[str, ServedPicture] = {}
    for account in ledger.accounts.values():
        for finding in account.findings:
            request = finding.exchange.request
            if not request.made_by_kit:
                continue
            served |= {picture.name: picture for picture in request.pictures}
            if request.body and inline_body(request) is None:
                path = folder / EVIDENCE / evidence_name(finding)
                path.parent.mkdir(exist_ok=True)
                replace_file(path, request.body)
                written.add(path.name)
    if served:
        written |= _write_pictures(list(served.values()), folder / EVIDENCE)
    for path in (folder / EVIDENCE).glob("*"):
        if path.name not in written and _OURS.fullmatch(path.name):
            path.unlink()


def _write_pictures(pictures: list[ServedPicture], folder: Path) -> set[str]:
    """Write files and index; returns their names."""
    folder.mkdir(exist_ok=True)
    for picture in pictures:
        if picture.content:
            replace_file(folder / _file_of(picture), picture.content)
    entries = [
        {
            "name": picture.name,
            "file": _file_of(picture) if picture.content else None,
            "media_type": picture.media_type,
            "status": picture.status,
            "location": picture.location,
            "delay_s": picture.delay_s,
        }
        for picture in pictures
    ]
    replace_file(folder / INDEX, to_json(entries))
    return {INDEX, *(_file_of(picture) for picture in pictures if picture.content)}


def _file_of(picture: ServedPicture) -> str:
    return f"{hashlib.sha256(picture.content).hexdigest()[:16]}.picture"


_NEEDED: Forms = {**dict.fromkeys(("name", "media_type"), TEXT), "status": WHOLE, "delay_s": FINITE}
_PICTURE: Forms = {**_NEEDED, **dict.fromkeys(("file", "location"), TEXT)}


def read_pictures(folder: Path) -> list[ServedPicture]:
    """The pictures that `write_evidence` left in this folder. Raises DataError for a folder without any."""
    index = folder / INDEX
    if not index.is_file():
        raise DataError(
            f"{index}: expected the {EVIDENCE} folder of a report with findings on url, found none; name the "
            "folder that `run --report` wrote",
            f"{index}：应为含 url 问题的报告的 {EVIDENCE} 目录，未找到；请给出 `run --report` 所写的目录",
        )
    data, advice = read_json(index), Text("write the report again", "请重新生成报告")
    try:
        return [_read_picture(entry, folder) for entry in fitting(data, "pictures", OBJECTS)]
    except DataError as error:
        raise DataError(said_of(index, advised(error.words, advice))) from error


def _read_picture(entry: Mapping[str, object], folder: Path) -> ServedPicture:
    stated = {key: value for key, value in entry.items() if value is not None}
    members = members_of(stated, _PICTURE, *_NEEDED)
    # Nothing outside of the folder is served, whatever the index says.
    file = members.pop("file", None)
    return ServedPicture(content=read_bytes(folder / PurePath(file).name) if file is not None else b"", **members)
