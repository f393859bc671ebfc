"""Whether the target is there to answer: overloaded, so that a run waits and asks again; hanging; or gone.

*Overloaded.* Retry-After is honoured (HTTP 429 and 503; RFC 9110, section 10.2.3); so are APIG.0308 and ModelArts.4401,
which state no time. A 503 without Retry-After is an answer: the documents say not to repeat it. Only the last answer is
judged.

*Gone.* A gateway answers 502, 503 or 504 for a service that is down, and closes or refuses connections; a token that
expires is refused as if it had never been good. Such an answer may also be the service's own, to this one request. The
difference is learnt by asking something else: an empty object, which costs nothing, and where that decides nothing a
request that was accepted before. Only where these are not answered either, the service is gone, and the answer judges
nobody.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.exchange import NOT_CONNECTED, Request, TransportFailure
from conformance.judging.envelope import GATEWAY_FAULTS
from conformance.judging.results import failure_words
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.judging.view import View

# A target that asks to be called again later.

PATIENT_S = 90.0
"""Enough for the gateway's window, which the text of APIG.0308 gives as one minute."""

_SECONDS = re.compile(r"[0-9]{1,9}")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Patience:
    """Waits for one request `total_s` seconds in all, at first `first_s`, then twice as long each time; 0 is none.

    Where a request used all of it up, further ones wait for nothing until the target answers one again: a run against a
    target that is always overloaded ends. `now` is the time in UTC, for a Retry-After that is a date.
    """

    total_s: float = 0.0
    first_s: float = 1.0
    now: Callable[[], datetime] = _utc_now
    _waited_s: float = field(default=0.0, init=False)
    _next_s: float = field(default=0.0, init=False)
    _used_up: bool = field(default=False, init=False)

    def wait_s(self, view: View) -> float | None:
        """Seconds until the request is to be sent again, None where its answer stands."""
        if not view.throttled or view.response is None:
            self._start_over(used_up=False)
            return None
        asked = seconds_of(view.response.header("Retry-After"), self.now)
        self._next_s = max(self.first_s, 2 * self._next_s)
        wait = max(self._next_s, asked or 0.0)
        if self._used_up or self._waited_s + wait > self.total_s:
            self._start_over(used_up=True)
            return None
        self._waited_s += wait
        return wait

    def _start_over(self, *, used_up: bool) -> None:
        self._used_up = used_up
        self._waited_s = self._next_s = 0.0


def seconds_of(retry_after: str | None, now: Callable[[], datetime]) -> float | None:
    """Seconds that a Retry-After asks for, which is a number or a date; None where it is neither."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text) if _SECONDS.fullmatch(text) else math.inf
    moment = date_of(text)
    return max(0.0, (moment - now()).total_seconds()) if moment is not None else None


def date_of(value: str | None) -> datetime | None:
    """A date of HTTP in UTC where it names no other zone; None for what cannot be read as one."""
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)


# Answers that do not come.

_KNOWN_AFTER = 2
"""Hung answers in one purpose after which it is known that the target hangs there."""

_LONG_ENOUGH_S = 36.0
"""Seconds waited in one purpose where the target is known to hang, after which the rest of it is not asked."""

_SLOWER, _AT_LEAST_S = 10.0, 3.0


@dataclass(slots=True)
class Hangs:
    """How long the answer to a request is waited for, where the target has hung before.

    An answer hangs that does not come within the deadline. After two in a purpose the rest of it, and what has the same
    kind of fault in other purposes, waits ten times as long as the slowest answer of this target took, 3 s at least.
    """

    slowest_s: float = field(default=0.0, init=False)
    _waited_s: float = field(default=0.0, init=False)
    _here: int = field(default=0, init=False)
    _kinds: set[str] = field(default_factory=set, init=False)
    _hung_kinds: set[str] = field(default_factory=set, init=False)

    def begin(self) -> None:
        """Another purpose begins."""
        self._here, self._waited_s = 0, 0.0
        self._kinds.clear()

    def again(self) -> None:
        """The purpose is run again: what hung in it is not waited for as long a second time."""
        self._hung_kinds |= self._kinds

    @property
    def known(self) -> bool:
        """Whether so many answers hung in this purpose that nothing is learnt by running it again."""
        return self._here >= _KNOWN_AFTER

    @property
    def enough(self) -> bool:
        """Whether answers were waited for so long in this purpose that the rest is not asked."""
        return self._waited_s >= _LONG_ENOUGH_S

    @property
    def short_s(self) -> float:
        """Seconds that are waited for an answer where the target is known to hang."""
        return round(max(_AT_LEAST_S, _SLOWER * self.slowest_s), 1)

    def deadline_s(self, request: Request) -> float | None:
        """Seconds for this request; None for those of any request."""
        return self.short_s if self.known or _kind_of(request) in self._hung_kinds else None

    def saw(self, view: View) -> None:
        """Learn from an answer, or from its absence."""
        answer = view.exchange.answer
        if not isinstance(answer, TransportFailure):
            self.slowest_s = max(self.slowest_s, answer.elapsed_s)
        elif answer.kind == "timeout":
            if self.deadline_s(view.exchange.request) is not None:
                self._waited_s += self.short_s
            self._here += 1
            self._kinds |= {_kind_of(view.exchange.request)} - {""}
            if self.known:
                self._hung_kinds |= self._kinds


def _kind_of(request: Request) -> str:
    """What the faults of one kind have in common: `body` of `body.not-json`; empty for a valid request."""
    return request.label.fault.partition(".")[0] if request.label is not None else ""


# Whether the service is gone, or an answer its own.

StopReason: TypeAlias = Literal["unreachable", "target-lost", "credentials-expired"]
UNREACHED: StopReason = "unreachable"
"""Nothing was learnt: the service never answered."""

GONE: frozenset[str] = frozenset({UNREACHED, "target-lost"})
"""Reasons for which a run that broke nothing ends with 4."""

Found: TypeAlias = Literal["here", "back"]
"""`here`: the answer is the service's own. `back`: it was away, and answers again."""

