"""The manifest of a cassette: what was recorded, how, and whether all of it is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from conformance.files import replace_file, words_of
from conformance.recordings.interaction import FORMAT, MANIFEST, CassetteError
from conformance.recordings.members import Members

State: TypeAlias = Literal["recording", "partial", "complete"]
"""`recording`: not sealed. `partial`: sealed before everything planned was answered. `complete`: nothing is missing."""


def is_cassette(folder: Path) -> bool:
    """Whether a folder is that of a cassette."""
    return (folder / MANIFEST).exists()


def read_manifest(folder: Path) -> Members:
    """The manifest of a cassette. Raises CassetteError for a folder that holds none of this format."""
    if not folder.is_dir():
        raise CassetteError(
            f"{folder}: expected the folder of a cassette, found none; record one with --record DIR",
            f"{folder}：应为 cassette 目录，未找到；可用 --record DIR 录制",
        )
    path = folder / MANIFEST
    try:
        about = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CassetteError(
            f"{folder}: expected a cassette, found no {MANIFEST} in it; record one with --record DIR",
            f"{folder}：应为 cassette，其中没有 {MANIFEST}；可用 --record DIR 录制",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        said = words_of(error)
        raise CassetteError(
            f"{path}: expected the description of a cassette: {said.en}", f"{path}：应为 cassette 的描述：{said.zh}"
        ) from error
    found = about.get("format") if isinstance(about, dict) else None
    if not isinstance(about, dict) or found != FORMAT:
        raise CassetteError(
            f"{path}: expected format {FORMAT}, found {found!r}; record the run again with this kit",
            f"{path}：应为格式 {FORMAT}，实为 {found!r}；请用本套件重新录制",
        )
    return about


def write_manifest(folder: Path, about: Mapping[str, object]) -> None:
    """Write the manifest, durably and at once. Raises OSError."""
    text = json.dumps({"format": FORMAT, **about}, ensure_ascii=False, indent=2)
    replace_file(folder / MANIFEST, text.encode("utf-8") + b"\n", durable=True)
