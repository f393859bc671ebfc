"""pytest with other plugins around the kit's: names that they have, warnings as errors, node ids."""

from __future__ import annotations

import re
from pathlib import Path

from command import checkout, pytest_in_a_process

TARGET = f"cassette:{checkout()}/cases/cassettes/reference-smoke"
SUITE = ("--pyargs", "conformance.suite", "-p", "no:cacheprovider")
REPORTER = """
def pytest_addoption(parser):
    group = parser.getgroup("reporter")
    group.addoption("--report", dest="reporter_report", action="append", default=[])
    group.addoption("--target", dest="embedded_target")
"""
"""The option names of pytest-reporter and pytest-embedded."""


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


def test_a_target_for_another_plugin_leaves_the_kit_asleep(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")
    status, told = beside(tmp_path, REPORTER, "test_one.py", "--target=esp32:board", "--report=x")
    assert status == 0, told
    assert "ocr-conformance:" not in told


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
