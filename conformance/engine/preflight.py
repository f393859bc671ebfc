"""One request before a run that says in a sentence what is wrong, if anything is, and costs no ticket.

It sends an empty object where a picture is expected: whoever may call the operation is told AIS.0101 (error table of
both operations), and nothing is recognised that could be billed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.engine.availability import UNREACHED, date_of, empty_object
from conformance.exchange import Exchange, Response, TransportFailure
from conformance.judging.body import plain
from conformance.judging.results import failure_words
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.contract import Contract
    from conformance.engine.budget import Budget
    from conformance.engine.ledger import Ledger
    from conformance.targets import Target

Outcome: TypeAlias = Literal[
    "ready", "unresolved", "refused", "unreachable", "tls", "proxy", "wants-tls", "wants-http", "wants-http2",
    "no-answer", "credentials", "not-subscribed", "path", "redirect", "overloaded", "unexpected",
]  # fmt: skip
"""`ready`: the run can begin. `unresolved` to `wants-http2`: nothing can be learnt about the target. `credentials` and
`not-subscribed`: it refuses this account. The rest: it answers otherwise than expected, and a run will say how.
"""

_NOT_REACHED = frozenset(
    {"unresolved", "refused", "unreachable", "tls", "proxy", "wants-tls", "wants-http", "wants-http2"}
)
_REFUSED = frozenset({"credentials", "not-subscribed"})
_NOT_SUBSCRIBED = "ModelArts.4204"
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_TO_A_TLS_PORT = re.compile(
    rb"plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|plain HTTP to an SSL|port requires TLS",
    re.I,
)
"""What servers say in plain HTTP where TLS is expected: nginx, Go, Apache, Tomcat."""

_CODE = re.compile(r"[A-Za-z]{1,16}\.[0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the request showed, and one sentence that says so."""

    outcome: Outcome
    text: Text

    @property
    def ready(self) -> bool:
        """True where there is nothing to tell."""
        return self.outcome == "ready"

    @property
    def reached(self) -> bool:
        """False where no run can begin: exit status 4."""
        return self.outcome not in _NOT_REACHED

    def enter(self, ledger: Ledger) -> None:
        """Stop the run before it begins where the target cannot be reached or refuses this account; it has a report."""
        if not self.reached:
            ledger.stop(UNREACHED, self.text)
        elif self.outcome in _REFUSED:
            text = Text(f"nothing was accepted: {self.text.en}", f"没有请求被接受：{self.text.zh}")
            ledger.stop("credentials-refused" if self.outcome == "credentials" else self.outcome, text)


def preflight(
    target: Target,
    contract: Contract,
    budget: Budget | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    signed: bool = False,
) -> Preflight:
    """Call an operation once without input.

    The request counts in `budget`. `environment` is looked at for a proxy that the kit does not use; `signed` says that
    requests are signed with keys. Raises TargetError where the request cannot be made, LimitReachedError where the
    budget is used up.
    """
    request = empty_object(contract)
    if budget is not None:
        budget.reserve(request)
    answer = target.send(request)
    if isinstance(answer, TransportFailure):
        return _failed(target.name, answer, environment or {})
    return _answered(target.name, View(Exchange(request, answer), contract), answer, signed=signed)


def _failed(name: str, failure: TransportFailure, environment: Mapping[str, str]) -> Preflight:
    words = failure_words(failure)
    detail = words.en
    outcome: Outcome
    match failure.kind:
        case "unresolved" | "refused" | "unreachable" | "tls":
            outcome = "proxy" if "proxy" in detail.lower() else failure.kind
        case _:
            outcome = "no-answer"
    for sign, meant in _SIGNS:
        outcome = meant if sign in detail else outcome
    advice = _ADVICE[outcome]
    english, chinese = f"{name}: {detail[:1].lower()}{detail[1:]}; {advice.en}", f"{name}：{words.zh}；{advice.zh}"
    proxy = next((variable for variable in _PROXY_VARIABLES if environment.get(variable)), None)
    if proxy is not None and outcome in ("unresolved", "refused", "unreachable"):
        english += f" (the proxy in {proxy} is used only where it is given as the target's)"
        chinese += f"（仅当指定为被测系统的代理时才使用 {proxy} 中的代理）"
    return Preflight(outcome, Text(f"{english}.", f"{chinese}。"))


