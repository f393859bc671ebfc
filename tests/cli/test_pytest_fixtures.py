"""Fixtures and hooks of the plugin: a target that is known when its fixture was set up, pictures that are served."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command import Done, checkout, pytest_here, pytest_in_a_process

APPLICATION = """
import pytest
from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials

@pytest.fixture(scope="session")
def service(worker_id):
    with open("log", "a") as log:
        print("up", worker_id, file=log)
        yield create_app(Credentials(token="sesame", project_id="{project}"))
        print("down", worker_id, file=log)

@pytest.fixture(scope="session")
def ocr_conformance_target(service):
    return service

@pytest.fixture(scope="session")
def ocr_conformance_credentials():
    return {{"token": "sesame", "project_id": "{project}"}}
""".format(project="0123456789abcdef" * 2)
ONE = ("--pyargs", "conformance.suite", "--depth=smoke", "-p", "no:cacheprovider")


def run(folder: Path, conftest: str, *arguments: str) -> Done:
    (folder / "conftest.py").write_text(conftest, encoding="utf-8")
    environment = {"OCR_CONFORMANCE_TOKEN": "of the environment"}
    if "-n" in arguments:
        return pytest_in_a_process(*ONE, *arguments, folder=folder, **environment)
    return pytest_here(*ONE, *arguments, folder=folder, environment=environment)


@pytest.mark.parametrize(
    ("asked", "workers"), [(("--target=fixture",), ["master"]), (("-n", "2", "--dist=load"), ["gw0", "gw1"])]
)
def test_the_target_of_a_fixture_is_there_before_the_first_item_and_until_the_last(
    tmp_path: Path, asked: tuple[str, ...], workers: list[str]
) -> None:
    done = run(tmp_path, APPLICATION, *asked, "--only=formats", "--report=out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^CONFORMANT: fixture - (\d+) of \1 requirements proven, 0 failed$", done.stdout, re.MULTILINE)
    log = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert sorted(log) == sorted(f"{what} {worker}" for worker in workers for what in ("up", "down"))
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert {purpose["outcome"] for purpose in report["purposes"]} == {"passed"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "",
            "expected the fixture ocr_conformance_target to return a target; observed None; override it in",
        ),
        (
            "return 'cassette:x'",
            "expected a live target from the fixture ocr_conformance_target; observed 'cassette:x'",
        ),
        ("return 'gopher://x'", "expected a target: http(s)://HOST[:PORT]"),
        ("return 7", "observed a value of type int in fixture"),
    ],
)
def test_what_is_no_target_is_one_message_and_status_4(tmp_path: Path, body: str, message: str) -> None:
    fixture = f"import pytest\n@pytest.fixture(scope='session')\ndef ocr_conformance_target():\n    {body}\n"
    done = run(tmp_path, fixture if body else "", "--target=fixture")
    assert done.returncode == 4, done.stdout + done.stderr
    assert message in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_credentials_of_another_kind_are_refused_and_not_quoted(tmp_path: Path) -> None:
    done = run(tmp_path, APPLICATION.replace('"token": "sesame"', '"tokne": "sesame-secret"'), "--target=fixture")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "expected a token or a mapping with some of token, ak, sk, " in done.stdout
    assert "sesame-secret" not in done.stdout + done.stderr


def test_a_fixture_that_fails_is_an_error_of_the_item_that_needs_it(tmp_path: Path) -> None:
    conftest = (
        "import pytest\n@pytest.fixture(scope='session')\ndef ocr_conformance_target():\n    raise OSError('no port')\n"
    )
    done = run(tmp_path, conftest, "--target=fixture", "--only=formats")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "ERROR conformance.suite::auto-classification-v1.0/formats - OSError: no port" in done.stdout


def test_the_hook_names_the_target_where_the_command_line_names_none(tmp_path: Path) -> None:
    cassette = f"cassette:{checkout()}/cases/cassettes/reference-smoke"
    hook = f"def pytest_ocr_conformance_target(config):\n    return {cassette!r}\n"
    done = run(tmp_path, hook, "--only=formats")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ocr-conformance: target {cassette}, contracts " in done.stdout
    done = run(tmp_path, hook, "--only=formats", "--target=cassette:elsewhere")
    assert done.returncode == 4
    assert "elsewhere" in done.stderr


PICTURES = """
import json
import httpx
import pytest
from conformance import Draw, load_contract, strategies

CONTRACT = load_contract("auto-classification-v1.0")

@pytest.mark.parametrize("how", ["plain", "chinese", "redirected"])
def test_pictures(served_pictures, how):
    request = strategies.build(CONTRACT, Draw(page=("bankcard",), url=True, served=how))
    url = json.loads(served_pictures(request).body)["url"]
    fetched = httpx.get(url, follow_redirects=True)
    assert url.startswith("http://127.0.0.1:")
    assert fetched.content == request.pictures[-1].content
    sent = strategies.build(CONTRACT, Draw(page=("bankcard",)))
    assert served_pictures(sent) is sent

def test_a_target_is_what_the_command_line_says(ocr_conformance_target, ocr_conformance_credentials):
    assert (ocr_conformance_target, ocr_conformance_credentials) == (None, None)
"""


def test_pictures_of_a_request_are_served_to_tests_of_others(tmp_path: Path) -> None:
    (tmp_path / "test_pictures_of_others.py").write_text(PICTURES, encoding="utf-8")
    done = pytest_here("-p", "no:cacheprovider", "-q", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("4 passed")
