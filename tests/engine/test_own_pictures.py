"""Pictures of the user's own: what a manifest may say, what is sent, and that nothing of them leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from own_images import NAME, SQUARE, TICKETS, folder_of, honest, limited, reading, run_on, ticket

from conformance.contract.contract import load_contract
from conformance.engine.budget import Budget, price_of
from conformance.engine.options import Settings
from conformance.engine.plan import picture_purposes, plan, select
from conformance.engine.recorder import Recorder
from conformance.engine.run import Run
from conformance.engine.scripts import drawn_script
from conformance.engine.session import open_session
from conformance.engine.settings import stated
from conformance.files import DataError
from conformance.recordings.reader import CassetteReader
from conformance.report.document import About, report_document
from conformance.report.html import html_report
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.story import Story
from conformance.report.transcript import Caller
from conformance.statement.sample_images import SampleDocument, read_manifest

CONTRACT = load_contract(TICKETS)
DOCUMENT = load_contract("auto-id-doc-classification-v2")
TRAIN = 'types = ["train_ticket"]'
ABOUT = About("liar", Caller("$TARGET"), "0.1.0", 0, "2026-01-02T03:04:05+00:00", 1.0)
WHOLE = f"""\
id = "counter-7"
[[image.document]]
type = "train_ticket"
corners = {SQUARE}
fields = {{ name = "{NAME}" }}
"""


def message(folder: Path) -> str:
    with pytest.raises(DataError) as error:
        picture_purposes(read_manifest(folder), [CONTRACT])
    return str(error.value).removeprefix(f"{folder}/")


def test_a_manifest_lists_types_or_documents(tmp_path: Path) -> None:
    images = read_manifest(folder_of(tmp_path, 'types = ["passport"]', WHOLE, "types = []"))
    assert [image.id for image in images] == ["001", "counter-7", "003"]
    assert images[0].documents == (SampleDocument("passport"),)
    corners = tuple((float(x), float(y)) for x, y in SQUARE)
    assert images[1].documents == (SampleDocument("train_ticket", corners, (("name", NAME),)),)
    assert images[2].documents == ()


def test_a_picture_is_sent_to_the_contracts_that_document_all_its_types(tmp_path: Path) -> None:
    entries = ('types = ["passport"]', 'types = ["passport", "train_ticket"]', f'types = []\ncontracts = ["{TICKETS}"]')
    purposes = picture_purposes(read_manifest(folder_of(tmp_path, *entries)), [CONTRACT, DOCUMENT])
    assert [purpose.id for purpose in purposes] == [
        f"{TICKETS}/images/001",
        f"{TICKETS}/images/002",
        f"{TICKETS}/images/003",
        f"{DOCUMENT.id}/images/001",
    ]


MISTAKES = {
    "neither types nor documents": (
        "",
        "manifest.toml, line 1: image 1: expected either types or [[image.document]] entries, and not both; found ",
    ),
    "an unknown type": ('types = ["trains"]', "manifest.toml, line 3: image 1: no type 'trains' in the contracts; "),
    "an id with a blank": (
        'types = []\nid = "Zhang San"',
        "manifest.toml, line 4: image 1: id: expected what ",
    ),
    "an unknown contract": (
        'types = []\ncontracts = ["v1"]',
        "manifest.toml, line 4: image 1: contracts: expected ",
    ),
    "three corners": (
        '[[image.document]]\ntype = "passport"\ncorners = [[1, 1], [2, 1], [2, 2]]',
        "manifest.toml, line 5: image 1: document 1: corners: expected four corners [x, y] in pixels of the picture",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_manifest_is_one_message_with_its_line(name: str, tmp_path: Path) -> None:
    entry, expected = MISTAKES[name]
    assert message(folder_of(tmp_path, entry)).startswith(expected)


def test_a_folder_without_a_manifest_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected a manifest\.toml that lists the pictures .* found none"):
        read_manifest(tmp_path)


def test_a_picture_that_is_missing_or_cannot_be_accepted_ends_before_anything_is_sent(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, 'types = ["passport"]')
    (folder / "1.png").write_bytes(b"GIF89a, perhaps")
    assert message(folder).startswith(
        "1.png: expected a picture that auto-classification-v1.0 has to accept, found that"
    )
    (folder / "1.png").unlink()
    assert message(folder).startswith("manifest.toml, line 2: image 1: expected a file; there is none at ")


def test_pictures_of_another_contract_alone_are_a_mistake(tmp_path: Path) -> None:
    assert "expected some with documents of the contracts of this run" in message(
        folder_of(tmp_path, 'types = ["id_card"]')
    )


def test_a_picture_costs_its_documents_and_at_least_one_ticket(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "types = []", 'types = ["passport", "train_ticket", "taxi_invoice"]')
    purposes = picture_purposes(read_manifest(folder), [CONTRACT])
    prices = [price_of(planned.request) for purpose in purposes for planned in drawn_script(purpose, CONTRACT, 0)]
    assert prices == [1, 3]
    total = plan(purposes, [CONTRACT], Budget()).total
    assert (total.purposes, total.requests, total.billable) == (2, 2, 4)


def test_a_run_goes_through_the_pictures_last(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, 'types = ["passport"]')
    _, purposes = select(Settings("reference", contracts=(TICKETS,), depth="smoke", images=folder))
    assert [purpose.name for purpose in purposes][-2:] == ["type-list", "images/001"]


def test_only_narrows_to_pictures_and_to_what_limits_need(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "own", 'types = ["passport"]', TRAIN)
    settings = Settings("reference", contracts=(TICKETS,), depth="smoke", images=folder)
    assert [p.name for p in select(replace(settings, only=("images/002",)))[1]] == ["images/002"]
    limited(tmp_path, "[[recognition]]\nrecall = 0.5\n")
    whole = stated(replace(settings, statement=tmp_path / "statement.toml"))
    assert select(replace(whole, only=("measured.recall",)))[1] == select(whole)[1]


def forgetful(_request: object) -> list[dict[str, object]]:
    """Reads a ticket that is not on the picture, with a number for a text."""
    return [ticket("train_ticket", SQUARE, name=NAME, departure_time=NAME, seat_number=31415926, ticket_id="S1")]


def test_no_breach_of_recognition_is_a_breach_of_the_contract(tmp_path: Path) -> None:
    ledger = run_on(folder_of(tmp_path, 'types = ["passport"]'), lambda _request: [ticket("train_ticket")])
    names = {"ticket.found", "ticket.true", "ticket.location.true", "failed-ticket.alone"}
    assert all(ledger.accounts[f"{TICKETS}/{name}"].verdict == "inconclusive" for name in names)


def test_no_report_has_what_was_read_or_the_picture(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, WHOLE)
    ledger = run_on(folder, forgetful)
    broken = {f"{TICKETS}/content.strings"}
    assert broken <= {name for name, account in ledger.accounts.items() if account.verdict == "fail"}
    document = report_document(ledger, ABOUT)
    story = Story(document)
    forms = [str(document), html_report(story), summary_markdown(story), junit_xml(story).decode()]
    for form in forms:
        assert "content.strings" in form
        assert NAME not in form
        assert "31415926" not in form
    assert document["pictures"] == {}
    seat = next(entry for entry in document["requirements"] if entry["id"] == f"{TICKETS}/content.strings")
    assert seat["findings"][0]["observed"] == "integer: …"
    assert seat["findings"][0]["pointer"] == "/result/0/content/seat_number"


def recorded(folder: Path, cassette: Path, *, keep_images: bool = False) -> Run:
    run = Run([CONTRACT], reading(honest), attempts=1)
    purposes = picture_purposes(read_manifest(folder), [CONTRACT])
    with Recorder(cassette, run, "0.1.0", purposes, keep_images=keep_images):
        run.execute(purposes)
    return run


def test_a_recording_has_neither_picture_nor_values_and_is_judged_the_same(tmp_path: Path) -> None:
    run = recorded(folder_of(tmp_path / "own", WHOLE, 'types = ["passport"]'), tmp_path / "cassette")
    assert NAME not in "".join(path.read_text() for path in (tmp_path / "cassette").glob("*.*json"))
    session = open_session(Settings(f"cassette:{tmp_path / 'cassette'}"), ())
    ledger = session.run.execute(session.purposes)
    assert [purpose.name for purpose in session.purposes] == ["images/counter-7", "images/002"]
    assert ledger.figures.tallies == run.ledger.figures.tallies
    (tally,) = (tally for key, tally in ledger.figures.tallies.items() if key[2] == "train_ticket")
    assert (tally.located, tally.places, tally.read, tally.fields) == (1, 1, 1, 1)
    verdicts = {name: account.verdict for name, account in run.ledger.accounts.items()}
    assert {name: account.verdict for name, account in ledger.accounts.items()} == verdicts


def test_a_recording_keeps_pictures_where_that_is_asked_for(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "own", WHOLE)
    recorded(folder, tmp_path / "cassette", keep_images=True)
    (interaction,) = CassetteReader(tmp_path / "cassette")
    assert (
        interaction.exchange.request.body
        == next(drawn_script(picture_purposes(read_manifest(folder), [CONTRACT])[0], CONTRACT, 0)).request.body
    )
    assert NAME.encode() in (interaction.exchange.response.body if interaction.exchange.response else b"")


def test_a_recording_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    folder, cassette = folder_of(tmp_path / "own", WHOLE, 'types = ["passport"]'), tmp_path / "cassette"
    purposes = picture_purposes(read_manifest(folder), [CONTRACT])
    first = Run([CONTRACT], reading(honest), attempts=1)
    with Recorder(cassette, first, "0.1.0", purposes):
        first.execute(purposes[:1])
    target = reading(honest)
    second = Run([CONTRACT], target, attempts=1)
    with Recorder(cassette, second, "0.1.0", purposes):
        second.execute(purposes)
    assert len(target.sent) == 1
    assert second.ledger.figures.of(TICKETS, "own").numbers() == (2, 2, 2, 1, 1, 1, 1)


def test_a_day_on_a_picture_of_the_users_own_has_whatever_form_is_printed_there(tmp_path: Path) -> None:
    def reads(_request: object) -> list[dict[str, object]]:
        return [ticket("passport", date_of_birth="12 AUG 1990", passport_number="E00000000")]

    ledger = run_on(folder_of(tmp_path, 'types = ["passport"]'), reads)
    assert ledger.accounts[f"{TICKETS}/content.dates"].broken == 0
    assert ledger.accounts[f"{TICKETS}/content.strings"].witnesses == 1
