"""`summary.md` for a merge request, and what a run says to the page of a GitHub job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.report.phrases import (
    Row,
    in_both,
    notes_of,
    one_line,
    reason_of,
    share_in_words,
    visible,
    waiver_terms,
)
from conformance.report.story import Failure, Story
from conformance.report.wording import LEVEL_WORDS, NOT_PROVEN, PICTURES, RUN_VERDICTS, SPARE_WAIVERS, VERDICTS
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.shapes import RequirementEntry


_MARKS = {"conformant": "✅", "nonconformant": "❌", "inconclusive": "⚠️", "error": "🛠️"}
_LISTED = 25
"""Failures, warnings and unproven requirements that are listed; the report has them all."""

_LONGEST = 400


def summary_markdown(story: Story, language: str = "en") -> str:
    """The summary in `en` or `zh`: verdict, score by contract and level, what is broken, what was not proven."""
    words = _Words(language)
    blocks = [*_comparison(story, words), _headline(story, words), _score(story, words)]
    for group in story.groups:
        blocks += _titled(words(group.words.title), len(group.failures))
        if group.consequence == "failure":
            blocks += [_failure(failure, words) for failure in group.failures[:_LISTED]]
        else:
            blocks.append("\n".join(_broken(failure, words) for failure in group.failures[:_LISTED]))
        blocks += _more(len(group.failures), words)
    blocks += _recognition(story, words)
    for title, lines in (
        (NOT_PROVEN, [_entry(r, reason_of(r), words) for r in story.unproven]),
        (SPARE_WAIVERS, [f"- {_code(w['requirement'])}: {_code(words(waiver_terms(w)))}" for w in story.spare_waivers]),
    ):
        if lines:
            blocks += [*_titled(words(title), len(lines)), "\n".join(lines[:_LISTED]), *_more(len(lines), words)]
    seal = words(Text("data sha256", "数据 sha256"))
    notes = [words(line) for line in (story.spared, story.cost) if line is not None]
    notes += [story.report["started_at"], f"{seal} {story.report['sha256'][:16]}"]
    return "\n\n".join([*blocks, f"<sub>{'<br>'.join(map(_plain, notes))}</sub>"]) + "\n"


class _Words:
    """Picks a language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, text: Text) -> str:
        return text.in_language(self._language)


def _comparison(story: Story, words: _Words) -> list[str]:
    """What changed since the baseline, which the exit status follows."""
    if story.compared is None:
        return []
    headline, _, rest = words(story.compared).partition("\n")
    return [f"## {_plain(headline)}", *([_block(rest.rstrip())] if rest.strip() else [])]


def _headline(story: Story, words: _Words) -> str:
    lines = [f"## {_MARKS[story.verdict]} {words(RUN_VERDICTS[story.verdict])}", "", words(story.sentence)]
    if story.recognition is not None:
        lines += ["", _code(words(story.recognition))]
    if story.narrowed is not None:
        lines += ["", f"**{_code(words(story.narrowed))}**"]
    if story.stopped is not None:
        lines += ["", f"**{words(Text('Stopped early:', '提前停止：'))}** {_code(words(story.stopped))}"]
    for error in story.report["errors"][:_LISTED]:
        lines += ["", f"- {_code(error['purpose'])}: {_code(error['error'])}"]
    return "\n".join([*lines, "", f"{words(Text('Target: ', '被测系统：'))}{_code(story.report['target'])}"])


def _score(story: Story, words: _Words) -> str:
    head = [words(Text("contract", "接口契约")), words(Text("level", "级别")), *map(words, VERDICTS.values())]
    rows = [f"| {' | '.join(head)} |", "|---|---|--:|--:|--:|--:|"]
    for bar in story.bars:
        counts = [str(bar.counts[verdict]) for verdict in VERDICTS]
        rows.append(f"| {_code(bar.contract)} | {' | '.join([words(LEVEL_WORDS[bar.level]), *counts])} |")
    return "\n".join(rows)


def _failure(failure: Failure, words: _Words) -> str:
    kind = words(Text(f" ({failure.kind.en})", f"（{failure.kind.zh}）"))
    lines = [f"**{_code(failure.id)}**{kind}", "", _plain(words(failure.statement)), ""]
    lines += [f"- {_row(row, words)}" for row in failure.rows]
    if failure.first["curl"]:
        again = words(Text("Send it again", "重发"))
        lines += ["", f"<details><summary>{again}</summary>", "", _block(failure.first["curl"], "sh"), "", "</details>"]
    return "\n".join(lines)


def _row(row: Row, words: _Words) -> str:
    value = words(row.value)
    return f"{words(row.name).capitalize()}{words(Text(': ', '：'))}{_code(value) if row.literal else value}"


def _broken(failure: Failure, words: _Words) -> str:
    """A broken requirement in a line, what else could be declared, and the terms of its waiver in others."""
    said = _plain(words(failure.statement))
    kind = words(Text(f" ({failure.kind.en}): {said} ", f"（{failure.kind.zh}）：{said}"))
    lines = [f"- {_code(failure.id)}{kind}{_code(words(failure.observed))}"]
    lines += [_row(row, words) for row in failure.readings]
    lines += [] if failure.waiver is None else [_code(words(waiver_terms(failure.waiver)))]
    return "<br>".join(lines)


