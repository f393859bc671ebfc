"""From what a user asks for to a run that is ready: the target, its credentials, contracts, purposes and budget."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.catalogues import check_transport
from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import DEPTHS, Depth
from conformance.engine.availability import PATIENT_S, Patience
from conformance.engine.budget import Budget, budget_of, check_budget, is_local
from conformance.engine.options import Settings
from conformance.engine.plan import (
    DEFAULT_DEPTH,
    capabilities_of,
    contracts_of,
    names_purposes,
    purposes_of,
    recorded_purposes,
    scope_of,
    select,
)
from conformance.engine.purposes import Purpose, load_purposes
from conformance.engine.run import Run
from conformance.engine.scripts import Listener, Planned, Scripts, recorded_script
from conformance.engine.settings import Excuses, stated
from conformance.engine.sight import Answers
from conformance.files import BadInput, DataError, added_contracts
from conformance.recordings import CassetteError
from conformance.statement.statement import UNDECLARED, check_usable
from conformance.strategies.pictures import keep_in, usual_folder
from conformance.targets import Limits, Target, TargetError
from conformance.targets.accounts import Connection, find_account
from conformance.targets.network import Certificate
from conformance.targets.reference import PROJECT_ID, ReferenceTarget
from conformance.targets.transport import base_of
from conformance.text import Text, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.recordings.replay import CassetteTarget
    from conformance.statement.statement import StatedHeader, StatedTarget
    from conformance.statement.terms import Waiver

_APPLICATIONS = ("asgi:", "wsgi:")
"""Begin the names of applications (conformance/targets/asgi.py)."""

DEFAULT_TIMEOUT_S = 30.0
"""Of one request, where neither an option nor the target statement says another."""


@dataclass(slots=True)
class Session:
    """A run that is ready, and the purposes that it will go through.

    `started_at` is when it was made ready (ISO 8601, UTC), `started` the same on the monotonic clock in seconds.
    `origin` is what curl lines call, `reached` what the target statement says of how, `recorded` the manifest of the
    cassette that is replayed, `waivers` are those of the target statement, expired ones included.
    """

    run: Run
    purposes: list[Purpose]
    target: Target
    origin: str
    recorded: Mapping[str, object] | None = None
    reached: StatedTarget = UNDECLARED.target
    waivers: tuple[Waiver, ...] = ()
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    started: float = field(default_factory=time.monotonic)

    def settle(self) -> None:
        """After the last purpose: a replay ends for the reason for which its recording did."""
        if self.recorded is None:
            return
        reason = self.recorded.get("stop_reason")
        if reason is not None:
            words = Text(f"the recorded run ended with {reason}", f"录制的运行因 {reason} 结束")
            self.run.ledger.stop(str(reason), words)
        elif self.recorded.get("state", "complete") != "complete":
            self.run.ledger.stop("interrupted", Text("the recording is not complete", "录制不完整"))

    def close(self) -> None:
        """Release the target."""
        self.target.close()


def open_session(
    settings: Settings,
    listeners: Sequence[Listener] = (),
    *,
    given: object = None,
    environment: Mapping[str, str] | None = None,
    told: Callable[[], None] = lambda: None,
) -> Session:
    """Make a run ready. Raises BadInput for whatever cannot be used.

    `given` takes the place of the target that the settings name: a `Target`, or an ASGI or WSGI application;
    `environment` that of this process, for credentials. `told` hears of each picture of the user's own that was read.
    """
    settings = stated(settings)
    if settings.target.startswith("cassette:"):
        return _replay_session(settings, listeners)
    check_usable(settings.declared)
    keep_in(None if settings.no_cache else usual_folder())
    contracts, purposes = select(settings, told)
    if settings.target.startswith(("http://", "https://")):
        if given is None:
            check_target(settings.target)
        for contract in contracts:
            check_transport(settings.target, contract.positions, local=is_local(settings.target))
    check_budget(settings)
    target, signed = open_target(settings, given, environment)
    run = _run(
        settings,
        contracts,
        target,
        listeners,
        only=scope_of(contracts, purposes, settings),
        beside=names_purposes(purposes, settings),
        capabilities=capabilities_of(settings),
    )
    run.signed = signed
    return Session(
        run,
        purposes,
        target,
        origin_of(target.name),
        reached=settings.declared.target,
        waivers=settings.declared.waivers,
    )


def origin_of(name: str) -> str:
    """What curl lines call; a port that the run opened is gone when it is over: the reader fills in an address."""
    return name if name.startswith(("http://", "https://")) else "$TARGET"


def _run(
    settings: Settings,
    contracts: Sequence[Contract],
    target: Target,
    listeners: Sequence[Listener],
    *,
    only: frozenset[str] | None,
    beside: bool,
    capabilities: frozenset[str],
    scripts: Scripts | None = None,
) -> Run:
    """The run that settings ask for; with `scripts` one that is replayed, which costs nothing and waits for nobody."""
    live = scripts is None
    return Run(
        contracts,
        target,
        depth=settings.depth or DEFAULT_DEPTH,
        seed=settings.seed or 0,
        strict=settings.strict,
        budget=budget_of(settings) if live else Budget(settings.max_requests),
        patience=Patience(PATIENT_S if live else 0.0),
        scripts=scripts,
        listeners=listeners,
        only=only,
        beside=beside,
        capabilities=capabilities,
        excuses=Excuses.of(settings.declared),
        metering=settings.declared.target.metering,
        workers=settings.workers or 1,
    )


def check_target(name: str) -> None:
    """Raise TargetError for what names no target that can be called; nothing is connected to or imported for that."""
    if name.startswith(("http://", "https://")):
        base_of(name)
    elif name.startswith(_APPLICATIONS):
        from conformance.targets.asgi import application_place  # late: it brings uvicorn, which other runs do not need

        application_place(name)
    elif name != "reference":
        raise TargetError(
            Text(
                "a target: http(s)://HOST[:PORT], reference, asgi:MODULE:ATTRIBUTE, wsgi:MODULE:ATTRIBUTE, or "
                "cassette:DIR",
                "被测系统：http(s)://HOST[:PORT]、reference、asgi:MODULE:ATTRIBUTE、wsgi:MODULE:ATTRIBUTE 或 "
                "cassette:DIR",
            ),
            plain(repr(name)),
            Text(
                "write one of these; see `ocr-conformance run --help`", "请写其中之一；见 `ocr-conformance run --help`"
            ),
        )


def open_target(
    settings: Settings, given: object = None, environment: Mapping[str, str] | None = None
) -> tuple[Target, bool]:
    """The target, and whether requests to it are signed with keys; see `open_session`. Raises TargetError."""
    if isinstance(given, Target):
        return given, False
    environment = os.environ if environment is None else environment
    stated_target = settings.declared.target
    limits = Limits(deadline_s=settings.timeout_s or DEFAULT_TIMEOUT_S)
    if settings.target == "reference":
        pages = [load_contract(name).page for name in settings.contracts if name not in added_contracts()]
        editions = [",".join(page.lineage) for page in pages]
        return ReferenceTarget(editions=editions, contracts=settings.contract_folder, limits=limits), False
    if given is None and not settings.target.startswith(_APPLICATIONS):  # those are looked for when they are loaded
        check_target(settings.target)
    account = find_account(
        settings.token,
        environment,
        secrets_file=settings.secrets_file,
        iam_endpoint=stated_target.iam,
        way=settings.declared.authentication,
    )
    tls = stated_target.tls
    bare, secret = _headers(stated_target.headers, environment)

    def connect(origin: str) -> Target:
        connection = Connection(
            limits,
            stated_target.ca_file,
            stated_target.proxy if origin == settings.target else None,  # no proxy reaches what this process serves
            stated_target.pictures,
            stated_target.pictures_listen,
            certificate=Certificate(tls.certificate, tls.key) if tls is not None else None,
            headers=bare,
            secret_headers=secret,
        )
        return account.open(origin.rstrip("/") + stated_target.base_path, connection, default_project_id=PROJECT_ID)

    if given is not None or settings.target.startswith(_APPLICATIONS):
        from conformance.targets.asgi import AsgiTarget  # late: it brings uvicorn, which other runs do not need

        return AsgiTarget(settings.target, connect, given), account.way == "keys"
    return connect(settings.target), account.way == "keys"


def _headers(
    stated_headers: Sequence[StatedHeader], environment: Mapping[str, str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Further headers of each request: those with a value, and those whose value an environment variable holds.

    Raises TargetError where that is not set, or holds what no header can carry.
    """
    bare, secret = [], []
    for header in stated_headers:
        if header.variable is None:
            bare.append((header.name, header.value or ""))
            continue
        value = environment.get(header.variable, "")
        if not value or not value.isascii() or not value.isprintable():
            raise TargetError(
                Text(
                    f"the value of the header {header.name} in the environment variable {header.variable}",
                    f"环境变量 {header.variable} 中请求头 {header.name} 的值",
                ),
                Text("characters that no header can carry", "请求头不能含有的字符") if value else Text("none", "无"),
                Text(f"set {header.variable}", f"请设置 {header.variable}"),
            )
        secret.append((header.name, value))
    return tuple(bare), tuple(secret)


