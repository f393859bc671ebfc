"""Gateways from a distribution's packages, started before a service; each listens on a socket that the test opened."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_SBIN = "/usr/sbin:/usr/local/sbin"


def _found(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), _SBIN)))


def _needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(_found(name) is None, reason=f"{name} is not installed (apt-get install {name})")


needs_nginx, needs_haproxy = _needs("nginx"), _needs("haproxy")


@contextlib.contextmanager
def nginx(folder: Path, backend: str, location: str = "/", upstream_path: str = "", more: str = "") -> Iterator[str]:
    """nginx on its packaged defaults before `backend` (`host:port`), which it reaches by `proxy_pass`; its origin."""
    with _listening() as listener:
        port = listener.getsockname()[1]
        config = folder / "nginx.conf"
        config.write_text(
            f"""
{"user root;" if os.geteuid() == 0 else ""}
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {more}
  server {{ listen 127.0.0.1:{port}; location {location} {{ proxy_pass http://{backend}{upstream_path}; }} }}
}}
"""
        )
        command = [str(_found("nginx")), "-p", str(folder), "-c", str(config)]
        # nginx takes over sockets that an earlier one of itself hands on in this variable.
        environment = {**os.environ, "NGINX": f"{listener.fileno()};"}
        with _running(command, environment, listener):
            yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def haproxy(folder: Path, backend: str) -> Iterator[str]:
    """HAProxy in its mode for HTTP before `backend`; its origin."""
    with _listening() as listener:
        config = folder / "haproxy.cfg"
        config.write_text(
            f"""
defaults
  mode http
  timeout connect 2s
  timeout client 50s
  timeout server 50s
  retries 0
frontend in
  bind fd@{listener.fileno()}
  default_backend out
backend out
  server one {backend}
"""
        )
        with _running([str(_found("haproxy")), "-f", str(config)], dict(os.environ), listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def _listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], listener: socket.socket) -> Iterator[None]:
    """The socket queues what comes before the gateway is ready: there is nothing to wait for."""
    with subprocess.Popen(
        command, env=environment, pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)
