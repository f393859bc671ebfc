"""Pictures of the user's own, with what is on them: `manifest.toml` of a folder, or `[[image]]` of a target statement.

Both have the same entries (`schemas/statement.schema.json`, `image`). A mistake is one message with its line.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from sys import intern
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from conformance.contract.contract import load_contract
from conformance.contract.tables import page_of, types_of
from conformance.files import DataError, contract_ids, parse_toml
from conformance.statement.stated_text import (
    Mistake,
    StatedText,
    entries_of,
    in_order,
    meant,
    parse_part,
    said,
    shape_mistakes,
    stated_content,
    statement_schema,
)
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from conformance.contract.tables import Page
    from conformance.statement.stated_text import KeyPath

MANIFEST = "manifest.toml"

_ENTRY = re.compile(r"^[ \t]*\[\[[ \t]*image[ \t]*\]\]", re.MULTILINE)
_PART = 100
"""Pictures of a manifest that are read at once."""

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
    return tuple(iter_manifest(folder))


def iter_manifest(folder: Path) -> Iterator[SampleImage]:
    """The same, one at a time, so that ten thousand need no room at once; a mistake may be told after some."""
    path = folder / MANIFEST
    if not path.is_file():
        entry = '[[image]]: file = "...", types = [...]'
        raise DataError(
            f"{folder}: expected a {MANIFEST} that lists the pictures ({entry}); found none",
            f"{folder}：应有列出图片的 {MANIFEST}（{entry}）；实际没有",
        )
    content, told = stated_content(path), 0
    pages = {name: page_of(name) for name in contract_ids()}
    try:
        for image in _in_parts(content, path, pages):
            yield image
            told += 1
    except _OddError:  # what is wrong is told by its place in the whole
        text = parse_part(content, path)
        mistakes = [(text.line(*place), message) for place, message in shape_mistakes(text.data, manifest_shape())]
        mistakes = mistakes or [*image_mistakes(text, pages), *missing_files(text, folder)]
        if mistakes:
            raise DataError(said(path, in_order(mistakes)[0])) from None
        yield from sample_images(text.data, folder)[told:]


def sampled(images: Iterable[SampleImage], count: int, seed: int) -> list[SampleImage]:
    """So many of some pictures in their order, of what is on them (their types) each its share.

    A stratified sample with proportional allocation by largest remainders, at least one of each kind where there is
    room. Which ones is drawn by `seed` and the id of a picture alone, so that every run on one folder has the same.
    Holds `count` pictures of each kind at most.
    """
    drawn: dict[tuple[str, ...], list[tuple[int, int, SampleImage]]] = defaultdict(list)
    totals: Counter[tuple[str, ...]] = Counter()
    for place, image in enumerate(images):
        kind = tuple(sorted(document.type for document in image.documents))
        rank = int.from_bytes(hashlib.blake2b(f"{seed} {image.id}".encode(), digest_size=8).digest(), "big")
        totals[kind] += 1
        heapq.heappush(drawn[kind], (-rank, place, image))
        if len(drawn[kind]) > count:
            heapq.heappop(drawn[kind])
    shares = _shares(totals, min(count, totals.total()))
    kept = [one for kind, found in drawn.items() for one in heapq.nlargest(shares[kind], found)]
    return [image for _, _, image in sorted(kept, key=lambda one: one[1])]


def _shares(totals: Mapping[tuple[str, ...], int], count: int) -> dict[tuple[str, ...], int]:
    """How many of each kind, `count` in all."""
    whole = sum(totals.values())
    wanted = {kind: count * total / whole for kind, total in totals.items()}
    least = int(len(totals) <= count)
    shares = {kind: max(least, int(share)) for kind, share in wanted.items()}
    for kind in sorted(totals, key=lambda kind: (shares[kind] - wanted[kind], kind)):
        shares[kind] += sum(shares.values()) < count
    while sum(shares.values()) > count:  # the least of small kinds came from large ones
        spare = [kind for kind in shares if shares[kind] > 1]
        shares[max(spare, key=lambda kind: (shares[kind] - wanted[kind], shares[kind], kind))] -= 1
    return shares


class _OddError(Exception):
    """Some part of a manifest has a mistake, or is none without the rest."""


def _in_parts(content: str, path: Path, pages: Mapping[str, Page]) -> Iterator[SampleImage]:
    """The pictures of a manifest, some hundreds at a time: a parsed text takes twenty times its size.

    Raises _OddError where a part is not in order by itself: here nothing is said of what is wrong, so that no lines of
    keys have to be found.
    """
    starts = [found.start() for found in _ENTRY.finditer(content)]
    edges = [0, *starts[_PART::_PART], len(content)]
    seen: set[str] = set()
    shape = manifest_shape()
    fits = fitting(shape)
    for low, high in pairwise(edges):
        try:
            data = parse_toml(content[low:high], path)
        except DataError:
            raise _OddError from None
        if not fits(data) and next(shape_mistakes(data, shape), None) is not None:
            raise _OddError
        text = StatedText(data, {})
        if any(image_mistakes(text, pages)) or any(missing_files(text, path.parent)):
            raise _OddError
        for image in sample_images(data, path.parent, len(seen) + 1):
            if image.id in seen:
                raise _OddError
            seen.add(image.id)
            yield image


def manifest_shape() -> Mapping[str, object]:
    """The JSON Schema of a manifest."""
    image = cast("Mapping[str, object]", statement_schema()["properties"])["image"]
    return {"type": "object", "required": ["image"], "additionalProperties": False, "properties": {"image": image}}


def sample_images(data: Mapping[str, object], folder: Path, first: int = 1) -> tuple[SampleImage, ...]:
    """The pictures of a text without mistakes, counted from `first`; files are relative to `folder`."""
    return tuple(
        SampleImage(
            id=str(entry.get("id", f"{number:03d}")),
            file=folder / str(entry["file"]),
            documents=tuple(_documents(entry)),
            contracts=tuple(cast("Sequence[str]", entry.get("contracts", ()))),
            original=cast("str | None", entry.get("original")),
            degradation=_degradation(cast("Mapping[str, object] | None", entry.get("degradation"))),
        )
        for number, entry in enumerate(entries_of(data, "image"), first)
    )


def _degradation(stated: Mapping[str, object] | None) -> tuple[str, float] | None:
    return None if stated is None else (intern(str(stated["kind"])), cast("float", stated["strength"]))


def image_mistakes(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """Types, fields and contracts that are none of these contracts', ids that are given twice."""
    seen: set[str] = set()
    of: dict[tuple[str, ...], tuple[Mapping[str, Page], Sequence[str]]] = {}
    for index, entry in text.entries("image"):
        where = f"image {index + 1}"
        named = cast("Sequence[str]", entry.get("contracts", ()))
        for name in named:
            if name not in pages:
                line = text.line("image", index, "contracts")
                yield (
                    line,
                    Text(
                        f"{where}: contracts: expected some of {', '.join(pages)}; found {name!r}",
                        f"{where}: contracts：应为 {'、'.join(pages)} 中的一个或多个；实为 {name!r}",
                    ),
                )
        if tuple(named) not in of:  # the same for most of very many
            some = {name: page for name, page in pages.items() if name in named or not named}
            of[tuple(named)] = some, types_of(some.values())
        concerned, known = of[tuple(named)]
        for number, document in enumerate(_documents(entry)):
            if document.type in known:
                yield from _unknown_fields(text, index, number, document, concerned)
            elif concerned:
                line = text.line(*_place(entry, index, number), *(() if "types" in entry else ("type",)))
                wrong = Text(
                    f"{where}: no type {document.type!r} in the contracts",
                    f"{where}：接口契约中没有类型 {document.type!r}",
                )
                yield line, meant(wrong, document.type, known)
        name = str(entry.get("id", f"{index + 1:03d}"))
        if name in seen:
            yield (
                text.line("image", index, "id"),
                Text(
                    f"{where}: expected an id of its own; {name!r} is given twice",
                    f"{where}：id 应各不相同；{name!r} 重复给出",
                ),
            )
        seen.add(name)


