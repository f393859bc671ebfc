"""For tests of somebody else: what a client or a framework answered, held against a contract.

`assert_conforms(response, contract, request)` is a test in one line; `exchange_of` is what `examine` wants. Responses
of httpx, requests, Flask, Django, Starlette and FastAPI are known by what they have in common, so that none of these
has to be installed.
"""

from __future__ import annotations

import re
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance.contract.contract import Contract, contract_from
from conformance.exchange import PICTURES_SLOT, PROJECT_SLOT, Auth, Exchange, Request, Response, TransportFailure
from conformance.files import DataError
from conformance.judging import Observation, examine

if TYPE_CHECKING:
    import respx

    from conformance.report.shapes import FindingEntry

_CREDENTIALS = frozenset({"x-auth-token", "authorization", "x-sdk-date", "cookie", "proxy-authorization"})
"""Headers that a request of the kit never holds: slots stand for them."""

_PROJECT = re.compile(r"(?<=/)[0-9a-f]{32}(?=/)")


def exchange_of(response: object, request: object = None, *, auth: Auth | None = None) -> Exchange:
    """The exchange of a response of httpx, requests, Flask, Django, Starlette or FastAPI, or of a `Response`.

    `request` is the `Request` that was sent, or the client's own; without it the one that the response names, where its
    client keeps it (httpx, requests). Credentials do not come along: `auth` says which ones it had, and is read from
    what the client sent where it is not given. Raises DataError for what has no status, headers and body, and where no
    request is known.
    """
    sent = request if request is not None else getattr(response, "request", None)
    if sent is None:
        raise DataError(
            f"exchange_of: expected the request beside {_kind(response)}, which does not name its own",
            f"exchange_of：应同时给出请求，因为 {_kind(response)} 不含自己的请求",
        )
    known = sent if isinstance(sent, Request) else _request_of(sent)
    return Exchange(known if auth is None else replace(known, auth=auth), _response_of(response))


def assert_conforms(
    response: object,
    contract: Contract | str | Path,
    request: object = None,
    *,
    control: Exchange | None = None,
    auth: Auth | None = None,
    strict: bool = False,
    language: str = "en",
) -> list[Observation]:
    """Fail, with the words of a finding, where a response breaks a requirement of level must; return what was observed.

    A broken should is a ConformanceWarning, with `strict` a failure. `response`, `request` and `auth` are those of
    `exchange_of`; `control` is the exchange of the same request without its fault, which alone makes a refusal a
    witness. The contract may be given by its id or its folder. Raises AssertionError, and DataError for values of other
    kinds.
    """
    __tracebackhide__ = True
    contract = contract_from(contract)
    exchange = response if isinstance(response, Exchange) else exchange_of(response, request, auth=auth)
    observations = examine(exchange, contract, control=control)
    levels = {requirement.id: requirement.level for requirement in contract.requirements.values()}
    broken = [observation for observation in observations if observation.state == "broken"]
    failing = [o for o in broken if levels[o.requirement] in (("must", "should") if strict else ("must",))]
    if failing:
        raise AssertionError("\n\n".join(_told(observation, exchange, language) for observation in failing))
    for observation in broken:
        if observation not in failing and levels[observation.requirement] == "should":
            from conformance.plugin.items import ConformanceWarning  # late: the same reason as for the words

            warnings.warn(ConformanceWarning(_told(observation, exchange, language)), stacklevel=2)
    return observations


@contextmanager
def serving_pictures(kept: int = 64) -> Iterator[Callable[[Request], Request]]:
    """Serve pictures on this machine: yields a function that serves those of a request, and fills in their address.

    Those of the last `kept` requests are served, at a free port of 127.0.0.1, until the block is left. Raises
    TargetError where no port can be listened on.
    """
    from conformance.targets.picture_server import PictureServer  # late: most tests name no url

    server, offers = PictureServer(), deque[ExitStack]()

    def serve(request: Request) -> Request:
        if not request.pictures:
            return request
        offers.append(ExitStack())
        offers[-1].enter_context(server.offering(request.pictures))
        if len(offers) > kept:
            offers.popleft().close()
        return replace(request, body=request.body.replace(PICTURES_SLOT.encode(), server.address.encode()))

    try:
        yield serve
    finally:
        while offers:
            offers.popleft().close()
        server.close()


