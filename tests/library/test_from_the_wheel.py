"""The library as others use it: from its wheel, in tests of FastAPI, Flask, Django and of clients, and for mypy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Path(__file__).parent / "project"
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVICE = """
import httpx


def handle(body: bytes) -> tuple[int, dict[str, str]]:
    return 400, {"error_code": "AIS.0102"}


async def app(scope: object, receive: object, send: object) -> None: ...
"""


@dataclass(frozen=True)
class Project:
    """A copy of the project, and an environment that has the kit from its wheel and the frameworks from this one."""

    folder: Path
    python: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env={**environment, "LANG": "C.UTF-8", "MYPY_CACHE_DIR": str(self.folder.parent / "mypy")},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    work = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    venv.create(work / "venv", with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(work / "venv")}))
    (wheel,) = work.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:  # what an installer does with one of pure Python
        archive.extractall(packages)
    # Not as a site folder: what is installed there in place, such as the kit itself, stays away.
    (packages / "frameworks.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    shutil.copytree(PROJECT, work / "project")
    return Project(work / "project", work / "venv" / "bin" / "python")


def test_the_kit_is_that_of_the_wheel(project: Project) -> None:
    code = "import conformance, ocr_conformance_plugin as plugin; print(conformance.__file__); print(plugin.__file__)"
    places = project.run("-c", code).stdout.splitlines()
    assert len(places) == 2
    assert all(place.startswith(str(project.python.parents[1])) for place in places)


def test_the_plugin_of_the_wheel_runs_the_suite(project: Project) -> None:
    """In a folder without a package `conformance`: with what the wheel holds, and nothing of a checkout."""
    conftest = project.folder / "conftest.py"
    conftest.write_text(
        "import pytest\nfrom conformance.reference.app import create_app\n"
        "from conformance.reference.credentials import Credentials\n\n"
        "@pytest.fixture(scope='session')\ndef ocr_conformance_target() -> object:\n"
        "    return create_app(Credentials(token='sesame', project_id='0123456789abcdef' * 2))\n\n"
        "@pytest.fixture(scope='session')\ndef ocr_conformance_credentials() -> dict[str, str]:\n"
        "    return {'token': 'sesame', 'project_id': '0123456789abcdef' * 2}\n",
        encoding="utf-8",
    )
    done = project.run("-m", "pytest", "--pyargs", "conformance.suite", "--depth=smoke", "--only=formats")
    conftest.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^CONFORMANT: fixture - (\d+) of \1 requirements proven", done.stdout, re.MULTILINE)
    assert "left out" not in done.stdout


def test_tests_of_each_framework_pass_and_find_the_mistake(project: Project) -> None:
    done = project.run("-m", "pytest", "-q", "-rA")
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.findall(r"^PASSED (\w+)\.py::", done.stdout, re.MULTILINE)
    assert set(passed) == {path.stem for path in PROJECT.glob("test_*.py")}
    assert len(set(passed)) == 6


def test_mypy_is_content_with_them(project: Project) -> None:
    done = project.run("-m", "mypy", "--strict", ".")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    wrong = project.folder / "wrong.py"
    wrong.write_text("from conformance import load_contract\n\nload_contract(7)\n", encoding="utf-8")
    done = project.run("-m", "mypy", "--strict", "wrong.py")
    wrong.unlink()
    assert 'error: Argument 1 to "load_contract" has incompatible type "int"; expected "str | Path"' in done.stdout


def test_mypy_is_content_with_the_examples_of_the_readme(project: Project) -> None:
    examples = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(examples) >= 2
    folder = project.folder.parent / "examples"
    folder.mkdir()
    (folder / "my_service.py").write_text(SERVICE, encoding="utf-8")
    for number, text in enumerate(examples):
        (folder / f"example_{number}.py").write_text(text, encoding="utf-8")
    done = project.run("-m", "mypy", "--strict", str(folder))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
