"""An exchange written down: its request as a `curl` line that sends it again, a body cut to the place that matters."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from conformance.exchange import PROJECT_SLOT

if TYPE_CHECKING:
    from conformance.engine.account import Finding
    from conformance.engine.session import Session
    from conformance.exchange import Auth, Request


# A request as a `curl` line that sends it again, with credentials and project id left to environment variables.


_OWN_TOKEN = '"X-Auth-Token: ${OCR_CONFORMANCE_TOKEN:?}"'
_WRONG_TOKEN = '"X-Auth-Token: ${WRONG_TOKEN:?}"'
"""A shell that finds the variable unset says so, and calls nobody."""
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

_NOT_WRITTEN = '"@${BODY:?run again with --report DIR, which writes it to a file}"'
"""A body of a run without a report: the shell says how to get it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What lines have in common. `origin` is an http(s) address, or a shell variable such as `$TARGET`.

    `evidence` is the folder with the bodies, as seen from where a line is pasted, None where none are written; `more`
    are further words of curl, as a shell reads them.
    """

    origin: str
    evidence: str | None = EVIDENCE
    more: tuple[str, ...] = ()


def folder_here(report: Path | None) -> str | None:
    """The folder beside a report with the bodies, as a path from the current folder, or a whole one outside of it."""
    if report is None:
        return None
    whole = (report / EVIDENCE).absolute()
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)


def header_words(name: str, value: str | None, variable: str | None) -> tuple[str, ...]:
    """A further header as words of curl: with its value, or with the variable that holds it."""
    return ("-H", shlex.quote(f"{name}: {value}") if variable is None else f'"{name}: ${{{variable}:?}}"')


def caller_of(session: Session, report: Path | None = None) -> Caller:
    """How the curl lines of a session call its target, with what the target statement says of it."""
    stated = session.reached
    more = [word for h in stated.headers for word in header_words(h.name, h.value, h.variable)]
    files = [("--cacert", stated.ca_file)]
    if stated.tls is not None:
        files += [("--cert", stated.tls.certificate), ("--key", stated.tls.key)]
    more += [word for option, file in files if file is not None for word in (option, shlex.quote(str(file)))]
    return Caller(session.origin, folder_here(report), tuple(more))


def curl_line(request: Request, caller: Caller, body_file: str) -> str:
    """One shell line, which shows status and headers, too (`-i`).

    `body_file` names the file that holds the body, in the folder of the caller where the kit writes it, where it is too
    long or too odd for the line. Where a url names pictures of the kit, the line begins with the command that serves
    them while curl runs.
    """
    project = "${ANOTHER_PROJECT_ID:?}" if request.auth == "other-project" else "${OCR_CONFORMANCE_PROJECT_ID:?}"
    path = _ACTING.sub(lambda found: f"%{ord(found.group()):02X}", request.path)
    origin = re.sub(r"^\$(\w+)$", r"${\1:?}", caller.origin)
    url = f'"{origin}{path.replace(PROJECT_SLOT, project)}"'
    evidence = caller.evidence or '"${EVIDENCE:?run again with --report DIR, which writes it}"'
    parts = ["ocr-conformance", "pictures", _word(evidence)] if request.pictures and request.made_by_kit else []
    parts += ["curl", "-sS", "-i", "-X", shlex.quote(request.method), url]
    if request.auth != "absent":
        parts += ["-H", _TOKEN_HEADERS[request.auth]]
    for name, value in request.headers:
        header = shlex.quote(f"{name}: {value}")
        # The slot becomes a variable, which only double quotes let the shell fill.
        parts += ["-H", header.replace(PROJECT_SLOT, f"'\"{project}\"'")]
    parts += caller.more
    if request.body:
        parts += _body_words(request, caller, body_file)
    return " ".join(parts)


def _body_words(request: Request, caller: Caller, body_file: str) -> list[str]:
    inline = inline_body(request)
    if inline is not None:
        return ["--data-binary", shlex.quote(inline)]
    # curl would wait for leave to send a large body, which not every server gives.
    words = ["-H", "'Expect:'", "--data-binary"]
    if not request.made_by_kit:
        return [*words, shlex.quote(f"@{body_file}")]
    return [*words, _NOT_WRITTEN if caller.evidence is None else shlex.quote(f"@{caller.evidence}/{body_file}")]


def _word(text: str) -> str:
    return text if text.startswith('"') else shlex.quote(text)


def inline_body(request: Request) -> str | None:
    """The body where it is short text of the kit's own that a shell line can carry, else None."""
    if len(request.body) > _INLINE or not request.made_by_kit:
        return None
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and not text.startswith("@") else None


