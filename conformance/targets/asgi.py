"""An ASGI or WSGI application as a target: served by uvicorn on a loopback socket, in a thread, while a run takes."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import logging
import socket
import sys
import threading
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import uvicorn

from conformance.exchange import Request, Response, TransportFailure
from conformance.targets import Hurried, Parallel, TargetError
from conformance.text import Text, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from conformance.targets import Target

_SERVED_BY_THEMSELVES = frozenset({"aiohttp", "tornado", "twisted", "http", "socketserver"})
"""Modules of applications that are neither ASGI nor WSGI."""

_START_S = 30.0
_STOP_S = 5.0
_BACKLOG = 128
_EXPECTED = Text(
    "asgi:MODULE:ATTRIBUTE with an ASGI or WSGI application, or a function without arguments that makes one",
    "asgi:模块:属性，指向 ASGI 或 WSGI 应用，或创建该应用的无参数函数",
)
_EXPECTED_WSGI = Text(
    "wsgi:MODULE:ATTRIBUTE with a WSGI application, or a function without arguments that makes one",
    "wsgi:模块:属性，指向 WSGI 应用，或创建该应用的无参数函数",
)


class AsgiTarget:
    """Imports an application, serves it on a free port, and sends requests to it over the socket.

    Its own log stays silent, since it may quote what a request holds.
    """

    def __init__(self, name: str, connect: Callable[[str], Target], application: object = None) -> None:
        """`name` is `asgi:module:attribute` or `wsgi:...`, or only a name where the `application` itself is given.

        `connect` opens the origin at which it is served. Raises TargetError where there is no such application, where
        it does not start, and what `connect` raises.
        """
        self.name = name
        application = load_application(name) if application is None else as_application(application, name)
        self._workers = getattr(application, "executor", None)  # the threads of a2wsgi
        self._server = LoopbackServer(application)
        try:
            self._target = connect(self._server.origin)
        except BaseException:
            self._server.stop()
            raise

    def send(self, request: Request) -> Response | TransportFailure:
        """Send `request` to the application."""
        return self._target.send(request)

    def hurry(self, deadline_s: float | None) -> None:
        """See Hurried."""
        if isinstance(self._target, Hurried):
            self._target.hurry(deadline_s)

    def beside(self) -> Target | None:
        """See Parallel."""
        return self._target.beside() if isinstance(self._target, Parallel) else None

    def close(self) -> None:
        """Close the connection and stop the application."""
        self._target.close()
        self._server.stop()
        if isinstance(self._workers, Executor):
            # In a thread: one of them may hang in the application.
            ending = threading.Thread(target=self._workers.shutdown, daemon=True)
            ending.start()
            ending.join(_STOP_S)


class LoopbackServer:
    """An application on a free port of 127.0.0.1."""

    def __init__(self, application: ASGIApp) -> None:
        """Starts it. Raises TargetError where it does not start."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(
            application,
            http="h11",  # the same on every machine: another parser is used where it happens to be installed
            ws="none",
            loop="asyncio",
            log_config=None,
            log_level=logging.CRITICAL + 1,
            access_log=False,
            backlog=_BACKLOG,
            timeout_graceful_shutdown=1,
        )
        self._ready = threading.Event()
        self._server = _Server(config, self._ready)
        self._failure: BaseException | None = None
        # A daemon: an application that hangs must not keep the kit from ending.
        self._thread = threading.Thread(target=self._serve, name="asgi-target", daemon=True)
        self._thread.start()
        in_time = self._ready.wait(_START_S)
        if not self._server.started:
            self.stop()
            raise TargetError(
                Text("the application to start", "应用能够启动"),
                self._why(in_time=in_time),
                Text("try it with uvicorn to see its own log", "请用 uvicorn 启动以查看其日志"),
            )

    def stop(self) -> None:
        """Stop serving and close the socket; requests under way get a second."""
        self._server.should_exit = True
        self._thread.join(_STOP_S)
        self._listener.close()

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve([self._listener]))
        except BaseException as error:  # noqa: BLE001 - whatever an application raises while it starts is told below
            self._failure = error
        finally:
            self._ready.set()

    def _why(self, *, in_time: bool) -> Text:
        if not in_time:
            return Text(f"no start within {_START_S:g} s", f"{_START_S:g} 秒内未启动")
        # uvicorn leaves with SystemExit, or merely ends, where the application says that it cannot start.
        if self._failure is None or isinstance(self._failure, SystemExit):
            return Text("that its start-up (lifespan) failed", "其启动过程（lifespan）失败")
        return _described(self._failure)


