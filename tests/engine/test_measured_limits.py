"""Limits of a target statement over a whole run: recall, precision, latency, metering."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from liars import CONTRACT as DOCUMENTS
from liars import HEADERS, purpose, refusal
from liars import honest as honest_documents
from own_images import SQUARE, TICKETS, Reader, folder_of, honest, limited, reading, run_on, ticket

from conformance.cli.options import exit_status
from conformance.contract.contract import load_contract
from conformance.engine.ledger import Ledger
from conformance.engine.plan import picture_purposes
from conformance.engine.run import Run
from conformance.exchange import Request, Response, TransportFailure
from conformance.files import DataError, data_folder, read_json, schema_errors
from conformance.report.document import About, report_document
from conformance.report.html import html_report
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.story import Story
from conformance.report.terminal import console_for, print_story
from conformance.report.transcript import Caller
from conformance.statement.sample_images import read_manifest
from conformance.statement.statement import read_statement
from conformance.text import Text

RECALL = '[[recognition]]\ntype = "train_ticket"\nrecall = 0.95\n'
TRAIN = 'types = ["train_ticket"]'


def measured(ledger: Ledger, name: str) -> tuple[str, str | None]:
    """The verdict of a limit, and what was observed where it is no pass."""
    account = ledger.accounts[f"{TICKETS}/measured.{name}"]
    if account.findings:
        return account.verdict, account.findings[0].observation.observed.en
    return account.verdict, account.undecided.en if account.undecided else None


def missing_every(count: int) -> Reader:
    """Overlooks every so many-th picture."""
    seen: list[Request] = []

    def read(request: Request) -> list[dict[str, object]]:
        seen.append(request)
        return [] if len(seen) % count == 0 else honest(request)

    return read


def test_recall_is_proven_with_enough_pictures_without_a_miss(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "own", *[TRAIN] * 73)
    assert measured(run_on(folder, honest, limited(tmp_path, RECALL)), "recall.train_ticket") == ("pass", None)


def test_recall_of_too_few_pictures_is_left_open_and_says_how_many_are_needed(tmp_path: Path) -> None:
    ledger = run_on(folder_of(tmp_path / "own", *[TRAIN] * 72), honest, limited(tmp_path, RECALL))
    assert measured(ledger, "recall.train_ticket") == (
        "inconclusive",
        "72 of 72 recognised: 1.000, 0.949 ... 1.000; too few to tell from 0.95: 1 more without a miss would prove it",
    )
    assert ledger.recognition == "inconclusive"


def test_recall_below_the_limit_is_broken_and_shown_by_a_picture_that_was_missed(tmp_path: Path) -> None:
    ledger = run_on(folder_of(tmp_path / "own", *[TRAIN] * 20), missing_every(3), limited(tmp_path, RECALL))
    assert measured(ledger, "recall.train_ticket") == ("fail", "14 of 20 recognised: 0.700, 0.481 ... 0.855")
    assert ledger.recognition == "not-met"
    finding = ledger.accounts[f"{TICKETS}/measured.recall.train_ticket"].findings[0]
    assert finding.exchange.response is not None
    assert json.loads(finding.exchange.response.body) == {"result": []}
    assert finding.observation.expected == Text(
        "The recall of train_ticket on pictures of the user's own is at least 0.95 with 95 % confidence.",
        "自有图片上 train_ticket 的召回率以 95 % 置信度不低于 0.95。",
    )


def test_accuracy_of_fields_is_a_limit_of_its_own(tmp_path: Path) -> None:
    document = f'[[image.document]]\ntype = "train_ticket"\ncorners = {SQUARE}\nfields = {{ name = "甲" }}\n'
    folder = folder_of(tmp_path / "own", *[document] * 12)
    contract = limited(tmp_path, "[[recognition]]\nfield-accuracy = 0.9\n")
    ledger = run_on(folder, lambda _request: [ticket("train_ticket", SQUARE, name="乙")], contract)
    assert measured(ledger, "fields") == ("fail", "0 of 12 fields read: 0.000, 0.000 ... 0.242")
    assert ledger.recognition == "not-met"
    statement = ledger.accounts[f"{TICKETS}/measured.fields"].requirement.statement
    assert statement == Text(
        "The accuracy of fields of all types on pictures of the user's own is at least 0.9 with 95 % confidence.",
        "自有图片上全部类型的字段准确率以 95 % 置信度不低于 0.9。",
    )


def test_conformity_does_not_speak_of_recognition(tmp_path: Path) -> None:
    seen: list[Request] = []

    def reads_two_of_three(request: Request) -> list[dict[str, object]]:
        seen.append(request)
        return [ticket("train_ticket", SQUARE, name="甲")] if len(seen) % 3 else []

    ledger = run_on(folder_of(tmp_path / "own", *[TRAIN] * 20), reads_two_of_three, limited(tmp_path, RECALL))
    document = report_document(ledger, About("t", Caller("$TARGET"), "0", 0, "2026-01-01T00:00:00+00:00", 1.0))
    assert (document["verdict"] == "nonconformant", document["recognition_verdict"]) == (False, "not-met")
    assert Story(document).recognition == Text(
        "Recognition: LIMITS NOT MET; auto-classification-v1.0, pictures of the user's own: "
        "recall 0.700 (14/20), precision 1.000 (14/14)",
        "识别效果：未达限值；auto-classification-v1.0，自有图片：召回率 0.700 (14/20)，精确率 1.000 (14/14)",
    )
    assert exit_status(ledger) == 1


def test_a_limit_of_level_should_is_a_warning(tmp_path: Path) -> None:
    contract = limited(tmp_path, RECALL + 'level = "should"\n')
    folder = folder_of(tmp_path / "own", *[TRAIN] * 20)
    result = run_on(folder, missing_every(3), contract).results[-1]
    assert [finding.observation.requirement for finding in result.warnings] == [
        f"{TICKETS}/measured.recall.train_ticket"
    ]
    assert result.passed


def test_precision_counts_what_is_not_on_the_picture(tmp_path: Path) -> None:
    contract = limited(tmp_path, "[[recognition]]\nprecision = 0.8\n")
    folder = folder_of(tmp_path / "own", *[TRAIN] * 12)
    ledger = run_on(folder, lambda request: [*honest(request), ticket("passport")], contract)
    assert measured(ledger, "precision") == ("fail", "12 of 24 right, worth 12 documents: 0.500, 0.254 ... 0.746")


def test_a_ticket_that_is_listed_twice_is_recognised_once(tmp_path: Path) -> None:
    ledger = run_on(folder_of(tmp_path / "own", TRAIN), lambda request: honest(request) * 2)
    (tally,) = ledger.figures.tallies.values()
    assert (tally.documents, tally.recognised, tally.right) == (1, 2, 1)


def test_documents_of_one_type_are_paired_by_place_and_fields(tmp_path: Path) -> None:
    far = [[100, 50], [190, 50], [190, 95], [100, 95]]
    documents = "".join(
        f'[[image.document]]\ntype = "train_ticket"\ncorners = {corners}\nfields = {{ name = "{name}" }}\n'
        for corners, name in ((SQUARE, "甲"), (far, "乙"))
    )
    tickets = [ticket("train_ticket", far, name="乙"), ticket("train_ticket", SQUARE, name="丙")]
    ledger = run_on(folder_of(tmp_path / "own", documents), lambda _request: tickets)
    (tally,) = ledger.figures.tallies.values()
    assert (tally.right, tally.located, tally.places, tally.read, tally.fields) == (2, 2, 2, 1, 2)


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (refusal("AIS.0104", "The image is not supported or the image quality is poor."), 1),
        (refusal("AIS.0105", "Recognition failed.", 500), 1),
        (refusal("APIG.0308", "throttled", 429), 0),
        (refusal("ModelArts.4103", "Invalid Token header.", 401), 0),
        (TransportFailure("timeout", "no answer in time"), 0),
    ],
    ids=["nothing found", "failed", "throttled", "credentials", "timeout"],
)  # fmt: skip
def test_a_picture_without_a_result_is_missed_unless_the_answer_says_nothing_of_it(
    answer: Response | TransportFailure, counted: int, tmp_path: Path
) -> None:
    target = reading(honest)
    target.answers = lambda _request, _number: answer
    contract = load_contract(TICKETS)
    run = Run([contract], target, attempts=1)
    run.execute(picture_purposes(read_manifest(folder_of(tmp_path / "own", TRAIN)), [contract]))
    tally = run.ledger.figures.of(TICKETS, "own")
    assert (tally.documents, tally.right) == (counted, 0)


def test_specimens_are_counted_once_for_each_request_and_apart() -> None:
    target = reading(honest)
    target.answers = honest_documents
    run = Run([DOCUMENTS], target, attempts=1)
    run.execute([purpose("repeat-and-re-encode")])
    tally = run.ledger.figures.of(DOCUMENTS.id, "specimens", "passport")
    assert len(target.sent) == 4  # the second one is the first one again
    assert (tally.documents, tally.right, tally.located, tally.places) == (3, 3, 3, 3)
    assert run.ledger.figures.of(DOCUMENTS.id, "own").documents == 0


def slow(*milliseconds: float) -> Run:
    """A run over as many pictures, answered in these times."""
    times = iter(milliseconds)
    target = reading(honest)
    body = json.dumps({"result": []}).encode()
    target.answers = lambda _request, _number: Response(200, HEADERS, body, next(times) / 1000)
    return Run([load_contract(TICKETS)], target, attempts=1)


LATENCIES = [
    (50, 100, [90, 110, 100], ("pass", None)),
    (50, 99, [90, 110, 100], ("fail", "p50 of 3 answers is 100 ms")),
    (95, 100, [90] * 19 + [500], ("pass", None)),
    (95, 100, [90] * 18 + [500, 500], ("fail", "p95 of 20 answers is 500 ms")),
    (95, 100, [90] * 19, ("inconclusive", "19 answers; expected at least 20 for a percentile of 95")),
    (100, 100, [90, 101], ("fail", "p100 of 2 answers is 101 ms")),
    (100, 100, [90], ("pass", None)),
]


@pytest.mark.parametrize(("percent", "limit", "times", "expected"), LATENCIES)
def test_a_limit_of_latency(
    percent: int, limit: int, times: list[float], expected: tuple[str, str | None], tmp_path: Path
) -> None:
    contract = limited(tmp_path, f"[[latency]]\npercentile = {percent}\nlimit-ms = {limit}\n")
    run = slow(*times)
    run = replace(run, contracts=[contract], target=run.target)
    ledger = run.execute(
        picture_purposes(read_manifest(folder_of(tmp_path / "own", *[TRAIN] * len(times))), [contract])
    )
    assert measured(ledger, f"latency.p{percent}") == expected


def test_the_slowest_answer_shows_a_broken_limit(tmp_path: Path) -> None:
    contract = limited(tmp_path, "[[latency]]\npercentile = 100\nlimit-ms = 100\n")
    run = replace(slow(90, 300, 200), contracts=[contract])
    ledger = run.execute(picture_purposes(read_manifest(folder_of(tmp_path / "own", *[TRAIN] * 3)), [contract]))
    assert ledger.accounts[f"{TICKETS}/measured.latency.p100"].findings[0].exchange.answer.elapsed_s == 0.3


@pytest.mark.parametrize(
    ("metering", "billed", "expected"),
    [
        ("tickets", 3, ("pass", None)),
        ("tickets", 2, ("fail", "the answers bill 3, the meter shows 2")),
        ("calls", 2, ("pass", None)),
        ("none", 0, ("pass", None)),
    ],
)
def test_the_meter_is_held_against_the_answers(
    metering: str, billed: int, expected: tuple[str, str | None], tmp_path: Path
) -> None:
    contract = limited(tmp_path, f'[[metered]]\nbilled = {billed}\n[target]\nmetering = "{metering}"\n')
    folder = folder_of(tmp_path / "own", TRAIN, 'types = ["passport", "train_ticket"]')
    ledger = run_on(folder, honest, contract, metering=read_statement(tmp_path / "statement.toml").target.metering)
    assert measured(ledger, "billed") == expected


@pytest.mark.parametrize(("billed", "verdict"), [(1, "pass"), (2, "inconclusive"), (3, "fail")])
def test_a_request_without_an_answer_may_have_been_billed_or_not(billed: int, verdict: str, tmp_path: Path) -> None:
    contract = limited(tmp_path, f"[[metered]]\nbilled = {billed}\n")
    target = reading(honest)
    answers = target.answers
    target.answers = lambda request, n: answers(request, n) if n == 0 else TransportFailure("closed", "gone")
    run = Run([contract], target, attempts=1)
    run.execute(picture_purposes(read_manifest(folder_of(tmp_path / "own", TRAIN, TRAIN)), [contract]))
    assert measured(run.ledger, "billed")[0] == verdict


def test_a_broken_limit_is_reported_like_any_requirement(tmp_path: Path) -> None:
    ledger = run_on(folder_of(tmp_path / "own", *[TRAIN] * 20), missing_every(3), limited(tmp_path, RECALL))
    about = About("liar", Caller("$TARGET"), "0.1.0", 0, "2026-01-02T03:04:05+00:00", 1.0)
    report = report_document(ledger, about)
    entry = next(entry for entry in report["requirements"] if entry["id"] == f"{TICKETS}/measured.recall.train_ticket")
    assert (entry["verdict"], entry["source"], entry["level"]) == ("fail", "target statement, recognition 1", "must")
    assert [purpose["outcome"] for purpose in report["purposes"] if purpose["id"] == f"{TICKETS}/measured"] == [
        "failed"
    ]
    (share,) = report["recognition"]
    recall = share["recall"]
    assert recall is not None
    assert [round(value, 4) for value in (recall["value"], recall["low"], recall["high"])] == [0.7, 0.481, 0.8545]
    suite, page, out = junit_xml(Story(report)).decode(), html_report(Story(report)), StringIO()
    print_story(console_for(out, width=80), Story(report), "en")
    first = entry["findings"][0]
    assert (first["exchange"] != "", first["curl"]) == (True, ""), "one request repeats no share of many"
    assert f"  where     the whole run, for example {first['exchange']}\n" in out.getvalue()
    assert f"  where: the whole run, for example {first['exchange']}\n" in suite
    told = out.getvalue().partition(f"FAILED {entry['id']}")[2].partition("\n\n")[0]
    assert ("  in  " in told, "  times  " in told, "curl" in told) == (True, False, False)
    assert page.count("for example exchange") == 1
    assert page.count("How often") == page.count('<article class="failure') - 1
    assert f'<failure message="{TICKETS}/measured.recall.train_ticket" type="broken">' in suite


def test_a_limit_that_no_one_exchange_breaks_is_a_failure_in_every_form(tmp_path: Path) -> None:
    contract = limited(tmp_path, "[[metered]]\nbilled = 3\n")
    target = reading(honest)
    target.answers = lambda _request, _n: refusal("AIS.0104")
    run = Run([contract], target, attempts=1)
    run.execute(picture_purposes(read_manifest(folder_of(tmp_path / "own", TRAIN)), [contract]))
    assert measured(run.ledger, "billed") == ("fail", "the answers bill 0, the meter shows 3")
    about = About("liar", Caller("$TARGET"), "0.1.0", 0, "2026-01-02T03:04:05+00:00", 1.0)
    report = report_document(run.ledger, about)
    assert [purpose["outcome"] for purpose in report["purposes"]] == ["passed", "failed"]
    schema = read_json(data_folder("schemas") / "report.schema.json")
    assert isinstance(schema, dict)
    assert schema_errors(report, schema) == []
    out = StringIO()
    print_story(console_for(out, width=80), Story(report), "en")
    assert (
        f"FAILED {TICKETS}/measured.billed\n"
        "  The answers of the run bill what the target's meter shows: 3.\n"
        "  must; target statement, metered 1; position\n"
        "  observed  the answers bill 0, the meter shows 3\n"
        "  where     the whole run\n"
        f"  in        {TICKETS}/measured\n"
        "\n"
    ) in out.getvalue()
    assert f"- Where: the whole run\n- In: `{TICKETS}/measured`\n" in summary_markdown(Story(report))
    assert f"  where: the whole run\n  in: {TICKETS}/measured</failure>" in junit_xml(Story(report)).decode()
    page = html_report(Story(report))
    assert page.count('class="failure must"') == 1
    assert '<span lang="zh-Hans">整个运行</span>' in page
    assert 'href="#x-"' not in page


MISTAKES = [
    (
        "[[recognition]]\n",
        "line 1: recognition 1: expected recall, precision or field-accuracy, or several; ",
    ),
    (
        "[[recognition]]\nrecall = 95\n",
        "line 2: recognition 1: recall: expected a share between 0 and 1, ",
    ),
    (
        '[[recognition]]\ntype = "train"\nrecall = 0.9\n',
        "line 2: recognition 1: no type 'train' in auto-classification-v1.0, auto-id-doc-classification-v2; near it ",
    ),
    (
        "[[latency]]\npercentile = 101\nlimit-ms = 5\n",
        "line 2: latency 1: percentile: expected a number above 0, ",
    ),
    ("[[metered]]\nbilled = 5\n", 'line 1: metered 1: expected contract, one of "auto-classification-v1.0", "auto-id-'),
    (
        "[[recognition]]\nrecall = 0.9\n[[recognition]]\nrecall = 0.8\n",
        "line 3: recognition 2: measured.recall is stated twice for auto-classification-v1.0",
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_in_a_limit_is_one_message_with_its_line(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_statement(path)
    assert str(error.value).removeprefix(f"{path}, ").startswith(expected)
