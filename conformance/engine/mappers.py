"""Does the same work on many parts: in this process, in several of this machine, or on a Dask cluster.

Each mapper takes a function of what all parts share and of one part, and hands back what it says of each, as soon as
that is known. The function is found by its name in the other process; what goes there and back is pickled. A mistake of
the user's (BadInput) is handed back like a result, so that the message is the same wherever it was made. A process that
is killed costs the parts that it was at once more, and nothing else.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import re
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeAlias

from conformance.files import BadInput
from conformance.text import Text

Work: TypeAlias = "Callable[[Any, Any], Any]"
"""Takes what all parts share, and a part."""

MOST_TRIES = 3
"""How often a part is tried where the process at it ends."""

_NEEDS_DASK = Text(
    "--cluster needs Dask: `pip install 'ocr-conformance[cluster]'`",
    "--cluster 需要 Dask：请执行 `pip install 'ocr-conformance[cluster]'`",
)


class Mapper(Protocol):
    """Somewhere to work."""

    @property
    def width(self) -> int:
        """How many parts are done at once."""
        ...

    def map(self, work: Work, shared: object, parts: Sequence[object]) -> Iterator[tuple[int, Any]]:
        """The number of each part with what `work` says of it, in the order in which they are done.

        Raises BadInput where `work` does, and WorkersLostError.
        """
        ...

    def close(self) -> None:
        """Let go of everything; work under way is given up."""
        ...


class WorkersLostError(BadInput):
    """The processes at a part ended again and again."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                f"the process at one part of the traffic ended {MOST_TRIES} times, perhaps for want of memory; judge "
                "with fewer processes",
                f"处理同一部分流量的进程 {MOST_TRIES} 次终止，可能是内存不足；请减少进程数",
            )
        )


class InTurn:
    """One part after the other, in this process."""

    width = 1

    def map(self, work: Work, shared: object, parts: Sequence[object]) -> Iterator[tuple[int, Any]]:
        """See `Mapper`."""
        for number, part in enumerate(parts):
            yield number, work(shared, part)

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What a function raised for something that the user did."""

    kind: type[BadInput]
    words: Text

    def error(self) -> BadInput:
        """The error as it was, though some kinds of it are made in other ways than from their words."""
        error = self.kind.__new__(self.kind)
        BadInput.__init__(error, self.words)
        return error


def _guarded(work: Work, shared: object, part: object) -> object:
    try:
        return work(shared, part)
    except BadInput as mistake:
        return _Mistake(type(mistake), mistake.words)


def _result(found: object) -> object:
    if isinstance(found, _Mistake):
        raise found.error()
    return found


class Processes:
    """Several processes of this machine, each at one part."""

    def __init__(self, jobs: int) -> None:
        """`jobs` is how many."""
        self.width = jobs
        self._folder = TemporaryDirectory(prefix="ocr-conformance-")
        # Fresh processes: a fork would share the parent's threads and connections.
        self._context = multiprocessing.get_context("spawn")
        # Nothing is ever written there: it ends when this process closes it, or is gone, and so do the others.
        self._theirs, self._ours = self._context.Pipe(duplex=False)
        self._pools: list[ProcessPoolExecutor] = []
        resource_tracker.ensure_running()  # before any process: starting it lets through what `_undisturbed` holds back
        self._shared = 0

    def map(self, work: Work, shared: object, parts: Sequence[object]) -> Iterator[tuple[int, Any]]:
        """See `Mapper`."""
        self._shared += 1
        path = Path(self._folder.name) / str(self._shared)
        path.write_bytes(pickle.dumps(shared))
        waiting, tries = deque(range(len(parts))), dict.fromkeys(range(len(parts)), 0)
        free = list(range(self.width))
        running: dict[Future[object], tuple[int, int]] = {}
        found: list[tuple[int, Any]] = []
        while waiting or running or found:
            while waiting and free:
                slot, number = free.pop(), waiting.popleft()
                tries[number] += 1
                with _undisturbed():  # a process that is being started says what it thinks of an interrupt
                    future = self._pool(slot).submit(_stored, work, str(path), parts[number])
                running[future] = slot, number
            yield from found  # while the next parts are under way
            found.clear()
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                slot, number = running.pop(future)
                free.append(slot)
                try:
                    found.append((number, _result(future.result())))
                except BrokenProcessPool:
                    if tries[number] == MOST_TRIES:
                        raise WorkersLostError from None
                    self._pools[slot] = self._new_pool()
                    waiting.appendleft(number)

    def _pool(self, slot: int) -> ProcessPoolExecutor:
        while len(self._pools) <= slot:
            self._pools.append(self._new_pool())
        return self._pools[slot]

    def _new_pool(self) -> ProcessPoolExecutor:
        # One process each: where it is killed, nothing that another one is at is lost.
        return ProcessPoolExecutor(1, self._context, _settle_in, (self._theirs,))

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._ours.close()
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
        self._theirs.close()
        self._folder.cleanup()


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What would end this process waits, and does not reach a process that is started meanwhile before it is ready."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settle_in(parent: Connection) -> None:
    """Leave interrupts to the parent, and end when it does or says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def end() -> None:
        try:
            parent.recv_bytes()
        except (EOFError, OSError):
            os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def _stored(work: Work, path: str, part: object) -> object:
    return _guarded(work, _read(path), part)


@lru_cache(maxsize=1)
def _read(path: str) -> object:
    return pickle.loads(Path(path).read_bytes())  # the parent wrote it into a folder of its own


