"""Applications for tests of workers: the reference, healthy and faulty, and one that answers three at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials
from conformance.reference.faults import combine

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN = "a-token-of-the-tests-of-workers"
PROJECT = "0123456789abcdef0123456789abcdef"


def healthy(*faults: str) -> ASGIApp:
    """The reference, with faults."""
    return create_app(Credentials(TOKEN, PROJECT), behaviour=combine(faults), allow_private_urls=True)


def faulty() -> ASGIApp:
    """The reference with faults of several kinds."""
    return healthy("wrong-code-for-token", "ticket-dropped", "status-text")


def in_threes() -> ASGIApp:
    """The reference, whose first requests wait until three are there."""
    inner, there = healthy(), asyncio.Event()
    count = 0

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal count
        if scope["type"] == "http":
            count += 1
            if count >= 3:
                there.set()
            await there.wait()
        await inner(scope, receive, send)

    return application