_Doubt: TypeAlias = Literal["gateway", "closed", "silent", "unconnected", "credentials"]

DOWN = frozenset({502, 503, 504})
"""Statuses that a gateway answers where the service behind it does not (RFC 9110, sections 15.6.3 to 15.6.5)."""

_OF_SERVERS = 500
_REFUSED = frozenset({401, 403})
_GATEWAY = Text("a gateway answers, the service behind it does not", "网关有响应，其后的服务没有响应")
_SOMEBODY = Text(
    "whatever is asked, the answer is in no form of the service: a gateway whose service is down, or one that fails at "
    "everything",
    "无论请求什么，响应均不是该服务的形式：可能是网关之后的服务未运行，或服务对所有请求都出错",
)
_PAUSES_S = (0.0, 1.0, 2.0)
"""Seconds before each round of asking: a service that is restarted may be back by then."""

_COSTLY = 3
"""How often a request that was accepted is sent again at most: each time it may be billed."""


class GoneError(Exception):
    """The service does not answer any more, or not to these credentials; says for which reason the run ends."""

    def __init__(self, reason: StopReason, words: Text) -> None:
        super().__init__(words.en)
        self.reason: StopReason = reason
        self.words = words


@dataclass(slots=True)
class Presence:
    """Remembers what the target answered, and asks it again in case of doubt.

    `ask` sends a request that no purpose asks for and reads its answer; `pause` lets no request go for so many seconds.
    """

    name: str
    ask: Callable[[Request, Contract], View]
    pause: Callable[[float], None]
    served: bool = field(default=False, init=False)
    _accepted: tuple[Request, Contract] | None = field(default=None, init=False)
    _costly_left: int = field(default=_COSTLY, init=False)

    def never_seen(self, view: View) -> bool:
        """Whether a gateway answers and no service ever did: then it is no use to wait as long as the gateway says."""
        return not self.served and _doubt(view, accepted=False) == "gateway"

    def look(self, view: View) -> Found:
        """Whether an answer is the service's own. Raises GoneError, and LimitReachedError where asking reaches a limit.

        Asks nothing for an answer that only the service can have given.
        """
        doubt = _doubt(view, accepted=self._accepted is not None)
        if doubt is None:
            if not self.served and _broke_off(view):
                self._check_for_gateway(view)
            self._remember(view)
            return "here"
        if self._accepted is not None and not self._costly_left:
            return "here"  # this target was asked often enough: it answers some requests so
        for pause_s in _PAUSES_S if self.served and doubt != "credentials" else _PAUSES_S[:1]:
            if pause_s:
                self.pause(pause_s)
            if self._answers(view, doubt):
                self.served = True
                return "back" if pause_s else "here"
        raise self._gone(view, doubt)

    def _check_for_gateway(self, view: View) -> None:
        """Raises GoneError where an answer that broke off is of a gateway, whose page comes whole to a request without
        a body: some answer before they have read it, and what is left unread ends the connection.
        """
        told = self.ask(_bare(view.contract), view.contract)
        if _doubt(told, accepted=False) == "gateway":
            raise self._gone(told, "gateway")

    def _remember(self, view: View) -> None:
        """Keep the smallest request that was accepted."""
        self.served = True
        request = view.exchange.request
        if not view.accepted or request.auth != "valid" or request.pictures or request.stated is not None:
            return
        if self._accepted is None or len(request.body) < len(self._accepted[0].body):
            self._accepted = request, view.contract

    def _answers(self, view: View, doubt: _Doubt) -> bool:
        """Whether anything is answered by the service; `credentials` are good where a request is accepted again."""
        free = empty_object(view.contract), _bare(view.contract)
        if doubt != "credentials":
            for request in free[:1] if doubt == "silent" else free:
                if _doubt(self.ask(request, view.contract), accepted=False) is None:
                    return True
        if self._accepted is None:
            return False
        if not self._costly_left:
            return True
        self._costly_left -= 1
        return _doubt(self.ask(*self._accepted), accepted=True) is None

    def _gone(self, view: View, doubt: _Doubt) -> GoneError:
        answer = view.exchange.answer
        if doubt == "credentials":
            words = view.answer_in_words
            return GoneError(
                "credentials-expired",
                Text(
                    f"credentials that were good are refused now ({words.en}), as those of a token that has expired. "
                    "Give a new token, and run the same command again",
                    f"原本有效的凭证现已被拒绝（{words.zh}），例如 Token 已过期。请提供新的 Token，并重新执行同一命令",
                ),
            )
        reason: StopReason = "target-lost" if self.served else UNREACHED
        if not isinstance(answer, TransportFailure):
            words = view.answer_in_words
            who = _GATEWAY if answer.status in DOWN else _SOMEBODY
            return GoneError(reason, Text(f"{who.en} ({words.en})", f"{who.zh}（{words.zh}）"))
        why = failure_words(answer)
        if doubt == "unconnected":
            return GoneError(
                reason,
                Text(f"{self.name} could not be reached: {why.en}", f"无法连接 {self.name}：{why.zh}"),
            )
        return GoneError(
            reason,
            Text(
                f"{self.name} takes connections and answers none of them: {why.en}; a gateway may stand there, and the "
                "service behind it be down",
                f"{self.name} 接受连接但均无响应：{why.zh}；该处可能是网关，而其后的服务未运行",
            ),
        )


