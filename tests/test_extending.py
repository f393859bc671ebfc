"""The examples of conformance/README.md, "How to extend it", performed in a copy of the kit as they stand there.

The operation is that of cases/README.md: data only, and no more than 120 lines of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def section(file: str, title: str) -> str:
    """What stands below a heading of a README."""
    whole = (ROOT / file / "README.md").read_text(encoding="utf-8")
    return whole.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def example(title: str) -> list[tuple[str, str]]:
    """The code blocks of the example that begins with **title**: language and text."""
    if title == "An operation":
        return CODE.findall(section("cases", "An operation of your own, by hand"))
    return CODE.findall(section("conformance", "How to extend it").partition(f"**{title}**")[2].partition("\n**")[0])


@dataclass(frozen=True)
class Kit:
    """A copy of the kit in a folder of its own."""

    folder: Path

    def perform(self, title: str) -> None:
        """Write the new files of an example, whose first line names them, and make its edits."""
        for language, text in example(title):
            if language == "diff":
                self._edit(text)
            elif text.startswith("# "):
                name, _, content = text.partition("\n")
                path = self.folder / name.removeprefix("# ")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")

    def _edit(self, diff: str) -> None:
        head, *hunks = re.split(r"^@@ .* @@\n", diff, flags=re.MULTILINE)
        path = self.folder / re.findall(r"^\+\+\+ b/(.+)$", head, re.MULTILINE)[0]
        text = path.read_text(encoding="utf-8")
        for hunk in hunks:
            before = "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] != "+")
            after = "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] != "-")
            assert text.count(before) == 1, (
                f"conformance/README.md edits lines that {path.name} does not have:\n{before}"
            )
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8")

    def install(self) -> None:
        """Write what an installer writes of the distribution whose pyproject.toml is in the copy.

        Of the packages that it offers only what setuptools would install stays: modules, and what `package-data` names.
        """
        written = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))
        project = written["project"]
        name, version = project["name"].replace("-", "_"), project["version"]
        installed = self.folder / f"{name}-{version}.dist-info"
        installed.mkdir()
        ((group, offered),) = project["entry-points"].items()
        points = "".join(f"{point} = {value}\n" for point, value in offered.items())
        (installed / "entry_points.txt").write_text(f"[{group}]\n{points}", encoding="utf-8")
        about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n"
        (installed / "METADATA").write_text(about, encoding="utf-8")
        named = written.get("tool", {}).get("setuptools", {}).get("package-data", {})
        for package in {value.partition(":")[0] for value in offered.values()}:
            folder = self.folder / package
            kept = {path for pattern in ("*.py", *named.get(package, ())) for path in folder.glob(pattern)}
            for path in sorted(folder.rglob("*"), reverse=True):  # a folder after what is in it
                if path.is_file() and path not in kept:
                    path.unlink()
                elif path.is_dir() and not any(path.iterdir()):
                    path.rmdir()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "LANG": "C.UTF-8"}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ocr-conformance` of the copy."""
        return self.run("-c", "from conformance.cli import main; main()", *arguments)


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    for name in ("conformance", "schemas", "cases"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "cassettes"))
    return Kit(tmp_path)


def test_the_walk_of_a_newcomer_leads_along_files_that_are_there() -> None:
    walk = (ROOT / "conformance" / "README.md").read_text(encoding="utf-8").partition("A newcomer's walk.")[2]
    named = re.findall(r"`((?:schemas|cases|conformance)/[\w./-]+\.\w+)`", walk.partition("## How to extend it")[0])
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_a_requirement_costs_one_entry_one_check_and_one_fault(kit: Kit) -> None:
    kit.perform("A requirement")
    explained = kit.command("explain", "failure.error-msg.one-line").stdout
    assert "  proven by    `serve --fault error-two-lines`: breaks messages into lines" in explained
    proven = kit.command("faults", "--only", "error-two-lines", "--jobs", "1")
    assert (proven.returncode, proven.stderr) == (0, ""), proven.stdout
    assert re.search(r"^killed +[0-9]+ +error-two-lines\s+failure\.error-msg\.one-line$", proven.stdout, re.MULTILINE)


def test_an_edition_costs_data_only(kit: Kit) -> None:
    kit.perform("An edition")
    assert kit.run("-m", "conformance.contract.derive_schemas").returncode == 0
    ran = kit.command("run", "reference", "--contract", "auto-id-doc-classification-v2-2027", "--depth", "smoke")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "auto-id-doc-classification-v2-2027/document.direction" in ran.stdout


