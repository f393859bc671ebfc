"""Who may call: a token or an AK/SK signature, and the project of the path.

Source: header tables of both operations and the page on authentication. The documents fix neither the code nor the
status for each case; ModelArts.4101 is the one whose text speaks of an empty token header, 4103 of an invalid one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.reference.errors import NO_PERMISSION, SIGNATURE_INVALID, TOKEN_EMPTY, TOKEN_INVALID, refused
from conformance.reference.signature import SignedRequest, is_same, is_signed, verify

if TYPE_CHECKING:
    from datetime import datetime

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.calls import Call

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


def check_caller(call: Call, known: Credentials, behaviour: Behaviour, now: datetime) -> None:
    """Check the token or the signature, then the project.

    Raises RefusedError with ModelArts.4101, ModelArts.4103, APIG.0301 or ModelArts.4203.
    """
    if needs_body(call):
        _check_signature(call, known, behaviour, now)
    else:
        _check_token(call.headers.get(TOKEN_HEADER), known, behaviour)
    if call.project_id not in (None, known.project_id) and behaviour.checks("project"):
        raise refused(NO_PERMISSION, "project")


def _check_token(token: str | None, known: Credentials, behaviour: Behaviour) -> None:
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


def _check_signature(call: Call, known: Credentials, behaviour: Behaviour, now: datetime) -> None:
    if known.access_key is None or known.secret_key is None:
        raise refused(SIGNATURE_INVALID, "no access key is configured")
    request = SignedRequest(call.method, call.path, call.query, call.headers, call.body)
    reason = verify(request, known.access_key, known.secret_key, now, known.security_token)
    if reason is not None and behaviour.checks("signature"):
        raise refused(SIGNATURE_INVALID, reason)
