"""What a run counts of recognition: types, fields by name, what was taken for what, degradations; documents once."""

from __future__ import annotations

from pathlib import Path

from own_images import SQUARE, TICKETS, folder_of, honest, reading, run_on, ticket

from conformance.contract.contract import load_contract
from conformance.engine.figures import Figures
from conformance.engine.ledger import Ledger
from conformance.engine.options import Settings
from conformance.engine.plan import picture_purposes
from conformance.engine.recorder import Recorder
from conformance.engine.run import Run
from conformance.engine.session import open_session
from conformance.exchange import Request
from conformance.report.figures import FieldEntry, RecognitionEntry, confusion, degradations, recognition_entries
from conformance.report.paired import outcomes
from conformance.report.phrases import share_in_words, share_value
from conformance.statement.sample_images import read_manifest


def stated(*, kind: str = "train_ticket", more: str = "", **fields: str) -> str:
    """An entry of a manifest."""
    values = ", ".join(f'{name} = "{value}"' for name, value in fields.items())
    return f'{more}\n[[image.document]]\ntype = "{kind}"\ncorners = {SQUARE}\nfields = {{ {values} }}\n'


def entry_of(ledger: Ledger) -> RecognitionEntry:
    (entry,) = recognition_entries(ledger.figures, [TICKETS])
    return entry


def shares(field: FieldEntry) -> list[str]:
    return [share_value(share) for share in (field["recall"], field["precision"], field["exact"], field["error_rate"])]


def test_fields_are_told_by_name(tmp_path: Path) -> None:
    contents = iter(
        [{"name": "甲乙", "seat_number": "1234"}, {"name": "甲丙", "seat_number": ""}, {"name": "甲乙"}, None]
    )

    def read(_request: Request) -> list[dict[str, object]]:
        content = next(contents)
        return [] if content is None else [ticket("train_ticket", SQUARE, **content)]

    ledger = run_on(folder_of(tmp_path / "own", *[stated(name="甲乙", seat_number="1234")] * 4), read)
    entry = entry_of(ledger)
    name, code = entry["by_field"]
    assert (name["name"], name["stated"], name["answered"], name["right"]) == ("name", 4, 3, 2)
    assert shares(name) == ["0.500", "0.667", "0.667", "0.167"]
    assert (code["stated"], code["answered"], code["right"]) == (4, 1, 1)
    assert shares(code) == ["0.250", "1.000", "0.333", "0.667"]
    assert share_value(entry["error_rate"]) == "0.500"


def test_pictures_of_one_original_count_as_one_document(tmp_path: Path) -> None:
    entries = [stated(more=f'original = "{name}"', name="甲") for name in "aaab"]
    entry = entry_of(run_on(folder_of(tmp_path / "own", *entries), honest))
    assert (entry["documents"], entry["distinct"]) == (4, 2)
    assert share_in_words(entry["recall"]) == "1.000 (0.294 ... 1.000)"  # 16 / 10 documents


def test_what_is_taken_for_another_type_is_told_from_what_is_missed_and_invented(tmp_path: Path) -> None:
    far = [[130, 60], [190, 60], [190, 95], [130, 95]]
    seen = iter(
        [
            [ticket("train_ticket")],
            [ticket("passport")],  # in its place
            [ticket("passport", far)],  # elsewhere
            [],
            [ticket("train_ticket"), ticket("taxi_invoice", far)],
        ]
    )
    ledger = run_on(folder_of(tmp_path / "own", *[stated(name="甲")] * 5), lambda _request: next(seen))
    assert [(cell["type"], cell["answered"], cell["count"]) for cell in confusion(ledger.figures)] == [
        ("train_ticket", None, 2),
        ("train_ticket", "passport", 1),
        ("train_ticket", "train_ticket", 2),
        (None, "passport", 1),
        (None, "taxi_invoice", 1),
    ]
    (kept,) = outcomes(ledger.figures)
    assert (kept["asked"], kept["kept"], len(kept["invented"])) == (5, 5, 3)
    (trains,) = kept["types"]
    assert sorted(row.split(" ")[2] for row in trains["rows"]) == ["00", "00", "00", "10", "10"]


