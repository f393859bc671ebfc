"""What a fault is: a name, the one thing it breaks in a valid request, and which valid request it starts from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from conformance.strategies.build import Valid, prepare
from conformance.strategies.spelling import Json, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.contract.contract import Contract
    from conformance.exchange import Request
    from conformance.images import Format
    from conformance.strategies.draw import Draw
    from conformance.strategies.served import Address

T = TypeVar("T")

Breaks: TypeAlias = "Callable[[Valid, int], Request]"
"""Makes the faulty request from the valid one. The number picks among forms of the same fault; 0 is the plain one."""


def unchanged(_contract: Contract, draw: Draw) -> Draw:
    """The valid request may be any."""
    return draw


def everywhere(_contract: Contract) -> bool:
    """The fault exists in every contract that has a requirement against it."""
    return True


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to commit a fault: `id` is `<fault id>/<name>`, stable across versions.

    `start` turns the draw of a control, which has its picture inline, into one that the fault can be put into (another
    format, a picture at the limit, one named by url). `applies` narrows it to some contracts. `heavy` marks requests of
    more than 1 MB, pictures included; `served` those whose control has its picture served.
    """

    fault: str
    name: str
    breaks: Breaks
    start: Callable[[Contract, Draw], Draw] = unchanged
    applies: Callable[[Contract], bool] = everywhere
    heavy: bool = False
    served: bool = False

    @property
    def id(self) -> str:
        """For example `body.not-json/trailing-comma`."""
        return f"{self.fault}/{self.name}"


def pick(options: Sequence[T], number: int) -> T:
    """The option that a number stands for; 0 is the first."""
    return options[number % len(options)]


def with_body(valid: Valid, body: bytes) -> Request:
    """The request with another body, which holds no picture that a target could read."""
    return replace(valid.request, body=body, truth=None)


def with_members(valid: Valid, members: dict[str, Json], *, picture: bool = False) -> Request:
    """The request with other members in its body; `picture` says that the whole picture is still among them."""
    body = spell(members, valid.draw.json, valid.text)
    return replace(valid.request, body=body, truth=valid.request.truth if picture else None)


def with_picture(valid: Valid, value: Json, *, picture: bool = False) -> Request:
    """The request with another value of the picture's parameter; `picture` as for `with_members`."""
    return with_members(valid, {**valid.members, valid.contract.page.picture: value}, picture=picture)


def with_address(valid: Valid, address: Address) -> Request:
    """The request with another url instead of its own, and nothing known of what is there."""
    request = with_members(valid, {**valid.members, "url": address.url})
    return replace(request, pictures=address.pictures)


def redrawn(valid: Valid, draw: Draw) -> Request:
    """The request with another picture: that of another draw."""
    return prepare(valid.contract, draw).request


def plainly_in(fmt: Format) -> Callable[[Contract, Draw], Draw]:
    """A `start`: the same page as a plain file of this format."""
    return lambda _contract, draw: plain_file(draw, fmt)


def plain_file(draw: Draw, fmt: Format) -> Draw:
    """The draw with the file of its picture in this format, and else as usual."""
    return replace(draw, format=fmt, mode="rgb", layout="plain", orientation=1, base64=None)


def compact(value: Json) -> bytes:
    """JSON text without white space, in ASCII."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")
