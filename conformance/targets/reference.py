"""The reference implementation as a target: started by name as a stranger, in a process of its own.

It is allowed to download from addresses that are not public, so that it reaches pictures of the kit. For the hundreds
of faulty ones there is a short way: their applications are made in this process, by name as well, and called directly.
"""

from __future__ import annotations

import importlib
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Protocol, cast

from conformance.targets.direct import DirectClient
from conformance.targets.errors import TargetError
from conformance.targets.http import HttpTarget
from conformance.targets.limits import Limits
from conformance.targets.picture_server import LOOPBACK
from conformance.targets.target import Credentials
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

PROJECT_ID = "0123456789abcdef0123456789abcdef"
"""The project that is used where none is given; a target of one's own can be tried without an account."""


class ReferenceTarget(HttpTarget):
    """Starts the reference on a free port and stops it on `close`. Raises TargetError where it does not start."""

    def __init__(
        self,
        *,
        faults: Sequence[str] = (),
        editions: Sequence[str] = (),
        contracts: Path | None = None,
        limits: Limits | None = None,
        engine: Mapping[str, float] | None = None,
    ) -> None:
        """`faults` are ids of faulty implementations, `editions` those to be served instead of the usual ones.

        `contracts` is a folder of contracts, whose operations are served, too; `engine` as for `ReferenceFleet.open`.
        An edition is an id, or several with commas, of which the reference takes the first that it knows.
        """
        token = secrets.token_urlsafe(24)
        self._process = _start(token, faults, editions, contracts, engine or {})
        assert self._process.stdout is not None
        origin = self._process.stdout.readline().strip()
        if not origin:
            reason = _last_line(self._process.stderr)
            self._stop()
            raise TargetError(
                Text("the reference implementation to start", "参考实现能够启动"),
                reason,
                Text("run `ocr-conformance serve` to see why", "请执行 `ocr-conformance serve` 查看原因"),
            )
        super().__init__(
            origin, Credentials(token=token, project_id=PROJECT_ID), limits=limits, pictures_address=LOOPBACK
        )
        self.name = "reference"

    def close(self) -> None:
        """Close the connection and end the process."""
        super().close()
        self._stop()

    def _stop(self) -> None:
        # Its input ends: it stops by itself; the deadline is for a process that hangs.
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Applications(Protocol):
    """What `conformance.reference.fleet.Fleet` is for this module, which imports nothing of the reference."""

    def application(
        self, faults: Sequence[str], engine: Mapping[str, float] | None = None, editions: Sequence[str] = ()
    ) -> ASGIApp: ...


class ReferenceFleet:
    """Faulty implementations in this process, without sockets; together they read each picture once."""

    def __init__(self, contracts: Path | None = None) -> None:
        """`contracts` is a folder of contracts, whose operations are served instead of the usual ones."""
        self._token = secrets.token_urlsafe(24)
        fleet = importlib.import_module("conformance.reference.fleet").Fleet
        made: object = fleet(self._token, PROJECT_ID, str(contracts) if contracts is not None else None)
        self._fleet = cast("_Applications", made)

    def open(
        self, faults: Sequence[str], engine: Mapping[str, float] | None = None, editions: Sequence[str] = ()
    ) -> HttpTarget:
        """The reference with these faults. Raises ValueError for an id that it does not know.

        `engine` gives shares of documents that its engine gets wrong: `misses`, `misses_same`, `fails`, `misreads`;
        and the `seed` of that chance. `editions` are those to be served instead of the usual ones.
        """
        client = DirectClient(self._fleet.application(faults, engine, editions), Limits())
        credentials = Credentials(token=self._token, project_id=PROJECT_ID)
        target = HttpTarget("http://reference.invalid", credentials, client=client, pictures_address=LOOPBACK)
        target.name = "reference"
        return target


def _start(
    token: str,
    faults: Sequence[str],
    editions: Sequence[str],
    contracts: Path | None,
    engine: Mapping[str, float],
) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "conformance.reference", "--until-stdin-closes", "--allow-private-urls"]
    command += ["--project-id", PROJECT_ID]
    command += [part for fault in faults for part in ("--fault", fault)]
    command += [part for edition in editions for part in ("--edition", edition)]
    command += ["--contracts", str(contracts)] if contracts is not None else []
    for name, share in engine.items():
        option = "--seed" if name == "seed" else f"--engine-{name.replace('_', '-')}"
        command += [option, f"{share:g}"]
    # The token travels in the environment: a command line is visible to other users of the machine.
    environment = {**os.environ, "OCR_CONFORMANCE_TOKEN": token}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def _last_line(stream: IO[str] | None) -> Text:
    lines = stream.read().strip().splitlines() if stream is not None else []
    return Text(lines[-1], f"“{lines[-1]}”") if lines else Text("it ended without a word", "已结束，没有输出")
