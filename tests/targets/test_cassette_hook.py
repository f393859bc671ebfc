"""`cassette check` as a pre-commit hook of a real git repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import ABOUT, answer, ask, exchanges, record

from conformance import __version__

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="NOT TESTED: the hook, since git is not installed")

HOOK = f"""#!/bin/sh
exec {sys.executable} -c 'from conformance.cli import main; main()' cassette check first second
"""


def git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=repository, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_commit_with_a_personal_number_is_refused(tmp_path: Path) -> None:
    about = {**ABOUT, "kit_version": __version__, "recorded_at": datetime.now(UTC).isoformat()}
    record(tmp_path / "first", exchanges([(ask(), answer())]), **about)
    record(tmp_path / "second", exchanges([(ask(), answer())]), **about)
    git(tmp_path, "init", "-q")
    hook = tmp_path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(0o755)
    git(tmp_path, "add", ".")
    accepted = git(tmp_path, "commit", "-qm", "clean")
    assert (accepted.returncode, git(tmp_path, "log", "--format=%s").stdout) == (0, "clean\n"), accepted.stderr
    shutil.rmtree(tmp_path / "second")
    record(tmp_path / "second", exchanges([(ask(), answer(headers=(("13800138000", "here"),)))]), **about)
    git(tmp_path, "add", ".")
    refused = git(tmp_path, "commit", "-qm", "dirty")
    assert refused.returncode == 1
    assert "second: index.ndjson:1 /response/headers: phone-number: a mobile telephone number; replace it with" in (
        refused.stdout + refused.stderr
    )
    assert git(tmp_path, "log", "--format=%s").stdout == "clean\n"
