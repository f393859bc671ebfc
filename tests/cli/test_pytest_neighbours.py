"""pytest with other plugins around the kit's: names that they have, warnings as errors, node ids."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import TOKEN, checkout, ocr_conformance, plain_environment, pytest_in_a_process, served

TARGET = f"cassette:{checkout()}/cases/cassettes/reference-smoke"
SUITE = ("--pyargs", "conformance.suite", "-p", "no:cacheprovider")
REPORTER = """
def pytest_addoption(parser):
    group = parser.getgroup("reporter")
    group.addoption("--report", dest="reporter_report", action="append", default=[])
    group.addoption("--target", dest="embedded_target")

def pytest_runtest_call(item):
    item.funcargs.get("dut")
"""
"""What pytest-reporter and pytest-embedded ask for: option names, fixtures of every item."""


def beside(folder: Path, plugin: str, *arguments: str) -> tuple[int, str]:
    """pytest in a folder whose plugin is loaded before or after that of the kit."""
    (folder / "neighbour.py").write_text(plugin, encoding="utf-8")
    done = pytest_in_a_process("-p", "neighbour", *arguments, folder=folder, PYTHONPATH=str(folder))
    return done.returncode, done.stdout + done.stderr


def test_the_second_names_reach_the_kit_where_another_plugin_has_the_first(tmp_path: Path) -> None:
    asked = (f"--ocr-target={TARGET}", "--only=formats", f"--ocr-report={tmp_path / 'out'}")
    status, told = beside(tmp_path, REPORTER, *SUITE, *asked)
    assert status == 0, told
    assert (tmp_path / "out" / "report.json").exists()


def test_a_first_name_that_belongs_to_another_plugin_is_told(tmp_path: Path) -> None:
    asked = (f"--ocr-target={TARGET}", "--only=formats", f"--report={tmp_path / 'out'}")
    status, told = beside(tmp_path, REPORTER, *SUITE, *asked)
    assert status == 0, told
    assert "--report belong to another plugin here; of this kit: --ocr-report" in told
    assert not (tmp_path / "out").exists()


LEFT_TO_OTHERS = "ocr-conformance: --target belong to another plugin here; of this kit: --ocr-target\n"


def test_a_target_for_another_plugin_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")
    status, told = beside(tmp_path, REPORTER, "test_one.py", "--target=esp32:board", "--report=x")
    assert status == 0, told
    assert told.count("ocr-conformance:") == told.count(LEFT_TO_OTHERS) == 1


@pytest.mark.parametrize("target", ["esp32", "esp32:board"])
def test_options_of_a_project_itself_are_left_to_it(tmp_path: Path, target: str) -> None:
    (tmp_path / "conftest.py").write_text(REPORTER.replace("embedded_target", "target"), encoding="utf-8")
    (tmp_path / "test_one.py").write_text(
        f"def test_one(pytestconfig): assert pytestconfig.getoption('--target') == {target!r}\n", encoding="utf-8"
    )
    status, told = beside(tmp_path, "", "test_one.py", f"--target={target}", "--report=x")
    assert status == 0, told
    assert (LEFT_TO_OTHERS in told) == (":" in target)
    status, told = beside(tmp_path, "", "--help")
    assert status == 0
    assert re.search(r"--target=TARGET$", told, re.MULTILINE)
    assert "--ocr-target" in told
    assert "could not load" not in told


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a package `conformance` of its own, which its test imports."""
    (tmp_path / "conformance").mkdir()
    (tmp_path / "conformance" / "__init__.py").write_text("LIMIT = 7\n", encoding="utf-8")
    (tmp_path / "test_one.py").write_text(
        "from conformance import LIMIT\ndef test_one(): assert LIMIT == 7\n", encoding="utf-8"
    )
    return tmp_path


LEFT_OUT = (
    "ocr-conformance: left out here are its options, fixtures and conformance.suite, since `conformance` is "
    "{}; the command `ocr-conformance run` works\n"
)


