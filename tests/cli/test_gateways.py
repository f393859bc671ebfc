"""What a run says behind real gateways: whose answer a finding is about; a service that is down is no fault."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import TOKEN, ocr_conformance, served
from gateways import haproxy, needs_haproxy, needs_nginx, nginx

AK, SK = "ACCESSKEYOFNOBODY000", "secret-key-of-nobody-0000000000000000000"
PROJECT = "00112233445566778899aabbccddeeff"


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    """Host and port of the reference."""
    with served("--project-id", PROJECT, environment={"CLOUD_SDK_AK": AK, "CLOUD_SDK_SK": SK}) as origin:
        yield origin.removeprefix("http://")


@pytest.fixture
def nobody() -> Iterator[str]:
    """Host and port where nothing listens: the socket is bound, and takes no connection."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@needs_nginx
def test_nginx_without_its_service_is_exit_4_with_a_report(tmp_path: Path, nobody: str) -> None:
    with nginx(tmp_path, nobody) as origin:
        done = ocr_conformance("run", origin, "--token", TOKEN, "--report", str(tmp_path / "report"))
    assert done.returncode == 4, done.stdout + done.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    words = report["stop_text"]["en"]
    assert done.stderr == f"ocr-conformance: {words}\n"
    assert words.startswith("a gateway answers, the service behind it does not (status 502, a body that is no JSON")
    assert "text/html of " in words
    assert ", Server: nginx/" in words
    assert (report["score"]["proven"], report["score"]["failed"]) == (0, 0)
    assert report["requests_sent"] == 3


@needs_haproxy
def test_haproxy_without_its_service_is_exit_4(tmp_path: Path, nobody: str) -> None:
    with haproxy(tmp_path, nobody) as origin:
        done = ocr_conformance("run", origin, "--token", TOKEN, "--quiet")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "a gateway answers, the service behind it does not (status 503, a body that is no JSON" in done.stderr


@needs_haproxy
def test_a_service_behind_haproxy_is_conformant_also_with_signatures(tmp_path: Path, backend: str) -> None:
    keys = {"CLOUD_SDK_AK": AK, "CLOUD_SDK_SK": SK, "OCR_CONFORMANCE_PROJECT_ID": PROJECT}
    with haproxy(tmp_path, backend) as origin:
        done = ocr_conformance("run", origin, "--depth", "smoke", "--quiet", **keys)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "CONFORMANT"), done.stdout + done.stderr


@needs_nginx
def test_a_path_before_that_of_the_operations_is_called(tmp_path: Path, backend: str) -> None:
    with nginx(tmp_path, backend, "/gateway/", "/") as origin:
        options = ("--token", TOKEN, "--depth", "smoke", "--only", "first-contact", "--quiet")
        done = ocr_conformance("run", f"{origin}/gateway", *options, OCR_CONFORMANCE_PROJECT_ID=PROJECT)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "CONFORMANT"), done.stdout + done.stderr
    assert f"{origin}/gateway" in done.stdout


@needs_nginx
def test_a_body_above_nginx_default_is_told_with_who_refused_it(tmp_path: Path, backend: str) -> None:
    with nginx(tmp_path, backend) as origin:
        options = ("--token", TOKEN, "--only", "accepts.size-max", "--contract", "auto-classification-v1.0")
        done = ocr_conformance(
            "run", origin, *options, "--report", str(tmp_path / "report"), OCR_CONFORMANCE_PROJECT_ID=PROJECT
        )
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    (entry,) = (each for each in report["requirements"] if each["verdict"] == "fail" and each["level"] == "must")
    assert entry["id"] == "auto-classification-v1.0/accepts.size-max"
    assert "text/html of " in entry["findings"][0]["observed"]
    assert ", Server: nginx/" in entry["findings"][0]["observed"]


@needs_nginx
def test_keys_refused_behind_a_proxy_that_rewrites_host_name_that_cause(tmp_path: Path, backend: str) -> None:
    keys = {"CLOUD_SDK_AK": AK, "CLOUD_SDK_SK": SK, "OCR_CONFORMANCE_PROJECT_ID": PROJECT}
    with nginx(tmp_path, backend) as origin:
        done = ocr_conformance("run", origin, "--depth", "smoke", **keys)
    assert done.returncode == 3, done.stdout + done.stderr
    assert (
        "it refuses the signature; check the keys and the project that they are for, and whether a proxy in between "
        "changes Host, which is signed, or does not forward Authorization"
    ) in " ".join(done.stdout.split())
