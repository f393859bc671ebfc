"""What the kit writes, kept to be compared byte for byte while the house is moved: `python -m tests.goldens DIR`.

Write one folder before a change and one after it, then `diff -r` them. Every output of the kit that is made without
chance is there: the reports of a replayed run, of a faulty target and of audited traffic in all forms, the terminal at
80 and 120 columns in both languages, the requirements, the OpenAPI documents, the plans and, with `--kill-table`, the
kill table; with the documentation pages (`OCR_CONFORMANCE_PAGES`) also what `derive` says of them. Times, ports and the
hashes over them are written as `#`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from starlette.applications import Starlette

from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials
from conformance.reference.faults import combine

ROOT = Path(__file__).resolve().parent.parent
CASSETTE = ROOT / "cases" / "cassettes" / "reference-smoke"
TOKEN = "invented-token"
CHANCE = (
    (re.compile(r'("sha256": "|sha256 |<code class="id">)[0-9a-f]{16,64}'), r"\1#"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "#time"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:#"),
    (re.compile(r'("(?:duration_s|elapsed_ms|elapsed|started|date|latency_ms|p\d\d_ms|max_ms)": )[^,\n}]+'), r"\1#"),
    (re.compile(r'(time(?:stamp)?=")[^"]*'), r"\1#"),
    (re.compile(r"\b\d+(\.\d+)? ?(ms|s|seconds|秒|毫秒)\b"), "# s"),
    (re.compile(r"\b\d+(\.\d+)? ?(秒|毫秒)"), "# s"),
)


def command(*arguments: str, columns: int = 120) -> str:
    """Standard output, error and exit status of the command, without what differs from run to run."""
    surrounding = {**os.environ, "COLUMNS": str(columns), "LC_ALL": "C.UTF-8", "OCR_CONFORMANCE_TOKEN": TOKEN}
    done = subprocess.run(
        [Path(sys.executable).with_name("ocr-conformance"), *arguments],
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env=surrounding, check=False,
    )  # fmt: skip
    return steady(f"{done.stdout}\n--- stderr\n{done.stderr}\n--- exit {done.returncode}\n")


def steady(text: str) -> str:
    """The text without times, versions of pages and ports."""
    for pattern, instead in CHANCE:
        text = pattern.sub(instead, text)
    return text


def write_reports(folder: Path, name: str, *arguments: str) -> None:
    """All forms of one report, and the terminal in both languages and widths."""
    for language in ("en", "zh"):
        for columns in (80, 120):
            shown = command(*arguments, "--lang", language, columns=columns)
            (folder / f"{name}.terminal.{language}.{columns}.txt").write_text(shown, encoding="utf-8")
        report = folder / f"{name}.{language}"
        command(*arguments, "--lang", language, "--report", str(report))
        for file in (path for path in report.rglob("*") if path.is_file()):
            if file.suffix in {".json", ".xml", ".html", ".md"}:
                text = file.read_text(encoding="utf-8").replace(str(folder), "#folder")
                file.write_text(steady(text), encoding="utf-8")


def faulty() -> Starlette:
    """The reference with faults that break a must, a should and something open."""
    faults = ("wrong-code-for-token", "no-request-id", "ticket-dropped")
    credentials = Credentials(TOKEN, "0123456789abcdef0123456789abcdef")
    return create_app(credentials, behaviour=combine(faults))


def main(folder: Path, *, kill_table: bool) -> None:
    """Write everything into `folder`, which is made."""
    from conformance.files import contract_ids

    folder.mkdir(parents=True, exist_ok=True)
    write_reports(folder, "replayed", "run", f"cassette:{CASSETTE}")
    write_reports(folder, "audited", "audit", str(CASSETTE))
    faulty = "asgi:tests.goldens:faulty"
    write_reports(folder, "faulty", "run", faulty, "--depth", "smoke")
    for contract in contract_ids():
        for name, arguments in {
            "requirements.json": ("requirements", "--contract", contract, "--format", "json"),
            "requirements.md": ("requirements", "--contract", contract, "--format", "markdown"),
            "openapi.json": ("openapi", "--contract", contract),
            "plan.txt": ("plan", "reference", "--contract", contract),
        }.items():
            (folder / f"{contract}.{name}").write_text(command(*arguments), encoding="utf-8")
    if kill_table:
        (folder / "faults.json").write_text(command("faults", "--json"), encoding="utf-8")
    pages = os.environ.get("OCR_CONFORMANCE_PAGES")
    for page in sorted(Path(pages).glob("*.txt")) if pages else ():
        (folder / f"derive.{page.stem}.txt").write_text(command("derive", str(page)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), kill_table="--kill-table" in sys.argv[2:])
