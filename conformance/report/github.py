"""What a run says to the page of a GitHub job: an annotation for each breach, and the summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.report.markdown import summary_markdown
from conformance.report.phrases import in_both, reason_of
from conformance.report.visible import one_line
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.story import Failure, Story

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
    errors = [_broken(failure) for failure in groups.get("failure", ()) if failure.id not in story.known]
    warnings = [_broken(failure) for failure in groups.get("warning", ()) if failure.id not in story.known]
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


def _broken(failure: Failure) -> tuple[str, Text]:
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
