"""What every form of the report says alike: what the verdict rests on, and where a document states a requirement."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from reporting import ID, changed, sample_report

from conformance.report.phrases import verdict_sentence
from conformance.report.story import Story
from conformance.report.wording import source_words

STOPPED = {"stop_text": {"en": "a limit", "zh": "上限"}}


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        (
            {},
            "Nothing failed, but 1 of 3 requirements of level must in scope was not proven.",
            "没有未通过的要求，但范围内 3 条“必须”要求中有 1 条未证实。",
        ),
        (
            {"strict": True},
            "Nothing failed, but 1 of 3 requirements of level must or should in scope was not proven.",
            "没有未通过的要求，但范围内 3 条“必须或宜”要求中有 1 条未证实。",
        ),
        (
            {"accepted": 0, **STOPPED},
            "Nothing failed, but no request was accepted.",
            "没有未通过的要求，但所有请求均未被接受。",
        ),
        (
            STOPPED,
            "Nothing failed, but the run was stopped before it could prove everything in scope.",
            "没有未通过的要求，但运行提前停止，未证实范围内的全部要求。",
        ),
        (
            {"errors": [{"purpose": f"{ID}/odd", "error": "ValueError: no"}], **STOPPED},
            "The kit itself failed in 1 purpose; this says nothing about the target.",
            "套件自身在 1 个测试目的中出错，不能据此评价被测系统。",
        ),
    ],
    ids=["unproven", "strict", "nothing-accepted", "stopped", "error"],
)
def test_a_run_that_decided_nothing_says_why(changes: Mapping[str, object], english: str, chinese: str) -> None:
    left = [entry for entry in sample_report()["requirements"] if entry["verdict"] != "fail"]
    report = changed(sample_report(), {"requirements": left, "verdict": "inconclusive", **changes})
    sentence = verdict_sentence(report)
    assert (sentence.en, sentence.zh) == (english, chinese)


WAIVER = {"reason": "r", "expires": None, "reference": None, "expired": False}


@pytest.mark.parametrize(
    ("level", "changes", "english", "chinese"),
    [
        (
            "should",
            {},
            "No requirement of level must failed, but 1 of 3 requirements of level must in scope was not proven.",
            "没有未通过的“必须”要求，但范围内 3 条“必须”要求中有 1 条未证实。",
        ),
        (
            "should",
            {"accepted": 0},
            "No requirement of level must failed, but no request was accepted.",
            "没有未通过的“必须”要求，但所有请求均未被接受。",
        ),
        (
            "must",
            {},
            "Apart from what is waived, no requirement of level must failed, but ",
            "除已豁免的要求外，没有未通过的“必须”要求，但",
        ),
    ],
)
def test_a_breach_that_decides_nothing_is_not_nothing(
    level: str, changes: Mapping[str, object], english: str, chinese: str
) -> None:
    sample = sample_report()
    entries = [entry for entry in sample["requirements"] if entry["verdict"] != "fail" or entry["level"] == level]
    waivers = [WAIVER | {"requirement": e["id"]} for e in entries if e["verdict"] == "fail" and level == "must"]
    report = changed(sample, {"requirements": entries, "verdict": "inconclusive", "waivers": waivers, **changes})
    sentence = verdict_sentence(report)
    assert sentence.en.startswith(english)
    assert sentence.zh.startswith(chinese)


def test_one_thing_is_told_in_the_singular() -> None:
    for sent, words in (0, "0 requests, "), (1, "1 request, "), (2, "2 requests, "):
        assert Story(changed(sample_report(), {"requests_sent": sent})).cost.en.startswith(words)


@pytest.mark.parametrize("strict", [False, True])
def test_a_run_with_no_must_in_scope_says_that(strict: bool) -> None:
    shoulds = [entry for entry in sample_report()["requirements"] if entry["level"] == "should"]
    report = changed(sample_report(), {"requirements": shoulds, "verdict": "inconclusive", "strict": strict})
    story = Story(report)
    assert story.sentence.en == "No requirement of level must is in scope, so that nothing can be said of conformity."
    assert story.sentence.zh == "范围内没有“必须”要求，无法据此判定是否符合。"
    assert (story.plain.en, story.plain.zh) == ("No mandatory requirement was tested.", "未测试任何强制性要求。")


@pytest.mark.parametrize(
    ("source", "chinese"),
    [
        ("table 3, location", "表 3，location"),
        ("table 3, result; sample, success", "表 3，result；示例，成功"),
        ("error codes", "错误码"),
        (
            "pages of the ticket types, response table, confidence and extra_info",
            "各票证类型的文档页，响应参数表，confidence、extra_info",
        ),
        ("page Train Ticket, table 2, ticket_changing", "文档页 Train Ticket，表 2，ticket_changing"),
    ],
)
def test_places_in_documents_are_named_in_chinese(source: str, chinese: str) -> None:
    assert source_words(source).zh == chinese