def test_an_operation_of_the_family_costs_data_only(kit: Kit) -> None:
    data = [text for _, text in example("An operation") if text.startswith("# my-contracts/")]
    assert len(data) == 3
    assert sum(text.count("\n") - 1 for text in data) <= 120
    kit.perform("An operation")
    derived = kit.run("-m", "conformance.contract.derive_schemas", "my-contracts")
    assert derived.returncode == 0, derived.stderr
    ran = kit.command("run", "reference", "--contracts", "my-contracts", "--depth", "smoke", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_a_fault_costs_one_entry(kit: Kit) -> None:
    kit.perform("A fault")
    proven = kit.command("faults", "--only", "text-json", "--jobs", "1")
    assert (proven.returncode, proven.stderr) == (0, ""), proven.stdout
    assert re.search(r"^killed +[0-9]+ +text-json +answer\.media-type$", proven.stdout, re.MULTILINE)


def test_a_target_of_ones_own_gets_a_verdict(kit: Kit) -> None:
    kit.perform("A target")
    ran = kit.run("ask_my_target.py")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("nonconformant {'requirements': ")


def test_a_report_form_costs_one_function_and_one_row(kit: Kit) -> None:
    kit.perform("A report form")
    ran = kit.command("run", "reference", "--only", "formats", "--depth", "smoke", "--report", "out", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")
    first = (kit.folder / "out" / "verdicts.csv").read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"auto-classification-v1\.0/[\w.-]+,(must|should|open),pass", first)


def test_an_option_costs_its_field_and_its_use_in_the_command_line_and_in_pytest(kit: Kit) -> None:
    kit.perform("An option")
    told = kit.command("plan", "reference", "--depth", "smoke", "--gentle")
    assert (told.returncode, told.stderr) == (0, "")
    assert re.search(r"^  smoke +\d+ +(\d+) .* \1 s$", told.stdout, re.MULTILINE)
    asked = ("--target=reference", "--gentle", "--depth=smoke", "--collect-only", "-q", "-p", "no:cacheprovider")
    collected = kit.run("-m", "pytest", "conformance/suite.py", *asked)
    assert (collected.returncode, collected.stderr) == (0, ""), collected.stdout


def test_a_recording_format_costs_a_reader_and_a_row(kit: Kit) -> None:
    kit.perform("A recording format")
    call = ("POST", "https://ocr.invalid/v1.0/ocr/auto-classification", "200", "{}", '{"result": []}')
    (kit.folder / "calls.txt").write_text("# calls of my client\n" + "\t".join(call) + "\ntorn\n", encoding="utf-8")
    judged = kit.command("audit", "calls.txt", "--lang", "en")
    assert (judged.returncode, judged.stderr) == (1, "calls.txt, line 3: expected five parts\n")
    assert "FAILED auto-classification-v1.0/input.required" in judged.stdout


def test_checks_of_ones_own_are_those_of_every_run_where_they_are_installed(kit: Kit) -> None:
    kit.perform("Checks of your own")
    kit.install()
    explained = kit.command("explain", "acme.request-id", "--lang", "en").stdout
    assert "X-Request-Id has 32 hexadecimal digits" in explained
    asked = ("--contract", "auto-classification-v1.0", "--depth", "smoke", "--quiet", "--report", "out")
    ran = kit.command("run", "reference", *asked)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    report = json.loads((kit.folder / "out" / "report.json").read_text(encoding="utf-8"))
    verdicts = {entry["id"]: entry["verdict"] for entry in report["requirements"]}
    assert verdicts["auto-classification-v1.0/acme.request-id"] == "pass"
    code = """
from conformance import Draw, Response, assert_conforms, load_contract, strategies
contract = load_contract("auto-classification-v1.0")
refusal = b'{"error_code": "AIS.0101", "error_msg": "The input parameter is invalid."}'
headers = {"Content-Type": "application/json", "X-Request-Id": "17"}
request = strategies.break_request(contract, "picture.none/zip", Draw(page=("bankcard",)))
assert_conforms(Response(400, headers, refusal), contract, request)
"""
    told = kit.run("-c", code).stderr
    assert (
        "AssertionError: auto-classification-v1.0/acme.request-id\n"
        "  expected: X-Request-Id has 32 hexadecimal digits, as our search of logs expects.\n"
        "  observed: 17\n"
    ) in told


def test_a_recognizer_of_ones_own_is_found_by_its_entry_point(kit: Kit) -> None:
    kit.perform("A recognizer")
    kit.install()
    code = """
from types import SimpleNamespace
from conformance.reference.recognizer import load_recognizer
(found,) = load_recognizer("my-engine").recognise(SimpleNamespace(width=30, height=20))
print(found.ticket, found.corners, found.content)
"""
    ran = kit.run("-c", code)
    assert ran.stderr == ""
    assert ran.stdout == "train_ticket ((0, 0), (30, 0), (30, 20), (0, 20)) {'train_number': 'G9908'}\n"
