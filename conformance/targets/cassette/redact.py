"""Makes a cassette fit to be handed on: credentials, personal values and pictures are replaced in a copy of it.

Credentials are given by value and become placeholders, which the judge still recognises as an echo; headers that carry
them are dropped. Personal values (given by value, by the name of a header or JSON member, and all that was read on
documents which are not the kit's specimens) become pseudonyms of the same form. Pictures that the kit did not make
become blank ones of the same kind, so that the copy is judged as the original was. The kit's own requests and what was
read on its specimens stay as they are: they are invented.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from conformance.exchange import (
    Exchange,
    Request,
    Response,
    ServedPicture,
    StatedDocument,
    TransportFailure,
    Truth,
    echoed_secrets,
)
from conformance.targets.cassette.interaction import CassetteError, Interaction
from conformance.targets.cassette.journal import CassetteWriter
from conformance.targets.cassette.jsontext import Leaf, is_json, replaced
from conformance.targets.cassette.patterns import CREDENTIAL_HEADERS
from conformance.targets.cassette.pseudonyms import Pseudonyms
from conformance.targets.cassette.reader import CassetteReader
from conformance.targets.redaction import Redactor, Secret

_BASE64 = re.compile(r"[A-Za-z0-9+/_%\s-]{64,}={0,2}")
_DATA_URI = re.compile(r"data:[^,]{0,100},")
_PICTURE_MEMBERS = frozenset({"image", "data"})
_PICTURE_LENGTH = 64
"""Characters from which the text of a picture's member may show something."""

_KEPT_MEMBERS = frozenset({"type", "status", "error_code", "error_msg", "request_id", "location", "confidence"})
"""Members of a result that are no content: what kind of document, where, how sure."""


class Pictures(Protocol):
    """What the kit knows of pictures and cassettes do not."""

    def is_own(self, request: Request) -> bool:
        """Whether the kit made a request from its specimens, so that nothing on its picture is about anybody."""

    def is_vocabulary(self, value: str) -> bool:
        """Whether a value is one that the documents list, such as a kind or a sex: it names nobody."""

    def blank(self, text: str) -> str:
        """Base64 text of a blank picture, for the base64 text of one: the same format and size, as long, as faulty."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What to replace. `secrets` are credentials, `values` personal texts; `names` are headers and JSON members."""

    secrets: tuple[Secret, ...] = ()
    values: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    keep_images: bool = False


@dataclass(slots=True)
class Redaction:
    """What was done: interactions copied, those changed, pictures replaced."""

    interactions: int = 0
    changed: int = 0
    pictures: int = 0


@dataclass(slots=True)
class _Hand:
    """Replaces things in one interaction after the other."""

    rules: Rules
    pictures: Pictures
    pseudonyms: Pseudonyms
    done: Redaction = field(default_factory=Redaction)
    redactor: Redactor = field(init=False)
    names: frozenset[str] = field(init=False)
    values: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.redactor = Redactor(self.rules.secrets)
        self.names = frozenset(name.lower() for name in self.rules.names)
        # A longer value first: a shorter one may be a part of it.
        self.values = tuple(sorted(filter(None, self.rules.values), key=len, reverse=True))


class Mask:
    """Redacts interactions one after the other under one key, which is gone with this object."""

    def __init__(self, rules: Rules, pictures: Pictures, pseudonyms: Pseudonyms | None = None) -> None:
        """`pseudonyms` are for tests alone."""
        self._hand = _Hand(rules, pictures, pseudonyms or Pseudonyms())

    @property
    def done(self) -> Redaction:
        """What was done so far."""
        return self._hand.done

    def interaction(self, interaction: Interaction) -> Interaction:
        """The interaction, redacted."""
        clean = _interaction(self._hand, interaction)
        self.done.interactions += 1
        self.done.changed += clean != interaction
        return clean

    def request(self, request: Request) -> Request:
        """A request alone, redacted as with its answer."""
        nothing = TransportFailure("unreachable", "")
        return _interaction(self._hand, Interaction("", "", 0, "", 1, Exchange(request, nothing))).exchange.request