def evidence_name(finding: Finding) -> str:
    """Name of the file in the evidence folder that holds the body of a finding's request.

    A body that the kit did not make may show a real person: it stays in the recording, and this is no file then.
    """
    if not finding.exchange.request.made_by_kit:
        return f"BODY-OF-{finding.exchange.id}"
    return f"{finding.exchange.request.body_sha256()[:16]}.body"


# Cuts the place that a JSON Pointer names out of an answer, with a few lines around it, numbers as they were sent.


_BIGGEST = 262_144
"""Bytes of a body up to which it is parsed; of a larger one only its beginning is shown."""

_BEFORE, _MARKED, _AFTER = (12, 700), (24, 1_200), (8, 400)
"""Lines and characters shown before the place, of the place itself, and after it."""

_UNMARKED = (16, 900)
"""Lines and characters shown where there is no place in particular."""

_ONE_LINE = 72
"""A list or object that fits into so many characters is written on one line."""

_HIDDEN = "…"
"""Stands for what may be about a real person."""

_SHOWN = 120
"""Characters of a string or number that are shown."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Consecutive text of a body; `marked` is the place in question, empty where there is none. `cut`: not all."""

    before: str
    marked: str
    after: str
    cut: bool


@dataclass(frozen=True, slots=True)
class _Number:
    """A number or constant in the digits that were sent."""

    literal: str


@dataclass(frozen=True, slots=True)
class _Object:
    """An object with its members in order, repeated names included."""

    members: tuple[tuple[str, _Node], ...]


_Node: TypeAlias = "str | bool | _Number | _Object | list[_Node] | None"


def excerpt(body: bytes, pointer: str, *, masked: bool = False) -> Excerpt:
    """The part of `body` around `pointer` (a JSON Pointer; empty for no place in particular).

    Where the pointer names a member that is missing, what it is missing from is marked. `masked` shows names and
    structure only, and nothing of a body that is no JSON.
    """
    try:
        if len(body) > _BIGGEST:
            return _beginning(body, masked=masked)
        node = _parse(body)
        text, start, end = _Writer(_existing(node, pointer), masked=masked).write(node)
    except (ValueError, RecursionError):
        return _beginning(body, masked=masked)
    if not pointer:
        shown = _head(text, *_UNMARKED)
        return Excerpt("", "", shown, cut=len(shown) < len(text))
    before, marked = _tail(text[:start], *_BEFORE), _head(text[start:end], *_MARKED)
    after = _head(text[end:], *_AFTER) if len(marked) == end - start else ""
    return Excerpt(before, marked, after, cut=len(before) + len(marked) + len(after) < len(text))


def shortened(body: bytes, limit: int, string: int, *, masked: bool = False) -> str:
    """A body as readable text of about `limit` characters: JSON with strings cut after `string`, else as it is.

    `masked` as for `excerpt`.
    """
    try:
        text = _Writer(None, string, masked=masked).write(_parse(body))[0]
    except (ValueError, RecursionError):
        text = _HIDDEN if masked else body[: limit + 1].decode("utf-8", errors="backslashreplace")
    return text if len(text) <= limit else f"{text[:limit]}…"


def _parse(body: bytes) -> _Node:
    node: _Node = json.loads(
        body.decode("utf-8"),
        parse_float=_Number,
        parse_int=_Number,
        parse_constant=_Number,
        object_pairs_hook=lambda pairs: _Object(tuple(pairs)),
    )
    return node


