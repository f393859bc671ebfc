"""Whether the service is still there: asked where an answer may be that of somebody before it, or of nobody.

A gateway answers 502, 503 or 504 for a service that is down, and closes or refuses connections; a token that expires is
refused as if it had never been good. Such an answer may also be the service's own, to this one request. The difference
is learnt by asking something else: an empty object, which costs nothing, and where that decides nothing a request that
was accepted before. Only where these are not answered either, the service is gone, and the answer judges nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.exchange import NOT_CONNECTED, Request, TransportFailure
from conformance.judging.observation import failure_words, plain
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.judging.view import View

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
_NOT_FOR_THE_SERVICE = frozenset({"method.wrong", "path.unknown", "project.malformed"})
"""Faults that a gateway may refuse like missing credentials."""

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
        told = self.ask(_free(view.contract)[1], view.contract)
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
        free = _free(view.contract)
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


def _free(contract: Contract) -> tuple[Request, Request]:
    """Requests that bill nothing: an empty object, and another method without credentials."""
    page = contract.page
    return (
        Request(page.method, page.path, (("Content-Type", "application/json"),), b"{}"),
        Request("GET", page.path, auth="absent"),
    )


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
    return "credentials" if refused and not view.expectation.faults & _NOT_FOR_THE_SERVICE else None


_CLOCK_IN_DOUBT_S = 60.0
_OF_TIME = re.compile(r"\btime|\bdate\b|expire|clock|skew|时间|过期", re.IGNORECASE)
_QUOTED = 120


def refused_words(view: View, *, signed: bool, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Text:
    """Why good credentials may have been refused, to end a sentence; `signed` where requests are signed with keys.

    A signature holds for some minutes by the clock, and for the host that was called: both can be wrong where the keys
    are right.
    """
    if not signed:
        return Text(
            "it refuses the credentials; check the token or the keys, and the project that they are for",
            "凭证被拒绝；请检查 Token 或密钥，以及所属项目",
        )
    said, theirs, ours = view.members.get("error_msg"), _date_of(view), now()
    sentence = plain(said[:_QUOTED]) if isinstance(said, str) else ""
    apart = theirs is not None and abs((ours - theirs).total_seconds()) > _CLOCK_IN_DOUBT_S
    if apart or _OF_TIME.search(sentence):
        here = f"{ours:%Y-%m-%dT%H:%M:%SZ}"
        there = f"{theirs:%Y-%m-%dT%H:%M:%SZ}" if theirs is not None else "-"
        return Text(
            f'it refuses the signature; check the clock: it is {here} here and {there} there, and it says "{sentence}"',
            f"签名被拒绝；请检查时钟：本机为 {here}，对方 Date 为 {there}，对方称“{sentence}”",
        )
    return Text(
        "it refuses the signature; check the keys and the project that they are for, and whether a proxy in between "
        "changes Host, which is signed, or does not forward Authorization",
        "签名被拒绝；请检查密钥及所属项目，以及中间的代理是否改写了参与签名的 Host，或未转发 Authorization",
    )


def nothing_accepted(view: View, *, signed: bool) -> Text:
    """Why a run ends at its first answers: these credentials are refused, and what to do about it."""
    words, why = view.answer_in_words, refused_words(view, signed=signed)
    return Text(
        f"nothing was accepted ({words.en}): {why.en}. Give credentials with --token or OCR_CONFORMANCE_TOKEN, and the "
        "project id that they are for with OCR_CONFORMANCE_PROJECT_ID",
        f"没有请求被接受（{words.zh}）：{why.zh}。请用 --token 或 OCR_CONFORMANCE_TOKEN 提供凭证，并用 "
        "OCR_CONFORMANCE_PROJECT_ID 提供其项目 ID",
    )


def _date_of(view: View) -> datetime | None:
    """The Date of an answer, in UTC; None where there is none that can be read."""
    value = view.response.header("Date") if view.response is not None else None
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)
