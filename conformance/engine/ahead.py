"""Requests that are sent before their turn, several at once, so that a slow target is waited for once, not each time.

A run goes through its purposes in order and judges each answer in order, whether it has workers or not: verdict,
findings and their order are the same. Workers only send ahead what the run is about to ask, each over a connection of
its own; the run takes the answer where it asks for exactly that request, and sends by itself what nobody sent (what it
asks because of an earlier answer, what is repeated, what the journal knows). One book keeps limits and rate for all.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from conformance.engine.budget import Ended, LimitReachedError, billed_by
from conformance.engine.scripts import drawn_script
from conformance.exchange import Exchange, Response, TransportFailure
from conformance.files import DataError
from conformance.judging.view import View

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.budget import Budget
    from conformance.engine.options import Workers
    from conformance.engine.purposes import Purpose
    from conformance.engine.scripts import Journal, Planned
    from conformance.exchange import Request
    from conformance.statement.statement import Metering
    from conformance.strategies.draw import Draw
    from conformance.targets import Target

Answer: TypeAlias = "Response | TransportFailure"

MOST = 64
"""Workers at once, however many are asked for."""

_AHEAD = 2
"""Purposes for each worker that may wait for the run to come to them."""

_LAST_ANSWERS_S = 35.0
"""How long answers under way are waited for when a run is over."""

_HUNG = 2
"""Answers of a purpose that did not come, after which the run itself goes on with it."""


class _Sent:
    """What was sent of one purpose: by the sum of each request its answers to be, and whether more may come."""

    def __init__(self) -> None:
        self._answers: dict[bytes, deque[tuple[Planned, Future[Answer]]]] = {}
        self._changed = threading.Condition()
        self._over = False

    def put(self, planned: Planned) -> Future[Answer]:
        """A request is about to be sent."""
        answer: Future[Answer] = Future()
        with self._changed:
            bare = replace(planned, request=replace(planned.request, body=b""))  # many bodies are large
            waiting = self._answers.setdefault(planned.request.sent_sum(), deque())
            waiting.append((bare, answer))
            self._changed.notify_all()
        return answer

    def end(self) -> None:
        """No more are sent ahead."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def take(self, request: Request) -> Future[Answer] | None:
        """The answer to be of exactly this request, once it is sent; None where it will not be."""
        key = request.sent_sum()
        with self._changed:
            self._changed.wait_for(lambda: self._over or bool(self._answers.get(key)))
            waiting = self._answers.get(key)
            return waiting.popleft()[1] if waiting else None

    def left(self) -> list[tuple[Planned, Future[Answer]]]:
        """What nobody took, without its body, and its answer to be."""
        with self._changed:
            return [left for waiting in self._answers.values() for left in waiting]


