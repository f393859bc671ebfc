"""Tells by the path of a recorded request which contract it is of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from conformance.contract.contract import load_contract
from conformance.exchange import PROJECT_SLOT
from conformance.files import DataError, contract_ids

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import Request

_MOST_PATHS = 10_000
"""Paths of which it is remembered whose they are."""


class Operations:
    """Tells by method and path which contract a request is of."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        """Raises DataError where two contracts describe one path."""
        self._contracts: dict[tuple[str, ...], Contract] = {}
        self._found: dict[str, Contract | None] = {}
        for contract in contracts:
            other = self._contracts.setdefault(_segments(contract.page.path), contract)
            if other is not contract:
                path = contract.page.path
                raise DataError(
                    f"{other.id} and {contract.id} both describe {path}, and traffic does not say which "
                    "edition it is of; give one of them with --contract",
                    f"{other.id} 和 {contract.id} 都描述 {path}，流量看不出是哪个版本；请用 --contract 给出其一",
                )

    def contract_of(self, path: str) -> Contract | None:
        """The contract whose path a request has, whatever stands in the place of the project id; None for none."""
        if path not in self._found:
            if len(self._found) >= _MOST_PATHS:
                self._found.clear()
            self._found[path] = self._search(path)
        return self._found[path]

    def _search(self, path: str) -> Contract | None:
        wanted = _segments(path.partition("?")[0])
        return next((contract for path, contract in self._contracts.items() if _fits(path, wanted)), None)

    def fitting(self, path: str) -> list[str]:
        """The ids of the contracts of the kit, chosen or not, whose path a request has."""
        wanted = _segments(path.partition("?")[0])
        return [name for name, path in _known_paths() if _fits(path, wanted)]


@cache
def _known_paths() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, _segments(load_contract(name).page.path)) for name in contract_ids())


def is_documented(request: Request) -> bool:
    """Whether a request is of an operation that some contract of the kit describes."""
    return bool(Operations(()).fitting(request.path))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _fits(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(path) == len(wanted) and all(
        ours in (theirs, PROJECT_SLOT) for ours, theirs in zip(path, wanted, strict=True)
    )
