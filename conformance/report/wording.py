"""The words of a report in English and Chinese: verdicts, levels, groups of what is broken, places of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from conformance.contract.requirements import MEASURED
from conformance.text import Text

Consequence: TypeAlias = Literal["failure", "waived", "warning", "remark"]
"""What follows from a breach: it fails the run; it would, but for a waiver; it is warned of; it is told only."""

RUN_VERDICTS: Mapping[str, Text] = MappingProxyType(
    {
        "conformant": Text("CONFORMANT", "符合"),
        "nonconformant": Text("NOT CONFORMANT", "不符合"),
        "inconclusive": Text("INCONCLUSIVE", "结论不足"),
        "error": Text("KIT ERROR", "套件自身出错"),
    }
)
RECOGNITION_VERDICTS: Mapping[str, Text] = MappingProxyType(
    {
        "met": Text("LIMITS MET", "达到限值"),
        "not-met": Text("LIMITS NOT MET", "未达限值"),
        "inconclusive": Text("LIMITS NOT DECIDED", "限值未能判定"),
        "not-judged": Text("not judged, since no limit is declared", "未声明限值，故不作判定"),
    }
)
VERDICTS: Mapping[str, Text] = MappingProxyType(
    {
        "pass": Text("proven", "已证实"),
        "fail": Text("failed", "未通过"),
        "inconclusive": Text("not proven", "未证实"),
        "not-applicable": Text("not applicable", "不适用"),
    }
)
LEVEL_WORDS: Mapping[str, Text] = MappingProxyType(
    {"must": Text("must", "必须"), "should": Text("should", "宜"), "open": Text("open", "文档未规定")}
)
LEVEL_EFFECTS: Mapping[str, Text] = MappingProxyType(
    {
        "must": Text("a breach fails the run", "违反即判不符合"),
        "should": Text("a breach is a warning, and fails a strict run", "违反为警告；严格模式下判不符合"),
        "open": Text("a breach is reported only: the document leaves it open", "仅作记录：文档未作规定"),
    }
)
BASIS_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "stated": Text("stated", "文档明示"),
        "sample": Text("sample", "示例所示"),
        "protocol": Text("protocol", "协议规定"),
        "position": Text("position", "约定做法"),
    }
)
DEPTH_WORDS: Mapping[str, Text] = MappingProxyType(
    {"smoke": Text("smoke", "冒烟"), "standard": Text("standard", "标准"), "thorough": Text("thorough", "深入")}
)
OUTCOMES: Mapping[str, Text] = MappingProxyType(
    {
        "passed": Text("passed", "通过"),
        "failed": Text("failed", "未通过"),
        "unproven": Text("not proven", "未证实"),
        "error": Text("kit error", "套件出错"),
    }
)
PICTURES: Mapping[str, Text] = MappingProxyType(
    {"own": Text("pictures of the user's own", "自有图片"), "specimens": Text("specimens of the kit", "套件样张")}
)
ROLES: Mapping[str, Text] = MappingProxyType(
    {
        "control": Text("control", "对照"),
        "fault": Text("fault", "单一错误"),
        "variant": Text("variant", "有效变体"),
        "probe": Text("is it there?", "是否在线"),
    }
)


class GroupWords(NamedTuple):
    """How a group of broken requirements is headed, the anchor that leads to it, and what it means for the verdict."""

    title: Text
    anchor: str
    note: Text | None = None


GROUPS: Mapping[Consequence, GroupWords] = MappingProxyType(
    {
        "failure": GroupWords(Text("Failures", "未通过的要求"), "failures"),
        "waived": GroupWords(
            Text("Waived failures", "已豁免的未通过要求"),
            "waived",
            Text(
                "Broken requirements that the target statement excuses until a date. They do not fail this run.",
                "被测系统声明在期限内豁免的未通过要求，不影响本次判定。",
            ),
        ),
        "warning": GroupWords(
            Text("Warnings", "警告"),
            "warnings",
            Text(
                "Broken requirements of level should. They do not fail this run.",
                "未满足的“宜”级要求，不影响本次判定。",
            ),
        ),
        "remark": GroupWords(
            Text("Remarks", "备注"),
            "remarks",
            Text(
                "Where the document leaves a point open and the target differs from the kit's reading. "
                "These never change a verdict.",
                "文档未作规定，被测系统与约定做法不同之处，不影响判定。",
            ),
        ),
    }
)
"""What is broken, by what follows from it, in the order of telling."""

NOT_PROVEN = Text("Not proven", "未证实")
SPARE_WAIVERS = Text("Waivers of nothing that is broken here", "本次无需的豁免")
NO_EXCHANGE = Text("no exchange could have broken it", "本次没有可检验该要求的交互")
_WHOLE_ANSWER = Text("the whole answer", "整个响应")
_WHOLE_RUN = Text("the whole run", "整个运行")

_PLACES = (
    (r"^sample, success$", "示例，成功"),
    (r"^sample, failure$", "示例，失败"),
    (r"^error codes$", "错误码"),
    (r"^status codes$", "状态码"),
    (r"^request format$", "请求格式"),
    (r"^response format$", "响应格式"),
    (r"^response headers$", "响应头"),
    (r"^authentication$", "认证鉴权"),
    (r"^section URI$", "“URI”一节"),
    (r"^section function$", "“功能介绍”一节"),
    (r"^pages of the ticket types", "各票证类型的文档页"),
    (r"^models of the ticket types", "各票证类型的模型"),
    (r"^target statement\b", "被测系统声明"),
    (r"\brecognition (\d+)$", r"识别指标 \1"),
    (r"\blatency (\d+)$", r"时延上限 \1"),
    (r"\bmetered (\d+)$", r"计量 \1"),
    (r"^pages? ", "文档页 "),
    (r"\bresponse table\b", "响应参数表"),
    (r"\bsuccess samples?\b", "成功示例"),
    (r"\btable (\d+)", r"表 \1"),
    (r" and ", "、"),
    (r", ", "，"),
)
"""Words that requirements name places in a document with, as patterns, and what they are in Chinese."""


CAPTIONS: Mapping[str, Text] = MappingProxyType(
    {
        "degradations": Text("Accuracy against the strength of each degradation", "准确率随各类劣化程度的变化"),
        "confusion": Text("What each type was taken for", "各类型被识别为何类型"),
        "calibration": Text("Share of correct ones against confidence", "置信度与正确率"),
    }
)
"""What the pictures of recognition show, by the first word of their names; the second one is the contract."""


def source_words(source: str) -> Text:
    """The place in a document that a requirement names (`table 3, location; sample, success`) in both languages."""
    parts = source.split("; ")
    for pattern, chinese in _PLACES:
        parts = [re.sub(pattern, chinese, part) for part in parts]
    return Text(source, "；".join(parts))


def place_words(pointer: str, exchange_id: str, purpose_id: str) -> Text:
    """Where a finding is: a JSON Pointer into an answer, the whole answer, or the run, which no one exchange shows."""
    if pointer:
        return Text(pointer, pointer)
    return _WHOLE_ANSWER if exchange_id and not of_the_run(purpose_id) else _WHOLE_RUN


def of_the_run(purpose_id: str) -> bool:
    """Whether a purpose decides limits on the whole run: no request repeats a breach, and an exchange is an example."""
    return purpose_id.partition("/")[2] == MEASURED
