"""`load`: every answer is judged under load, limits and prices hold, and nobody's target is put under load unasked."""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.load import Tally, judged, together
from conformance.statement.terms import LoadLimit

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "load.schema.json").read_text(encoding="utf-8"))
PROJECT = "0123456789abcdef0123456789abcdef"
TOKEN = "a-token-of-the-load-tests"
TICKETS = ("--contract", "auto-classification-v1.0")


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> Iterator[str]:
    """The origin of a reference of the test's own, with the faults that it asks for."""
    faults: tuple[str, ...] = getattr(request, "param", ())
    command = [sys.executable, "-m", "conformance.reference", "--until-stdin-closes", "--token", TOKEN]
    command += [word for fault in faults for word in ("--fault", fault)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()


def command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("ocr-conformance")), "load", *arguments, "--lang", "en"]


def load(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: Locust patches the one that it is in."""
    surrounding = {**os.environ, "OCR_CONFORMANCE_TOKEN": TOKEN, "OCR_CONFORMANCE_PROJECT_ID": PROJECT}
    return subprocess.run(
        command(*arguments), env=surrounding, capture_output=True, text=True, check=False, timeout=120
    )


def document(folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((folder / "load.json").read_text(encoding="utf-8"))
    jsonschema.validate(made, SCHEMA)
    return made


def test_a_target_that_is_right_meets_its_limits(reference: str, tmp_path: Path) -> None:
    statement = tmp_path / "target.toml"
    statement.write_text(
        'contracts = ["auto-classification-v1.0"]\n[[load]]\nusers = 2\npercentile = 50\nlimit-ms = 20000\n',
        encoding="utf-8",
    )
    done = load(reference, "--statement", str(statement), "--users", "2", "--duration", "3", "--report", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"RIGHT UNDER LOAD: {reference}"
    made = document(tmp_path)
    (step,) = made["steps"]
    assert (made["verdict"], step["users"], step["wrong"], step["errors"]) == ("met", 2, [], {})
    assert step["sent"] == step["right"] > 0
    assert step["billed"] > 0


@pytest.mark.parametrize("reference", [("status-text",)], indirect=True)
def test_a_fast_wrong_answer_counts_as_wrong(reference: str, tmp_path: Path) -> None:
    done = load(reference, *TICKETS, "--users", "2", "--duration", "2", "--faults", "0", "--report", str(tmp_path))
    assert done.returncode == 1, done.stderr
    made = document(tmp_path)
    (step,) = made["steps"]
    assert (made["verdict"], step["right"], made["breaking_point"]) == ("not-met", 0, 2)
    assert step["wrong_answers"] == step["sent"] > 0
    assert "auto-classification-v1.0/ticket.status" in step["wrong"][0]["requirement"]


def test_no_more_is_billed_than_allowed(reference: str, tmp_path: Path) -> None:
    done = load(
        reference, *TICKETS, "--users", "4", "--duration", "60", "--max-billable", "7", "--report", str(tmp_path)
    )
    assert done.returncode == 3, done.stderr
    made = document(tmp_path)
    assert (made["verdict"], made["stop_reason"]) == ("inconclusive", "max-billable")
    assert 0 < sum(step["billed"] for step in made["steps"]) <= 7


def test_a_master_adds_up_what_its_workers_saw_in_each_step(reference: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    all_of_them = (reference, *TICKETS, "--users", "2,4", "--duration", "4")
    surrounding = {**os.environ, "OCR_CONFORMANCE_TOKEN": TOKEN, "OCR_CONFORMANCE_PROJECT_ID": PROJECT}
    worker = command(*all_of_them, "--worker", address)
    with (
        subprocess.Popen(worker, env=surrounding, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first,
        subprocess.Popen(worker, env=surrounding, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as second,
    ):
        done = load(*all_of_them, "--master", address, "--workers", "2", "--report", str(tmp_path))
        assert (first.wait(60), second.wait(60)) == (0, 0)
    assert done.returncode == 0, done.stderr
    steps = document(tmp_path)["steps"]
    assert [step["users"] for step in steps] == [2, 4]  # each worker has half of them
    assert all(step["sent"] == step["right"] > 0 for step in steps)
    assert all(step["per_second"] > 0 for step in steps)


def test_a_target_that_refuses_the_token_is_said_before_any_load(reference: str) -> None:
    done = load(reference, *TICKETS, "--token", "another-token", "--duration", "2")
    assert (done.returncode, done.stderr) == (
        3,
        "ocr-conformance: expected the target to accept the credentials; observed status 401; check --token\n",
    )


def test_nothing_is_sent_to_another_machine_without_its_owners_consent(tmp_path: Path) -> None:
    without = load("https://ocr.example.com", "--max-billable", "10")
    assert without.returncode == 2
    assert without.stderr == (
        "ocr-conformance: expected the consent of the target's owner before it is put under load: [load-consent] with "
        "owner and until (a day from today on) in the target statement; found none\n"
    )
    statement = tmp_path / "target.toml"
    statement.write_text('[load-consent]\nowner = "team"\nuntil = 2020-01-31\n', encoding="utf-8")
    expired = load("https://ocr.example.com", "--max-billable", "10", "--statement", str(statement))
    assert (expired.returncode, expired.stderr.strip()[-24:]) == (2, "found one until 2020-01-31"[-24:])


@pytest.mark.parametrize("target", ["nope", "reference", "cassette:somewhere"])
def test_what_is_no_address_is_said_before_anybodys_consent_is_asked_for(target: str) -> None:
    done = load(target)
    assert (done.returncode, done.stderr) == (
        2,
        (
            "ocr-conformance: load: expected an http(s) target; start another one first, for example "
            "`ocr-conformance serve`\n"
        ),
    )


def test_workers_without_a_master_are_refused() -> None:
    done = load("http://127.0.0.1:9", "--workers", "2")
    assert done.returncode == 2
    assert done.stderr.startswith("ocr-conformance: expected --master HOST:PORT; observed --workers without it; ")
    shared = load(
        "http://127.0.0.1:9", *TICKETS, "--workers", "2", "--worker", "127.0.0.1:5557", "--max-billable", "10"
    )
    assert "--master" not in shared.stderr  # each of two workers may bill 5


def test_the_help_names_the_file_that_is_written() -> None:
    assert "Write load.json there." in load("--help").stdout
    assert "report.json" not in load("--help").stdout


def test_beyond_this_machine_a_price_is_asked_for() -> None:
    done = load("https://ocr.example.com")
    assert done.returncode == 2
    assert "--max-billable" in done.stderr


counts = st.integers(0, 5)
tallies = st.builds(
    Tally,
    st.sampled_from([1, 10]),
    st.sampled_from(["a", "b"]),
    sent=counts,
    right=counts,
    billed=counts,
    slots=st.dictionaries(st.integers(-3, 3), st.integers(1, 4)).map(Counter),
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(tallies, max_size=6), st.randoms(use_true_random=False))
def test_counts_add_up_in_any_order_and_any_grouping(parts: list[Tally], rng: object) -> None:
    def seen(merged: list[Tally]) -> list[dict[str, object]]:
        return [{**tally.as_json(), "examples": {}} for tally in merged]

    shuffled = list(parts)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    whole = seen(together(parts))
    assert seen(together(shuffled)) == whole
    assert seen(together([*together(shuffled[:2]), *together(shuffled[2:])])) == whole
    assert seen([Tally.from_json(tally.as_json()) for tally in together(parts)]) == whole


def test_a_percentile_is_right_within_one_percent_and_never_guessed() -> None:
    tally = Tally(1, "a")
    for milliseconds in range(1, 1001):
        tally.sent += 1
        tally.answered(milliseconds / 1000)
    for percent in (50.0, 90.0, 99.0):
        assert tally.percentile_ms(percent) == pytest.approx(10 * percent, rel=0.01)
    assert tally.percentile_ms(99.9) is None
    assert Tally(1, "a").percentile_ms(50.0) is None
    assert math.isclose(tally.percentile_ms(50.0) or 0, 500, rel_tol=0.01)


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [
        (LoadLimit(10, 50, 600), "met"),
        (LoadLimit(10, 50, 400), "not-met"),
        (LoadLimit(10, 99.9, 9000), "inconclusive"),
        (LoadLimit(20, 50, 600), "inconclusive"),
        (LoadLimit(1, 50, 600, 0.0, "b"), "inconclusive"),
    ],
)
def test_a_limit_is_met_or_not_or_cannot_be_told(limit: LoadLimit, verdict: str) -> None:
    tally = Tally(10, "a", sent=100, right=100)
    for milliseconds in range(450, 550):
        tally.answered(milliseconds / 1000)
    assert [one.verdict for one in judged([limit], [tally])] == [verdict]


def test_errors_beyond_the_share_break_a_limit_that_time_does_not() -> None:
    tally = Tally(10, "a", sent=100, right=97)
    tally.errors["status 503"] = 3
    for _ in range(100):
        tally.answered(0.1)
    limits = [LoadLimit(10, 50, 500, 0.05), LoadLimit(10, 50, 500, 0.02)]
    assert [one.verdict for one in judged(limits, [tally])] == ["met", "not-met"]