def _entry(requirement: RequirementEntry, why: Text, words: _Words) -> str:
    level = LEVEL_WORDS[requirement["level"]]
    return f"- {_code(requirement['id'])}{words(Text(f' ({level.en}): ', f'（{level.zh}）：'))}{_code(words(why))}"


def _recognition(story: Story, words: _Words) -> list[str]:
    """Recall and precision on pictures of the user's own; those on the specimens are in the report."""
    entries = [entry for of_contract in story.recognised.values() for entry in of_contract]
    if not entries:
        return []
    names = (
        Text("contract", "接口契约"), Text("type", "类型"), Text("documents", "票证数"),
        Text("recall (95 % interval)", "召回率（95% 区间）"), Text("precision (95 % interval)", "精确率（95% 区间）"),
        Text("fields read", "字段读对"), Text("character errors", "字符错误率"),
    )  # fmt: skip
    rows = [f"| {' | '.join(map(words, names))} |", "|---|---|--:|--:|--:|--:|--:|"]
    rows += [
        f"| {_code(entry['contract'])} | {_code(entry['type'])} | {entry['documents']} | "
        f"{share_in_words(entry['recall'])} | {share_in_words(entry['precision'])} | "
        f"{share_in_words(entry.get('fields_share'))} | {share_in_words(entry.get('error_rate'))} |"
        for entry in entries[:_LISTED]
    ]
    own = PICTURES["own"]
    title = words(Text(f"Recognition on {own.en}", f"{own.zh}的识别效果"))
    notes = [f"- {_code(words(note))}" for contract in story.recognised for note in notes_of(story.report, contract)]
    listed = ["\n".join(notes)] if notes else []
    return [f"### {title}", "\n".join(rows), *_more(len(entries), words), *listed]


def _titled(title: str, count: int) -> list[str]:
    return [f"### {title} ({count})"]


def _more(count: int, words: _Words) -> list[str]:
    left = count - _LISTED
    return [words(Text(f"… and {left} more, see the report.", f"……另有 {left} 条，见报告。"))] if left > 0 else []


def _plain(text: str) -> str:
    """Text of the kit's own as Markdown shows it: what would be markup there is escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", one_line(text, _LONGEST))


def _code(text: str) -> str:
    """A code span: nothing in it is Markdown."""
    line = one_line(text, _LONGEST).strip() or " "
    fence = "`" * (_longest_run(line) + 1)
    space = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{space}{line}{space}{fence}"


def _block(text: str, language: str = "") -> str:
    """A code block."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


# What a run says to the page of a GitHub job: an annotation for each breach, and the summary.


_SHOWN = 10
"""Annotations of one kind that the page of a job shows for a step."""


def annotation_lines(story: Story, environment: Mapping[str, str], language: str) -> Iterator[str]:
    """Lines that make annotations where a GitHub job runs this (GITHUB_ACTIONS is `true`), else none.

    A breach that fails the run is an error, one that warns a warning; so is what stopped the run, and each must that is
    not proven. What a baseline knows is neither.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    groups = {group.consequence: group.failures for group in story.groups}
    errors = [_annotated(failure) for failure in groups.get("failure", ()) if failure.id not in story.known]
    warnings = [_annotated(failure) for failure in groups.get("warning", ()) if failure.id not in story.known]
    if story.stopped is not None:
        warnings.append(("ocr-conformance", story.stopped))
    for entry in story.unproven:
        if entry["level"] == "must" and entry["id"] not in story.known:
            said, why = in_both(entry["statement"]), reason_of(entry)
            words = Text(f"{said.en} Not proven: {why.en}", f"{said.zh}未证实：{why.zh}")
            warnings.append((entry["id"], words))
    for kind, found in (("error", errors), ("warning", warnings)):
        kept = found if len(found) <= _SHOWN else found[: _SHOWN - 1]
        for title, words in kept:
            yield f"::{kind} title={_property(title)}::{escaped(words.in_language(language))}"
        if len(found) > len(kept):
            more = len(found) - len(kept)
            rest = Text(f"{more} more: see the summary of the run", f"另有 {more} 条：见本次测试的摘要")
            yield f"::{kind} title=ocr-conformance::{escaped(rest.in_language(language))}"


def write_summary(story: Story, environment: Mapping[str, str], language: str) -> None:
    """Append `summary.md` to the summary of the job, where it names a file for it. Raises OSError."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("ab") as file:
            file.write(summary_markdown(story, language).encode("utf-8", "backslashreplace") + b"\n")


def _annotated(failure: Failure) -> tuple[str, Text]:
    """Sentence, basis and source of a broken requirement, its first finding, and what else could be declared."""
    kind, expected, observed = failure.kind, failure.expected, failure.observed
    unless = [row.value for row in failure.readings]
    return failure.id, Text(
        f"{failure.statement.en} ({kind.en}) Expected: {expected.en}; observed: {observed.en}"
        + "".join(f"; unless {value.en}" for value in unless),
        f"{failure.statement.zh}（{kind.zh}）预期：{expected.zh}；实际：{observed.zh}"
        + "".join(f"；除非{value.zh}" for value in unless),
    )


def escaped(text: str) -> str:
    """The data of a workflow command: one line, which no percent sign of its own opens again."""
    return one_line(text, 500).replace("%", "%25")


def _property(text: str) -> str:
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