def _beginning(body: bytes, *, masked: bool) -> Excerpt:
    if masked:
        return Excerpt("", "", _HIDDEN, cut=bool(body))
    text = body[: 2 * _UNMARKED[1]].decode("utf-8", errors="backslashreplace")
    shown = _head(text, *_UNMARKED)
    return Excerpt("", "", shown, cut=len(shown) < len(text) or len(body) > 2 * _UNMARKED[1])


def _head(text: str, lines: int, characters: int) -> str:
    """The first lines, at most so many characters."""
    return "".join(text[:characters].splitlines(keepends=True)[:lines])


def _tail(text: str, lines: int, characters: int) -> str:
    """The last lines, at most so many characters; a line that is cut is left out."""
    kept = text[-characters:].splitlines(keepends=True)
    return "".join((kept if len(text) <= characters else kept[1:])[-lines:])


def _existing(node: _Node, pointer: str) -> tuple[str, ...]:
    """The steps of the pointer as far as the answer goes."""
    steps: list[str] = []
    for step in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        if isinstance(node, _Object):
            found = next(((name, value) for name, value in node.members if name == step), None)
            if found is None:
                break
            node = found[1]
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            break
        steps.append(step)
    return tuple(steps)


class _Writer:
    """Writes a node as indented JSON and notes where the place in question begins and ends."""

    def __init__(self, place: tuple[str, ...] | None, string: int = _SHOWN, *, masked: bool) -> None:
        self._place = place
        self._string = string
        self._masked = masked
        self._parts: list[str] = []
        self._length = 0
        self._start = self._end = 0

    def write(self, node: _Node) -> tuple[str, int, int]:
        """The text, and where the place begins and ends in it."""
        self._emit_all(node, (), "")
        if self._place == ():
            self._end = self._length
        return "".join(self._parts), self._start, self._end

    def _emit(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _emit_all(self, node: _Node, path: tuple[str, ...], indent: str) -> None:
        holds_place = self._place is not None and len(path) < len(self._place) and self._place[: len(path)] == path
        line = None if holds_place else self._on_one_line(node, _ONE_LINE)
        if line is not None:
            self._emit(line)
            return
        opening, closing = ("{", "}") if isinstance(node, _Object) else ("[", "]")
        self._emit(opening)
        separator = "\n"
        for name, label, value in self._children(node):
            self._emit(f"{separator}{indent}  ")
            here = (*path, name)
            if here == self._place and not self._end:
                self._start = self._length
            self._emit(label)
            self._emit_all(value, here, f"{indent}  ")
            if here == self._place and not self._end:
                self._end = self._length
            separator = ",\n"
        self._emit(f"\n{indent}{closing}")

    def _children(self, node: _Node) -> Iterator[tuple[str, str, _Node]]:
        """Step of the pointer, what is written before the value, and the value."""
        if isinstance(node, _Object):
            for name, value in node.members:
                yield name, f"{self._shown(name)}: ", value
        elif isinstance(node, list):
            for index, value in enumerate(node):
                yield str(index), "", value

    def _on_one_line(self, node: _Node, room: int) -> str | None:
        """The node on one line, or None where it is a list or object that needs more than `room` characters."""
        if not isinstance(node, list | _Object):
            return self._scalar(node)
        parts: list[str] = []
        used = 2
        for _, label, value in self._children(node):
            inner = self._on_one_line(value, room - used - len(label))
            if inner is None:
                return None
            parts.append(label + inner)
            used += len(label) + len(inner) + 2
            if used > room:
                return None
        return "{" + ", ".join(parts) + "}" if isinstance(node, _Object) else "[" + ", ".join(parts) + "]"

    def _scalar(self, node: str | bool | _Number | None) -> str:
        if self._masked and isinstance(node, str | _Number):
            return _HIDDEN
        return self._shown(node)

    def _shown(self, node: str | bool | _Number | None) -> str:
        if isinstance(node, str):
            hidden = len(node) - self._string
            if hidden > 0:
                return f'{json.dumps(node[: self._string], ensure_ascii=False)[:-1]}… +{hidden:,}"'
            return json.dumps(node, ensure_ascii=False)
        if isinstance(node, _Number):
            return node.literal if len(node.literal) <= self._string else f"{node.literal[: self._string]}…"
        return {True: "true", False: "false", None: "null"}[node]
