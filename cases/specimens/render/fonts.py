"""Typefaces for drawing: Noto from Debian's fonts-noto-cjk and fonts-noto-core.

They are needed only to render; the committed pictures are what everybody else uses. `FallbackFonts` draws boxes
for most scripts and exists so that the drawing code itself can be exercised on a machine without these packages.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from PIL import ImageFont

CJK = Path("/usr/share/fonts/opentype/noto")
CORE = Path("/usr/share/fonts/truetype/noto")

# face -> file and index inside the collection (2: simplified Chinese, 4: Hong Kong, 7: monospaced simplified)
FACES: Mapping[str, tuple[Path, int]] = {
    "sans": (CJK / "NotoSansCJK-Regular.ttc", 2),
    "sans-bold": (CJK / "NotoSansCJK-Bold.ttc", 2),
    "serif": (CJK / "NotoSerifCJK-Regular.ttc", 2),
    "serif-bold": (CJK / "NotoSerifCJK-Bold.ttc", 2),
    "mono": (CJK / "NotoSansCJK-Regular.ttc", 7),
    "mono-bold": (CJK / "NotoSansCJK-Bold.ttc", 7),
    "hk": (CJK / "NotoSansCJK-Regular.ttc", 4),
    "hk-bold": (CJK / "NotoSansCJK-Bold.ttc", 4),
    "hk-serif-bold": (CJK / "NotoSerifCJK-Bold.ttc", 4),
    "latin": (CORE / "NotoSans-Regular.ttf", 0),
    "latin-bold": (CORE / "NotoSans-Bold.ttf", 0),
    "khmer": (CORE / "NotoSansKhmer-Regular.ttf", 0),
    "khmer-bold": (CORE / "NotoSansKhmer-Bold.ttf", 0),
    "myanmar": (CORE / "NotoSansMyanmar-Regular.ttf", 0),
    "myanmar-bold": (CORE / "NotoSansMyanmar-Bold.ttf", 0),
    "thai": (CORE / "NotoSansThai-Regular.ttf", 0),
    "thai-bold": (CORE / "NotoSansThai-Bold.ttf", 0),
}

Font = ImageFont.FreeTypeFont


class Fonts(Protocol):
    """Gives the typeface for a face name of `FACES` at a size in pixels."""

    def get(self, face: str, size: int) -> Font: ...


class NotoFonts:
    """The typefaces the committed pictures are drawn with."""

    def get(self, face: str, size: int) -> Font:
        """Raises OSError when the font package is not installed."""
        return _load(face, size)


class FallbackFonts:
    """Pillow's built-in typeface for every face."""

    def get(self, face: str, size: int) -> Font:
        del face  # one typeface stands for all
        font = ImageFont.load_default(size)
        if not isinstance(font, ImageFont.FreeTypeFont):
            raise OSError("this Pillow was built without FreeType; install a wheel from PyPI")
        return font


@lru_cache(maxsize=256)
def _load(face: str, size: int) -> Font:
    path, index = FACES[face]
    return ImageFont.truetype(str(path), size, index=index)


def missing_font_files(faces: Mapping[str, tuple[Path, int]] = FACES) -> list[Path]:
    """Files of the faces that are not installed, in alphabetic order."""
    return sorted({path for path, _ in faces.values() if not path.exists()})
