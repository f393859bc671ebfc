"""The example for users of the strategies runs as it stands, and finds what it should find."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import conformance
from conformance import strategies

README = Path(conformance.__file__).resolve().parent.parent / "README.md"

HANDLER = """\
import base64
import json

BEGINNINGS = (b"\\x89PNG\\r\\n\\x1a\\n", b"\\xff\\xd8\\xff", b"BM", b"II*\\0", b"MM\\0*")


def handle(body):
    picture = base64.b64decode(json.loads(body)["image"])
    if {condition}:
        return 200, {{"result": []}}
    return 400, {{"error_code": "AIS.0102", "error_msg": "The image format is not supported."}}
"""

SETTINGS = """\
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "brief",
    derandomize=True,
    database=None,
    max_examples=20,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("brief")
"""
"""Of a test that has to be quick, on a machine that may be crowded: what fails is not made smaller."""


def example() -> str:
    """The indented lines of the package's docstring."""
    _, _, lines = (strategies.__doc__ or "").partition("needs no server:\n")
    return textwrap.dedent(lines).strip() + "\n"


def ran(folder: Path, condition: str) -> subprocess.CompletedProcess[str]:
    (folder / "my_service.py").write_text(HANDLER.format(condition=condition), encoding="utf-8")
    (folder / "conftest.py").write_text(SETTINGS, encoding="utf-8")
    (folder / "test_my_service.py").write_text(example(), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--assert=plain", "-p", "no:cacheprovider", "test_my_service.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_the_example_passes_for_a_handler_that_refuses_other_formats(tmp_path: Path) -> None:
    done = ran(tmp_path, "picture.startswith(BEGINNINGS)")
    assert (done.returncode, done.stdout.splitlines()[-1].split(" in ")[0]) == (0, "1 passed"), done.stdout


def test_the_example_names_the_fault_that_a_handler_lets_pass(tmp_path: Path) -> None:
    done = ran(tmp_path, 'picture.startswith((*BEGINNINGS, b"GIF8"))')
    assert done.returncode == 1
    assert "AssertionError: picture.format/gif" in done.stdout


def test_the_example_has_at_most_ten_lines() -> None:
    assert len([line for line in example().splitlines() if line]) <= 10


def test_the_readme_shows_the_same_example() -> None:
    assert example() in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
