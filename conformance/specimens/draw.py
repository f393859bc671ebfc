"""Draws any number of documents of a type, worn as cameras and scanners leave them, with their truth."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from conformance.files import DataError, near_it, replace_file, replacing
from conformance.specimens import DOCUMENTS, draw_master
from conformance.specimens.canvas import INK, Canvas, Colour, Font, Fonts, NotoFonts, Point, check_fonts
from conformance.specimens.invent import invented
from conformance.specimens.specimen import Document

# How a clean document becomes the picture that somebody took of it: on a desk, and worse in one declared way.
#
# Each degradation has a name and a strength in units of its own (`STRENGTHS`), and says where the corners of the
# document are afterwards. A picture has one degradation or none, so that accuracy can be told against each.

Corners: TypeAlias = tuple[Point, Point, Point, Point]

GOOD_QUALITY = 88
"""JPEG quality of every picture that is not degraded by it."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture, where the corners of its document are in its pixels, and the JPEG quality it is to be kept with."""

    image: Image.Image
    corners: Corners
    quality: int = GOOD_QUALITY


@dataclass(frozen=True, slots=True)
class Degradation:
    """`kind` as in STRENGTHS, and how much."""

    kind: str
    strength: float


def _kept(photo: Photograph, _strength: float, _rng: Random) -> Photograph:
    return photo


def _compressed(photo: Photograph, strength: float, _rng: Random) -> Photograph:
    return Photograph(photo.image, photo.corners, round(strength))


def _blurred(photo: Photograph, strength: float, _rng: Random) -> Photograph:
    return Photograph(photo.image.filter(ImageFilter.GaussianBlur(strength)), photo.corners)


def _turned(photo: Photograph, strength: float, rng: Random) -> Photograph:
    degrees = strength if rng.random() < 0.5 else -strength
    image = photo.image
    turned = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=image.getpixel((1, 1)))
    angle = math.radians(-degrees)
    middle, new_middle = (image.width / 2, image.height / 2), (turned.width / 2, turned.height / 2)

    def moved(point: Point) -> Point:
        x, y = point[0] - middle[0], point[1] - middle[1]
        return (
            new_middle[0] + x * math.cos(angle) - y * math.sin(angle),
            new_middle[1] + x * math.sin(angle) + y * math.cos(angle),
        )

    return Photograph(turned, _each(photo.corners, moved))


def _tilted(photo: Photograph, strength: float, rng: Random) -> Photograph:
    """Seen from the side: two neighbouring corners of the picture come nearer to each other."""
    width, height = photo.image.size
    near = strength * min(width, height)
    target: Corners = ((near, near / 2), (width - near, 0.0), (float(width), float(height)), (0.0, height - near / 2))
    if rng.random() < 0.5:
        target = ((0.0, 0.0), (float(width), near), (width - near, height - near), (near, float(height)))
    source: Corners = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    forward, backward = _homography(source, target), _homography(target, source)
    image = photo.image.transform(
        photo.image.size,
        Image.Transform.PERSPECTIVE,
        tuple(float(term) for term in backward),
        Image.Resampling.BICUBIC,
        fillcolor=photo.image.getpixel((1, 1)),
    )
    a, b, c, d, e, f, g, h = (float(term) for term in forward)

    def moved(point: Point) -> Point:
        x, y = point
        scale = g * x + h * y + 1
        return (a * x + b * y + c) / scale, (d * x + e * y + f) / scale

    return Photograph(image, _each(photo.corners, moved))


def _homography(source: Corners, target: Corners) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The eight terms that take four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows, dtype=np.float64), np.array(values, dtype=np.float64))


def _glaring(photo: Photograph, strength: float, rng: Random) -> Photograph:
    """A white spot; its radius is a share of the document's longer side."""
    left, top = photo.corners[0]
    right, bottom = photo.corners[2]
    radius = strength * max(right - left, bottom - top)
    x, y = left + (right - left) * rng.uniform(0.2, 0.6), top + (bottom - top) * rng.uniform(0.3, 0.7)
    mask = Image.new("L", photo.image.size, 0)
    ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(radius / 3))
    return Photograph(Image.composite(Image.new("RGB", photo.image.size, "white"), photo.image, mask), photo.corners)


def _shrunk(photo: Photograph, strength: float, _rng: Random) -> Photograph:
    size = (max(64, round(photo.image.width * strength)), max(64, round(photo.image.height * strength)))
    across, down = size[0] / photo.image.width, size[1] / photo.image.height
    return Photograph(
        photo.image.resize(size, Image.Resampling.LANCZOS),
        _each(photo.corners, lambda point: (point[0] * across, point[1] * down)),
    )


def _each(corners: Corners, moved: Callable[[Point], Point]) -> Corners:
    first, second, third, fourth = corners
    return moved(first), moved(second), moved(third), moved(fourth)


Change: TypeAlias = "Callable[[Photograph, float, Random], Photograph]"

CHANGES: Mapping[str, Change] = {
    "none": _kept,
    "jpeg": _compressed,
    "blur": _blurred,
    "rotation": _turned,
    "perspective": _tilted,
    "glare": _glaring,
    "resolution": _shrunk,
}

STRENGTHS: Mapping[str, tuple[float, float]] = {
    "none": (0.0, 0.0),
    "jpeg": (12.0, 60.0),
    "blur": (0.6, 2.6),
    "rotation": (1.0, 25.0),
    "perspective": (0.02, 0.12),
    "glare": (0.05, 0.2),
    "resolution": (0.35, 0.85),
}
"""Mildest and strongest or the other way round: JPEG quality, standard deviation in pixels, degrees, a share of the
shorter side by which corners come nearer, a share of the longer side, scale."""


KINDS = tuple(STRENGTHS)
"""All kinds, in the order in which the pictures of a type have them, over and over."""


def photographed(document: Image.Image, degradation: Degradation, rng: Random) -> Photograph:
    """The document on a desk, degraded. Raises KeyError for an unknown kind."""
    margin = rng.uniform(0.03, 0.12)
    left, right, top, bottom = (round(margin * document.width * rng.uniform(0.5, 1.5)) for _ in range(4))
    grey = rng.randrange(90, 235)
    desk = tuple(max(0, min(255, grey + rng.randrange(-18, 19))) for _ in range(3))
    page = Image.new("RGB", (document.width + left + right, document.height + top + bottom), desk)
    page.paste(document, (left, top))
    far, low = left + document.width, top + document.height
    photo = Photograph(page, ((left, top), (far, top), (far, low), (left, low)))
    return CHANGES[degradation.kind](photo, degradation.strength, rng)


def encoded(photo: Photograph) -> bytes:
    """The picture as JPEG."""
    stream = io.BytesIO()
    photo.image.save(stream, "JPEG", quality=photo.quality)
    return stream.getvalue()


# Many documents, with values of their own and in other print, and the manifest of their pictures.

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
