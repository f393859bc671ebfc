"""What a run may cost and what it has spent: requests, billable tickets, requests a second."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from conformance.exchange import NOT_CONNECTED, TransportFailure
from conformance.strategies.draw import Recipe
from conformance.targets import TargetError
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.engine.options import Settings
    from conformance.exchange import Request
    from conformance.judging.view import View
    from conformance.statement.statement import Metering


# What a run has spent so far, in this process or in one file that the processes of a run share.
#
# The file is locked for each change (`flock`), so that xdist workers together keep to the limits of one run. A
# worker that dies leaves what it had reserved: limits are kept rather than used up.


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests sent, tickets billed, tickets that requests under way may bill, and when the next request may go.

    `next_at` is on the clock of the budget, in seconds; the clock of the machine, where processes share it.
    """

    requests: int = 0
    billable: int = 0
    reserved: int = 0
    next_at: float = 0.0


class Book(Protocol):
    """Where the numbers are kept."""

    def change(self, change: Callable[[Spent], tuple[Spent, T]]) -> T:
        """Replace what is there by what `change` makes of it, and return what it says; nobody comes in between.

        What `change` raises leaves the book as it was.
        """
        ...


class OwnBook:
    """Kept in memory, for a run in one process."""

    def __init__(self) -> None:
        self._spent = Spent()
        self._lock = threading.Lock()

    def change(self, change: Callable[[Spent], tuple[Spent, T]]) -> T:
        """See `Book`."""
        with self._lock:
            self._spent, said = change(self._spent)
            return said


class SharedBook:
    """Kept in a file that several processes open by its path."""

    _FORM = struct.Struct("<qqqd")

    def __init__(self, path: Path) -> None:
        """The file is made where it does not exist; a run begins with a new one."""
        self._path = path

    def change(self, change: Callable[[Spent], tuple[Spent, T]]) -> T:
        """See `Book`. Raises OSError where the file cannot be read or written."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            content = os.pread(descriptor, self._FORM.size, 0)
            before = Spent(*self._FORM.unpack(content)) if len(content) == self._FORM.size else Spent()
            after, said = change(before)
            # One write of 32 bytes: a process that is killed leaves the old numbers or the new ones.
            os.pwrite(descriptor, self._FORM.pack(*astuple(after)), 0)
            return said
        finally:
            os.close(descriptor)


class Ended(KeyboardInterrupt):
    """Raised where something would be sent once a run is to end: no error, which would be taken for one of the kit."""


@dataclass(slots=True)
class Ending:
    """Whether a run is to end: what is under way is still answered, and nothing more is sent.

    `asked` is the signal by which somebody wants that, "" for Ctrl-C; None where a limit did. A signal handler may set
    both: nothing here takes a lock.
    """

    near: bool = False
    asked: str | None = None

    def check(self) -> None:
        """Raises Ended where the run is to end."""
        if self.near:
            raise Ended

    def sleep(self, seconds: float) -> None:
        """Sleep so long. Raises Ended as soon as the run is to end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _LOOK_AGAIN_S))


_LOOK_AGAIN_S = 0.05
_OTHERS_ANSWER_WITHIN_S = 120.0
"""How long to wait for the answers of other processes before what they reserved counts as spent."""


class LimitReachedError(Exception):
    """A limit that the user set ends the run; the message names it, `words` in both languages."""

    def __init__(self, words: Text) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(slots=True)
