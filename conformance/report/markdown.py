"""`summary.md`: the verdict for a merge request or the step summary of a CI job, in GitHub-flavoured Markdown.

What a target sent stands in code spans and code blocks only, where neither links, pictures, mentions nor HTML work.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from conformance.contract.requirements import LEVELS
from conformance.report.recognition import share_in_words
from conformance.report.visible import one_line, visible
from conformance.report.wording import (
    DEPTH_WORDS,
    LEVEL_WORDS,
    NO_EXCHANGE,
    RUN_VERDICTS,
    VERDICTS,
    Consequence,
    consequences,
    place_words,
    source_words,
    verdict_key,
    verdict_sentence,
)
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.shapes import Both, FindingEntry, Report, RequirementEntry

_MARKS = {"conformant": "✅", "nonconformant": "❌", "inconclusive": "⚠️", "error": "🛠️"}
_LISTED = 25
"""Failures, warnings and unproven requirements that are listed; the report has them all."""

_LONGEST = 400


def summary_markdown(document: Report, language: str = "en") -> str:
    """The summary in `en` or `zh`: verdict, score by contract and level, failures, warnings, what was not proven."""
    words, follows = _Words(language), consequences(document)
    broken: dict[Consequence, list[RequirementEntry]] = defaultdict(list)
    for requirement in document["requirements"]:
        if requirement["verdict"] == "fail" and requirement["findings"]:
            broken[follows[requirement["id"]]].append(requirement)
    unproven = [r for r in document["requirements"] if r["verdict"] == "inconclusive"]
    blocks = [
        _headline(document, words),
        _score(document, words),
        *_failures(broken["failure"], words),
        *_recognition(document, words),
        *_list(words(Text("Waived failures", "已豁免的未通过要求")), broken["waived"], words),
        *_list(words(Text("Warnings", "警告")), broken["warning"], words),
        *_list(words(Text("Not proven", "未能证明")), unproven, words),
        _scope(document, words),
    ]
    return "\n\n".join(blocks) + "\n"


class _Words:
    """Picks a language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, text: Text) -> str:
        return text.in_language(self._language)

    def both(self, text: Both) -> str:
        """From an entry of the report."""
        return self(Text(text["en"], text["zh"]))

    def finding(self, finding: FindingEntry, member: Literal["expected", "observed"]) -> str:
        """What was expected or observed."""
        return self(Text(finding[member], finding["zh"][member]))


def _headline(document: Report, words: _Words) -> str:
    verdict = verdict_key(document)
    target = words(Text("Target", "目标"))
    lines = [f"## {_MARKS[verdict]} {words(RUN_VERDICTS[verdict])}", "", words(verdict_sentence(document))]
    if document["stop_text"] is not None:
        stopped = words(Text("Stopped early:", "提前停止："))
        lines += ["", f"**{stopped}** {_code(words.both(document['stop_text']))}"]
    for error in document["errors"][:_LISTED]:
        lines += ["", f"- {_code(error['purpose'])}: {_code(error['error'])}"]
    return "\n".join([*lines, "", f"{target}: {_code(document['target'])}"])


def _score(document: Report, words: _Words) -> str:
    verdicts = ("pass", "fail", "inconclusive", "not-applicable")
    head = [words(Text("contract", "契约")), words(Text("level", "级别")), *(words(VERDICTS[v]) for v in verdicts)]
    rows = [f"| {' | '.join(head)} |", "|---|---|--:|--:|--:|--:|"]
    for contract in document["contracts"]:
        for level in LEVELS:
            of_level = [r for r in document["requirements"] if (r["contract"], r["level"]) == (contract, level)]
            if of_level:
                counts = [str(sum(r["verdict"] == verdict for r in of_level)) for verdict in verdicts]
                rows.append(f"| {_code(contract)} | {' | '.join([words(LEVEL_WORDS[level]), *counts])} |")
    return "\n".join(rows)


def _failures(failed: Sequence[RequirementEntry], words: _Words) -> list[str]:
    if not failed:
        return []
    blocks = [f"### {words(Text('Failures', '未通过的要求'))} ({len(failed)})"]
    blocks += [_failure(requirement, words) for requirement in failed[:_LISTED]]
    return blocks + _more(len(failed), words)


