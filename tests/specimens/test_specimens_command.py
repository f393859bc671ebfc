"""`specimens`: any number of documents with values of their own, their truth, and nobody's numbers."""

from __future__ import annotations

import re
import threading
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import check_digits
import pytest
from click.testing import CliRunner
from specimen_files import FallbackFonts

from conformance.cli import main
from conformance.reference.behaviour import Behaviour
from conformance.reference.editions import load_edition
from conformance.reference.pictures import open_picture
from conformance.reference.recognizer import SpecimenReader
from conformance.specimens import DOCUMENTS, draw_master
from conformance.specimens.draw import KINDS, STRENGTHS, Corners, Degradation, encoded, photographed
from conformance.specimens.invent import invented
from conformance.specimens.specimen import Document, content_code, in_words, locator_code
from conformance.statement.sample_images import read_manifest

SEEDS = range(12)
MANY = [(document, invented(document, str(seed))) for document in DOCUMENTS for seed in SEEDS]


def texts(document: Document) -> list[str]:
    """Every printed text of a document."""
    found: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for below in value.values():
                collect(below)
        elif isinstance(value, list):
            for below in value:
                collect(below)

    collect(document.fields)
    return found


def test_the_same_seed_invents_the_same_values_and_another_one_others() -> None:
    for document in DOCUMENTS:
        assert invented(document, "7") == invented(document, "7")
        assert invented(document, "7").fields != invented(document, "8").fields


def test_a_document_keeps_its_fields_and_the_form_of_its_machine_lines() -> None:
    for master, other in MANY:
        assert list(master.fields) == list(other.fields)
        for name in ("machine_code", "machine_code2", "machine_code3"):
            assert len(str(master.fields.get(name))) == len(str(other.fields.get(name)))


def test_no_number_passes_its_check_digit() -> None:
    for _, document in MANY:
        for value in (text for text in texts(document) if "<<" not in text):  # machine lines have a test of their own
            for run in re.findall(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])", value):
                assert not check_digits.mainland_id(run)
                assert not check_digits.social_credit_code(run)
            for run in re.findall(r"(?<![0-9])(?:[0-9]{16}|(?:[0-9]{4} ){3}[0-9]{4})(?![0-9])", value):
                assert not check_digits.luhn(run.replace(" ", ""))
            for run in re.findall(r"\bLYB[0-9A-Z]{14}\b", value):
                assert not check_digits.vehicle_identification(run)
            assert re.search(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", value) is None, "a mobile number"


def test_machine_readable_lines_fail_every_check_digit() -> None:
    for _, document in MANY:
        lines = [str(document.fields[name]) for name in ("machine_code", "machine_code2") if name in document.fields]
        if document.id == "passport":
            line = lines[1]
            parts = [(line[0:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27])]
            parts.append((line[0:10] + line[13:20] + line[21:43], line[43]))
        elif lines:
            first, second = lines
            parts = [(first[5:14], first[14]), (second[0:6], second[6]), (second[8:14], second[14])]
            parts.append((first[5:30] + second[0:7] + second[8:15] + second[18:29], second[29]))
        else:
            continue
        assert [part for part in parts if check_digits.machine_readable(*part)] == []


def test_what_stands_twice_on_a_document_is_the_same_twice() -> None:
    for _, document in MANY:
        fields: Any = document.fields
        if document.id == "id-card-portrait-side":
            assert fields["number"][6:14] == fields["birth"].replace("-", "")
        if document.id == "mvs-invoice":
            assert (fields["number"], fields["code"]) == (
                fields["machine_printed_number"],
                fields["machine_printed_code"],
            )
        if document.id == "taxi-invoice":
            assert fields["time"] == f"{fields['boarding_time']}-{fields['alighting_time']}"
        if document.id == "vat-invoice":
            assert sum(round(100 * float(row["amount"])) for row in fields["item_list"]) == cents(
                fields["subtotal_amount"]
            )
            assert cents(fields["total"]) == cents(fields["subtotal_amount"]) + cents(fields["subtotal_tax"])
            assert fields["total_in_words"] == in_words(cents(fields["total"]))


def cents(amount: str) -> int:
    return round(100 * float(amount.lstrip("￥")))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (152550, "壹仟伍佰贰拾伍元伍角整"),
        (11300000, "壹拾壹万叁仟元整"),
        (100500, "壹仟零伍元整"),
        (1001000, "壹万零壹拾元整"),
        (30058005, "叁拾万零伍佰捌拾元零伍分"),
        (7, "柒分"),
    ],
)
def test_amounts_are_written_out_as_invoices_do(amount: int, words: str) -> None:
    assert in_words(amount) == words


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("blur", "glare")])
def test_the_reference_finds_a_degraded_document_where_the_truth_says(kind: str) -> None:
    document = invented(DOCUMENTS[2], "1")
    image = draw_master(document, FallbackFonts()).convert("RGB")
    mildest = STRENGTHS[kind][1 if kind in ("jpeg", "resolution") else 0]
    photo = photographed(image, Degradation(kind, mildest), Random(5))
    picture = open_picture(encoded(photo), load_edition("auto-classification-v1.0"), Behaviour(), threading.Lock())
    (found,) = SpecimenReader().recognise(picture)
    assert (found.ticket, found.content) == (document.ticket, document.fields)
    # Of a document seen from the side, the reference extends the place of the codes without their perspective.
    assert furthest(found.corners, photo.corners) < (25 if kind == "perspective" else 3)


