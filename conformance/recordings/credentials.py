"""Which values of recorded traffic are credentials, found over a whole file before any of it is written or judged.

A token that one exchange carries may stand in the body of another one, before or after it, and a login stands beside
the calls: so every exchange is looked at first, whatever operation it is of. Known are the headers that carry
credentials, parameters of addresses and forms, members of JSON (also of JSON within a string) by their names, cookies,
project ids.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from conformance.exchange import Auth, Response
from conformance.recordings import CassetteError, Interaction
from conformance.recordings.blobs import BASE64_DIGITS
from conformance.recordings.jsonstream import length_of
from conformance.recordings.patterns import CREDENTIAL_HEADERS
from conformance.recordings.recorded import Headers, Recorded, is_mask
from conformance.redactor import Redactor, Secret

if TYPE_CHECKING:
    from conformance.recordings.reader import CassetteReader

MOST = 10_000
"""Different credentials of one file that are kept in mind."""

MOST_COOKIES = 1_000
"""Different cookies that answers set; a gateway may set a new one each time. Those sent back all count."""

_GIVEN = ("x-auth-token", "authorization")
_SHORTEST = 8
_SHORTEST_PASSWORD = 6

_SECRET_NAME = (
    r"[A-Za-z0-9_.-]{0,40}(?:token|password|passwd|passphrase|secret|(?:secret|access|api|private|auth)[_-]?key"
    r"(?:[_-]?id)?|secret[_-]?access[_-]?key|session[_-]?id|jwt|signature)|pwd|pass|ak|sk|sid|access|credential|auth"
)
_PROJECT_NAME = r"(?:x[_-])?(?:project|tenant)[_-]?id"
_NAMED = re.compile(
    rb'"(' + _SECRET_NAME.encode() + rb'|' + _PROJECT_NAME.encode() + rb')'
    rb'(?:"\s*:\s*"((?:[^"\\]|\\.){4,8192}?)"|\\+"\s*:\s*\\+"([^"\\]{4,8192}))',
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_PROJECT_MEMBER = re.compile(rb'\\*"project\\*"\s*:\s*\{[^{}]{0,300}?\\*"id\\*"\s*:\s*\\*"([0-9a-f]{32})\\*"')
_PROJECT_WORDS = re.compile(rb"(?i)\bproject(?:[ _-]?id)?\W{1,4}([0-9a-f]{32})\b")
_CALLED = re.compile(rb"(?i)\b(cookie|session|sid|token|password|secret)[ :=_-]{1,3}([A-Za-z0-9._-]{8,200})")
_PROJECT_PATH = re.compile(r"/(?:v[0-9][0-9.]*|projects)/([0-9a-f]{32})(?=[/?#]|$)")
_NAME = re.compile(f"(?i)(?:x-[a-z]+-)?(?:{_SECRET_NAME}|accesskeyid|security-token)")
_PROJECT = re.compile(f"(?i){_PROJECT_NAME}")
_ACCESS = re.compile(r"Access=([^,\s]+)")
_ACCESS_KEY = re.compile(r"[A-Z0-9]{16,40}")
_LONGEST_FORM = 1 << 16
_TOO_LONG = 2 * 8192 + 16
_MOST_TEXTS = 1000
_FRONT = 256
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority", "version"})
_PASSWORDS = re.compile(r"(?i)pass|pwd")
_KINDS = (
    (re.compile(r"(?i)security[_-]?token"), "security-token"), (re.compile(r"(?i)token|jwt"), "token"),
    (_PASSWORDS, "password"), (re.compile(r"(?i)access[_-]?key(?:[_-]?id)?$|^ak$|^access$|accesskeyid"), "ak"),
    (re.compile(r"(?i)secret|^sk$|private"), "sk"), (re.compile(r"(?i)signature"), "signature"),
    (re.compile(r"(?i)session|sid|cookie"), "cookie"),
)  # fmt: skip


@dataclass(slots=True)
class Credentials:
    """What a file's exchanges carry: `hosts` are those at which credentials were recorded at all.

    A host without any had them filtered out, or masked: what stands in their place proves nothing. With `told`, a value
    counts also where a text only calls it a token, a cookie and so on. `full` says that there are more than MOST: those
    beyond are taken out of their own exchange alone.
    """

    told: bool = False
    full: bool = False
    hosts: set[str] = field(default_factory=set)
    _found: dict[str, str] = field(default_factory=dict)
    _cookies: dict[str, None] = field(default_factory=dict)
    _redactor: Redactor | None = None

    def see(self, one: Recorded | Interaction) -> None:
        """Look at an exchange."""
        if isinstance(one, Interaction):
            request, answer = one.exchange.request, one.exchange.answer
            url, headers, body = request.path, request.headers, request.body
        else:
            url, headers, body, answer = one.url, one.headers, one.body, one.answer
            if any(value and not is_mask(value) for value in _given(headers)):
                self.hosts.add(_host_of(url))
        found = [*_in_url(url), *_in_headers(headers), *_in_body(body)]
        if isinstance(answer, Response):
            found += [*_in_headers(answer.headers), *_in_body(answer.body)]
            for value in _cookies_set(answer.headers):
                if len(self._cookies) < MOST_COOKIES:
                    self._cookies.setdefault(value)
        if self.told:
            texts = (answer.body,) if isinstance(answer, Response) else ()
            found += [secret for text in (body, *texts) for secret in _called(text)]
        for secret in found:
            if len(self._found) < MOST:
                self._found.setdefault(secret.value, secret.kind)
            elif secret.value not in self._found:
                self.full = True

    def add(self, later: Credentials) -> None:
        """Enter what exchanges carry that come after those that were seen."""
        self.hosts |= later.hosts
        self.full |= later.full
        for value, kind in later._found.items():
            if len(self._found) < MOST:
                self._found.setdefault(value, kind)
            elif value not in self._found:
                self.full = True
        for value in later._cookies:
            if len(self._cookies) < MOST_COOKIES:
                self._cookies.setdefault(value)

    @property
    def redactor(self) -> Redactor:
        """Replaces what was found. To be asked for once everything was seen."""
        if self._redactor is None:
            self._redactor = Redactor(self.secrets)
        return self._redactor

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What was found."""
        cookies = (Secret("cookie", value) for value in self._cookies if value not in self._found)
        return (*(Secret(kind, value) for value, kind in self._found.items()), *cookies)

    def auth_of(self, one: Recorded) -> Auth:
        """Which credentials a request had.

        `absent` and `empty` only where the file shows that credentials of this host were recorded as they were sent.
        Elsewhere they may have been filtered out or masked: then they count as good ones, and as `unknown` where they
        were refused, since the file does not say what they were.
        """
        given = _given(one.headers)
        refused = isinstance(one.answer, Response) and one.answer.status in (401, 403)
        unknown: Auth = "unknown" if refused else "valid"
        if any(given) or _host_of(one.url) not in self.hosts:
            return unknown
        return "empty" if given else "absent"


