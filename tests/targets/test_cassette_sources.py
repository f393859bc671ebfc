"""Traffic from elsewhere: HAR 1.2 there and back, NDJSON exchanges, VCR cassettes. All of it is made up."""

from __future__ import annotations

import base64
import json
import random
import sys
import tracemalloc
from pathlib import Path

import pytest
from recordings import BODIES, ask, full, interaction, record

from conformance.exchange import AUTHS, Response, TransportFailure
from conformance.recordings import CassetteError, Interaction
from conformance.recordings.blobs import Blobs
from conformance.recordings.credentials import Credentials, _shortened
from conformance.recordings.formats import form_of, traffic_of
from conformance.recordings.import_export import export_har, import_traffic, write_har
from conformance.recordings.reader import CassetteReader
from conformance.recordings.recorded import Recorded, Skipped

PROJECT = "fedcba98765432100123456789abcdef"
TOKEN = "sesame-of-nobody"
URL = f"https://ocr.invalid/v2/{PROJECT}/ocr/auto-id-doc-classification"
HAR_REQUEST = {
    "method": "POST", "url": URL, "httpVersion": "h2", "cookies": [], "queryString": [], "headersSize": -1,
    "bodySize": 2,
    "headers": [{"name": "X-Auth-Token", "value": TOKEN}, {"name": "Content-Type", "value": "application/json"}],
    "postData": {"mimeType": "application/json", "text": "{}"},
}  # fmt: skip
HAR_RESPONSE = {
    "status": 200, "statusText": "", "httpVersion": "h2", "cookies": [], "redirectURL": "", "headersSize": -1,
    "headers": [{"name": "content-type", "value": "application/json"}], "bodySize": 2,
    "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
}  # fmt: skip


def entry(request: object = None, response: object = None, **more: object) -> dict[str, object]:
    """An entry as a browser saves it."""
    when = {"startedDateTime": "2026-03-01T08:00:00.000Z", "time": 250, "cache": {}, "timings": {}}
    return {**when, "request": request or HAR_REQUEST, "response": response or HAR_RESPONSE, **more}


def line_of(request: dict[str, object], response: object = {"status": 200, "body": ""}) -> str:
    """A line of NDJSON exchanges; `request` changes what it asks."""
    made: dict[str, object] = {"request": {"method": "GET", "path": "/", **request}}
    return json.dumps(made if response is None else {**made, "response": response})


def har(path: Path, *entries: object, indent: int | None = None) -> Path:
    log = {"version": "1.2", "creator": {"name": "tests", "version": "1"}, "pages": [{"a": 1}], "entries": entries}
    path.write_text(json.dumps({"log": log}, indent=indent, ensure_ascii=False))
    return path


def read(path: Path) -> tuple[list[Interaction], list[str]]:
    """The exchanges of a file, and what was skipped."""
    skipped: list[Skipped] = []
    return list(traffic_of(path).exchanges(skipped.append)), [f"{one.place}: {one.reason.en}" for one in skipped]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_entry_of_a_browser_is_brought_into_slots(tmp_path: Path, indent: int | None) -> None:
    (one,), skipped = read(har(tmp_path / "a.har", entry(), indent=indent))
    request = one.exchange.request
    assert (request.method, request.path, request.auth, request.body, skipped) == (
        "POST", "/v2/{project_id}/ocr/auto-id-doc-classification", "valid", b"{}", [],
    )  # fmt: skip
    assert request.headers == (("Content-Type", "application/json"),)
    assert one.exchange.answer == Response(200, (("content-type", "application/json"),), b"{}", 0.25)
    assert one.at == "2026-03-01T08:00:00.000Z"


def test_an_echo_of_the_credentials_becomes_a_placeholder(tmp_path: Path) -> None:
    content = {**HAR_RESPONSE, "content": {"size": 1, "text": f"{TOKEN} of {PROJECT}"}}
    (one,), _ = read(har(tmp_path / "a.har", entry(response=content)))
    assert one.exchange.response is not None
    assert one.exchange.response.body == b"[[redacted:token]] of [[redacted:project-id]]"