_SIGNS: tuple[tuple[str, Outcome], ...] = (
    ("came back is TLS", "wants-tls"),
    ("came back is HTTP/2", "wants-http2"),
    ("no application protocol", "wants-http2"),
    ("wrong version number", "wants-http"),
    ("record layer failure", "wants-http"),
)
"""What is found in the sentence of a failure where the port speaks something else."""


def _answered(name: str, view: View, response: Response, *, signed: bool) -> Preflight:
    outcome = _outcome(view, response)
    code = view.code if view.code is not None and _CODE.fullmatch(view.code) else None
    english, chinese = f"status {response.status}", f"状态码 {response.status}"
    if code is not None:
        english, chinese = f"{english}, {code}", f"{chinese}，{code}"
    origin = view.origin_in_words
    if origin is not None:
        english, chinese = f"{english}, {origin.en}", f"{chinese}，{origin.zh}"
    advice = refused_words(view, signed=signed) if outcome == "credentials" else _ADVICE[outcome]
    text = Text(f"{name} answers {english}: {advice.en}.", f"{name} 的响应为{chinese}：{advice.zh}。")
    return Preflight(outcome, text)


def _outcome(view: View, response: Response) -> Outcome:
    groups, code, status = view.contract.errors.groups, view.code, response.status
    if status == 400 and view.kind != "failure" and _TO_A_TLS_PORT.search(response.body[:4096]):
        return "wants-tls"
    if view.throttled:
        return "overloaded"
    if code == _NOT_SUBSCRIBED:
        return "not-subscribed"
    if status == 407:
        return "proxy"
    if code in groups["authentication"] or status in (401, 403):
        return "credentials"
    if code in groups["routing"] or status in (404, 405):
        return "path"
    if 300 <= status < 400:
        return "redirect"
    return "ready" if view.kind == "failure" and 400 <= status < 500 else "unexpected"


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
    said, ours = view.members.get("error_msg"), now()
    theirs = date_of(view.response.header("Date")) if view.response is not None else None
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


_ADVICE: Mapping[str, Text] = MappingProxyType(
    {
        "ready": Text("as it should", "符合预期"),
        "unresolved": Text("check the host name", "请检查主机名"),
        "refused": Text("check that the target runs, and its port", "请检查被测系统是否运行以及端口"),
        "unreachable": Text("check the address and the network", "请检查地址和网络"),
        "tls": Text(
            "check that the port speaks TLS, and name the target's authority with a CA file where it has its own",
            "请检查该端口是否使用 TLS；若使用自有 CA，请指定 CA 文件",
        ),
        "proxy": Text("check the proxy and its credentials", "请检查代理及其凭证"),
        "wants-tls": Text("write https:// before the host", "请在主机前写 https://"),
        "wants-http": Text(
            "the port seems to speak no TLS: write http:// before the host, or give the port that does",
            "该端口似乎不使用 TLS：请在主机前写 http://，或给出使用 TLS 的端口",
        ),
        "wants-http2": Text(
            "the documents describe HTTP/1.1; give a port that takes it, or a gateway before this one",
            "文档描述的是 HTTP/1.1；请给出接受它的端口，或在其前面放置网关",
        ),
        "no-answer": Text("a run would say the same of each request", "测试中每个请求都会如此"),
        "not-subscribed": Text(
            "this account has not subscribed to the service; subscribe to it in the console of this region",
            "该账号未开通此服务；请在该区域的控制台开通",
        ),
        "path": Text(
            "it has no such operation at this address; check host, region and project id",
            "该地址没有此接口；请检查主机、区域和项目 ID",
        ),
        "redirect": Text(
            "it redirects, which the kit does not follow; give the final address", "不会跟随重定向；请给出最终地址"
        ),
        "overloaded": Text(
            "it asks to be called less often; lower --rate, or try again later",
            "请求过于频繁；请降低 --rate 或稍后再试",
        ),
        "unexpected": Text(
            "not what the service says to a request without a picture (AIS.0101); check that the address is right",
            "这不是该服务对无图片请求的响应（AIS.0101）；请检查地址是否正确",
        ),
    }
)
