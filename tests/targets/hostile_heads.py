"""Behaviours in status lines, headers and interim answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from hostile import GOOD, Act, Peer, answer

from conformance.exchange import FailureKind
from conformance.targets import Limits

SHORT = 0.4
"""Deadline in seconds for behaviours that outlast any."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The transport failure that a behaviour must end in."""

    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The response that a behaviour must end in."""

    status: int = 200
    body: bytes = GOOD
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to misbehave. `upload` is the size of the request's body, `slow` says that it outlasts any deadline."""

    name: str
    act: Act
    expected: Failed | Answered
    slow: bool = False
    upload: int = 2
    limits: Limits = field(default_factory=Limits)

    def bounds(self) -> Limits:
        """Limits to test it with: a deadline that a loaded machine keeps, or a short one."""
        seconds = SHORT if self.slow else 20.0
        return Limits(seconds, self.limits.wire_bytes, self.limits.decoded_bytes)


def sends(*parts: bytes) -> Act:
    """Take one request, send exactly these bytes, and leave the connection open."""

    def act(peer: Peer) -> None:
        peer.request()
        for part in parts:
            peer.send(part)

    return act


def ends_after(*parts: bytes) -> Act:
    """Take one request, send exactly these bytes, and end the connection."""

    def act(peer: Peer) -> None:
        sends(*parts)(peer)
        peer.sock.close()

    return act


def floods(start: bytes, forever: bytes) -> Act:
    """Take one request, send `start`, then `forever` over and over."""

    def act(peer: Peer) -> None:
        sends(start)(peer)
        peer.flood(forever)

    return act


def drips(start: bytes, forever: bytes) -> Act:
    """Take one request, send `start`, then the bytes of `forever` over and over, slowly."""

    def act(peer: Peer) -> None:
        sends(start)(peer)
        peer.drip(forever)

    return act


HTTP2 = Failed("malformed", "What came back is HTTP/2, not HTTP/1.1: the port may take nothing else.")
NOT_HTTP = Failed("malformed", "What came back does not begin like an HTTP answer.")
BAD_STATUS_LINE = Failed("malformed", "The status line is not HTTP.")
BAD_HEADER = Failed("malformed", "A header line is not HTTP.")
UNFINISHED = Failed("timeout", f"The answer was not finished within {SHORT:g} s.")
SILENT = Failed("timeout", f"No answer began within {SHORT:g} s.")
HEAD_TOO_LONG = Failed("too-large", "The head is longer than 65536 bytes.")
SWITCHED = Failed("malformed", "The answer was 101 Switching Protocols, which nobody had asked for.")
ENDLESS_INTERIM = Failed("malformed", "Interim answers (1xx) went on without an answer after them.")
UNASKED = ("Unasked bytes followed the answer.",)
OPEN_END = ("The head leaves open where the body ends.",)

OK = b"HTTP/1.1 200 OK\r\n"
ENOUGH = b"Content-Length: %d\r\n\r\n%b" % (len(GOOD), GOOD)

STATUS_LINES = (
    Behaviour("random bytes", sends(bytes(range(128, 256))), NOT_HTTP),
    Behaviour("ssh banner", sends(b"SSH-2.0-OpenSSH_9.6\r\n"), NOT_HTTP),
    Behaviour("smtp banner", sends(b"220 mail.example.test ESMTP\r\n"), NOT_HTTP),
    Behaviour(
        "tls alert in plain text",
        sends(b"\x15\x03\x01\x00\x02\x02\x16"),
        Failed("malformed", "What came back is TLS, not HTTP: the origin may need https."),
    ),
    Behaviour("page without a head", ends_after(b"<html><body>It works!</body></html>\r\n\r\n"), NOT_HTTP),
    Behaviour("empty lines first", sends(b"\r\n\r\n" + answer(GOOD)), NOT_HTTP),
    Behaviour("space first", sends(b" " + answer(GOOD)), NOT_HTTP),
    Behaviour("request sent back", sends(b"POST / HTTP/1.1\r\nHost: example.test\r\n\r\n"), NOT_HTTP),
    Behaviour("lower-case http", sends(b"http/1.1 200 OK\r\n\r\n"), NOT_HTTP),
    Behaviour("rtsp", sends(b"RTSP/1.0 200 OK\r\n\r\n"), NOT_HTTP),
    Behaviour("http/2 frames", sends(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)), HTTP2),
    Behaviour("http/2 frames of no settings", sends(b"\x00\x00\x12\x07\x00\x00\x00\x00\x00" + bytes(18)), NOT_HTTP),
    Behaviour("byte order mark first", sends(b"\xef\xbb\xbf" + answer(GOOD)), NOT_HTTP),
    Behaviour("status of letters", sends(b"HTTP/1.1 abc OK\r\n\r\n"), BAD_STATUS_LINE),
    Behaviour("status of two digits", sends(b"HTTP/1.1 20 OK\r\n\r\n"), BAD_STATUS_LINE),
    Behaviour("status of four digits", sends(b"HTTP/1.1 2000 OK\r\n\r\n"), BAD_STATUS_LINE),
    Behaviour("negative status", sends(b"HTTP/1.1 -200 OK\r\n\r\n"), BAD_STATUS_LINE),
    Behaviour("no status", sends(b"HTTP/1.1\r\n\r\n"), BAD_STATUS_LINE),
    Behaviour("version of letters", sends(b"HTTP/x.y 200 OK\r\n\r\n"), BAD_STATUS_LINE),
    Behaviour("zero byte in status line", sends(b"HTTP/1.1 200 O\0K\r\n\r\n"), BAD_STATUS_LINE),
    Behaviour("status 000", sends(b"HTTP/1.1 000 Zero\r\n\r\n"), Failed("malformed", "The status is below 100.")),
    Behaviour("status 099", sends(b"HTTP/1.1 099 Low\r\n\r\n"), Failed("malformed", "The status is below 100.")),
    Behaviour("status 999", sends(answer(GOOD, status="999 Unheard Of")), Answered(999)),
    Behaviour("http/1.0", ends_after(b"HTTP/1.0 200 OK\r\n\r\n" + GOOD), Answered()),
    Behaviour("no reason phrase", sends(b"HTTP/1.1 200\r\n" + ENOUGH), Answered()),
    Behaviour("bare line feeds", sends(answer(GOOD).replace(b"\r\n", b"\n")), Answered()),
    Behaviour("endless status line", floods(b"HTTP/1.1 200 ", b"very " * 1000), HEAD_TOO_LONG),
    Behaviour("status line byte by byte", drips(b"", b"HTTP/1.1 200 OK "), UNFINISHED, slow=True),
)

