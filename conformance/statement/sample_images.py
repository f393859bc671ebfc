"""Pictures of the user's own, with what is on them: `manifest.toml` of a folder, or `[[image]]` of a target statement.

Both have the same entries (`schemas/statement.schema.json`, `image`). A mistake is one message with its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.contract.tables import page_of, types_of
from conformance.files import DataError, contract_ids
from conformance.statement.shape import shape_mistakes, statement_schema
from conformance.statement.stated_text import Mistake, StatedText, entries_of, meant, parse_stated, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

MANIFEST = "manifest.toml"

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Four corners in pixels of the picture, from the top-left one clockwise."""


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """One document on a picture: its documented type, and where and what it is as far as that is stated."""

    type: str
    corners: Corners | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SampleImage:
    """A picture and the documents on it. `id` is what reports call it: the stated one, or its number in the list.

    `contracts` are those that it is for; empty for every one that documents all its types. `original` names the
    document that it shows, where several pictures show one; `degradation` is the kind and the strength of what was done
    to it.
    """

    id: str
    file: Path
    documents: tuple[SampleDocument, ...]
    contracts: tuple[str, ...] = ()
    original: str | None = None
    degradation: tuple[str, float] | None = None

    def concerns(self, contract_id: str, types: Sequence[str]) -> bool:
        """Whether it is sent to a contract with these documented types."""
        if self.contracts:
            return contract_id in self.contracts
        return all(document.type in types for document in self.documents)


def read_manifest(folder: Path) -> tuple[SampleImage, ...]:
    """The pictures that `manifest.toml` of a folder lists. Raises DataError: the first mistake, with its line."""
    path = folder / MANIFEST
    if not path.is_file():
        raise DataError(
            f'{folder}: expected a {MANIFEST} that lists the pictures ([[image]] with file = "..." and types = [...]); '
            "found none"
        )
    text = parse_stated(path)
    image = cast("Mapping[str, object]", statement_schema()["properties"])["image"]
    shape = {"type": "object", "required": ["image"], "additionalProperties": False, "properties": {"image": image}}
    mistakes = [(text.line(*place), message) for place, message in shape_mistakes(text.data, shape)]
    mistakes = mistakes or [*image_mistakes(text, types_of(map(page_of, contract_ids()))), *missing_files(text, folder)]
    if mistakes:
        raise DataError(said(path, min(mistakes)))
    return sample_images(text.data, folder)


def sample_images(data: Mapping[str, object], folder: Path) -> tuple[SampleImage, ...]:
    """The pictures of a text without mistakes; files are relative to `folder`."""
    return tuple(
        SampleImage(
            id=str(entry.get("id", f"{number:03d}")),
            file=folder / str(entry["file"]),
            documents=tuple(_documents(entry)),
            contracts=tuple(cast("Sequence[str]", entry.get("contracts", ()))),
            original=cast("str | None", entry.get("original")),
            degradation=_degradation(cast("Mapping[str, object] | None", entry.get("degradation"))),
        )
        for number, entry in enumerate(entries_of(data, "image"), 1)
    )


def _degradation(stated: Mapping[str, object] | None) -> tuple[str, float] | None:
    return None if stated is None else (str(stated["kind"]), cast("float", stated["strength"]))


def image_mistakes(text: StatedText, known: Sequence[str]) -> Iterator[Mistake]:
    """Types that are none of the `known` ones, contracts that do not exist, ids that are given twice."""
    seen: set[str] = set()
    for index, entry in text.entries("image"):
        where = f"image {index + 1}"
        for document in _documents(entry):
            if document.type not in known:
                line = text.line("image", index, "types" if "types" in entry else "document")
                yield line, f"{where}: no type {document.type!r} in the contracts; {meant(document.type, known)}"
        for name in cast("Sequence[str]", entry.get("contracts", ())):
            if name not in contract_ids():
                line = text.line("image", index, "contracts")
                yield line, f"{where}: contracts: expected some of {', '.join(contract_ids())}; found {name!r}"
        name = str(entry.get("id", f"{index + 1:03d}"))
        if name in seen:
            yield text.line("image", index, "id"), f"{where}: expected an id of its own; {name!r} is given twice"
        seen.add(name)


def missing_files(text: StatedText, folder: Path) -> Iterator[Mistake]:
    """Pictures that are not there."""
    for index, entry in enumerate(entries_of(text.data, "image")):
        file = folder / str(entry["file"])
        if not file.is_file():
            yield text.line("image", index, "file"), f"image {index + 1}: expected a file; there is none at {file}"


def _documents(entry: Mapping[str, object]) -> Iterator[SampleDocument]:
    for kind in cast("Sequence[str]", entry.get("types", ())):
        yield SampleDocument(kind)
    for document in entries_of(entry, "document"):
        corners = cast("Sequence[Sequence[float]] | None", document.get("corners"))
        fields = cast("Mapping[str, str]", document.get("fields", {}))
        yield SampleDocument(
            str(document["type"]),
            tuple((float(x), float(y)) for x, y in corners) if corners is not None else None,
            tuple(fields.items()),
        )
