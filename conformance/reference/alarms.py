"""The seven alarm conditions of an identity document, measured from its pixels, and the geometry of its page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import hypot
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image, ImageChops, ImageFilter, ImageStat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.reference.pictures import Picture


Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Four corners, y down: top-left, top-right, bottom-right, bottom-left of a document as it is read."""

AFFINE_TOLERANCE = 1.5
"""Largest distance in pixels at which points still count as an affine image. A reader reports whole pixels, and on
four points that error, put down to perspective, would throw the far corners of a document off by many pixels."""

_NEAREST = 0.05
"""How near the viewer a corner may come, 1 being the origin: nearer ones stem from points too close together."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The map (x, y) -> ((ax + by + c) / w, (dx + ey + f) / w) with w = gx + hy + 1, as (a, b, c, d, e, f, g, h)."""

    terms: tuple[float, float, float, float, float, float, float, float]

    def __call__(self, point: Point) -> Point:
        a, b, c, d, e, f, g, h = self.terms
        x, y = point
        w = g * x + h * y + 1
        return (a * x + b * y + c) / w, (d * x + e * y + f) / w

    def rectangle(self, width: float, height: float) -> Quad | None:
        """Where the corners of a rectangle at the origin come to lie; None where one would lie behind the viewer."""
        *_, g, h = self.terms
        if min(1.0, g * width + 1, h * height + 1, g * width + h * height + 1) < _NEAREST:
            return None
        return self((0, 0)), self((width, 0)), self((width, height)), self((0, height))


def fit(pairs: Sequence[tuple[Point, Point]]) -> Projection | None:
    """The simplest map that explains pairs of (own point, point on the page), by least squares; at least four pairs.

    None where the points lie on a line.
    """
    affine = _fit_affine(pairs)
    if affine is not None and residual(affine, pairs) <= AFFINE_TOLERANCE:
        return affine
    return _fit_projective(pairs)


def residual(projection: Projection, pairs: Sequence[tuple[Point, Point]]) -> float:
    """The largest distance between a mapped point and where it was seen, in pixels."""
    seen = [(projection(own), page) for own, page in pairs]
    return max(hypot(x - u, y - v) for (x, y), (u, v) in seen)


def square(x: float, y: float, side: float) -> Quad:
    """The corners of an upright square."""
    return (x, y), (x + side, y), (x + side, y + side), (x, y + side)


def centre(quad: Quad) -> Point:
    """The mean of the corners."""
    return sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4