@contextmanager
def replaying(folder: Path | str, origin: str) -> Iterator[respx.MockRouter]:
    """Answer from a cassette whatever is sent to `origin` over httpx within the block, without any network.

    For tests of a client against what a service once answered. A request gets the answer recorded for its method, path,
    query and body; its credentials count as good ones where it has any, and its project id is that of the recording.
    What was recorded as no answer raises the exception of httpx. Yields the router of respx, which knows the calls.
    Raises CassetteError for a folder that is no cassette, and MissingInteractionError out of the call for a request
    that was not recorded.
    """
    from conformance.recordings.replay import CassetteTarget
    from conformance.targets import answering  # late: most tests replay nothing

    target = CassetteTarget(Path(folder))
    try:
        with answering(target, origin, _request_of) as router:
            yield router
    finally:
        target.close()


def _told(observation: Observation, exchange: Exchange, language: str) -> str:
    """A finding as reports word it."""
    from conformance.report.phrases import finding_block  # late: a test that passes needs no words

    label = exchange.request.label
    entry: FindingEntry = {
        "expected": observation.expected.en,
        "observed": observation.observed.en,
        "zh": {"expected": observation.expected.zh, "observed": observation.observed.zh},
        "pointer": observation.pointer,
        "purpose": repr(exchange.request),
        "exchange": "response",
        "fault": label.fault if label is not None else None,
        "unstable": False,
        "curl": "",
        "evidence": None,
    }
    return finding_block(observation.requirement, entry, language)


def _response_of(response: object) -> Response | TransportFailure:
    if isinstance(response, Response | TransportFailure):
        return response
    status = getattr(response, "status_code", None)
    headers = _headers_of(response)
    body = _body_of(response)
    if not isinstance(status, int) or headers is None or body is None:
        raise DataError(
            "exchange_of: expected a response of httpx, requests, Flask, Django, Starlette or FastAPI, or a "
            "Response; "
            f"found {_kind(response)}",
            f"exchange_of：应为 httpx、requests、Flask、Django、Starlette 或 FastAPI "
            f"的响应，或 Response；实为 {_kind(response)}",
        )
    try:
        elapsed = getattr(response, "elapsed", None)
    except RuntimeError:  # httpx, before a stream was read to its end
        elapsed = None
    return Response(status, headers, body, elapsed.total_seconds() if isinstance(elapsed, timedelta) else 0.0)


def _headers_of(message: object) -> tuple[tuple[str, str], ...] | None:
    headers = getattr(message, "headers", None)
    pairs = getattr(headers, "multi_items", None) or getattr(headers, "items", None)
    if pairs is None:
        return None
    return tuple((str(name), str(value)) for name, value in cast("Iterable[tuple[object, object]]", pairs()))


def _body_of(message: object) -> bytes | None:
    """The bytes of a body: `content` of most, a stream of Django's, `get_data()` of Flask's."""
    if getattr(message, "streaming", False):
        return b"".join(cast("Iterable[bytes]", message))
    for name in ("content", "body"):
        content = getattr(message, name, None)
        if isinstance(content, bytes | str):
            return content.encode("utf-8") if isinstance(content, str) else content
    get_data = getattr(message, "get_data", None)
    if get_data is not None:
        return bytes(get_data())
    return b"" if getattr(message, "body", b"") is None else None


def _request_of(request: object) -> Request:
    """The kit's own value of a request of httpx, requests or Flask, or of Django's environment of one."""
    if isinstance(request, Mapping):  # Django's test client keeps the environment of WSGI alone
        raise DataError(
            "exchange_of: expected the request that was sent, which Django's client does not keep; give it",
            "exchange_of：应给出所发送的请求，Django 的测试客户端不保留它",
        )
    method, headers, body = getattr(request, "method", None), _headers_of(request), _body_of(request)
    path = getattr(request, "path_url", None) or getattr(request, "path", None)
    if path is None:  # httpx
        path = getattr(getattr(request, "url", None), "raw_path", None)
    if not isinstance(method, str) or headers is None or body is None or path is None:
        raise DataError(
            f"exchange_of: expected a Request, or one of httpx, requests or Flask; found {_kind(request)}",
            f"exchange_of：应为 Request，或 httpx、requests、Flask 的请求；实为 {_kind(request)}",
        )
    text = path.decode("ascii") if isinstance(path, bytes) else str(path)
    names = {name.lower() for name, _ in headers}
    return Request(
        method=method,
        path=_PROJECT.sub(PROJECT_SLOT, text, count=1),
        headers=tuple((name, value) for name, value in headers if name.lower() not in _CREDENTIALS),
        body=body,
        auth="valid" if names & {"x-auth-token", "authorization"} else "absent",
    )


def _kind(value: object) -> str:
    return f"a {type(value).__module__}.{type(value).__qualname__}"