_LOOKS_AGAIN_S = 0.25
"""Seconds after which it is looked whether a worker is there that has nothing to do: one was lost, and is back."""

_SCHEDULER = re.compile(r"(?:[a-z]+://)?(?:[^\s/:]+|\[[0-9a-f:]+\]):[0-9]{1,5}")


def _nobody(address: str, why: Text) -> BadInput:
    return BadInput(
        f"no Dask scheduler answers at {address} ({why.en}); give its address (tcp://HOST:8786) or `local`",
        f"{address} 没有 Dask 调度器响应（{why.zh}）；请给出其地址，如 tcp://HOST:8786，或 `local`",
    )


_START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"

_QUIET = {
    "distributed.worker.multiprocessing-method": _START,
    "distributed.worker.preload": ["import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"],
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.http.routes": [],
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.diagnostics.nvml": False,
}
"""Settings of a cluster of this machine: workers leave interrupts to the one that started them, and do not measure
themselves a hundred times a second, which nobody looks at. A part whose worker is lost comes back here at once: the
scheduler would put it behind the part that another worker is at, though the lost one is replaced before that ends.
"""


def _prepare_forks() -> None:
    """Start a process that imports what a worker needs, beside this one: workers are forks of it.

    One that takes the place of a lost one is at work at once, too.
    """
    if _START == "forkserver":
        multiprocessing.set_forkserver_preload(["distributed", "conformance.engine.pieces"])
        forkserver.ensure_running()


class Cluster:
    """The workers of a Dask scheduler: one at an address, or one of this machine that ends with the audit."""

    def __init__(self, address: str, jobs: int | None = None) -> None:
        """`address` is that of a scheduler, or `local` for `jobs` workers here, as many as there are cores otherwise.

        Raises BadInput where Dask is not installed, or no scheduler answers.
        """
        if find_spec("distributed") is None:
            raise BadInput(_NEEDS_DASK)
        if address == "local":
            _prepare_forks()
        self._dask: Any = import_module("distributed")
        self._config: Any = import_module("dask").config
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what a user should know is told here
        self._cluster, self._settings = None, ExitStack()
        if address == "local":
            self._cluster = self._local(jobs or os.cpu_count() or 1)
        elif not _SCHEDULER.fullmatch(address):
            raise _nobody(address, Text("no address", "不是地址"))
        try:
            self._client = self._dask.Client(self._cluster or address, set_as_default=False)
        except OSError as error:
            raise _nobody(address, Text(str(error), str(error))) from None

    @property
    def width(self) -> int:
        """See `Mapper`."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    @property
    def workers(self) -> list[int]:
        """The processes of the workers, by their ids."""
        return sorted(self._client.run(os.getpid).values())

    def _local(self, workers: int) -> Any:
        self._settings.enter_context(self._config.set(_QUIET))  # also for a worker that takes a lost one's place
        return self._dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )

    def map(self, work: Work, shared: object, parts: Sequence[object]) -> Iterator[tuple[int, Any]]:
        """See `Mapper`."""
        # What all share is a task, too: a worker that is lost with it costs making it again.
        common = self._client.submit(pickle.loads, pickle.dumps(shared), pure=False)
        done: SimpleQueue[Any] = SimpleQueue()
        waiting, tries = deque(range(len(parts))), Counter[int]()
        running: dict[Any, tuple[str, int]] = {}
        found: list[tuple[int, Any]] = []
        while waiting or running or found:
            for worker in self._idle(running) if waiting else ():
                if waiting:
                    number = waiting.popleft()
                    future = self._client.submit(
                        _guarded,
                        work,
                        common,
                        parts[number],
                        pure=False,
                        workers=worker or None,
                        allow_other_workers=bool(worker),
                    )
                    running[future] = worker, number
                    future.add_done_callback(done.put)
            yield from found  # while the next parts are under way
            found.clear()
            try:
                future = done.get(timeout=_LOOKS_AGAIN_S if running else 0)
                _, number = running.pop(future)
                found.append((number, _result(future.result())))
            except Empty:
                continue
            except self._dask.KilledWorker:
                tries[number] += 1
                # A scheduler elsewhere has tried it several times by now.
                if self._cluster is None or tries[number] == MOST_TRIES:
                    raise WorkersLostError from None
                waiting.appendleft(number)

    def _idle(self, running: Mapping[Any, tuple[str, int]]) -> Iterator[str]:
        """A worker for each part that may be given out.

        It gets one when the result of its last one is here: a worker that is lost takes no result with it. The part
        that it was at comes back, or is given to another one by a scheduler elsewhere.
        """
        threads: dict[str, int] = self._client.nthreads()
        busy = Counter(worker for worker, _ in running.values())
        if busy.keys() - threads.keys():
            at: dict[str, Sequence[str]] = self._client.processing()
            moved = {future.key for future, (worker, _) in running.items() if worker not in threads}
            busy.update(worker for worker, keys in at.items() for key in keys if key in moved)
        for worker, count in threads.items():
            yield from [worker] * (count - busy[worker])
        if not threads and not busy:
            yield ""

    def close(self) -> None:
        """Leave the scheduler; end the one that was started here."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
        self._settings.close()


def mapper_of(jobs: int | None = None, cluster: str | None = None) -> Mapper:
    """The mapper that a user asked for. Raises BadInput where there is no such cluster."""
    if cluster is not None:
        return Cluster(cluster, jobs)
    return Processes(jobs) if jobs is not None and jobs > 1 else InTurn()
