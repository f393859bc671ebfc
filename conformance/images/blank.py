"""Blank pictures of any listed kind, at an exact size, without an image library and without a raster."""

from __future__ import annotations

from conformance.images.bmp import blank_bmp
from conformance.images.formats import Format, Layout, Mode
from conformance.images.jpeg import blank_jpeg
from conformance.images.png import blank_png
from conformance.images.tiff import blank_tiff
from conformance.images.variants import DEFAULT_FRAMES, check_orientation, check_size, variant


def blank(
    fmt: Format,
    width: int,
    height: int,
    mode: Mode = "grey",
    layout: Layout = "plain",
    *,
    orientation: int = 1,
    frames: int = DEFAULT_FRAMES,
) -> bytes:
    """A white picture of exactly `width` x `height` pixels, made in milliseconds whatever its size.

    The side is 1 to 16,383 pixels. `orientation` is the EXIF value 1 to 8 to declare; width and height are those of
    the stored grid. `frames` counts the equal frames of a `multi-frame` layout and is ignored by the others. All but
    uncompressed BMP files stay below 5 MB at 8193 x 8193. Raises ValueError for a mode or layout that the format does
    not have (see VARIANTS), for a size or an orientation out of range, and for fewer than 2 frames.
    """
    wanted = variant(fmt, mode, layout)
    check_size(width, height)
    check_orientation(wanted, orientation)
    if layout != "multi-frame":
        frames = 1
    elif frames < 2:
        raise ValueError(f"expected at least 2 frames in a multi-frame picture, got {frames}")
    if fmt == "JPEG":
        return blank_jpeg(wanted, width, height, orientation)
    if fmt == "PNG":
        return blank_png(wanted, width, height, orientation, frames)
    if fmt == "TIFF":
        return blank_tiff(wanted, width, height, orientation, frames)
    return blank_bmp(wanted, width, height)
