"""Clients that others generate from our OpenAPI documents: made, imported, and used against the reference."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.contract import load_contract
from conformance.contract.openapi import openapi

TICKETS, DOCUMENT = "auto-classification-v1.0", "auto-id-doc-classification-v2"
TOKEN, PROJECT = "a-token-of-the-tests", "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The address of a running reference."""
    command = [sys.executable, "-m", "conformance.reference", "--token", TOKEN, "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def generated(contract: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:
    """The package that openapi-python-client makes, and what it says of the document."""
    (folder / "document.json").write_text(json.dumps(openapi(load_contract(contract))), encoding="utf-8")
    name = contract.replace("-", "_").replace(".", "_")
    (folder / "settings.json").write_text(json.dumps({"post_hooks": []}), encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(folder / "document.json")]
    command += ["--output-path", str(folder / name), "--meta", "none", "--config", str(folder / "settings.json")]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
    )
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module(name), run.stdout + run.stderr


def example(contract: str) -> Any:
    """The example of a picture that is recognised."""
    ((_, item),) = openapi(load_contract(contract))["paths"].items()  # type: ignore[attr-defined]
    return item["post"]["requestBody"]["content"]["application/json"]["examples"]["specimen"]["value"]


def test_a_client_of_the_tickets_reads_the_content(
    tmp_path: Path, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, said = generated(TICKETS, tmp_path, monkeypatch)
    assert "arning" not in said
    name = package.__name__
    models = importlib.import_module(f"{name}.models")
    call = importlib.import_module(f"{name}.api.ocr.auto_classification")
    client = importlib.import_module(f"{name}.client").AuthenticatedClient(
        base_url=origin, token=TOKEN, prefix="", auth_header_name="X-Auth-Token"
    )
    with client as opened:
        answer = call.sync(client=opened, body=models.Request.from_dict(example(TICKETS)))
        refused = call.sync(client=opened, body=models.Request(url="ftp://nowhere.example/a.png"))
    assert isinstance(answer, models.Success)
    assert (answer.result[0].type_, answer.result[0].content["amount"]) == ("quota_invoice", "￥50.00")
    assert isinstance(refused, models.Failure)
    assert refused.error_code.startswith(("AIS.", "ModelArts."))


def test_a_client_of_the_documents_reads_the_alarms(
    tmp_path: Path, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, said = generated(DOCUMENT, tmp_path, monkeypatch)
    assert "arning" not in said
    name = package.__name__
    models = importlib.import_module(f"{name}.models")
    call = importlib.import_module(f"{name}.api.ocr.auto_id_doc_classification")
    client = importlib.import_module(f"{name}.client").AuthenticatedClient(
        base_url=origin, token=TOKEN, prefix="", auth_header_name="X-Auth-Token"
    )
    body = models.Request.from_dict({**example(DOCUMENT), "alarm": True})
    with client as opened:
        answer = call.sync(PROJECT, client=opened, body=body)
    assert isinstance(answer, models.Success)
    assert answer.result.type_ == "passport"
    assert answer.result.alarm_result.detect_blur_result is False
