"""Sentences that every form of a report tells alike: its verdict, its findings, recognition; text that a target sent
made harmless to look at.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from conformance.contract.requirements import failing_levels
from conformance.report.wording import (
    BASIS_WORDS,
    LEVEL_WORDS,
    NO_EXCHANGE,
    PICTURES,
    RECOGNITION_VERDICTS,
    Consequence,
    of_the_run,
    place_words,
    source_words,
)
from conformance.text import Text, counted

if TYPE_CHECKING:
    from conformance.contract.requirements import Level
    from conformance.report.figures import Confusion, DegradationEntry, RecognitionEntry, Share
    from conformance.report.shapes import (
        Both,
        FindingEntry,
        PurposeEntry,
        PurposeFinding,
        Reading,
        Report,
        RequirementEntry,
        WaiverEntry,
    )


# The verdict, and what follows from a breach.


def verdict_key(report: Report) -> str:
    """The run's verdict, or `error` where the kit itself failed, which says nothing about the target."""
    return "error" if report["errors"] else report["verdict"]


def consequence(requirement_id: str, level: Level, waived: Container[str], *, strict: bool) -> Consequence:
    """What follows from the breach of a requirement; `waived` are ids of those whose waiver holds."""
    if requirement_id in waived:
        return "waived"
    if level in failing_levels(strict=strict):
        return "failure"
    return "warning" if level == "should" else "remark"


def consequences(report: Report) -> Mapping[str, Consequence]:
    """What follows from the breach of each requirement that is broken, by its id."""
    waived = {w["requirement"] for w in report["waivers"] if not w["expired"] and w.get("covers", True)}
    return {
        entry["id"]: consequence(entry["id"], entry["level"], waived, strict=report["strict"])
        for entry in report["requirements"]
        if entry["verdict"] == "fail"
    }


def _limits_recognition(requirement_id: str) -> bool:
    """Whether a requirement is a limit on recognition, of which the verdict of conformity does not speak."""
    return requirement_id.partition("/")[2].startswith(("measured.recall", "measured.precision", "measured.fields"))


def verdict_sentence(report: Report) -> Text:
    """One sentence that says what the verdict rests on."""
    levels, follows = failing_levels(strict=report["strict"]), consequences(report)
    of_level = [e for e in report["requirements"] if e["level"] in levels and e["verdict"] != "not-applicable"]
    applicable = [entry for entry in of_level if not _limits_recognition(entry["id"])] or of_level
    total = len(applicable)
    failed = sum(follows.get(entry["id"]) == "failure" for entry in applicable)
    excused = sum(follows.get(entry["id"]) == "waived" for entry in applicable)
    stated = {entry["requirement"] for entry in report.get("unprovable", [])}
    unproven = sum(entry["verdict"] == "inconclusive" and entry["id"] in stated for entry in applicable)
    scope = Text(
        f"{counted(total, 'requirement')} of level {' or '.join(levels)} in scope",
        f"范围内 {total} 条“{'或'.join(LEVEL_WORDS[level].zh for level in levels)}”要求",
    )
    match verdict_key(report):
        case "error":
            count = len(report["errors"])
            return Text(
                f"The kit itself failed in {counted(count, 'purpose')}; this says nothing about the target.",
                f"套件自身在 {count} 个测试目的中出错，不能据此评价被测系统。",
            )
        case "nonconformant":
            return Text(
                f"{failed} of {scope.en} {_are(failed)} broken.",
                f"{scope.zh}中有 {failed} 条未通过。",
            )
        case "conformant" if unproven:
            return Text(
                f"Of {scope.en} {total - excused - unproven} were proven; {unproven} cannot be proven on this target, "
                f"as its statement says, and {excused} {_are(excused)} broken and waived.",
                f"{scope.zh}中有 {total - excused - unproven} 条得到证实；{unproven} 条据被测系统声明在此无法证实，"
                f"{excused} 条未通过但已豁免。",
            )
        case "conformant" if excused:
            return Text(
                f"Of {scope.en} {total - excused} were proven; {excused} {_are(excused)} broken and waived.",
                f"{scope.zh}中有 {total - excused} 条得到证实，{excused} 条未通过但已豁免。",
            )
        case "conformant":
            return Text(f"All {scope.en} were proven, and none failed.", f"{scope.zh}全部得到证实，没有未通过的要求。")
    return _why_inconclusive(report, scope, applicable)


