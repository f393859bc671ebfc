"""What every target offers, and the credentials that only a target knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from conformance.exchange import Request, Response, TransportFailure


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets of a target: never written to a file, never printed.

    `security_token` goes with temporary keys. `project_id` fills the slot of that name; it is no secret, but says whose
    account it is, so recordings leave it out.
    """

    token: str | None = None
    ak: str | None = None
    sk: str | None = None
    project_id: str = ""
    security_token: str | None = None

    def __repr__(self) -> str:
        """Says which secrets are there, never what they are."""
        held = [name for name in ("token", "ak", "sk", "security_token", "project_id") if getattr(self, name)]
        return f"Credentials({', '.join(held) or 'none'})"


@runtime_checkable
class Target(Protocol):
    """An implementation under test, however it is reached."""

    @property
    def name(self) -> str:
        """How reports call it: an origin, `reference`, or `cassette:DIR`; never with a secret."""
        ...

    def send(self, request: Request) -> Response | TransportFailure:
        """Fill the slots of `request`, send it once, and return what came back, echoed secrets replaced."""
        ...

    def close(self) -> None:
        """Release connections and processes."""
        ...


@runtime_checkable
class Parallel(Protocol):
    """A target that takes several requests at once, each over a connection of its own."""

    def beside(self) -> Target | None:
        """The same target over one more connection; None where it has none to give."""
        ...


@runtime_checkable
class Hurried(Protocol):
    """A target that can be told to wait for less time than its own deadline; others wait as long as they do."""

    def hurry(self, deadline_s: float | None) -> None:
        """Wait at most `deadline_s` seconds for each answer from now on; None for as long as usual."""
        ...
