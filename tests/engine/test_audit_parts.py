"""An audit says the same, byte for byte, however the traffic is cut, whoever judges the parts, whatever ends first."""

from __future__ import annotations

import json
import os
import pickle
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from audited_traffic import DOCUMENT, TICKETS, document, line, png, refusal, ticket, tickets
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract.contract import load_contract
from conformance.engine.audit import Audit, audit
from conformance.engine.mappers import Cluster, Mapper, Processes
from conformance.recordings import CassetteError
from conformance.report.document import About, report_document
from conformance.report.transcript import Caller

CONTRACTS = [load_contract(name) for name in (TICKETS, DOCUMENT)]
LISTED = ["quota_invoice", "train_ticket"]
ONE, TWO = ticket("quota_invoice"), ticket("train_ticket", name="样本")
THREE_CORNERS = {**ticket(), "location": [[10, 10], [200, 10], [200, 100]]}
BUSY = line(TICKETS, {"image": png()}, refusal("APIG.0308", "The throttling threshold has been reached."), 429)
NO_TOKEN = {"headers": {"Content-Type": "application/json"}}
LINES = (
    line(TICKETS, {"image": png()}, tickets(ONE, TWO)),
    line(TICKETS, {"image": png()}, tickets(TWO)),
    line(TICKETS, {"image": png(), "type_list": ["quota_invoice"]}, tickets(ONE)),
    line(TICKETS, {"image": png(), "type_list": LISTED}, tickets(ONE, TWO)),
    line(TICKETS, {"image": png(), "type_list": LISTED[::-1]}, tickets(ONE)),
    line(TICKETS, {"image": png(), "type_list": list(CONTRACTS[0].types)}, tickets(ONE)),
    line(TICKETS, json.dumps({"image": png()}, indent=1), tickets(ONE, TWO)),
    line(TICKETS, {"image": png(400)}, tickets(THREE_CORNERS)),
    line(TICKETS, {"image": png(500, 400, b"long" * 90)}, tickets(THREE_CORNERS, TWO)),
    line(TICKETS, {"image": png(300, 300)}, tickets()),
    line(TICKETS, {"image": png()}, refusal("ModelArts.4101", "Token header cannot be empty."), 401, **NO_TOKEN),
    line(TICKETS, "{", refusal("ModelArts.4105", "The JSON format of the input data is incorrect."), 400),
    line(TICKETS, {"image": png(), "type_list": "quota_invoice"}, refusal(), 400),
    line(TICKETS, {}, refusal(), 400),
    line(DOCUMENT, {"data": png()}, document()),
    line(DOCUMENT, {"data": png(), "alarm": True}, document(alarm_result={}, alarm_confidence={})),
    BUSY,
    line(TICKETS, {"image": png(700)}, refusal("APIG.0308", "The throttling threshold has been reached."), 429),
    line(TICKETS, {"image": png()}, "<html>bad gateway</html>", 502),
    line(TICKETS, {"image": png()}, tickets(ONE, TWO)).replace("sesame-of-nobody", "sesame-of-another"),
    line(TICKETS, {"image": png(), "note": "sesame-of-another"}, tickets(ONE, TWO)),
    line(TICKETS, {"image": png()}, tickets(ONE)).replace("auto-classification", "id-card"),
    "torn",
    "",
)


class Shuffled:
    """Does parts in any order, as other processes do, and hands on only what can be pickled."""

    width = 3

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.most = 0

    def map(
        self, work: Callable[[Any, Any], Any], shared: object, parts: Sequence[object]
    ) -> Iterator[tuple[int, Any]]:
        self.most = max(self.most, len(parts))
        numbers = list(range(len(parts)))
        self._random.shuffle(numbers)
        there = pickle.loads(pickle.dumps(shared))
        for number in numbers:
            part = pickle.loads(pickle.dumps(parts[number]))
            yield number, pickle.loads(pickle.dumps(work(there, part)))

    def close(self) -> None:
        """Nothing to let go of."""


def told(found: Audit) -> str:
    """The report, and what the command says beside it."""
    about = About("audit", Caller("$TARGET", "report"), "0", 0, "2026-01-01T00:00:00+00:00", 0.0)
    report = report_document(found.ledger, about)
    beside = (found.other, found.sent_again, dict(found.fitting), [str(one) for one in found.left_out])
    return json.dumps([report, beside, found.left_out_count], ensure_ascii=False, indent=1)


def judged(files: Sequence[Path], mapper: Mapper | None = None, part_size: int = 1 << 30) -> str:
    return told(audit(files, CONTRACTS, mapper=mapper, part_size=part_size))


