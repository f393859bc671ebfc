"""ocr-conformance: a conformance test kit for a documented OCR classification API.

The public names are loaded when they are first asked for, so that importing the package (which pytest does for every
test run beside the kit) costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance import strategies
    from conformance.contract.contract import Contract
    from conformance.exchange import Exchange, FaultyRequest, Request, Response
    from conformance.files import DataError
    from conformance.judging import Expectation, Observation, examine, expect
    from conformance.statement.statement import load_contract
    from conformance.strategies import Draw
    from conformance.testing import assert_conforms, exchange_of

__version__ = "0.1.0"
__all__ = [
    "Contract",
    "DataError",
    "Draw",
    "Exchange",
    "Expectation",
    "FaultyRequest",
    "Observation",
    "Request",
    "Response",
    "__version__",
    "assert_conforms",
    "examine",
    "exchange_of",
    "expect",
    "load_contract",
    "strategies",
]

_WHERE = {
    "Contract": "contract.contract",
    "DataError": "files",
    "Draw": "strategies",
    "Exchange": "exchange",
    "Expectation": "judging",
    "FaultyRequest": "exchange",
    "Observation": "judging",
    "Request": "exchange",
    "Response": "exchange",
    "assert_conforms": "testing",
    "examine": "judging",
    "exchange_of": "testing",
    "expect": "judging",
    "load_contract": "statement.statement",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "strategies":
        return import_module("conformance.strategies")
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"conformance.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
