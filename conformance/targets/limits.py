"""The bounds of one exchange."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.targets.errors import TargetError
from conformance.text import Text, plain


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of time and memory one exchange may take.

    `deadline_s`: seconds for name resolution, connection, request and answer together. `wire_bytes`: what is read from
    the connection, heads included. `decoded_bytes`: the body after Content-Encoding is undone. `header_count` and
    `header_bytes`: header lines and bytes of one head. `interim_answers`: 1xx answers before the answer itself.
    """

    deadline_s: float = 30.0
    wire_bytes: int = 16 * 1024 * 1024
    decoded_bytes: int = 16 * 1024 * 1024
    header_count: int = 256
    header_bytes: int = 64 * 1024
    interim_answers: int = 32

    def __post_init__(self) -> None:
        """Raise TargetError where a limit is not above zero."""
        for name in ("deadline_s", "wire_bytes", "decoded_bytes", "header_count", "header_bytes"):
            if not getattr(self, name) > 0:
                raise TargetError(
                    Text(f"{name} above zero", f"{name} 大于零"),
                    plain(str(getattr(self, name))),
                    Text("give a positive limit", "请给出正数"),
                )
