"""What a load came to: as data (`load.json`, `schemas/load.schema.json`) and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from conformance import __version__
from conformance.load.tally import PERCENTILES, breaking_point, judged
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.load.tally import Tally
    from conformance.statement.loads import LoadLimit


def load_document(
    target: str, tallies: Sequence[Tally], limits: Sequence[LoadLimit], stop_reason: str | None
) -> dict[str, Any]:
    """The whole load as JSON. The verdict is `not-met` where an answer was wrong or a limit was not met."""
    verdicts = judged(limits, tallies)
    wrong = sum(tally.wrong_answers for tally in tallies)
    right = sum(tally.right for tally in tallies)
    if wrong or any(one.verdict == "not-met" for one in verdicts):
        verdict = "not-met"
    elif stop_reason is not None or not right or any(one.verdict == "inconclusive" for one in verdicts):
        verdict = "inconclusive"
    else:
        verdict = "met"
    return {
        "kit_version": __version__,
        "target": target,
        "verdict": verdict,
        "stop_reason": stop_reason,
        "breaking_point": breaking_point(tallies),
        "steps": [_step(tally) for tally in tallies],
        "limits": [
            {
                "users": one.limit.users,
                "contract": one.limit.contract,
                "percentile": one.limit.percentile,
                "limit_ms": one.limit.limit_ms,
                "errors": one.limit.errors,
                "verdict": one.verdict,
                "observed": {"en": one.observed.en, "zh": one.observed.zh},
            }
            for one in verdicts
        ],
    }


def _step(tally: Tally) -> dict[str, Any]:
    return {
        "users": tally.users,
        "contract": tally.contract,
        "seconds": round(tally.seconds, 1),
        "sent": tally.sent,
        "right": tally.right,
        "wrong_answers": tally.wrong_answers,
        "billed": tally.billed,
        "per_second": round(tally.sent / tally.seconds, 1) if tally.seconds else None,
        "latency_ms": {
            f"p{percent:g}": None if (time := tally.percentile_ms(percent)) is None else round(time, 1)
            for percent in PERCENTILES
        },
        "errors": dict(tally.errors.most_common()),
        "wrong": [
            {"requirement": name, "answers": count, "example": tally.examples.get(name, "")}
            for name, count in tally.wrong.most_common()
        ],
    }


def load_text(document: dict[str, Any], language: str) -> str:
    """The load in lines."""
    verdict = {
        "met": Text("RIGHT UNDER LOAD", "负载下正确"),
        "not-met": Text("NOT RIGHT UNDER LOAD", "负载下不正确"),
        "inconclusive": Text("INCONCLUSIVE", "无法判定"),
    }[document["verdict"]]
    lines = [f"{verdict.in_language(language)}: {document['target']}"]
    for step in document["steps"]:
        times = ", ".join(
            f"{name} {'-' if time is None else f'{time:.0f} ms'}" for name, time in step["latency_ms"].items()
        )
        errors = sum(step["errors"].values())
        words = Text(
            f"{step['contract']}, {step['users']} users: {step['sent']} requests, {step['per_second']}/s; {times}; "
            f"{step['wrong_answers']} wrong, {errors} errors",
            f"{step['contract']}，{step['users']} 个用户：{step['sent']} 个请求，{step['per_second']}/秒；{times}；"
            f"错误响应 {step['wrong_answers']}，无响应 {errors}",
        )
        lines.append(f"  {words.in_language(language)}")
        lines += [f"    {name}: {count}" for name, count in step["errors"].items()]
        lines += [f"    {one['requirement']}: {one['answers']} ({one['example']})" for one in step["wrong"]]
    for limit in document["limits"]:
        met = {
            "met": Text("met", "满足"),
            "not-met": Text("not met", "未满足"),
            "inconclusive": Text("cannot be told", "无法判定"),
        }[limit["verdict"]]
        asked = Text(
            f"limit: from {limit['users']} users {limit['percentile']:g} % within {limit['limit_ms']:g} ms, "
            f"{100 * limit['errors']:g} % errors",
            f"限值：{limit['users']} 个用户起，{limit['percentile']:g} % 在 {limit['limit_ms']:g} 毫秒内，"
            f"错误 {100 * limit['errors']:g} %",
        )
        lines.append(f"  {asked.in_language(language)}: {met.in_language(language)} ({limit['observed'][language]})")
    if document["breaking_point"] is not None:
        words = Text(
            f"breaks at {document['breaking_point']} users: more than 1 % without a right answer",
            f"在 {document['breaking_point']} 个用户时失效：超过 1 % 的请求没有得到正确响应",
        )
        lines.append(f"  {words.in_language(language)}")
    if document["stop_reason"] is not None:
        words = Text(f"stopped: {document['stop_reason']}", f"已停止：{document['stop_reason']}")
        lines.append(f"  {words.in_language(language)}")
    return "\n".join(lines)
