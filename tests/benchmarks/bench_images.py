"""What the pictures of one contract cost: python -m tests.benchmarks images

Prints figures and the ratio to Pillow's way; asserts nothing about time. Every measurement of memory runs in a process
of its own, so that one peak does not hide another.
"""

from __future__ import annotations

import base64
import io
import multiprocessing
import resource
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial

from PIL import Image, ImageDraw

from conformance.images import (
    EXTENSIBLE,
    FORMATS,
    SMALLEST,
    Format,
    Variant,
    blank,
    encode,
    extend,
    pad,
    pad_to_base64,
    sniff,
)

SIDES = (14, 15, 8000, 8001, 8192, 8193, 9000)
LENGTHS = (9_786_712, 9_900_000, 10_485_760, 10_485_764)
_PILLOW = {
    "JPEG": ("L", {}),
    "PNG": ("1", {}),
    "BMP": ("1", {}),
    "TIFF": ("1", {"compression": "group4"}),
}


def boundary_set() -> Iterator[bytes]:
    """One contract's limits: every side square in every format, then every length of base64 text, as text too."""
    for fmt in FORMATS:
        smallest = SMALLEST[fmt]
        for side in SIDES:
            yield blank(fmt, side, side, smallest.mode, smallest.layout)
        small = blank(fmt, 600, 400)
        for characters in LENGTHS:
            yield base64.b64encode(pad_to_base64(small, characters))


def boundary_set_by_pillow() -> Iterator[bytes]:
    """The same sizes in pixels as Pillow makes them: a raster, then its encoder. Pillow has no way to a length."""
    for fmt in FORMATS:
        mode, options = _PILLOW[fmt]
        for side in SIDES:
            out = io.BytesIO()
            Image.new(mode, (side, side), "white").save(out, fmt, **options)
            yield out.getvalue()


def page(width: int = 2400, height: int = 1600) -> Image.Image:
    """An invented page, about as dense as a specimen."""
    drawn = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(drawn)
    for row in range(40, height - 40, 48):
        for column in range(40, width - 40, 28):
            draw.rectangle((column, row, column + (row + column) % 23, row + 24), fill=(row % 200, 30, 90))
    return drawn


def _consume(source: Callable[[], Iterator[bytes]]) -> None:
    for _ in source():
        pass


def _peak(source: Callable[[], Iterator[bytes]], queue: multiprocessing.Queue[tuple[float, float, float]]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _consume(source)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tracemalloc.start()
    _consume(source)
    queue.put((tracemalloc.get_traced_memory()[1] / 1e6, peak - before, peak))


def _memory(source: Callable[[], Iterator[bytes]]) -> tuple[float, float, float]:
    """Peak of Python's own allocations in MB; growth and peak of the resident set in MiB, Pillow's rasters included.

    A process inherits the peak of the one that started it, so this comes before anything that needs memory.
    """
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[float, float, float]] = context.Queue()
    process = context.Process(target=_peak, args=(source, queue))
    process.start()
    peaks = queue.get()
    process.join()
    return peaks


def _seconds(action: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _report_boundary_set() -> None:
    traced, growth, peak = _memory(boundary_set)
    _, growth_theirs, peak_theirs = _memory(boundary_set_by_pillow)
    ours = _seconds(partial(_consume, boundary_set), 3)
    theirs = _seconds(partial(_consume, boundary_set_by_pillow), 3)
    pictures = sum(1 for _ in boundary_set())
    print(f"boundary set: {pictures} pictures in {ours:.3f} s, {traced:.0f} MB traced at most")
    print(f"  resident: +{growth:.0f} MiB to {peak:.0f} MiB")
    print(
        f"  by Pillow, sizes in pixels only: {theirs:.3f} s, resident +{growth_theirs:.0f} MiB to {peak_theirs:.0f} MiB"
    )
    print(f"  ratio: {theirs / ours:.1f} in time, {growth_theirs / max(growth, 1):.1f} in memory")


def _report_maximum_sizes() -> None:
    print("8192 x 8192, blank:")
    for fmt in FORMATS:
        smallest = SMALLEST[fmt]
        mode, options = _PILLOW[fmt]

        def by_hand(wanted: Variant = smallest) -> bytes:
            return blank(wanted.format, 8192, 8192, wanted.mode, wanted.layout)

        def by_pillow(fmt: Format = fmt, mode: str = mode, options: dict[str, str] = options) -> bytes:
            out = io.BytesIO()
            Image.new(mode, (8192, 8192), "white").save(out, fmt, **options)
            return out.getvalue()

        ours, theirs = _seconds(by_hand), _seconds(by_pillow, 3)
        print(
            f"  {smallest!s:24} {ours * 1e3:8.2f} ms {len(by_hand()):9,} bytes; "
            f"Pillow {theirs * 1e3:7.1f} ms {len(by_pillow()):10,} bytes; ratio {theirs / ours:,.0f}"
        )


def _report_pages() -> None:
    drawn = page()
    print("a page of 2400 x 1600 in a picture of 8192 x 8192 (BMP rgb: 8192 x 1600):")
    for wanted in EXTENSIBLE:
        height = 1600 if (wanted.format, wanted.mode) == ("BMP", "rgb") else 8192

        def made(wanted: Variant = wanted, height: int = height) -> bytes:
            return extend(drawn, wanted.format, 8192, height, wanted.mode)

        print(f"  {wanted!s:24} {_seconds(made, 3) * 1e3:8.1f} ms {len(made()):11,} bytes")


def _size_by_pillow(data: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(data)).size


def _report_sniff() -> None:
    print("sniff, each in a file of 7,864,320 bytes:")
    drawn = page(600, 400)
    for fmt in FORMATS:
        data = pad(encode(drawn, fmt), 7_864_320)
        ours, theirs = _seconds(partial(sniff, data), 201), _seconds(partial(_size_by_pillow, data), 101)
        print(f"  {fmt:5} {ours * 1e6:7.1f} us; Pillow's open {theirs * 1e6:8.1f} us; ratio {theirs / ours:.1f}")


def main() -> int:
    """Prints every figure."""
    Image.MAX_IMAGE_PIXELS = None
    _report_boundary_set()
    _report_maximum_sizes()
    _report_pages()
    _report_sniff()
    return 0


if __name__ == "__main__":
    sys.exit(main())