def area(quad: Quad) -> float:
    """The enclosed area in square pixels; positive where the corners run clockwise as seen (y down)."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise((*quad, quad[0]))) / 2


def contains(quad: Quad, point: Point) -> bool:
    """Whether a point lies within a convex quadrilateral, whichever way its corners run."""
    x, y = point
    sides = [(x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for (x0, y0), (x1, y1) in pairwise((*quad, quad[0]))]
    return all(side >= 0 for side in sides) or all(side <= 0 for side in sides)


def _fit_affine(pairs: Sequence[tuple[Point, Point]]) -> Projection | None:
    rows = [[x, y, 1.0] for (x, y), _ in pairs]
    across = _least_squares(rows, [u for _, (u, _) in pairs])
    down = _least_squares(rows, [v for _, (_, v) in pairs])
    if across is None or down is None:
        return None
    return Projection((across[0], across[1], across[2], down[0], down[1], down[2], 0.0, 0.0))


def _fit_projective(pairs: Sequence[tuple[Point, Point]]) -> Projection | None:
    """Own coordinates are scaled to about 1, so that the products in the equations stay comparable."""
    scale = max(max(abs(x), abs(y)) for (x, y), _ in pairs) or 1.0
    rows: list[list[float]] = []
    values: list[float] = []
    for (own_x, own_y), (u, v) in pairs:
        x, y = own_x / scale, own_y / scale
        rows.append([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y])
        rows.append([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y])
        values += [u, v]
    terms = _least_squares(rows, values)
    if terms is None:
        return None
    a, b, c, d, e, f, g, h = terms
    return Projection((a / scale, b / scale, c, d / scale, e / scale, f, g / scale, h / scale))


def _least_squares(rows: list[list[float]], values: list[float]) -> list[float] | None:
    size = len(rows[0])
    normal = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * value for row, value in zip(rows, values, strict=True))]
        for i in range(size)
    ]
    return _solve(normal)


def _solve(matrix: list[list[float]]) -> list[float] | None:
    """Gaussian elimination with row pivots on an augmented matrix; None where it is singular."""
    size = len(matrix)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(matrix[row][column]))
        if abs(matrix[pivot][column]) < 1e-12:
            return None
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        for row in range(size):
            if row != column:
                factor = matrix[row][column] / matrix[column][column]
                matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[column], strict=True)]
    return [matrix[row][size] / matrix[row][row] for row in range(size)]


# The seven alarm conditions of an identity document, measured from its pixels.
#
# Source: tables 6 and 7 of the identity document page: a flag and a score in [0, 99] for each condition, the score
# growing with its likelihood. The documents name no threshold; here a flag is raised from 50 on. Each condition is
# one number measured on the document alone, turned upright and at most 900 pixels long; a ramp turns it into a
# score.


RAISED_FROM = 50
_CERTAIN = 99
_CARD_SIDE = 900
_SMALLEST_SIDE = 32
"""Longest and shortest side in pixels that a card is measured at."""

_COARSE_WIDTH = 2400
"""Pixels of width from which on a page may be decoded coarsely."""

_LONGEST_LAG = 26
"""Pixels; one more than the longest period of a pattern that is seen."""

_CALM_SHARE = 0.4
"""Share of a card that counts as free of print, by contrast."""

_BURNT = 246
"""Level that every channel of a burnt-out area has at least."""

_PAPER_SHARE = 0.9
_LIT_PAPER = 90
"""The level that this share of a card does not exceed is its paper; below this level there is too little light."""

_STRONGEST_EDGES = 0.995
"""Share of the differences between neighbours that the strongest edges exceed."""

_RED_INK = 60
_SEAL_SHARE = 0.006
"""How far red lies above green and blue in the ink of a seal, and the share of a document that such ink covers."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One condition: its documented name without prefix and suffix, and its score in [0, 99]."""

    name: str
    score: int

    @property
    def raised(self) -> bool:
        """Whether the condition counts as present."""
        return self.score >= RAISED_FROM


@dataclass(frozen=True, slots=True)
class Ramp:
    """From a measured number to a score: 0 up to `clear`, 50 at `limit`, 99 from `certain` on, straight in between.

    `clear` > `limit` > `certain` where a small number is the bad one.
    """

    clear: float
    limit: float
    certain: float

    def score(self, value: float) -> int:
        """The score of a measured number."""
        below = (value - self.clear) / (self.limit - self.clear)
        if below <= 1:
            return round(max(0.0, below) * RAISED_FROM)
        above = (value - self.limit) / (self.certain - self.limit)
        return round(RAISED_FROM + min(1.0, above) * (_CERTAIN - RAISED_FROM))


@dataclass(frozen=True, slots=True)
class Card:
    """A document turned upright; `outside` is how far it reaches beyond the picture, as a share of its longer side."""

    colour: Image.Image
    grey: Image.Image
    outside: float


def measure(picture: Picture, corners: Quad) -> tuple[Alarm, ...]:
    """All seven conditions of the document with these corners, in the order of the documents' tables."""
    card = _upright(picture, corners)
    return tuple(Alarm(name, ramp.score(number(card))) for name, number, ramp in _MEASURES)