@pytest.mark.parametrize(
    ("headers", "status", "auth"),
    [
        ([{"name": "x-auth-token", "value": "t"}], 200, "valid"),
        ([{"name": "X-Auth-Token", "value": ""}], 401, "unknown"),
        ([{"name": "X-Auth-Token", "value": ""}], 200, "valid"),
        ([{"name": "X-Auth-Token", "value": "its-token"}], 403, "unknown"),
        ([{"name": "Authorization", "value": "SDK-HMAC-SHA256 Access=x"}], 200, "valid"),
        ([], 401, "unknown"),
        ([], 200, "valid"),
    ],
)
def test_the_credentials_slot_is_read_from_headers(
    tmp_path: Path, headers: list[dict[str, str]], status: int, auth: str
) -> None:
    (one,), _ = read(
        har(tmp_path / "a.har", entry({**HAR_REQUEST, "headers": headers}, {**HAR_RESPONSE, "status": status}))
    )
    assert one.exchange.request.auth == auth


def test_credentials_that_were_not_filtered_out_of_a_file_are_absent_where_they_are_missing(tmp_path: Path) -> None:
    bare = entry({**HAR_REQUEST, "headers": []})
    empty = entry({**HAR_REQUEST, "headers": [{"name": "X-Auth-Token", "value": ""}]})
    found, _ = read(har(tmp_path / "a.har", bare, entry(), bare, empty))
    assert [one.exchange.request.auth for one in found] == ["absent", "valid", "absent", "empty"]


def test_entries_that_hold_no_exchange_are_named_and_left_out(tmp_path: Path) -> None:
    aborted = {**HAR_RESPONSE, "status": 0, "_error": "net::ERR_ABORTED"}
    refused = {**HAR_RESPONSE, "status": 0, "_error": "net::ERR_CONNECTION_REFUSED"}
    nothing = {**HAR_RESPONSE, "content": {"size": 5}}
    path = har(
        tmp_path / "a.har",
        entry(response=aborted), entry(response=refused), entry(response=nothing), "no entry", entry({"method": 1}),
        entry({**HAR_REQUEST, "postData": {"text": "AA", "_encoding": "base64"}}),
        {**entry(), "request": {name: HAR_REQUEST[name] for name in HAR_REQUEST if name != "postData"}}, entry(),
    )  # fmt: skip
    found, skipped = read(path)
    assert [type(one.exchange.answer) for one in found] == [TransportFailure, Response]
    assert [one.exchange.id for one in found] == ["entry 2", "entry 8"]
    assert skipped == [
        "entry 1: no answer was recorded (net::ERR_ABORTED)",
        "entry 3: the answer's body was not recorded; make the recording with content",
        "entry 4: request: expected an object, found nothing",
        "entry 5: method: expected a string, found 1",
        "entry 6: a body is not base64: Incorrect padding",
        "entry 7: the request's body was not recorded; make the recording with content",
    ]


@pytest.mark.parametrize(
    ("change", "seconds", "at"),
    [
        ({"time": None}, 0.0, "2026-03-01T08:00:00.000Z"),
        ({"time": 10**400}, 0.0, "2026-03-01T08:00:00.000Z"),
        ({"startedDateTime": None}, 0.25, ""),
        ({"startedDateTime": "lately"}, 0.25, ""),
    ],
)
def test_a_time_that_is_none_is_left_out(tmp_path: Path, change: dict[str, object], seconds: float, at: str) -> None:
    (one,), skipped = read(har(tmp_path / "a.har", entry(**change)))
    assert (one.exchange.answer.elapsed_s, one.at, skipped) == (seconds, at, [])


def test_a_text_that_is_null_is_an_empty_body(tmp_path: Path) -> None:
    nothing = {**HAR_RESPONSE, "bodySize": 0, "content": {"size": 0, "text": None}}
    empty = {**HAR_REQUEST, "bodySize": 0, "postData": {"text": None}}
    (one,), _ = read(har(tmp_path / "a.har", entry(empty, nothing)))
    assert one.exchange.response is not None
    assert (one.exchange.request.body, one.exchange.response.body) == (b"", b"")


def test_a_status_that_http_does_not_have_is_named(tmp_path: Path) -> None:
    _, skipped = read(har(tmp_path / "a.har", entry(response={**HAR_RESPONSE, "status": 99})))
    assert skipped == ["entry 1: status: expected a status of HTTP, 100 to 999, found 99"]


