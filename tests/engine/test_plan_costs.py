"""What a run would send, counted beforehand: the same as what it sends, without sending anything."""

from __future__ import annotations

import json
import subprocess
import sys

from conformance.contract.contract import load_contract
from conformance.contract.requirements import Depth
from conformance.engine.budget import Budget
from conformance.engine.plan import Cost, Plan, plan, plan_document
from conformance.engine.purposes import Purpose, in_depth, load_purposes
from conformance.engine.run import Run
from conformance.targets.reference import ReferenceTarget

TICKETS = load_contract("auto-classification-v1.0")
DOCUMENT = load_contract("auto-id-doc-classification-v2")
CONTRACTS = [TICKETS, DOCUMENT]

SMALL = Plan(
    contracts=("auto-classification-v1.0",),
    depths=(("smoke", Cost(3, 16, 4_359_486, 9_320, 28)), ("standard", Cost(20, 7_200, 61_085_956, 93_200, 156))),
    rate=2.0,
    max_requests=None,
    max_billable=100,
    within=11,
)


def purposes(depth: Depth) -> list[Purpose]:
    found = [purpose for contract in CONTRACTS for purpose in in_depth(load_purposes(contract), depth)]
    return sorted(found, key=lambda purpose: purpose.depth != "smoke")


def test_a_run_sends_what_was_planned_and_stays_below_what_it_may_cost() -> None:
    chosen = purposes("smoke")
    planned = plan(chosen, CONTRACTS, Budget()).total
    with ReferenceTarget() as target:
        run = Run(CONTRACTS, target, depth="smoke", budget=Budget(planned.requests, planned.billable))
        ledger = run.execute(chosen)
    assert ledger.stop_reason is None
    assert (len(ledger.notes), sum(note.request_bytes for note in ledger.notes)) == (planned.requests, planned.bytes_up)
    assert 0 < ledger.billable <= planned.billable
    down = sum(note.response_bytes for note in ledger.notes)
    assert down / 2 < planned.bytes_down < 2 * down


def test_each_depth_counts_the_shallower_ones_with_it() -> None:
    chosen = purposes("standard")
    made = plan(chosen, CONTRACTS, Budget())
    (_, smoke), (_, standard) = made.depths
    assert [depth for depth, _ in made.depths] == ["smoke", "standard"]
    assert plan(purposes("smoke"), CONTRACTS, Budget()).total == smoke
    assert made.total == standard
    assert (smoke.purposes, standard.purposes) == (len(purposes("smoke")), len(chosen))
    assert smoke.requests < standard.requests
    assert smoke.bytes_up < standard.bytes_up


def test_limits_say_how_many_purposes_are_certain() -> None:
    chosen = purposes("smoke")
    two = plan(chosen[:2], CONTRACTS, Budget()).total
    assert plan(chosen, CONTRACTS, Budget()).within is None
    assert plan(chosen, CONTRACTS, Budget(max_requests=two.requests + 1)).within == 2
    assert plan(chosen, CONTRACTS, Budget(max_requests=two.requests)).within == 1
    assert plan(chosen, CONTRACTS, Budget(max_billable=two.billable)).within == 2
    assert plan(chosen, CONTRACTS, Budget(max_billable=two.billable - 1)).within == 1


def test_nothing_is_planned_for_no_purposes() -> None:
    made = plan([], CONTRACTS, Budget())
    assert (made.total, made.depths, made.within) == (Cost(), (), None)


def test_the_plan_as_json() -> None:
    assert json.loads(json.dumps(plan_document(SMALL))) == {
        "contracts": ["auto-classification-v1.0"],
        "depths": [
            {
                "depth": "smoke",
                "purposes": 3,
                "requests": 16,
                "bytes_up": 4_359_486,
                "bytes_down": 9_320,
                "billable": 28,
                "duration_s": 8.0,
            },
            {
                "depth": "standard",
                "purposes": 20,
                "requests": 7_200,
                "bytes_up": 61_085_956,
                "bytes_down": 93_200,
                "billable": 156,
                "duration_s": 3600.0,
            },
        ],
        "repeats": 2,
        "rate": 2.0,
        "max_requests": None,
        "max_billable": 100,
        "purposes_within_limits": 11,
    }


PROBE = """
import resource
from conformance.contract.contract import load_contract
from conformance.files import PRIMARY
from conformance.engine.budget import Budget
from conformance.engine.plan import plan
from conformance.engine.purposes import in_depth, load_purposes

contracts = [load_contract(name) for name in PRIMARY]
chosen = [purpose for contract in contracts for purpose in in_depth(load_purposes(contract), "standard")]
plan(chosen[:3], contracts, Budget())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
total = plan(chosen, contracts, Budget()).total
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(total.bytes_up // 1024, grown)
"""


def test_memory_is_that_of_one_request_however_many_there_are() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=120)
    bytes_up_kib, grown_kib = (int(number) for number in done.stdout.split())
    assert bytes_up_kib > 70_000
    assert grown_kib < 60_000


def test_plan_and_workers_know_what_purposes_share() -> None:
    names = ("credentials", "operation", "parts", "type-list-order", "type-list-open")
    chosen = [
        purpose for purpose in purposes("standard") if purpose.name in names and purpose.contract_id == TICKETS.id
    ]
    planned = plan(chosen, [TICKETS], Budget()).total
    alone = [plan([purpose], [TICKETS], Budget()).total.requests for purpose in chosen]
    sent = []
    for workers in (1, 3):
        with ReferenceTarget() as target:
            run = Run([TICKETS], target, budget=Budget(), workers=workers)
            run.execute(chosen)
            sent.append((run.budget.requests, run.ledger.billable, run.ledger.verdict))
    assert sent[0] == sent[1]
    assert sent[0][0] == planned.requests < sum(alone)