def _why_inconclusive(report: Report, scope: Text, applicable: Sequence[RequirementEntry]) -> Text:
    held = _nothing_decisive_failed(report)
    if not report["accepted"]:
        return Text(f"{held.en}, but no request was accepted.", f"{held.zh}，但所有请求均未被接受。")
    if report["stop_text"] is not None:
        return Text(
            f"{held.en}, but the run was stopped before it could prove everything in scope.",
            f"{held.zh}，但运行提前停止，未证实范围内的全部要求。",
        )
    if all(entry["level"] != "must" for entry in applicable):
        return Text(
            "No requirement of level must is in scope, so that nothing can be said of conformity.",
            "范围内没有“必须”要求，无法据此判定是否符合。",
        )
    unproven = sum(entry["verdict"] == "inconclusive" for entry in applicable)
    if not unproven:
        return Text(
            f"{held.en}, but no requirement of level must was proven.", f"{held.zh}，但没有“必须”要求得到证实。"
        )
    return Text(
        f"{held.en}, but {unproven} of {scope.en} {'was' if unproven == 1 else 'were'} not proven.",
        f"{held.zh}，但{scope.zh}中有 {unproven} 条未证实。",
    )


def _nothing_decisive_failed(report: Report) -> Text:
    """How a sentence begins on a run in which nothing failed, or nothing that the verdict of conformity rests on."""
    follows = consequences(report)
    if not follows:
        return Text("Nothing failed", "没有未通过的要求")
    aside = []
    if "waived" in follows.values():
        aside.append(Text("what is waived", "已豁免的要求"))
    if "failure" in follows.values():  # else the verdict were another
        aside.append(Text("limits on recognition", "识别限值"))
    apart = Text(
        f"Apart from {' and '.join(one.en for one in aside)}, no" if aside else "No",
        f"除{'和'.join(one.zh for one in aside)}外，" if aside else "",
    )
    levels = failing_levels(strict=report["strict"])
    return Text(
        f"{apart.en} requirement of level {' or '.join(levels)} failed",
        f"{apart.zh}没有未通过的“{'或'.join(LEVEL_WORDS[level].zh for level in levels)}”要求",
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


# A requirement and its findings.


def in_both(both: Both) -> Text:
    """A text of the report."""
    return Text(both["en"], both["zh"])


def joined(parts: Sequence[Text]) -> Text:
    """A list in both languages."""
    return Text(", ".join(part.en for part in parts), "，".join(part.zh for part in parts))


class Row(NamedTuple):
    """Something told of a finding under its name; `literal` where it is data, to be shown as it is."""

    name: Text
    value: Text
    literal: bool = True


def kind_of(requirement: RequirementEntry) -> Text:
    """Level of a requirement, its place in the document, and why it is one."""
    parts = LEVEL_WORDS[requirement["level"]], source_words(requirement["source"]), BASIS_WORDS[requirement["basis"]]
    return Text("; ".join(part.en for part in parts), "；".join(part.zh for part in parts))


def reason_of(requirement: RequirementEntry) -> Text:
    """Why a requirement stayed unproven."""
    return in_both(requirement["reason"]) if requirement["reason"] is not None else NO_EXCHANGE


def by_reason(requirements: Sequence[RequirementEntry]) -> Mapping[Text, list[RequirementEntry]]:
    """Unproven requirements under the reason that they share."""
    reasons: dict[Text, list[RequirementEntry]] = {}
    for requirement in requirements:
        reasons.setdefault(reason_of(requirement), []).append(requirement)
    return reasons


def waiver_terms(waiver: WaiverEntry) -> Text:
    """Until when a waiver holds or held, who answers for it, and why."""
    day, owner, reason = waiver["expires"], waiver["owner"], waiver["reason"]
    if waiver["expired"]:
        return Text(f"expired on {day} ({owner})", f"已于 {day} 到期（{owner}）")
    return Text(f"waived until {day} by {owner}: {reason}", f"豁免至 {day}，责任人 {owner}：{reason}")


def _reading_words(reading: Reading) -> Text:
    """What a target statement could declare in the place of a broken requirement."""
    declared, meaning = f'"{reading["position"]}" = "{reading["value"]}"', reading["meaning"]
    return Text(
        f"the target statement declares {declared}: {meaning['en']}", f"被测系统声明写明 {declared}：{meaning['zh']}"
    )


def reading_rows(requirement: RequirementEntry) -> list[Row]:
    """What a target statement could declare so that a broken requirement holds, a row each."""
    readings = requirement.get("readings", [])
    return [Row(Text("unless", "除非"), _reading_words(reading), literal=False) for reading in readings]


def finding_rows(finding: FindingEntry) -> list[Row]:
    """Expected, observed, where and in which purpose."""
    zh, place = finding["zh"], place_words(finding["pointer"], finding["exchange"], finding["purpose"])
    exchange = Text(finding["exchange"], finding["exchange"])
    if of_the_run(finding["purpose"]):
        exchange = Text(f"for example {exchange.en}", f"例如 {exchange.zh}")
    where = [exchange] if finding["exchange"] else []
    purpose = ", ".join(part for part in (finding["purpose"], finding["fault"]) if part)
    return [
        Row(Text("expected", "预期"), Text(finding["expected"], zh["expected"])),
        Row(Text("observed", "实际"), Text(finding["observed"], zh["observed"])),
        Row(Text("where", "位置"), joined([place, *where]), literal=bool(finding["pointer"] or finding["exchange"])),
        Row(Text("in", "目的"), Text(purpose, purpose)),
    ]


def purpose_blocks(purpose: PurposeEntry, broken: Sequence[PurposeFinding], language: str) -> Iterator[str]:
    """Findings of a purpose as plain text, a block each, and what it left unproven with its reason."""
    for finding in broken:
        yield finding_block(finding["requirement"], finding, language)
    for unproven, reason in purpose.get("reasons", {}).items():
        why = Text(f"not proven: {reason['en']}", f"未证实：{reason['zh']}").in_language(language)
        yield f"{unproven}\n  {why}"


def finding_block(title: str, finding: FindingEntry, language: str, more: Sequence[Row] = ()) -> str:
    """A finding as lines of plain text below a title, for where nothing but text can stand; `more` rows follow."""
    rows = [*finding_rows(finding), *more]
    if finding["curl"]:
        rows.append(Row(Text("again", "复现"), Text(finding["curl"], finding["curl"])))
    colon = Text(": ", "：").in_language(language)
    lines = [f"  {name.in_language(language)}{colon}{value.in_language(language)}" for name, value, _ in rows]
    return "\n".join([title, *lines])


# Recognition.


_TOLD = 5
"""Confusions and fields that are told; the report has them all."""


def share_in_words(share: Share | None) -> str:
    """`0.950 (0.881 ... 0.981)`; a dash where there was nothing to count."""
    return f"{share['value']:.3f} ({share['low']:.3f} ... {share['high']:.3f})" if share is not None else "-"


def fields_in_words(entry: RecognitionEntry) -> Text | None:
    """How the fields of a type were read, in one line; None where none are stated, or no document was recognised."""
    share, rate = entry.get("fields_share"), entry.get("error_rate")
    if share is None:
        return None
    read = share_in_words(share)
    return Text(
        f"fields {read}, character errors {share_in_words(rate)}", f"字段 {read}，字符错误率 {share_in_words(rate)}"
    )


def notes_of(report: Report, contract: str) -> list[Text]:
    """What is worst on pictures of the user's own: types taken for others, degradations, fields that are misread."""
    notes: list[Text] = []
    cells = [
        cell
        for cell in report.get("confusion", [])
        if _own(cell, contract) and cell["type"] and cell["answered"] not in (None, cell["type"])
    ]
    worst = sorted(cells, key=lambda cell: -cell["count"])[:_TOLD]
    if worst:
        said = ", ".join(f"{cell['type']} as {cell['answered']} {cell['count']}" for cell in worst)
        told = "，".join(f"{cell['type']} 误作 {cell['answered']} {cell['count']} 次" for cell in worst)
        notes.append(Text(f"taken for others: {said}", f"类型误判：{told}"))
    kinds = [entry for entry in report.get("degradations", []) if _own(entry, contract) and entry["whole"]]
    if kinds:
        shares = [(entry["kind"], share_value(entry["recall"]), entry["documents"]) for entry in kinds]
        said = ", ".join(f"{kind} {share} (of {count})" for kind, share, count in shares)
        told = "，".join(f"{kind} {share}（{count} 张）" for kind, share, count in shares)
        notes.append(Text(f"recall by degradation: {said}", f"各类劣化下的召回率：{told}"))
    fields = [
        (f"{entry['type']}.{field['name']}", field["right"], field["stated"])
        for entry in report.get("recognition", [])
        if _own(entry, contract)
        for field in entry.get("by_field", [])
        if field["right"] < field["stated"]
    ]
    least = sorted(fields, key=lambda field: (field[1] / field[2], field[0]))[:_TOLD]
    if least:
        said, told = (comma.join(f"{name} {right}/{stated}" for name, right, stated in least) for comma in (", ", "，"))
        notes.append(Text(f"least read: {said}", f"读取最差的字段：{told}"))
    return notes


def _own(entry: RecognitionEntry | Confusion | DegradationEntry, contract: str) -> bool:
    return entry["contract"] == contract and entry["pictures"] == "own"


def share_value(share: Share | None) -> str:
    """Without its interval."""
    return f"{share['value']:.3f}" if share is not None else "-"


def recognition_line(report: Report) -> Text | None:
    """The verdict of recognition in one line: its limits, recall and precision over all types, what is never read.

    None for the report of an earlier kit.
    """
    verdict = report.get("recognition_verdict")
    if verdict is None:
        return None
    word, parts = RECOGNITION_VERDICTS[verdict], _overall(report)
    types = list(dict.fromkeys(entry["type"] for entry in report.get("not_read", [])))
    if types:
        parts.append(Text(f"not read: {', '.join(types)}", f"未能识别：{'、'.join(types)}"))
    en, zh = "; ".join(part.en for part in parts), "；".join(part.zh for part in parts)
    return Text(f"Recognition: {word.en}{f'; {en}' if en else ''}", f"识别效果：{word.zh}{f'；{zh}' if zh else ''}")


def _overall(report: Report) -> list[Text]:
    """Recall and precision over all types, by contract and whose pictures."""
    parts, entries = [], report.get("recognition", [])
    for contract, pictures in dict.fromkeys((entry["contract"], entry["pictures"]) for entry in entries):
        of = [entry for entry in entries if (entry["contract"], entry["pictures"]) == (contract, pictures)]
        right = sum(entry["right"] for entry in of)
        recall = _ratio(right, sum(entry["documents"] for entry in of))
        precision = _ratio(right, sum(entry["recognised"] for entry in of))
        where = PICTURES[pictures]
        parts.append(
            Text(
                f"{contract}, {where.en}: recall {recall}, precision {precision}",
                f"{contract}，{where.zh}：召回率 {recall}，精确率 {precision}",
            )
        )
    return parts


def _ratio(hits: int, trials: int) -> str:
    return f"{hits / trials:.3f} ({hits}/{trials})" if trials else "-"


# Makes text that a target sent harmless to look at: nothing in it can move a cursor, turn text round, or hide.


_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters other than tab and line feed, invisible and direction-changing format characters, surrogates."""

_LONG_RUN = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}")
"""More combining marks on one letter than any language writes: they would paint over the lines around it."""


def visible(text: str) -> str:
    """`text` with every character that acts instead of showing written as an escape such as `\\u001b`; lines stay."""
    return _LONG_RUN.sub(_escape_all, _HIDDEN.sub(_escape_all, text))


def one_line(text: str, limit: int | None = None) -> str:
    """`visible` text with line feeds and tabs as spaces, cut after `limit` characters."""
    line = visible(text).replace("\n", " ").replace("\t", " ")
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def _escape_all(found: re.Match[str]) -> str:
    return "".join(
        f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
        for character in found.group()
    )
