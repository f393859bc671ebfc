"""What answers bill, as far as the documents and the target statement say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange import NOT_CONNECTED, TransportFailure

if TYPE_CHECKING:
    from conformance.judging.view import View
    from conformance.statement.statement import Metering


def billed_by(view: View, metering: Metering = "tickets") -> int:
    """What an answer bills: each recognised ticket; for an identity document one a success (an assumption).

    With the metering `calls` it is one a success for tickets, too; with `none` nothing.
    """
    if metering == "none":
        return 0
    if metering == "calls":
        return int(view.kind == "success")
    return view.result.bills


def may_be_billed(view: View) -> bool:
    """Whether a request was sent, and nobody knows what became of it."""
    answer = view.exchange.answer
    return isinstance(answer, TransportFailure) and answer.kind not in NOT_CONNECTED
