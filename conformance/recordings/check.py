"""Looks for what keeps a cassette from being committed: damage, credentials, personal numbers, age, gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

from conformance.entries import Members, strings, text
from conformance.exchange import Request, Response, echoed_secrets
from conformance.files import os_reason, words_of
from conformance.recordings import INDEX, JOURNAL, MANIFEST, CassetteError, Interaction, Spot
from conformance.recordings.blobs import BlobError, blob_sums
from conformance.recordings.credentials import credentials_in
from conformance.recordings.patterns import (
    CREDENTIAL_HEADERS,
    is_json,
    is_picture,
    leaves,
    personal_numbers,
    secret_shapes,
)
from conformance.recordings.reader import CassetteReader, Line
from conformance.redactor import Redactor, Secret
from conformance.text import Text, advised

HitKind: TypeAlias = Literal[
    "format", "integrity", "secret", "id-number", "card-number", "phone-number", "stale", "incomplete"
]

MAX_AGE_DAYS = 180
"""Age from which a recording says little about what its target does today."""

KINDS: Mapping[HitKind, Text] = {
    "format": Text("format", "格式"),
    "integrity": Text("integrity", "完整性"),
    "secret": Text("secret", "机密信息"),
    "id-number": Text("id-number", "身份证号码"),
    "card-number": Text("card-number", "银行卡号"),
    "phone-number": Text("phone-number", "电话号码"),
    "stale": Text("stale", "已过时"),
    "incomplete": Text("incomplete", "不完整"),
}

_REMOVE = Text("remove it with `cassette redact`", "请用 `cassette redact` 去除")
_INTERRUPTED = Text(
    "the recording was interrupted; go on with --record, or remove it", "录制已中断；请用 --record 继续，或删除"
)
_REPLACE = Text("replace it with `cassette redact`", "请用 `cassette redact` 替换")
_AGAIN = Text("record the run again", "请重新录制")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that is wrong: `file` is relative to the cassette, `place` a line and a JSON Pointer, or empty.

    The message names what was found, never the value.
    """

    kind: HitKind
    file: str
    place: str
    message: Text

    @property
    def words(self) -> Text:
        """One line: `index.ndjson:12 /response/body/result/0: id-number: a mainland identity number ...`."""
        kind, at = KINDS[self.kind], f"{self.file}{self.place}"
        return Text(f"{at}: {kind.en}: {self.message.en}", f"{at}：{kind.zh}：{self.message.zh}")

    def __str__(self) -> str:
        """The line in English."""
        return self.words.en


@dataclass(frozen=True, slots=True)
class Standard:
    """What a cassette is held against. `now` has a time zone; `secrets` are searched for by value, however spelled."""

    kit_version: str
    now: datetime
    secrets: tuple[Secret, ...] = ()
    max_age_days: int = MAX_AGE_DAYS


@dataclass(slots=True)
class _Seen:
    """What has been read so far: referenced blobs, the positions of each attempt at a purpose.

    `held` finds the credentials that imported traffic still holds. Where lines are `unread`, other blobs than these may
    be referred to, too.
    """

    blobs: set[str] = field(default_factory=set)
    positions: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    controls: list[tuple[Spot, int]] = field(default_factory=list)
    count: int = 0
    held: Redactor | None = None
    unread: bool = False


def check_cassette(folder: Path, standard: Standard) -> Iterator[Hit]:
    """Every reason not to commit a cassette, as it is found; none means that it may be.

    Reads it a line at a time: once, and imported traffic twice, for the credentials in it. Never raises for anything in
    the folder.
    """
    try:
        reader = CassetteReader(folder)
    except CassetteError as error:
        yield Hit("format", MANIFEST, "", _without(folder, error))
        return
    yield from _check_manifest(reader, standard)
    if reader.state == "recording":
        yield Hit("incomplete", JOURNAL, "", _INTERRUPTED)
    redactor = Redactor(standard.secrets) if standard.secrets else None
    seen = _Seen()
    try:
        held = credentials_in(reader)
    except CassetteError:
        held = ()  # the lines say below what is wrong with them
    seen.held = Redactor(held) if held else None
    damaged: list[CassetteError] = []
    try:
        for line in reader.lines(damaged.append):
            yield from _check_line(reader, line, redactor, seen)
    except CassetteError as error:
        damaged.append(error)
    seen.unread |= bool(damaged)
    for damage in damaged:
        yield Hit("format", reader.path.name, "", _without(folder, damage))
    yield from _check_blobs(reader, redactor, seen)
    yield from _check_complete(folder, reader, seen)
    if reader.state != "recording":
        yield from _check_sums(folder, reader.about, seen)