def test_a_target_that_names_new_types_without_end_makes_no_report_without_end(tmp_path: Path) -> None:
    numbers = iter(range(10**9))

    def read(_request: Request) -> list[dict[str, object]]:
        return [ticket(f"type-{next(numbers)}") for _ in range(3000)]

    ledger = run_on(folder_of(tmp_path / "own", *[stated(name="甲")] * 2), read)
    assert [(cell["type"], cell["answered"], cell["count"]) for cell in confusion(ledger.figures)] == [
        ("train_ticket", "(unlisted)", 2),
        (None, "(unlisted)", 2000),
    ]
    assert [entry["type"] for entry in recognition_entries(ledger.figures, [TICKETS])] == ["(unlisted)", "train_ticket"]


def test_accuracy_is_told_against_each_degradation_and_its_strength(tmp_path: Path) -> None:
    blurred = [
        stated(more=f'degradation = {{ kind = "blur", strength = {number / 10} }}', name=str(number))
        for number in range(20)
    ]
    plain = stated(more='degradation = { kind = "none", strength = 0 }', name="甲")
    seen: list[Request] = []

    def read(request: Request) -> list[dict[str, object]]:
        seen.append(request)
        return [] if len(seen) in range(13, 21) else honest(request)

    entries = degradations(run_on(folder_of(tmp_path / "own", *blurred, plain), read).figures)
    rows = [(e["kind"], e["whole"], e["least"], e["most"], e["documents"], share_value(e["recall"])) for e in entries]
    assert rows == [
        ("blur", True, 0.0, 1.9, 20, "0.600"),
        ("blur", False, 0.0, 0.3, 4, "1.000"),
        ("blur", False, 0.4, 0.7, 4, "1.000"),
        ("blur", False, 0.8, 1.1, 4, "1.000"),
        ("blur", False, 1.2, 1.5, 4, "0.000"),
        ("blur", False, 1.6, 1.9, 4, "0.000"),
        ("none", True, 0.0, 0.0, 1, "1.000"),
    ]


def test_counts_of_processes_are_the_same_in_whatever_order_they_are_added(tmp_path: Path) -> None:
    folders = [folder_of(tmp_path / name, stated(name=name), stated(name="甲")) for name in ("one", "two")]
    parts = [run_on(folder, honest).figures for folder in folders]
    sums = []
    for order in (parts, parts[::-1], [*parts, *parts]):
        figures = Figures()
        for part in order:
            figures.add(part)
        sums.append((recognition_entries(figures, [TICKETS]), outcomes(figures)))
    assert sums[0] == sums[1] == sums[2]
    # Both folders have the same pictures: each counts once.
    assert sums[0][0][0]["documents"] == 2


def test_a_recording_keeps_which_documents_are_one_and_how_they_were_degraded(tmp_path: Path) -> None:
    more = 'original = "Li Lei"\ndegradation = { kind = "blur", strength = 1.5 }'
    folder, cassette = folder_of(tmp_path / "own", *[stated(more=more, name="甲乙丙丁")] * 3), tmp_path / "cassette"
    contract = load_contract(TICKETS)
    purposes = picture_purposes(read_manifest(folder), [contract])
    run = Run([contract], reading(honest), attempts=1)
    with Recorder(cassette, run, "0.1.0", purposes):
        run.execute(purposes)
    assert "Li Lei" not in "".join(path.read_text() for path in cassette.glob("*.*json"))
    session = open_session(Settings(f"cassette:{cassette}"))
    replayed = session.run.execute(session.purposes).figures
    session.close()
    assert recognition_entries(replayed, [TICKETS]) == recognition_entries(run.ledger.figures, [TICKETS])
    assert recognition_entries(replayed, [TICKETS])[0]["distinct"] == 1
    assert degradations(replayed) == degradations(run.ledger.figures) != []
