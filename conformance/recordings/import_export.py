"""Cassettes made of recorded traffic, and written as HAR 1.2 for other tools: with no loss."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from conformance.entries import to_line
from conformance.exchange import Request, Response, TransportFailure
from conformance.files import os_reason, replacing
from conformance.recordings import CassetteError, Interaction, encode
from conformance.recordings.credentials import MOST
from conformance.recordings.formats import Traffic, form_of
from conformance.recordings.har import OWN, Beside
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.reader import CassetteReader
from conformance.recordings.recorded import MOST_NAMED, Skipped, TrafficError
from conformance.text import Text


@dataclass(slots=True)
class Imported:
    """What an import did: exchanges taken, those of other operations, and what was left out.

    `left_out` names the first of them, as many as MOST_NAMED; `left_out_count` counts all.
    """

    taken: int = 0
    other: int = 0
    left_out: list[Skipped] = field(default_factory=list)
    left_out_count: int = 0

    def leave_out(self, what: Skipped) -> None:
        """Note what could not be read."""
        self.left_out_count += 1
        if len(self.left_out) < MOST_NAMED:
            self.left_out.append(what)


def import_traffic(
    path: Path, folder: Path, kit_version: str, recorded_at: str, wanted: Callable[[Request], bool] | None = None
) -> Imported:
    """Make a cassette of a recording: whole, or not at all.

    The cassette can be audited, checked, redacted and exported. `recorded_at` (ISO 8601) is used where the recording
    does not say when it was made. Of other operations is what `wanted` does not want: it is left out. Raises
    CassetteError, also where nothing is left to import.
    """
    if path.is_dir():
        words = Text(
            "expected a file of recorded traffic to import, found a folder; a cassette is judged as it is",
            "应为待导入的流量录制文件，实际为目录；cassette 可直接判定",
        )
        raise TrafficError(path, words)
    done, first, traffic = Imported(), "", Traffic(path)
    if traffic.has_too_many_credentials:
        raise TrafficError(path, _TOO_MANY)
    with _whole(folder) as beside:
        writer = CassetteWriter(beside, _about(form_of(path), kit_version, recorded_at), resume=False)
        try:
            for interaction in traffic.exchanges(done.leave_out):
                if wanted is not None and not wanted(interaction.exchange.request):
                    done.other += 1
                    continue
                first = min(filter(None, (first, interaction.at)), default="")
                writer.add(interaction)
                done.taken += 1
            if not done.taken:
                raise NothingImportedError(path, done)
            writer.seal({"recorded_at": first or recorded_at, "stop_reason": None})
        finally:
            writer.close()
    return done


_TOO_MANY = Text(
    f"it holds more than {MOST:,} different credentials; split it, and import the parts",
    f"其中不同的凭证超过 {MOST:,} 个；请拆分后分别导入",
)


class NothingImportedError(TrafficError):
    """Nothing of a file could be imported; `done` says why."""

    def __init__(self, path: Path, done: Imported) -> None:
        """The message counts what was left out, and names the first of it."""
        why, why_zh = "", ""
        for first in done.left_out[:1]:
            why, why_zh = f" ({first.place}: {first.reason.en})", f"（{first.place}：{first.reason.zh}）"
        words = Text(
            f"nothing in it can be imported: {done.left_out_count} left out{why}, {done.other} of other operations; "
            "record calls of the documented operations, with bodies",
            f"其中没有可导入的内容：未采用 {done.left_out_count} 条{why_zh}，属于其他接口 {done.other} 条；"
            "请录制文档所述接口的调用，并保存报文体",
        )
        super().__init__(path, words)
        self.done = done


def _about(form: str, kit_version: str, recorded_at: str) -> dict[str, object]:
    of_a_run = {"contracts": [], "depth": "standard", "seed": 0, "positions": {}, "planned": []}
    return {"kit_version": kit_version, **of_a_run, "recorded_at": recorded_at, "imported": form}


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is meant, which takes its place at the end; after a failure nothing is left of it.

    Raises CassetteError where the folder is there and holds anything, or cannot be made.
    """
    beside = folder.parent / f".{folder.name}.{os.getpid()}"
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            words = Text(
                "already holds something; expected an empty or new folder. Choose another folder",
                "目录非空；应为空目录或新目录，请另选目录",
            )
            raise TrafficError(folder, words)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield beside
            if folder.exists():
                folder.rmdir()
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise CassetteError(
            f"{folder}: cannot be written: {error.strerror or error}", f"{folder}：无法写入：{os_reason(error).zh}"
        ) from error