def _check_manifest(reader: CassetteReader, standard: Standard) -> Iterator[Hit]:
    about = reader.about
    try:
        version, recorded = text(about, "kit_version"), text(about, "recorded_at")
        day = datetime.fromisoformat(recorded)
    except ValueError as error:
        yield Hit("format", MANIFEST, "", advised(words_of(error), _AGAIN))
        return
    if _minor(version) != _minor(standard.kit_version):
        ours = standard.kit_version
        words = Text(
            f"recorded with kit {version}, this is {ours}; record it again",
            f"由套件 {version} 录制，当前为 {ours}；请重新录制",
        )
        yield Hit("stale", MANIFEST, "", words)
    age = standard.now - (day if day.tzinfo is not None else day.replace(tzinfo=UTC))
    if age > timedelta(days=standard.max_age_days):
        most = standard.max_age_days
        words = Text(
            f"recorded {age.days} days ago, more than {most}; record it again",
            f"录制于 {age.days} 天前，超过 {most} 天；请重新录制",
        )
        yield Hit("stale", MANIFEST, "", words)
    for found in _in_text(str(dict(about))):
        yield Hit(found[0], MANIFEST, "", found[1])


def _check_line(reader: CassetteReader, line: Line, redactor: Redactor | None, seen: _Seen) -> Iterator[Hit]:
    file, place = reader.path.name, f":{line.number}" if line.number else f" at byte {line.offset}"
    seen.count += 1
    try:
        seen.blobs |= set(blob_sums(line.entry))
        interaction = reader.interaction(line)
    except (CassetteError, ValueError) as error:
        kind: HitKind = "integrity" if isinstance(error.__cause__, BlobError) else "format"
        seen.unread |= kind == "format"
        yield Hit(kind, file, place, words_of(error.__cause__ if isinstance(error.__cause__, Exception) else error))
        return
    _note(interaction, seen)
    for pointer, value in _texts(interaction):
        for what, message in _in_text(value):
            yield Hit(what, file, f"{place} {_shown(pointer)}", message)
    yield from (Hit("secret", file, f"{place} {at}", message) for at, message in _credentials(interaction))
    for name in sorted(set(_given(redactor, interaction))):
        yield Hit("secret", file, place, _given_words(name))
    for name in sorted(set(_given(seen.held, interaction))):
        held = Text(f"a credential of the recorded traffic ({name})", f"录制流量中的凭证（{name}）")
        yield Hit("secret", file, place, advised(held, _REMOVE))


def _note(interaction: Interaction, seen: _Seen) -> None:
    if interaction.purpose:
        spot = interaction.spot
        seen.positions.setdefault((spot.purpose, spot.attempt), set()).add(spot.position)
        if interaction.control is not None:
            seen.controls.append((spot, interaction.control))


def _texts(interaction: Interaction) -> Iterator[tuple[str, str]]:
    """Every text of an interaction that may hold something personal, with its place."""
    request, answer = interaction.exchange.request, interaction.exchange.answer
    yield "/request/path", request.path
    yield from _header_texts("/request/headers", request.headers)
    yield from _body_texts("/request/body", request.body)
    for member, name, value in _fields(request):
        yield f"/request/{member}/{name}", value
    if not isinstance(answer, Response):
        yield "/failure/detail", answer.detail
        return
    yield from _header_texts("/response/headers", answer.headers)
    yield from _body_texts("/response/body", answer.body)