def test_an_empty_body_of_a_cassette_comes_back_from_har_whatever_its_length_was_on_the_wire(tmp_path: Path) -> None:
    reply = Response(200, (("Content-Encoding", "gzip"), ("Content-Length", "20")), b"", 0.25)
    write_har(tmp_path / "a.har", [interaction(ask(), reply)], "0.1.0")
    (back,), skipped = read(tmp_path / "a.har")
    assert (back.exchange.answer, skipped) == (reply, [])


def test_a_har_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = har(tmp_path / "a.har", entry(), entry())
    path.write_text(path.read_text()[:-100])
    found, skipped = read(path)
    assert len(found) == 1
    assert [one.partition(": ")[0] for one in skipped] == ["entry 2"]
    assert skipped[0].endswith("; nothing after it could be read")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_cassette_comes_back_from_har_as_it_was(tmp_path: Path, body: bytes) -> None:
    folder = record(tmp_path / "c", [full(body)])
    assert export_har(folder, tmp_path / "a.har", "0.1.0") == 1
    (back,), skipped = read(tmp_path / "a.har")
    (one,) = CassetteReader(folder)
    assert (back, skipped) == (one, [])
    assert back.exchange.request.label == one.exchange.request.label
    assert back.exchange.truth == one.exchange.truth


def test_an_exported_har_has_the_members_that_the_format_wants(tmp_path: Path) -> None:
    write_har(tmp_path / "a.har", [full(b"\xff")], "0.1.0")
    log = json.loads((tmp_path / "a.har").read_text())["log"]
    (one,) = log["entries"]
    assert (log["version"], log["creator"]) == ("1.2", {"name": "ocr-conformance", "version": "0.1.0"})
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= one.keys()
    assert one["request"]["url"] == "http://target.invalid/a?b=%7Bproject_id%7D"
    assert one["request"]["queryString"] == [{"name": "b", "value": "{project_id}"}]
    assert (one["response"]["content"]["text"], one["response"]["content"]["encoding"]) == ("/w==", "base64")
    assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} <= one[
        "request"
    ].keys()
    wanted = {
        "status",
        "statusText",
        "httpVersion",
        "cookies",
        "headers",
        "content",
        "redirectURL",
        "headersSize",
        "bodySize",
    }
    assert wanted <= one["response"].keys()


