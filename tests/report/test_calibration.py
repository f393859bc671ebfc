"""The reliability table of confidences, worked out by hand."""

from __future__ import annotations

from collections import Counter

from reporting import ABOUT, ID, changed, sample_ledger, sample_report

from conformance.contract.contract import load_contract
from conformance.engine.audit import audit
from conformance.engine.ledger import Confidences
from conformance.engine.options import Settings
from conformance.engine.session import open_session
from conformance.files import PRIMARY, data_folder
from conformance.report.document import report_document
from conformance.report.figures import calibration_by_contract
from conformance.report.html import html_report
from conformance.report.story import Story

SEEN: Confidences = Counter(
    {
        (ID, "field", 1000, True): 1,
        (ID, "field", 950, True): 2,
        (ID, "field", 950, False): 1,
        (ID, "field", 200, False): 1,
    }
)


def test_bins_ranking_and_gap() -> None:
    # 3 correct and 2 wrong ones make 6 pairs. The correct one of 1.0 beats both wrong ones, those of 0.95 beat one and
    # tie with the other: (2 + 2 * 1.5) / 6. The bins are |3 - 3.85| and |0 - 0.2| away from the diagonal: 1.05 / 5.
    assert calibration_by_contract(SEEN) == {
        ID: {
            "of": "field",
            "count": 5,
            "correct": 3,
            "ranking": 0.833,
            "gap": 0.21,
            "bins": [
                {"least": 0.2, "count": 1, "confidence": 0.2, "correct": 0},
                {"least": 0.9, "count": 4, "confidence": 0.963, "correct": 3},
            ],
        }
    }


def test_without_both_correct_and_wrong_ones_there_is_no_ranking() -> None:
    assert calibration_by_contract(Counter({(ID, "field", 900, True): 3}))[ID]["ranking"] is None
    assert calibration_by_contract(Counter()) == {}


def test_the_report_has_the_figures_and_the_page_shows_them() -> None:
    ledger = sample_ledger()
    ledger.confidences.update(SEEN)
    report = report_document(ledger, ABOUT)
    assert report["calibration"] == calibration_by_contract(SEEN)
    page = html_report(Story(report))
    assert "3 of 5 fields correct" in page
    assert "greater confidence than something wrong in 83 % of pairs" in page
    assert "字段 3 / 5 正确" in page
    assert 'id="calibration"' not in html_report(Story(changed(sample_report(), {"calibration": {}})))


def test_a_replay_and_an_audit_of_the_same_recording_count_the_same_confidences() -> None:
    recording = data_folder("cases") / "cassettes" / "reference-smoke"
    session = open_session(Settings(f"cassette:{recording}"))
    replayed = session.run.execute(session.purposes)
    session.close()
    audited = audit([recording], [load_contract(contract_id) for contract_id in PRIMARY]).ledger
    assert replayed.confidences == audited.confidences
    found = calibration_by_contract(replayed.confidences)
    assert {contract: (entry["of"], entry["count"] == entry["correct"]) for contract, entry in found.items()} == {
        "auto-classification-v1.0": ("field", True),
        "auto-id-doc-classification-v2": ("document", True),
    }