HEADERS = (
    Behaviour("header without colon", sends(OK + b"Header\r\n\r\n"), BAD_HEADER),
    Behaviour("space in header name", sends(OK + b"Bad Name: x\r\n\r\n"), BAD_HEADER),
    Behaviour("space before colon", sends(OK + b"Content-Length : 2\r\n\r\n"), BAD_HEADER),
    Behaviour("zero byte in header", sends(OK + b"Name: a\0b\r\n\r\n"), BAD_HEADER),
    Behaviour("carriage return in header", sends(OK + b"Name: a\rContent-Length: 2\r\n\r\n{}"), BAD_HEADER),
    Behaviour("header name beyond ASCII", sends(OK + "Größe: x\r\n\r\n".encode()), BAD_HEADER),
    Behaviour("empty header name", sends(OK + b": x\r\n\r\n"), BAD_HEADER),
    Behaviour(
        "first header folded",
        sends(OK + b" folded: x\r\n\r\n"),
        Failed("malformed", "The first header line continues none."),
    ),
    Behaviour("folded header", sends(OK + b"Name: a\r\n b\r\n" + ENOUGH), Answered(odd=OPEN_END)),
    Behaviour("folded length", sends(OK + b"Content-Length:\r\n 18\r\n\r\n" + GOOD), Answered(odd=OPEN_END)),
    Behaviour(
        "10,000 headers",
        sends(OK + b"A: b\r\n" * 10_000 + ENOUGH),
        Failed("too-large", "The head has more than 256 header lines."),
    ),
    Behaviour("header of 90 KB", sends(OK + b"A: " + b"b" * 90_000 + b"\r\n" + ENOUGH), HEAD_TOO_LONG),
    Behaviour("endless header", floods(OK + b"A: ", b"b" * 4096), HEAD_TOO_LONG),
    Behaviour("endless headers", floods(OK, b"Name: value\r\n" * 100), HEAD_TOO_LONG),
    Behaviour("header drip", drips(OK, b"Name: value\r\n"), UNFINISHED, slow=True),
    Behaviour("header beyond ASCII", sends(OK + b"Name: \xe4\xb8\xad\r\n" + ENOUGH), Answered()),
    Behaviour("1,000 cookies in 60 headers", sends(OK + b"Set-Cookie: a=b; Domain=.com\r\n" * 60 + ENOUGH), Answered()),
    Behaviour("doubled content type", sends(OK + b"Content-Type: a/b\r\nContent-Type: c/d\r\n" + ENOUGH), Answered()),
    Behaviour(
        "basic authentication asked for", sends(answer(GOOD, "WWW-Authenticate: Basic", status="401 No")), Answered(401)
    ),
    Behaviour("proxy authentication", sends(answer(GOOD, "Proxy-Authenticate: Basic", status="407 No")), Answered(407)),
    Behaviour(
        "upgrade required", sends(answer(GOOD, "Upgrade: h2c", "Connection: upgrade", status="426 No")), Answered(426)
    ),
)

REDIRECTS = (
    Behaviour("redirect to itself", sends(answer(GOOD, "Location: /", status="302 Found")), Answered(302)),
    Behaviour("redirect without location", sends(answer(GOOD, status="307 Temporary")), Answered(307)),
    Behaviour("redirect to no URL", sends(answer(GOOD, "Location: http://[", status="302 Found")), Answered(302)),
    Behaviour("redirect to a file", sends(answer(GOOD, "Location: file:///etc", status="308 Moved")), Answered(308)),
    Behaviour(
        "redirect to port 99999", sends(answer(GOOD, "Location: http://a:99999/", status="301 Moved")), Answered(301)
    ),
    Behaviour("multiple choices", sends(answer(GOOD, "Location: \xff", status="300 Many")), Answered(300)),
)

INTERIM = (
    Behaviour("100 and the answer", sends(b"HTTP/1.1 100 Continue\r\n\r\n", answer(GOOD)), Answered()),
    Behaviour("early hints", sends(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + answer(GOOD)), Answered()),
    Behaviour("101 switching protocols", sends(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nspeak x"), SWITCHED),
    Behaviour("1xx flood", floods(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), ENDLESS_INTERIM),
    Behaviour(
        "1xx with long heads", floods(b"", b"HTTP/1.1 102 P\r\nA: " + b"b" * 60_000 + b"\r\n\r\n"), ENDLESS_INTERIM
    ),
    Behaviour("1xx drip", drips(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), UNFINISHED, slow=True),
    Behaviour("100 and silence", sends(b"HTTP/1.1 100 Continue\r\n\r\n"), UNFINISHED, slow=True),
    Behaviour(
        "100 and the end",
        ends_after(b"HTTP/1.1 100 Continue\r\n\r\n"),
        Failed("closed", "The connection ended within the head of the answer."),
    ),
)
