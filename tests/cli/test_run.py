"""`ocr-conformance run`: verdicts, exit statuses and messages, against real processes on loopback."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import TOKEN, Done, checkout, in_a_process, ocr_conformance, served
from jsonschema import Draft202012Validator
from stub_servers import answering, response


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    with served() as origin:
        yield origin


@dataclass(frozen=True)
class Recorded:
    """A run that was recorded: where it was sent, what it said, and the folders of its recording and its report."""

    origin: str
    done: Done
    cassette: Path
    report: Path


@pytest.fixture(scope="module")
def three_corners(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A run against an implementation with a fault."""
    folder = tmp_path_factory.mktemp("three-corners")
    cassette, report = folder / "cassette", folder / "report"
    with served("--fault", "three-corners") as origin:
        options = ("--depth", "smoke", "--record", str(cassette), "--report", str(report))
        return Recorded(origin, ocr_conformance("run", origin, "--token", TOKEN, *options), cassette, report)


def verdicts(folder: Path) -> dict[str, str]:
    report = json.loads((folder / "report.json").read_text())
    return {requirement["id"]: requirement["verdict"] for requirement in report["requirements"]}


def test_the_reference_is_conformant_and_the_summary_says_what_was_proven() -> None:
    done = ocr_conformance("run", "reference", "--depth", "smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^CONFORMANT: reference - (\d+) of \1 requirements proven, 0 failed$", done.stdout, re.MULTILINE)
    assert re.search(r"^  auto-classification-v1\.0: proven must (\d+)/\1, should (\d+)/\2$", done.stdout, re.MULTILINE)


def test_every_requirement_is_proven_on_the_reference_at_depth_standard(tmp_path: Path) -> None:
    done = ocr_conformance("run", "reference", "--quiet", "--report", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    others = [r for r in report["requirements"] if r["verdict"] != "pass"]
    assert "auto-classification-v1.0/content.unlisted.strict" in {r["id"] for r in others}
    assert {r["verdict"] for r in others} == {"not-applicable"}
    assert [r["id"] for r in others if "=" not in r["needs"]] == []  # each wants a position that was not declared


def test_a_served_reference_is_conformant(reference: str) -> None:
    done = ocr_conformance("run", reference, "--token", TOKEN, "--depth", "smoke", "--quiet")
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "CONFORMANT")


def test_a_wrong_token_is_inconclusive_and_the_summary_says_why(reference: str) -> None:
    done = ocr_conformance("run", reference, "--token", "another-token", "--quiet")
    assert done.returncode == 3
    words = " ".join(done.stdout.split())
    assert words.startswith("INCONCLUSIVE: ")
    assert (
        f"Stopped: nothing was accepted: {reference} answers status 401, ModelArts.4103: it refuses the credentials; "
        "check the token or the keys, and the project that they are for."
    ) in words


