"""What a user asks of a run without typing it: options of the environment and of a file, and the target statement.

The command line beats the environment, which beats the file: `ocr-conformance.toml`, or `[tool.ocr-conformance]` of
`pyproject.toml`. Keys are the names of options (`max-billable = 300`). What is typed is read by click and by pytest;
what is not is read here for both, so that a mistake names its place. The statement comes last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance.engine.options import Option, Results, Settings, options_of
from conformance.files import DataError, add_contracts, check_writable, near_it, os_reason, parse_toml, read_text
from conformance.text import Text, plain, spaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.engine.options import Workers
    from conformance.judging.results import Observation
    from conformance.judging.view import View
    from conformance.statement.statement import Statement
    from conformance.statement.terms import Waiver

OWN, SHARED, TABLE = "ocr-conformance.toml", "pyproject.toml", "ocr-conformance"

_TRUE, _FALSE = ("1", "true", "t", "yes", "y", "on"), ("0", "false", "f", "no", "n", "off")

EXPECTED: Mapping[str, Text] = {
    "text": Text("a text", "文本"),
    "texts": Text("a list of texts", "文本列表"),
    "file": Text("a file that exists", "已有的文件"),
    "folder": Text("a folder that exists", "已有的目录"),
    "new": Text("a path", "路径"),
    "integer": Text("a whole number", "整数"),
    "count": Text("a whole number of at least 1", "不小于 1 的整数"),
    "rate": Text("requests a second above 0, as 5 or 5/s", "大于 0 的每秒请求数，如 5 或 5/s"),
    "seconds": Text("seconds above 0", "大于 0 的秒数"),
    "workers": Text("a whole number of at least 1, or auto", "不小于 1 的整数或 auto"),
    "flag": Text("true or false", "true 或 false"),
}
"""What a value of each kind is; a choice names what there is to choose from."""


def options_here(folder: Path, environment: Mapping[str, str]) -> dict[str, object]:
    """Options by the field that they fill: those of the environment, and those of a file in `folder` beside them.

    Raises DataError naming the variable, or file and key, of a mistake.
    """
    return options_in_file(folder) | options_in(environment)


def options_in(environment: Mapping[str, str]) -> dict[str, object]:
    """Options that environment variables give (`OCR_CONFORMANCE_MAX_BILLABLE`), by field. An empty one gives none.

    Raises DataError naming the variable of a value that its option does not take.
    """
    found: dict[str, object] = {}
    for option in _known().values():
        text = environment.get(option.variable, "")
        if text:
            value: object = text.split() if option.kind == "texts" else text
            found[option.key] = _value(option, _flag(text) if option.kind == "flag" else value, option.variable)
    return found


def options_in_file(folder: Path) -> dict[str, object]:
    """Options that a file in a folder gives, by field; paths in it are relative to the folder.

    Raises DataError for two such files, for a key that is no option or is a secret, and for a wrong value.
    """
    stated = [found for found in (_own(folder), _shared(folder)) if found is not None]
    if len(stated) > 1:
        raise DataError(
            f"expected options in one file, found them in {folder / OWN} and {folder / SHARED}; keep one",
            f"选项只应写在一个文件中，却同时出现在 {folder / OWN} 和 {folder / SHARED}；请保留其一",
        )
    found: dict[str, object] = {}
    for path, entries in stated:
        for name, value in entries.items():
            option = _option(path, name)
            found[option.key] = _value(option, value, f"{path}: {name}", folder)
    return found


def _known() -> dict[str, Option]:
    return {option.name: option for owner in (Settings, Results) for option in options_of(owner) if not option.secret}


def _own(folder: Path) -> tuple[Path, Mapping[str, object]] | None:
    path = folder / OWN
    return (path, parse_toml(read_text(path), path)) if path.is_file() else None


def _shared(folder: Path) -> tuple[Path, Mapping[str, object]] | None:
    """The table of `pyproject.toml`; a file that says nothing of the kit is not looked into."""
    path = folder / SHARED
    if not path.is_file() or TABLE not in (text := read_text(path)):
        return None
    table = parse_toml(text, path).get("tool")
    entries = table.get(TABLE) if isinstance(table, dict) else None
    return (path, cast("Mapping[str, object]", entries)) if isinstance(entries, dict) else None


def _option(path: Path, name: str) -> Option:
    known = _known()
    if name in known:
        return known[name]
    secret = next((o for owner in (Settings, Results) for o in options_of(owner) if o.name == name), None)
    if secret is not None:
        raise DataError(
            f"{path}: {name}: a secret does not stand in a file of options; give it as {secret.variable}",
            f"{path}：{name}：机密信息不应写入选项文件；请通过 {secret.variable} 提供",
        )
    near = near_it(name, known)
    raise DataError(
        f"{path}: {name}: `run` has no such option; {near.en}", f"{path}：{name}：`run` 没有该选项；{near.zh}"
    )


def _flag(text: str) -> object:
    return True if text.lower() in _TRUE else False if text.lower() in _FALSE else text


def _value(option: Option, given: object, place: str, folder: Path | None = None) -> object:
    """What an option makes of a value: a text of the environment, or whatever TOML has. Raises DataError."""
    value = _read(option, given, folder)
    if value is not None:
        return value
    expected = EXPECTED.get(option.kind, Text(*[" | ".join(option.choices)] * 2))
    raise DataError(
        f"{place}: expected {expected.en}, found {given!r}", f"{place}：应为{spaced(expected.zh)}，实为 {given!r}"
    )


def _read(option: Option, given: object, folder: Path | None) -> object:
    """The value; None where it is not one of this option."""
    match option.kind:
        case "texts":
            listed = [given] if isinstance(given, str) else given
            fits = isinstance(listed, list) and bool(listed) and all(isinstance(one, str) for one in listed)
            return tuple(cast("list[str]", listed)) if fits else None
        case "flag":
            return given if isinstance(given, bool) else None
        case "text":
            return given if isinstance(given, str) else None
        case "choice":
            return given if given in option.choices else None
        case "file" | "folder" | "new":
            return _path(option, given, folder)
        case _:
            return _number(option, given)


def _path(option: Option, given: object, folder: Path | None) -> Path | None:
    if not isinstance(given, str) or not given:
        return None
    path = folder / given if folder is not None else Path(given)
    there = {"file": path.is_file, "folder": path.is_dir}.get(option.kind, lambda: True)
    return path if there() else None


def _number(option: Option, given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        return None
    try:
        if option.kind == "rate":
            return rate_of(str(given))
        if option.kind == "workers":
            return workers_of(str(given))
        if option.kind == "seconds":
            return seconds if 0 < (seconds := float(given)) < float("inf") else None
        number = int(str(given))
    except ValueError:
        return None
    return None if option.kind == "count" and number < 1 else number


def workers_of(text: str) -> Workers:
    """How many requests may be under way, from `8` or `auto`. Raises ValueError with what was expected."""
    if text == "auto":
        return "auto"
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"expected a whole number from 1, or auto; found {text!r}")
    return int(text)


def rate_of(text: str) -> float:
    """Requests a second from `5` or `0.5/s`. Raises ValueError with what was expected."""
    try:
        rate = float(text.removesuffix("/s"))
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise ValueError(f"expected requests a second such as 5 or 0.5/s, found {text!r}")
    return rate


# The target statement, where no option says it.


def stated(settings: Settings) -> Settings:
    """The settings with what the target statement says and no option does. Raises DataError.

    The statement is read here and nowhere else in a run.
    """
    from conformance.statement.statement import read_statement  # late: the help of `run` needs none

    if settings.contract_folder is not None:
        added = tuple(add_contracts(settings.contract_folder))
        if settings.statement is None and not settings.contracts:
            settings = replace(settings, contracts=added)
    if settings.statement is None:
        return settings
    statement = read_statement(settings.statement)
    target = statement.target
    return replace(
        settings,
        declared=statement,
        contracts=settings.contracts or statement.contracts,
        rate=settings.rate or target.rate,
        timeout_s=settings.timeout_s or target.timeout_s,
        max_requests=settings.max_requests or target.max_requests,
        max_billable=settings.max_billable or target.max_billable,
    )


_ALONE = Text("add it: {name} alone means nothing", "{name} 单独给出没有意义：请补上，或去掉 {name}")


def refuse_without(needed: str, given: Mapping[str, object], why: Text = _ALONE) -> None:
    """Raise TargetError for an option that means nothing without another one, which is not given.

    `given` has values by names of options, None or False for one that is not given; `why` is advice on a `{name}`.
    """
    from conformance.targets import TargetError

    for name, value in given.items():
        if value is not None and value is not False:
            advice = Text(why.en.format(name=name), why.zh.format(name=name))
            raise TargetError(plain(needed), Text(f"{name} without it", f"只有 {name}"), advice)


def check_results(results: Results) -> None:
    """Raises TargetError for an option of a recording where none is made, and where no report can be written."""
    from conformance.targets import TargetError

    if results.record is None:
        why = Text("{name} says how a recording is made: add --record", "{name} 说明如何录制：请加上 --record")
        refuse_without("--record DIR", {"--resend": results.resend, "--keep-images": results.keep_images}, why)
    if results.report is not None:
        try:
            check_writable(results.report)
        except OSError as error:
            raise TargetError(
                Text("a folder that can be written, for --report", "--report 所需的可写目录"),
                Text(f"{error.filename}: {error.strerror}", f"{error.filename}：{os_reason(error).zh}"),
                Text("choose another one", "请换一个"),
            ) from None


# What a target statement excuses.


_TICKET = re.compile(r"/result/([0-9]+)")


@dataclass(frozen=True, slots=True)
class Excuses:
    """What a target statement excuses: every breach of a requirement (`waived`, ids), some breaches only (`narrow`).

    `unprovable` says why requirements cannot be proven on this target, by their ids.
    """

    waived: frozenset[str] = frozenset()
    narrow: tuple[Waiver, ...] = ()
    unprovable: Mapping[str, Text] = field(default_factory=dict)

    @classmethod
    def of(cls, statement: Statement) -> Excuses:
        """What a statement excuses today, where the user is: a waiver ends with the day there."""
        today = datetime.now().astimezone().date()
        holding = [waiver for waiver in statement.waivers if not waiver.expired(today)]
        return cls(
            frozenset(waiver.requirement for waiver in holding if not waiver.narrow),
            tuple(waiver for waiver in holding if waiver.narrow),
            {
                entry.requirement: Text(
                    f"cannot be proven here: {entry.reason} ({entry.owner})",
                    f"在此无法证实：{entry.reason}（{entry.owner}）",
                )
                for entry in statement.unprovable
            },
        )

    def spared(self, observations: Iterable[Observation], view: View, purpose: str) -> frozenset[str]:
        """Ids of the requirements that these observations break only as narrow waivers allow.

        `purpose` is the full id of the one that asked.
        """
        broken: dict[str, list[Observation]] = {}
        for observation in observations if self.narrow else ():
            if observation.state == "broken":
                broken.setdefault(observation.requirement, []).append(observation)
        return frozenset(
            name for name, found in broken.items() if all(self._cover(one, view, purpose) for one in found)
        )

    def _cover(self, observation: Observation, view: View, purpose: str) -> bool:
        return any(
            waiver.requirement == observation.requirement and _covers(waiver, observation, view, purpose)
            for waiver in self.narrow
        )


def _covers(waiver: Waiver, observation: Observation, view: View, purpose: str) -> bool:
    if waiver.purpose is not None and waiver.purpose not in (purpose, purpose.partition("/")[2]):
        return False
    picture = view.expectation.picture
    wanted = "JPEG" if waiver.format == "JPG" else waiver.format
    if wanted is not None and (picture is None or picture.format != wanted):
        return False
    return waiver.type is None or _is_about(waiver.type, observation, view)


def _is_about(kind: str, observation: Observation, view: View) -> bool:
    """Whether a breach is that of a ticket of a type, or of a picture with nothing else on it."""
    place = _TICKET.match(observation.pointer)
    ticket = next((t for t in view.tickets if place and t.pointer == place[0]), None)
    if ticket is not None and ticket.members.get("type") == kind:
        return True
    request = view.exchange.request
    shown = [document.type for document in (request.truth.documents if request.truth else request.stated or ())]
    return bool(shown) and all(name == kind for name in shown)


NO_EXCUSES = Excuses()
