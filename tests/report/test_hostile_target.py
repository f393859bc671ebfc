"""A target on loopback that answers markup and terminal escapes in every field, and the reports of a run against it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import pytest

from conformance.engine.ledger import Ledger
from conformance.engine.options import Settings
from conformance.engine.session import open_session
from conformance.files import data_folder, read_json, schema_errors
from conformance.report.document import About, report_document
from conformance.report.folder import read_report
from conformance.report.html import html_report
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.shapes import to_json
from conformance.report.story import Story
from conformance.report.terminal import console_for, print_story
from conformance.report.transcript import Caller

EVIL = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>```\n# x ![i](http://e/) "
    "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\ud83d"
)
ENTRY = {
    "status": {"error_code": EVIL, "error_msg": EVIL},
    "type": EVIL,
    "location": [[EVIL, 1], [2, 3], [4, 5], [6, 7]],
    "content": {EVIL: EVIL, "confidence": {EVIL: EVIL}},
    EVIL: [EVIL, {EVIL: EVIL}],
}
ANSWERS = (
    (200, {"result": [ENTRY, EVIL], EVIL: EVIL}),
    (400, {"error_code": EVIL, "error_msg": EVIL, EVIL: [EVIL]}),
    (200, {"result": {"type": EVIL, "location": EVIL, "alarm_result": {EVIL: EVIL}}}),
    (599, EVIL),
)


class Evil(BaseHTTPRequestHandler):
    """Answers each request with the next of the answers above."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.count = getattr(self.server, "count", -1) + 1  # type: ignore[attr-defined]
        status, value = ANSWERS[self.server.count % len(ANSWERS)]  # type: ignore[attr-defined]
        body = json.dumps(value).encode()
        self.send_response(status, "<script>alert(1)</script>")
        self.send_header("Content-Type", "text/html; x=<script>\x1b[2J")
        self.send_header("X-Request-Id", "<img src=x>\x1b[2J")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - names of the base class

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def run() -> tuple[Ledger, About]:
    """The kit's own run against that target."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        session = open_session(
            Settings(f"http://127.0.0.1:{server.server_port}", depth="smoke", token="invented-token")
        )
        try:
            ledger = session.run.execute(session.purposes)
        finally:
            session.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return ledger, About(session.target.name, Caller(session.origin), "0.1.0", 0, "2026-01-02T03:04:05+00:00", 1.0)


ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def test_the_run_is_over_and_has_findings(run: tuple[Ledger, About]) -> None:
    assert run[0].verdict == "nonconformant"
    assert run[0].errors == []


def test_report_json_is_valid_and_harmless_to_print(run: tuple[Ledger, About], tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(to_json(report_document(*run)))
    assert not ACTING.search(path.read_text(encoding="utf-8"))
    schema = read_json(data_folder("schemas") / "report.schema.json")
    assert isinstance(schema, dict)
    assert schema_errors(read_report(path), schema) == []


def test_report_html_has_one_script_and_no_picture_of_the_target(run: tuple[Ledger, About]) -> None:
    seen: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(tag)
            assert not any(name.startswith("on") or name == "src" for name, _ in attrs)

    html = html_report(Story(report_document(*run)))
    Tags().feed(html)
    assert seen.count("script") == 1
    assert "img" not in seen
    assert "alert(1)" in html
    assert not ACTING.search(html)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_terminal_and_summary_hold_no_escape(run: tuple[Ledger, About], language: str) -> None:
    out = StringIO()
    print_story(console_for(out, width=80), Story(report_document(*run)), language)
    summary = summary_markdown(Story(report_document(*run)), language)
    assert "FAILED" in out.getvalue() or "未通过" in out.getvalue()
    assert not ACTING.search(out.getvalue())
    assert not ACTING.search(summary)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", summary, flags=re.DOTALL)
    assert not re.search(r"<script|<img|!\[|^# x", outside, re.MULTILINE)


def test_junit_xml_is_well_formed(run: tuple[Ledger, About]) -> None:
    xml = junit_xml(Story(report_document(*run)))
    assert not ACTING.search(xml.decode())
    assert ElementTree.fromstring(xml).find(".//failure") is not None