class Budget:
    """Counts what was spent against what may be spent; None means no limit.

    `rate` is in requests a second. `reserve` holds the price of a request back before it is sent, `settle` replaces it
    by what the answer showed, so that the limit is overshot by one answer at most (by one of each process, where
    several share `shared`, the path of a file). `requests` and `billable` count this process alone. Where `ending` says
    that the run is to end, nothing more may go; `sleep` is that of `ending` where none is given.
    """

    max_requests: int | None = None
    max_billable: int | None = None
    rate: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] | None = None
    shared: Path | None = None
    ending: Ending = field(default_factory=Ending)
    requests: int = field(default=0, init=False)
    billable: int = field(default=0, init=False)
    _book: Book = field(init=False)
    _held: int = field(default=0, init=False)
    _booked_already: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Opens the book."""
        self._book = OwnBook() if self.shared is None else SharedBook(self.shared)

    def reserve(self, request: Request) -> None:
        """Hold back what `request` may cost, and wait for its turn.

        Raises LimitReachedError at a limit, and Ended where the run is to end.
        """
        self.settle(0)  # a request that ended without an answer holds nothing any more
        self.ending.check()
        pause = self.sleep or self.ending.sleep
        price = price_of(request)
        waited = 0.0
        while (turn := self._turn(price, waited)) is None:
            pause(_LOOK_AGAIN_S)
            waited += _LOOK_AGAIN_S
        self._held = price
        self.requests += 1
        wait = turn - self.clock()
        if wait > 0:
            pause(wait)

    def settle(self, billed: int) -> None:
        """Replace the reserve of the request just answered by what its answer billed."""
        held, self._held = self._held, 0
        self.billable += billed
        booked, self._booked_already = self._booked_already, False
        if not booked and (held or billed):
            self._book.change(
                lambda spent: (
                    replace(spent, reserved=spent.reserved - held, billable=spent.billable + billed),
                    None,
                )
            )

    def beside(self) -> Budget:
        """The same limits and the same book for another worker of this run, with counts of its own."""
        other = replace(self)
        other._book = self._book
        return other

    def take_over(self) -> None:
        """Count a request that another budget on the same book reserved and settled."""
        self.settle(0)
        self._booked_already = True
        self.requests += 1

    def recall(self, billed: int) -> None:
        """Count a request that an interrupted run sent before this one, and what it billed."""
        self.requests += 1
        self.billable += billed
        self._book.change(
            lambda spent: (replace(spent, requests=spent.requests + 1, billable=spent.billable + billed), None)
        )

    def hold(self, seconds: float) -> None:
        """Let no request go for so many seconds, whichever process would send it: the target asked for a pause."""
        until = self.clock() + seconds
        self._book.change(lambda spent: (replace(spent, next_at=max(spent.next_at, until)), None))

    def _turn(self, price: int, waited: float) -> float | None:
        return self._book.change(lambda spent: self._booked(spent, price, waited))

    def _booked(self, spent: Spent, price: int, waited: float) -> tuple[Spent, float | None]:
        """What is spent with one more request, and when it may go; None where other answers must come first."""
        if self.max_requests is not None and spent.requests + 1 > self.max_requests:
            limit = f"--max-requests {self.max_requests}"
            raise LimitReachedError(Text(f"{limit} reached", f"达到上限 {limit}"))
        if self.max_billable is not None and price:
            if spent.billable + price > self.max_billable or waited > _OTHERS_ANSWER_WITHIN_S:
                limit = f"--max-billable {self.max_billable}"
                raise LimitReachedError(
                    Text(
                        f"{limit} reached: {spent.billable} spent, the next request may cost {price}",
                        f"达到上限 {limit}：已计费 {spent.billable}，下一个请求可能计费 {price}",
                    )
                )
            if spent.billable + spent.reserved + price > self.max_billable:
                return spent, None
        at = max(self.clock(), spent.next_at)
        after = at + 1 / self.rate if self.rate is not None else at
        return replace(spent, requests=spent.requests + 1, reserved=spent.reserved + price, next_at=after), at


def price_of(request: Request) -> int:
    """Tickets that a request may bill at most: what is on its picture, at least 1; 0 without a picture.

    One of an added operation counts what is drawn for it, though nothing is known of what its answer should be.
    """
    if request.stated is not None:
        return max(1, len(request.stated))
    if request.truth is None:
        return len(request.recipe.draw.page) if isinstance(request.recipe, Recipe) else 0
    return max(1, len(request.truth.documents))


# What answers bill, as far as the documents and the target statement say.


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


# The limits of a user, and where one is a must.


def budget_of(settings: Settings) -> Budget:
    """The limits that a user set."""
    return Budget(settings.max_requests, settings.max_billable, settings.rate, shared=settings.shared_budget)


def is_local(origin: str) -> bool:
    """Whether an origin is on this machine, where nothing is billed."""
    host = urlsplit(origin).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_budget(settings: Settings) -> None:
    """Raises TargetError for a target that may bill and no limit on what it may bill."""
    remote = settings.target.startswith(("http://", "https://")) and not is_local(settings.target)
    if remote and settings.max_billable is None:
        raise TargetError(
            Text(
                "--max-billable beyond this machine, since each recognised ticket may be billed",
                "本机以外须给出 --max-billable，因为每张识别出的票证都可能计费",
            ),
            Text(f"the target {settings.target} without it", f"被测系统 {settings.target}，未给出"),
            Text(
                (
                    "say how many tickets the run may cost at most, for example --max-billable 300; "
                    "`ocr-conformance plan` "
                    "tells how many it needs"
                ),
                "请给出最多可计费的次数，例如 --max-billable 300；`ocr-conformance plan` 可估计所需次数",
            ),
        )
