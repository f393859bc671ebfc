"""Pictures that were drawn before, kept on disk between runs: what a draw gives depends on nothing but the draw, the
specimens and the code that draws, and drawing is most of what a run costs.

Each entry is a file of its own, named by what it was drawn from. It is used only where the bytes are those that were
written, so that a damaged one costs a drawing and nothing else. Nothing is kept unless a folder is named (`keep_in`):
a library that is used in other people's tests writes nothing by itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from conformance.files import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.exchange import Quad

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_BYTES = 256_000_000
"""Of all entries together; the ones that were used longest ago go first."""

_LARGEST = MOST_BYTES // 8
"""Bytes of one entry."""

_LOOK_AFTER = MOST_BYTES // 8
"""Bytes that a process writes before it looks again whether the folder is full."""

_DRAWN_BY = ("images/*.py", "strategies/draw.py", "strategies/pictures.py")
"""The code that a picture depends on."""


class DrawnPictures:
    """A folder of pictures by what they were drawn from. A folder that cannot be written to keeps none."""

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        """`most` are bytes of all entries together."""
        self.folder = folder
        self._most = most
        self._written = 0
        self._looked = False

    def get(self, key: str) -> tuple[bytes, dict[str, object]] | None:
        """The file of a picture and what was noted of it; None where it is not there, or not what was written."""
        path = self._path(key)
        try:
            head, _, data = path.read_bytes().partition(b"\n")
            noted = json.loads(head)
            if noted["sha256"] != hashlib.sha256(data).hexdigest() or noted["key"] != key:
                return None
            os.utime(path)
        except (OSError, ValueError, LookupError, TypeError):  # not there, half of one, or anything else: drawn again
            return None
        return data, cast("dict[str, object]", noted["notes"])

    def put(self, key: str, data: bytes, notes: dict[str, object]) -> None:
        """Keep a picture, unless it is large or the folder cannot be written to: then it is drawn again next time."""
        if len(data) > _LARGEST:
            return
        head = json.dumps({"key": key, "sha256": hashlib.sha256(data).hexdigest(), "notes": notes})
        path = self._path(key)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, suffix=".new", delete=False) as file:
                file.write(head.encode() + b"\n" + data)
            Path(file.name).replace(path)
            self._written += len(data)
            if not self._looked or self._written > _LOOK_AFTER:
                self._looked, self._written = True, 0
                self._make_room()

    def _path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.picture"

    def _make_room(self) -> None:
        """Remove what was used longest ago until the rest is within bounds; another process may do so, too."""
        found = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime, state.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found, key=lambda entry: entry[0]):
            if left <= self._most:
                return
            path.unlink(missing_ok=True)
            left -= size


class Recent(Generic[Key, Value]):
    """Values that were made lately, in memory: those used longest ago go first. Any thread may use it."""

    def __init__(self, most: int) -> None:
        """`most` are bytes of all values together."""
        self._most, self._size = most, 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """The value, None where it is not there."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of so many bytes, unless it is more than all may be."""
        with self._lock:
            if size > self._most or key in self._kept:
                return
            self._kept[key] = value, size
            self._size += size
            while self._size > self._most:
                self._size -= self._kept.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Let go of all values."""
        with self._lock:
            self._kept.clear()
            self._size = 0


_kept: DrawnPictures | None = None


def keep_in(folder: Path | None) -> None:
    """Keep what this process draws in a folder, and take from it what was drawn before; None keeps nothing."""
    global _kept
    _kept = DrawnPictures(folder) if folder is not None else None


def kept() -> DrawnPictures | None:
    """What this process keeps its pictures in."""
    return _kept


def usual_folder() -> Path:
    """Where the pictures of a user are kept: the place for what may be lost, by the habits of the system."""
    from platformdirs import user_cache_path  # late: most of what imports this draws nothing

    return user_cache_path("ocr-conformance", appauthor=False) / "pictures"


@cache
def drawing_code() -> str:
    """What stands for the code that draws: this kit's own, and the libraries that encode."""
    import zlib

    # Not PIL.features, which tells the same and loads all of Pillow: with all pictures at hand nothing else needs that.
    from PIL import __version__, _imaging

    own = hashlib.sha256()
    for pattern in _DRAWN_BY:
        for path in sorted(PACKAGE.glob(pattern)):
            own.update(path.read_bytes())
    codecs = [getattr(_imaging, f"{name}_version", None) for name in ("jpeglib", "libtiff")]
    libraries = (__version__, *codecs, zlib.ZLIB_RUNTIME_VERSION)
    return f"{own.hexdigest()} {libraries}"


def corners_from(data: object) -> Iterable[Quad]:
    """The corners of each document on a picture, as they were noted."""
    for quad in cast("list[list[list[float]]]", data):
        yield cast("Quad", tuple((x, y) for x, y in quad))
