"""`bundle make` and `bundle verify` of a real recording: what they print, and how they end."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from reporting import changed

from conformance import __version__
from conformance.cli import main
from conformance.files import data_folder
from conformance.report.folder import read_report
from conformance.report.shapes import to_json

if TYPE_CHECKING:
    from pathlib import Path

RECORDING = str(data_folder("cases") / "cassettes" / "reference-smoke")


def kit(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*arguments, "--lang", "en"])
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a part of the recording."""
    folder = tmp_path_factory.mktemp("run") / "report"
    ended = kit("run", f"cassette:{RECORDING}", "--only", "first-contact", "--report", str(folder), "--quiet")
    assert ended[0] in (0, 3), ended
    return folder


def test_a_bundle_of_a_recording_is_judged_again(report: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "bundle.zip")
    assert kit("bundle", "make", str(report), path, "--cassette", RECORDING)[0] == 0
    status, facts = kit("bundle", "verify", path)
    assert (status, facts.splitlines()[-1]) == (0, "the recording gives the same verdicts")


def test_a_report_that_the_recording_does_not_bear_out_is_named_with_both_kits(report: Path, tmp_path: Path) -> None:
    honest = read_report(report)
    proven = next(entry for entry in honest["requirements"] if entry["verdict"] == "pass")
    requirements = [
        {**entry, "verdict": "inconclusive"} if entry is proven else entry for entry in honest["requirements"]
    ]
    forged = tmp_path / "report"
    forged.mkdir()
    (forged / "report.json").write_bytes(
        to_json(changed(honest, {"requirements": requirements, "kit_version": "0.0.9"}))
    )
    path = tmp_path / "bundle.zip"
    assert kit("bundle", "make", str(forged), str(path), "--cassette", RECORDING)[0] == 0
    verdict = honest["verdict"]
    assert kit("bundle", "verify", str(path)) == (
        1,
        (
            f"ocr-conformance: {path}: expected the recording to give the verdict {verdict} again, found {verdict} "
            f"(kit 0.0.9 then, {__version__} now); {proven['id']} was inconclusive, is pass\n"
        ),
    )


def test_a_recording_that_cannot_be_judged_is_one_message_about_the_bundle(report: Path, tmp_path: Path) -> None:
    broken = tmp_path / "recording"
    broken.mkdir()
    (broken / "cassette.json").write_text("{", encoding="utf-8")
    path = tmp_path / "bundle.zip"
    assert kit("bundle", "make", str(report), str(path), "--cassette", str(broken))[0] == 0
    status, message = kit("bundle", "verify", str(path))
    assert status == 1
    assert message.startswith(f"ocr-conformance: {path}: cassette")
    assert len(message.splitlines()) == 1


def test_the_recording_of_another_run_is_not_packed(report: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(RECORDING, other)
    about = json.loads((other / "cassette.json").read_text(encoding="utf-8"))
    (other / "cassette.json").write_text(json.dumps(about | {"seed": 7}), encoding="utf-8")
    status, message = kit("bundle", "make", str(report), str(tmp_path / "a.zip"), "--cassette", str(other))
    assert status == 2
    assert f"{other}: expected the recording of the run that the report is of (seed 0, " in message
    assert not (tmp_path / "a.zip").exists()


def test_a_folder_without_a_recording_is_not_packed_as_one(report: Path, tmp_path: Path) -> None:
    status, message = kit("bundle", "make", str(report), str(tmp_path / "a.zip"), "--cassette", str(report))
    assert status == 2
    assert message.startswith(f"ocr-conformance: {report}: expected a cassette, found no cassette.json in it; ")
    assert not (tmp_path / "a.zip").exists()


def test_a_file_that_is_no_bundle_or_no_key_ends_with_2_and_a_changed_bundle_with_1(
    report: Path, tmp_path: Path
) -> None:
    path, other, foreign = tmp_path / "bundle.zip", tmp_path / "target.toml", tmp_path / "foreign.zip"
    other.write_text("# no bundle, nor a key\n" * 9, encoding="utf-8")
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("something", b"else")
    assert kit("bundle", "make", str(report), str(path))[0] == 0
    status, message = kit("bundle", "verify", str(other))
    assert (status, message.startswith(f"ocr-conformance: {other}: expected a bundle, which ends with")) == (2, True)
    assert kit("bundle", "verify", str(foreign))[0] == 2
    status, message = kit("bundle", "verify", str(path), "--key", str(other))
    assert (status, message.startswith(f"ocr-conformance: {other}: expected a public key in PEM")) == (2, True)
    whole = path.read_bytes()
    for changed_bytes in (whole[:-1], whole + b"x", b"x" + whole[1:], whole[: len(whole) // 2]):
        path.write_bytes(changed_bytes)
        assert kit("bundle", "verify", str(path))[0] == 1


def test_without_cryptography_a_signed_bundle_is_not_called_changed(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, path = tmp_path / "key.pem", str(tmp_path / "signed.zip")
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert kit("bundle", "make", str(report), path, "--key", str(key))[0] == 0
    monkeypatch.setitem(sys.modules, "cryptography", None)
    status, message = kit("bundle", "verify", path)
    assert (status, message.startswith("ocr-conformance: signatures need the package cryptography")) == (2, True)
