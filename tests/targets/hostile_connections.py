"""Behaviours of connections: ends, resets, silence, and answers while a long upload is under way."""

from __future__ import annotations

import socket

from hostile import GOOD, Act, Peer, answer
from hostile_bodies import CHUNKING, CODINGS, CONTENT, LENGTHS, MIB
from hostile_heads import (
    ENDLESS_INTERIM,
    HEADERS,
    INTERIM,
    OK,
    REDIRECTS,
    SHORT,
    SILENT,
    STATUS_LINES,
    Answered,
    Behaviour,
    Failed,
    ends_after,
    sends,
)

NO_ANSWER = Failed("closed", "The connection ended before an answer began.")
HALF_A_HEAD = Failed("closed", "The connection ended within the head of the answer.")
HALF_A_BODY = Failed("closed", "The connection ended after 15 of 18 bytes of the body.")
NOT_TAKEN = Failed("timeout", f"The request was not taken within {SHORT:g} s.")
CUT = ("The request was not taken to its end.",)

UPLOAD = 10 * MIB
TOO_LARGE = answer(GOOD, "Connection: close", status="413 Content Too Large")


def resets_after(*parts: bytes) -> Act:
    """Take one request, send exactly these bytes, and reset the connection once they are through."""

    def act(peer: Peer) -> None:
        sends(*parts)(peer)
        peer.pause(0.1)
        peer.reset()

    return act


def speaks_first(peer: Peer) -> None:
    """Answer before there is a request."""
    peer.send(answer(GOOD))
    peer.request()


def half_closes(peer: Peer) -> None:
    """Answer, and end only the sending side."""
    sends(answer(GOOD, "Connection: close"))(peer)
    peer.sock.shutdown(socket.SHUT_WR)
    peer.silence()


def slices(peer: Peer) -> None:
    """A good answer, a byte in each segment."""
    peer.request()
    for byte in answer(GOOD):
        peer.send(bytes([byte]))


def refuses_and(then: Act) -> Act:
    """Answer 413 as soon as the head of the request is there, and go on with `then`."""

    def act(peer: Peer) -> None:
        peer.head()
        peer.send(TOO_LARGE)
        then(peer)

    return act


def closes(peer: Peer) -> None:
    """End the connection; with unread bytes of the request this resets it."""
    peer.sock.close()


def answers_early(peer: Peer) -> None:
    """Begin the answer before the upload is through, finish it afterwards."""
    peer.head()
    peer.send(OK + b"Content-Length: %d\r\n\r\n" % len(GOOD))
    peer.take(UPLOAD)
    peer.send(GOOD)


def hints_while_reading(peer: Peer) -> None:
    """Send interim answers while the upload goes on, then the answer."""
    peer.head()
    for _ in range(5):
        peer.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        peer.pause(0.02)
    peer.take(UPLOAD)
    peer.send(answer(GOOD))


def reads_slowly(peer: Peer) -> None:
    """Take the upload with many pauses."""
    peer.head()
    peer.take(UPLOAD, pause_s=0.005)
    peer.send(answer(GOOD))


def interim_flood_unread(peer: Peer) -> None:
    """Never take the upload, send interim answers for ever."""
    peer.head()
    peer.flood(b"HTTP/1.1 102 Processing\r\n\r\n")


CONNECTIONS = (
    Behaviour("end before the request", closes, NO_ANSWER),
    Behaviour("reset before the request", Peer.reset, NO_ANSWER),
    Behaviour("end after the request", ends_after(), NO_ANSWER),
    Behaviour("reset after the request", resets_after(), NO_ANSWER),
    Behaviour("end within the status line", ends_after(b"HTTP/1.1 2"), HALF_A_HEAD),
    Behaviour("end within the head", ends_after(OK + b"Content-Le"), HALF_A_HEAD),
    Behaviour("reset within the head", resets_after(OK + b"Content-Le"), HALF_A_HEAD),
    Behaviour("reset within the body", resets_after(answer(GOOD)[:-3]), HALF_A_BODY),
    Behaviour("reset after the answer", resets_after(answer(GOOD, "Connection: close")), Answered()),
    Behaviour("half-closed after the answer", half_closes, Answered()),
    Behaviour("close announced, left open", sends(answer(GOOD, "Connection: close")), Answered()),
    Behaviour("answer before the request", speaks_first, Answered()),
    Behaviour("a byte in each segment", slices, Answered()),
    Behaviour("never read, never answered", Peer.ignore, SILENT, slow=True),
    Behaviour("read, never answered", Peer.silence, SILENT, slow=True),
)

UPLOADS = (
    Behaviour("413 and the end", refuses_and(closes), Answered(413, odd=CUT), upload=UPLOAD),
    Behaviour("413 and no more reading", refuses_and(Peer.ignore), Answered(413, odd=CUT), upload=UPLOAD),
    Behaviour("413 and a reset", refuses_and(Peer.reset), Answered(413, odd=CUT), upload=UPLOAD),
    Behaviour("end within the upload", lambda peer: closes(peer) if peer.head() else None, NO_ANSWER, upload=UPLOAD),
    Behaviour("upload never taken", Peer.ignore, NOT_TAKEN, slow=True, upload=UPLOAD),
    Behaviour("early answer, upload taken", answers_early, Answered(), upload=UPLOAD),
    Behaviour("interim answers within the upload", hints_while_reading, Answered(), upload=UPLOAD),
    Behaviour("upload taken slowly", reads_slowly, Answered(), upload=UPLOAD),
    Behaviour("1xx flood instead of reading", interim_flood_unread, ENDLESS_INTERIM, upload=UPLOAD),
)

BEHAVIOURS = (
    *STATUS_LINES,
    *HEADERS,
    *REDIRECTS,
    *INTERIM,
    *LENGTHS,
    *CHUNKING,
    *CODINGS,
    *CONTENT,
    *CONNECTIONS,
    *UPLOADS,
)
