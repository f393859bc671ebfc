"""One call as it arrived, and the reply to it: what travels through the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.editions import Edition
    from conformance.reference.parameters import Parameters

Delivery: TypeAlias = Literal["whole", "chunked", "hang-up", "cut"]
"""How a reply goes out: with its length, in chunks without one, not at all, or only its first half."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrived.

    `headers` has lower-case names; `head` is the request line and the headers as on the wire, empty where the server
    does not tell. `number` counts the calls of this application from 1. `edition` is None where the path is that of no
    operation. `parameters` are those asked for, once read.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    head: bytes
    number: int
    edition: Edition | None = None
    project_id: str | None = None
    body: bytes = b""
    parameters: Parameters | None = None

    @property
    def operation(self) -> Edition:
        """The edition whose operation is called. Raises ValueError where there is none: such a call is refused."""
        if self.edition is None:
            raise ValueError("a call without an edition has no operation to answer it")
        return self.edition


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response: `headers` without the length, which goes with the delivery."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delivery: Delivery = "whole"

    def with_header(self, name: str, value: str) -> tuple[tuple[str, str], ...]:
        """The headers with one of them replaced or added."""
        return (*self.without_header(name), (name, value))

    def without_header(self, name: str) -> tuple[tuple[str, str], ...]:
        """The headers but one."""
        return tuple((key, kept) for key, kept in self.headers if key.lower() != name.lower())
