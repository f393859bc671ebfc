"""Who may call, and how often: a token or an AK/SK signature, the project of the path, calls a minute."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from conformance.reference.editions import (
    NO_PERMISSION,
    SIGNATURE_INVALID,
    TOKEN_EMPTY,
    TOKEN_INVALID,
    TOO_MANY_REQUESTS,
    RefusedError,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.calls import Call
    from conformance.reference.editions import Checks


TOKEN_HEADER = "x-auth-token"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller must know. Without an access key no signature is accepted.

    A security token makes the access key a temporary one: each request has to carry the token, and to sign it.
    """

    token: str = field(repr=False)
    project_id: str
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    security_token: str | None = field(default=None, repr=False)


def needs_body(call: Call) -> bool:
    """Whether the credentials can be checked only once the body is there: a signature covers it."""
    return TOKEN_HEADER not in call.headers and is_signed(call.headers)


def check_caller(call: Call, known: Credentials, behaviour: Checks, now: datetime) -> None:
    """Check the token or the signature, then the project.

    Raises RefusedError with ModelArts.4101, ModelArts.4103, APIG.0301 or ModelArts.4203.
    """
    if needs_body(call):
        _check_signature(call, known, behaviour, now)
    else:
        _check_token(call.headers.get(TOKEN_HEADER), known, behaviour)
    if call.project_id not in (None, known.project_id) and behaviour.checks("project"):
        raise refused(NO_PERMISSION, "project")


def _check_token(token: str | None, known: Credentials, behaviour: Checks) -> None:
    if token is None:
        if behaviour.checks("token-given"):
            raise refused(TOKEN_EMPTY, "token-given")
        return
    if not token:
        if behaviour.checks("token-filled"):
            raise refused(TOKEN_EMPTY, "token-filled")
        return
    if not is_same(token, known.token) and behaviour.checks("token-valid"):
        raise refused(TOKEN_INVALID, "token-valid")


def _check_signature(call: Call, known: Credentials, behaviour: Checks, now: datetime) -> None:
    if known.access_key is None or known.secret_key is None:
        raise refused(SIGNATURE_INVALID, "no access key is configured")
    reason = verify(call, known.access_key, known.secret_key, now, known.security_token)
    if reason is not None and behaviour.checks("signature"):
        raise refused(SIGNATURE_INVALID, reason)


def is_same(given: str, known: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing of where they differ; in any encoding."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), known.encode("utf-8", "surrogateescape"))


# Verifying AK/SK signatures of the documented scheme SDK-HMAC-SHA256, with code of our own.
#
# Source: the page on authentication. A client signs a canonical form of its request; we build the same form from
# what arrived and compare. Everything here works on the bytes of the wire: header values are UTF-8 in the client's
# eyes.


ALGORITHM = "SDK-HMAC-SHA256"
DATE_HEADER = "x-sdk-date"
SECURITY_TOKEN_HEADER = "x-security-token"
PAYLOAD_HEADER = "x-sdk-content-sha256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
CLOCK_SKEW = timedelta(minutes=15)

_AUTHORIZATION = re.compile(
    ALGORITHM
    + r" +Access=(?P<access>[^, ]+), *SignedHeaders=(?P<headers>[^, ]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_MUST_BE_SIGNED = frozenset({"host", DATE_HEADER})


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request claims to be signed with this scheme."""
    return headers.get("authorization", "").startswith(ALGORITHM)


def verify(
    call: Call, access_key: str, secret_key: str, now: datetime, security_token: str | None = None
) -> str | None:
    """None where the signature is good, else why it is not, in words that hold no secret.

    `security_token` goes with a temporary access key; without one a request must not carry any.
    """
    claim = _AUTHORIZATION.fullmatch(call.headers.get("authorization", "").strip())
    if claim is None:
        return "the Authorization header is not of the documented form"
    if not is_same(claim["access"], access_key):
        return "the access key is unknown"
    names = claim["headers"].split(";")
    if _MUST_BE_SIGNED - set(names) or any(name not in call.headers for name in names):
        return "a header that must be signed is missing"
    if not is_same(call.headers.get(SECURITY_TOKEN_HEADER, ""), security_token or ""):
        return "the security token is not that of the access key"
    if security_token and SECURITY_TOKEN_HEADER not in names:
        return "the security token is not signed"
    stamp = call.headers[DATE_HEADER].strip()
    if not _is_recent(stamp, now):
        return "the time of signing is malformed or too far from now"
    payload = _payload_hash(call)
    if payload is None:
        return "the body is not the one that was signed"
    text = "\n".join((ALGORITHM, stamp, _sha256(_canonical(call, names, payload))))
    expected = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return None if is_same(claim["signature"], expected) else "the signature does not match"


def _canonical(call: Call, names: list[str], payload: str) -> bytes:
    path = "/".join(quote(part, safe="~") for part in unquote(call.path).split("/"))
    pairs = sorted(parse_qsl(call.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    headers = "".join(f"{name}:{call.headers[name].strip()}\n" for name in names)
    lines = (
        call.method.upper(),
        path if path.endswith("/") else path + "/",
        query,
        headers,
        ";".join(names),
        payload,
    )
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _payload_hash(call: Call) -> str | None:
    actual = _sha256(call.body)
    declared = call.headers.get(PAYLOAD_HEADER, actual)
    return declared if declared in (actual, UNSIGNED_PAYLOAD) else None


def _is_recent(stamp: str, now: datetime) -> bool:
    try:
        signed_at = datetime.strptime(stamp, _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(now - signed_at) <= CLOCK_SKEW


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# A limit on calls per minute, as the gateway in front of the operations has one.
#
# Source: APIG.0308 in the page of error codes; its text names the limit and the unit of one minute.


_WINDOW = timedelta(minutes=1)


class Throttle:
    """Lets so many calls through in any minute."""

    def __init__(self, calls_per_minute: int) -> None:
        """Raises ValueError for a limit below 1."""
        if calls_per_minute < 1:
            raise ValueError(
                f"a limit of {calls_per_minute} calls per minute lets nothing through; it must be at least 1"
            )
        self._limit = calls_per_minute
        self._times: deque[datetime] = deque()
        self._lock = threading.Lock()

    def admit(self, now: datetime) -> None:
        """Count a call; raises RefusedError with APIG.0308 where it is one too many."""
        with self._lock:
            while self._times and now - self._times[0] >= _WINDOW:
                self._times.popleft()
            if len(self._times) < self._limit:
                self._times.append(now)
                return
        error = refused(TOO_MANY_REQUESTS, "throttled")
        message = error.refusal.message.format(limit=self._limit)
        raise RefusedError(replace(error.refusal, message=message))
