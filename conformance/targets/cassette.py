"""Cassettes: recorded runs as an index of interactions (NDJSON) beside blobs by content hash.

    DIR/cassette.json      what was recorded, with which kit and seed
    DIR/index.ndjson       one interaction a line (while recording: journal.ndjson, sealed into the index at the end)
    DIR/blobs/<sha256>     pictures and other large bodies; `<sha256>.z` where zlib makes them a quarter or less

A request body is kept as text with its pictures cut out: each run of base64 that decodes cleanly is replaced by the hash
of the bytes behind it, so that a picture is stored once however often it was sent. Slots keep secrets out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance.exchange import (
    Exchange,
    Label,
    Request,
    Response,
    TransportFailure,
    TrueDocument,
    Truth,
)

if TYPE_CHECKING:
    from conformance.exchange import Auth, FailureKind, Quad

FORMAT = 1
INDEX, JOURNAL, MANIFEST, BLOBS = "index.ndjson", "journal.ndjson", "cassette.json", "blobs"

_INLINE = 4096
"""Bodies up to this many bytes stay in the index when they are UTF-8."""

_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/]{256,}={0,2}")


class CassetteError(Exception):
    """A cassette cannot be read or written; the message says where, what was expected and what to do."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One exchange and its place in a run: which purpose, which request of it, which attempt.

    `control` is the position of the request that it depends on; `relation` a requirement and its comparator.
    """

    contract: str
    purpose: str
    position: int
    role: str
    attempt: int
    exchange: Exchange
    control: int | None = None
    relation: tuple[str, str] | None = None


class CassetteWriter:
    """Records a run: each interaction is in the journal before the next request is sent, the index is sealed at the end.

    Raises CassetteError where the folder already holds a recording or cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        """Opens the journal; `folder` is made where it does not exist."""
        self._folder = folder
        if any((folder / name).exists() for name in (INDEX, JOURNAL, MANIFEST)):
            raise CassetteError(
                f"{folder} already holds a recording; expected an empty or new folder. "
                "Choose another folder for --record, or remove this one"
            )
        try:
            (folder / BLOBS).mkdir(parents=True, exist_ok=True)
            self._journal = (folder / JOURNAL).open("xb")
        except OSError as error:
            raise CassetteError(f"{folder}: cannot record there: {error.strerror}") from error
        self._count = 0

    def add(self, interaction: Interaction) -> None:
        """Append one interaction to the journal."""
        line = json.dumps(self._encode(interaction), ensure_ascii=False, separators=(",", ":"))
        self._journal.write(line.encode("utf-8", "surrogatepass") + b"\n")
        self._journal.flush()
        self._count += 1

    def seal(self, about: Mapping[str, object]) -> None:
        """Make the journal the index, durably: written beside, synced, renamed.

        `about` describes the run: kit version, contracts, depth, seed, positions.
        """
        os.fsync(self._journal.fileno())
        self._journal.close()
        manifest = {"format": FORMAT, **about, "interactions": self._count}
        beside = self._folder / f"{MANIFEST}.new"
        beside.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        (self._folder / JOURNAL).replace(self._folder / INDEX)
        beside.replace(self._folder / MANIFEST)

    def _encode(self, interaction: Interaction) -> dict[str, object]:
        request, answer = interaction.exchange.request, interaction.exchange.answer
        entry: dict[str, object] = {
            "id": interaction.exchange.id,
            "contract": interaction.contract,
            "purpose": interaction.purpose,
            "position": interaction.position,
            "role": interaction.role,
            "attempt": interaction.attempt,
            "request": self._encode_request(request),
        }
        if interaction.control is not None:
            entry["control"] = interaction.control
        if interaction.relation is not None:
            entry["relation"] = list(interaction.relation)
        if isinstance(answer, Response):
            entry["response"] = {
                "status": answer.status,
                "headers": [list(header) for header in answer.headers],
                "body": self._encode_body(answer.body),
                "elapsed_s": round(answer.elapsed_s, 6),
            }
        else:
            entry["failure"] = {"kind": answer.kind, "detail": answer.detail, "elapsed_s": round(answer.elapsed_s, 6)}
        return entry

    def _encode_request(self, request: Request) -> dict[str, object]:
        entry: dict[str, object] = {
            "method": request.method,
            "path": request.path,
            "headers": [list(header) for header in request.headers],
            "auth": request.auth,
            "body": self._encode_body(request.body),
        }
        if request.label is not None:
            label = request.label
            entry["label"] = {"fault": label.fault, "requirement": label.requirement, "codes": list(label.codes)}
        if request.truth is not None:
            truth = asdict(request.truth)
            truth["alarms"] = sorted(request.truth.alarms) if request.truth.alarms is not None else None
            entry["truth"] = truth
        return entry

    def _encode_body(self, body: bytes) -> dict[str, object]:
        summary: dict[str, object] = {"sha256": hashlib.sha256(body).hexdigest(), "length": len(body)}
        parts: list[object] = []
        at = 0
        for run in _BASE64_RUN.finditer(body):
            picture = _decode_run(run[0])
            if picture is None or (text := _text(body[at : run.start()])) is None:
                continue
            parts += [text, {"base64": self._blob(picture)}]
            at = run.end()
        rest = _text(body[at:]) if len(body) - at <= _INLINE else None
        if rest is None:
            return {**summary, "blob": self._blob(body)}
        return {**summary, "parts": [*parts, rest]} if parts else {**summary, "text": rest}

    def _blob(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        plain, packed = self._folder / BLOBS / digest, self._folder / BLOBS / f"{digest}.z"
        if not plain.exists() and not packed.exists():
            squeezed = zlib.compress(data, 6)
            path, content = (packed, squeezed) if len(squeezed) * 4 <= len(data) else (plain, data)
            beside = path.with_name(f"{path.name}.new")
            beside.write_bytes(content)
            beside.replace(path)
        return digest


class CassetteReader:
    """Reads a sealed cassette, one interaction at a time. Raises CassetteError for anything that is not one."""

    def __init__(self, folder: Path) -> None:
        """Reads the manifest only."""
        self._folder = folder
        if not folder.is_dir():
            raise CassetteError(
                f"{folder}: expected the folder of a cassette, found none; record one with --record DIR"
            )
        if (folder / JOURNAL).exists() and not (folder / INDEX).exists():
            raise CassetteError(f"{folder}: this recording was not finished (it has a {JOURNAL}); record it again")
        self.about = self._manifest()

    def __iter__(self) -> Iterator[Interaction]:
        """Every interaction in the order of recording."""
        path = self._folder / INDEX
        try:
            with path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    try:
                        yield self._decode(json.loads(line))
                    except (KeyError, TypeError, ValueError, AttributeError) as error:
                        raise CassetteError(
                            f"{path}, line {number}: not an interaction of format {FORMAT}: {error}"
                        ) from error
        except OSError as error:
            raise CassetteError(f"{path}: cannot be read: {error.strerror}") from error

    def _manifest(self) -> dict[str, object]:
        path = self._folder / MANIFEST
        try:
            about = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise CassetteError(f"{path}: expected the description of a cassette: {error}") from error
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            found = about.get("format") if isinstance(about, dict) else None
            raise CassetteError(
                f"{path}: expected format {FORMAT}, found {found!r}; record the run again with this kit"
            )
        return about

    def _decode(self, entry: Mapping[str, object]) -> Interaction:
        response = cast("Mapping[str, object] | None", entry.get("response"))
        answer: Response | TransportFailure
        if response is not None:
            answer = Response(
                status=cast("int", response["status"]),
                headers=_headers(response["headers"]),
                body=self._decode_body(cast("Mapping[str, object]", response["body"])),
                elapsed_s=cast("float", response["elapsed_s"]),
            )
        else:
            failure = cast("Mapping[str, object]", entry["failure"])
            answer = TransportFailure(
                cast("FailureKind", failure["kind"]), str(failure["detail"]), cast("float", failure["elapsed_s"])
            )
        relation = cast("list[str] | None", entry.get("relation"))
        return Interaction(
            contract=str(entry["contract"]),
            purpose=str(entry["purpose"]),
            position=cast("int", entry["position"]),
            role=str(entry["role"]),
            attempt=cast("int", entry["attempt"]),
            exchange=Exchange(
                self._decode_request(cast("Mapping[str, object]", entry["request"])), answer, str(entry["id"])
            ),
            control=cast("int | None", entry.get("control")),
            relation=(relation[0], relation[1]) if relation else None,
        )

    def _decode_request(self, entry: Mapping[str, object]) -> Request:
        truth = cast("Mapping[str, object] | None", entry.get("truth"))
        label = cast("Mapping[str, object] | None", entry.get("label"))
        request = Request(
            method=str(entry["method"]),
            path=str(entry["path"]),
            headers=_headers(entry["headers"]),
            body=self._decode_body(cast("Mapping[str, object]", entry["body"])),
            auth=cast("Auth", entry["auth"]),
            truth=_truth(truth) if truth is not None else None,
        )
        if label is None:
            return request
        # A recorded label has no control of its own: the interaction names it by position.
        codes = tuple(cast("list[str]", label["codes"]))
        return Request(
            request.method, request.path, request.headers, request.body, request.auth, request.truth,
            Label(str(label["fault"]), str(label["requirement"]), codes, request),
        )  # fmt: skip

    def _decode_body(self, entry: Mapping[str, object]) -> bytes:
        if "text" in entry:
            body = str(entry["text"]).encode("utf-8", "surrogatepass")
        elif "blob" in entry:
            body = self._blob(str(entry["blob"]))
        else:
            parts = cast("list[str | Mapping[str, str]]", entry["parts"])
            body = b"".join(
                part.encode() if isinstance(part, str) else base64.b64encode(self._blob(part["base64"]))
                for part in parts
            )
        if hashlib.sha256(body).hexdigest() != entry["sha256"]:
            raise CassetteError(
                f"{self._folder}: a body does not match its sum {entry['sha256']}; the cassette was changed"
            )
        return body

    def _blob(self, digest: str) -> bytes:
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise CassetteError(f"{self._folder}: {digest!r} is no SHA-256 sum")
        plain = self._folder / BLOBS / digest
        try:
            return (
                plain.read_bytes() if plain.exists() else zlib.decompress(plain.with_name(f"{digest}.z").read_bytes())
            )
        except (OSError, zlib.error) as error:
            raise CassetteError(f"{plain}: a recorded body is missing or damaged: {error}") from error


def _decode_run(run: bytes) -> bytes | None:
    """The bytes behind a run of base64, where encoding them again gives the very same run."""
    if len(run) % 4:
        return None
    try:
        data = base64.b64decode(run, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data) == run else None


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _headers(value: object) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(text)) for name, text in cast("list[list[str]]", value))


def _truth(entry: Mapping[str, object]) -> Truth:
    documents = tuple(
        TrueDocument(
            type=str(document["type"]),
            corners=cast("Quad", tuple(tuple(point) for point in cast("list[list[float]]", document["corners"]))),
            readable=bool(document["readable"]),
            fields=tuple((str(name), str(value)) for name, value in cast("list[list[str]]", document["fields"])),
        )
        for document in cast("list[Mapping[str, object]]", entry["documents"])
    )
    alarms = cast("list[str] | None", entry["alarms"])
    return Truth(
        width=cast("int", entry["width"]),
        height=cast("int", entry["height"]),
        documents=documents,
        alarms=frozenset(alarms) if alarms is not None else None,
    )
