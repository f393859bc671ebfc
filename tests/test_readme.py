"""What README tells a new user to write and to run, tried as it stands there; see also test_extending.py."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner

from conformance.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CASSETTE = f"cassette:{ROOT / 'cases' / 'cassettes' / 'reference-smoke'}"


def block(language: str, mark: str) -> str:
    """The code block in a language that holds some text."""
    (found,) = (text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if mark in text)
    return str(found)


def github_job() -> dict[str, Any]:
    workflow = yaml.safe_load(block("yaml", "runs-on"))
    assert workflow["env"]["TARGET"].startswith("https://")
    job: dict[str, Any] = workflow["jobs"]["conformance"]
    return job


def gitlab_job() -> dict[str, Any]:
    job: dict[str, Any] = yaml.safe_load(block("yaml", "artifacts:"))["conformance"]
    return job


def test_the_commands_of_the_github_workflow_run_in_an_empty_folder(tmp_path: Path) -> None:
    install, run = (step["run"] for step in github_job()["steps"] if "run" in step)
    assert install == 'pip install "$KIT"'
    page = tmp_path / "page.md"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "TARGET": CASSETTE, "GITHUB_STEP_SUMMARY": str(page), "LANG": "C.UTF-8"}
    folder = tmp_path / "checkout"
    folder.mkdir()
    subprocess.run(["bash", "-e", "-c", run], cwd=folder, env=environment, check=True, capture_output=True)
    assert page.read_text(encoding="utf-8").startswith("## ✅ CONFORMANT\n")
    uploaded = next(step["with"]["path"] for step in github_job()["steps"] if "upload" in step.get("uses", ""))
    assert (folder / uploaded / "report.html").exists()
    junit = gitlab_job()["artifacts"]["reports"]["junit"]
    suites = {suite.get("name"): suite.get("tests") for suite in ElementTree.parse(folder / junit).iter("testsuite")}
    assert (suites["auto-classification-v1.0"], suites["auto-id-doc-classification-v2"]) == ("4", "3")


def test_the_job_of_gitlab_runs_the_same_commands_and_keeps_the_same_folder() -> None:
    job = gitlab_job()
    assert job["script"] == [step["run"] for step in github_job()["steps"] if "run" in step]
    assert job["artifacts"]["paths"] == ["report/"]
    assert job["artifacts"]["when"] == "always"


def test_the_secrets_of_both_jobs_are_those_that_the_kit_reads() -> None:
    (names,) = (step["env"] for step in github_job()["steps"] if "env" in step)
    assert names == {name: f"${{{{ secrets.{name} }}}}" for name in names}
    assert set(names) == {"OCR_CONFORMANCE_TOKEN", "OCR_CONFORMANCE_PROJECT_ID"}


def test_the_target_statement_is_accepted(tmp_path: Path) -> None:
    statement = tmp_path / "target.toml"
    statement.write_text(block("toml", "[[waiver]]"), encoding="utf-8")
    done = CliRunner().invoke(main, ["statement", "check", str(statement)])
    assert done.exit_code == 0, done.output
    assert tomllib.loads(statement.read_text(encoding="utf-8"))["waiver"][0]["owner"] == "team gateway"


def test_the_case_of_ones_own_runs_as_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = block("toml", "upside-down.toml")
    name, _, content = text.partition("\n")
    file = tmp_path / name.removeprefix("# ")
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    command = block("sh", "--only upside-down").split()
    done = CliRunner().invoke(main, [*command[1:], "--quiet", "--lang", "en"])
    said = r"CONFORMANT: reference - (\d+) of \1 requirements proven, 0 failed\nNarrowed run: only upside-down\n"
    assert done.exit_code == 0
    assert re.fullmatch(said, done.output)


NAMED = re.compile(r"`((?:[\w-]+/)*[\w-]+\.py|(?:conformance|schemas|cases|tests|findings)/[\w./-]+)`")


def test_every_file_that_a_readme_names_is_there() -> None:
    folders = ("conformance", "schemas", "cases", "tests", "findings")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    there = [f"/{path.relative_to(ROOT)}" for path in files]
    pages = [ROOT / "README.md", *(path for path in files if path.name == "README.md")]
    named = [(page, name) for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))]
    assert len(named) > 30
    gone = [f"{page.relative_to(ROOT)}: {name}" for page, name in named
            if not any(path.endswith(f"/{name.rstrip('/')}") for path in there)]  # fmt: skip
    assert gone == []


def test_the_picture_of_a_report_is_there_and_small() -> None:
    (name,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert (ROOT / name).stat().st_size < 150_000


def test_the_hooks_of_pre_commit_run_as_it_would_run_them(tmp_path: Path) -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    cassette = ROOT / "cases" / "cassettes" / "reference-smoke"
    (tmp_path / "target.toml").write_text(block("toml", "[[waiver]]"), encoding="utf-8")
    for name, folder in (("cassette", cassette), ("statement", tmp_path)):
        hook = hooks[f"ocr-conformance-{name}-check"]
        files = [str(path) for path in folder.iterdir() if re.search(hook["files"], str(path))]
        done = CliRunner().invoke(main, [*hook["entry"].split()[1:], *files, "--lang", "en"])
        assert (done.exit_code, len(done.output.splitlines())) == (0, 1), done.output
