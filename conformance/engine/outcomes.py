"""What the answers to the requests of a purpose mean: for what is asked next, for its result, for what stays open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from conformance.contract.requirements import MEASURED
from conformance.engine.account import PurposeResult
from conformance.engine.purposes import MOST_PICTURES, OwnPicture, Purpose
from conformance.engine.sight import Answers
from conformance.exchange import Exchange
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Level, Requirement
    from conformance.engine.account import Account, Finding
    from conformance.engine.ledger import Ledger
    from conformance.engine.recognised import Unit
    from conformance.engine.scripts import Planned
    from conformance.exchange import Response, TransportFailure
    from conformance.judging.expect import Expectation
    from conformance.judging.results import Observation


INTERRUPTED = Text(
    "outcome unknown: an earlier run was interrupted while it was sent, and it may have been billed",
    "结果未知：先前的运行在发送期间被中断，可能已计费",
)

NOTHING = Text("nothing decided it", "没有可据以判定的响应")
HUNG = Text(
    "the rest of this purpose was not sent: so many answers did not come in time",
    "本测试目的的其余请求未发送：已有多个请求未在时限内得到响应",
)


class Seen(NamedTuple):
    """What one exchange showed."""

    findings: list[Finding]
    observed: list[Observation]


class Known(NamedTuple):
    """The answer to a valid request, what is expected of it, and what it showed."""

    id: str
    answer: Response | TransportFailure
    expectation: Expectation
    observations: list[Observation]

    def view(self, planned: Planned, contract: Contract, control: View | None) -> View:
        """The exchange of an equal request, which is not sent for it."""
        return View(Exchange(planned.request, self.answer, self.id), contract, control, self.expectation)


class Answered:
    """Valid requests of a run whose answers found everything and broke nothing that would fail the run: an equal one of
    another purpose need not be sent again. One that was missed or refused is asked anew, as it was before.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}

    def of(self, planned: Planned, attempt: int) -> Known | None:
        """What stands for a request; None for one to be sent. A purpose that is run again asks for itself."""
        return self._known.get(planned.request.sent_sum()) if planned.shared and attempt == 1 else None

    def keep(self, planned: Planned, view: View, seen: Seen, *, failed: bool) -> None:
        """Remember an answer, without its request, unless it missed something or broke what fails the run."""
        if failed or not planned.lends or not view.accepted:
            return
        own = planned.relation.requirement if planned.relation is not None else None
        observed = [o for o in seen.observed if o.requirement.partition("/")[2] != own]
        known = Known(view.exchange.id, view.exchange.answer, view.expectation, observed)
        self._known.setdefault(planned.request.sent_sum(), known)


class Remembered:
    """Enters the results of purposes into a ledger: under pytest a failed item may run again, and the last one counts.

    Of a set of pictures no bodies are kept, and few findings where very many pictures broke something.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._broken_pictures = 0

    def enter(self, ledger: Ledger, result: PurposeResult) -> None:
        """Enter a result in the place of an earlier one of the same purpose."""
        purpose = result.purpose
        if purpose.id in self._ids:
            ledger.results = [kept for kept in ledger.results if kept.purpose.id != purpose.id]
        self._ids.add(purpose.id)
        if isinstance(purpose.control, OwnPicture):
            self._broken_pictures += bool(result.findings)
            result = result.lean(None if self._broken_pictures <= MOST_PICTURES else 1)
        ledger.results.append(result)


def _unread(view: View) -> bool:
    """Whether a valid request shows readable documents, and its answer found none of them."""
    if not view.readable_documents or view.exchange.request.label is not None or view.accepted:
        return False
    return view.expectation.decision != "reject" and (view.kind == "success" or view.nothing_found)


def answers_to(ledger: Ledger, contract: Contract) -> Answers:
    """What becomes of the requests of a purpose of a contract, before the first one."""
    return Answers(
        ledger.sight,
        lacks=lambda aims: any(ledger.lacks(f"{contract.id}/{aim}") for aim in aims),
        settled=lambda name: ledger.broken(f"{contract.id}/{name}"),
        wanting=lambda name: ledger.habits.wanting(contract.id, name),
        promising=lambda name: (
            ledger.habits.promising(contract.id, name) or ledger.every_time_so_far(f"{contract.id}/{name}")
        ),
        pursued=lambda name, *of: ledger.habits.pursued(contract.id, name, *of),
    )


def tell(
    answers: Answers, ledger: Ledger, view: View, units: Sequence[Unit], observations: Sequence[Observation]
) -> None:
    """Say what became of a request, once it is judged and entered."""
    slips = [o.requirement for o in observations if o.slip and not ledger.broken(o.requirement)]
    answers.unread = _unread(view)
    answers.missed = frozenset(unit.document for unit in units if unit.missed or unit.misread)
    answers.conditions = frozenset[str]().union(*(unit.conditions for unit in units))
    answers.doubts = frozenset(name.partition("/")[2] for name in slips if name in ledger.accounts)
    answers.open = any(ledger.lacks(o.requirement) for o in observations if o.state == "undecided" or o.slip)


def failing(ledger: Ledger, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that fail a run."""
    return [f for f in findings if ledger.fails(ledger.accounts[f.observation.requirement].requirement)]


