"""`pytest cases --target=...` and `pytest --pyargs conformance.suite`: the same engine, one item for each purpose."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from command import TOKEN, checkout, ocr_conformance, plain_environment, served


def run_pytest(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder or checkout(),
        env=plain_environment(),
        timeout=120,
    )


def outcomes(output: str) -> dict[str, str]:
    """Purpose id and outcome of each line of `pytest -rA`."""
    lines = re.findall(r"^(PASSED|FAILED|ERROR) \S*?([\w.-]+)/\w[\w-]*\.toml::([\w-]+)", output, re.MULTILINE)
    return {f"{contract}/{name}": outcome for outcome, contract, name in lines}


def test_the_header_names_target_contracts_depth_and_seed() -> None:
    done = run_pytest("cases", "--target=reference", "--depth=smoke", "--collect-only", "-q", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run_pytest("cases", "--target=reference", "--depth=smoke", "--collect-only")
    assert (
        "ocr-conformance: target reference, contracts auto-classification-v1.0, auto-id-doc-classification-v2, "
        "depth smoke, seed 0"
    ) in done.stdout


def test_pytest_fails_the_purposes_that_the_command_fails(tmp_path: Path) -> None:
    with served("--fault", "three-corners") as origin:
        ocr_conformance("run", origin, "--token", TOKEN, "--depth", "smoke", "--report", str(tmp_path))
        done = run_pytest("cases", f"--target={origin}", f"--token={TOKEN}", "--depth=smoke", "-rA")
    assert done.returncode == 1
    report = json.loads((tmp_path / "report.json").read_text())
    expected = {p["id"]: "PASSED" if p["outcome"] == "passed" else "FAILED" for p in report["purposes"]}
    assert outcomes(done.stdout) == expected
    assert set(expected.values()) == {"PASSED", "FAILED"}


def test_a_failure_shows_the_finding_and_not_the_kit() -> None:
    with served("--fault", "three-corners") as origin:
        done = run_pytest("cases", f"--target={origin}", f"--token={TOKEN}", "--depth=smoke", "-k", "several-tickets")
    assert (
        "auto-classification-v1.0/ticket.location.four-corners\n  expected: at least 4 entries\n  observed: 3"
        in done.stdout
    )
    assert "Traceback" not in done.stdout
    assert "conformance/engine" not in done.stdout


def test_the_installed_suite_runs_from_anywhere(tmp_path: Path) -> None:
    done = run_pytest("--pyargs", "conformance.suite", "--target=reference", "--depth=smoke", "-q", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"conformant: (\d+) of \1 requirements proven, 0 failed", done.stdout)


def test_a_level_is_a_marker() -> None:
    done = run_pytest(
        "cases", "--target=reference", "--depth=smoke", "--collect-only", "-q", "-m", "must and not should"
    )
    assert done.returncode in (0, 5)
    assert "first-contact" not in done.stdout


def test_a_wrong_target_is_a_usage_error() -> None:
    done = run_pytest("cases", "--target=gopher://x")
    assert done.returncode == 4
    assert done.stderr.startswith("ERROR: expected a target: http(s)://HOST[:PORT]")


def test_without_a_target_the_plugin_collects_nothing_of_its_own() -> None:
    done = run_pytest("cases/auto-classification-v1.0")
    assert done.returncode == 5


def test_two_workers_reach_the_verdict_of_one() -> None:
    done = run_pytest("cases", "--target=reference", "--depth=smoke", "-q", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"conformant: (\d+) of \1 requirements proven, 0 failed", done.stdout)