def furthest(one: Corners, other: Corners) -> float:
    return max(abs(a - b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True))


def test_codes_carry_the_invented_values() -> None:
    document = invented(DOCUMENTS[0], "3")
    assert locator_code(document).text.startswith("OCRSPEC1 train-ticket train_ticket - 980 590")
    assert content_code(document).text != content_code(DOCUMENTS[0]).text


@pytest.fixture
def fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing without the system's typefaces, in this process."""
    monkeypatch.setattr("conformance.specimens.canvas.FACES", {})
    monkeypatch.setattr("conformance.specimens.draw.NotoFonts", FallbackFonts)


@pytest.mark.usefixtures("fallback")
def test_the_command_writes_pictures_and_a_manifest_that_a_run_reads(tmp_path: Path) -> None:
    arguments = ["--per-type", "2", "--type", "quota_invoice", "--type", "passport", "--jobs", "1", "--lang", "en"]
    place = tmp_path / "a"
    done = CliRunner().invoke(main, ["specimens", str(place), *arguments])
    assert (done.exit_code, done.stdout) == (
        0,
        f"4 pictures and manifest.toml in {place}; ask a target about them: run TARGET --images {place}\n",
    )
    again = CliRunner().invoke(main, ["specimens", str(tmp_path / "b"), *arguments, "--quiet"])
    assert (again.exit_code, again.output) == (0, "")
    for file in ("manifest.toml", "passport/00001.jpg", "passport/00002.jpg", "quota-invoice/00002.jpg"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    images = read_manifest(tmp_path / "a")
    assert [(image.id, image.original, image.degradation and image.degradation[0]) for image in images] == [
        ("quota_invoice-00001", "quota-invoice-00001", "none"),
        ("quota_invoice-00002", "quota-invoice-00002", "jpeg"),
        ("passport-00001", "passport-00001", "none"),
        ("passport-00002", "passport-00002", "jpeg"),
    ]
    listed = tomllib.loads((tmp_path / "a" / "manifest.toml").read_text(encoding="utf-8"))["image"]
    assert set(listed[0]["document"][0]["fields"]) == {"number", "code", "location", "amount"}


def test_a_type_that_nobody_knows_is_one_message(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["specimens", str(tmp_path), "--per-type", "1", "--type", "train_tickt"])
    assert (done.exit_code, done.stderr.splitlines()) == (
        2,
        ["ocr-conformance: --type: no type 'train_tickt'; near it are train_ticket"],
    )


def test_missing_typefaces_are_named_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.specimens.canvas.FACES", {"sans": (tmp_path / "Absent.ttc", 0)})
    done = CliRunner().invoke(main, ["specimens", str(tmp_path), "--per-type", "1"])
    assert (done.exit_code, done.stderr) == (
        2,
        (
            "ocr-conformance: expected the Noto typefaces to draw with; not installed: Absent.ttc; "
            "on Debian and Ubuntu: apt-get install fonts-noto-cjk fonts-noto-core\n"
        ),
    )
