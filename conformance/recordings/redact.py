"""Makes a cassette fit to be handed on: credentials, personal values and pictures are replaced in a copy of it.

Credentials are given by value and become placeholders, which the judge still recognises as an echo; headers that carry
them are dropped. Personal values (given by value, by the name of a header or JSON member, and all that was read on
documents which are not the kit's specimens) become pseudonyms of the same form. Pictures that the kit did not make
become blank ones of the same kind, so that the copy is judged as the original was. The kit's own requests and what was
read on its specimens stay as they are: they are invented.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from conformance.recordings import CassetteError, Interaction
from conformance.recordings.credentials import credentials_in
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.patterns import (
    CREDENTIAL_HEADERS,
    Leaf,
    Pseudonyms,
    is_json,
    is_picture,
    personal_numbers,
    replaced,
    secret_shapes,
)
from conformance.recordings.reader import CassetteReader
from conformance.redactor import Redactor, Secret

_BASE64 = re.compile(r"[A-Za-z0-9+/_%\s-]{64,}={0,2}")
_DATA_URI = re.compile(r"data:[^,]{0,100},")
_PICTURE_MEMBERS = frozenset({"image", "data"})
_PICTURE_LENGTH = 64
"""Characters from which the text of a picture's member may show something."""

_HIDDEN = "*"

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