def result_of(
    ledger: Ledger,
    purpose: Purpose,
    contract: Contract,
    findings: Sequence[Finding],
    observed: Sequence[Observation],
    *,
    hung: bool = False,
) -> PurposeResult:
    """What became of a purpose; `hung` says that the rest of it was not sent."""
    failures = failing(ledger, findings)
    warnings = [f for f in findings if f not in failures and _level_of(ledger, f) == "should"]
    unproven = _unproven_of(ledger, purpose, contract, observed, ledger.stop_text or (HUNG if hung else NOTHING))
    return PurposeResult(purpose, tuple(findings), tuple(failures), tuple(warnings), unproven, 0.0, 0)


def measure(ledger: Ledger, contract: Contract) -> PurposeResult | None:
    """Decide the limits that the target statement sets on the whole run; enters and returns what became of them, None
    where it sets none.
    """
    ledger.excuse(contract)
    observed, findings = ledger.measure(contract, f"{contract.id}/{MEASURED}")
    if not observed:
        return None
    aims = tuple(observation.requirement.partition("/")[2] for observation in observed)
    title = Text("What the target statement limits, over the whole run.", "被测系统声明对整个运行设定的限值。")
    purpose = Purpose(contract.id, MEASURED, title, "smoke", None, (), aims)
    result = result_of(ledger, purpose, contract, findings, observed)
    ledger.results.append(result)
    return result


def forgive(ledger: Ledger) -> None:
    """Leave out of the results of a whole run what a purpose could not prove, and one after it did.

    What was not sent because answers hung stays.
    """
    if ledger.stop_reason is not None:
        return
    for at, result in enumerate(ledger.results):
        kept = [(r, why) for r, why in result.unproven if why is HUNG or ledger.accounts[r.id].verdict != "pass"]
        ledger.results[at] = replace(result, unproven=tuple(kept))


def _level_of(ledger: Ledger, finding: Finding) -> Level:
    return ledger.accounts[finding.observation.requirement].requirement.level


def _unproven_of(
    ledger: Ledger, purpose: Purpose, contract: Contract, observed: Sequence[Observation], missing: Text
) -> tuple[tuple[Requirement, Text], ...]:
    """What a purpose aims at of level must and did not prove, each with the reason; `missing` where nothing tells it.

    What is not applicable to the target is left out, and so is what cannot be proven on it, and what another purpose
    had proven where all of this one was sent: an engine may miss what is on its pictures.
    """
    decided = {observation.requirement for observation in observed if observation.state in ("held", "broken")}
    reasons = {o.requirement: o.observed for o in observed if o.state == "undecided"}
    return tuple(
        (requirement, reasons.get(requirement.id, missing))
        for requirement in (contract.requirements[aim] for aim in purpose.aims)
        if requirement.level == "must"
        and requirement.id not in ledger.excuses.unprovable
        and requirement.id not in decided
        and ledger.speaks_of(requirement.id)
        and ledger.accounts[requirement.id].verdict != "not-applicable"
        and not (missing is NOTHING and ledger.accounts[requirement.id].verdict == "pass")
    )