class Pace:
    """How many requests may be under way: all workers, or with `auto` as many as the target keeps its latency with.

    One more after each round of answers that took at most half as long again as the quickest median; half as many after
    a refusal for load.
    """

    def __init__(self, workers: Workers) -> None:
        """Begins with all workers, or with two."""
        self.auto = workers == "auto"
        self.limit = 2 if workers == "auto" else workers
        self._under_way = 0
        self._round: list[float] = []
        self._best: float | None = None
        self._free = threading.Condition()

    def __enter__(self) -> None:
        with self._free:
            self._free.wait_for(lambda: self._under_way < self.limit)
            self._under_way += 1

    def __exit__(self, *_raised: object) -> None:
        with self._free:
            self._under_way -= 1
            self._free.notify_all()

    def saw(self, answer: Answer) -> None:
        """Learn from an answer."""
        if not self.auto:
            return
        with self._free:
            if isinstance(answer, Response) and answer.status in (429, 503):
                self.limit, self._round = max(1, self.limit // 2), []
                return
            self._round.append(answer.elapsed_s)
            if len(self._round) < 2 * self.limit:
                return
            median = sorted(self._round)[len(self._round) // 2]
            self._best = median if self._best is None else min(self._best, median)
            if median <= 1.5 * self._best:
                self.limit = min(MOST, self.limit + 1)
            elif self.limit > 1:
                self.limit -= 1
            self._round = []
            self._free.notify_all()


class Ahead:
    """Sends the requests of purposes before the run asks for them."""

    def __init__(
        self,
        beside: Callable[[], Target | None],
        workers: Workers,
        contracts: Sequence[Contract],
        budget: Budget,
        seed: int,
        journal: Journal | None,
        metering: Metering = "tickets",
    ) -> None:
        """`beside` opens one more connection to the target, or is None where it has none to give."""
        self.patience_s = _LAST_ANSWERS_S
        self._beside, self._budget, self._seed, self._journal = beside, budget, seed, journal
        self._metering = metering
        self._contracts = {contract.id: contract for contract in contracts}
        self._pace = Pace(workers)
        self._workers = MOST if workers == "auto" else min(workers, MOST)
        self._sent: dict[str, _Sent] = {}
        self._open: set[str] = set()
        self._first: dict[tuple[str, Draw], int] = {}
        self._order: dict[str, int] = {}
        self._todo: deque[Purpose] = deque()
        self._room = threading.Semaphore(_AHEAD * min(self._workers, 8))
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self, purposes: Sequence[Purpose]) -> None:
        """Start on some purposes, in their order."""
        self._todo.extend(purposes)
        for number, purpose in enumerate(purposes):
            self._order[purpose.id] = number
            for draw in purpose.draws:
                self._first.setdefault((purpose.contract_id, draw), number)
        self._open = {purpose.id for purpose in purposes}
        for number in range(min(self._workers, len(purposes))):
            thread = threading.Thread(target=self._work, name=f"ahead-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def take(self, purpose: Purpose, request: Request, attempt: int) -> Answer | None:
        """The answer to a request that was sent ahead, waited for where it is under way; None where it was not sent.

        What it billed is in the book already.
        """
        sent = self._sent_of(purpose)
        answer = sent.take(request) if sent is not None and attempt == 1 else None
        if answer is None:
            return None
        self._budget.take_over()
        return answer.result()

    def finished(self, purpose: Purpose) -> None:
        """The run is over with a purpose: what it did not take counts as spent, and the next one may be drawn."""
        with self._lock:
            known, sent = purpose.id in self._open, self._sent.pop(purpose.id, None)
            self._open.discard(purpose.id)
        if not known:
            return
        for planned, answer in sent.left() if sent is not None else ():
            if self._journal is not None:
                came = answer.result() if answer.exception() is None else None
                self._journal.retried(purpose, planned, 1, came.status if isinstance(came, Response) else 0)
        self._room.release()

    def began(self, purpose: Purpose) -> bool:
        """Whether something of a purpose that is not over was sent, or may have been."""
        with self._lock:
            return purpose.id in self._sent

    def close(self) -> None:
        """Send nothing more; what is under way is waited for, since it may be billed, for so many seconds each."""
        self._stop()
        for thread in self._threads:
            thread.join(timeout=self.patience_s)

    def _sent_of(self, purpose: Purpose) -> _Sent | None:
        """What is sent of a purpose that is not over, made when it is first asked for: there may be ten thousands."""
        with self._lock:
            if purpose.id not in self._open:
                return None
            sent = self._sent.setdefault(purpose.id, _Sent())
            if self._over.is_set():
                sent.end()
            return sent

    def _stop(self) -> None:
        with self._lock:
            self._over.set()
            self._todo.clear()
            begun = list(self._sent.values())
        for sent in begun:
            sent.end()
        for _ in self._threads:
            self._room.release()

    def _work(self) -> None:
        target = self._beside()
        if target is None:
            self._stop()
            return
        try:
            while not self._over.is_set():
                self._room.acquire()
                with self._lock:
                    purpose = self._todo.popleft() if self._todo else None
                    if purpose is not None and purpose.id in self._open:  # begun from now on: see `began`
                        self._sent.setdefault(purpose.id, _Sent())
                if purpose is None or self._over.is_set():
                    return
                self._send_all(purpose, target, self._budget.beside())
        finally:
            target.close()

    def _send_all(self, purpose: Purpose, target: Target, budget: Budget) -> None:
        """Send the requests of a purpose as an exact engine would have them asked."""
        sent, contract = self._sent_of(purpose), self._contracts[purpose.contract_id]
        hung, mine = 0, self._order[purpose.id]
        try:
            for planned in drawn_script(purpose, contract, self._seed):
                if sent is None or self._over.is_set() or hung >= _HUNG:
                    return
                if planned.draw is not None and self._first.get((contract.id, planned.draw), mine) < mine:
                    continue  # that of an earlier purpose stands for it, or the run sends it
                if self._journal is not None and self._journal.knows(purpose, planned, 1):
                    continue
                with self._pace:
                    budget.reserve(planned.request)
                    if self._journal is not None:
                        self._journal.sending(purpose, planned, 1)
                    answer = sent.put(planned)
                    try:
                        came = target.send(planned.request)
                    except Exception as fault:  # noqa: BLE001 - the run meets it where it asks for the answer
                        answer.set_exception(fault)
                        return
                    view = View(Exchange(planned.request, came), contract)
                    budget.settle(billed_by(view, self._metering))
                    answer.set_result(came)
                self._pace.saw(came)
                hung += isinstance(came, TransportFailure) and came.kind == "timeout"
        except (LimitReachedError, Ended):
            self._stop()  # the run comes to the limit, or to its end, by itself and in its order
        except DataError:
            return  # the run draws it, too, and says so
        finally:
            if sent is not None:
                sent.end()