@settings(deadline=None, max_examples=15)
@given(
    lines=st.lists(st.sampled_from(LINES), min_size=20, max_size=50),
    cut=st.integers(0, 50),
    size=st.integers(500, 15_000),
    seed=st.integers(0, 1000),
    window=st.sampled_from([1, 2, 5, 1000]),
)
def test_the_report_is_the_same_however_the_traffic_is_cut(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], cut: int, size: int, seed: int, window: int
) -> None:
    folder = tmp_path_factory.mktemp("traffic")
    files = [folder / name for name in ("a", "b")]
    for file, some in zip(files, (lines[:cut], lines[cut:]), strict=True):
        file.write_text("".join(f"{one}\n" for one in [*some, LINES[0]]))
    with patch("conformance.engine.relatives.MAX_RELATIVES", window):
        assert judged(files, Shuffled(seed), size) == judged(files)


def har_of(lines: Sequence[str], indent: int | None) -> str:
    """A HAR file of what lines of exchanges say; the damaged ones are entries that hold none."""
    entries: list[object] = []
    for one in lines:
        if not one.startswith("{"):
            entries.append({"startedDateTime": "", "request": one})
            continue
        pair = json.loads(one)
        headers = [[{"name": name, "value": value} for name, value in pair[side]["headers"].items()] for side in pair]
        sent = {**pair["request"], "headers": headers[0], "postData": {"text": pair["request"]["body"]}}
        answer = {**pair["response"], "headers": headers[1], "content": {"text": pair["response"]["body"]}}
        entries.append(
            {"startedDateTime": "2026-03-01T08:00:00.000Z", "time": 100, "request": sent, "response": answer}
        )
    return json.dumps({"log": {"creator": {"name": "tests"}, "entries": entries}}, indent=indent, ensure_ascii=False)


@settings(deadline=None, max_examples=10)
@given(
    lines=st.lists(st.sampled_from(LINES), min_size=10, max_size=30),
    indent=st.sampled_from([None, 1]),
    size=st.integers(500, 15_000),
    seed=st.integers(0, 1000),
    damage=st.sampled_from(["none", "cut", "hole"]),
    where=st.floats(0.2, 1),
)
def test_the_report_is_the_same_however_a_har_file_is_cut_damaged_or_not(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    indent: int | None,
    size: int,
    seed: int,
    damage: str,
    where: float,
) -> None:
    file = tmp_path_factory.mktemp("traffic") / "traffic.har"
    text = har_of([LINES[0], *lines], indent)
    at = round(where * len(text))
    file.write_text({"none": text, "cut": text[:at], "hole": text[:at] + text[at + 20 :]}[damage])
    whole = judged([file])
    assert judged([file], Shuffled(seed), size) == whole


def test_a_har_file_is_judged_in_parts(tmp_path: Path) -> None:
    file = tmp_path / "traffic.har"
    file.write_text(har_of(LINES * 4, 1))
    counted = Shuffled(1)
    assert judged([file], counted, 20_000) == judged([file])
    assert counted.most > 4


def test_two_processes_say_the_same(tmp_path: Path) -> None:
    traffic = tmp_path / "traffic"
    traffic.write_text("".join(f"{one}\n" for one in LINES * 4))
    mapper = Processes(2)
    try:
        assert judged([traffic], mapper, 20_000) == judged([traffic])
    finally:
        mapper.close()


def test_a_file_with_nothing_in_it_is_named_whoever_reads_it(tmp_path: Path) -> None:
    good, cut = tmp_path / "good", tmp_path / "cut.har"
    good.write_text(f"{LINES[0]}\n")
    cut.write_text('{"log": {"entries": []}}')
    for mapper in (None, Shuffled(1)):
        with pytest.raises(CassetteError) as caught:
            audit([good, cut], CONTRACTS, mapper=mapper)
        assert str(caught.value).startswith(f"{cut}: ")


def test_a_cluster_that_loses_a_worker_says_the_same(tmp_path: Path) -> None:
    traffic = tmp_path / "traffic"
    traffic.write_text("".join(f"{one}\n" for one in LINES * 4))
    cluster, killed = Cluster("local", 2), list[int]()

    def kill(_judged: int, _done: int, _parts: int) -> None:
        if not killed:
            killed.append(next(iter(cluster.workers)))
            os.kill(killed[0], signal.SIGKILL)

    try:
        found = told(audit([traffic], CONTRACTS, mapper=cluster, part_size=20_000, judged=kill))
    finally:
        cluster.close()
    assert found == judged([traffic])
    assert killed