@cache
def _printed(contracts: tuple[str, ...], kind: str) -> frozenset[str]:
    """The fields that some contracts print on a document of a type."""
    return frozenset(field for name in contracts for field in load_contract(name).printed_fields(kind))


def _place(entry: Mapping[str, object], index: int, number: int) -> KeyPath:
    """Where the document with a number stands that is on a picture."""
    return ("image", index, "types") if "types" in entry else ("image", index, "document", number)


def _unknown_fields(
    text: StatedText, index: int, number: int, document: SampleDocument, pages: Mapping[str, Page]
) -> Iterator[Mistake]:
    """Printed fields that no answer of these contracts has for a document of its type, or that hold no single text."""
    if not document.fields:
        return
    having = tuple(name for name, page in pages.items() if document.type in page.types and page.result != "document")
    # An operation whose answer has no fields is sent the same pictures: what another one has is no mistake there.
    known = _printed(having or tuple(contract_ids()), document.type)
    for name, _ in document.fields:
        if name not in known:
            where = f"image {index + 1}: document {number + 1}: fields"
            wrong = Text(
                f"{where}: no field {name!r} with one text in {document.type}",
                f"{where}：{document.type} 没有以单个文本为值的字段 {name!r}",
            )
            yield text.line("image", index, "document", number, "fields", name), meant(wrong, name, sorted(known))