def _failure(requirement: RequirementEntry, words: _Words) -> str:
    finding = requirement["findings"][0]
    place = words(source_words(requirement["source"]))
    where = words(place_words(finding["pointer"], finding["exchange"]))
    shown = [_code(where) if finding["pointer"] else where, _code(finding["purpose"])]
    shown += [_code(finding["exchange"])] * bool(finding["exchange"])
    unstable = words(Text(" (did not repeat)", "（未能重现）")) if finding["unstable"] else ""
    rows = (
        (Text("Expected", "预期"), _code(words.finding(finding, "expected"))),
        (Text("Observed", "实际"), _code(words.finding(finding, "observed")) + unstable),
        (Text("Where", "位置"), ", ".join(shown)),
    )
    lines = [f"**{_code(requirement['id'])}** ({words(LEVEL_WORDS[requirement['level']])}; {place})", ""]
    lines += [f"- {words(name)}: {value}" for name, value in rows]
    if finding["curl"]:
        again = words(Text("Send it again", "重新发送"))
        lines += ["", f"<details><summary>{again}</summary>", "", _block(finding["curl"]), "", "</details>"]
    return "\n".join(lines)


def _recognition(document: Report, words: _Words) -> list[str]:
    """Recall and precision on pictures of the user's own; those on the specimens are in the report."""
    entries = [entry for entry in document.get("recognition", []) if entry["pictures"] == "own"]
    if not entries:
        return []
    names = (
        Text("contract", "契约"), Text("type", "类型"), Text("documents", "证件数"),
        Text("recall (95 % interval)", "召回率（95% 区间）"), Text("precision (95 % interval)", "精确率（95% 区间）"),
    )  # fmt: skip
    rows = [f"| {' | '.join(map(words, names))} |", "|---|---|--:|--:|--:|"]
    rows += [
        f"| {_code(entry['contract'])} | {_code(entry['type'])} | {entry['documents']} | "
        f"{share_in_words(entry['recall'])} | {share_in_words(entry['precision'])} |"
        for entry in entries[:_LISTED]
    ]
    title = words(Text("Recognition on pictures of the user's own", "自有图片的识别效果"))
    return [f"### {title}", "\n".join(rows), *_more(len(entries), words)]


def _list(title: str, requirements: Sequence[RequirementEntry], words: _Words) -> list[str]:
    if not requirements:
        return []
    lines = []
    for requirement in requirements[:_LISTED]:
        if requirement["findings"]:
            why = words.finding(requirement["findings"][0], "observed")
        else:
            why = words.both(requirement["reason"]) if requirement["reason"] is not None else words(NO_EXCHANGE)
        level = words(LEVEL_WORDS[requirement["level"]])
        lines.append(f"- {_code(requirement['id'])} ({level}): {_code(why)}")
    return [f"### {title} ({len(requirements)})", "\n".join(lines), *_more(len(requirements), words)]


def _more(count: int, words: _Words) -> list[str]:
    left = count - _LISTED
    return [words(Text(f"… and {left} more, see the report.", f"……另有 {left} 条，见报告。"))] if left > 0 else []


def _scope(document: Report, words: _Words) -> str:
    depth = words(DEPTH_WORDS[document["depth"]])
    sent, billable, seconds = document["requests_sent"], document["billable"], f"{document['duration_s']:.1f}"
    return words(
        Text(
            f"<sub>{sent} requests, {billable} billable, {seconds} s; depth {depth}, seed {document['seed']}, "
            f"ocr-conformance {document['kit_version']}, {document['started_at']}; "
            f"data sha256 {document['sha256'][:16]}</sub>",
            f"<sub>请求 {sent} 个，计费 {billable}，用时 {seconds} 秒；深度 {depth}，种子 {document['seed']}，"
            f"ocr-conformance {document['kit_version']}，{document['started_at']}；"
            f"数据 sha256 {document['sha256'][:16]}</sub>",
        )
    )


def _code(text: str) -> str:
    """A code span: nothing in it is Markdown."""
    line = one_line(text, _LONGEST).strip() or " "
    fence = "`" * (_longest_run(line) + 1)
    space = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{space}{line}{space}{fence}"


def _block(text: str) -> str:
    """A code block."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}sh\n{visible(text)}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
