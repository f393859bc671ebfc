"""The alarm measurements: quiet on clean documents, one alarm for each kind of wear, and scores that grow with it."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import pytest
from drawn_documents import HEIGHT, WIDTH, Drawing, card, desk, encoded
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from conformance.reference.alarms import Ramp, measure
from conformance.reference.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.alarms import Quad

CARD = card(Drawing(document="passport"))
CORNERS: Quad = ((100, 60), (100 + WIDTH, 60), (100 + WIDTH, 60 + HEIGHT), (100, 60 + HEIGHT))
QUIET = {
    "blur": 0,
    "glare": 0,
    "blocking_within_border": 0,
    "insufficient_lighting": 0,
    "copy": 0,
    "border_integrity": 0,
    "reproduce": 0,
}


def scores(page: Image.Image, corners: Quad = CORNERS, form: str = "PNG", **options: object) -> dict[str, int]:
    data = encoded(page, form, **({"compress_level": 1} | options))  # a JPEG has no such option
    picture = Picture(data, form, page.width, page.height, hashlib.sha256(data).hexdigest())
    return {alarm.name: alarm.score for alarm in measure(picture, corners)}


def raised(page: Image.Image, corners: Quad = CORNERS) -> set[str]:
    return {name for name, score in scores(page, corners).items() if score >= 50}


def blurred(radius: float) -> Image.Image:
    return desk((CARD, (100, 60))).filter(ImageFilter.GaussianBlur(radius))


def dimmed(share: float) -> Image.Image:
    return ImageEnhance.Brightness(desk((CARD, (100, 60)))).enhance(share)


def grey(share: float) -> Image.Image:
    return ImageEnhance.Color(desk((CARD, (100, 60)))).enhance(1 - share)


def burnt(radius: float) -> Image.Image:
    """A reflection with a soft edge in the lower right of the card."""
    page = desk((CARD, (100, 60)))
    mask = Image.new("L", page.size)
    ImageDraw.Draw(mask).ellipse((650 - radius, 450 - radius, 650 + radius, 450 + radius), fill=255)
    return Image.composite(Image.new("RGB", page.size, "white"), page, mask.filter(ImageFilter.GaussianBlur(4)))


def covered(radius: float) -> Image.Image:
    """Something black that lies on the card."""
    page = desk((CARD, (100, 60)))
    ImageDraw.Draw(page).ellipse((650 - radius, 450 - radius, 650 + radius, 450 + radius), fill=(30, 26, 24))
    return page


def held(width: float) -> Image.Image:
    """A thumb from below."""
    page = desk((CARD, (100, 60)))
    ImageDraw.Draw(page).rounded_rectangle((500, 480, 500 + width, 760), width / 2, fill=(185, 122, 85))
    return page


def rippled(depth: float) -> Image.Image:
    """Slanting stripes, 5 pixels apart, as between the pixels of a screen and those of a camera."""
    page = desk((CARD, (100, 60)))
    levels = [128 + round(depth * math.sin(step / 3 * 2 * math.pi / 5)) for step in range(15)]
    rows = [bytes(levels[(3 * x + y) % 15] for x in range(5)) * (page.width // 5) for y in range(15)]
    waves = b"".join(rows) * (page.height // 15)
    return ImageChops.add(page, Image.frombytes("L", page.size, waves).convert("RGB"), offset=-128)


def cut(pixels: int) -> tuple[Image.Image, Quad]:
    corners: Quad = ((-pixels, 60), (WIDTH - pixels, 60), (WIDTH - pixels, 60 + HEIGHT), (-pixels, 60 + HEIGHT))
    return desk((CARD, (-pixels, 60))), corners


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("JPEG", {"quality": 90}), ("JPEG", {"quality": 30})])
def test_a_clean_document_is_quiet(form: str, options: dict[str, object]) -> None:
    assert scores(desk((CARD, (100, 60))), CORNERS, form, **options) == QUIET


def test_a_turned_document_is_quiet() -> None:
    turned = CARD.convert("RGBA").rotate(-10, expand=True, resample=Image.Resampling.BICUBIC)
    t = math.radians(10)
    left, top = 100 + HEIGHT * math.sin(t), 60.0
    across, down = (WIDTH * math.cos(t), WIDTH * math.sin(t)), (-HEIGHT * math.sin(t), HEIGHT * math.cos(t))
    corners: Quad = (
        (left, top),
        (left + across[0], top + across[1]),
        (left + across[0] + down[0], top + across[1] + down[1]),
        (left + down[0], top + down[1]),
    )
    assert scores(desk((turned, (100, 60))), corners) == QUIET


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_scaled_document_is_quiet(scale: float) -> None:
    page = desk((CARD, (100, 60)))
    page = page.resize((round(page.width * scale), round(page.height * scale)), Image.Resampling.LANCZOS)
    first, second, third, fourth = ((x * scale, y * scale) for x, y in CORNERS)
    assert scores(page, (first, second, third, fourth)) == QUIET


@pytest.mark.parametrize(
    ("wear", "amount", "alarm"),
    [
        (blurred, 2, "blur"),
        (burnt, 90, "glare"),
        (covered, 80, "blocking_within_border"),
        (held, 130, "blocking_within_border"),
        (dimmed, 0.35, "insufficient_lighting"),
        (grey, 1, "copy"),
        (rippled, 12, "reproduce"),
    ],
    ids=["blur", "glare", "black", "thumb", "dark", "copy", "screen"],
)
def test_each_wear_raises_its_own_alarm_only(wear: Callable[[float], Image.Image], amount: float, alarm: str) -> None:
    assert raised(wear(amount)) == {alarm}


def test_a_cut_document_raises_its_own_alarm_only() -> None:
    assert raised(*cut(60)) == {"border_integrity"}


@pytest.mark.parametrize(
    ("alarm", "wear", "amounts"),
    [
        ("blur", blurred, (0.3, 0.7, 1, 2, 5)),
        ("glare", burnt, (20, 60, 90, 130)),
        ("blocking_within_border", covered, (10, 40, 60, 120)),
        ("blocking_within_border", held, (15, 60, 90, 130)),
        ("insufficient_lighting", dimmed, (0.7, 0.5, 0.35, 0.2)),
        ("copy", grey, (0.2, 0.6, 0.8, 1)),
        ("reproduce", rippled, (0, 2, 3, 8)),
    ],
)
def test_a_score_grows_with_the_wear(
    alarm: str, wear: Callable[[float], Image.Image], amounts: tuple[float, ...]
) -> None:
    measured = [scores(wear(amount))[alarm] for amount in amounts]
    assert measured == sorted(measured)
    assert measured[0] < 50 <= measured[-1]


def test_the_score_of_a_border_grows_with_what_is_missing() -> None:
    measured = [scores(*cut(pixels))["border_integrity"] for pixels in (0, 12, 30, 80, 200)]
    assert measured == sorted(measured)
    assert (measured[0], measured[-1]) == (0, 99)


@pytest.mark.parametrize(
    ("ramp", "expected"),
    [(Ramp(10, 20, 40), [0, 0, 25, 50, 74, 99, 99]), (Ramp(40, 20, 10), [99, 99, 74, 50, 38, 0, 0])],
)
def test_a_ramp_runs_from_0_over_50_to_99(ramp: Ramp, expected: list[int]) -> None:
    values = [0, 10, 15, 20, 30, 40, 99] if ramp.clear < ramp.limit else [0, 10, 15, 20, 25, 40, 99]
    assert [ramp.score(value) for value in values] == expected


def test_a_document_far_longer_than_wide_is_measured_within_bounds() -> None:
    sliver: Quad = ((0, 0), (1, 0), (1, 880), (0, 880))
    assert set(scores(desk((CARD, (100, 60))), sliver)) == set(QUIET)
