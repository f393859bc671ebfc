"""Reads the manifest of the specimen documents: which files there are and what is known about each.

The manifest is `cases/specimens/manifest.toml`; the script that writes it sits beside it. Every specimen is invented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conformance.contract.contract import Contract, contract_from
from conformance.entries import FLAG, QUAD, TABLE, TEXT, TEXTS, WHOLE, Forms, members_of, tables_of
from conformance.exchange import Quad
from conformance.files import DataError, data_folder, mistakes_in, read_bytes, read_toml, unreadable
from conformance.text import Text

MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Specimen:
    """One specimen document: a picture file and its ground truth.

    `ticket` and `document` are the type values in the ticket operation and in the identity document operation, None
    where it is none there. `width`, `height` and `corners` are pixels of the file; corners may lie outside of it for a
    cropped copy. `alarms` are the conditions that hold. `copy_of` and `wear` are None for a master. `fields` holds the
    printed values that are plain text; nested lists are left out. `byte_size` is the size of the file.
    """

    id: str
    path: Path
    ticket: str | None
    document: str | None
    width: int
    height: int
    corners: Quad
    readable: bool
    locatable: bool
    alarms: frozenset[str]
    copy_of: str | None
    wear: str | None
    sha256: str
    fields: tuple[tuple[str, str], ...]
    byte_size: int

    def readable_in(self, contract: Contract) -> bool:
        """Whether a copy this worn still shows what the contract's answers report: a ticket its fields, an identity
        document its type and place.
        """
        return self.locatable if contract.page.result == "document" else self.readable

    def type_in(self, contract: Contract) -> str | None:
        """The type value that a faultless answer of this contract gives it, None where the contract has none for it."""
        value = self.document if contract.page.result == "document" else self.ticket
        return value if value in contract.types else None

    def read(self) -> bytes:
        """The bytes of the file. Raises DataError where it is missing or not the one that the manifest describes."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise DataError(
                unreadable(self.path, error, Text("restore it or render it again", "请恢复该文件或重新生成"))
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise DataError(
                f"{self.path}: expected SHA-256 {self.sha256} as in {MANIFEST}, found {found}; "
                "restore the file or render the specimens again",
                f"{self.path}：SHA-256 应为 {MANIFEST} 所列的 {self.sha256}，实为 {found}；请恢复该文件或重新生成样张",
            )
        return data


_OWN: dict[str, Specimen] = {}
"""Pictures of the user's own that stand in for a specimen, by the id under which a draw names them."""

OWN = "own/"
"""Begins those ids."""


def specimens() -> Mapping[str, Specimen]:
    """The specimens that come with the kit, by id, in the manifest's order, and pictures that stand in for one.

    Raises DataError for a broken manifest.
    """
    kept = read_specimens(data_folder("cases") / "specimens")
    return {**kept, **_OWN} if _OWN else kept


def stand_in(contract_id: str, pictures: Sequence[Path]) -> list[str]:
    """Make pictures of the user's own, about whose content nothing is known, specimens of a contract.

    Returns the ids under which draws name them; those of that contract before are forgotten. Raises DataError for a
    file that is no picture.
    """
    for name in [name for name in _OWN if name.startswith(f"{OWN}{contract_id}/")]:
        del _OWN[name]
    for number, path in enumerate(pictures, 1):
        _OWN[f"{OWN}{contract_id}/{number}"] = _unknown(f"{OWN}{contract_id}/{number}", path)
    return own_specimens(contract_id)


def own_specimens(contract_id: str) -> list[str]:
    """The ids of the pictures that stand in for specimens of a contract."""
    return [name for name in _OWN if name.startswith(f"{OWN}{contract_id}/")]


def _unknown(name: str, path: Path) -> Specimen:
    """A picture as a specimen of nothing that is known: all of it is the document."""
    from PIL import Image

    data = read_bytes(path)
    try:
        with Image.open(BytesIO(data)) as picture:
            width, height = picture.size
    except OSError as error:
        raise DataError(
            f"{path}: expected a picture, found a file that is none", f"{path}：应为图片，实际不是图片"
        ) from error
    whole = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    return Specimen(
        id=name,
        path=path,
        ticket=None,
        document=None,
        width=width,
        height=height,
        corners=whole,
        readable=True,
        locatable=True,
        alarms=frozenset(),
        copy_of=None,
        wear=None,
        sha256=hashlib.sha256(data).hexdigest(),
        fields=(),
        byte_size=len(data),
    )


@cache
def read_specimens(folder: Path) -> Mapping[str, Specimen]:
    """The specimens of a folder, by id, in the manifest's order; read once for each folder.

    Raises DataError naming the file, the entry and the mistake.
    """
    path = folder / MANIFEST
    data = read_toml(path)
    with mistakes_in(path):
        entries = tables_of(data, "specimen")
        if not entries:
            raise DataError("expected [[specimen]] entries, found none", "应有 [[specimen]] 条目，实际没有")
    found: dict[str, Specimen] = {}
    for number, entry in enumerate(entries, start=1):
        with mistakes_in(f"{path}: {entry.get('id', f'entry {number}')}"):
            specimen = _specimen(folder, entry)
            if specimen.id in found:
                raise DataError("this id is given twice", "该编号给出了两次")
        found[specimen.id] = specimen
    return MappingProxyType(found)


STAND_IN = "vat_invoice"
"""The type of the specimen that stands in where the kit has none of an operation's document."""


def typed_specimens(contract: Contract | str | Path, *, worn: bool = False) -> tuple[Specimen, ...]:
    """The readable specimens that have a type in this contract, smallest file first; worn copies only where asked.

    Raises DataError where there is none, or the manifest is broken.
    """
    contract = contract_from(contract)
    chosen = [
        specimen
        for specimen in specimens().values()
        if specimen.type_in(contract) and specimen.readable and (worn or specimen.wear is None)
    ]
    if not chosen and contract.page.result == "fields":  # the kit has none of its kind: any document with fields
        chosen = [specimens()[name] for name in own_specimens(contract.id)]
    if not chosen and contract.page.result == "fields":
        chosen = [one for one in specimens().values() if one.ticket == STAND_IN and one.readable and one.wear is None]
    if not chosen:
        raise DataError(
            f"{contract.id}: no readable specimen in cases/specimens has one of its types",
            f"{contract.id}：cases/specimens 中没有其类型的可辨认样张",
        )
    return tuple(sorted(chosen, key=lambda specimen: (specimen.wear is not None, specimen.byte_size, specimen.id)))


_ALWAYS: Forms = {
    **dict.fromkeys(("id", "file", "sha256"), TEXT),
    **dict.fromkeys(("width", "height"), WHOLE),
    **dict.fromkeys(("readable", "locatable"), FLAG),
    "corners": QUAD,
    "alarms": TEXTS,
}
_ENTRY: Forms = {
    **_ALWAYS,
    **dict.fromkeys(("ticket", "document", "copy-of", "wear"), TEXT),
    "fields": TABLE,
}


def _specimen(folder: Path, entry: Mapping[str, object]) -> Specimen:
    members: dict[str, Any] = dict.fromkeys(("ticket", "document", "copy_of", "wear"))
    members |= members_of(entry, _ENTRY, *_ALWAYS)
    path = folder / members.pop("file")
    members["corners"] = tuple((float(x), float(y)) for x, y in members["corners"])
    members["alarms"] = frozenset(members["alarms"])
    members["fields"] = tuple((name, value) for name, value in members.get("fields", {}).items() if TEXT.fits(value))
    try:
        return Specimen(path=path, byte_size=path.stat().st_size, **members)
    except OSError as error:
        raise DataError(unreadable(path, error)) from error
