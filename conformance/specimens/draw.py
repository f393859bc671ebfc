"""Draws any number of documents of a type, each with values of its own, and the manifest of what is on them.

What picture `number` of a type shows follows from the seed, the type and the number alone: the same seed gives the same
bytes, however many are drawn and by however many processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from PIL import Image

from conformance.files import DataError, near_it, replace_file, replacing
from conformance.specimens.build import DOCUMENTS, draw_master
from conformance.specimens.canvas import FACES, INK, Canvas, Colour, Font, Fonts, NotoFonts, missing_font_files
from conformance.specimens.codes import Document
from conformance.specimens.degrade import KINDS, STRENGTHS, Corners, Degradation, encoded, photographed
from conformance.specimens.invent import invented

_FAMILIES: tuple[Mapping[str, str], ...] = (
    {},
    {"sans": "serif", "sans-bold": "serif-bold"},
    {"serif": "sans", "serif-bold": "sans-bold"},
)
"""Which typefaces stand in for others: layouts of one type differ in their print."""

_TRIES = 20
"""Values that do not fit into their place are drawn again with others, at most so often."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture: its file relative to the manifest, the document with its values, its corners and degradation."""

    file: str
    document: Document
    corners: Corners
    degradation: Degradation


def type_names() -> tuple[str, ...]:
    """All types that can be drawn, in the order of the documents: those of tickets, then those of identity papers."""
    tickets = [document.ticket for document in DOCUMENTS if document.ticket]
    papers = [document.document for document in DOCUMENTS if document.document]
    return tuple(dict.fromkeys([*tickets, *papers]))


def documents_of(types: Sequence[str]) -> list[Document]:
    """The documents of some types, all where none is named. Raises DataError for a type that is not known."""
    for name in types:
        if name not in type_names():
            near = near_it(name, type_names())
            raise DataError(f"--type: no type {name!r}; {near.en}", f"--type：没有类型 {name!r}；{near.zh}")
    return [d for d in DOCUMENTS if not types or d.ticket in types or d.document in types]


def check_fonts() -> None:
    """Raise DataError, saying what to install, where a typeface is missing."""
    if missing := missing_font_files(FACES):
        names = ", ".join(path.name for path in missing)
        raise DataError(
            f"expected the Noto typefaces to draw with; not installed: {names}; on Debian and Ubuntu: "
            "apt-get install fonts-noto-cjk fonts-noto-core",
            f"绘制需要 Noto 字体；未安装：{names}；Debian 与 Ubuntu：`apt-get install fonts-noto-cjk fonts-noto-core`",
        )


def draw_specimens(folder: Path, per_type: int, types: Sequence[str], seed: int, jobs: int) -> Iterator[Drawn]:
    """Write `per_type` pictures of each type into `folder`, and their manifest when all are there.

    Yields each picture when it is written. Raises DataError for an unknown type and for missing typefaces, OSError
    where a file cannot be written.
    """
    documents = documents_of(types)
    check_fonts()
    tasks = [(document.id, number) for document in documents for number in range(1, per_type + 1)]
    for document in documents:
        (folder / document.id).mkdir(parents=True, exist_ok=True)
    draw = partial(_draw, folder, seed)
    pictures: list[Drawn] = []
    if jobs == 1:
        for task in tasks:
            pictures.append(draw(task))
            yield pictures[-1]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            for drawn in pool.map(draw, tasks, chunksize=4):
                pictures.append(drawn)
                yield drawn
    with replacing(folder / "manifest.toml") as file:
        file.write(_HEAD.format(seed=seed).encode())
        for drawn in pictures:
            file.writelines(entry.encode() for entry in _entries(drawn, types))


def _draw(folder: Path, seed: int, task: tuple[str, int]) -> Drawn:
    name, number = task
    master = next(document for document in DOCUMENTS if document.id == name)
    rng = Random(f"{seed} {name} {number}")
    document, image = _fitting(master, seed, number, rng)
    kind = KINDS[(number - 1) % len(KINDS)]
    degradation = Degradation(kind, round(rng.uniform(*STRENGTHS[kind]), 3))
    photo = photographed(image, degradation, rng)
    file = f"{name}/{number:05d}.jpg"
    replace_file(folder / file, encoded(photo))
    return Drawn(file, document, photo.corners, degradation)


def _fitting(master: Document, seed: int, number: int, rng: Random) -> tuple[Document, Image.Image]:
    """The document with values that fit into their places, and its picture."""
    for attempt in range(_TRIES):
        document = invented(master, f"{seed} {number} {attempt}")
        fonts = _Print(NotoFonts(), rng.choice(_FAMILIES))
        try:
            return document, draw_master(document, fonts, partial(_Shaken, rng)).convert("RGB")
        except ValueError:
            continue  # a value that is too long for its place
    raise ValueError(f"{master.id}: no values fit in {_TRIES} tries")


class _Print:
    """Typefaces of which some stand in for others."""

    def __init__(self, fonts: Fonts, instead: Mapping[str, str]) -> None:
        self._fonts, self._instead = fonts, instead

    def get(self, face: str, size: int) -> Font:
        """As Fonts."""
        return self._fonts.get(self._instead.get(face, face), size)


class _Shaken(Canvas):
    """A sheet on which each line stands a pixel or two from where it should."""

    def __init__(self, rng: Random, width: int, height: int, fonts: Fonts) -> None:
        super().__init__(width, height, fonts)
        self._across, self._down = rng.uniform(-2.0, 2.0), rng.uniform(-1.5, 1.5)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: int = 20,
        *,
        face: str = "sans",
        fill: Colour = INK,
        anchor: str = "lm",
        fit: float | None = None,
    ) -> float:
        """As Canvas; what is measured from where a line ends moves with it."""
        return super().text(x + self._across, y + self._down, words, size, face=face, fill=fill, anchor=anchor, fit=fit)


_HEAD = """\
# Invented documents, drawn by `ocr-conformance specimens` with seed {seed}: pictures for `run --images`.
# Every value is invented: no person, company, account or number printed here exists.
"""


def _entries(drawn: Drawn, types: Sequence[str]) -> Iterator[str]:
    """An entry of the manifest for each operation that knows the document by a type of its own."""
    document = drawn.document
    number = Path(drawn.file).stem
    for name in dict.fromkeys((document.ticket, document.document)):
        if name is None or (types and name not in types):
            continue
        lines = [
            "",
            "[[image]]",
            f"id = {json.dumps(f'{name}-{number}')}",
            f"file = {json.dumps(drawn.file)}",
            f"original = {json.dumps(f'{document.id}-{number}')}",
            f'degradation = {{ kind = "{drawn.degradation.kind}", strength = {drawn.degradation.strength} }}',
            "[[image.document]]",
            f"type = {json.dumps(name)}",
            f"corners = {json.dumps([[round(x, 1), round(y, 1)] for x, y in drawn.corners])}",
        ]
        if name == document.ticket:  # the other operation answers a type and no fields
            lines.append("[image.document.fields]")
            plain = {key: value for key, value in document.fields.items() if isinstance(value, str)}
            lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items()]
        yield "\n".join(lines) + "\n"
