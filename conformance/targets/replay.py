"""A cassette as a target, and as what answers somebody's own client: the answers come from the recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.exchange import TransportFailure
from conformance.recordings.index import Lookup, MatchedBy
from conformance.recordings.interaction import CassetteError, Interaction
from conformance.recordings.reader import CassetteReader
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    import respx

    from conformance.exchange import Request, Response

_OF_THE_WIRE = frozenset({"transfer-encoding", "content-length", "content-encoding", "connection"})
"""Headers that say how an answer was sent; what is replayed has its codings undone."""


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
        self._folder = folder
        self.reader = CassetteReader(folder)
        self._lookup = Lookup(self.reader)
        self._expected: int | None = None
        self._next: Interaction | None = None
        self._matched: Counter[MatchedBy] = Counter()

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
        if self._next is not None and request is self._next.exchange.request:
            self._matched["bytes"] += 1  # it was read from there just now
            return self._next.exchange.answer
        match = self._lookup.find(request, self._expected)
        if match is None:
            raise MissingInteractionError(_not_recorded(self.name, request, self._lookup.nearest(request)))
        self._matched[match.by] += 1
        return match.answer

    def close(self) -> None:
        """Close the recording."""
        self._lookup.close()

    def _play(self, script: Iterator[tuple[int, Interaction]]) -> Iterator[Interaction]:
        for offset, interaction in script:
            self._expected, self._next = offset, interaction
            yield interaction
        self._expected = self._next = None


@contextmanager
def answering(target: CassetteTarget, origin: str, read: Callable[[object], Request]) -> Iterator[respx.MockRouter]:
    """Whatever is sent to `origin` over httpx is answered from a recording; `read` makes a request of that of httpx.

    What was recorded as no answer raises the exception of httpx. Yields the router of respx, which knows the calls.
    """
    import httpx  # late, as respx, which is slow to import: the kit's own replays need neither
    import respx

    broken_off = httpx.RemoteProtocolError
    raised = {"timeout": httpx.ReadTimeout, "closed": broken_off, "malformed": broken_off, "too-large": broken_off}

    def answer(sent: httpx.Request) -> httpx.Response:
        found = target.send(read(sent))
        if isinstance(found, TransportFailure):
            raise raised.get(found.kind, httpx.ConnectError)(f"{found.kind}: {found.detail}", request=sent)
        headers = [(name, value) for name, value in found.headers if name.lower() not in _OF_THE_WIRE]
        return httpx.Response(found.status, headers=_as_bytes(headers), content=found.body)

    with respx.mock(base_url=origin, assert_all_called=False) as router:
        router.route().mock(side_effect=answer)
        yield router


def _as_bytes(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes, so that httpx does not have to guess how they are encoded."""
    return [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]


def _not_recorded(name: str, wanted: Request, near: Text) -> Text:
    path, auth, length = wanted.path, wanted.auth, len(wanted.body)
    return Text(
        f"{name}: {wanted.method} {path} with auth {auth} and a body of {length} bytes was not recorded; {near.en}. "
        "Record the run again",
        f"{name}：未录制 {wanted.method} {path}（auth 为 {auth}，请求体 {length} 字节）；{near.zh}。请重新录制",
    )
