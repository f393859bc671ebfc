"""The reader of pictures as a protocol, so that a real OCR engine can take the place of the one that ships.

A recognizer is a class without arguments and with one method:

    class MyEngine:
        def recognise(self, picture: Picture) -> tuple[Found, ...]: ...

It gets the picture of one call after the format and the sides were checked (`picture.data` is the file as sent,
`picture.grey()` and `picture.colour(width)` its pixels) and returns every document that it sees, in any order, also
those that it could place but not read (`content` None). It must not raise for what a picture shows; a damaged file may
raise the RefusedError that `grey` and `colour` raise. It is called from several threads at once. What it returns must
depend on the picture alone, because answers are remembered by the picture's SHA-256.

Another distribution offers one by the entry point group `ocr_conformance.recognizers`:

    [project.entry-points."ocr_conformance.recognizers"]
    my-engine = "my_package.reader:MyEngine"

and `--recognizer my-engine` chooses it. Without the option the documents' printed 2-D codes are read (`specimens`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.geometry import Quad
    from conformance.reference.pictures import Picture
    from conformance.reference.values import JsonObject

GROUP = "ocr_conformance.recognizers"


@dataclass(frozen=True, slots=True)
class Found:
    """One document seen on a picture.

    `ticket` and `document` are its type values in the two operations, None where it has none. `corners` are pixels of
    the picture, not rounded, and may lie outside of it where the document is cut off. `content` holds every field read,
    of any edition, without confidence: name to string, to a list of objects or to an object; None where the document
    could be placed but not read. `confidence` is that of the place, in [0, 1]; `scores` are those of fields, where the
    recognizer has some.
    """

    ticket: str | None
    document: str | None
    corners: Quad
    content: JsonObject | None
    confidence: float
    scores: Mapping[str, float] = field(default_factory=dict)


class Recognizer(Protocol):
    """Sees documents on pictures; see the module's docstring for what is promised on both sides."""

    def recognise(self, picture: Picture) -> tuple[Found, ...]:
        """Every document on the picture."""


def load_recognizer(name: str) -> Recognizer:
    """An instance of the recognizer that an installed distribution offers under this name.

    Raises ValueError where there is none, naming those there are, and where the one there is cannot be loaded.
    """
    offered = {point.name: point for point in entry_points(group=GROUP)}
    if name not in offered:
        known = ", ".join(sorted(offered)) or "none"
        raise ValueError(f"no installed distribution offers a recognizer {name!r} (group {GROUP}); offered: {known}")
    try:
        factory = offered[name].load()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the recognizer {name!r} ({offered[name].value}) cannot be loaded: {error}") from error
    return cast("Recognizer", factory())
