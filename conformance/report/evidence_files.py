"""A request as a `curl` line that sends it again, and the files beside a report that such lines refer to."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.entries import FINITE, OBJECTS, TEXT, WHOLE, Forms, fitting, members_of
from conformance.exchange import PROJECT_SLOT, ServedPicture
from conformance.files import DataError, read_bytes, read_json, replace_file
from conformance.report.report_file import to_json
from conformance.text import Text, advised, said_of

if TYPE_CHECKING:
    from conformance.engine.account import Finding
    from conformance.engine.ledger import Ledger
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


INDEX = "pictures.json"
_OURS = re.compile(r"[0-9a-f]{16}\.(body|picture)|pictures\.json")


def evidence_name(finding: Finding) -> str:
    """Name of the file in the evidence folder that holds the body of a finding's request.

    A body that the kit did not make may show a real person: it stays in the recording, and this is no file then.
    """
    if not finding.exchange.request.made_by_kit:
        return f"BODY-OF-{finding.exchange.id}"
    return f"{finding.exchange.request.body_sha256()[:16]}.body"


def write_evidence(ledger: Ledger, folder: Path) -> None:
    """Write the files that curl lines refer to, in the place of those of a report before it. Raises OSError."""
    written: set[str] = set()
    served: dict[str, ServedPicture] = {}
    for account in ledger.accounts.values():
        for finding in account.findings:
            request = finding.exchange.request
            if not request.made_by_kit:
                continue
            served |= {picture.name: picture for picture in request.pictures}
            if request.body and inline_body(request) is None:
                path = folder / EVIDENCE / evidence_name(finding)
                path.parent.mkdir(exist_ok=True)
                replace_file(path, request.body)
                written.add(path.name)
    if served:
        written |= _write_pictures(list(served.values()), folder / EVIDENCE)
    for path in (folder / EVIDENCE).glob("*"):
        if path.name not in written and _OURS.fullmatch(path.name):
            path.unlink()


def _write_pictures(pictures: list[ServedPicture], folder: Path) -> set[str]:
    """Write files and index; returns their names."""
    folder.mkdir(exist_ok=True)
    for picture in pictures:
        if picture.content:
            replace_file(folder / _file_of(picture), picture.content)
    entries = [
        {
            "name": picture.name,
            "file": _file_of(picture) if picture.content else None,
            "media_type": picture.media_type,
            "status": picture.status,
            "location": picture.location,
            "delay_s": picture.delay_s,
        }
        for picture in pictures
    ]
    replace_file(folder / INDEX, to_json(entries))
    return {INDEX, *(_file_of(picture) for picture in pictures if picture.content)}


def _file_of(picture: ServedPicture) -> str:
    return f"{hashlib.sha256(picture.content).hexdigest()[:16]}.picture"


_NEEDED: Forms = {**dict.fromkeys(("name", "media_type"), TEXT), "status": WHOLE, "delay_s": FINITE}
_PICTURE: Forms = {**_NEEDED, **dict.fromkeys(("file", "location"), TEXT)}


def read_pictures(folder: Path) -> list[ServedPicture]:
    """The pictures that `write_evidence` left in this folder. Raises DataError for a folder without any."""
    index = folder / INDEX
    if not index.is_file():
        raise DataError(
            f"{index}: expected the {EVIDENCE} folder of a report with findings on url, found none; name the "
            "folder that `run --report` wrote",
            f"{index}：应为含 url 问题的报告的 {EVIDENCE} 目录，未找到；请给出 `run --report` 所写的目录",
        )
    data, advice = read_json(index), Text("write the report again", "请重新生成报告")
    try:
        return [_picture(entry, folder) for entry in fitting(data, "pictures", OBJECTS)]
    except DataError as error:
        raise DataError(said_of(index, advised(error.words, advice))) from error


def _picture(entry: Mapping[str, object], folder: Path) -> ServedPicture:
    stated = {key: value for key, value in entry.items() if value is not None}
    members = members_of(stated, _PICTURE, *_NEEDED)
    # Nothing outside of the folder is served, whatever the index says.
    file = members.pop("file", None)
    return ServedPicture(content=read_bytes(folder / PurePath(file).name) if file is not None else b"", **members)
