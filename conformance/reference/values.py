"""Words that all of the reference uses: JSON values, and the checks that an implementation may leave out."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


# The checks of a request that an implementation may leave out, by name.


Check: TypeAlias = Literal[
    "path-end",
    "method",
    "token-given",
    "token-filled",
    "token-valid",
    "signature",
    "project",
    "member-required",
    "member-type",
    "body-length",
    "media-type",
    "byte-order-mark",
    "input-single",
    "type-list-type",
    "type-list-values",
    "type-list-honoured",
    "alarm-type",
    "base64-length",
    "base64-prefix",
    "format",
    "minimum-side",
    "maximum-side",
    "url-redirect",
]
"""The checks that can be left out one by one."""


class Checks(Protocol):
    """Says which checks are made; a behaviour is one."""

    def checks(self, name: Check) -> bool:
        """Whether a check is made."""