def missing_files(text: StatedText, folder: Path) -> Iterator[Mistake]:
    """Pictures that are not there."""
    for index, entry in text.entries("image"):
        file = folder / str(entry["file"])
        if not file.is_file():
            yield text.line("image", index, "file"), no_file(f"image {index + 1}", file)


def no_file(where: str, file: Path) -> Text:
    """That a file which a statement names is not there."""
    return Text(f"{where}: expected a file; there is none at {file}", f"{where}：应为文件；{file} 处没有文件")


def _documents(entry: Mapping[str, object]) -> Iterator[SampleDocument]:
    for kind in cast("Sequence[str]", entry.get("types", ())):
        yield SampleDocument(kind)
    for document in entries_of(entry, "document"):
        corners = cast("Sequence[Sequence[float]] | None", document.get("corners"))
        fields = cast("Mapping[str, str]", document.get("fields", {}))
        yield SampleDocument(
            intern(str(document["type"])),
            tuple((float(x), float(y)) for x, y in corners) if corners is not None else None,
            tuple((intern(name), value) for name, value in fields.items()),
        )


# A quick look at very many entries: jsonschema takes most of a millisecond for each.


Check: TypeAlias = "Callable[[Any], bool]"


def fitting(schema: Mapping[str, Any]) -> Check:
    """Whether a value of TOML is in order by a schema: True is certain, False is not.

    It knows the keywords by which pictures are described; where a schema has another one nothing is in order.
    """
    checks: list[Check] = []
    for name, wanted in sorted(schema.items(), key=lambda item: item[0] != "type"):  # the others rely on the type
        if name in ("properties", "additionalProperties"):
            known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
            rest = fitting(other) if isinstance(other, dict) else partial(_always, answer=other is True)
            checks.append(partial(_fit_members, {key: fitting(below) for key, below in known.items()}, rest))
        elif name in ("items", "not", "oneOf"):
            below = [fitting(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
            checks.append(partial(_BELOW[name], below))
        elif name != "description":
            checks.append(partial(_TESTS[name], wanted) if name in _TESTS else partial(_always, answer=False))
    return lambda value: all(check(value) for check in checks)


def _always(_value: Any, *, answer: bool) -> bool:
    return answer


def _fit_members(known: Mapping[str, Check], rest: Check, value: Mapping[str, object]) -> bool:
    return all(known.get(name, rest)(member) for name, member in value.items())


def _is_kind(kind: Any, value: Any) -> bool:
    if kind == "number":
        return type(value) in (int, float) and -_FAR < value < _FAR
    kinds: dict[object, type] = {"string": str, "array": list, "object": dict}
    return kind in kinds and isinstance(value, kinds[kind])


_FAR = 1e300
"""Beyond it a number may be endless."""

_BELOW: Mapping[str, Callable[[Sequence[Check], Any], bool]] = {
    "items": lambda checks, value: all(map(checks[0], value)),
    "not": lambda checks, value: not checks[0](value),
    "oneOf": lambda checks, value: sum(check(value) for check in checks) == 1,
}
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": _is_kind,
    "required": lambda names, value: all(name in value for name in names),
    "minLength": lambda least, value: len(value) >= least,
    "maxLength": lambda most, value: len(value) <= most,
    "minItems": lambda least, value: len(value) >= least,
    "maxItems": lambda most, value: len(value) <= most,
    "uniqueItems": lambda _wanted, value: len(set(map(repr, value))) == len(value),
    "pattern": lambda pattern, value: re.search(pattern, value) is not None,
}