def test_nothing_listening_is_one_message_and_exit_4() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = in_a_process("run", f"http://127.0.0.1:{port}", "--token", TOKEN)
    assert done.returncode == 4
    assert done.stderr == (
        f"ocr-conformance: http://127.0.0.1:{port}: the target refused the connection; "
        "check that the target runs, and its port.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["ftp://127.0.0.1"],
            "expected a target: http(s)://HOST[:PORT], reference, asgi:MODULE:ATTRIBUTE, wsgi:MODULE:ATTRIBUTE, or ",
        ),
        (["http://"], "expected an origin such as https://ocr.example.com:8443; observed no host; "),
        (["http://127.0.0.1:9"], "expected credentials for the target; observed none; give a token with --token"),
        (["https://192.0.2.1", "--token", "t0ken"], "expected --max-billable beyond this machine"),
        (["cassette:/nowhere"], "/nowhere: expected the folder of a cassette, found none"),
        (["reference", "--contract", "auto-classification"], "unknown contract 'auto-classification'"),
        (["reference", "--only", "nothing"], "--only nothing: no purpose or requirement of that id"),
    ],
)
def test_a_mistake_of_the_user_is_one_message_and_exit_2(arguments: list[str], message: str) -> None:
    done = ocr_conformance("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ocr-conformance: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "expected a target: http(s)://HOST[:PORT], reference, asgi:MODULE:ATTRIBUTE, "),
        (["asgi:nope"], "expected asgi:MODULE:ATTRIBUTE with an ASGI or WSGI application"),
        (
            ["asgi:no_such_shop.main:x"],
            "expected no_such_shop.main to be importable; observed no module no_such_shop; ",
        ),
        (["http://"], "expected an origin such as https://ocr.example.com:8443; observed no host; "),
        (["reference", "--margin", "0.1"], "expected --power P; observed --margin without it; "),
        (["reference", "--difference", "0"], "expected --power P; observed --difference without it; "),
    ],
)
def test_a_plan_refuses_what_a_run_would_and_options_that_mean_nothing(arguments: list[str], message: str) -> None:
    done = ocr_conformance("plan", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ocr-conformance: {message}")
    assert done.stderr.count("\n") == 1


def test_a_faulty_implementation_is_named_with_evidence(three_corners: Recorded) -> None:
    done, folder = three_corners.done, three_corners.report
    assert done.returncode == 1
    report = json.loads((folder / "report.json").read_text())
    failed = [r for r in report["requirements"] if r["verdict"] == "fail" and r["level"] == "must"]
    assert [r["id"] for r in failed] == ["auto-classification-v1.0/ticket.location.four-corners"]
    finding = failed[0]["findings"][0]
    assert finding["expected"] == "at least 4 entries"
    assert finding["observed"].startswith("3 entries: [[")
    assert re.fullmatch(r"/result/\d+/location", finding["pointer"])
    assert finding["curl"].startswith(
        f'curl -sS -i -X POST "{three_corners.origin}/v1.0/ocr/auto-classification" -H "X-Auth-Token: ${{OCR_'
    )
    body = re.search(r"--data-binary @(\S+)$", finding["curl"])
    assert body is not None
    assert (folder / body[1]).stat().st_size > 1000
    assert TOKEN not in (folder / "report.json").read_text() + done.stdout + done.stderr


def test_the_report_validates_and_junit_has_a_testcase_for_each_purpose_and_requirement(
    three_corners: Recorded,
) -> None:
    report = json.loads((three_corners.report / "report.json").read_text())
    schema = json.loads((checkout() / "schemas" / "report.schema.json").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(report)] == []
    cases = list(ElementTree.parse(three_corners.report / "junit.xml").iter("testcase"))
    names = {f"{case.get('classname')}/{case.get('name')}": case.find("failure") is not None for case in cases}
    purposes = {purpose["id"]: purpose["outcome"] != "passed" for purpose in report["purposes"]}
    requirements = {
        entry["id"].replace("/", ".requirements/"): entry["level"] == "must"
        and entry["verdict"] in ("fail", "inconclusive")
        for entry in report["requirements"]
    }
    assert names == purposes | requirements
    assert len(names) == len(cases)
    assert any(names.values())


def test_a_recording_replays_to_the_same_verdicts_without_a_server(three_corners: Recorded, tmp_path: Path) -> None:
    again = ocr_conformance("run", f"cassette:{three_corners.cassette}", "--report", str(tmp_path))
    assert (three_corners.done.returncode, again.returncode) == (1, 1), three_corners.done.stderr + again.stderr
    assert re.search(r"recorded in [\d.]+ s, replayed in [\d.]+ s", again.stdout)
    assert verdicts(three_corners.report) == verdicts(tmp_path)


def test_a_cassette_holds_neither_token_nor_project_id(tmp_path: Path) -> None:
    project = "fedcba98765432100123456789abcdef"
    with served("--project-id", project, "--fault", "echoes-token") as origin:
        options = ("--depth", "smoke", "--record", str(tmp_path / "cassette"), "--report", str(tmp_path / "report"))
        done = ocr_conformance("run", origin, "--token", TOKEN, *options, OCR_CONFORMANCE_PROJECT_ID=project)
    assert done.returncode == 1
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    leaks = [path for path in files if TOKEN.encode() in path.read_bytes() or project.encode() in path.read_bytes()]
    assert leaks == []


def test_the_shipped_cassette_replays_to_a_conformant_verdict() -> None:
    done = ocr_conformance("run", f"cassette:{checkout() / 'cases' / 'cassettes' / 'reference-smoke'}", "--quiet")
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "CONFORMANT"), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "en", "zh"),
    [(None, "blobs/{} is missing", "缺少 blobs/{}"), (b"x", "blobs/{} was changed: ", "blobs/{} 已被改动：")],
)
def test_a_recording_that_lacks_a_picture_is_one_message_and_exit_2(
    content: bytes | None, en: str, zh: str, tmp_path: Path
) -> None:
    copy, report = tmp_path / "c", tmp_path / "report"
    shutil.copytree(checkout() / "cases" / "cassettes" / "reference-smoke", copy)
    blob = min(path for path in (copy / "blobs").iterdir() if not path.suffix)
    blob.unlink()
    if content is not None:
        blob.write_bytes(content)
    for language, words in (("en", en), ("zh", zh)):
        done = ocr_conformance("run", f"cassette:{copy}", "--lang", language, "--report", str(report))
        assert (done.returncode, done.stdout, (report / "report.json").exists()) == (2, "", False)
        assert done.stderr.count("\n") == 1
        assert words.format(blob.name) in done.stderr