@pytest.mark.parametrize("called", [("-m", "pytest"), ("-P", "-m", "pytest")])  # as python -m pytest, and as pytest
def test_a_project_may_have_a_package_of_the_kits_name(project: Path, called: tuple[str, ...]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, *called, "--color=no", "-p", "no:cacheprovider", *arguments]
        environment = plain_environment(COLUMNS="300")
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env=environment)
        return done.returncode, done.stdout + done.stderr

    line = LEFT_OUT.format(project / "conformance")
    status, told = run()
    assert (status, told.count("ocr-conformance:"), line in told) == (0, 1, True), told
    status, told = run("--help")
    assert (status, line.strip() in told) == (0, True), told
    for asked in ("--ocr-target", "--target"):
        status, told = run("--pyargs", "conformance.suite", f"{asked}=reference")
        assert (status, told.strip()) == (4, f"ERROR: {line}".strip())


def test_the_command_works_in_a_project_with_a_package_of_the_kits_name(project: Path) -> None:
    kit = str(Path(sys.executable).with_name("ocr-conformance"))
    command = [kit, "run", "reference", "--depth", "smoke", "--only", "formats", "--quiet"]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, env=plain_environment(), timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("CONFORMANT: reference - ")


def test_a_suite_without_its_target_says_how_the_target_is_named(tmp_path: Path) -> None:
    status, told = beside(tmp_path, REPORTER, *SUITE, f"--target={TARGET}")
    assert status == 4, told
    assert "--target belongs to another plugin here: write --ocr-target=TARGET" in told


def test_help_lists_the_options_without_a_target(tmp_path: Path) -> None:
    status, told = beside(tmp_path, "", "--help")
    assert status == 0
    assert set(re.findall(r"--ocr-(target|report|keep-images|resend|quiet|strict)\b", told)) == {
        "target", "report", "keep-images", "resend", "quiet", "strict",
    }  # fmt: skip


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording in which a must and a should are broken."""
    folder = tmp_path_factory.mktemp("recorded")
    with served("--fault", "three-corners", "--fault", "no-request-id") as origin:
        asked = ("--token", TOKEN, "--only", "auto-classification-v1.0/first-contact")
        assert ocr_conformance("run", origin, *asked, "--record", str(folder / "cassette")).returncode == 1
    return folder / "cassette"


def test_warnings_as_errors_neither_fail_a_should_nor_hide_a_must(broken: Path, tmp_path: Path) -> None:
    status, told = beside(tmp_path, "", *SUITE, f"--target=cassette:{broken}", "-W", "error")
    assert status == 1
    assert "auto-classification-v1.0/ticket.location.four-corners\n  expected: at least 4 entries" in told
    assert "ConformanceWarning: auto-classification-v1.0/answer.request-id: no X-Request-Id header" in told
    assert "Error" not in told.replace("PurposeFailedError", "")


def test_a_finding_is_a_failed_assertion_as_reporters_take_defects_of_the_product(broken: Path, tmp_path: Path) -> None:
    plugin = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    if call.excinfo is not None:
        print("kind:", "failed" if call.excinfo.errisinstance(AssertionError) else "broken")
    return (yield)
"""
    _, told = beside(tmp_path, plugin, *SUITE, f"--target=cassette:{broken}", "-s")
    assert re.findall("kind: .*", told) == ["kind: failed"]


def test_node_ids_have_a_file_part_that_can_be_pasted_back(tmp_path: Path) -> None:
    one = "conformance.suite::auto-classification-v1.0/formats"
    status, told = beside(tmp_path, "", *SUITE, f"--target={TARGET}", "-v", "--junitxml=junit.xml")
    assert (status, f"{one} PASSED" in told) == (0, True)
    cases = ElementTree.parse(tmp_path / "junit.xml").iter("testcase")
    assert {case.get("classname") for case in cases} == {"conformance.suite"}
    status, told = beside(tmp_path, "", "--pyargs", one, "-v", f"--target={TARGET}")
    assert re.findall(r"^\S+ PASSED", told, re.MULTILINE) == [f"{one} PASSED"]


def test_an_unreachable_target_is_4_with_workers_too(tmp_path: Path) -> None:
    nobody = ("--target=http://127.0.0.1:9", "--ocr-token=t", "--depth=smoke", "--only=formats", "-n", "2")
    status, told = beside(tmp_path, "", *SUITE, *nobody)
    assert status == 4, told
    assert "INTERNALERROR" not in told
    assert "127.0.0.1:9" in told
