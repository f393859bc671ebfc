"""Pictures of the user's own are what a derived contract shows where the kit has no specimen of its document."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from conformance.derive import write_contract
from conformance.engine.options import Settings
from conformance.engine.plan import capabilities_of
from conformance.engine.purposes import EXAMPLE as EXAMPLE_OF_A_PAGE
from conformance.engine.purposes import Purpose
from conformance.strategies.draw import Draw
from conformance.text import Text

LABEL = Path(__file__).parent / "pages" / "parcel-label.md"
TOKEN = "invented-token"

ONLY_BLUE = '''
"""The reference, which recognises nothing but what is blue."""
from pathlib import Path

from conformance.reference.app import create_app
from conformance.reference.behaviour import Behaviour
from conformance.reference.contracts import load_contracts
from conformance.reference.credentials import Credentials
from conformance.reference.editions import NOT_RECOGNISED, refused


def only_blue(picture, call):
    red, green, blue = picture.colour(50).resize((1, 1)).getpixel((0, 0))
    if blue < red + 60:
        raise refused(NOT_RECOGNISED, "nothing-recognised")
    return picture


folder = Path(__file__).parent / "contracts"
app = create_app(
    Credentials("invented-token", "0000000000000000000000000000abcd"),
    behaviour=Behaviour(picture=(only_blue,)),
    editions=load_contracts(folder),
    allow_private_urls=True,
)
'''


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a derived contract, a target of it that knows blue documents alone, and a blue picture."""
    home = tmp_path_factory.mktemp("blue")
    write_contract(LABEL, home / "contracts")
    (home / "only_blue.py").write_text(ONLY_BLUE, encoding="utf-8")
    (home / "images").mkdir()
    Image.new("RGB", (600, 400), (20, 40, 220)).save(home / "images" / "label.png")
    (home / "images" / "manifest.toml").write_text('[[image]]\nfile = "label.png"\ntypes = []\n', encoding="utf-8")
    return home


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from conformance.cli import main; main()", "run", "asgi:only_blue:app"]
    command += ["--contracts", "contracts", "--depth", "smoke", *arguments]
    surrounding = {**os.environ, "OCR_CONFORMANCE_TOKEN": TOKEN, "PYTHONPATH": str(home)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=home, env=surrounding)


def test_without_them_a_target_that_refuses_the_stand_in_is_not_judged(home: Path) -> None:
    ended = run(home)
    assert ended.returncode == 3
    assert "INCONCLUSIVE" in ended.stdout


def test_controls_show_them_where_they_are_given(home: Path) -> None:
    ended = run(home, "--images", "images")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "CONFORMANT" in ended.stdout


def test_they_are_in_no_recording_and_in_no_report(home: Path) -> None:
    ended = run(home, "--images", "images", "--record", "cassette", "--report", "report", "--quiet")
    assert ended.returncode == 0
    replayed = [sys.executable, "-c", "from conformance.cli import main; main()", "run", "cassette:cassette", "--quiet"]
    again = subprocess.run(
        [*replayed, "--contracts", "contracts"], capture_output=True, text=True, check=False, cwd=home
    )
    assert again.returncode == 0
    assert not any(_is_blue(path) for path in sorted((home / "cassette" / "blobs").rglob("*")) if path.is_file())
    assert not (home / "report" / "evidence").exists()
    kept = run(home, "--images", "images", "--record", "kept", "--keep-images", "--quiet")
    assert kept.returncode == 0
    assert any(_is_blue(path) for path in sorted((home / "kept" / "blobs").rglob("*")) if path.is_file())


def _is_blue(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            red, _, blue = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    except OSError:
        return False
    return bool(blue > red + 60)


EXAMPLE = '"url":"https://pictures.invalid/parcels/7.png"'


def planned(home: Path, target: str) -> str:
    command = [sys.executable, "-c", "from conformance.cli import main; main()", "plan", target]
    surrounding = {**os.environ, "COLUMNS": "200"}
    ended = subprocess.run(
        [*command, "--contracts", "contracts", "--depth", "smoke"],
        capture_output=True, text=True, check=False, cwd=home, env=surrounding,
    )  # fmt: skip
    return ended.stdout


def test_the_url_that_a_page_names_is_a_control(tmp_path: Path) -> None:
    page = LABEL.read_text(encoding="utf-8")
    (tmp_path / "page.md").write_text(page + f"\n```\n{{\n    {EXAMPLE}\n}}\n```\n", encoding="utf-8")
    lines, _ = write_contract(tmp_path / "page.md", tmp_path / "contracts")
    said = "the page's own url example, https://pictures.invalid/parcels/7.png, is a control beside them"
    assert any(line.en.startswith(said) for line in lines)
    cases = (tmp_path / "contracts" / "parcel-label-v1.0" / "cases" / "rows.toml").read_text(encoding="utf-8")
    (example,) = [one for one in tomllib.loads(cases)["purpose"] if one["id"] == "page-example"]
    control = Draw.from_data(example["control"])
    purpose = Purpose("parcel-label-v1.0", "page-example", Text("", ""), "smoke", control, (), ())
    assert purpose.needs == {EXAMPLE_OF_A_PAGE}


@pytest.mark.parametrize(
    ("target", "asked"), [("reference", False), ("http://127.0.0.1:9", False), ("https://ocr.invalid", True)]
)
def test_only_what_runs_beyond_this_machine_is_sent_the_url_of_a_page(target: str, asked: bool) -> None:
    assert (EXAMPLE_OF_A_PAGE in capabilities_of(Settings(target))) is asked


def test_a_url_that_is_a_form_is_no_control(tmp_path: Path) -> None:
    page = LABEL.read_text(encoding="utf-8")
    form = EXAMPLE.replace("pictures.invalid/parcels/7.png", "BucketName.store.invalid/ObjectName")
    (tmp_path / "page.md").write_text(page + f"\n```\n{{\n    {form}\n}}\n```\n", encoding="utf-8")
    lines, _ = write_contract(tmp_path / "page.md", tmp_path / "contracts")
    assert "the page's own url example, if any, is a form and no picture: no control is made of it" in [
        line.en for line in lines
    ]


def test_what_is_drawn_for_an_added_operation_counts_as_billable(home: Path) -> None:
    assert "at most 0 billable tickets" not in planned(home, "reference")