def is_sealed(picture: Picture, corners: Quad) -> bool:
    """Whether the document with these corners bears a seal: red ink, as no other print has it, on enough of it."""
    red, green, blue = _upright(picture, corners).colour.split()
    beyond = ImageChops.subtract(red, ImageChops.lighter(green, blue))
    inked = beyond.point([255 if level >= _RED_INK else 0 for level in range(256)])
    return ImageStat.Stat(inked).mean[0] / 255 >= _SEAL_SHARE


def steepness(card: Card) -> float:
    """How much of the height of its strongest edges lies within one pixel: 1 if sharp, towards 0 if soft.

    What is printed on it and how strong the contrast is does not matter.
    """
    shares = []
    for dx, dy in ((1, 0), (0, 1)):
        near = _level(_difference(card.grey, dx, dy).histogram(), _STRONGEST_EDGES)
        far = _level(_difference(card.grey, 6 * dx, 6 * dy).histogram(), _STRONGEST_EDGES)
        shares.append(near / max(far, 1))
    return sum(shares) / len(shares)


def glare(card: Card) -> float:
    """Share of the card that is burnt out: areas, not specks, where every channel is at its end."""
    red, green, blue = card.colour.split()
    dimmest = ImageChops.darker(ImageChops.darker(red, green), blue)
    return ImageStat.Stat(_areas(dimmest, _BURNT)).mean[0] / 255


def blocking(card: Card) -> float:
    """Share of the card under areas without any print that are far darker than its paper, or of the colour of skin.

    In too little light nothing can be told apart, and the number is 0.
    """
    paper = _level(card.grey.histogram(), _PAPER_SHARE)
    if paper < _LIT_PAPER:
        return 0.0
    dark = card.grey.point([255 if level < 0.3 * paper else 0 for level in range(256)])
    return ImageStat.Stat(ImageChops.lighter(_areas(dark, 250), _areas(_skin(card), 250))).mean[0] / 255


def lighting(card: Card) -> float:
    """Mean luminance, 0 to 255."""
    return ImageStat.Stat(card.grey).mean[0]


def colourfulness(card: Card) -> float:
    """Mean distance between the strongest and the weakest channel, as a share of the mean luminance."""
    red, green, blue = card.colour.split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    weakest = ImageChops.darker(ImageChops.darker(red, green), blue)
    return ImageStat.Stat(ImageChops.subtract(strongest, weakest)).mean[0] / max(lighting(card), 1.0)


def outside(card: Card) -> float:
    """How far the card reaches beyond the picture, as a share of its longer side."""
    return card.outside


def periodicity(card: Card) -> float:
    """How much of a regular pattern lies over the whole card, as between a screen's pixels and a camera's.

    Where nothing is printed, a pattern differs most from itself half a period aside and least a full period aside; the
    number is that difference in luminance. Periods of 2 to 25 pixels are seen, along the rows or the columns.
    """
    fine = ImageChops.subtract(card.grey, card.grey.filter(ImageFilter.BoxBlur(12)), scale=1, offset=128)
    calm = _calm(card.grey)
    best = 0.0
    for dx, dy in ((1, 0), (0, 1)):
        steps = [_mean(_difference(fine, dx * lag, dy * lag), calm) for lag in range(1, _LONGEST_LAG + 1)]
        for index in range(1, len(steps) - 1):
            best = max(best, min(max(steps[:index]), max(steps[index + 1 :])) - steps[index])
    return best


_MEASURES: tuple[tuple[str, Callable[[Card], float], Ramp], ...] = (
    ("blur", steepness, Ramp(0.7, 0.58, 0.2)),
    ("glare", glare, Ramp(0.01, 0.018, 0.06)),
    ("blocking_within_border", blocking, Ramp(0.0015, 0.004, 0.03)),
    ("insufficient_lighting", lighting, Ramp(130, 85, 40)),
    ("copy", colourfulness, Ramp(0.028, 0.014, 0.0)),
    ("border_integrity", outside, Ramp(0.008, 0.015, 0.08)),
    ("reproduce", periodicity, Ramp(0.8, 2, 5)),
)
CONDITIONS: tuple[str, ...] = tuple(name for name, _, _ in _MEASURES)
"""The documented names of the conditions, in the order of the documents' tables."""


