"""A target that is not known before the first purpose: the fixtures of a project name it, and its credentials."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from _pytest.fixtures import TopRequest

from conformance.plugin.entry import FIXTURE, TARGET
from conformance.targets.target import TargetError
from conformance.text import Text

if TYPE_CHECKING:
    import pytest

    from conformance.engine.options import Settings
    from conformance.exchange import Request

_CREDENTIALS = "ocr_conformance_credentials"
_OVERRIDE = Text(
    "override it in the conftest.py of the folder that pytest is called in, or write --target=TARGET",
    "请在运行 pytest 的目录的 conftest.py 中重写该 fixture，或写 --target=TARGET",
)


class UnnamedTarget:
    """Stands for the target until it is known; under xdist the controller keeps it, and learns its name."""

    def __init__(self) -> None:
        """Named as in the command line."""
        self.name = FIXTURE

    def send(self, request: Request) -> NoReturn:
        """Nothing is sent before the target is known. Raises RuntimeError."""
        raise RuntimeError(f"nobody to send {request} to yet")

    def close(self) -> None:
        """Nothing was opened."""


def named_by_fixtures(item: pytest.Item, settings: Settings) -> tuple[Settings, object, Mapping[str, str] | None]:
    """What the project's fixtures name: the settings with their target, the object that is the target, an environment.

    The object is None where the target is a text, the environment where no credentials are given. Raises TargetError
    for values of other kinds, and whatever the fixtures raise.
    """
    target, credentials = _values(item)
    environment = None if credentials is None else _environment(credentials)
    if target is None or target == FIXTURE:
        expected = Text(f"the fixture {TARGET} to return a target", f"fixture {TARGET} 返回被测系统")
        raise TargetError(expected, Text(f"{target!r}", f"{target!r}"), _OVERRIDE)
    if not isinstance(target, str):
        return settings, target, environment
    if target == "reference" or target.startswith("cassette:"):
        raise TargetError(
            Text(f"a live target from the fixture {TARGET}", f"fixture {TARGET} 返回在线的被测系统"),
            Text(repr(target), repr(target)),
            Text(f"write --target={target}", f"请写 --target={target}"),
        )
    return replace(settings, target=target), None, environment


def _values(item: pytest.Item) -> tuple[object, object]:
    """The values of the two fixtures, which live until the session ends."""
    # As pytest does for its own items that are no functions (_pytest/doctest.py): there is no public way.
    information = item.session._fixturemanager.getfixtureinfo(node=item, func=None, cls=None)
    item._fixtureinfo, item.fixturenames = information, information.names_closure  # type: ignore[attr-defined]
    request = TopRequest(item, _ispytest=True)  # type: ignore[arg-type]
    return request.getfixturevalue(TARGET), request.getfixturevalue(_CREDENTIALS)


def _environment(credentials: object) -> Mapping[str, str]:
    """The environment with these credentials in the place of its own. No message quotes one. Raises TargetError."""
    from conformance.targets.accounts import VARIABLES  # late: it brings all that speaks HTTP

    given = {"token": credentials} if isinstance(credentials, str) else credentials
    expected = Text(
        f"a token or a mapping with some of {', '.join(VARIABLES)} from the fixture {_CREDENTIALS}",
        f"fixture {_CREDENTIALS} 返回 Token，或含 {'、'.join(VARIABLES)} 中若干键的映射",
    )
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise TargetError(expected, Text(f"a {kind}", kind), Text("correct it", "请更正"))
    odd = [key for key, value in given.items() if key not in VARIABLES or not isinstance(value, str)]
    if odd:
        observed = Text("another key, or a value that is no text", "其他键，或值不是文本")
        raise TargetError(expected, observed, Text("correct it", "请更正"))
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    return {**kept, **{VARIABLES[key]: value for key, value in given.items() if value}}
