"""A request as a `curl` line that sends it again, with credentials and project id left to environment variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.exchange import PROJECT_SLOT

if TYPE_CHECKING:
    from conformance.exchange import Auth, Request

_OWN_TOKEN = '"X-Auth-Token: $OCR_CONFORMANCE_TOKEN"'
_WRONG_TOKEN = '"X-Auth-Token: $WRONG_TOKEN"'
_TOKEN_HEADERS: Mapping[Auth, str] = MappingProxyType(
    {
        "valid": _OWN_TOKEN,
        "unknown": _OWN_TOKEN,
        "other-project": _OWN_TOKEN,
        "empty": "'X-Auth-Token;'",
        "garbage": '"X-Auth-Token: not-a-token"',
        "expired": _WRONG_TOKEN,
        "bad-signature": _WRONG_TOKEN,
        "skewed-date": _WRONG_TOKEN,
        "changed-body": _WRONG_TOKEN,
    }
)
"""The header for each kind of credentials, as a shell word; `absent` has none. Curl sends `Name;` without a value."""

_ACTING = re.compile(r'["$`\\!]')
"""What a shell obeys within double quotes; `!` where a person types."""

_INLINE = 300
"""Bodies up to this many bytes are written on the line itself."""

EVIDENCE = "evidence"
"""Folder beside a report, with the files that lines refer to."""


def curl_line(request: Request, origin: str, body_file: str) -> str:
    """One shell line. `origin` is an http(s) origin, or a shell variable such as `$TARGET`.

    `body_file` names the file that holds the body, where it is too long or too odd for the line. Where a url names
    pictures of the kit, the line begins with the command that serves them while curl runs.
    """
    project = "$ANOTHER_PROJECT_ID" if request.auth == "other-project" else "$OCR_CONFORMANCE_PROJECT_ID"
    path = _ACTING.sub(lambda found: f"%{ord(found.group()):02X}", request.path)
    url = f'"{origin}{path.replace(PROJECT_SLOT, project)}"'
    parts = ["ocr-conformance", "pictures", EVIDENCE] if request.pictures and request.made_by_kit else []
    parts += ["curl", "-sS", "-X", shlex.quote(request.method), url]
    if request.auth != "absent":
        parts += ["-H", _TOKEN_HEADERS[request.auth]]
    for name, value in request.headers:
        header = shlex.quote(f"{name}: {value}")
        # The slot becomes a variable, which only double quotes let the shell fill.
        parts += ["-H", header.replace(PROJECT_SLOT, f"'\"{project}\"'")]
    if request.body:
        inline = inline_body(request)
        parts += ["--data-binary", shlex.quote(inline if inline is not None else f"@{body_file}")]
    return " ".join(parts)


def inline_body(request: Request) -> str | None:
    """The body where it is short text of the kit's own that a shell line can carry, else None."""
    if len(request.body) > _INLINE or not request.made_by_kit:
        return None
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and not text.startswith("@") else None
