"""The files beside a report that `curl` lines refer to: bodies of requests, and the pictures that their urls name.

Bodies and pictures stand in one folder under their digests; an index says under which name and how a picture is served.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from conformance.exchange import ServedPicture
from conformance.files import DataError, os_reason, replace_file
from conformance.report.curl import EVIDENCE, inline_body
from conformance.report.report_file import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.engine.account import Finding
    from conformance.engine.ledger import Ledger

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


def read_pictures(folder: Path) -> list[ServedPicture]:
    """The pictures that `write_evidence` left in this folder. Raises DataError for a folder without any."""
    index = folder / INDEX
    try:
        entries = cast("list[Mapping[str, object]]", json.loads(index.read_bytes()))
        return [_picture(entry, folder) for entry in entries]
    except OSError as error:
        raise DataError(
            f"{error.filename}: expected the {EVIDENCE} folder of a report with findings on url, found: "
            f"{str(error.strerror).lower()}; name the folder that `run --report` wrote",
            f"{error.filename}：应为含 "
            f"url 问题的报告的 {EVIDENCE} 目录，实际：{os_reason(error).zh}；请给出 `run --report` 所写的目录",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DataError(
            f"{index}: expected an index of pictures, found {error!r}; write the report again",
            f"{index}：应为图片索引，实为 {error!r}；请重新生成报告",
        ) from error


def _picture(entry: Mapping[str, object], folder: Path) -> ServedPicture:
    file, location = entry["file"], entry["location"]
    return ServedPicture(
        name=str(entry["name"]),
        # Nothing outside of the folder is served, whatever the index says.
        content=(folder / PurePath(str(file)).name).read_bytes() if file is not None else b"",
        media_type=str(entry["media_type"]),
        status=int(cast("int", entry["status"])),
        location=str(location) if location is not None else None,
        delay_s=float(cast("float", entry["delay_s"])),
    )
