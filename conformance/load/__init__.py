"""Correctness and speed under load: what was seen of each step, held against limits, as data and in words.

`users` is what is sent and who sends it: Locust's users, its steps, its masters and workers. Importing it needs the
extra `load` and patches the process for gevent: `ocr-conformance load` does that before anything of a target is
loaded. So nothing here imports more than words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from conformance import __version__
from conformance.text import Text, plain, said_of

if TYPE_CHECKING:
    from conformance.statement.terms import LoadLimit


Verdict: TypeAlias = Literal["met", "not-met", "inconclusive"]

PERCENTILES = (50.0, 90.0, 99.0, 99.9)
_FINE = 100
"""Steps of latency in a factor of e: a percentile is right within 1 %."""

_NEEDED = 10
"""Answers beyond a percentile that it takes to speak of it."""


@dataclass(slots=True)
class Tally:
    """One step of load and one contract: how much was sent, answered, refused as it has to be, and wrong.

    `slots` counts answers by the logarithm of their time; `errors` counts what is no judged answer (`timeout`,
    `status 503`, ...); `wrong` counts broken requirements of level must by id, `examples` keeps one observation of
    each.
    """

    users: int
    contract: str
    sent: int = 0
    right: int = 0
    billed: int = 0
    seconds: float = 0.0
    slots: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def answered(self, elapsed_s: float) -> None:
        """Count the time of an answer."""
        self.slots[round(_FINE * math.log(max(elapsed_s, 1e-6)))] += 1

    def percentile_ms(self, percent: float) -> float | None:
        """Milliseconds within which so many percent were answered; None where too few were."""
        total = self.slots.total()
        if total * (100 - percent) / 100 < _NEEDED and percent > PERCENTILES[0]:
            return None
        wanted, seen = math.ceil(total * percent / 100), 0
        for slot in sorted(self.slots):
            seen += self.slots[slot]
            if seen >= wanted:
                return 1000 * math.exp(slot / _FINE)
        return None

    @property
    def error_share(self) -> float:
        """Of what was sent, the share without a right answer for reasons of load: errors and wrong answers."""
        return (self.errors.total() + self.wrong_answers) / self.sent if self.sent else 0.0

    @property
    def wrong_answers(self) -> int:
        """Answers that broke something, each once."""
        return self.sent - self.right - self.errors.total()

    def add(self, other: Tally) -> None:
        """Take in the counts of another worker."""
        self.sent += other.sent
        self.right += other.right
        self.billed += other.billed
        self.seconds = max(self.seconds, other.seconds)
        self.slots.update(other.slots)
        self.errors.update(other.errors)
        self.wrong.update(other.wrong)
        self.examples = {**other.examples, **self.examples}

    def as_json(self) -> dict[str, Any]:
        """The counts, for another process."""
        return {
            "users": self.users,
            "contract": self.contract,
            "sent": self.sent,
            "right": self.right,
            "billed": self.billed,
            "seconds": self.seconds,
            "slots": {str(slot): count for slot, count in self.slots.items()},
            "errors": dict(self.errors),
            "wrong": dict(self.wrong),
            "examples": self.examples,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Tally:
        """The inverse of `as_json`."""
        return cls(
            told["users"],
            told["contract"],
            told["sent"],
            told["right"],
            told["billed"],
            told["seconds"],
            Counter({int(slot): count for slot, count in told["slots"].items()}),
            Counter(told["errors"]),
            Counter(told["wrong"]),
            dict(told["examples"]),
        )


def together(tallies: Iterable[Tally]) -> list[Tally]:
    """One tally for each step and contract, in the order of the steps."""
    found: dict[tuple[int, str], Tally] = {}
    for tally in tallies:
        found.setdefault((tally.users, tally.contract), Tally(tally.users, tally.contract)).add(tally)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a limit of the target statement came to."""

    limit: LoadLimit
    verdict: Verdict
    observed: Text


def judged(limits: Sequence[LoadLimit], tallies: Sequence[Tally]) -> list[Judged]:
    """Each limit against the steps with at least its users, of its contract or of all."""
    return [_judged(limit, tallies) for limit in limits]


def _judged(limit: LoadLimit, tallies: Sequence[Tally]) -> Judged:
    concerned = [t for t in tallies if t.users >= limit.users and limit.contract in (None, t.contract) and t.sent]
    if not concerned:
        return Judged(
            limit, "inconclusive", Text(f"no step of {limit.users} users", f"没有 {limit.users} 个用户的阶段")
        )
    step = min(t.users for t in concerned)
    found = (_judged_at_step(limit, tally) for tally in concerned if tally.users == step)
    return max(found, key=lambda one: ("met", "inconclusive", "not-met").index(one.verdict))


def _judged_at_step(limit: LoadLimit, tally: Tally) -> Judged:
    time, share = tally.percentile_ms(limit.percentile), tally.error_share
    if time is None:
        verdict: Verdict = "inconclusive"
    else:
        verdict = "met" if time <= limit.limit_ms and share <= limit.errors else "not-met"
    users, shown = tally.users, "-" if time is None else f"{time:.0f}"
    observed = Text(
        f"{tally.contract} at {users} users: {limit.percentile:g} % within {shown} ms, {100 * share:.2f} % errors",
        f"{tally.contract}，{users} 个用户：{limit.percentile:g} % 在 {shown} 毫秒内，错误 {100 * share:.2f} %",
    )
    return Judged(limit, verdict, observed)


def breaking_point(tallies: Sequence[Tally]) -> int | None:
    """The smallest step at which more than one answer in a hundred was an error or wrong; None where none was."""
    return min((t.users for t in tallies if t.error_share > 0.01), default=None)


# The whole load: as data (`load.json`, `schemas/load.schema.json`), and in lines for a terminal.


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
    lines = [said_of(verdict, plain(document["target"])).in_language(language)]
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
