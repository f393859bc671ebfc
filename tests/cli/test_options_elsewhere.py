"""Options that are not typed: from a file in the current folder, from the environment, from an earlier report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from command import TOKEN, Done, checkout, ocr_conformance, pytest_here, served

from conformance.engine.settings import OWN, SHARED
from conformance.report.markdown import escaped
from conformance.report.shapes import digest

TARGET = f"cassette:{checkout()}/cases/cassettes/reference-smoke"
CORNERS = "auto-classification-v1.0/ticket.location.four-corners"


def run_in(folder: Path, *arguments: str, **environment: str) -> Done:
    with chdir(folder):
        return ocr_conformance("run", TARGET, "--quiet", *arguments, **environment)


@pytest.mark.parametrize("name", [OWN, SHARED])
def test_a_file_of_the_folder_holds_options(name: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    table = "" if name == OWN else "[tool.ocr-conformance]\n"
    (tmp_path / name).write_text(f'{table}only = ["formats"]\nreport = "sub/out"\nlang = "zh"\nstrict = true\n')
    done = run_in(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith(f"符合：{TARGET}")
    report = json.loads((tmp_path / "sub" / "out" / "report.json").read_text(encoding="utf-8"))
    assert (report["only"], report["strict"]) == (["formats"], True)


def test_a_file_that_says_nothing_of_the_kit_is_none(tmp_path: Path) -> None:
    (tmp_path / SHARED).write_text("[project\n", encoding="utf-8")
    assert run_in(tmp_path).returncode == 0


def test_the_command_line_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text('only = ["first-contact"]\nreport = "out"\n', encoding="utf-8")

    def only(*arguments: str, **environment: str) -> list[str]:
        assert run_in(tmp_path, *arguments, **environment).returncode == 0
        found: list[str] = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["only"]
        return found

    assert only() == ["first-contact"]
    assert only(OCR_CONFORMANCE_ONLY="formats type-list") == ["formats", "type-list"]
    assert only("--only", "several-tickets", OCR_CONFORMANCE_ONLY="formats") == ["several-tickets"]


MISTAKES = {
    "an unknown key": ("max-bilable = 3", "max-bilable: `run` has no such option; near it are max-billable"),
    "a number as text": ('max-requests = "3x"', "max-requests: expected a whole number of at least 1, found '3x'"),
    "a number below 1": ("max-requests = 0", "max-requests: expected a whole number of at least 1, found 0"),
    "a fraction": ("seed = 1.5", "seed: expected a whole number, found 1.5"),
    "no depth": ('depth = "deep"', "depth: expected smoke | standard | thorough, found 'deep'"),
    "no folder": ('images = "nowhere"', "images: expected a folder that exists, found 'nowhere'"),
    "no flag": ("strict = 1", "strict: expected true or false, found 1"),
    "no list": ("only = [1]", "only: expected a list of texts, found [1]"),
    "no rate": ('rate = "fast"', "rate: expected requests a second above 0, as 5 or 5/s, found 'fast'"),
    "a secret": (
        'token = "t"',
        "token: a secret does not stand in a file of options; give it as OCR_CONFORMANCE_TOKEN",
    ),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_in_the_file_names_file_and_key(kind: str, tmp_path: Path) -> None:
    text, words = MISTAKES[kind]
    (tmp_path / OWN).write_text(text, encoding="utf-8")
    done = run_in(tmp_path, "--lang", "en")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"ocr-conformance: {tmp_path / OWN}: {words}\n"


def test_options_in_two_files_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("seed = 1\n", encoding="utf-8")
    (tmp_path / SHARED).write_text("[tool.ocr-conformance]\nseed = 1\n", encoding="utf-8")
    done = run_in(tmp_path, "--lang", "zh")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ocr-conformance: 选项只应写在一个文件中，却同时出现在 ")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OCR_CONFORMANCE_DEPTH", "deep", "expected smoke | standard | thorough, found 'deep'"),
        ("OCR_CONFORMANCE_MAX_BILLABLE", "many", "expected a whole number of at least 1, found 'many'"),
        ("OCR_CONFORMANCE_STRICT", "perhaps", "expected true or false, found 'perhaps'"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, words: str, tmp_path: Path) -> None:
    done = run_in(tmp_path, **{variable: value})
    assert (done.returncode, done.stderr) == (2, f"ocr-conformance: {variable}: {words}\n")


def test_pytest_reads_variables_and_the_file_too(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text('report = "out"\nlang = "zh"\n', encoding="utf-8")
    asked = ("--pyargs", "conformance.suite", f"--target={TARGET}", "-p", "no:cacheprovider", "-q")
    done = pytest_here(*asked, folder=tmp_path, environment={"OCR_CONFORMANCE_ONLY": "formats"})
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["only"] == ["formats"]
    assert f"符合：{TARGET}" in done.stdout


def test_pytest_names_a_mistake_in_the_file(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("dept = 1\n", encoding="utf-8")
    done = pytest_here("--pyargs", "conformance.suite", f"--target={TARGET}", folder=tmp_path)
    assert done.returncode == 4
    assert f"ERROR: {tmp_path / OWN}: dept: `run` has no such option; near it are depth" in done.stderr


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A faulty implementation, and the report of a run against it."""
    folder = tmp_path_factory.mktemp("before")
    with served("--fault", "three-corners") as origin:
        asked = ("--depth", "smoke", "--contract", "auto-classification-v1.0", "--report", str(folder))
        assert ocr_conformance("run", origin, "--token", TOKEN, *asked).returncode == 1
        yield origin, folder / "report.json"


