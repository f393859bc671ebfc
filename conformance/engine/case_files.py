"""The case files of a contract put together: purposes of the family, its own, and those of editions before.

A contract that takes sets of the family is asked the family's purposes, too (`cases/family/*.toml`): of each what it
has requirements and faults for. An entry of its own with the id of one of them adds to its faults, aims and requests,
and replaces its other keys. `[pages]` in a file of its own names the specimens that the family's draws stand for,
`[control]` what each control of the family has besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from conformance.contract.family import FAMILY, each, parameters, written
from conformance.contract.requirements import DEPTHS
from conformance.entries import FLAG, LABELS, TABLE, TABLES, TEXT, TEXTS, Form, Forms, members_of, word_of
from conformance.files import DataError, contract_folder, mistakes_in, near_it, read_toml
from conformance.judging.relations import COMPARATORS
from conformance.text import Text, advised, said_of

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.tables import Page

Entry: TypeAlias = Mapping[str, Any]

_ADDED = ("faults", "thorough", "aims", "request")
"""Keys of a purpose to which an entry of the same id adds; it replaces the others."""

_FORM = "cases/README.md"

_FILE: Forms = {
    "purpose": TABLES,
    "pages": Form(
        Text("names, each with a list of specimens", "名称及各自的样张列表"),
        lambda value: TABLE.fits(value) and all(map(TEXTS.fits, value.values())),
    ),
    "control": TABLE,
}
_PURPOSE: Forms = {
    **dict.fromkeys(("id", "after"), TEXT),
    "depth": word_of(DEPTHS),
    **dict.fromkeys(("when", "faults", "thorough", "aims"), TEXTS),
    "control": TABLE,
    "request": TABLES,
    **LABELS,
}
_STEP: Forms = {
    **dict.fromkeys(("fault", "aim"), TEXT),
    **dict.fromkeys(("draw", "relation"), TABLE),
    "thorough": FLAG,
}
_RELATION: Forms = {"requirement": TEXT, "comparator": word_of(COMPARATORS)}


@dataclass(frozen=True, slots=True)
class Case:
    """One purpose as its file has it; one `inherited` of an edition before may name what there no longer is."""

    path: Path
    entry: Entry
    inherited: bool

    @property
    def id(self) -> object:
        """The id of the purpose."""
        return self.entry.get("id")

    @property
    def place(self) -> Text:
        """Where it stands, for messages."""
        return place_of(self.path, self.entry)


def place_of(path: Path, entry: Entry) -> Text:
    """A file and a purpose in it."""
    name = entry.get("id", "without id")
    return Text(f"{path}: purpose {name}", f"{path}：测试目的 {name}")


@dataclass(frozen=True, slots=True)
class _File:
    """What one case file states; parameters are filled in."""

    path: Path
    entries: tuple[Entry, ...]
    pages: Mapping[str, Sequence[str]]
    control: Entry


def read_cases(root: Path, contract: Contract, known: Sequence[str]) -> list[Case]:
    """Every purpose of a contract, in the order in which they are asked.

    The family's and its own come file by file, then those of later editions. `known` are the ids of the faults
    of the contract. Raises DataError naming file and purpose.
    """
    pages = tuple(reversed((contract.page, *contract.page.before)))
    first, *later = ([_file(path, contract) for path in _files(_own(root, page))] for page in pages)
    found = _of_family(root, contract, known) if contract.page.family else {}
    for file in first:
        stated = found.setdefault(file.path.stem, [])
        for entry in file.entries:
            _put(found, stated, Case(file.path, entry, inherited=pages[0] is not contract.page))
    cases = [case for stem in sorted(found) for case in found[stem]]
    for page, files in zip(pages[1:], later, strict=True):
        cases += [Case(file.path, entry, page is not contract.page) for file in files for entry in file.entries]
    named: dict[str, Sequence[str]] = {}
    control: dict[str, Any] = {}
    for file in (*first, *(file for files in later for file in files)):
        named |= file.pages
        control |= file.control
    return [replace(case, entry=_drawn(case, named, control)) for case in cases]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _own(root: Path, page: Page) -> Path:
    """The folder of a contract's own case files: in `root`, or beside the tables of a contract that was added."""
    own = root / page.id
    return own if own.is_dir() else contract_folder(page.id) / "cases"


def stated_ids(path: Path, contract: Contract) -> set[str]:
    """The ids of the purposes that one file states for a contract. Raises DataError naming the file."""
    return {f"{contract.id}/{entry.get('id')}" for entry in _file(path, contract).entries}


def _file(path: Path, contract: Contract) -> _File:
    """One file, each entry once for every line of its `each`. Raises DataError naming the file and the entry."""
    data = read_toml(path)
    with mistakes_in(path, _FORM):
        stated = members_of(data, _FILE)
        if not {"purpose", "pages"} & stated.keys():
            raise DataError("expected [[purpose]] entries, found none", "应有 [[purpose]] 条目，实际没有")
    entries = tuple(_entries(path, stated.get("purpose", ()), contract))
    return _File(path, entries, stated.get("pages", {}), stated.get("control", {}))