# A cassette as HAR 1.2. What HAR has no place for goes along in a member of our own (see `har`).


_ORIGIN = "http://target.invalid"
_URL_SAFE = "/?&=%:;,@+$!*'()~[]"
_NO_TIME = "1970-01-01T00:00:00.000Z"
"""HAR wants a time; this one stands for one that nobody noted."""


def export_har(folder: Path, path: Path, kit_version: str) -> int:
    """Write a cassette, what was sent of it, as HAR 1.2; returns the number of entries. Raises CassetteError."""
    try:
        return write_har(path, (one for one in CassetteReader(folder) if not one.shared), kit_version)
    except OSError as error:
        why = os_reason(error)
        raise CassetteError(f"{path}: cannot be written: {why.en}", f"{path}：无法写入：{why.zh}") from error


def write_har(path: Path, interactions: Iterable[Interaction], kit_version: str) -> int:
    """Write interactions as HAR 1.2, at once and completely or not at all; returns how many. Raises OSError."""
    head = {"version": "1.2", "creator": {"name": "ocr-conformance", "version": kit_version}}
    count = 0
    with replacing(path) as file:
        file.write(f'{{"log": {json.dumps(head)[:-1]}, "entries": ['.encode())
        for interaction in interactions:
            file.write(b",\n" if count else b"\n")
            file.write(to_line(_har_entry(interaction)).rstrip(b"\n"))
            count += 1
        file.write(b"\n]}}\n")
    return count


def _har_entry(interaction: Interaction) -> dict[str, object]:
    request, answer = interaction.exchange.request, interaction.exchange.answer
    milliseconds = round(answer.elapsed_s * 1000, 3)
    url = _ORIGIN + quote(request.path, safe=_URL_SAFE)
    return {
        "startedDateTime": interaction.at or _NO_TIME,
        "time": milliseconds,
        "request": {
            "method": request.method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _named(request.headers),
            "queryString": [{"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query, True)],
            **({"postData": _post_data(request)} if request.body else {}),
            "headersSize": -1,
            "bodySize": len(request.body),
        },
        "response": _har_response(answer),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        OWN: encode(interaction, Beside([])),
    }


def _post_data(request: Request) -> dict[str, object]:
    body, encoding = _shown(request.body)
    data: dict[str, object] = {"mimeType": request.header("Content-Type") or "", "text": body}
    return {**data, "_encoding": encoding} if encoding else data


def _har_response(answer: Response | TransportFailure) -> dict[str, object]:
    common: dict[str, object] = {"httpVersion": "HTTP/1.1", "cookies": [], "redirectURL": "", "headersSize": -1}
    if isinstance(answer, TransportFailure):
        nothing = {"size": 0, "mimeType": "x-unknown", "text": ""}
        error = f"{answer.kind}: {answer.detail}"
        return {
            "status": 0,
            "statusText": "",
            "headers": [],
            "content": nothing,
            "bodySize": -1,
            "_error": error,
        } | common
    body, encoding = _shown(answer.body)
    content: dict[str, object] = {
        "size": len(answer.body),
        "mimeType": answer.header("Content-Type") or "",
        "text": body,
    }
    if encoding:
        content["encoding"] = encoding
    head = {"status": answer.status, "statusText": "", "headers": _named(answer.headers), "bodySize": len(answer.body)}
    return {**head, "content": content} | common


def _shown(body: bytes) -> tuple[str, str]:
    """A body as text, and how that is encoded: not at all where it is UTF-8."""
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def _named(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]
