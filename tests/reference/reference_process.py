"""The reference as tests meet it: a process of its own, spoken to over loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = "a-token-of-the-tests"
PROJECT = "00112233445566778899aabbccddeeff"
TICKETS = "/v1.0/ocr/auto-classification"
TICKETS_2021 = f"/v2/{PROJECT}/ocr/auto-classification"
DOCUMENT = f"/v2/{PROJECT}/ocr/auto-id-doc-classification"

_OWN_VARIABLES = frozenset(
    {"OCR_CONFORMANCE_TOKEN", "OCR_CONFORMANCE_PROJECT_ID", "CLOUD_SDK_AK", "CLOUD_SDK_SK", "CLOUD_SDK_SECURITY_TOKEN"}
)


@dataclass(frozen=True)
class Server:
    """A running reference: its origin and the client of a test, which sends the token."""

    origin: str
    client: httpx.Client
    process: subprocess.Popen[str]

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        """Call an operation with a JSON body; underscores in header names stand for hyphens."""
        return self.client.post(
            path, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )


@contextmanager
def launched(*options: str, environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """The command with its pipes; it is stopped and its pipes are closed at the end."""
    kept = {name: value for name, value in os.environ.items() if name not in _OWN_VARIABLES}
    with subprocess.Popen(
        [sys.executable, "-m", "conformance.reference", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | dict(environment or {}),
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(timeout=10)


@contextmanager
def served(*options: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A running reference that knows the token and the project of the tests."""
    with launched(
        "--token", TOKEN, "--project-id", PROJECT, "--until-stdin-closes", *options, environment=environment
    ) as process:
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        assert origin, f"the reference did not start: {process.stderr.read() if process.stderr else ''}"
        with httpx.Client(base_url=origin, headers={"X-Auth-Token": TOKEN}, timeout=30, trust_env=False) as client:
            yield Server(origin, client, process)


def error(code: str, message: str) -> dict[str, str]:
    """The body of a refusal."""
    return {"error_code": code, "error_msg": message}


INVALID_PARAMETER = error("AIS.0101", "The input parameter is invalid.")
FORMAT_NOT_SUPPORTED = error("AIS.0102", "The image format is not supported.")
SIZE_NOT_MET = error("AIS.0103", "The image size does not meet the requirements.")
NOT_RECOGNISED = error("AIS.0104", "The image is not supported or the image quality is poor.")
NOT_JSON = error("ModelArts.4105", "The JSON format of the input data is incorrect.")
NO_SUCH_API = error("APIG.0101", "The API does not exist or has not been published in the environment.")
