"""Wear: how a clean specimen becomes a worn copy, still readable or past readable.

Each kind is a pure function of the picture and fixed seeds, so that a copy is the same on every run. A mild copy keeps
its content code, a strong one loses it; both keep the locator code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from conformance.specimens.canvas import reduced
from conformance.specimens.specimen import Document, PlacedCode, content_code, locator_code

Mask = NDArray[np.float64]
"""A value for every pixel, by row and column."""


@dataclass(frozen=True)
class Worn:
    """A worn picture and where the document's upper-left corner lies in it (pixels, may be negative)."""

    image: Image.Image
    offset: tuple[int, int] = (0, 0)


Wear = Callable[[Image.Image, Document], Worn]


def noise(size: tuple[int, int], grain: int, seed: int) -> Mask:
    """Smooth random values between 0 and 1; `grain` is the size of a spot in pixels."""
    width, height = size
    coarse = np.random.default_rng(seed).random((height // grain + 2, width // grain + 2))
    sheet = Image.fromarray((coarse * 255).astype(np.uint8))
    return np.asarray(sheet.resize(size, Image.Resampling.BICUBIC), dtype=np.float64) / 255


def blend(image: Image.Image, colour: str, mask: Mask) -> Image.Image:
    """A colour laid on the picture, opaque where the mask is 1."""
    opacity = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    return Image.composite(Image.new("RGB", image.size, colour), image, opacity)


def pixels(image: Image.Image) -> Mask:
    """Channel values 0 to 255 by row, column and channel."""
    return np.asarray(image.convert("RGB"), dtype=np.float64)


def picture(values: Mask) -> Image.Image:
    """The inverse of `pixels`, with values outside 0 to 255 clipped."""
    return Image.fromarray(np.clip(values, 0, 255).round().astype(np.uint8))


def around(code: PlacedCode, size: tuple[int, int], margin: int) -> Mask:
    """1 on a code and `margin` pixels around it, 0 elsewhere."""
    mask = np.zeros((size[1], size[0]))
    top, left = max(0, code.y - margin), max(0, code.x - margin)
    mask[top : code.y + code.side + margin, left : code.x + code.side + margin] = 1
    return mask


def abraded(share: float, opacity: float, *, spare_locator: bool = True) -> Wear:
    """Print rubbed off in small flakes on `share` of the surface, by default not on the locator code."""

    def apply(image: Image.Image, document: Document) -> Worn:
        flakes = noise(image.size, 8, seed=1)
        level = float(np.quantile(flakes, 1 - share))
        spared = around(locator_code(document), image.size, 24) if spare_locator else np.zeros(flakes.shape)
        rubbed = (flakes > level) * opacity * (1 - spared)
        return Worn(reduced(blend(image, "#f6f2e6", rubbed), 16))

    return apply


def blurred(radius: float) -> Wear:
    """Out of focus: a Gaussian of standard deviation `radius` pixels."""

    def apply(image: Image.Image, document: Document) -> Worn:
        del document
        return Worn(image.filter(ImageFilter.GaussianBlur(radius)))

    return apply


def glaring(reach: float, on_content_code: bool) -> Wear:
    """A reflected lamp: a white spot of radius `reach` pixels on the text or on the content code."""

    def apply(image: Image.Image, document: Document) -> Worn:
        code = content_code(document)
        x, y = (code.x + code.side / 2, code.y + code.side * 0.62) if on_content_code else (300, 300)
        rows, columns = np.mgrid[0 : image.height, 0 : image.width]
        distance = np.hypot((columns - x) / 1.3, rows - y) / reach
        spot = np.clip(2.2 - 2 * distance, 0, 1)
        return Worn(reduced(blend(image, "#ffffff", spot), 32))

    return apply


def blocked(on_content_code: bool) -> Wear:
    """A thumb that holds the document: from the lower left edge, or a second one on the content code."""

    def apply(image: Image.Image, document: Document) -> Worn:
        worn = image.copy()
        pen = ImageDraw.Draw(worn)
        thumbs = [(210, image.height - 190)]
        if on_content_code:
            code = content_code(document)
            thumbs.append((code.x + code.side // 2, code.y + code.side // 3))
        for x, top in thumbs:
            pen.rounded_rectangle((x - 70, top, x + 70, image.height + 90), 68, fill="#b97a55")
            pen.rounded_rectangle((x - 40, top + 14, x + 40, top + 96), 36, fill="#d79b7c")
        return Worn(reduced(worn, 32))

    return apply


def dark(light: float, falloff: float) -> Wear:
    """Too little light: brightness times `light`, and less in the lower half, by a share `falloff` at the foot."""

    def apply(image: Image.Image, document: Document) -> Worn:
        del document
        depth = np.clip((np.linspace(0, 1, image.height) - 0.5) / 0.25, 0, 1)
        shade = light * (1 - falloff * depth)
        return Worn(reduced(picture(pixels(image) * shade[:, None, None]), 32))

    return apply


def photocopied(specks: float, on_content_code: float) -> Wear:
    """A black-and-white photocopy: grey, hard contrast, toner specks on a share of the surface."""

    def apply(image: Image.Image, document: Document) -> Worn:
        grey = np.asarray(image.convert("L"), dtype=np.float64)
        hard = np.clip((grey - 128) * 2.4 + 150, 0, 243)
        spots = noise(image.size, 5, seed=3)
        spared = around(locator_code(document), image.size, 24)
        share = specks * (1 - spared) + (on_content_code - specks) * around(content_code(document), image.size, 10)
        ordered = np.sort(spots.ravel())
        rank = np.searchsorted(ordered, spots) / ordered.size
        hard = np.where(rank < share / 2, 20, np.where(rank > 1 - share / 2, 235, hard))
        return Worn(Image.fromarray(hard.round().astype(np.uint8)).quantize(12, dither=Image.Dither.NONE))

    return apply


def cropped(bottom: int) -> Wear:
    """A picture that ends before the document does: 36 pixels are missing at the left, so many at the bottom."""

    def apply(image: Image.Image, document: Document) -> Worn:
        del document
        return Worn(reduced(image.crop((36, 0, image.width, image.height - bottom)), 40), (-36, 0))

    return apply


def from_screen(lines: float, bands: float) -> Wear:
    """Photographed from a screen: its lines, coloured moire bands, a bluish cast and some softness.

    `lines` and `bands` are the depths of the two patterns between 0 and 1.
    """

    def apply(image: Image.Image, document: Document) -> Worn:
        del document
        values = pixels(image.filter(ImageFilter.GaussianBlur(0.4)))
        rows, columns = np.mgrid[0 : image.height, 0 : image.width]
        mesh = 1 - lines / 2 + lines / 2 * np.cos(2 * np.pi * rows / 4)
        bow = columns * 0.19 + rows * 0.07 + 6 * np.sin(rows / 90)
        colours = np.stack([np.cos(bow + shift) for shift in (0.0, 2.1, 4.2)], axis=2)
        cast = np.array([0.9, 0.97, 1.04])
        return Worn(picture((18 + values * 0.9) * mesh[:, :, None] * (1 - bands / 2 + bands / 2 * colours) * cast))

    return apply


@dataclass(frozen=True)
class Copy:
    """A worn copy to make.

    Attributes:
        wear: last part of its id.
        apply: the way to make it.
        readable, locatable: whether its content code and its locator code stay legible.
        alarms: image conditions that hold.
        suffix: `.png` or `.jpg`, the kind of file it is kept in.
    """

    wear: str
    apply: Wear
    readable: bool = True
    locatable: bool = True
    alarms: tuple[str, ...] = ()
    suffix: str = ".png"


def _condition(name: str, alarm: str, mild: Wear, strong: Wear, suffix: str = ".png") -> tuple[Copy, Copy]:
    """A pair for an alarm condition: mild and still readable, strong and past readable."""
    return (
        Copy(f"{name}-mild", mild, alarms=(alarm,), suffix=suffix),
        Copy(f"{name}-strong", strong, readable=False, alarms=(alarm,), suffix=suffix),
    )


RUBBED = (
    Copy("worn", abraded(0.25, 0.35)),
    Copy("unreadable", abraded(0.62, 1.0), readable=False),
)

DESTROYED = Copy("destroyed", abraded(0.8, 1.0, spare_locator=False), readable=False, locatable=False)

CONDITIONS = (
    *_condition("blurred", "blur", blurred(1.2), blurred(2.5), ".jpg"),
    *_condition("glare", "glare", glaring(150, on_content_code=False), glaring(190, on_content_code=True)),
    *_condition("blocked", "blocking_within_border", blocked(on_content_code=False), blocked(on_content_code=True)),
    *_condition("dark", "insufficient_lighting", dark(0.25, 0.2), dark(0.18, 0.97)),
    *_condition("copied", "copy", photocopied(0.01, 0.0), photocopied(0.06, 0.4)),
    *_condition("cropped", "border_integrity", cropped(0), cropped(150)),
    *_condition("reproduced", "reproduce", from_screen(0.12, 0.3), from_screen(0.38, 0.4), ".jpg"),
)

COPIES: Mapping[str, tuple[Copy, ...]] = {
    "train-ticket": (*RUBBED, DESTROYED),
    "quota-invoice": RUBBED,
    "taxi-invoice": RUBBED,
    "vat-invoice": RUBBED,
    "hongkong-id-card": RUBBED,
    "id-card-portrait-side": (*RUBBED, *CONDITIONS),
    "passport": (*RUBBED, *CONDITIONS, DESTROYED),
}
