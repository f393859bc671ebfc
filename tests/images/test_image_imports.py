"""What importing this room costs: judging reads headers and must not load an image library for it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["conformance.images", "conformance.images.sniff"])
def test_importing_does_not_load_pillow(module: str) -> None:
    program = (
        f"import sys, {module}; print(sorted(name for name in sys.modules if name.split('.')[0] in ('PIL', 'numpy')))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_blank_padded_and_unsupported_pictures_need_no_pillow() -> None:
    program = (
        "import sys; from conformance.images import *; pad(blank('TIFF', 50, 40), 5000); "
        "[unsupported(f, 50, 40) for f in FAULT_FORMATS]; print('PIL' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
