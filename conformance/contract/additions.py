"""What other distributions add: requirements of the documented contracts, and the checks that judge them.

A distribution offers a module by the entry point group `ocr_conformance.checks`:

    [project.entry-points."ocr_conformance.checks"]
    acme = "acme_ocr.conformance"

The module has `REQUIREMENTS`, a folder with `<contract id>/*.toml` in the form of schemas/<contract id>/requirements,
and `CHECKS`, functions by name (conformance/judging/envelope.py). The names of both begin with that of the entry point
and a dot (`acme.`), so that nothing of the kit is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.files import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

GROUP = "ocr_conformance.checks"


@dataclass(frozen=True, slots=True)
class Addition:
    """What one entry point adds; `origin` says which, for messages. `requirements` is None where it has none."""

    name: str
    origin: str
    checks: Mapping[str, Callable[..., Any]]
    requirements: Path | None

    def files(self, contract_id: str) -> list[Path]:
        """Its requirement files of a contract, by name."""
        return sorted((self.requirements / contract_id).glob("*.toml")) if self.requirements is not None else []

    def owns(self, name: str) -> bool:
        """Whether a requirement or check may have that name."""
        return name.startswith(f"{self.name}.")


@cache
def additions() -> tuple[Addition, ...]:
    """What the installed distributions add, by the name of the entry point; looked for once in a process.

    Raises DataError naming distribution and entry point of what cannot be used.
    """
    from importlib.metadata import entry_points  # late: it brings a parser of mails

    return tuple(_addition(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name))


@cache
def added_checks() -> Mapping[str, Callable[..., Any]]:
    """All checks that are added, by name. Raises DataError."""
    return dict(item for addition in additions() for item in addition.checks.items())


def is_added(name: str) -> bool:
    """Whether a requirement of that name comes from another distribution. Raises DataError."""
    return any(addition.owns(name) for addition in additions())


def _addition(point: EntryPoint) -> Addition:
    distribution = point.dist.name if point.dist is not None else "?"
    origin = f"{distribution}: {GROUP}: {point.name} = {point.value}"
    try:
        offered: object = point.load()
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise DataError(f"{origin}: cannot be loaded: {said}", f"{origin}：无法加载：{said}") from error
    checks, folder = getattr(offered, "CHECKS", {}), getattr(offered, "REQUIREMENTS", None)
    for en, zh in _mistakes(point.name, checks, folder):
        raise DataError(f"{origin}: {en}", f"{origin}：{zh}")
    return Addition(point.name, origin, dict(checks), Path(folder) if folder is not None else None)


def _mistakes(name: str, checks: object, folder: object) -> Iterator[tuple[str, str]]:
    if not isinstance(checks, Mapping) or not all(callable(check) for check in checks.values()):
        yield "CHECKS: expected functions by name", "CHECKS：应为按名称给出的函数"
        return
    if odd := [key for key in checks if not str(key).startswith(f"{name}.")]:
        yield (
            f"CHECKS: expected names that begin with '{name}.', found {odd[0]!r}",
            (f"CHECKS：名称应以 “{name}.” 开头，实际为 {odd[0]!r}"),
        )
    if folder is None and not checks:
        yield "expected CHECKS, REQUIREMENTS or both, found neither", "应有 CHECKS、REQUIREMENTS 或两者，均未找到"
    if folder is not None and not (isinstance(folder, str | Path) and Path(folder).is_dir()):
        yield f"REQUIREMENTS: expected a folder, found {folder!r}", f"REQUIREMENTS：应为目录，实际为 {folder!r}"
