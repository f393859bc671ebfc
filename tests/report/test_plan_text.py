"""The plan of a run as a person reads it, in both languages."""

from __future__ import annotations

import unicodedata

import pytest

from conformance.engine.inference import Sample
from conformance.engine.plan import Cost, Plan
from conformance.files import DataError
from conformance.report.tables import plan_text, sample_text

SMALL = Plan(
    contracts=("auto-classification-v1.0",),
    depths=(("smoke", Cost(3, 16, 4_359_486, 9_320, 28)), ("standard", Cost(20, 7_200, 61_085_956, 93_200, 156))),
    rate=2.0,
    max_requests=None,
    max_billable=100,
    within=11,
)


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
        "  深度       测试目的     请求      上传字节    下载字节 计费次数          时长",
        "  冒烟              3       16     4,359,486       9,320       28          8 秒",
        "  标准             20    7,200    61,085,956      93,200      156        1 小时",
        "",
        "计费次数为上限：图片上绘制的票证数，应被拒绝的请求也计算在内。字节数为报文体，下",
        "载字节为估计值。未通过的测试目的会再运行一次：最多 14,400 个请求、计费 312 次。",
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


def test_how_many_documents_a_margin_takes() -> None:
    assert sample_text(Sample.of(0.02, 0.8, 0.1), "en") == (
        "compare --margin 0.02 takes 1,576 distinct documents, asked of both, to decide\n"
        "with 80% power, where 10% of them are got right by one alone and the second is\n"
        "better by 0."
    )
    assert "1,576 份不同的票证" in sample_text(Sample.of(0.02, 0.8, 0.1), "zh")
    assert sample_text(Sample.of(0.02, 0.8, 0.1, -0.05), "en").startswith("No number of documents shows")
    with pytest.raises(DataError, match="expected no more than --discordance"):
        Sample.of(0.02, 0.8, 0.1, 0.2)
