"""A sheet to draw a specimen on: text that fits, ruled boxes, portraits, seals and the SPECIMEN marks."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

from conformance.files import DataError

CJK = Path("/usr/share/fonts/opentype/noto")
CORE = Path("/usr/share/fonts/truetype/noto")

# face -> file and index inside the collection (2: simplified Chinese, 4: Hong Kong, 7: monospaced simplified)
FACES: Mapping[str, tuple[Path, int]] = {
    "sans": (CJK / "NotoSansCJK-Regular.ttc", 2),
    "sans-bold": (CJK / "NotoSansCJK-Bold.ttc", 2),
    "serif": (CJK / "NotoSerifCJK-Regular.ttc", 2),
    "serif-bold": (CJK / "NotoSerifCJK-Bold.ttc", 2),
    "mono": (CJK / "NotoSansCJK-Regular.ttc", 7),
    "mono-bold": (CJK / "NotoSansCJK-Bold.ttc", 7),
    "hk": (CJK / "NotoSansCJK-Regular.ttc", 4),
    "hk-bold": (CJK / "NotoSansCJK-Bold.ttc", 4),
    "hk-serif-bold": (CJK / "NotoSerifCJK-Bold.ttc", 4),
    "latin": (CORE / "NotoSans-Regular.ttf", 0),
    "latin-bold": (CORE / "NotoSans-Bold.ttf", 0),
    "khmer": (CORE / "NotoSansKhmer-Regular.ttf", 0),
    "khmer-bold": (CORE / "NotoSansKhmer-Bold.ttf", 0),
    "myanmar": (CORE / "NotoSansMyanmar-Regular.ttf", 0),
    "myanmar-bold": (CORE / "NotoSansMyanmar-Bold.ttf", 0),
    "thai": (CORE / "NotoSansThai-Regular.ttf", 0),
    "thai-bold": (CORE / "NotoSansThai-Bold.ttf", 0),
}

Font = ImageFont.FreeTypeFont


class Fonts(Protocol):
    """Gives the typeface for a face name of `FACES` at a size in pixels."""

    def get(self, face: str, size: int) -> Font: ...


class NotoFonts:
    """The typefaces the committed pictures are drawn with."""

    def get(self, face: str, size: int) -> Font:
        """Raises OSError when the font package is not installed."""
        return _load(face, size)


@lru_cache(maxsize=256)
def _load(face: str, size: int) -> Font:
    path, index = FACES[face]
    return ImageFont.truetype(str(path), size, index=index)


def missing_font_files() -> list[Path]:
    """Files of the faces that are not installed, in alphabetic order."""
    return sorted({path for path, _ in FACES.values() if not path.exists()})


def check_fonts() -> None:
    """Raise DataError, saying what to install, where a typeface is missing."""
    if missing := missing_font_files():
        names = ", ".join(path.name for path in missing)
        raise DataError(
            f"expected the Noto typefaces to draw with; not installed: {names}; on Debian and Ubuntu: "
            "apt-get install fonts-noto-cjk fonts-noto-core",
            f"绘制需要 Noto 字体；未安装：{names}；Debian 与 Ubuntu：`apt-get install fonts-noto-cjk fonts-noto-core`",
        )


Colour = str | tuple[int, int, int]
Point = tuple[float, float]

INK: Colour = "#1c1c22"
RED: Colour = "#b8202c"
SMALLEST_TEXT = 13  # pixels; below this an OCR engine loses Chinese characters


SCRIPTS_WITHOUT_LATIN = ("khmer", "myanmar", "thai")


def _runs(words: str, face: str) -> list[tuple[str, str]]:
    """Parts of a line, each with the face that has its characters: these scripts' typefaces lack ASCII."""
    script, _, weight = face.partition("-")
    if script not in SCRIPTS_WITHOUT_LATIN:
        return [(words, face)]
    latin = "latin-bold" if weight else "latin"
    parts = re.findall(r"[!-~]+|[^!-~]+", words)
    return [(part, latin if part[0].isascii() and part[0] != " " else face) for part in parts]