def _replay_session(settings: Settings, listeners: Sequence[Listener]) -> Session:
    from conformance.recordings.replay import CassetteTarget  # late: live runs do not need it

    target = CassetteTarget(Path(settings.target.removeprefix("cassette:")))
    try:
        return _replaying(target, settings, listeners)
    except BadInput:
        target.close()
        raise


def _replaying(target: CassetteTarget, settings: Settings, listeners: Sequence[Listener]) -> Session:
    about = target.reader.about
    if "imported" in about:
        raise CassetteError(
            f"{target.name}: expected the recording of a run, found imported traffic; judge it with "
            f"`ocr-conformance audit {target.name.removeprefix('cassette:')}`",
            f"{target.name}："
            "应为一次测试的录制，实为导入的流量；请用 "
            f"`ocr-conformance audit {target.name.removeprefix('cassette:')}` 判定",
        )
    recorded = [str(name) for name in _list(about.get("contracts"))]
    contracts = contracts_of(settings, recorded)
    if settings.statement is None:
        contracts = [_with_positions(contract, about) for contract in contracts]
    depth = settings.depth or _depth(about.get("depth"))
    settings = replace(settings, depth=depth, seed=int(str(about.get("seed", 0))))
    known = set(target.purposes())
    cases = (purpose for contract in contracts for purpose in load_purposes(contract, settings.cases))
    capabilities = frozenset[str]().union(*(purpose.needs for purpose in cases if purpose.id in known))
    own = list(recorded_purposes(target.purposes(), contracts))
    found = purposes_of(contracts, depth, settings, capabilities, own)
    purposes = [purpose for purpose in found if purpose.id in known]
    if not purposes:
        raise CassetteError(
            f"{target.name}: holds none of the purposes asked for; it has {', '.join(sorted(known)) or 'none'}",
            f"{target.name}：其中没有所要的测试目的；已有 {'、'.join(sorted(known)) or '无'}",
        )
    narrowed = about.get("only")
    recorded_scope = frozenset(map(str, narrowed)) if isinstance(narrowed, list) and not settings.only else None
    run = _run(
        settings,
        contracts,
        target,
        listeners,
        only=recorded_scope if recorded_scope is not None else scope_of(contracts, purposes, settings),
        beside=about.get("beside") is True if recorded_scope is not None else names_purposes(purposes, settings),
        capabilities=capabilities,
        scripts=_recorded_scripts(target),
    )
    return Session(run, purposes, target, "$TARGET", recorded=about, waivers=settings.declared.waivers)


