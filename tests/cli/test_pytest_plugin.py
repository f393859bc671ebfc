"""`pytest cases --target=...` and `pytest --pyargs conformance.suite`: the same engine, one item for each purpose."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from command import TOKEN, checkout, ocr_conformance, pytest_here, pytest_in_a_process, served

GOOD = "cassette:cases/cassettes/reference-smoke"
CORNERS = "auto-classification-v1.0/ticket.location.four-corners"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the recording and the report of the command's run against a faulty implementation."""
    folder = tmp_path_factory.mktemp("faulty")
    with served("--fault", "three-corners") as origin:
        options = ("--depth", "smoke", "--record", str(folder / "cassette"), "--report", str(folder))
        assert ocr_conformance("run", origin, "--token", TOKEN, *options).returncode == 1
    return folder


def report_of(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return value


def verdicts(folder: Path) -> dict[str, str]:
    return {entry["id"]: entry["verdict"] for entry in report_of(folder)["requirements"]}


def outcomes(output: str) -> dict[str, str]:
    """Purpose id and outcome of each line of `pytest -rA`."""
    lines = re.findall(r"^(PASSED|FAILED|ERROR) \S*?([\w.-]+)/\w[\w-]*\.toml::([\w-]+)", output, re.MULTILINE)
    return {f"{contract}/{name}": outcome for outcome, contract, name in lines}


def test_the_header_names_target_contracts_depth_and_seed_and_a_level_is_a_marker() -> None:
    done = pytest_here(
        "cases", f"--target={GOOD}", "--collect-only", "-m", "must and not should", "-p", "no:cacheprovider"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        f"ocr-conformance: target {GOOD}, contracts auto-classification-v1.0, auto-id-doc-classification-v2, "
        "depth smoke, seed 0\n"
    ) in done.stdout
    assert "<PurposeItem formats>" in done.stdout
    assert "<PurposeItem first-contact>" not in done.stdout


def test_a_recording_without_its_pictures_ends_pytest_as_one_that_is_not_there(tmp_path: Path) -> None:
    for name in ("cassette.json", "index.ndjson"):
        shutil.copy(checkout() / GOOD.partition(":")[2] / name, tmp_path)
    done = pytest_here("cases", f"--target=cassette:{tmp_path}", "-p", "no:cacheprovider")
    assert done.returncode == 4, done.stdout + done.stderr
    assert re.search(r"index\.ndjson, the line at byte 0: .*: blobs/\w+ is missing", done.stdout)
    assert "the kit failed" not in done.stdout


def test_pytest_fails_the_purposes_that_the_command_fails_and_shows_the_finding(faulty: Path) -> None:
    done = pytest_here("cases", f"--target=cassette:{faulty / 'cassette'}", "-rA", "-p", "no:cacheprovider")
    assert done.returncode == 1
    expected = {p["id"]: "PASSED" if p["outcome"] == "passed" else "FAILED" for p in report_of(faulty)["purposes"]}
    assert outcomes(done.stdout) == expected
    assert set(expected.values()) == {"PASSED", "FAILED"}
    assert f"{CORNERS}\n  expected: at least 4 entries\n  observed: 3" in done.stdout
    assert "Traceback" not in done.stdout
    assert "conformance/engine" not in done.stdout
    assert re.search(
        r"^NOT CONFORMANT: cassette:\S+ - \d+ of \d+ requirements proven, \d+ failed$", done.stdout, re.MULTILINE
    )


def test_the_first_failure_can_be_the_last_and_the_last_failed_be_run_alone(faulty: Path, tmp_path: Path) -> None:
    target = (f"--target=cassette:{faulty / 'cassette'}", "-o", f"cache_dir={tmp_path}", "-rA", "--lang=zh")
    first = outcomes(pytest_here("cases", *target, "-x").stdout)
    assert list(first.values()).count("FAILED") == 1
    again = pytest_here("cases", *target, "--lf", "-k", "not formats")
    assert outcomes(again.stdout) == {name: outcome for name, outcome in first.items() if outcome == "FAILED"}
    assert f"{CORNERS}\n  预期：至少 4 项\n  实际：3 项：" in again.stdout


def test_two_workers_reach_the_report_of_one(faulty: Path, tmp_path: Path) -> None:
    cassette, report = f"--target=cassette:{faulty / 'cassette'}", f"--report={tmp_path}"
    baseline = f"--baseline={faulty / 'report.json'}"
    done = pytest_in_a_process("cases", cassette, "-q", "-n", "2", report, baseline, "-p", "no:cacheprovider")
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdicts(tmp_path) == verdicts(faulty)
    assert [p["id"] for p in report_of(tmp_path)["purposes"]] == [p["id"] for p in report_of(faulty)["purposes"]]
    ids = [entry["id"] for entry in report_of(tmp_path)["exchanges"]]
    # An answer is shared by the purposes of one process: two may ask for some of them once each.
    assert len(ids) == len(set(ids)) == report_of(tmp_path)["requests_sent"] >= report_of(faulty)["requests_sent"]
    assert re.search(r"^NO REGRESSION: still failing \d+, \d+ still proven$", done.stdout, re.MULTILINE)


def test_less_proven_than_in_a_baseline_fails_although_every_item_passes(faulty: Path) -> None:
    done = pytest_here(
        *("cases", f"--target={GOOD}", "-q", "-k", "first-contact", f"--baseline={faulty}", "-p", "no:cacheprovider")
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^2 passed, \d+ deselected", done.stdout, re.MULTILINE)
    assert re.search(r"^NO LONGER PROVEN: ", done.stdout, re.MULTILINE)


def test_a_recording_under_pytest_replays_to_its_verdicts(tmp_path: Path) -> None:
    options = ("--only", "first-contact", "-q", "-p", "no:cacheprovider")
    recorded = pytest_here(
        *("--pyargs", "conformance.suite", f"--target=cassette:{checkout()}/{GOOD.partition(':')[2]}", *options),
        *(f"--record={tmp_path / 'cassette'}", f"--report={tmp_path / 'recorded'}"),
        folder=tmp_path,
    )
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    assert re.search(
        r"^CONFORMANT: cassette:\S+ - (\d+) of \1 requirements proven, 0 failed", recorded.stdout, re.MULTILINE
    )
    done = ocr_conformance("run", f"cassette:{tmp_path / 'cassette'}", "--report", str(tmp_path / "replayed"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path / "recorded") == verdicts(tmp_path / "replayed")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--target=gopher://x",), "ERROR: expected a target: http(s)://HOST[:PORT]"),
        ((f"--target={GOOD}", "--baseline=no/report.json"), "ERROR: no/report.json: cannot be read"),
        ((f"--target={GOOD}", "--record=x", "-n", "2"), "ERROR: --record with -n: expected one process"),
    ],
)
def test_a_mistake_is_a_usage_error(arguments: tuple[str, ...], message: str) -> None:
    done = pytest_here("cases", *arguments)
    assert done.returncode == 4
    assert done.stderr.startswith(message)


def test_without_a_target_the_plugin_collects_nothing_of_its_own() -> None:
    done = pytest_here("cases/auto-classification-v1.0")
    assert done.returncode == 5


@pytest.fixture(params=["first", "last"])
def rival(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another installed plugin with a `--timeout` of its own, which pytest loads before or after ours."""
    name = f"rival_{request.param}"
    (tmp_path / f"{name}.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--timeout', type=float)\n", encoding="utf-8"
    )
    installed = tmp_path / f"{name}-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{name} = {name}\n", encoding="utf-8")
    places = [str(tmp_path), *sys.path] if request.param == "first" else [*sys.path, str(tmp_path)]
    monkeypatch.setattr(sys, "path", places)


@pytest.mark.usefixtures("rival")
def test_beside_a_plugin_with_an_option_of_the_same_name_other_tests_run(tmp_path: Path) -> None:
    (tmp_path / "test_of_theirs.py").write_text("def test_nothing() -> None:\n    pass\n", encoding="utf-8")
    options = ("--timeout=3", "--import-mode=importlib", "-q", "-p", "no:cacheprovider")
    done = pytest_here("test_of_theirs.py", *options, folder=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1][:8]) == (0, "1 passed")


@pytest.mark.usefixtures("rival")
def test_beside_a_plugin_with_an_option_of_the_same_name_ours_has_another() -> None:
    options = ("--timeout=3", "--ocr-timeout=5", "--only=formats", "-q", "-p", "no:cacheprovider")
    done = pytest_here("cases", f"--target={GOOD}", *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_options_may_stand_in_the_configuration_of_a_project(tmp_path: Path) -> None:
    stated = f"[pytest]\naddopts = --target cassette:{checkout()}/{GOOD.partition(':')[2]} --only formats --lang zh\n"
    (tmp_path / "pytest.ini").write_text(stated, encoding="utf-8")
    done = pytest_here("--pyargs", "conformance.suite", "-q", "-p", "no:cacheprovider", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^符合：cassette:\S+，(\d+) 条要求中已证实 \1 条", done.stdout, re.MULTILINE)


def test_the_language_is_that_of_the_environment() -> None:
    options = (f"--target={GOOD}", "--only=formats", "-q", "-p", "no:cacheprovider")
    done = pytest_here("cases", *options, environment={"LANG": "zh_CN.UTF-8"})
    assert "\n符合：" in done.stdout
