"""Drawn pages in any listed format, mode and layout, and drawn pages in the corner of a larger picture.

Takes pages as Pillow images, and loads Pillow only when a function is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.images.formats import Format, Layout, Mode
from conformance.images.pages import PngRows, bmp_page, jpeg_page, png_stream, tiff_strips
from conformance.images.png import png_file
from conformance.images.rasters import colours, converted
from conformance.images.tiff import orientation_block, tiff_file
from conformance.images.variants import EXTENSIBLE, Variant, check_orientation, check_size, variant

if TYPE_CHECKING:
    from PIL.Image import Image

Subsampling: TypeAlias = Literal["4:4:4", "4:2:2", "4:2:0"]
"""How coarsely a JPEG stores colour."""

TiffCompression: TypeAlias = Literal["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "group4"]
"""Compressions of a TIFF file, by Pillow's names; `group4` is for bilevel pictures only."""


def encode(
    page: Image,
    fmt: Format,
    mode: Mode = "rgb",
    layout: Layout = "plain",
    *,
    orientation: int = 1,
    quality: int = 90,
    subsampling: Subsampling = "4:2:0",
    compression: TiffCompression | None = None,
    further: Sequence[Image] = (),
) -> bytes:
    """The page as a file of the given format, mode and layout, with the pixels and the size that it has.

    `orientation` is the EXIF value 1 to 8 to declare; the pixels are stored as they are. `quality` (1 to 95) and
    `subsampling` are for JPEG. `compression` is for plain TIFF, deflate where it is None. `further` are the frames
    after the page in a `multi-frame` layout, one blank page where none is given. 16-bit modes hold the page's 8 bits
    times 257; `bilevel` splits at mid-grey; `palette` keeps 256 colours. Raises ValueError for a combination that
    does not exist, or for a further frame of another size.
    """
    wanted = variant(fmt, mode, layout)
    check_size(page.width, page.height)
    check_orientation(wanted, orientation)
    image = converted(page, mode)
    if compression is not None:
        return _pillow_tiff(image, wanted, orientation, compression)
    if fmt == "JPEG":
        sampled = {"subsampling": subsampling} if mode == "rgb" else {}
        return _saved(image, "JPEG", orientation, quality=quality, progressive=layout == "progressive", **sampled)
    if fmt == "BMP":
        return bmp_page(image, wanted, page.width, page.height)
    # Pillow chooses row filters, which pays for photographs; but it has no 16-bit colours and shortens palettes.
    if fmt == "PNG" and layout == "plain" and wanted.samples.bits < 16 and mode != "palette":
        return _saved(image, "PNG", orientation, compress_level=3)
    frames = [image, *_further_frames(image, wanted, further)]
    if fmt == "PNG":
        streams = [png_stream(frame, wanted, page.width, page.height) for frame in frames]
        return png_file(wanted, page.size, streams, orientation=orientation, palette=colours(image))
    return tiff_file(wanted, [tiff_strips(frame, wanted, *frame.size) for frame in frames], orientation)


def extend(
    page: Image,
    fmt: Format,
    width: int,
    height: int,
    mode: Mode = "grey",
    *,
    orientation: int = 1,
    quality: int = 90,
) -> bytes:
    """A picture of exactly `width` x `height` pixels whose upper-left part is the page; the rest is white.

    `orientation` as for `encode`, the others as for `Extensible`, which makes many sizes of one page. Raises ValueError
    as it does.
    """
    return Extensible(page, fmt, mode, quality=quality).file(width, height, orientation=orientation)


class Extensible:
    """A page from which pictures of any size are made, of which it is the upper-left part; the rest is white.

    The first of them costs about as much as encoding the rows of the page at its width, and a further PNG next to
    nothing; no raster of the whole picture is held. Modes are those of EXTENSIBLE; a grey BMP is run-length coded,
    bilevel and rgb BMP files are uncompressed. `quality` as for `encode`. Raises ValueError for a mode that is not
    made.
    """

    def __init__(self, page: Image, fmt: Format, mode: Mode = "grey", *, quality: int = 90) -> None:
        wanted = next((v for v in EXTENSIBLE if (v.format, v.mode) == (fmt, mode)), None)
        if wanted is None:
            known = ", ".join(v.mode for v in EXTENSIBLE if v.format == fmt)
            raise ValueError(f"expected one of the modes that a {fmt} page can be extended in ({known}), got {mode}")
        self._wanted, self._quality = wanted, quality
        self._image = converted(page, mode)
        self._rows = PngRows(self._image, wanted) if fmt == "PNG" else None

    def file(self, width: int, height: int, *, orientation: int = 1) -> bytes:
        """The file of so many pixels. Raises ValueError where the page is larger, and for a size that is not made."""
        image, wanted = self._image, self._wanted
        check_size(width, height)
        check_orientation(wanted, orientation)
        if image.width > width or image.height > height:
            raise ValueError(
                f"expected a page within {width} x {height} pixels, got {image.width} x {image.height}; "
                "ask for a larger picture or draw a smaller page"
            )
        if self._rows is not None:
            return png_file(wanted, (width, height), (self._rows.stream(width, height),), orientation=orientation)
        if wanted.format == "JPEG":
            return jpeg_page(image, width, height, orientation=orientation, quality=self._quality)
        if wanted.format == "BMP":
            return bmp_page(image, wanted, width, height)
        return tiff_file(wanted, (tiff_strips(image, wanted, width, height),), orientation)


def _further_frames(image: Image, wanted: Variant, further: Sequence[Image]) -> list[Image]:
    """The frames after the first, converted; palette frames share the colours of the first."""
    from PIL.Image import Dither, new

    if wanted.layout != "multi-frame":
        return []
    for page in further:
        if page.size != image.size:
            raise ValueError(f"expected frames of {image.size} pixels like the first, got one of {page.size}")
    pages = further or (new("L", image.size, "white"),)
    if wanted.mode == "palette":
        return [page.convert("RGB").quantize(palette=image, dither=Dither.NONE) for page in pages]
    return [converted(page, wanted.mode) for page in pages]


def _pillow_tiff(image: Image, wanted: Variant, orientation: int, compression: TiffCompression) -> bytes:
    if (wanted.format, wanted.layout) != ("TIFF", "plain") or wanted.samples.bits == 16:
        raise ValueError(f"a compression can be chosen for plain TIFF with up to 8 bits a sample, not for {wanted}")
    if compression == "group4" and wanted.mode != "bilevel":
        raise ValueError(f"group4 compresses bilevel pictures only, not {wanted.mode}")
    return _saved(image, "TIFF", orientation, compression=compression)


def _saved(image: Image, fmt: Format, orientation: int, **options: object) -> bytes:
    """What Pillow writes, with the orientation declared unless it is 1."""
    if orientation != 1:
        block = orientation_block(orientation)
        options["exif"] = block if fmt == "TIFF" else b"Exif\0\0" + block
    out = BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()
