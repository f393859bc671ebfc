"""The shell line that sends a request again, run by a real shell."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from conformance.exchange import Auth, Request, ServedPicture, Truth
from conformance.report.transcript import Caller, curl_line, folder_here, header_words

CALL = Request(
    "POST",
    "/v2/{project_id}/ocr/x",
    (("Content-Type", "application/json"),),
    b'{"image": "it\'s"}',
    truth=Truth(1, 1, ()),
)


def words(line: str, **environment: str) -> list[str]:
    """What a shell makes of the line, instead of calling curl."""
    done = subprocess.run(
        ["sh", "-c", f"curl() {{ printf '%s\\0' \"$@\"; }}; {line}"],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PATH": "/usr/bin:/bin",
            "OCR_CONFORMANCE_TOKEN": "t0ken",
            "OCR_CONFORMANCE_PROJECT_ID": "p1",
            **environment,
        },
    )
    return done.stdout.split("\0")[:-1]


def test_secrets_and_project_are_variables_and_the_body_is_on_the_line() -> None:
    line = curl_line(CALL, Caller("http://127.0.0.1:1"), "ab.body")
    assert line == (
        'curl -sS -i -X POST "http://127.0.0.1:1/v2/${OCR_CONFORMANCE_PROJECT_ID:?}/ocr/x" '
        "-H \"X-Auth-Token: ${OCR_CONFORMANCE_TOKEN:?}\" -H 'Content-Type: application/json' "
        '--data-binary \'{"image": "it\'"\'"\'s"}\''
    )
    assert words(line) == [
        "-sS", "-i", "-X", "POST", "http://127.0.0.1:1/v2/p1/ocr/x", "-H", "X-Auth-Token: t0ken",
        "-H", "Content-Type: application/json", "--data-binary", '{"image": "it\'s"}',
    ]  # fmt: skip


def test_the_reference_is_called_where_a_variable_says() -> None:
    line = curl_line(CALL, Caller("$TARGET"), "ab.body")
    assert words(line, TARGET="http://127.0.0.1:9")[4] == "http://127.0.0.1:9/v2/p1/ocr/x"


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("absent", []),
        ("empty", ["-H", "X-Auth-Token;"]),
        ("garbage", ["-H", "X-Auth-Token: not-a-token"]),
        ("expired", ["-H", "X-Auth-Token: wr0ng"]),
        ("other-project", ["-H", "X-Auth-Token: t0ken"]),
    ],
)
def test_other_credentials(auth: Auth, header: list[str]) -> None:
    line = curl_line(dataclasses.replace(CALL, auth=auth), Caller("http://h"), "ab.body")
    found = words(line, WRONG_TOKEN="wr0ng", ANOTHER_PROJECT_ID="p2")
    assert found[5:-4] == header
    assert found[4] == ("http://h/v2/p2/ocr/x" if auth == "other-project" else "http://h/v2/p1/ocr/x")


def test_a_long_or_binary_body_is_a_file() -> None:
    for body in (b"x" * 301, b"\xff\x00", b"@file"):
        line = curl_line(dataclasses.replace(CALL, body=body), Caller("http://h"), "ab.body")
        assert words(line)[-4:] == ["-H", "Expect:", "--data-binary", "@evidence/ab.body"]


def test_a_variable_that_is_not_set_is_named_and_nobody_is_called() -> None:
    line = curl_line(CALL, Caller("http://h"), "ab.body")
    environment = {"PATH": "/usr/bin:/bin", "OCR_CONFORMANCE_PROJECT_ID": "p1"}
    done = subprocess.run(
        ["sh", "-c", f"curl() {{ echo called; }}; {line}"], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert "OCR_CONFORMANCE_TOKEN" in done.stderr


def test_a_body_that_is_not_written_is_told_how_to_get() -> None:
    line = curl_line(dataclasses.replace(CALL, body=b"x" * 301), Caller("http://h", None), "ab.body")
    assert line.endswith('--data-binary "@${BODY:?run again with --report DIR, which writes it to a file}"')
    assert words(line, BODY="elsewhere")[-1] == "@elsewhere"


def test_a_report_is_found_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder_here(Path("build/report")) == "build/report/evidence"
    assert folder_here(tmp_path / "report") == "report/evidence"
    assert folder_here(tmp_path.parent / "other") == str(tmp_path.parent / "other" / "evidence")
    line = curl_line(dataclasses.replace(CALL, body=b"x" * 301), Caller("http://h", "my report/evidence"), "ab.body")
    assert words(line)[-1] == "@my report/evidence/ab.body"


def test_further_headers_are_sent_with_the_variables_that_hold_them() -> None:
    more = (*header_words("X-Stage", "it's $5", None), *header_words("X-Key", None, "GATEWAY_KEY"))
    found = words(curl_line(CALL, Caller("http://h", more=more), "ab.body"), GATEWAY_KEY="k3y")
    assert found[-6:-2] == ["-H", "X-Stage: it's $5", "-H", "X-Key: k3y"]


def test_nothing_of_a_request_is_run_by_the_shell() -> None:
    hostile = Request("POST", '/$(id)`id`"\\x', (("X-Evil", "$(id) '`id`' {project_id}"),), b"$(id)", truth=CALL.truth)
    assert words(curl_line(hostile, Caller("http://h"), "ab.body")) == [
        "-sS", "-i", "-X", "POST", "http://h/%24(id)%60id%60%22%5Cx", "-H", "X-Auth-Token: t0ken",
        "-H", "X-Evil: $(id) '`id`' p1", "--data-binary", "$(id)",
    ]  # fmt: skip


def test_nothing_of_recorded_traffic_is_run_by_the_shell() -> None:
    recorded = Request("POST;exit 9;", "/!id {project_id}", auth="unknown")
    assert words(curl_line(recorded, Caller("http://h"), "BODY-OF-entry 1")) == [
        "-sS", "-i", "-X", "POST;exit 9;", "http://h/%21id p1", "-H", "X-Auth-Token: t0ken",
    ]  # fmt: skip


def test_a_body_that_the_kit_did_not_make_is_never_on_the_line() -> None:
    line = curl_line(dataclasses.replace(CALL, truth=None), Caller("http://h"), "BODY-OF-00007")
    assert words(line)[-1] == "@BODY-OF-00007"


def test_pictures_that_a_url_names_are_served_while_curl_runs() -> None:
    picture = ServedPicture("specimen-1.png", b"PNG", "image/png")
    call = dataclasses.replace(CALL, body=b'{"url":"{pictures}/specimen-1.png"}', pictures=(picture,))
    line = curl_line(call, Caller("http://h"), "ab.body")
    assert line.startswith('ocr-conformance pictures evidence curl -sS -i -X POST "http://h/')
    assert line.endswith("""--data-binary '{"url":"{pictures}/specimen-1.png"}'""")
    assert words(line.removeprefix("ocr-conformance pictures evidence "))[-1] == '{"url":"{pictures}/specimen-1.png"}'