class Mask:
    """Redacts interactions one after the other under one key, which is gone with this object."""

    def __init__(self, rules: Rules, pictures: Pictures, pseudonyms: Pseudonyms | None = None) -> None:
        """`pseudonyms` are for tests alone."""
        self.done = Redaction()
        self._pictures = pictures
        self._pseudonyms = pseudonyms or Pseudonyms()
        self._redactor = Redactor(rules.secrets)
        self._names = frozenset(name.lower() for name in rules.names)
        # A longer value first: a shorter one may be a part of it.
        self._values = tuple(sorted(filter(None, rules.values), key=len, reverse=True))
        self._keep_images = rules.keep_images

    def interaction(self, interaction: Interaction) -> Interaction:
        """The interaction, redacted."""
        clean = self._clean(interaction)
        self.done.interactions += 1
        self.done.changed += clean != interaction
        return clean

    def request(self, request: Request) -> Request:
        """A request alone, redacted as with its answer."""
        nothing = TransportFailure("unreachable", "")
        return self._clean(Interaction("", "", 0, "", 1, Exchange(request, nothing))).exchange.request

    def _clean(self, interaction: Interaction) -> Interaction:
        exchange = interaction.exchange
        request = exchange.request
        own = request.stated is None and self._pictures.is_own(request)
        if not own:
            request = self._without_persons(request)
        request = replace(
            request,
            path=self._text(request.path),
            headers=self._headers(request.headers),
            body=self._body(request.body, personal=None if own else _is_address),
        )
        answer = self._answer(exchange.answer, own=own)
        if request.stated is not None and isinstance(answer, Response) and is_json(answer.body) is None:
            answer = replace(answer, body=self._unread(answer.body))
        return replace(interaction, exchange=Exchange(request, answer, exchange.id))

    def _without_persons(self, request: Request) -> Request:
        """A request that the kit did not make, without what it and its picture may say of somebody."""
        path, mark, query = request.path.partition("?")
        request = replace(
            request,
            path=path + mark + self._pseudonyms.of(query),
            truth=self._truth(request.truth),
            stated=self._stated(request.stated),
        )
        if self._keep_images:
            return request
        served = tuple(self._served(picture) for picture in request.pictures)
        return replace(request, body=self._without_pictures(request.body), pictures=served)

    def _answer(self, answer: Response | TransportFailure, *, own: bool) -> Response | TransportFailure:
        if isinstance(answer, TransportFailure):
            return replace(answer, detail=self._text(answer.detail))
        body = self._body(answer.body, personal=None if own else _is_content)
        return replace(answer, headers=self._headers(answer.headers), body=body)

    def _headers(self, headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        clean = []
        for name, value in headers:
            if CREDENTIAL_HEADERS.fullmatch(name) and not echoed_secrets(value):
                continue  # a placeholder in its place would read as an echo of the kit's own credentials
            hidden = self._pseudonyms.of(value) if name.lower() in self._names else value
            clean.append((name, self._text(hidden)))
        return tuple(clean)

    def _text(self, text: str) -> str:
        """A text without given values and credentials, and without what looks like one."""
        return self._without_shapes(self._redactor.redact_text(self._without_values(text)))

    def _without_shapes(self, text: str) -> str:
        """A text without what has the form of a credential or a personal number, whoever wrote it there.

        Asterisks stand for the former: a placeholder would say that the target repeated what it was sent.
        """
        for found in sorted(secret_shapes(text), key=lambda found: -found.start):
            text = text[: found.start] + _HIDDEN * (found.end - found.start) + text[found.end :]
        for found in sorted(personal_numbers(text), key=lambda found: -found.start):
            text = text[: found.start] + self._pseudonyms.of(text[found.start : found.end]) + text[found.end :]
        return text

    def _without_values(self, text: str) -> str:
        for value in self._values:
            if value in text:
                text = text.replace(value, self._pseudonyms.of(value))
        return text

    def _body(self, body: bytes, *, personal: Callable[[Leaf], bool] | None) -> bytes:
        """The body with values, names and (where `personal` says so) leaves replaced; all else stays byte for byte."""
        text = is_json(body)
        if text is not None:

            def change(leaf: Leaf) -> str | int | float:
                named = any(step.lower() in self._names for step in leaf.path) and not leaf.is_name
                if named or (personal is not None and not leaf.is_name and personal(leaf)):
                    return self._hidden(leaf)
                if not isinstance(leaf.value, str):
                    return leaf.value
                plain = self._without_values(leaf.value)
                return plain if is_picture(leaf) else self._without_shapes(plain)

            body = replaced(text, change).encode("utf-8", "surrogatepass")
        else:
            for value in self._values:
                body = body.replace(value.encode(), self._pseudonyms.of(value).encode())
            body = self._plain_without_shapes(body)
        return self._redactor.redact(body)

    def _plain_without_shapes(self, body: bytes) -> bytes:
        try:
            return self._without_shapes(body.decode("utf-8")).encode("utf-8")
        except UnicodeDecodeError:
            return body

    def _hidden(self, leaf: Leaf) -> str | int | float:
        if not isinstance(leaf.value, str):
            return self._pseudonyms.number(leaf.value)
        if leaf.path[-1:] == ("url",):
            return self._url(leaf.value)
        return self._value(leaf.value)

    def _value(self, value: str) -> str:
        return value if self._pictures.is_vocabulary(value) else self._pseudonyms.of(value)

    def _url(self, url: str) -> str:
        """A URL of which the host is left: path and query may name somebody, or be signed."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return self._pseudonyms.of(url)
        path, query = self._pseudonyms.of(parts.path), self._pseudonyms.of(parts.query)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, query, ""))

    def _unread(self, body: bytes) -> bytes:
        """A body that is no JSON, about a picture of the user's own: all is hidden, whatever stands where."""
        try:
            return self._pseudonyms.of(body.decode("utf-8")).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return b"\xff" * len(body)

    def _truth(self, truth: Truth | None) -> Truth | None:
        if truth is None:
            return None
        documents = tuple(replace(document, fields=self._fields(document.fields)) for document in truth.documents)
        return replace(truth, documents=documents)

    def _stated(self, documents: tuple[StatedDocument, ...] | None) -> tuple[StatedDocument, ...] | None:
        if documents is None:
            return None
        return tuple(
            replace(document, fields=self._fields(document.fields), original=_hidden(document.original))
            for document in documents
        )

    def _fields(self, fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Values by the same pseudonyms as in the answer, so that what agreed still agrees."""
        return tuple((name, self._value(value)) for name, value in fields)

    def _served(self, picture: ServedPicture) -> ServedPicture:
        if not picture.content:
            return picture
        self.done.pictures += 1
        blank = self._pictures.blank(base64.b64encode(picture.content).decode("ascii"))
        return replace(picture, content=base64.b64decode(blank))

    def _without_pictures(self, body: bytes) -> bytes:
        """The body with blank pictures; bytes that are no text at all are replaced whole."""
        text = is_json(body)
        if text is not None:
            return replaced(text, self._without_picture).encode("utf-8", "surrogatepass")
        try:
            plain = body.decode("utf-8")
        except UnicodeDecodeError:
            self.done.pictures += 1
            return b"\xff" * len(body)  # no text either, and no picture
        self.done.pictures += len(_BASE64.findall(plain))
        return _BASE64.sub(lambda run: "A" * len(run[0]), plain).encode("utf-8")

    def _without_picture(self, leaf: Leaf) -> str | int | float:
        if leaf.is_name or not isinstance(leaf.value, str) or len(leaf.value) < _PICTURE_LENGTH:
            return leaf.value
        prefix = match[0] if (match := _DATA_URI.match(leaf.value)) else ""
        picture = leaf.value.removeprefix(prefix)
        if not _PICTURE_MEMBERS.intersection(leaf.path[-1:]) and not _BASE64.fullmatch(picture):
            return leaf.value
        self.done.pictures += 1
        return prefix + self._pictures.blank(picture)


def redact_cassette(
    folder: Path, copy: Path, rules: Rules, pictures: Pictures, pseudonyms: Pseudonyms | None = None
) -> Redaction:
    """Write a redacted copy of a sealed cassette to a new folder; the key of its pseudonyms is thrown away.

    What imported traffic still holds of credentials is looked for first. Streams: one interaction is in memory at a
    time. Raises CassetteError where the one cannot be read or the other cannot be written.
    """
    reader = CassetteReader(folder)
    if reader.state == "recording":
        raise CassetteError(
            f"{folder}: expected a finished recording, this one was interrupted; go on with --record",
            f"{folder}：应为完整的录制，该录制已中断；请用 --record 继续",
        )
    rules = replace(rules, secrets=(*rules.secrets, *credentials_in(reader)))
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


def _hidden(original: str | None) -> str | None:
    """What tells documents apart without saying which they are, alike when a recording is continued."""
    return hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()[:16] if original is not None else None


def _is_content(leaf: Leaf) -> bool:
    """Whether a leaf of an answer is what was read on a document."""
    path = leaf.path
    if path[:1] != ("result",) or "confidence" in path:
        return False
    below = path[2:] if len(path) > 1 and path[1].isdecimal() else path[1:]
    return bool(below) and below[0] not in _KEPT_MEMBERS and not below[0].startswith("alarm_")


def _is_address(leaf: Leaf) -> bool:
    return leaf.path[-1:] == ("url",) and isinstance(leaf.value, str)