class Canvas:
    """An RGB picture with the drawing helpers that specimens share. All lengths are in pixels.

    Attributes:
        image: the picture so far.
        written: everything written so far, in order; evenly set lines come character by character.
    """

    def __init__(self, width: int, height: int, fonts: Fonts) -> None:
        self.width = width
        self.height = height
        self.image = Image.new("RGB", (width, height), "white")
        self.pen = ImageDraw.Draw(self.image)
        self.written: list[str] = []
        self._fonts = fonts

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
        """Writes one line and returns the x where it ends.

        `y` is the middle of the line unless `anchor` (Pillow's) says otherwise. With `fit`, the size is reduced
        until the line is at most that wide. Raises ValueError when it would have to become illegible.
        """
        while fit is not None and self._length(words, size, face) > fit:
            size -= 1
            if size < SMALLEST_TEXT:
                raise ValueError(f"{words!r} does not fit into {fit:.0f} px")
        self.written.append(words)
        length = self._length(words, size, face)
        start = x - length * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
        for run, run_face in _runs(words, face):
            font = self._fonts.get(run_face, size)
            self.pen.text((start, y), run, font=font, fill=fill, anchor="l" + anchor[1])
            start += font.getlength(run)
        return start

    def _length(self, words: str, size: int, face: str) -> float:
        return sum(self._fonts.get(run_face, size).getlength(run) for run, run_face in _runs(words, face))

    def lines(
        self,
        x: float,
        y: float,
        words: str,
        size: int,
        width: float,
        *,
        face: str = "sans",
        step: float = 1.35,
    ) -> float:
        """Writes text in lines of at most `width`, broken between any two characters; returns the next y."""
        font = self._fonts.get(face, size)
        line = ""
        for character in words:
            if font.getlength(line + character) > width:
                self.text(x, y, line, size, face=face)
                y += size * step
                line = ""
            line += character
        self.text(x, y, line, size, face=face)
        return y + size * step

    def spaced(
        self,
        x: float,
        y: float,
        words: str,
        size: int,
        width: float,
        *,
        face: str = "sans",
        fill: Colour = INK,
    ) -> None:
        """Writes characters evenly over `width`, as headings and form labels are set in Chinese print."""
        if len(words) == 1:
            self.text(x + width / 2, y, words, size, face=face, fill=fill, anchor="mm")
            return
        step = (width - size) / (len(words) - 1)
        for index, character in enumerate(words):
            self.text(x + size / 2 + index * step, y, character, size, face=face, fill=fill, anchor="mm")

    def column(self, x: float, y: float, words: str, size: int, step: float, *, fill: Colour = INK) -> None:
        """Writes characters below each other; `x` is the middle of the column, `y` the middle of the first."""
        for index, character in enumerate(words):
            self.text(x, y + index * step, character, size, fill=fill, anchor="mm")

    def field(
        self,
        x: float,
        y: float,
        label: str,
        value: str,
        size: int = 20,
        *,
        label_fill: Colour = INK,
        at: float | None = None,
    ) -> None:
        """Writes a label and its value behind it, or at the x given by `at`."""
        end = self.text(x, y, label, size, fill=label_fill)
        self.text(end + size * 0.3 if at is None else at, y, value, size)

    def cell(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        label: str,
        value: str,
        *,
        label_width: float,
        size: int = 17,
        line: Colour = INK,
        label_fill: Colour = INK,
    ) -> None:
        """Draws a ruled form cell: label spread over the left part, a rule, the value behind it."""
        self.box(x0, y0, x1, y1, outline=line)
        self.rule(x0 + label_width, y0, x0 + label_width, y1, fill=line)
        middle = (y0 + y1) / 2
        parts = label.split("\n")
        for index, part in enumerate(parts):
            y = middle + (index - (len(parts) - 1) / 2) * (size + 3)
            self.spaced(
                x0 + 6, y, part, min(size, int((label_width - 12) / len(part))), label_width - 12, fill=label_fill
            )
        self.text(x0 + label_width + 8, middle, value, size + 1, fit=x1 - x0 - label_width - 12)

    def square_seal(self, x: float, y: float, lines: tuple[str, ...], size: int) -> None:
        """Draws a red square office seal with the given lines; (x, y) is its upper-left corner."""
        side = size * max(len(line) for line in lines) + 20
        height = size * 1.25 * len(lines) + 18
        self.box(x, y, x + side, y + height, outline=RED, width=3)
        for index, line in enumerate(lines):
            row = y + 9 + size * 1.25 * (index + 0.5)
            self.text(x + side / 2, row, line, size, face="serif-bold", fill=RED, anchor="mm")

    def oval_seal(self, x: float, y: float, lines: tuple[str, ...]) -> None:
        """Draws the small oval supervision seal of invoices around (x, y)."""
        self.pen.ellipse((x - 66, y - 34, x + 66, y + 34), outline=RED, width=3)
        for index, line in enumerate(lines):
            row = y + (index - (len(lines) - 1) / 2) * 19
            self.text(x, row, line, 15, face="serif-bold", fill=RED, anchor="mm")

    def rule(self, x0: float, y0: float, x1: float, y1: float, *, fill: Colour = INK, width: int = 1) -> None:
        """Draws a straight line."""
        self.pen.line((x0, y0, x1, y1), fill=fill, width=width)

    def box(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        outline: Colour | None = INK,
        fill: Colour | None = None,
        width: int = 1,
        radius: int = 0,
    ) -> None:
        """Draws a rectangle, with round corners if asked for."""
        self.pen.rounded_rectangle((x0, y0, x1, y1), radius, fill=fill, outline=outline, width=width)

    def disc(self, x: float, y: float, r: float, *, fill: Colour | None, outline: Colour | None = None) -> None:
        """Draws a circle around (x, y)."""
        self.pen.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=outline)

    def star(self, x: float, y: float, r: float, *, fill: Colour) -> None:
        """Draws a five-pointed star."""
        points: list[Point] = []
        for index in range(10):
            angle = math.pi * (index / 5 - 0.5)
            reach = r if index % 2 == 0 else r * 0.4
            points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
        self.pen.polygon(points, fill=fill)

    def paper(self, fill: Colour, line: Colour, *, step: int = 26) -> None:
        """Fills the sheet with a tint and pale wavy lines, as security paper has them."""
        self.pen.rectangle((0, 0, self.width, self.height), fill=fill)
        for top in range(-step, self.height + step, step):
            points = [(x, top + 16 * math.sin(x / 70 + top / 45)) for x in range(0, self.width + 12, 12)]
            self.pen.line(points, fill=line, width=1)

    def portrait(self, x0: float, y0: float, x1: float, y1: float, *, back: Colour = "#e4ecf2") -> None:
        """Draws a faceless head and shoulders where a document has its photograph."""
        width, height = x1 - x0, y1 - y0
        middle = (x0 + x1) / 2
        sheet = Image.new("RGB", (int(width), int(height)), back)
        pen = ImageDraw.Draw(sheet)
        pen.ellipse((width * 0.08, height * 0.66, width * 0.92, height * 1.5), fill="#8d98a5")
        pen.rectangle((width * 0.42, height * 0.5, width * 0.58, height * 0.72), fill="#c9b4a4")
        pen.ellipse((width * 0.29, height * 0.14, width * 0.71, height * 0.62), fill="#d6c2b2")
        pen.pieslice((width * 0.27, height * 0.1, width * 0.73, height * 0.6), 180, 360, fill="#3f3a3a")
        pen.pieslice((width * 0.32, height * 0.24, width * 0.68, height * 0.5), 180, 360, fill="#d6c2b2")
        self.image.paste(sheet, (int(x0), int(y0)))
        self.text(middle, y1 - height * 0.08, "SPECIMEN", int(width / 8), face="sans-bold", fill="white", anchor="mm")

    def ring_text(self, x: float, y: float, r: float, words: str, size: int) -> None:
        """Writes characters along 250 degrees of the upper part of a circle, as on a round seal."""
        font = self._fonts.get("serif-bold", size)
        for index, character in enumerate(words):
            turn = -125 + 250 * (index + 0.5) / len(words)
            tile = Image.new("L", (size * 2, size * 2), 0)
            ImageDraw.Draw(tile).text((size, size), character, font=font, fill=255, anchor="mm")
            tile = tile.rotate(-turn, resample=Image.Resampling.BICUBIC)
            angle = math.radians(turn - 90)
            left, top = x + r * math.cos(angle) - size, y + r * math.sin(angle) - size
            self.image.paste(Image.new("RGB", tile.size, RED), (round(left), round(top)), tile)

    def seal(self, x: float, y: float, r: float, ring: str, foot: str) -> None:
        """Draws a round office seal with a star, a ring of characters and a line at its foot."""
        self.pen.ellipse((x - r, y - r, x + r, y + r), outline=RED, width=3)
        self.star(x, y, r * 0.3, fill=RED)
        size = max(13, int(r * 0.27))
        self.ring_text(x, y, r * 0.76, ring, size)
        self.text(x, y + r * 0.6, foot, max(13, int(r * 0.2)), face="serif-bold", fill=RED, anchor="mm")

    def watermark(self, x: float, y: float, words: str, size: int, *, fill: Colour, turn: float = 24) -> None:
        """Writes a word large, pale and slanted around (x, y); to be called before anything legible is drawn."""
        tile = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(tile).text((x, y), words, font=self._fonts.get("sans-bold", size), fill=255, anchor="mm")
        tile = tile.rotate(turn, resample=Image.Resampling.BICUBIC, center=(x, y))
        self.image.paste(Image.new("RGB", tile.size, fill), (0, 0), tile)

    def badge(
        self, x: float, y: float, *, size: int = 20, words: str = "SPECIMEN 样本", face: str = "sans-bold"
    ) -> None:
        """Draws the boxed SPECIMEN mark with its left edge at `x` and its middle at `y`."""
        length = self._fonts.get(face, size).getlength(words)
        self.box(x, y - size * 0.8, x + length + size, y + size * 0.8, outline=RED, fill="white", width=2, radius=4)
        self.text(x + size / 2, y, words, size, face=face, fill=RED)


def reduced(image: Image.Image, colours: int) -> Image.Image:
    """The picture with a palette of so many colours, which keeps its PNG file small."""
    return image.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
