"""The command `python -m cases.specimens.render [FOLDER]`, to be run from the top of a checkout.

Writes every master and worn copy and then the manifest into FOLDER (by default the folder above this one). Files
are written beside and renamed, so that a reader never sees half a picture, and the manifest comes last.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cases.specimens.render.build import render_all
from cases.specimens.render.fonts import FACES, NotoFonts, missing_font_files


def main(arguments: Sequence[str], faces: Mapping[str, tuple[Path, int]] = FACES) -> int:
    """Returns the exit status: 0 when written, 2 on wrong usage or missing fonts."""
    if len(arguments) > 1:
        print("usage: python -m cases.specimens.render [FOLDER]", file=sys.stderr)
        return 2
    missing = missing_font_files(faces)
    if missing:
        names = "\n  ".join(str(path) for path in missing)
        print(
            f"these typefaces are not installed:\n  {names}\nInstall the Debian packages fonts-noto-cjk and "
            "fonts-noto-core. They are needed to render only; the pictures in the repository work without them.",
            file=sys.stderr,
        )
        return 2
    folder = Path(arguments[0]) if arguments else Path(__file__).parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    entries = render_all(folder, NotoFonts())
    size = sum((folder / entry.file).stat().st_size for entry in entries)
    print(f"{len(entries)} pictures, {size / 1024:.0f} KiB, in {folder}")
    return 0
