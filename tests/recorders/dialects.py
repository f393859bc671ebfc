"""The ten exchanges as recorders write them that do not run in the tests; each form as measured, with its version.

Every function writes a file and returns which of the ten cannot be judged from it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from service import TEN, Asked

HOST = "http://ocr.invalid"
ALL = tuple(range(len(TEN)))
CLOSED, REFUSED = 8, 9
_CHROMIUM = {"closed": "net::ERR_CONNECTION_RESET", "refused": "net::ERR_CONNECTION_REFUSED"}


def _named(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _wire(one: Asked) -> bytes:
    return gzip.compress(one.answer, mtime=0) if one.packed else one.answer


def _entry(one: Asked) -> dict[str, object]:
    """An entry of HAR with everything in it; a request without an answer has status 0 and no word about it."""
    token = {} if one.token is None else {"X-Auth-Token": one.token}
    sent = {"Host": "ocr.invalid", "Content-Type": "application/json", **token}
    request: dict[str, object] = {
        "method": "POST", "url": HOST + one.path, "httpVersion": "HTTP/1.1", "cookies": [], "queryString": [],
        "headers": _named(sent), "headersSize": -1, "bodySize": len(one.body),
    }  # fmt: skip
    if one.body:
        request["postData"] = {"mimeType": "application/json", "text": one.body.decode()}
    received = {"Content-Type": "application/json", "X-Request-Id": "0123456789abcdef0123456789abcdef"}
    if one.packed:
        received["Content-Encoding"] = "gzip"
    received["Content-Length"] = str(len(_wire(one)))
    response: dict[str, object] = {
        "status": one.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "redirectURL": "",
        "headers": [] if one.failure else _named(received), "headersSize": -1, "bodySize": len(_wire(one)),
        "content": {"size": len(one.answer), "mimeType": "application/json", "text": one.answer.decode()},
    }  # fmt: skip
    when = {"startedDateTime": "2026-12-01T08:00:00.000Z", "time": 12.5, "cache": {}, "timings": {}}
    return {**when, "request": request, "response": response}


def _har(creator: str, entries: list[dict[str, object]], browser: str = "") -> str:
    log: dict[str, object] = {"version": "1.2", "creator": {"name": creator, "version": "1"}}
    if browser:
        log["browser"] = {"name": browser, "version": "1"}
    return json.dumps({"log": {**log, "pages": [], "entries": entries}}, ensure_ascii=False)


def _of(entry: dict[str, object], *names: str) -> dict[str, object]:
    found: object = entry
    for name in names:
        assert isinstance(found, dict)
        found = found[name]
    assert isinstance(found, dict)
    return found


def _playwright(one: Asked, *, minimal: bool = False) -> dict[str, object]:
    entry = _entry(one)
    response = _of(entry, "response")
    if one.failure:
        response |= {
            "status": -1,
            "_failureText": _CHROMIUM[one.failure],
            "content": {"size": -1, "mimeType": "x-unknown"},
        }
    if minimal:
        _of(entry, "request")["bodySize"] = -1
        response["bodySize"] = -1
        _of(response, "content")["size"] = -1
        if not one.body:
            _of(entry, "request")["headers"] = [
                *_of(entry, "request")["headers"],  # type: ignore[misc]
                {"name": "Content-Length", "value": "0"},
            ]
    return entry


def playwright_full(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """Playwright 1.65.2, record_har_mode=full, content embedded."""
    path = folder / "playwright.har"
    path.write_text(_har("Playwright", [_playwright(one) for one in TEN], "chromium"))
    return path, ()


def playwright_minimal(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """Playwright 1.65.2, record_har_mode=minimal, content embedded."""
    path = folder / "playwright.har"
    path.write_text(_har("Playwright", [_playwright(one, minimal=True) for one in TEN], "chromium"))
    return path, ()


def _attached(entry: dict[str, object], put: Callable[[str, bytes], object]) -> dict[str, object]:
    for side in (_of(entry, "request").get("postData"), _of(entry, "response")["content"]):
        if isinstance(side, dict) and side.get("text"):
            data = str(side.pop("text")).encode()
            side["_file"] = hashlib.sha1(data).hexdigest() + ".json"
            put(side["_file"], data)
    return entry


def playwright_attach(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """Playwright 1.65.2, content attached: bodies are files beside the HAR."""
    entries = [
        _attached(_playwright(one, minimal=True), lambda name, data: (folder / name).write_bytes(data)) for one in TEN
    ]
    path = folder / "playwright.har"
    path.write_text(_har("Playwright", entries, "chromium"))
    return path, ()


def playwright_zip(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """Playwright 1.65.2, record_har_path=NAME.har.zip: the HAR and its bodies in an archive."""
    path = folder / "playwright.har.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        files: dict[str, bytes] = {}
        entries = [_attached(_playwright(one), files.__setitem__) for one in TEN]
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr("har.har", _har("Playwright", entries, "chromium"))
    return path, ()


def playwright_attach_alone(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """Playwright 1.65.2, content attached, and the HAR handed on without its files: what has a body is lost."""
    entries = [_attached(_playwright(one, minimal=True), lambda _name, _data: None) for one in TEN]
    path = folder / "playwright.har"
    path.write_text(_har("Playwright", entries, "chromium"))
    return path, ALL


def playwright_omit(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """Playwright 1.65.2, content omitted: `text` is empty beside a size, or absent."""
    entries = []
    for number, one in enumerate(TEN):
        entry = _playwright(one, minimal=number % 2 == 0)
        if one.body:
            _of(entry, "request", "postData")["text"] = ""
        _of(entry, "response", "content").pop("text", None)
        entries.append(entry)
    path = folder / "playwright.har"
    path.write_text(_har("Playwright", entries, "chromium"))
    return path, ALL


def chromium(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """The developer tools of Chromium 156: status 0 and `_error`."""
    entries = [_entry(one) for one in TEN]
    for one, entry in zip(TEN, entries, strict=True):
        if one.failure:
            _of(entry, "response").update({"_error": _CHROMIUM[one.failure], "content": {}})
    path = folder / "chromium.har"
    path.write_text(_har("WebInspector", entries))
    return path, ()


def firefox(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """Firefox ESR 153.8.0: the size is the compressed one; a request without an answer says nothing about why."""
    entries = [_entry(one) for one in TEN]
    for one, entry in zip(TEN, entries, strict=True):
        _of(entry, "response", "content")["size"] = len(_wire(one))
    path = folder / "firefox.har"
    path.write_text(_har("Firefox", entries, "Firefox"))
    return path, (CLOSED, REFUSED)


def puppeteer_har(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """puppeteer-har 1.1.2: requests without an answer are absent."""
    path = folder / "puppeteer.har"
    path.write_text(_har("chrome-har", [_entry(one) for one in TEN if not one.failure]))
    return path, (CLOSED, REFUSED)


def chrome_har(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """chrome-har 1.3.1: a request body that is JSON is only there as parameters."""
    entries = []
    lost = [CLOSED, REFUSED]
    for number, one in enumerate(TEN):
        entry = _entry(one)
        try:
            members = json.loads(one.body)
        except ValueError:
            pass
        else:
            params = [{"name": name, "value": str(value)} for name, value in members.items()]
            _of(entry, "request")["postData"] = {"mimeType": "application/json", "params": params}
            lost.append(number)
        _of(entry, "response", "content")["size"] = 2 * len(one.answer)
        entries += [entry] if not one.failure else []
    path = folder / "chrome-har.har"
    path.write_text(_har("chrome-har", entries))
    return path, tuple(sorted(set(lost)))


def pcap2har(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """pcap2har 0.1.2: base64 of a request; a closed connection has status 0, a refused one no entry."""
    entries = []
    for one in TEN:
        entry = _entry(one)
        if one.body:
            _of(entry, "request", "postData").update(
                {"encoding": "base64", "text": base64.b64encode(one.body).decode("ascii")}
            )
        entries += [entry] if one.failure != "refused" else []
    path = folder / "pcap.har"
    path.write_text(_har("pcap2har", entries))
    return path, (REFUSED,)


def ruby_vcr(folder: Path) -> tuple[Path, tuple[int, ...]]:
    """VCR 5.0.0 of Ruby with webmock 3.18.1: bytes of the wire, every answer that is no ASCII tagged !binary."""
    lines = ["---", "http_interactions:"]
    for one in TEN:
        if one.failure:
            continue
        token = [] if one.token is None else ["      X-Auth-Token:", f"      - {one.token}"]
        data = _wire(one)
        encoded = base64.b64encode(data).decode("ascii")
        text = (
            [f"      string: '{data.decode()}'"]
            if data.isascii()
            else ["      string: !binary |-", f"        {encoded}"]
        )
        lines += [
            "- request:", "    method: post", f"    uri: {HOST}{one.path}", "    body:", "      encoding: UTF-8",
            f"      string: '{one.body.decode()}'", "    headers:", "      Content-Type:", "      - application/json",
            *token, "  response:", "    status:", f"      code: {one.status}", "      message: ''", "    headers:",
            "      Content-Type:", "      - application/json", "      X-Request-Id:",
            "      - 0123456789abcdef0123456789abcdef",
            *(["      Content-Encoding:", "      - gzip"] if one.packed else []),
            "    body:", "      encoding: ASCII-8BIT", *text, "  recorded_at: Tue, 01 Dec 2026 08:00:00 GMT",
        ]  # fmt: skip
    path = folder / "ruby.yml"
    path.write_text("\n".join((*lines, "recorded_with: VCR 5.0.0", "")))
    return path, (CLOSED, REFUSED)


DIALECTS = (
    playwright_full, playwright_minimal, playwright_attach, playwright_zip, playwright_attach_alone, playwright_omit,
    chromium, firefox, puppeteer_har, chrome_har, pcap2har, ruby_vcr,
)  # fmt: skip