def _with_positions(contract: Contract, about: Mapping[str, object]) -> Contract:
    """The contract under what the target of a recorded run declared. Raises CassetteError for what this kit has not."""
    recorded, declared = about.get("positions"), about.get("declared")
    taken_then = recorded.get(contract.id) if isinstance(recorded, dict) else None
    stated = declared.get(contract.id) if isinstance(declared, dict) else None
    if not isinstance(taken_then, dict):
        return contract
    positions = {str(name): str(value) for name, value in taken_then.items()}
    try:
        return contract.as_recorded(positions, stated if isinstance(stated, dict) else {})
    except DataError as error:
        raise CassetteError(
            f"the recording takes {error.words.en}. Record the run again with this kit",
            f"录制采用了{error.words.zh}。请用本套件重新录制",
        ) from error


def _recorded_scripts(target: CassetteTarget) -> Scripts:
    def scripts(purpose: Purpose, _contract: Contract, attempt: int, _answers: Answers) -> Iterator[Planned] | None:
        interactions = target.recorded(purpose.id, attempt)
        return recorded_script(interactions) if interactions is not None else None

    return scripts


def _depth(value: object) -> Depth:
    for depth in DEPTHS:
        if depth == value:
            return depth
    raise CassetteError(
        f"the recording names the depth {value!r}; expected one of {', '.join(DEPTHS)}",
        f"录制写明的深度为 {value!r}；应为 {'、'.join(DEPTHS)} 之一",
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
