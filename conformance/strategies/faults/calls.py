"""Everything of a call but its body: credentials, project, method, path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange import PROJECT_SLOT
from conformance.strategies.fault import Breaks, Variant, pick

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.contract import Contract
    from conformance.exchange import Auth

_VERSION_AT = 1
"""Place of the version in the parts of a path; the first part is empty."""


def _auth(auth: Auth) -> Breaks:
    return lambda valid, _form: replace(valid.request, auth=auth)


def _method(method: str) -> Breaks:
    return lambda valid, _form: replace(valid.request, method=method)


def _project(*names: str) -> Breaks:
    return lambda valid, form: replace(
        valid.request, path=valid.request.path.replace(PROJECT_SLOT, pick(names, form), 1)
    )


def _path(change: Callable[[list[str], int], list[str]]) -> Breaks:
    """Changes the parts of the path between its slashes; the first one is empty."""
    return lambda valid, form: replace(valid.request, path="/".join(change(valid.request.path.split("/"), form)))


def _misspelt(parts: list[str], form: int) -> list[str]:
    name = parts[-1]
    at = len(name) - 2 - form % (len(name) - 2)
    return [*parts[:-1], name[:at] + name[at + 1 :]]


def _names_a_project(contract: Contract) -> bool:
    return PROJECT_SLOT in contract.page.path


VARIANTS = (
    Variant("token.absent", "no-credentials", _auth("absent")),
    Variant("token.garbage", "no-token", _auth("garbage")),
    Variant("token.empty", "empty-token", _auth("empty")),
    Variant("token.expired", "not-issued", _auth("expired")),
    Variant("token.bad-signature", "changed", _auth("bad-signature")),
    Variant("token.bad-signature", "skewed-date", _auth("skewed-date")),
    Variant("token.bad-signature", "changed-body", _auth("changed-body")),
    Variant("token.other-project", "not-the-tokens", _auth("other-project"), applies=_names_a_project),
    *(
        Variant("project.malformed", name, _project(*values), applies=_names_a_project)
        for name, values in (
            ("short", ("0123456789abcdef", "0")),
            ("not-hexadecimal", ("z" * 32, "g123456789abcdef0123456789abcdef")),
            ("with-slash", ("0123456789abcdef%2F123456789abcde", "%2F")),
            ("long", ("0123456789abcdef" * 3, "0" * 33)),
            ("unfilled", ("%7Bproject_id%7D", "project_id", "$project_id")),
            ("chinese", ("%E9%A1%B9%E7%9B%AE",)),
        )
    ),
    Variant("method.wrong", "get", _method("GET")),
    Variant("method.wrong", "put", _method("PUT")),
    Variant("method.wrong", "delete", _method("DELETE")),
    Variant("method.wrong", "patch", _method("PATCH")),
    Variant("path.unknown", "misspelt", _path(_misspelt)),
    Variant(
        "path.unknown",
        "another-version",
        _path(lambda parts, form: [*parts[:_VERSION_AT], pick(("v9", "v0", "v1.9"), form), *parts[_VERSION_AT + 1 :]]),
    ),
    Variant(
        "path.unknown", "further-part", _path(lambda parts, form: [*parts, pick(("extra", "v1", "specimen"), form)])
    ),
    Variant("path.unknown", "missing-part", _path(lambda parts, _form: [part for part in parts if part != "ocr"])),
    Variant("path.unknown", "root", _path(lambda _parts, _form: ["", ""])),
)
