"""The two errors of this room: a mistake in what the kit was told, and an exchange that brought no response."""

from __future__ import annotations

from conformance.exchange import FailureKind
from conformance.files import BadInput
from conformance.text import Text


class TargetError(BadInput):
    """The kit cannot talk to this target as told: a mistake in the command, the credentials or a case, not a finding.

    The one message holds what was expected, what was observed, and what to do next; never a secret.
    """

    def __init__(self, expected: Text, observed: Text, next_step: Text) -> None:
        wanted, found, advice = expected, observed, next_step
        super().__init__(
            Text(
                f"expected {wanted.en}; observed {found.en}; {advice.en}",
                f"应为：{wanted.zh}；实际：{found.zh}；{advice.zh}",
            )
        )


class TransportError(Exception):
    """No response can be had; becomes a `TransportFailure` before it leaves the target."""

    def __init__(self, kind: FailureKind, detail: str, *, kept: bool = False, begun: bool = False) -> None:
        super().__init__(detail)
        self.kind: FailureKind = kind
        self.detail = detail
        self.kept = kept
        self.begun = begun
