"""A cassette as a target: requests go through httpx and respx to one route that looks their answers up by content hash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx

from conformance.exchange import Request, Response, TransportFailure
from conformance.targets.cassette import CassetteError, CassetteReader, Interaction

if TYPE_CHECKING:
    from pathlib import Path

_ORIGIN = "http://cassette.invalid"
_KEY = "x-ocr-conformance-auth"
_HOP_HEADERS = frozenset({"transfer-encoding", "content-length", "content-encoding", "connection"})


class CassetteTarget:
    """Replays a recording in the order of its interactions; nothing leaves the process.

    The same request sent several times gets its recorded answers in their order, the last one from then on. A request
    that was not recorded raises CassetteError naming the nearest recorded one.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the index; bodies are read when they are asked for."""
        import respx  # late: it is slow to import and live runs need none of it

        self._folder = folder
        self.reader = CassetteReader(folder)
        self._script: dict[tuple[str, int], list[Interaction]] = defaultdict(list)
        self._answers: dict[tuple[str, str, str, str], list[Response | TransportFailure]] = defaultdict(list)
        for interaction in self.reader:
            request = interaction.exchange.request
            self._script[interaction.purpose, interaction.attempt].append(interaction)
            self._answers[_key(request)].append(interaction.exchange.answer)
        self._served: dict[tuple[str, str, str, str], int] = defaultdict(int)
        self._router = respx.MockRouter(assert_all_called=False, base_url=_ORIGIN)
        self._router.route(path__regex=r".*").mock(side_effect=self._answer)
        self._client = httpx.Client(transport=httpx.MockTransport(self._router.handler), base_url=_ORIGIN)
        self._pending: Response | TransportFailure | None = None

    @property
    def name(self) -> str:
        """`cassette:DIR`."""
        return f"cassette:{self._folder}"

    def recorded(self, purpose: str, attempt: int) -> Iterator[Interaction] | None:
        """The interactions of one attempt at a purpose in their order, or None where it was not recorded."""
        found = self._script.get((purpose, attempt))
        return iter(found) if found else None

    def purposes(self) -> list[str]:
        """Ids of the recorded purposes in the order of recording."""
        return list(dict.fromkeys(purpose for purpose, _ in self._script))

    def send(self, request: Request) -> Response | TransportFailure:
        """Replay the answer recorded for the same method, path, credentials slot and body."""
        headers = [*request.headers, (_KEY, request.auth)]
        self._pending = None
        response = self._client.request(request.method, request.path, headers=headers, content=request.body)
        self._router.calls.reset()
        answer = self._pending
        if isinstance(answer, TransportFailure):
            return answer
        assert answer is not None
        return Response(response.status_code, answer.headers, response.content, answer.elapsed_s)

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _answer(self, sent: httpx.Request) -> httpx.Response:
        path = sent.url.raw_path.decode("ascii").replace("%7B", "{").replace("%7D", "}")
        key = (sent.method, path, sent.headers[_KEY], _digest(sent.content))
        answers = self._answers.get(key)
        if not answers:
            raise CassetteError(self._miss(key, len(sent.content)))
        self._pending = answers[min(self._served[key], len(answers) - 1)]
        self._served[key] += 1
        if isinstance(self._pending, TransportFailure):
            return httpx.Response(599)
        headers = [(k, v) for k, v in self._pending.headers if k.lower() not in _HOP_HEADERS]
        return httpx.Response(self._pending.status, headers=headers, content=self._pending.body)

    def _miss(self, key: tuple[str, str, str, str], length: int) -> str:
        method, path, auth, digest = key
        near = max(self._answers, key=lambda known: sum(a == b for a, b in zip(known, key, strict=True)), default=None)
        differs = [
            f"{name} {theirs!r} instead of {ours!r}"
            for name, ours, theirs in zip(("method", "path", "auth", "body sha256"), key, near or (), strict=False)
            if ours != theirs
        ]
        nearest = f"the nearest recorded request has {', '.join(differs)}" if near else "the cassette is empty"
        return (
            f"{self.name}: {method} {path} with auth {auth} and a body of {length} bytes ({digest[:12]}) was not recorded; "
            f"{nearest}. Record the run again"
        )


def _key(request: Request) -> tuple[str, str, str, str]:
    return request.method, request.path, request.auth, request.body_sha256()


def _digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()
