"""What is noticed while a request is read: what is wrong with it, what it shows, what the documents leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import ServedPicture
    from conformance.images.sniff import Sniffed


@dataclass(slots=True)
class Reading:
    """What has been noticed so far about a request; the members are those of an Expectation.

    `served` are the pictures that go with it.
    """

    contract: Contract
    served: tuple[ServedPicture, ...] = ()
    faults: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=set)
    opens: set[str] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    type_list: tuple[str, ...] | None = None
    alarm: bool = False
    picture: Sniffed | None = None

    def settle(self, name: str, otherwise: str = "either") -> str:
        """Enter something on which a target may take a position, as that position says; returns its value.

        `otherwise` is what the documents say where the contract has no such position.
        """
        value = self.contract.position(name, otherwise)
        self.features.add(name)
        if value == "reject":
            self.faults.add(name)
        elif value == "either":
            self.leave_open(name)
        else:
            self.settled.add(name)
        return value

    def leave_open(self, fault: str) -> None:
        """Enter something that may be accepted or refused."""
        self.opens.add(fault)
        self.reasons.append(self.contract.errors.faults[fault].title.en)
