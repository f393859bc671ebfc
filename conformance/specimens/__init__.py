"""Invented documents of every type, as pictures with their truth: those of the kit's own, and any number of others.

specimen                         a document as data: values, amounts that add up, the two codes that say what it is
canvas                           what it is drawn on: text that fits, seals, the SPECIMEN marks
mainland_papers, travel_papers, invoices, papers_elsewhere      the documents, `DOCUMENTS` here
__main__, wear                   what the kit keeps of them, some of it worn: `python -m conformance.specimens`
draw, invent                     any number of others with values of their own: `ocr-conformance specimens`

Drawing needs the extra `specimens` (numpy, segno) and the Noto typefaces; nothing else of the kit but the command line
imports this room.
"""

from collections.abc import Callable

from PIL import Image

from conformance.specimens.canvas import Canvas, Fonts, reduced
from conformance.specimens.invoices import INVOICES
from conformance.specimens.mainland_papers import IDENTITY_PAPERS, VEHICLE_PAPERS
from conformance.specimens.papers_elsewhere import PAPERS_ELSEWHERE
from conformance.specimens.specimen import Document, content_code, draw_code, locator_code
from conformance.specimens.travel_papers import FLIGHT_AND_BANK, RAIL_AND_ROAD

COLOURS = 24  # palette of a master: enough for smooth text, few enough for small files

DOCUMENTS: tuple[Document, ...] = (
    *RAIL_AND_ROAD,
    *IDENTITY_PAPERS,
    *INVOICES,
    *FLIGHT_AND_BANK,
    *VEHICLE_PAPERS,
    *PAPERS_ELSEWHERE,
)


def draw_master(document: Document, fonts: Fonts, sheet: Callable[[int, int, Fonts], Canvas] = Canvas) -> Image.Image:
    """The clean specimen with both codes, as an RGB picture reduced to a palette's colours.

    `sheet` makes what it is drawn on. Raises ValueError where a value does not fit into its place.
    """
    canvas = sheet(document.width, document.height, fonts)
    document.draw(canvas, document.fields)
    for code in (locator_code(document), content_code(document)):
        draw_code(canvas.image, code)
    return reduced(canvas.image, COLOURS)