def empty_object(contract: Contract) -> Request:
    """The request that asks an operation for nothing, and bills nothing: an empty object."""
    page = contract.page
    return Request(page.method, page.path, (("Content-Type", "application/json"),), b"{}")


def _bare(contract: Contract) -> Request:
    """One of another method, without a body and without credentials; it bills nothing either."""
    return Request("GET", contract.page.path, auth="absent")


def _broke_off(view: View) -> bool:
    answer = view.exchange.answer
    return isinstance(answer, TransportFailure) and answer.begun and answer.kind == "closed"


def _doubt(view: View, *, accepted: bool) -> _Doubt | None:
    """Why an answer may not be the service's own; `accepted` says that these credentials were good before."""
    answer = view.exchange.answer
    if isinstance(answer, TransportFailure):
        if answer.kind in NOT_CONNECTED:
            return "unconnected"
        if answer.begun:
            return None
        if answer.kind == "timeout":
            return "silent"
        return "closed" if answer.kind == "closed" else None
    if (
        answer.status >= _OF_SERVERS
        and (view.origin_in_words is not None or answer.status in DOWN)
        and view.code is None
    ):
        return "gateway"
    if not accepted or view.exchange.request.auth != "valid" or view.kind == "success":
        return None
    refused = view.code in view.contract.errors.groups["authentication"] or answer.status in _REFUSED
    return "credentials" if refused and not view.expectation.faults & GATEWAY_FAULTS else None