def test_only_what_failed_is_asked_again_and_it_says_so(faulty: tuple[str, Path], tmp_path: Path) -> None:
    origin, before = faulty
    done = ocr_conformance(
        "run", origin, "--token", TOKEN, "--only-failed", str(before), "--report", str(tmp_path), "--quiet"
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"narrowed to what {before} left: 1 broken and 3 unproven requirements, with their purposes\n"
    )
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (before, tmp_path / "report.json"))
    left = [entry["id"] for entry in old["requirements"] if entry["verdict"] in ("fail", "inconclusive")]
    assert [entry["id"] for entry in new["requirements"]] == left == new["only"]
    assert [entry["id"] for entry in new["requirements"] if entry["verdict"] == "fail"] == [CORNERS]
    assert {purpose["id"] for purpose in new["purposes"]} < {purpose["id"] for purpose in old["purposes"]}
    assert (new["depth"], new["contracts"]) == ("smoke", ["auto-classification-v1.0"])
    assert "Narrowed run: only" in done.stdout


def changed(before: Path, folder: Path, **more: object) -> Path:
    """The same report with other content, sealed again."""
    report = json.loads(before.read_text(encoding="utf-8")) | more
    report["sha256"] = digest(report)
    path = folder / "changed.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    return path


def test_a_report_of_another_contract_edition_or_success_is_a_mistake(faulty: tuple[str, Path], tmp_path: Path) -> None:
    before = faulty[1]
    documents = json.loads(before.read_text(encoding="utf-8"))["documents"]
    documents["auto-classification-v1.0"] |= {"published": "1999-01-01"}
    other = run_in(tmp_path, "--only-failed", str(before), "--contract", "auto-id-doc-classification-v2")
    edition = run_in(tmp_path, "--only-failed", str(changed(before, tmp_path, documents=documents)))
    nothing = run_in(tmp_path, "--only-failed", str(changed(before, tmp_path, requirements=[])))
    both = run_in(tmp_path, "--only-failed", str(before), "--only", "formats")
    assert [done.returncode for done in (other, edition, nothing, both)] == [2, 2, 2, 2]
    assert other.stderr.endswith(
        ": expected a report of auto-id-doc-classification-v2, found one of auto-classification-v1.0\n"
    )
    assert "found one of its edition v1.0, 1999-01-01\n" in edition.stderr
    assert nothing.stderr.endswith("nothing in it was broken or left unproven; run without --only-failed\n")
    assert both.stderr.endswith("expected --only or --only-failed, found both\n")


def test_pytest_runs_what_failed_too(faulty: tuple[str, Path], tmp_path: Path) -> None:
    origin, before = faulty
    done = pytest_here(
        "--pyargs", "conformance.suite", f"--target={origin}", f"--token={TOKEN}", f"--only-failed={before}",
        "-p", "no:cacheprovider", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"ocr-conformance: narrowed to what {before} left: 1 broken and 3 unproven" in done.stdout


def test_a_job_of_github_gets_annotations_and_the_summary(faulty: tuple[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n", encoding="utf-8")
    done = ocr_conformance(
        "run", faulty[0], "--token", TOKEN, "--only", "several-tickets", "--depth", "smoke", "--quiet",
        GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page),
    )  # fmt: skip
    assert done.returncode == 1
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert [line.partition(" Expected: ")[0] for line in errors] == [
        f"::error title={CORNERS}::A location has exactly four corners. (must; table 3, location; stated)"
    ]
    assert " Expected: at least 4 entries; observed: 3 entries: [[" in errors[0]
    assert page.read_text(encoding="utf-8").startswith("before\n## ❌ NOT CONFORMANT\n")
    assert "::" not in ocr_conformance("run", TARGET, "--quiet").stdout


def test_what_a_target_says_cannot_give_commands_to_the_job() -> None:
    assert escaped("one\n::error::two 100%\r\x1b[2J") == "one ::error::two 100%25\\u000d\\u001b[2J"


def test_a_baseline_that_knows_a_breach_makes_no_error_of_it(faulty: tuple[str, Path]) -> None:
    origin, before = faulty
    asked = ("--depth", "smoke", "--contract", "auto-classification-v1.0", "--baseline", str(before), "--quiet")
    done = ocr_conformance("run", origin, "--token", TOKEN, *asked, GITHUB_ACTIONS="true")
    assert done.returncode == 0
    assert "::error" not in done.stdout