def redact_cassette(
    folder: Path, copy: Path, rules: Rules, pictures: Pictures, pseudonyms: Pseudonyms | None = None
) -> Redaction:
    """Write a redacted copy of a sealed cassette to a new folder; the key of its pseudonyms is thrown away.

    Streams: one interaction is in memory at a time. Raises CassetteError where the one cannot be read or the other
    cannot be written.
    """
    reader = CassetteReader(folder)
    if reader.state == "recording":
        raise CassetteError(f"{folder}: expected a finished recording, this one was interrupted; go on with --record")
    mask = Mask(rules, pictures, pseudonyms)
    about = {name: value for name, value in reader.about.items() if name not in ("format", "state")}
    writer = CassetteWriter(copy, {**about, "redacted": True}, resume=False)
    try:
        for interaction in reader:
            writer.add(mask.interaction(interaction))
        for purpose, requests in reader.finished.items():
            writer.finish(purpose, requests)
        for retried in reader.retried:
            writer.retried(retried)
        for note in reader.unknown:
            writer.sending(note)
        writer.seal({})
    finally:
        writer.close()
    return mask.done


def _interaction(hand: _Hand, interaction: Interaction) -> Interaction:
    exchange = interaction.exchange
    request = exchange.request
    own = request.stated is None and hand.pictures.is_own(request)
    if not own:
        request = replace(
            request,
            path=_address(hand, request.path, request.path),
            truth=_truth(hand, request.truth),
            stated=_stated(hand, request.stated),
        )
        if not hand.rules.keep_images:
            request = replace(
                request,
                body=_without_pictures(hand, request.body),
                pictures=tuple(_served(hand, picture) for picture in request.pictures),
            )
    request = replace(
        request,
        path=_text(hand, request.path),
        headers=_headers(hand, request.headers),
        body=_body(hand, request.body, personal=None if own else _is_address),
    )
    answer = _answer(hand, exchange.answer, own=own)
    if request.stated is not None and isinstance(answer, Response) and is_json(answer.body) is None:
        answer = replace(answer, body=_unread(hand, answer.body))
    return replace(interaction, exchange=Exchange(request, answer, exchange.id))


def _answer(hand: _Hand, answer: Response | TransportFailure, *, own: bool) -> Response | TransportFailure:
    if isinstance(answer, TransportFailure):
        return replace(answer, detail=_text(hand, answer.detail))
    body = _body(hand, answer.body, personal=None if own else _is_content)
    return replace(answer, headers=_headers(hand, answer.headers), body=body)


