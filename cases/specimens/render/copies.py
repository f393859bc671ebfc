"""Which worn copies exist: for each specimen the kinds of wear, what stays legible and which alarms hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from cases.specimens.render.wear import (
    Wear,
    abraded,
    blocked,
    blurred,
    cropped,
    dark,
    from_screen,
    glaring,
    photocopied,
)


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
    "vat-invoice": RUBBED,
    "hongkong-id-card": RUBBED,
    "id-card-portrait-side": (*RUBBED, *CONDITIONS),
    "passport": (*RUBBED, *CONDITIONS, DESTROYED),
}