def test_a_server_that_closes_each_connection_is_taken_for_a_gateway_without_its_service(tmp_path: Path) -> None:
    with answering(lambda _request: None) as origin:
        done = ocr_conformance("run", origin, "--token", TOKEN, "--depth", "smoke", "--report", str(tmp_path / "r"))
    words = (
        f"{origin} takes connections and answers none of them: The connection ended before an answer began; a gateway "
        "may stand there, and the service behind it be down"
    )
    assert (done.returncode, done.stderr) == (4, f"ocr-conformance: {words}\n")
    report = json.loads((tmp_path / "r" / "report.json").read_text())
    assert (report["verdict"], report["stop_reason"], report["stop_text"]["en"]) == (
        "inconclusive",
        "unreachable",
        words,
    )
    assert words in (tmp_path / "r" / "summary.md").read_text()


def test_a_server_that_closes_on_pictures_is_not_conformant() -> None:
    error = response("400 Bad Request", "application/json", b'{"error_code": "AIS.0101", "error_msg": "no"}')
    with answering(lambda request: None if len(request) > 1000 else error) as origin:
        done = ocr_conformance("run", origin, "--token", TOKEN, "--depth", "smoke")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED auto-classification-v1.0/answer.http" in done.stdout


def test_a_server_that_answers_html_is_not_conformant() -> None:
    page = response("200 OK", "text/html", b"<html><body>Welcome</body></html>")
    with answering(lambda _request: page) as origin:
        done = ocr_conformance("run", origin, "--token", TOKEN, "--depth", "smoke")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED auto-classification-v1.0/answer.json" in done.stdout


@pytest.mark.parametrize(
    ("status", "code", "exit_status"),
    [("400 Bad Request", "AIS.0101", 1), ("401 Unauthorized", "ModelArts.4101", 3), ("500 Oops", "AIS.0105", 1)],
)
def test_a_server_that_answers_only_errors_is_never_green(status: str, code: str, exit_status: int) -> None:
    error = response(status, "application/json", json.dumps({"error_code": code, "error_msg": "no"}).encode())
    with answering(lambda _request: error) as origin:
        done = ocr_conformance("run", origin, "--token", TOKEN, "--depth", "smoke")
    assert done.returncode == exit_status, done.stdout + done.stderr


def test_a_limit_ends_the_run_cleanly_and_keeps_what_was_learnt(tmp_path: Path) -> None:
    done = ocr_conformance("run", "reference", "--max-requests", "5", "--report", str(tmp_path))
    assert done.returncode == 3
    report = json.loads((tmp_path / "report.json").read_text())
    # The request before a run counts, and is no part of the report.
    assert (report["requests_sent"], report["stop_reason"]) == (4, "limit")
    assert report["score"]["proven"] > 0


def test_the_billable_limit_counts_what_is_drawn_on_each_picture(tmp_path: Path) -> None:
    done = ocr_conformance("run", "reference", "--max-billable", "6", "--report", str(tmp_path))
    assert done.returncode == 3
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["stop_reason"] == "limit"
    assert 1 <= report["billable"] <= 6


def test_the_summary_is_in_chinese_when_asked() -> None:
    done = ocr_conformance("run", "reference", "--depth", "smoke", "--quiet", "--lang", "zh")
    assert re.fullmatch(r"符合：reference，(\d+) 条要求中已证实 \1 条，未通过 0 条\n", done.stdout)


def test_two_runs_with_one_seed_send_the_same_bytes(tmp_path: Path) -> None:
    bodies = []
    for name in ("one", "two"):
        folder = tmp_path / name
        options = ("--depth", "smoke", "--seed", "7", "--record", str(folder), "--quiet")
        assert ocr_conformance("run", "reference", *options).returncode == 0
        index = [json.loads(line) for line in (folder / "index.ndjson").read_text().splitlines()]
        bodies.append([entry["request"]["body"]["sha256"] for entry in index if "request" in entry])
    assert bodies[0] == bodies[1] != []
