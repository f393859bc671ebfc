"""From documents to files: draws the masters, wears the copies, writes pictures and manifest."""

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image

from cases.specimens.render import (
    flight_and_bank,
    foreign_identity,
    invoices,
    mainland_identity,
    rail_and_road,
    southeast_asian_identity,
    vehicle_papers,
)
from cases.specimens.render.canvas import Canvas
from cases.specimens.render.codes import content_code, draw_code, locator_code
from cases.specimens.render.copies import COPIES, Copy
from cases.specimens.render.documents import Document
from cases.specimens.render.fonts import Fonts
from cases.specimens.render.manifest import Corner, Entry, manifest_text
from cases.specimens.render.wear import reduced
from conformance.files import replace_file

COLOURS = 24  # palette of a master: enough for smooth text, few enough for small files

DOCUMENTS: tuple[Document, ...] = (
    *rail_and_road.DOCUMENTS,
    *mainland_identity.DOCUMENTS,
    *invoices.DOCUMENTS,
    *flight_and_bank.DOCUMENTS,
    *vehicle_papers.DOCUMENTS,
    *foreign_identity.DOCUMENTS,
    *southeast_asian_identity.DOCUMENTS,
)


def draw_master(document: Document, fonts: Fonts) -> Image.Image:
    """The clean specimen with both codes, as an RGB picture reduced to a palette's colours."""
    canvas = Canvas(document.width, document.height, fonts)
    document.draw(canvas, document.fields)
    for code in (locator_code(document), content_code(document)):
        draw_code(canvas.image, code)
    return reduced(canvas.image, COLOURS)


def encode(image: Image.Image, suffix: str) -> bytes:
    """The picture as PNG or JPEG (quality 50), told by `suffix` (`.png`, `.jpg`)."""
    stream = io.BytesIO()
    if suffix == ".png":
        image.save(stream, "PNG", optimize=True)
    else:
        image.convert("RGB").save(stream, "JPEG", quality=50, optimize=True)
    return stream.getvalue()


def corners(width: int, height: int, left: int = 0, top: int = 0) -> tuple[Corner, Corner, Corner, Corner]:
    """Corners of an upright document whose upper-left corner lies at (left, top)."""
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def master_entry(document: Document) -> Entry:
    """Manifest entry of the clean specimen."""
    return Entry(
        id=document.id,
        file=f"{document.id}.png",
        ticket=document.ticket,
        document=document.document,
        width=document.width,
        height=document.height,
        corners=corners(document.width, document.height),
        readable=True,
        locatable=True,
        alarms=(),
        copy_of=None,
        wear=None,
        fields=document.fields,
    )


def copy_entry(document: Document, copy: Copy, size: tuple[int, int], offset: tuple[int, int]) -> Entry:
    """Manifest entry of a worn copy of the given size in pixels, its document's corner at `offset`."""
    name = f"{document.id}.{copy.wear}"
    return replace(
        master_entry(document),
        id=name,
        file=name + copy.suffix,
        width=size[0],
        height=size[1],
        corners=corners(document.width, document.height, *offset),
        readable=copy.readable,
        locatable=copy.locatable,
        alarms=copy.alarms,
        copy_of=document.id,
        wear=copy.wear,
    )


def render_document(document: Document, fonts: Fonts) -> list[tuple[Entry, bytes]]:
    """The master of a document and its worn copies, with the bytes of their files."""
    master = draw_master(document, fonts)
    pictures = [(master_entry(document), encode(master, ".png"))]
    for copy in COPIES.get(document.id, ()):
        worn = copy.apply(master.convert("RGB"), document)
        pictures.append((copy_entry(document, copy, worn.image.size, worn.offset), encode(worn.image, copy.suffix)))
    return pictures


def render_all(folder: Path, fonts: Fonts) -> list[Entry]:
    """Writes all pictures and the manifest into `folder`; returns the entries in the manifest's order."""
    entries: list[Entry] = []
    for document in DOCUMENTS:
        for entry, content in render_document(document, fonts):
            replace_file(folder / entry.file, content)
            entries.append(entry)
    replace_file(folder / "manifest.toml", manifest_text(entries, folder).encode())
    return entries
