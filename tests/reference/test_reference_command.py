"""`python -m conformance.reference`: what it prints, when it ends, and what it says about wrong options."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys

import httpx
import pytest
from reference_process import DOCUMENT, PROJECT, TICKETS, TOKEN, launched, served

from conformance.reference import __main__ as command


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.reference", *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_prints_its_origin_and_nothing_else() -> None:
    with served() as server:
        assert server.post(TICKETS, {}).status_code == 400
        server.process.send_signal(signal.SIGTERM)
        output, errors = server.process.communicate(timeout=10)
    assert server.origin.startswith("http://127.0.0.1:")
    assert (output, errors, server.process.returncode) == ("", "", 0)


def test_interrupt_ends_it_with_0() -> None:
    with served() as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=10) == 0


def test_ends_when_standard_input_ends() -> None:
    with served() as server:
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.process.wait(timeout=10) == 0


def test_makes_a_token_and_tells_it_on_standard_error() -> None:
    with launched("--until-stdin-closes") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        origin = process.stdout.readline().strip()
        word, token = process.stderr.readline().split()
        answer = httpx.post(origin + TICKETS, json={}, headers={"X-Auth-Token": token}, trust_env=False)
    assert word == "token:"
    assert answer.json()["error_code"] == "AIS.0101"


def test_takes_token_and_project_from_the_environment() -> None:
    environment = {"OCR_CONFORMANCE_TOKEN": "from-the-environment", "OCR_CONFORMANCE_PROJECT_ID": "its-project"}
    with launched("--until-stdin-closes", environment=environment) as process:
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        path = DOCUMENT.replace(PROJECT, "its-project")
        answer = httpx.post(origin + path, json={}, headers={"X-Auth-Token": "from-the-environment"}, trust_env=False)
    assert answer.json()["error_code"] == "AIS.0101"


def test_listens_on_ipv6() -> None:
    with served("--host", "::1") as server:
        assert server.origin.startswith("http://[::1]:")
        assert server.post(TICKETS, {}).status_code == 400


def test_serves_https_with_a_certificate_of_its_own() -> None:
    with served("--tls") as server:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        answer = httpx.post(
            server.origin + TICKETS, json={}, headers={"X-Auth-Token": TOKEN}, verify=context, trust_env=False
        )
    assert server.origin.startswith("https://127.0.0.1:")
    assert answer.json()["error_code"] == "AIS.0101"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--nonsense",), "unrecognized arguments: --nonsense; see --help"),
        (("--json",), "--json goes with --list-faults; see --help"),
        (("--port", "many"), "argument --port: invalid int value: 'many'; see --help"),
        (
            ("--calls-per-minute", "0"),
            "argument --calls-per-minute: expected a whole number of at least 1, got '0'; see --help",
        ),
        (("--fault", "hang-up"), "no fault or variant is named 'hang-up'; did you mean hangs-up?"),
        (("--fault", "42"), "no fault or variant is named '42'; --list-faults lists them all"),
        (
            ("--recognizer", "absent"),
            "no installed distribution offers a recognizer 'absent' (group ocr_conformance.recognizers); offered: none",
        ),
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(options: tuple[str, ...], message: str) -> None:
    done = run(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"python -m conformance.reference: {message}\n"


def test_a_port_in_use_is_one_line_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.returncode == 2
    assert done.stderr == (
        f"python -m conformance.reference: cannot listen on 127.0.0.1 port {port}: [Errno 98] Address already in use\n"
    )


def test_speaks_chinese_where_asked_to() -> None:
    helped = run("--lang", "zh", "--help").stdout
    assert "带有此缺陷，可重复" in helped
    assert "be faulty in this way" not in helped
    wrong = run("--lang=zh", "--json")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "python -m conformance.reference：“--json 须与 --list-faults 同用”；请见 --help\n",
    )
    assert "hangs-up" in run("--lang", "zh", "--list-faults").stdout
    assert "对图片不作响应而关闭连接" in run("--lang", "zh", "--list-faults").stdout


def test_speaks_the_language_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN.UTF-8")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    assert "监听地址（默认 127.0.0.1）" in run("--help").stdout
    assert "address to listen on" in run("--lang", "en", "--help").stdout
    monkeypatch.setenv("OCR_CONFORMANCE_LANG", "en")
    assert "address to listen on" in run("--help").stdout


def test_every_option_has_its_help_in_chinese() -> None:
    parser = command._parser(chinese=True)
    assert {action.option_strings[-1] for action in parser._actions} == set(command._CHINESE)


def test_lists_faults_as_json() -> None:
    done = run("--list-faults", "--json")
    rows = {row["id"]: row for row in json.loads(done.stdout)}
    assert rows["hangs-up"] == {
        "id": "hangs-up",
        "title": "closes the connection without an answer to a picture",
        "zh": "对图片不作响应而关闭连接",
        "breaks": ["answer.http"],
        "kind": "fault",
        "points": [],
        "wire": True,
        "declares": [],
    }
    assert rows["chunked"]["kind"] == "variant"


def test_lists_faults_for_people() -> None:
    lines = run("--list-faults").stdout.splitlines()
    assert lines[0].split() == ["fault", "accepts-missing-token", "answers", "without", "any", "credentials"]
