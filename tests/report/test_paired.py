"""Two runs on the same pictures: McNemar's test by document, the rule of a tender, and what is printed of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from reporting import ID, changed, sample_report

from conformance.cli import main
from conformance.files import DataError
from conformance.report.compare import compare, comparison_text
from conformance.report.paired import Paired, paired
from conformance.report.shapes import Report, to_json


def report(rows: Mapping[str, Sequence[str]], *, invented: Sequence[int] = (), documents: int = 1_000_000) -> Report:
    """A report with an outcome for each type, picture after picture, of so many documents."""
    number, types = 0, []
    for kind, outcomes in rows.items():
        listed = []
        for place, outcome in enumerate(outcomes):
            listed.append(f"{number:016x} {place % documents} {outcome}")
            number += 1
        types.append({"type": kind, "fields": ["name", "code"][: len(outcomes[0]) - 1], "rows": listed})
    found = {
        "contract": ID,
        "pictures": "own",
        "asked": number,
        "kept": number,
        "types": types,
        "invented": [f"{picture:016x}" for picture in invented],
    }
    return changed(sample_report(), {"outcomes": [found]})


def figure(old: Report, new: Report, endpoint: str, kind: str | None = None, field: str | None = None) -> Paired:
    figures = paired(old["outcomes"], new["outcomes"])
    (found,) = (one for one in figures if (one.endpoint, one.kind, one.field) == (endpoint, kind, field))
    return found


def test_documents_that_only_one_run_recognises_are_counted_by_type() -> None:
    old = report({"passport": ["1", "1", "0", "0"], "train_ticket": ["1", "1"]})
    new = report({"passport": ["1", "0", "1", "1"], "train_ticket": ["1", "1"]})
    found = figure(old, new, "recognised", "passport")
    assert (found.documents, found.only_old, found.only_new, found.p) == (4, 1, 2, 1.0)
    assert (found.old, found.new) == (0.5, 0.75)
    whole = figure(old, new, "recognised")
    assert (whole.documents, whole.only_old, whole.only_new) == (6, 1, 2)


def test_a_field_of_a_document_that_was_missed_was_not_read() -> None:
    old, new = report({"passport": ["111", "110", "1-1"]}), report({"passport": ["110", "000", "1-1"]})
    name, code = (figure(old, new, "fields", "passport", field) for field in ("name", "code"))
    assert (name.documents, name.only_old, name.only_new) == (2, 1, 0)
    assert (code.documents, code.only_old, code.only_new) == (3, 1, 0)
    assert (figure(old, new, "fields").old, figure(old, new, "fields").new) == (2.5 / 3, 0.5)


def test_a_document_on_several_pictures_is_one() -> None:
    old, new = report({"passport": ["1"] * 8}, documents=2), report({"passport": ["1", "0"] * 4}, documents=2)
    found = figure(old, new, "recognised")
    assert (found.documents, found.only_old, found.only_new, found.p) == (2, 1, 0, 1.0)
    assert found.new == 0.5


def test_what_is_invented_is_compared_too() -> None:
    old, new = report({"passport": ["1"] * 4}, invented=[0]), report({"passport": ["1"] * 4}, invented=[1, 2, 3])
    found = figure(old, new, "nothing-invented")
    assert (found.old, found.new, found.only_old, found.only_new) == (0.75, 0.25, 3, 1)


def test_only_pictures_that_both_were_asked_for_count() -> None:
    old, new = report({"passport": ["1"] * 4}), report({"passport": ["1"] * 9})
    assert figure(old, new, "recognised").documents == 4
    assert paired(old["outcomes"], report({"train_ticket": ["1"] * 4})["outcomes"]) == ()


FEW = {"passport": ["1"] * 29 + ["0"]}
GOOD, SAME = {"passport": ["1"] * 2000}, {"passport": ["1"] * 1990 + ["0"] * 10}
WORSE = {"passport": ["1"] * 1800 + ["0"] * 200}


@pytest.mark.parametrize(
    ("new", "count", "standing", "status"),
    [(SAME, 2000, "no-worse", 0), (WORSE, 2000, "worse", 1), (FEW, 30, "undecided", 3)],
)
def test_the_rule_of_a_tender(new: Mapping[str, Sequence[str]], count: int, standing: str, status: int) -> None:
    first = report({"passport": GOOD["passport"][:count]})
    comparison = compare(first, report(new), margin=0.02)
    assert comparison.decision is not None
    assert (comparison.decision.standing, comparison.status) == (standing, status)
    assert compare(first, report(new)).status == 0  # without a margin nothing is decided


def test_a_margin_needs_pictures_in_common() -> None:
    with pytest.raises(DataError, match="found none that both were asked for and answered"):
        compare(sample_report(), sample_report(), margin=0.02)


def test_what_one_run_alone_answered_is_said() -> None:
    old, new = report({"passport": ["1"] * 2000}), report({"passport": ["1"] * 1900})
    said = comparison_text(compare(old, new, margin=0.02)).partition("\n")[0]
    assert said == (
        "NO WORSE: the new run against the old one with a margin of 0.02, 1900 documents in common (100 more were "
        "answered for by one run alone, and say nothing)"
    )
    # A run that answers for none of the pictures is not judged by the specimens of the kit in their stead.
    specimens = {**old["outcomes"][0], "pictures": "specimens"}
    silent = changed(old, {"outcomes": [specimens]})
    with pytest.raises(DataError, match="found none that both were asked for and answered"):
        compare(changed(old, {"outcomes": [*old["outcomes"], specimens]}), silent, margin=0.02)


def test_what_is_printed_to_the_letter() -> None:
    old, new = report({"passport": ["11"] * 8 + ["00"] * 2}), report({"passport": ["11"] * 7 + ["10"] * 3})
    assert comparison_text(compare(old, new, margin=0.1)).split("\n\n")[0] + "\n" == (
        "NOT DECIDED: the new run against the old one with a margin of 0.1, 10 documents in common; too few: with as "
        "many differences, equals need about 130 to decide in 80% of cases\n"
        "  auto-classification-v1.0, documents recognised: at least -0.056 with 95% confidence: no worse\n"
        "  auto-classification-v1.0, fields read: at least -0.348 with 95% confidence: not decided\n"
        "  auto-classification-v1.0, nothing invented: at least -0.213 with 95% confidence: not decided\n"
        "NO REGRESSION: still failing 3, 2 still proven\n"
    )
    assert comparison_text(compare(old, new)).split("\n\n")[-1] == (
        "Recognition, auto-classification-v1.0, pictures of the user's own: 10 documents asked for by both\n"
        "  documents recognised: 0.800 -> 1.000; only old 0, only new 2, p 0.500; +0.200 (-0.056 ... +0.459)\n"
        "  fields read: 0.800 -> 0.700; only old 1, only new 0, p 1.000; -0.100 (-0.348 ... +0.134)\n"
        "  nothing invented: 1.000 -> 1.000; only old 0, only new 0, p 1.000; +0.000 (-0.213 ... +0.213)\n"
        "  passport: 0.800 -> 1.000; only old 0, only new 2, p 0.500; +0.200 (-0.056 ... +0.459)\n"
        "  passport.name: 0.800 -> 0.700; only old 1, only new 0, p 1.000; -0.100 (-0.348 ... +0.134)\n"
    )


def test_the_command_ends_with_what_was_decided(tmp_path: Path) -> None:
    for name, rows in (("a", GOOD), ("b", WORSE)):
        (tmp_path / f"{name}.json").write_bytes(to_json(report(rows)))
    done = CliRunner().invoke(main, ["compare", f"{tmp_path}/a.json", f"{tmp_path}/b.json", "--margin", "0.02"])
    assert done.exit_code == 1
    assert done.output.startswith("WORSE: the new run against the old one with a margin of 0.02, 2000 documents")
    done = CliRunner().invoke(main, ["compare", f"{tmp_path}/a.json", f"{tmp_path}/a.json", "--margin", "0.02"])
    assert done.exit_code == 0