_PLACES = {
    "alarm.raised": "/result/alarm_result/*",
    "alarm.score": "/result/alarm_confidence/*",
    "alarm.silent": "/result/alarm_result/*",
    "content": "/result/*/content/*",
    "document": "/result/*",
    "document.location": "/result/location/*",
    "failed-ticket": "/result/*/*",
    "ticket": "/result/*/*",
    "ticket.location": "/result/*/location/*",
    "ticket.status": "/result/*/status/*",
}
"""What requirements that own no keyword of a schema look at, by how their names begin, as JSON Pointers with `*`."""

_OF_ANSWERS = ("alarm", "content", "document", "failed-ticket", "success", "ticket")
"""How the names of requirements begin that only an accepted request shows."""


def why_open(ledger: Ledger, account: Account) -> Text | None:
    """Why a requirement is not proven or not applicable; None for one that is proven or broken.

    What an answer said of it; else what it hangs on: a broken requirement of something that holds it, one of which it
    is a part, a control that was never read; or that nothing was asked.
    """
    requirement = account.requirement
    contract_id, _, name = requirement.id.partition("/")
    if account.verdict == "not-applicable":
        return account.excused or _why_not_applicable(requirement)
    if account.verdict != "inconclusive":
        return None
    told = account.unprovable or account.undecided
    if told is not None:
        return told
    holder = _broken_holder(ledger, account)
    if holder is not None:
        return Text(f"hangs on {holder}, which is broken", f"取决于 {holder}，而该要求未通过")
    if ledger.stop_text is not None:
        stopped = ledger.stop_text
        return Text(f"not asked, the run stopped: {stopped.en}", f"未发送相应请求，运行已停止：{stopped.zh}")
    shown = [n for (of, _), n in ledger.sight.recognised.items() if of == contract_id]
    if shown and not any(shown) and name.startswith(_OF_ANSWERS):
        return Text("the control was never read: no specimen was recognised", "对照从未被识别：没有识别出任何样张")
    if not ledger.accepted and name.startswith(_OF_ANSWERS):
        return Text("no request was accepted", "没有请求被接受")
    refusal = next((of for of in _longer(name) if f"{contract_id}/{of}" in ledger.accounts), None)
    if requirement.check in ("code", "credentials-status") and refusal is not None:
        return Text(f"hangs on {refusal}, which is not proven either", f"取决于 {refusal}，而该要求也未证实")
    asked = any(result.purpose.contract_id == contract_id and name in result.purpose.aims for result in ledger.results)
    return (
        NOTHING
        if asked
        else Text("not asked, and no answer of this run shows it", "未发送相应请求，本次测试的响应也未涉及")
    )


def _longer(name: str) -> Iterator[str]:
    """What a name begins with, the longest first: `side.min`, `side` of `side.min.code`."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _why_not_applicable(requirement: Requirement) -> Text:
    if requirement.where_seen:
        return Text("no answer has what it speaks of", "没有响应含有其所述内容")
    return Text(f"not declared: {requirement.needs}", f"未声明：{requirement.needs}")


def _broken_holder(ledger: Ledger, account: Account) -> str | None:
    """The broken requirement whose finding stands nearest above what this one looks at, by its name."""
    contract_id, _, name = account.requirement.id.partition("/")
    places = [f"{each.at}/{each.member}" if each.member else each.at for each in account.requirement.keywords]
    begins = max((start for start in _PLACES if f"{name}.".startswith(f"{start}.")), key=len, default=None)
    places = places or ([_PLACES[begins]] if begins is not None else [])
    found: list[tuple[int, str]] = []
    for other in ledger.accounts.values():
        if not other.requirement.id.startswith(f"{contract_id}/") or other.verdict != "fail":
            continue
        for finding in other.findings:
            steps = ["*" if step.isdigit() else step for step in finding.observation.pointer.split("/")]
            if len(steps) > 1 and any(_holds(steps, place.split("/")) for place in places):
                found.append((len(steps), other.requirement.name))
    return max(found, default=(0, None))[1]


def _holds(above: Sequence[str], place: Sequence[str]) -> bool:
    """Whether a place of an answer is an object or list that another place is within."""
    return len(above) < len(place) and all(
        one in (other, "*") or other == "*" for one, other in zip(above, place, strict=False)
    )
