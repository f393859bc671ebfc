"""Requests that got no answer, whatever a recorder calls that: one kind of failure for one cause.

Status 0 (Chromium, Firefox, mitmproxy, pcap2har), -1 (Playwright), '' (axios-har-tracker), null or nothing at all; the
cause in `_error`, `_failureText` or `requestError`, in the words of Chromium, Firefox, WebKit, Node, Python, mitmproxy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.exchange import FailureKind, TransportFailure
from conformance.recordings.recorded import NotRecordedError
from conformance.text import Text

NO_STATUS: tuple[object, ...] = (0, -1, "", "0", None)
"""What stands in the place of a status where there was no answer."""

_CAUSES: Mapping[FailureKind, str] = {
    "unresolved": "NAME_NOT_RESOLVED|UNKNOWN_HOST|ENOTFOUND|EAI_AGAIN|getaddrinfo|name resolution|not known"
    "|resolve host",
    "refused": "CONNECTION_REFUSED|ECONNREFUSED|refused|Connect call failed",
    "tls": r"ERR_SSL|ERR_CERT|SEC_ERROR|SSL_ERROR|SELF_SIGNED|\bCERT_|certificate|\bTLS\b|\bSSL\b",
    "timeout": "TIMED_OUT|NET_TIMEOUT|ETIMEDOUT|ESOCKETTIMEDOUT|ECONNABORTED|timed? ?out",
    "malformed": "INVALID_HTTP|CHUNKED_ENCODING|HPE_|Parse Error|bad response|invalid (?:http|response)"
    "|protocol error|RESPONSE_HEADERS_TRUNCATED",
    "closed": "EMPTY_RESPONSE|CONNECTION_RESET|CONNECTION_CLOSED|CONTENT_LENGTH_MISMATCH|NET_RESET|NET_INTERRUPT"
    "|PARTIAL_TRANSFER|ECONNRESET|EPIPE|hang up|closed|reset by|connection was lost|disconnected|without response"
    "|premature",
    "unreachable": "ADDRESS_UNREACHABLE|EHOSTUNREACH|ENETUNREACH|unreachable|no route",
}
"""Causes for which the target answers, in the order in which they are looked for; all others are the client's doing."""

_CLIENTS_OWN = re.compile(
    "(?i)ERR_ABORTED|BINDING_ABORTED|BLOCKED|CANCEL|INTERNET_DISCONNECTED|NETWORK_CHANGED|client (?:closed|disconnect)"
)
_ON_THE_WIRE = "pcap2har"
"""Sees packets: where it saw a request and no answer, the connection came about and ended."""


def failed(words: str, elapsed_s: float, creator: str = "") -> TransportFailure:
    """The failure that a recorder's words stand for; `creator` is the recorder, as far as it names itself.

    Without any words nobody knows whether the connection was closed or refused, or the client gave up. Raises
    NotRecordedError for that, and where the client gave up.
    """
    if not _CLIENTS_OWN.search(words):
        for kind, pattern in _CAUSES.items():
            if re.search(pattern, words, re.IGNORECASE):
                return TransportFailure(kind, words, elapsed_s)
        if not words and _ON_THE_WIRE in creator:
            return TransportFailure("closed", "no answer was recorded", elapsed_s)
    why = words or "the recording does not say why"
    raise NotRecordedError(Text(f"no answer was recorded ({why})", f"未记录到响应（{words or '录制中没有说明原因'}）"))
