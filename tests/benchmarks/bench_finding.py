"""Finding faults: the kit beside Schemathesis, against the same faulty implementations.

To be fair, Schemathesis is given our own `openapi` output with a request that must be accepted as its example, a valid
token, every phase and every check that it has, and goes on after a failure. Both tools test the one contract that a
fault is in. A fault is found where a tool reports what it does not report of the healthy reference. Requests and billed
tickets are counted by the server. The faults are every n-th in the order of their ids.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures import Options, Row, Spread, ratios
from processes import TOKEN, Cost, child, kit, measured, served

TOOL = Path(sys.executable).parent / "schemathesis"
"""Installed only for this: see the extra `bench`."""

PICTURES = "http://127.0.0.1"
"""Where the kit serves pictures: a free port of this machine."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A faulty implementation, and the contract that both tools test it by."""

    id: str
    contract: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one tool made of one implementation.

    `findings` are what it reported, each with how many requests it had sent by then; `bills` are the tickets that each
    answer bills, in the order of sending.
    """

    findings: Mapping[str, int]
    bills: Sequence[int]
    cost: Cost

    def first(self, healthy: Outcome) -> int | None:
        """How many requests were sent until the first finding that the healthy reference does not give."""
        return min((at for what, at in self.findings.items() if what not in healthy.findings), default=None)


def rows(options: Options) -> Iterator[Row]:
    """Both tools against the sample."""
    faults = sample(options)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        contracts = sorted({fault.contract for fault in faults})
        for contract in contracts:
            (folder / f"{contract}.json").write_text(measured(child("peer_openapi", contract)).output)
        healthy = {contract: both(folder, contract, (), kit_first=True) for contract in contracts}
        ours, theirs = [], []
        for number, fault in enumerate(faults):
            outcomes = both(folder, fault.contract, (fault.id,), kit_first=number % 2 == 0)
            ours.append((outcomes[0], outcomes[0].first(healthy[fault.contract][0])))
            theirs.append((outcomes[1], outcomes[1].first(healthy[fault.contract][1])))
            found = " ".join(
                f"{name} {'after ' + str(at) if at else 'no'}"
                for name, at in (("kit", ours[-1][1]), ("schemathesis", theirs[-1][1]))
            )
            print(f"  {number + 1}/{len(faults)} {fault.id}: {found}", file=sys.stderr, flush=True)
    yield from summary(options, ours, theirs)


def sample(options: Options) -> list[Fault]:
    """Every n-th fault by id, each with the first contract that it breaks."""
    rows = json.loads(measured(child("peer_openapi", "faults")).output)
    faults = [Fault(str(name), str(contract)) for name, contract in rows]
    return faults[:1] if options.smoke else faults[:: options.every]


def both(folder: Path, contract: str, faults: Sequence[str], *, kit_first: bool) -> tuple[Outcome, Outcome]:
    """The kit and Schemathesis, one after the other, against one server process."""
    log = folder / "requests.ndjson"
    log.write_text("")
    outcomes = {}
    with served(child("counting", str(log), *faults)) as origin:
        for name in ("kit", "peer") if kit_first else ("peer", "kit"):
            before = len(log.read_text().splitlines())
            run = run_kit if name == "kit" else run_peer
            findings, own, cost = run(folder, contract, origin)
            lines = [json.loads(line) for line in log.read_text().splitlines()[before:]]
            # What a tool sends before its first test - a preflight, probes - counts, too.
            ahead = len(lines) - own
            outcomes[name] = Outcome(
                {what: at + ahead for what, at in findings.items()}, [line["billed"] for line in lines], cost
            )
    return outcomes["kit"], outcomes["peer"]


def run_kit(folder: Path, contract: str, origin: str) -> tuple[dict[str, int], int, Cost]:
    """Its findings, each with the number of its first exchange; how many exchanges it reports; what it cost."""
    report, statement = folder / "report", folder / "target.toml"
    # The server reaches this machine, so that requests may name pictures by url, as a tester would state.
    statement.write_text(f'[target]\npictures = "{PICTURES}"\n', encoding="utf-8")
    command = kit("run", origin, "--token", TOKEN, "--contract", contract, "--statement", str(statement))
    command += ["--report", str(report), "--quiet"]
    cost = measured(command, (0, 1, 3))
    document = json.loads((report / "report.json").read_text(encoding="utf-8"))
    order = {exchange["id"]: at for at, exchange in enumerate(document["exchanges"], start=1)}
    findings = {
        requirement["id"]: min(order[finding["exchange"]] for finding in requirement["findings"])
        for requirement in document["requirements"]
        if requirement["level"] != "open" and requirement["findings"]
    }
    return findings, len(document["exchanges"]), cost


def run_peer(folder: Path, contract: str, origin: str) -> tuple[dict[str, int], int, Cost]:
    """As `run_kit`; a finding is a phase, a check and its words."""
    report = folder / "events.ndjson"
    command = [
        str(TOOL), "run", str(folder / f"{contract}.json"), "--url", origin, "--header", f"X-Auth-Token: {TOKEN}",
        "--checks", "all", "--continue-on-failure", "--generation-deterministic", "--no-color",
        "--report", "ndjson", "--report-ndjson-path", str(report),
    ]  # fmt: skip
    cost = measured(command, (0, 1), folder)
    findings, sent = peer_findings(report.read_text(encoding="utf-8").splitlines())
    return findings, sent, cost


def peer_findings(events: Iterable[str]) -> tuple[dict[str, int], int]:
    """From the events that Schemathesis writes, a line each: its findings, and how many requests it sent."""
    sent: list[str] = []
    failed: dict[str, list[str]] = {}
    for line in events:
        event = json.loads(line).get("ScenarioFinished")
        if event is None:
            continue
        recorder = event["recorder"]
        sent += sorted(recorder["interactions"], key=lambda case: recorder["interactions"][case]["timestamp"])
        for case, checks in recorder["checks"].items():
            for check in checks:
                if check["status"] == "failure":
                    said = check["failure_info"]["failure"]
                    what = f"{event['phase']} {check['name']}: {said['title']}: {said['message']}"
                    failed.setdefault(what, []).append(case)
    order = {case: at for at, case in reversed(list(enumerate(sent, start=1)))}
    return {what: min(order.get(case, len(sent)) for case in cases) for what, cases in failed.items()}, len(sent)


def summary(
    options: Options, ours: Sequence[tuple[Outcome, int | None]], theirs: Sequence[tuple[Outcome, int | None]]
) -> Iterator[Row]:
    """The rows of the table."""
    mine = [at for _, at in ours if at]
    their = [at for _, at in theirs if at]
    of = f"of {len(ours)} (every {options.every}th by id)"
    ratio = f"{len(mine) / len(their):.1f} times" if their else "none by the other"
    yield Row("finding: faults found", f"{len(mine)} {of}", f"{len(their)} {of}", ratio, main=True)
    pairs = [
        (a, first_a, b, first_b) for (a, first_a), (b, first_b) in zip(ours, theirs, strict=True) if first_a and first_b
    ]
    if pairs:
        title = f"finding: of the {len(pairs)} that both find,"
        yield Row(
            f"{title} requests until the first finding",
            Spread.of(first for _, first, _, _ in pairs).text(digits=0),
            Spread.of(first for _, _, _, first in pairs).text(digits=0),
            main=True,
        )
        yield Row(
            f"{title} accepted requests until then",
            Spread.of(sum(map(bool, a.bills[:first])) for a, first, _, _ in pairs).text(digits=0),
            Spread.of(sum(map(bool, b.bills[:first])) for _, _, b, first in pairs).text(digits=0),
            main=True,
        )
        yield Row(
            f"{title} tickets billed until then",
            Spread.of(sum(a.bills[:first]) for a, first, _, _ in pairs).text(digits=0),
            Spread.of(sum(b.bills[:first]) for _, _, b, first in pairs).text(digits=0),
        )
    wholes = (("requests", lambda o: len(o.bills), 0, ""),
              ("accepted requests", lambda o: sum(map(bool, o.bills)), 0, ""),
               ("tickets billed", lambda o: sum(o.bills), 0, ""),
              ("wall", lambda o: o.cost.wall_s, 1, "s"), ("CPU", lambda o: o.cost.cpu_s, 1, "s"),
              ("peak memory", lambda o: o.cost.peak_mb, 0, "MB"))  # fmt: skip
    for name, figure, digits, unit in wholes:
        mine_all, their_all = ([figure(outcome) for outcome, _ in side] for side in (ours, theirs))
        yield Row(
            f"finding: whole run, {name}",
            Spread.of(mine_all).text(unit, digits),
            Spread.of(their_all).text(unit, digits),
            ratios(their_all, mine_all).text("times") if min(mine_all) > 0 else "",
        )
