"""Sets of pictures at size: samples of them, manifests in parts, a report that stays small, and going on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from own_images import SQUARE, TICKETS, folder_of, honest, reading, run_on, ticket

from conformance.contract.contract import load_contract
from conformance.engine.options import Settings
from conformance.engine.plan import picture_purposes, select
from conformance.engine.recorder import Recorder
from conformance.engine.run import Run
from conformance.exchange import Request
from conformance.files import DataError
from conformance.images import blank
from conformance.report import document as documents
from conformance.report.compare import compare
from conformance.report.document import About, report_document
from conformance.report.transcript import Caller
from conformance.statement.sample_images import (
    SampleDocument,
    SampleImage,
    fitting,
    manifest_shape,
    read_manifest,
    sampled,
)
from conformance.statement.stated_text import shape_mistakes

ABOUT = About("liar", Caller("$TARGET"), "0.1.0", 0, "2026-01-02T03:04:05+00:00", 1.0)


def images(**counts: int) -> list[SampleImage]:
    """So many pictures of each type, the types in turns."""
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    return [SampleImage(f"{n:04d}", Path(f"{n}.png"), (SampleDocument(kind),)) for n, kind in enumerate(kinds)]


def kinds_of(found: list[SampleImage]) -> Counter[str]:
    return Counter(document.type for image in found for document in image.documents)


def test_a_sample_has_of_each_type_its_share_and_of_rare_ones_at_least_one() -> None:
    many = images(passport=800, train_ticket=190, taxi_invoice=9, toll_invoice=1)
    found = sampled(many, 100, 1)
    assert kinds_of(found) == {"passport": 79, "train_ticket": 19, "taxi_invoice": 1, "toll_invoice": 1}
    assert [image.id for image in found] == sorted(image.id for image in found)
    assert kinds_of(sampled(many, 5000, 1)) == kinds_of(many)
    assert len(sampled(many, 2, 1)) == 2


def test_a_sample_is_the_same_in_every_run_and_another_one_with_another_seed() -> None:
    many = images(passport=300)
    assert sampled(many, 20, 1) == sampled(many, 20, 1)
    assert sampled(many, 20, 1) != sampled(many, 20, 2)
    # What is drawn does not hang on the other pictures: a larger sample has the smaller one in it.
    assert {image.id for image in sampled(many, 20, 1)} <= {image.id for image in sampled(many, 40, 1)}


def test_a_run_asks_for_the_sample(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "own", *['types = ["train_ticket"]'] * 9, 'types = ["passport"]')
    _, purposes = select(Settings("reference", contracts=(TICKETS,), depth="smoke", images=folder, images_sample=4))
    assert len([purpose for purpose in purposes if purpose.name.startswith("images/")]) == 4
    assert "images/010" in [purpose.name for purpose in purposes]  # the only one of its type
    with pytest.raises(DataError, match="--images-sample: expected --images DIR"):
        select(Settings("reference", images_sample=4))


def test_a_long_manifest_is_read_in_parts_and_a_mistake_is_told_by_its_line(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "", *['types = ["passport"]'] * 2)
    lines = ["[[image]]", 'file = "1.png"', 'types = ["passport"]', ""] * 450
    (folder / "manifest.toml").write_text("\n".join(lines), encoding="utf-8")
    found = read_manifest(folder)
    assert [found[at].id for at in (0, 99, 100, 449)] == ["001", "100", "101", "450"]
    lines[4 * 420 + 2] = 'types = ["trains"]'
    (folder / "manifest.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"manifest\.toml, line 1683: image 421: no type 'trains'"):
        read_manifest(folder)
    lines[4 * 420 + 2] = 'types = ["passport"]'
    lines[1] = 'file = "1.png"\nid = "twice"'
    lines[4 * 300 + 1] = 'file = "1.png"\nid = "twice"'
    (folder / "manifest.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match="image 301: expected an id of its own; 'twice' is given twice"):
        read_manifest(folder)


def test_a_report_lists_some_of_very_many_pictures_and_counts_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_PICTURES", 2)
    seen: list[Request] = []

    def turned_sometimes(request: Request) -> list[dict[str, object]]:
        seen.append(request)
        turned = [SQUARE[0], SQUARE[3], SQUARE[2], SQUARE[1]]
        return [ticket("train_ticket", turned if len(seen) % 2 else SQUARE, name="甲")]

    folder = folder_of(tmp_path, *['types = ["train_ticket"]'] * 10)
    report = report_document(run_on(folder, turned_sometimes), ABOUT)
    listed = [purpose["id"].rpartition("/")[2] for purpose in report["purposes"]]
    assert listed == ["001", "002", "003", "004"]
    assert report["pictures_left_out"] == 6
    assert [exchange["purpose"].rpartition("/")[2] for exchange in report["exchanges"]] == listed
    assert (report["requests_sent"], report["recognition"][0]["documents"]) == (10, 10)
    # A breach of a picture that is no longer listed was asked for again.
    whole = report_document(run_on(folder, turned_sometimes), ABOUT)
    assert compare(whole, report).of_kind("stale") == []


def test_a_set_that_was_interrupted_goes_on_without_asking_anything_twice(tmp_path: Path) -> None:
    folder, contract = folder_of(tmp_path / "own", *['types = ["train_ticket"]'] * 12), load_contract(TICKETS)
    purposes, sent = picture_purposes(read_manifest(folder), [contract]), []
    for upto in (5, 9, 12):
        target = reading(honest)
        run = Run([contract], target, attempts=1)
        with Recorder(tmp_path / "cassette", run, "0.1.0", purposes):
            run.execute(purposes[:upto])
        sent.append(len(target.sent))
    assert sent == [5, 4, 3]
    assert run.ledger.figures.of(TICKETS, "own").documents == 12


WHOLE: dict[str, object] = {
    "id": "a-1",
    "file": "1.png",
    "original": "the first",
    "degradation": {"kind": "blur", "strength": 1},
    "document": [
        {"type": "passport", "corners": [[0, 0], [9.5, 0], [9, 9], [0, 9]], "fields": {"name": "甲"}},
    ],
}
CHANGES: list[dict[str, object]] = [
    {},
    {"id": "with a blank"},
    {"id": "a\n"},
    {"id": 1},
    {"file": ""},
    {"file": None},
    {"original": "x" * 121},
    {"degradation": {"kind": "Blur", "strength": 1}},
    {"degradation": {"kind": "blur"}},
    {"degradation": {"kind": "blur", "strength": True}},
    {"degradation": {"kind": "blur", "strength": float("inf")}},
    {"degradation": {"kind": "blur", "strength": float("nan")}},
    {"degradation": {"kind": "blur", "strength": 1, "more": 1}},
    {"document": [{"type": "passport", "corners": [[0, 0], [9, 0], [9, 9]]}]},
    {"document": [{"type": "passport", "corners": [[0, 0], [9, 0], [9, 9], [0, "9"]]}]},
    {"document": [{"type": "passport", "fields": {"name": 1}}]},
    {"document": [{"corners": [[0, 0], [9, 0], [9, 9], [0, 9]]}]},
    {"document": {"type": "passport"}},
    {"types": ["passport"]},
    {"types": ["passport"], "document": None},
    {"document": None},
    {"contracts": []},
    {"contracts": ["a", "a"]},
    {"contracts": ["a", "b"]},
    {"colour": "red"},
]


@pytest.mark.parametrize("changed", CHANGES, ids=str)
def test_a_quick_look_at_an_entry_says_what_the_schema_says(changed: dict[str, object]) -> None:
    entry = {name: value for name, value in (WHOLE | changed).items() if value is not None}
    shape = manifest_shape()
    for data in ({"image": [entry]}, {"image": [WHOLE, entry]}, {"image": [entry], "more": 1}):
        assert fitting(shape)(data) is (next(shape_mistakes(data, shape), None) is None)


def test_nothing_fits_a_schema_with_a_keyword_that_the_quick_look_does_not_know() -> None:
    assert fitting({"type": "string", "minLength": 1})("a")
    assert not fitting({"type": "string", "format": "date"})("2026-01-02")


def test_each_picture_of_a_set_is_looked_at_before_the_first_request(tmp_path: Path) -> None:
    folder, contract = folder_of(tmp_path, *['types = ["passport"]'] * 3), load_contract(TICKETS)
    (folder / "3.png").write_bytes(blank("PNG", 3, 3))
    told: list[int] = []
    with pytest.raises(DataError, match=r"3\.png: expected a picture that auto-classification-v1\.0 has to accept"):
        picture_purposes(read_manifest(folder), [contract], lambda: told.append(1))
    assert len(told) == 2
    (folder / "3.png").unlink()
    with pytest.raises(DataError, match="image 3: expected a file; there is none at"):
        read_manifest(folder)


def test_what_is_kept_of_each_picture_is_kept_once(tmp_path: Path) -> None:
    """Ids, titles and outcomes of ten thousand pictures take no room of their own."""
    ledger = run_on(folder_of(tmp_path, *['types = ["train_ticket"]'] * 2), honest)
    (first, second), (one, other) = ledger.notes, (result.purpose for result in ledger.results)
    assert first.purpose is one.id
    assert one.title is other.title
    assert first.outcome is second.outcome