def _given(headers: Headers) -> list[str]:
    """The values of the headers by which a request of this API shows who sends it."""
    return [value for name, value in headers if name.lower() in _GIVEN]


def _host_of(url: str) -> str:
    """Host and port of a URL; empty for a path, and for what is no URL."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def own_secrets(headers: Headers) -> tuple[Secret, ...]:
    """What lets one request in, and may be different in the next one: its token, its signature."""
    found = []
    for name, value in headers:
        if name.lower() in _GIVEN and len(value) >= _SHORTEST and not is_mask(value):
            kind = "token" if name.lower() == "x-auth-token" else "signature"
            found += [Secret(kind, value), Secret(kind, value.rpartition("Signature=")[2])]
    return tuple(secret for secret in found if len(secret.value) >= _SHORTEST)


def credentials_in(reader: CassetteReader) -> tuple[Secret, ...]:
    """Credentials that a cassette of imported traffic still holds, as those that older versions imported may.

    None of a cassette that the kit recorded: slots kept them out. Raises CassetteError.
    """
    if "imported" not in reader.about:
        return ()
    credentials = Credentials(told=True)
    for line in reader.lines(lambda _damage: None):
        try:
            credentials.see(reader.interaction(line))
        except CassetteError:
            continue  # whoever reads the line for what it says comes upon the same
    return credentials.secrets


def _called(text: bytes) -> Iterator[Secret]:
    """Values that a text calls credentials: a kind of them, and letters with digits."""
    for match in _CALLED.finditer(text):
        kind, value = match[1].decode("ascii"), match[2].decode("ascii")
        if any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value):
            yield from _secrets([(_kind_of(kind), value)], shortest=_SHORTEST)


def _in_headers(headers: Headers) -> Iterator[Secret]:
    for name, value in headers:
        lower = name.lower()
        if lower in ("authorization", "proxy-authorization"):
            yield from _in_authorization(value)
        elif lower == "cookie":
            yield from _secrets((("cookie", part) for _, part in _pairs(value)), shortest=_SHORTEST)
        elif lower not in ("set-cookie", "x-sdk-date") and (CREDENTIAL_HEADERS.fullmatch(name) or _is_named(name)):
            kind = "security-token" if lower == "x-security-token" else _kind_of(name)
            yield from _secrets([(kind, value)], shortest=_SHORTEST)
        elif lower in ("referer", "location", "origin"):
            yield from _in_url(value)
        if lower in ("x-project-id", "project-id") and re.fullmatch("[0-9a-f]{32}", value):
            yield Secret("project-id", value)


def _in_authorization(value: str) -> Iterator[Secret]:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "basic":
        yield from _secrets([("password", rest.strip())], shortest=_SHORTEST)
        try:
            password = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, ValueError):
            return
        yield from _secrets([("password", password)], shortest=_SHORTEST_PASSWORD)
    elif access := _ACCESS.search(value):
        yield from _secrets([("ak", access[1])], shortest=_SHORTEST)
    else:
        yield from _secrets([("token", rest.strip() or value)], shortest=_SHORTEST)


def _in_url(url: str) -> Iterator[Secret]:
    for match in _PROJECT_PATH.finditer(url):
        yield Secret("project-id", match[1])
    if "?" not in url and "@" not in url:
        return
    try:
        parts = urlsplit(url)
        password = parts.password or ""
        named = _parameters(parts.query)
    except ValueError:
        return
    yield from _secrets([("password", password)], shortest=_SHORTEST_PASSWORD)
    yield from _of_pairs(named)


def _in_body(body: bytes) -> Iterator[Secret]:
    pairs = []
    short = _shortened(body)
    for match in _NAMED.finditer(short):
        literal = match[2] if match[2] is not None else match[3]
        pairs.append((match[1].decode("ascii"), _unescaped(literal)))
    yield from _of_pairs(pairs)
    # Most bodies have no such word, and to look for it takes a tenth of what the expressions take.
    for pattern in (_PROJECT_MEMBER, _PROJECT_WORDS) if b"project" in short.lower() else ():
        for match in pattern.finditer(short):
            yield Secret("project-id", match[1].decode("ascii"))
    if length_of(body) <= _LONGEST_FORM and b"=" in body and body.lstrip()[:1] not in (b"{", b"[", b"<", b'"'):
        try:
            yield from _of_pairs(_parameters(body.decode("utf-8")))
        except ValueError:
            return


def _shortened(body: bytes) -> bytes:
    """The body with most of each picture left out, in which nothing is named.

    What is left of it is longer than any value that `_NAMED` takes.
    """
    if len(body) <= _LONGEST_FORM:
        return body
    parts, start = [], 0
    for _ in range(_MOST_TEXTS):
        end = body.find(b'"', start)
        text = body[start : min(end if end >= 0 else len(body), start + _TOO_LONG)]
        plain = text[:1].isalnum() or not text[:_FRONT].translate(None, BASE64_DIGITS)  # that of a JPEG begins with /
        parts.append(text if plain and body.find(b"\\", start, end) < 0 else body[start : max(end, 0) or None])
        if end < 0:
            return b'"'.join(parts)
        start = end + 1
    return body


def _parameters(query: str) -> list[tuple[str, str]]:
    """Names and values of a query, decoded and as they stand: not everybody encodes a plus. Raises ValueError."""
    raw = (part.partition("=")[::2] for part in query.split("&"))
    return [*parse_qsl(query, max_num_fields=1_000), *((name, value) for name, value in raw)]


def _of_pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[Secret]:
    for name, value in pairs:
        if _PROJECT.fullmatch(name):
            if re.fullmatch("[0-9a-f]{32}", value):
                yield Secret("project-id", value)
        elif _is_named(name) and (name.lower() not in ("access", "ak", "auth") or _ACCESS_KEY.fullmatch(value)):
            shortest = _SHORTEST_PASSWORD if _PASSWORDS.search(name) else _SHORTEST
            yield from _secrets([(_kind_of(name), value)], shortest=shortest)


def _secrets(found: Iterable[tuple[str, str]], *, shortest: int) -> Iterator[Secret]:
    """Values that are long enough to be told from words, and are no masks or placeholders."""
    for kind, value in found:
        plain = value.strip()
        if len(plain) >= shortest and not is_mask(plain) and not plain.startswith("[[redacted:"):
            yield Secret(kind, plain)


def _cookies_set(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if name.lower() == "set-cookie":
            for line in value.split("\n"):
                parts = [part for key, part in _pairs(line) if key.lower() not in _COOKIE_ATTRIBUTES]
                found = _secrets((("cookie", part) for part in parts[:1]), shortest=_SHORTEST)
                yield from (secret.value for secret in found)


def _pairs(cookies: str) -> Iterator[tuple[str, str]]:
    """Names and values of cookies; a number of up to 13 digits is a time or a counter, and lets nobody in."""
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        value = value.strip('"')
        if not (value.isdecimal() and len(value) <= 13):
            yield name, value


def _is_named(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _kind_of(name: str) -> str:
    return next((kind for pattern, kind in _KINDS if pattern.search(name)), "token")


def _unescaped(literal: bytes) -> str:
    """The text of a JSON string, without its quotes."""
    try:
        return str(json.loads(b'"%b"' % literal, strict=False))
    except ValueError:
        return literal.decode("utf-8", "replace")