def test_a_har_of_any_length_is_read_in_little_memory(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.har"
        har(path, *[entry({**HAR_REQUEST, "postData": {"text": "x" * 2000}})] * count)
        tracemalloc.start()
        total = sum(1 for _ in traffic_of(path).exchanges(lambda _one: None))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == count
        return used

    small, large = peak(200), peak(1200)
    assert large < small * 1.5


def test_lines_in_every_permitted_form_are_read(tmp_path: Path) -> None:
    lines = [
        {"request": {"method": "post", "url": URL, "headers": {"X-Auth-Token": TOKEN}, "body": {"alarm": True}},
         "response": {"status": 200, "headers": [["A", "1"]], "body": "text", "elapsed_s": 0.5}},
        {"request": {"method": "POST", "path": "/v1.0/a", "auth": "expired", "body": {"base64": "/w=="}},
         "failure": {"kind": "timeout", "detail": "too late"}},
    ]  # fmt: skip
    path = tmp_path / "a.ndjson"
    path.write_text("\n\n".join(map(json.dumps, lines)))
    (one, two), skipped = read(path)
    assert skipped == []
    assert (one.exchange.request.method, one.exchange.request.auth, one.exchange.request.body) == (
        "POST",
        "valid",
        b'{"alarm":true}',
    )
    assert one.exchange.answer == Response(200, (("A", "1"),), b"text", 0.5)
    assert (two.exchange.request.auth, two.exchange.request.body) == ("expired", b"\xff")
    assert two.exchange.answer == TransportFailure("timeout", "too late")
    assert [one.exchange.id, two.exchange.id] == ["line 1", "line 3"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("torn", "Expecting value: line 1 column 1 (char 0)"),
        ("[1]", "line: expected an object, found a list"),
        ('{"request": 1}', "request: expected an object, found 1"),
        (line_of({}, None), "expected a response or a failure beside the request, found neither"),
        (line_of({}, {"status": "200"}), "status: expected a status of HTTP, 100 to 999, found a string"),
        (line_of({}, {"status": 7}), "status: expected a status of HTTP, 100 to 999, found 7"),
        (
            line_of({}, {"status": 200, "elapsed_s": 10**400}),
            f"elapsed_s: expected a finite number, found 1{'0' * 59}",
        ),
        (line_of({"path": None}), "path: expected a string, found nothing"),
        (line_of({"path": "a"}), "expected a URL or a path that begins with /, found 'a'"),
        (line_of({"url": "http://[/"}), "the URL cannot be read: Invalid IPv6 URL"),
        (line_of({"body": 7}), "body: expected text, JSON or base64, found 7"),
        (line_of({"headers": {"a": 1}}), "headers: expected strings"),
        (
            line_of({"auth": "no"}),
            f"auth: expected one of {', '.join(AUTHS)}, found 'no'",
        ),
        ("[" * 100_000, "expected JSON, found nesting without end"),
        ("\ud800", None),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_the_next_one_is_read(
    tmp_path: Path, line: str, reason: str | None
) -> None:
    good = '{"request": {"method": "GET", "path": "/"}, "response": {"status": 200, "body": ""}}'
    path = tmp_path / "a.ndjson"
    path.write_bytes(f"{good}\n{line}\n{good}\n".encode("utf-8", "surrogatepass"))
    found, skipped = read(path)
    assert [one.exchange.id for one in found] == ["line 1", "line 3"]
    assert skipped == [f"line 2: {reason}"] if reason else len(skipped) == 1


def test_a_failure_that_names_the_project_gets_a_placeholder(tmp_path: Path) -> None:
    failure = {"kind": "timeout", "detail": f"no answer from {URL}"}
    path = tmp_path / "a.ndjson"
    path.write_text(json.dumps({"request": {"method": "POST", "url": URL, "body": "{}"}, "failure": failure}))
    (one,), _ = read(path)
    assert one.exchange.answer == TransportFailure(
        "timeout", "no answer from https://ocr.invalid/v2/[[redacted:project-id]]/ocr/auto-id-doc-classification"
    )


def test_a_line_without_end_is_not_taken_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.recordings.clients.MAX_LINE", 1 << 20)
    good = b'{"request": {"method": "GET", "path": "/"}, "response": {"status": 200, "body": ""}}\n'
    path = tmp_path / "a.ndjson"
    path.write_bytes(good + b"x" * (5 << 20) + b"\n" + good)
    found, skipped = read(path)
    assert ([one.exchange.id for one in found], skipped) == (["line 1", "line 3"], ["line 2: longer than 1 MB"])


VCR = f"""
interactions:
- request:
    method: POST
    uri: {URL}
    headers: {{X-Auth-Token: [{TOKEN}], Content-Type: [application/json]}}
    body: '{{"alarm": true}}'
  response:
    status: {{code: 200, message: OK}}
    headers: {{Content-Type: [application/json]}}
    body: {{string: !!binary "/w=="}}
- request: {{method: POST, uri: /v1.0/a, headers: {{}}, body: null}}
  response: {{status: {{code: 404}}, headers: {{}}, body: {{string: ''}}}}
- request: {{}}
  response: {{status: {{code: 200}}}}
version: 1
"""
RUBY = f"""
http_interactions:
- request:
    method: post
    uri: {URL}
    body: {{encoding: UTF-8, string: '{{}}'}}
    headers: {{X-Auth-Token: [{TOKEN}]}}
  response:
    status: {{code: 200, message: OK}}
    headers: {{}}
    body: {{encoding: ASCII-8BIT, base64_string: "/w=="}}
  recorded_at: Sun, 01 Mar 2026 08:00:00 GMT
recorded_with: VCR 6
"""


def test_a_vcr_cassette_of_python_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(VCR)
    (one, two), skipped = read(path)
    assert (one.exchange.request.auth, one.exchange.request.body) == ("valid", b'{"alarm": true}')
    assert one.exchange.answer == Response(200, (("Content-Type", "application/json"),), b"\xff")
    assert (two.exchange.request.path, two.exchange.request.body) == ("/v1.0/a", b"")
    assert skipped == ["interaction 3: request: expected a method and a uri"]


def test_a_vcr_cassette_of_ruby_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(RUBY)
    (one,), skipped = read(path)
    assert (one.exchange.request.method, one.exchange.request.body, skipped) == ("POST", b"{}", [])
    assert one.at == "2026-03-01T08:00:00+00:00"
    assert one.exchange.response is not None
    assert one.exchange.response.body == b"\xff"


@pytest.mark.parametrize(
    "content",
    ["interactions: !!python/object/apply:os.getcwd []", "interactions: 7", "interactions: [", "interactions: !a {}"],
)
def test_yaml_that_is_no_vcr_cassette_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(content)
    with pytest.raises(CassetteError, match="expected a VCR cassette"):
        read(path)


def test_without_pyyaml_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "a.yaml"
    path.write_text(VCR)
    with pytest.raises(CassetteError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path}: reading VCR cassettes in YAML needs PyYAML; install it with `pip install ocr-conformance[yaml]`"
    )


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ('{"log": {"entries": []}}', "har"),
        ('{\n  "log": {"version": "1.2",\n "entries": []}}', "har"),
        ('\ufeff{"log": {"entries": []}}', "har"),
        ('{"request": {}}\n', "lines"),
        ('torn\n{"request": {}}\n', "lines"),
        ('{"request": {"method": "POST", "body": "' + "x" * 100_000 + '"}}', "lines"),
    ],
)
def test_a_recording_is_recognised_by_its_content(tmp_path: Path, content: str, form: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    assert form_of(path) == form
    assert form_of(tmp_path) == "cassette"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected recorded traffic, found an empty file; record again, and give what was written"),
        (
            b"\x89PNG",
            (
                "expected a cassette folder, a HAR file, NDJSON exchanges, a VCR cassette or a report of newman, "
                "found none of them"
            ),
        ),
    ],
)
def test_what_is_no_recording_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(CassetteError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: {message}"


def test_an_import_becomes_a_cassette_without_credentials_that_exports_the_same(tmp_path: Path) -> None:
    path = har(tmp_path / "a.har", entry(), entry(), "no entry")
    done = import_traffic(path, tmp_path / "c", "0.1.0", "2026-04-01T00:00:00Z")
    reader = CassetteReader(tmp_path / "c")
    assert [one.place for one in done.left_out] == ["entry 3"]
    assert (reader.state, reader.about["imported"], reader.about["recorded_at"]) == (
        "complete",
        "har",
        "2026-03-01T08:00:00.000Z",
    )
    assert [one.exchange for one in reader] == [one.exchange for one in read(path)[0]]
    files = b"".join(file.read_bytes() for file in (tmp_path / "c").rglob("*") if file.is_file())
    assert TOKEN.encode() not in files
    assert PROJECT.encode() not in files
    export_har(tmp_path / "c", tmp_path / "b.har", "0.1.0")
    assert read(tmp_path / "b.har")[0] == list(reader)


def test_base64_pictures_in_a_har_are_cut_out_when_it_is_imported(tmp_path: Path) -> None:
    picture = bytes(range(256)) * 4
    text = json.dumps({"data": base64.b64encode(picture).decode()})
    import_traffic(
        har(tmp_path / "a.har", entry({**HAR_REQUEST, "postData": {"text": text}})), tmp_path / "c", "0.1.0", ""
    )
    assert [file.read_bytes() for file in (tmp_path / "c" / "blobs").iterdir()] == [picture]


def test_a_long_picture_is_not_gone_through_for_names_and_what_stands_beside_it_is() -> None:
    picture = "/9j/4AAQSkZJRg" + "A" * 300_000  # as the base64 of a JPEG begins
    body = json.dumps({"image": picture, "password": "a-secret-of-nobody"}).encode()
    assert len(_shortened(body)) < 50_000
    seen = Credentials()
    seen.see(Recorded("POST", "/v1.0/ocr", (), body, Response(200, (), b"{}"), "entry 1"))
    assert [secret.value for secret in seen.secrets] == ["a-secret-of-nobody"]


@pytest.mark.parametrize(("picture", "suffix"), [(random.Random(1).randbytes(99_999), ""), (bytes(99_999), ".z")])
def test_a_picture_is_packed_where_that_makes_it_much_smaller(tmp_path: Path, picture: bytes, suffix: str) -> None:
    blobs = Blobs(tmp_path)
    entry = blobs.encode(json.dumps({"image": base64.b64encode(picture).decode()}).encode())
    assert [path.suffix for path in blobs.files()] == [suffix]
    assert json.loads(blobs.decode(entry)) == {"image": base64.b64encode(picture).decode()}