def _entries(path: Path, stated: Iterable[Entry], contract: Contract) -> Iterator[Entry]:
    for entry in stated:
        with mistakes_in(place_of(path, entry), _FORM):
            for made, values in each(entry, parameters(contract.page)):
                filled: Any = written(made, values)
                members_of(filled, _PURPOSE, "id")
                for step in filled.get("request", ()):
                    members_of(step, _STEP)
                    members_of(step.get("relation", {}), _RELATION, *(_RELATION if "relation" in step else ()))
                yield filled


def _of_family(root: Path, contract: Contract, known: Sequence[str]) -> dict[str, list[Case]]:
    """The family's purposes by file, each without what the contract has no requirement or fault for."""
    found: dict[str, list[Case]] = {}
    for path in _files(root / FAMILY):
        for entry in _file(path, contract).entries:
            faults, deep = (
                [fault for fault in entry.get(key, ()) if _has_fault(fault, contract, known)]
                for key in ("faults", "thorough")
            )
            aims = [aim for aim in entry.get("aims", ()) if aim in contract.requirements]
            requests = [
                step for step in entry.get("request", ()) if has_subject(step, contract) and _can_draw(step, contract)
            ]
            if faults or aims or any({"relation", "aim"} & step.keys() for step in requests):
                kept = {"faults": faults, "thorough": deep, "aims": aims, "request": requests}
                found.setdefault(path.stem, []).append(Case(path, {**entry, **kept}, inherited=False))
    return found


def _put(found: Mapping[str, list[Case]], stated: list[Case], case: Case) -> None:
    """Put an own purpose where it belongs: into the family's of its id, after the one it names, or last in its file."""
    for cases in found.values():
        for number, other in enumerate(cases):
            if other.id == case.id and other.path.parent.name == FAMILY:
                added = {key: [*other.entry.get(key, ()), *case.entry.get(key, ())] for key in _ADDED}
                cases[number] = Case(other.path, {**other.entry, **case.entry, **added}, case.inherited)
                return
    after = case.entry.get("after")
    own = Case(case.path, {key: value for key, value in case.entry.items() if key != "after"}, case.inherited)
    if after is None:
        stated.append(own)
        return
    ids = [other.id for other in stated]
    if after not in ids:
        none = Text(f"after: no purpose {after!r} in this file", f"after：该文件中没有测试目的 {after!r}")
        raise DataError(said_of(case.place, advised(none, near_it(str(after), map(str, ids)))))
    stated.insert(ids.index(str(after)) + 1, own)


def _drawn(case: Case, pages: Mapping[str, Sequence[str]], every: Entry) -> Entry:
    """A purpose with specimens in the place of the names of pages in its draws; `plain` for a name that has none."""

    def draw(stated: Entry) -> Entry:
        name = stated.get("page")
        if not isinstance(name, str):
            return stated
        if name not in pages and "plain" not in pages:
            words = Text(
                f"page: there is no {name!r} in [pages] of the contract's own cases; there are "
                f"{', '.join(sorted(pages)) or 'none'}",
                f"page：该接口契约自己的用例的 [pages] 中没有 {name!r}；已有 {'、'.join(sorted(pages)) or '无'}",
            )
            raise DataError(said_of(case.place, words))
        return {**stated, "page": pages.get(name, pages.get("plain"))}

    steps = [{**step, "draw": draw(step["draw"])} if "draw" in step else step for step in case.entry.get("request", ())]
    control = {}
    if "control" in case.entry:
        more = every if case.path.parent.name == FAMILY else {}
        control = {"control": draw({**more, **case.entry["control"]})}
    return {**case.entry, **control, **({"request": steps} if steps else {})}


def has_fault(fault: str | None, known: Sequence[str]) -> bool:
    """Whether a fault of an entry is one of the contract; true of an entry without one."""
    return fault is None or any(id_.partition("/")[0] == fault.partition("/")[0] for id_ in known)


def has_subject(step: Entry, contract: Contract) -> bool:
    """Whether what a request is asked for (`relation`, `aim`) is a requirement of the contract; true of one without."""
    names = (step.get("relation", {}).get("requirement"), step.get("aim"))
    return all(name is None or name in contract.requirements for name in names)


def _can_draw(step: Entry, contract: Contract) -> bool:
    """Whether the contract has the parameters that a request sends as null, and the limits that its sides are of."""
    draw: Entry = step.get("draw", {})
    row = contract.picture_row
    limits = {"min": row.side_min, "max": row.side_max}
    stated = all(limits.get(str(draw.get(side)), 0) is not None for side in ("width", "height"))
    return stated and all(name in contract.parameters for name in draw.get("null", ()))


def _has_fault(fault: str, contract: Contract, known: Sequence[str]) -> bool:
    name, _, variant = fault.partition("/")
    return has_fault(fault, known) and name in contract.by_fault and (variant in ("", "*") or fault in known)