def _header_texts(pointer: str, headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield pointer, name
        yield f"{pointer}/{name}", value


def _body_texts(pointer: str, body: bytes) -> Iterator[tuple[str, str]]:
    found = is_json(body)
    if found is None:
        yield pointer, body.decode("utf-8", "replace")
        return
    for leaf in leaves(found):
        if not is_picture(leaf):
            yield pointer + leaf.pointer, str(leaf.value)


def _in_text(value: str) -> Iterator[tuple[HitKind, Text]]:
    yield from dict.fromkeys(
        (found.kind, advised(found.what, _REPLACE)) for found in (*personal_numbers(value), *secret_shapes(value))
    )


def _shown(pointer: str) -> str:
    """A pointer without steps that say themselves what they should not."""
    steps = ("..." if next(_in_text(step), None) else step for step in pointer.split("/"))
    return "/".join(steps)


def _credentials(interaction: Interaction) -> Iterator[tuple[str, Text]]:
    answer = interaction.exchange.answer
    sides = [("request", interaction.exchange.request.headers)]
    if isinstance(answer, Response):
        sides.append(("response", answer.headers))
    for side, headers in sides:
        for name, value in headers:
            if value and not echoed_secrets(value) and CREDENTIAL_HEADERS.fullmatch(name):
                words = Text(f"a header that carries credentials, {name}", f"携带凭证的消息头 {name}")
                yield f"/{side}/headers/{name}", advised(words, _REMOVE)


def _given(redactor: Redactor | None, interaction: Interaction) -> Iterator[str]:
    request, answer = interaction.exchange.request, interaction.exchange.answer
    pieces = [_bytes(request.path), request.body, *_lines(request.headers)]
    pieces += [_bytes(value) for _, _, value in _fields(request)]
    pieces += [answer.body, *_lines(answer.headers)] if isinstance(answer, Response) else [_bytes(answer.detail)]
    for piece in pieces:
        yield from _kinds(redactor, piece)


def _kinds(redactor: Redactor | None, data: bytes) -> Iterator[str]:
    """Kinds of the given secrets in some bytes; placeholders that were there before do not count."""
    clean = redactor.redact(data) if redactor is not None else data
    if clean is not data:
        before, after = echoed_secrets(data.decode("latin-1")), echoed_secrets(clean.decode("latin-1"))
        yield from (kind for kind in after if after.count(kind) > before.count(kind))


def _lines(headers: Sequence[tuple[str, str]]) -> list[bytes]:
    return [_bytes(f"{name}: {value}") for name, value in headers]


def _fields(request: Request) -> Iterator[tuple[str, str, str]]:
    """What is known or stated of the documents on the picture: the member that holds it, name and value."""
    for document in request.truth.documents if request.truth is not None else ():
        yield from (("truth", name, value) for name, value in document.fields)
    for stated in request.stated or ():
        yield from (("stated", name, value) for name, value in stated.fields)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON may hold half of a pair


def _check_blobs(reader: CassetteReader, redactor: Redactor | None, seen: _Seen) -> Iterator[Hit]:
    for path in reader.blobs.files():
        place = f"{path.parent.name}/{path.name}"
        digest = path.name.removesuffix(".z")
        if digest not in seen.blobs:
            if seen.unread:
                continue  # its line may be one of those: who removed it would lose the picture
            words = Text("no interaction refers to it; remove it", "没有交互引用它；请删除")
            yield Hit("integrity", place, "", words)
            continue
        try:
            data = reader.blobs.get(digest)
        except BlobError as error:
            yield Hit("integrity", place, "", error.wrong)
            continue
        for kind in sorted(set(_kinds(redactor, data))):
            yield Hit("secret", place, "", _given_words(kind))


def _check_complete(folder: Path, reader: CassetteReader, seen: _Seen) -> Iterator[Hit]:
    about = reader.about
    # Imported traffic is audited, not replayed, and an export of a run leaves out what purposes share.
    for spot, control in seen.controls if "imported" not in about else ():
        if control not in seen.positions[spot.purpose, spot.attempt]:
            words = Text(f"{spot}: its control, request {control}, is missing", f"{spot}：缺少其对照（请求 {control}）")
            yield Hit("incomplete", reader.path.name, "", words)
    try:
        unknown, finished, planned = reader.unknown, reader.finished, strings(about, "planned")
    except (CassetteError, ValueError) as error:
        yield Hit("format", MANIFEST, "", advised(_without(folder, error), _AGAIN))
        return
    for note in unknown:
        words = Text(
            f"{note.spot}: outcome unknown; send it again with --resend",
            f"{note.spot}：结果未知；请用 --resend 重新发送",
        )
        yield Hit("incomplete", reader.path.name, "", words)
    if reader.state == "recording":
        return
    for purpose in planned:
        if purpose not in finished:
            words = Text(f"{purpose} is not complete; go on with --record", f"{purpose} 不完整；请用 --record 继续")
            yield Hit("incomplete", MANIFEST, "", words)
    for purpose, requests in finished.items():
        there = seen.positions.get((purpose, 1), set())
        missing = [str(position) for position in islice((n for n in range(requests) if n not in there), 5)]
        if missing:
            words = Text(
                f"{purpose}: requests {', '.join(missing)} of {requests} are missing",
                f"{purpose}：{requests} 个请求中缺少第 {'、'.join(missing)} 个",
            )
            yield Hit("incomplete", INDEX, "", words)


def _check_sums(folder: Path, about: Members, seen: _Seen) -> Iterator[Hit]:
    digest = hashlib.sha256()
    try:
        with (folder / INDEX).open("rb") as index:
            while data := index.read(1 << 20):
                digest.update(data)
    except OSError as error:
        said = os_reason(error)
        yield Hit("integrity", INDEX, "", Text(f"cannot be read: {said.en}", f"无法读取：{said.zh}"))
        return
    if about.get("index_sha256") != digest.hexdigest():
        words = Text(
            "it was changed since it was sealed: its sum is not the one in the manifest",
            "封存后已被改动：其校验和与清单不符",
        )
        yield Hit("integrity", INDEX, "", words)
    if about.get("interactions") != seen.count:
        stated = about.get("interactions")
        words = Text(
            f"expected {stated} interactions, found {seen.count}", f"应有 {stated} 次交互，实为 {seen.count} 次"
        )
        yield Hit("integrity", INDEX, "", words)


def _minor(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])


def _given_words(kind: str) -> Text:
    return advised(Text(f"the given {kind}", f"所给的 {kind}"), _REMOVE)


def _without(folder: Path, error: Exception) -> Text:
    """A message of the reader without the folder, which whoever asked knows."""
    words = words_of(error)
    en, zh = (text.replace(f"{folder}/", "").replace(str(folder), ".") for text in (words.en, words.zh))
    return Text(en, zh)
