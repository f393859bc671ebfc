"""The operation of cases/README.md, performed as it stands there: data only, and no more than 120 lines of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SECTION = (
    (ROOT / "cases" / "README.md").read_text(encoding="utf-8").partition("## An operation of your own, by hand\n")[2]
)
FILES = re.findall(r"```toml\n# my-contracts/(\S+)\n(.*?)```", SECTION, re.DOTALL)


def kit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_it_takes_at_most_120_lines_of_data() -> None:
    assert [name for name, _ in FILES] == [
        "passport-v2/tables.toml",
        "passport-v2/requirements/rows.toml",
        "passport-v2/cases/rows.toml",
    ]
    assert sum(text.count("\n") for _, text in FILES) <= 120


def test_it_is_derived_and_run(tmp_path: Path) -> None:
    for name, text in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    derived = kit("-m", "conformance.contract.derive_schemas", tmp_path)
    assert derived.returncode == 0, derived.stderr
    command = "from conformance.cli import main; main()"
    ran = kit("-c", command, "run", "reference", "--contracts", tmp_path, "--depth", "smoke", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
