"""What a run would send, counted beforehand: the same as what it sends, without sending anything."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata

import pytest

from conformance.contract.contract import load_contract
from conformance.contract.requirements import Depth
from conformance.engine.budget import Budget
from conformance.engine.plan import Cost, Plan, plan, plan_document, plan_text
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
    costs = [plan([purpose], CONTRACTS, Budget()).total for purpose in chosen]
    two = costs[0] + costs[1]
    assert plan(chosen, CONTRACTS, Budget()).within is None
    assert plan(chosen, CONTRACTS, Budget(max_requests=two.requests + 1)).within == 2
    assert plan(chosen, CONTRACTS, Budget(max_requests=two.requests)).within == 1
    assert plan(chosen, CONTRACTS, Budget(max_billable=two.billable)).within == 2
    assert plan(chosen, CONTRACTS, Budget(max_billable=two.billable - 1)).within == 1


def test_nothing_is_planned_for_no_purposes() -> None:
    made = plan([], CONTRACTS, Budget())
    assert (made.total, made.depths, made.within) == (Cost(), (), None)


def test_the_text_in_english() -> None:
    assert plan_text(SMALL, "en").split("\n") == [
        "A run of auto-classification-v1.0 would send:",
        "",
        "  depth      purposes requests      bytes up  bytes down billable      duration",
        "  smoke             3       16     4,359,486       9,320       28           8 s",
        "  standard         20    7,200    61,085,956      93,200      156           1 h",
        "",
        "Billable is at most: what is drawn on the pictures, also where a request must be",
        "refused. Bytes are those of bodies; down they are an estimate. A purpose that",
        "fails runs once more: at most 14,400 requests and 312 billable tickets. The",
        "limits let 11 of 20 purposes through for certain.",
    ]


def test_the_text_in_chinese() -> None:
    assert plan_text(SMALL, "zh").split("\n") == [
        "对 auto-classification-v1.0 的一次测试将发送：",
        "",
        "  深度       测试目的     请求      上传字节    下载字节 计费张数          时长",
        "  冒烟              3       16     4,359,486       9,320       28          8 秒",
        "  标准             20    7,200    61,085,956      93,200      156        1 小时",
        "",
        "计费张数为上限：图片上绘制的票证数，应被拒绝的请求也计算在内。字节数为报文体，下",
        "载字节为估计值。未通过的测试目的会再运行一次：最多 14,400 个请求、计费 312 张。",
        "在所设上限内可以确保完成 20 个测试目的中的 11 个。",
    ]


@pytest.mark.parametrize(
    ("requests", "duration"),
    [(1, "1 s"), (120, "1 min"), (250, "2 min 5 s"), (7_201, "1 h"), (8_000, "1 h 6 min"), (100_000, "13 h 53 min")],
)
def test_a_duration_is_told_in_its_two_largest_units(requests: int, duration: str) -> None:
    made = Plan(("x",), (("smoke", Cost(1, requests, 1, 1, 1)),), 2.0, None, None, None)
    assert plan_text(made, "en").split("\n")[3].endswith(f"  {duration}")


def test_without_a_rate_no_duration_is_promised() -> None:
    made = Plan(("x",), (("smoke", Cost(1, 9, 1, 1, 1)),), None, None, None, None)
    text = plan_text(made, "en")
    assert text.split("\n")[3].endswith("  -")
    assert "Without --rate a run takes as long as the target takes." in text.replace("\n", " ")


def test_without_a_limit_on_tickets_the_plan_says_which_one_suffices() -> None:
    made = Plan(("x",), (("smoke", Cost(1, 9, 1, 1, 7)),), 1.0, None, None, None)
    assert (
        plan_text(made, "en")
        .replace("\n", " ")
        .endswith("Beyond this machine a run wants --max-billable; 7 lets every purpose run once.")
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_is_wider_than_80_columns(language: str) -> None:
    contracts = tuple(f"auto-classification-edition-{number}" for number in range(6))
    huge = Cost(99_999, 9_999_999, 9_999_999_999, 999_999_999, 9_999_999)
    text = plan_text(Plan(contracts, (("thorough", huge),), 0.5, 7, 8, 9), language)
    widths = [sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")]
    assert max(widths) <= 80


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
from conformance.contract.contract import PRIMARY, load_contract
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
    assert bytes_up_kib > 100_000
    assert grown_kib < 80_000
