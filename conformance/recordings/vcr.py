"""Imports the YAML cassettes of VCR-like tools, of Python (vcrpy) and of Ruby; none is ever written.

Needs PyYAML (extra `ocr-conformance[yaml]`) and loads safely: a file with tags that would make objects is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.exchange import Response
from conformance.recordings.foreign import Foreign, Skipped
from conformance.recordings.interaction import CassetteError, Interaction
from conformance.recordings.members import Members, as_object, from_base64, http_status, member

if TYPE_CHECKING:
    from types import ModuleType


def read_vcr(path: Path, skipped: Callable[[Skipped], None]) -> Iterator[Interaction]:
    """The exchanges of a VCR YAML file; an interaction that holds none is told to `skipped` and left out.

    YAML cannot be read piece by piece: the whole file is in memory. Raises CassetteError where PyYAML is not installed,
    and for a file that is no VCR cassette.
    """
    yaml = _yaml()
    foreign = Foreign()
    try:
        with path.open("rb") as file:
            loaded: object = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CassetteError(f"{path}: expected a VCR cassette (YAML without tags of its own): {error}") from error
    document = loaded if isinstance(loaded, dict) else {}
    interactions = document.get("interactions", document.get("http_interactions"))
    if not isinstance(interactions, list):
        raise CassetteError(f"{path}: expected a VCR cassette with interactions, found none")
    for number, entry in enumerate(interactions, 1):
        try:
            yield _interaction(entry, foreign, f"interaction {number}")
        except ValueError as error:
            skipped(Skipped(f"interaction {number}", str(error)))


def _yaml() -> ModuleType:
    try:
        return import_module("yaml")  # late: an extra, and only this module needs it
    except ImportError:
        raise CassetteError(
            "reading VCR cassettes needs PyYAML; install it with `pip install ocr-conformance[yaml]`"
        ) from None


def _interaction(entry: object, foreign: Foreign, place: str) -> Interaction:
    whole = as_object(entry, "interaction")
    request, response = member(whole, "request"), member(whole, "response")
    status = http_status(member(response, "status"), "code")
    url, method = request.get("uri"), request.get("method")
    if not isinstance(url, str) or not isinstance(method, str):
        raise ValueError("request: expected a method and a uri")
    answer = Response(status, _headers(response), _body(response))
    at = whole.get("recorded_at")
    return foreign.interaction(method, url, _headers(request), _body(request), answer, place, str(at or ""))


def _headers(entry: Members) -> tuple[tuple[str, str], ...]:
    headers = entry.get("headers") or {}
    return tuple(
        (str(name), value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, values in as_object(headers, "headers").items()
        for value in (values if isinstance(values, list) else [values])
    )


def _body(entry: Members) -> bytes:
    """A body is text, bytes or nothing, or an object with `string` or, of Ruby, `base64_string`."""
    body = entry.get("body")
    if isinstance(body, dict):
        if isinstance(body.get("base64_string"), str):
            return from_base64("".join(body["base64_string"].split()))  # Ruby breaks it into lines
        body = body.get("string")
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, bytes):
        return body
    raise ValueError(f"body: expected text or bytes, found {type(body).__name__}")
