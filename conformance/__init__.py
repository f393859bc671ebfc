"""ocr-conformance: a conformance test kit for a documented OCR classification API.

The public names are loaded when they are first asked for, so that importing the package (which pytest does for every
test run beside the kit) costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance import strategies
    from conformance.judging import examine, expect
    from conformance.statement.statement import load_contract

__version__ = "0.1.0"
__all__ = ["__version__", "examine", "expect", "load_contract", "strategies"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in ("examine", "expect"):
        return getattr(import_module("conformance.judging"), name)
    if name == "load_contract":
        return import_module("conformance.statement.statement").load_contract
    if name == "strategies":
        return import_module("conformance.strategies")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
