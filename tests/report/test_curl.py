"""The shell line that sends a request again, run by a real shell."""

from __future__ import annotations

import dataclasses
import subprocess

import pytest

from conformance.exchange import Auth, Request, ServedPicture, Truth
from conformance.report.curl import curl_line

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
    line = curl_line(CALL, "http://127.0.0.1:1", "evidence/ab.body")
    assert line == (
        'curl -sS -X POST "http://127.0.0.1:1/v2/$OCR_CONFORMANCE_PROJECT_ID/ocr/x" '
        "-H \"X-Auth-Token: $OCR_CONFORMANCE_TOKEN\" -H 'Content-Type: application/json' "
        '--data-binary \'{"image": "it\'"\'"\'s"}\''
    )
    assert words(line) == [
        "-sS", "-X", "POST", "http://127.0.0.1:1/v2/p1/ocr/x", "-H", "X-Auth-Token: t0ken",
        "-H", "Content-Type: application/json", "--data-binary", '{"image": "it\'s"}',
    ]  # fmt: skip


def test_the_reference_is_called_where_a_variable_says() -> None:
    line = curl_line(CALL, "$TARGET", "evidence/ab.body")
    assert words(line, TARGET="http://127.0.0.1:9")[3] == "http://127.0.0.1:9/v2/p1/ocr/x"


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
    line = curl_line(dataclasses.replace(CALL, auth=auth), "http://h", "evidence/ab.body")
    found = words(line, WRONG_TOKEN="wr0ng", ANOTHER_PROJECT_ID="p2")
    assert found[4:-4] == header
    assert found[3] == ("http://h/v2/p2/ocr/x" if auth == "other-project" else "http://h/v2/p1/ocr/x")


def test_a_long_or_binary_body_is_a_file() -> None:
    for body in (b"x" * 301, b"\xff\x00", b"@file"):
        line = curl_line(dataclasses.replace(CALL, body=body), "http://h", "evidence/ab.body")
        assert words(line)[-1] == "@evidence/ab.body"


def test_nothing_of_a_request_is_run_by_the_shell() -> None:
    hostile = Request("POST", '/$(id)`id`"\\x', (("X-Evil", "$(id) '`id`' {project_id}"),), b"$(id)", truth=CALL.truth)
    assert words(curl_line(hostile, "http://h", "evidence/ab.body")) == [
        "-sS", "-X", "POST", "http://h/%24(id)%60id%60%22%5Cx", "-H", "X-Auth-Token: t0ken",
        "-H", "X-Evil: $(id) '`id`' p1", "--data-binary", "$(id)",
    ]  # fmt: skip


def test_nothing_of_recorded_traffic_is_run_by_the_shell() -> None:
    recorded = Request("POST;exit 9;", "/!id {project_id}", auth="unknown")
    assert words(curl_line(recorded, "http://h", "BODY-OF-entry 1")) == [
        "-sS", "-X", "POST;exit 9;", "http://h/%21id p1", "-H", "X-Auth-Token: t0ken",
    ]  # fmt: skip


def test_a_body_that_the_kit_did_not_make_is_never_on_the_line() -> None:
    line = curl_line(dataclasses.replace(CALL, truth=None), "http://h", "BODY-OF-00007")
    assert words(line)[-1] == "@BODY-OF-00007"


def test_pictures_that_a_url_names_are_served_while_curl_runs() -> None:
    picture = ServedPicture("specimen-1.png", b"PNG", "image/png")
    call = dataclasses.replace(CALL, body=b'{"url":"{pictures}/specimen-1.png"}', pictures=(picture,))
    line = curl_line(call, "http://h", "evidence/ab.body")
    assert line.startswith('ocr-conformance pictures evidence curl -sS -X POST "http://h/')
    assert line.endswith("""--data-binary '{"url":"{pictures}/specimen-1.png"}'""")
    assert words(line.removeprefix("ocr-conformance pictures evidence "))[-1] == '{"url":"{pictures}/specimen-1.png"}'