class _Server(uvicorn.Server):
    """Tells when it accepts connections, or is not going to."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self._ready.set()


def application_place(name: str) -> tuple[str, str]:
    """The module and what in it `asgi:module:attribute` or `wsgi:...` names; the module is not imported.

    Raises TargetError for a name of another form, and where no such module is found, in the current folder neither.
    """
    kind, _, place = name.partition(":")
    expected = _EXPECTED_WSGI if kind == "wsgi" else _EXPECTED
    module_name, colon, path = place.partition(":")
    if not (module_name and colon and path):
        raise TargetError(
            expected,
            plain(repr(name)),
            Text(
                f"name the module and what is in it, for example {kind}:shop.main:app",
                f"请写明模块及其中的应用，例如 {kind}:shop.main:app",
            ),
        )
    folder = str(Path.cwd())
    if folder not in sys.path:
        # It stays there: an application may import more of itself while it answers.
        sys.path.insert(0, folder)
    top = module_name.partition(".")[0]
    if top and top not in sys.modules and importlib.util.find_spec(top) is None:
        raise _no_module(module_name, top)
    return module_name, path


def load_application(name: str) -> ASGIApp:
    """The application that `asgi:module:attribute` or `wsgi:...` names, looked for in the current folder, too.

    Raises TargetError naming what is wrong; the application's own errors are told in one line.
    """
    kind, _, place = name.partition(":")
    expected = _EXPECTED_WSGI if kind == "wsgi" else _EXPECTED
    module_name, path = application_place(name)
    found: object = _imported(module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            raise TargetError(
                expected,
                Text(f"no {path} in {module_name}", f"{module_name} 中没有 {path}"),
                Text(f"name what {module_name} defines", f"请写 {module_name} 中已定义的名称"),
            )
        found = getattr(found, part)
    return as_application(found, place, wsgi=kind == "wsgi")


def as_application(found: object, name: str, *, wsgi: bool = False) -> ASGIApp:
    """An application, or what makes one, as one of ASGI; `name` is where it was found, `wsgi` that it has to be WSGI.

    Raises TargetError.
    """
    expected = _EXPECTED_WSGI if wsgi else _EXPECTED
    _check_framework(found, name, expected)
    application = _made(found, name.rpartition(":")[2]) if _is_factory(found) else found
    _check_framework(application, name, expected)
    if wsgi:
        if callable(application) and _accepts(application, 2):
            return _as_asgi(application)
    elif _is_application(application):
        return application
    elif _is_wsgi(application):
        return _as_asgi(application)
    raise _no_application(application, name, expected)


def _check_framework(found: object, name: str, expected: Text) -> None:
    """Raise TargetError for an application of a framework that only its own server can serve."""
    kinds = found.__mro__ if inspect.isclass(found) else type(found).__mro__
    framework = next((top for k in kinds if (top := k.__module__.partition(".")[0]) in _SERVED_BY_THEMSELVES), None)
    if framework is not None:
        raise TargetError(
            expected,
            Text(f"an application of {framework} in {name}", f"{name} 中的 {framework} 应用"),
            Text(
                "start it with its own server and give the address: ocr-conformance run http://127.0.0.1:PORT",
                "请用其自带的服务器启动并给出地址：`ocr-conformance run http://127.0.0.1:PORT`",
            ),
        )


def _no_application(found: object, name: str, expected: Text) -> TargetError:
    """What is there instead."""
    wanted = _wanted(found)
    if wanted:
        return TargetError(
            expected,
            Text(f"a function in {name} that wants {wanted}", f"{name} 中的函数需要参数 {wanted}"),
            Text(
                "write one without arguments that calls it, and name that",
                "请编写一个无参数的函数来调用它，并指定该函数",
            ),
        )
    kind = type(found).__name__
    return TargetError(
        expected,
        Text(f"a value of type {kind} in {name}", f"{name} 中类型为 {kind} 的值"),
        Text("name the application itself", "请指定应用本身"),
    )


def _wanted(found: object) -> str:
    """The arguments without which a function cannot be called, with commas; empty where there are none."""
    if not callable(found):
        return ""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return ""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return ", ".join(p.name for p in parameters if p.kind in positional and p.default is inspect.Parameter.empty)


def _is_wsgi(found: object) -> TypeGuard[Callable[..., object]]:
    """Whether it is called as WSGI does (PEP 3333), with environment and start_response."""
    if not callable(found) or not _accepts(found, 2):
        return False
    return hasattr(found, "wsgi_app") or "start_response" in _wanted(found)


def _as_asgi(application: Callable[..., object]) -> ASGIApp:
    """A WSGI application, called in threads. Raises TargetError where a2wsgi is not installed."""
    try:
        from a2wsgi import WSGIMiddleware
    except ImportError:
        raise TargetError(
            Text("a2wsgi, to serve a WSGI application", "用于运行 WSGI 应用的 a2wsgi"),
            Text("that it is not installed", "未安装"),
            Text(
                "run pip install 'ocr-conformance[wsgi]', or start the application and give its address",
                "请执行 `pip install 'ocr-conformance[wsgi]'`，或启动该应用并给出其地址",
            ),
        ) from None
    made: object = WSGIMiddleware(cast("Any", application))
    return cast("ASGIApp", made)


def _imported(module_name: str) -> object:
    try:
        return importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may raise anything while it is imported
        if isinstance(error, ModuleNotFoundError) and error.name == module_name:
            raise _no_module(module_name, module_name) from None
        raise TargetError(
            Text(f"{module_name} to be importable", f"能够导入 {module_name}"),
            _described(error),
            Text("correct the module", "请更正该模块"),
        ) from None


def _no_module(module_name: str, missing: str) -> TargetError:
    return TargetError(
        Text(f"{module_name} to be importable", f"能够导入 {module_name}"),
        Text(f"no module {missing}", f"没有模块 {missing}"),
        Text("call the kit in the folder that holds it", "请在该模块所在的目录中运行套件"),
    )


def _made(factory: Callable[[], object], path: str) -> object:
    try:
        return factory()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a factory may raise anything
        raise TargetError(
            Text(f"{path}() to make an application", f"{path}() 生成应用"),
            _described(error),
            Text("correct it", "请更正"),
        ) from None


def _is_factory(found: object) -> TypeGuard[Callable[[], object]]:
    """Whether it can be called without arguments and is no application itself."""
    if not callable(found) or inspect.iscoroutinefunction(found):
        return False
    if not inspect.isclass(found) and inspect.iscoroutinefunction(getattr(type(found), "__call__", None)):  # noqa: B004
        return False
    return _accepts(found, 0)


def _is_application(found: object) -> TypeGuard[ASGIApp]:
    """Whether it can be called as ASGI 3 does, with scope, receive and send, or as ASGI 2 does, with `scope`."""
    return callable(found) and (_accepts(found, 3) or (_accepts(found, 1) and _wanted(found) == "scope"))


def _accepts(found: Callable[..., object], count: int) -> bool:
    try:
        inspect.signature(found).bind(*[None] * count)
    except (TypeError, ValueError):
        return False
    return True


def _described(error: BaseException) -> Text:
    """Type and first line of what was raised."""
    lines = str(error).strip().splitlines()
    kind = type(error).__name__
    return Text(f"{kind}: {lines[0]}", f"{kind}：“{lines[0]}”") if lines else plain(kind)
