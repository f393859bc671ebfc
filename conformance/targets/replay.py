"""A cassette as a target: requests go through httpx and respx to one route that looks their answers up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import httpx

from conformance.exchange import Request, Response, TransportFailure
from conformance.recordings.index import Lookup, MatchedBy
from conformance.recordings.interaction import CassetteError, Interaction
from conformance.recordings.reader import CassetteReader
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

_ORIGIN = "http://cassette.invalid"
_SLOTS = "x-ocr-conformance-slots"
"""Carries path and credentials slot as the kit means them: a URL cannot tell a slot from text that looks like one."""

_HOP_HEADERS = frozenset({"transfer-encoding", "content-length", "content-encoding", "connection"})


class MissingInteractionError(CassetteError):
    """A request was not recorded; the message names the nearest one that was, and the difference."""


class CassetteTarget:
    """Replays a recording of any length; nothing leaves the process, and bodies are read when they are asked for.

    A request that the recording was asked for (`recorded`) gets the answer recorded with it. Any other gets the answers
    recorded for equal requests in their order, the last one from then on. Raises MissingInteractionError for a request
    that was not recorded.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the index once. Raises CassetteError where it cannot be used."""
        import respx  # late: it is slow to import and live runs need none of it

        self._folder = folder
        self.reader = CassetteReader(folder)
        self._lookup = Lookup(self.reader)
        self._expected: int | None = None
        self._matched: Counter[MatchedBy] = Counter()
        self._pending: Response | TransportFailure | None = None
        self._router = respx.MockRouter(assert_all_called=False, base_url=_ORIGIN)
        self._router.route(path__regex=r".*").mock(side_effect=self._answer)
        self._client = httpx.Client(transport=httpx.MockTransport(self._router.handler), trust_env=False)

    @property
    def name(self) -> str:
        """`cassette:DIR`."""
        return f"cassette:{self._folder}"

    @property
    def matched(self) -> Mapping[MatchedBy, int]:
        """How many requests were recognised by the bytes of their body, and how many by their JSON value alone."""
        return dict(self._matched)

    def recorded(self, purpose: str, attempt: int) -> Iterator[Interaction] | None:
        """The interactions of one attempt at a purpose in their order, or None where it was not recorded."""
        script = self._lookup.script(purpose, attempt)
        return self._play(script) if script is not None else None

    def purposes(self) -> list[str]:
        """Ids of the recorded purposes in the order of recording."""
        return self._lookup.purposes()

    def send(self, request: Request) -> Response | TransportFailure:
        """Replay the answer recorded for the same method, path, query, credentials slot and body.

        Raises MissingInteractionError.
        """
        slots = json.dumps([request.path, request.auth])
        headers = _sendable((*request.headers, (_SLOTS, slots)))
        self._pending = None
        try:
            response = self._client.request(request.method, _ORIGIN, headers=headers, content=request.body)
        finally:
            self._router.reset()  # router and route both keep every call with its bodies
        answer = self._pending
        if isinstance(answer, Response):
            return Response(response.status_code, answer.headers, response.content, answer.elapsed_s, answer.odd)
        assert isinstance(answer, TransportFailure)
        return answer

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _play(self, script: Iterator[tuple[int, Interaction]]) -> Iterator[Interaction]:
        for offset, interaction in script:
            self._expected = offset
            yield interaction
        self._expected = None

    def _answer(self, sent: httpx.Request) -> httpx.Response:
        path, auth = json.loads(sent.headers[_SLOTS])
        wanted = Request(sent.method, path, body=sent.content, auth=auth)
        match = self._lookup.find(wanted, self._expected)
        if match is None:
            raise MissingInteractionError(_not_recorded(self.name, wanted, path, auth, self._lookup.nearest(wanted)))
        self._matched[match.by] += 1
        self._pending = self.reader.answer(match.line)
        if isinstance(self._pending, TransportFailure):
            return httpx.Response(599)
        headers = [(k, v) for k, v in self._pending.headers if k.lower() not in _HOP_HEADERS]
        return httpx.Response(self._pending.status, headers=_sendable(headers), content=self._pending.body)


def _not_recorded(name: str, wanted: Request, path: str, auth: str, near: Text) -> Text:
    length = len(wanted.body)
    return Text(
        f"{name}: {wanted.method} {path} with auth {auth} and a body of {length} bytes was not recorded; {near.en}. "
        "Record the run again",
        f"{name}：未录制 {wanted.method} {path}（auth 为 {auth}，请求体 {length} 字节）；{near.zh}。请重新录制",
    )


def _sendable(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes, so that httpx does not have to guess how they are encoded."""
    return [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]
