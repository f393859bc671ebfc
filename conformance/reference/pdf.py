"""The picture on a page of a PDF file, for files as scanners write them: one JPEG picture a page.

Source: the rows `image` and `pdf_page_number` of the edition of 2025. Drawing any other page takes a renderer, which
the reference does not have: it refuses such a file like one of a format that it does not know.
"""

from __future__ import annotations

from typing import cast

from PIL.PdfParser import IndirectReference, PdfDict, PdfParser, PdfStream

from conformance.reference.errors import FORMAT_NOT_SUPPORTED, INVALID_PARAMETER, RefusedError, refused

_SIGNATURE = b"%PDF-"
_JPEG = b"DCTDecode"


def is_pdf(data: bytes) -> bool:
    """Whether a file calls itself PDF."""
    return data.startswith(_SIGNATURE)


def page_picture(data: bytes, number: int) -> bytes:
    """The JPEG file on the page of this number, counted from 1.

    Raises RefusedError with AIS.0101 where there is no such page, AIS.0102 where the page is anything else.
    """
    try:
        file = PdfParser(buf=data)
        if number > len(file.pages):
            raise refused(INVALID_PARAMETER, "pdf-page-beyond")
        pictures = _pictures(file, file.read_indirect(file.pages[number - 1]))
    except RefusedError:
        raise
    except Exception as error:
        # Hostile bytes make a parser raise anything.
        raise refused(FORMAT_NOT_SUPPORTED, "pdf") from error
    if len(pictures) != 1 or pictures[0].dictionary.get(b"Filter") not in (_JPEG, [_JPEG]):
        raise refused(FORMAT_NOT_SUPPORTED, "pdf-page-not-scanned")
    return bytes(pictures[0].buf)


def _pictures(file: PdfParser, page: PdfDict) -> list[PdfStream]:
    resources = cast("PdfDict", _resolved(file, page[b"Resources"]))
    objects = cast("PdfDict", _resolved(file, resources.get(b"XObject", {})))
    streams = [cast("PdfStream", _resolved(file, value)) for value in objects.values()]
    return [stream for stream in streams if stream.dictionary.get(b"Subtype") == b"Image"]


def _resolved(file: PdfParser, value: object) -> object:
    return file.read_indirect(value) if isinstance(value, IndirectReference) else value