def _headers(hand: _Hand, headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    clean = []
    for name, value in headers:
        if CREDENTIAL_HEADERS.fullmatch(name) and not echoed_secrets(value):
            continue  # a placeholder in its place would read as an echo of the kit's own credentials
        hidden = hand.pseudonyms.of(value) if name.lower() in hand.names else value
        clean.append((name, _text(hand, hidden)))
    return tuple(clean)


def _text(hand: _Hand, text: str) -> str:
    """Given values and credentials out of a text."""
    for value in hand.values:
        if value in text:
            text = text.replace(value, hand.pseudonyms.of(value))
    return hand.redactor.redact_text(text) if text.isascii() or _encodes(text) else text


def _body(hand: _Hand, body: bytes, *, personal: Callable[[Leaf], bool] | None) -> bytes:
    """The body with values, names and (where `personal` says so) leaves replaced; all else stays byte for byte."""
    text = is_json(body)
    if text is not None:

        def change(leaf: Leaf) -> str | int | float:
            named = any(step.lower() in hand.names for step in leaf.path) and not leaf.is_name
            if named or (personal is not None and not leaf.is_name and personal(leaf)):
                return _hidden(hand, leaf)
            if isinstance(leaf.value, str):
                return _given(hand, leaf.value)
            return leaf.value

        body = replaced(text, change).encode("utf-8", "surrogatepass")
    else:
        for value in hand.values:
            body = body.replace(value.encode(), hand.pseudonyms.of(value).encode())
    return hand.redactor.redact(body)


def _hidden(hand: _Hand, leaf: Leaf) -> str | int | float:
    if not isinstance(leaf.value, str):
        return hand.pseudonyms.number(leaf.value)
    if leaf.path[-1:] == ("url",):
        return _address(hand, leaf.value, urlsplit(leaf.value).path)
    return leaf.value if hand.pictures.is_vocabulary(leaf.value) else hand.pseudonyms.of(leaf.value)


def _given(hand: _Hand, text: str) -> str:
    for value in hand.values:
        if value in text:
            text = text.replace(value, hand.pseudonyms.of(value))
    return text


def _is_content(leaf: Leaf) -> bool:
    """Whether a leaf of an answer is what was read on a document."""
    path = leaf.path
    if path[:1] != ("result",) or "confidence" in path:
        return False
    below = path[2:] if len(path) > 1 and path[1].isdecimal() else path[1:]
    return bool(below) and below[0] not in _KEPT_MEMBERS and not below[0].startswith("alarm_")


def _is_address(leaf: Leaf) -> bool:
    return leaf.path[-1:] == ("url",) and isinstance(leaf.value, str)


def _address(hand: _Hand, address: str, path: str) -> str:
    """An address with another query, and for a whole URL another path: both may name somebody, or be signed."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return hand.pseudonyms.of(address)
    if address == path:  # the path of an operation stays
        return address if not parts.query else f"{parts.path}?{hand.pseudonyms.of(parts.query)}"
    return urlunsplit((parts.scheme, parts.netloc, hand.pseudonyms.of(path), hand.pseudonyms.of(parts.query), ""))


def _unread(hand: _Hand, body: bytes) -> bytes:
    """A body that is no JSON, about a picture of the user's own: nobody knows what stands where, so all is hidden."""
    try:
        return hand.pseudonyms.of(body.decode("utf-8")).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return b"\xff" * len(body)


def _truth(hand: _Hand, truth: Truth | None) -> Truth | None:
    if truth is None:
        return None
    documents = tuple(replace(document, fields=_fields(hand, document.fields)) for document in truth.documents)
    return replace(truth, documents=documents)


def _stated(hand: _Hand, documents: tuple[StatedDocument, ...] | None) -> tuple[StatedDocument, ...] | None:
    if documents is None:
        return None
    return tuple(replace(document, fields=_fields(hand, document.fields)) for document in documents)


def _fields(hand: _Hand, fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Values by the same pseudonyms as in the answer, so that what agreed still agrees."""
    return tuple(
        (name, value if hand.pictures.is_vocabulary(value) else hand.pseudonyms.of(value)) for name, value in fields
    )


def _served(hand: _Hand, picture: ServedPicture) -> ServedPicture:
    if not picture.content:
        return picture
    hand.done.pictures += 1
    blank = hand.pictures.blank(base64.b64encode(picture.content).decode("ascii"))
    return replace(picture, content=base64.b64decode(blank))


def _without_pictures(hand: _Hand, body: bytes) -> bytes:
    """The body with blank pictures; bytes that are no text at all are replaced whole."""
    text = is_json(body)
    if text is not None:

        def change(leaf: Leaf) -> str | int | float:
            if leaf.is_name or not isinstance(leaf.value, str) or len(leaf.value) < _PICTURE_LENGTH:
                return leaf.value
            prefix = match[0] if (match := _DATA_URI.match(leaf.value)) else ""
            picture = leaf.value.removeprefix(prefix)
            if not _PICTURE_MEMBERS.intersection(leaf.path[-1:]) and not _BASE64.fullmatch(picture):
                return leaf.value
            hand.done.pictures += 1
            return prefix + hand.pictures.blank(picture)

        return replaced(text, change).encode("utf-8", "surrogatepass")
    try:
        plain = body.decode("utf-8")
    except UnicodeDecodeError:
        hand.done.pictures += 1
        return b"\xff" * len(body)  # no text either, and no picture
    hand.done.pictures += len(_BASE64.findall(plain))
    return _BASE64.sub(lambda run: "A" * len(run[0]), plain).encode("utf-8")


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