def _upright(picture: Picture, corners: Quad) -> Card:
    page = picture.colour(min(picture.width, _COARSE_WIDTH))
    shrink = page.width / picture.width
    seen = tuple((x * shrink, y * shrink) for x, y in corners)
    width = max(hypot(seen[1][0] - seen[0][0], seen[1][1] - seen[0][1]), 1.0)
    height = max(hypot(seen[3][0] - seen[0][0], seen[3][1] - seen[0][1]), 1.0)
    zoom = min(1.0, _CARD_SIDE / max(width, height))
    size = (max(round(width * zoom), _SMALLEST_SIDE), max(round(height * zoom), _SMALLEST_SIDE))
    own = ((0.0, 0.0), (float(size[0]), 0.0), (float(size[0]), float(size[1])), (0.0, float(size[1])))
    projection = fit(list(zip(own, seen, strict=True)))
    if projection is None:
        raise ValueError("the corners of a document span no area")
    colour = _filled(
        page.transform(size, Image.Transform.PERSPECTIVE, projection.terms, Image.Resampling.BICUBIC),
        Image.new("L", page.size, 255).transform(size, Image.Transform.PERSPECTIVE, projection.terms),
    )
    longer = max(width, height)
    beyond = max(max(-x, x - page.width, -y, y - page.height) for x, y in seen)
    return Card(colour, colour.convert("L"), max(0.0, beyond / longer))


def _filled(colour: Image.Image, visible: Image.Image) -> Image.Image:
    """The card with its middle colour where the picture does not show it: a part that is missing is no dark one."""
    if visible.getextrema() == (255, 255):
        return colour
    middle = tuple(_level(channel.histogram(visible), 0.5) for channel in colour.split())
    return Image.composite(colour, Image.new("RGB", colour.size, middle), visible)


def _difference(image: Image.Image, dx: int, dy: int) -> Image.Image:
    width, height = image.size
    return ImageChops.difference(image.crop((dx, dy, width, height)), image.crop((0, 0, width - dx, height - dy)))


def _areas(image: Image.Image, level: int) -> Image.Image:
    """A coarse mask of where an image has at least this level all over: print and code modules are too small for it."""
    cell = max(image.width // 60, 1)
    return (
        image.reduce(cell).point([255 if mean >= level else 0 for mean in range(256)]).filter(ImageFilter.MinFilter(3))
    )


def _skin(card: Card) -> Image.Image:
    """A mask of the colours of fingers: red over green over blue, with distances that no tint of paper has."""
    red, green, blue = card.colour.split()
    ordered = (
        (ImageChops.subtract(red, blue), 60),
        (ImageChops.subtract(red, green), 15),
        (ImageChops.subtract(green, blue), 15),
    )
    masks = [distance.point([255 if level >= least else 0 for level in range(256)]) for distance, least in ordered]
    return ImageChops.darker(ImageChops.darker(masks[0], masks[1]), masks[2])


def _calm(grey: Image.Image) -> Image.Image:
    """Where nothing is printed: a mask of the calmer part of a card, by the contrast around each place."""
    contrast = ImageChops.difference(grey, grey.filter(ImageFilter.BoxBlur(12))).filter(ImageFilter.BoxBlur(4))
    limit = _level(contrast.histogram(), _CALM_SHARE)
    return contrast.point([255 if level <= limit else 0 for level in range(256)])


def _mean(image: Image.Image, mask: Image.Image) -> float:
    return ImageStat.Stat(image, mask.crop((0, 0, *image.size))).mean[0]


def _level(counts: list[int], share: float) -> int:
    """The lowest level that at least this share of the pixels of a histogram does not exceed."""
    below = accumulate(counts)
    wanted = share * sum(counts)
    return next(level for level, count in enumerate(below) if count >= wanted)
