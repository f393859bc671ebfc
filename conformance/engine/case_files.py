"""The case files of a contract put together: purposes of the family, its own, and those of editions before.

A contract that takes sets of the family is asked the family's purposes, too (`cases/family/*.toml`): of each what it
has requirements and faults for. An entry of its own with the id of one of them adds to its faults, aims and requests,
and replaces its other keys. `[pages]` in a file of its own names the specimens that the family's draws stand for,
`[control]` what each control of the family has besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.contract.family import FAMILY, each, parameters, written
from conformance.files import DataError, contract_folder, mistakes_in, near_it, read_toml

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.tables import Page

Entry: TypeAlias = Mapping[str, object]

_ADDED = ("faults", "thorough", "aims", "request")
"""Keys of a purpose to which an entry of the same id adds; it replaces the others."""

_FORM = "cases/README.md"


@dataclass(frozen=True, slots=True)
class Case:
    """One purpose as its file has it; one `inherited` of an edition before may name what there no longer is."""

    path: Path
    entry: Entry
    inherited: bool

    @property
    def id(self) -> str:
        """The id of the purpose, for messages too."""
        return str(self.entry.get("id", "without id"))


def read_cases(root: Path, contract: Contract, known: Sequence[str]) -> list[Case]:
    """Every purpose of a contract, in the order in which they are asked.

    The family's and its own come file by file, then those of later editions. `known` are the ids of the faults
    of the contract. Raises DataError naming file and purpose.
    """
    first, *later = reversed((contract.page, *contract.page.before))
    found = _of_family(root, contract, known) if contract.page.family else {}
    for path in sorted(_own(root, first).glob("*.toml")):
        stated = found.setdefault(path.stem, [])
        for entry in _entries(path, contract):
            _put(found, stated, Case(path, entry, inherited=first is not contract.page))
    cases = [case for stem in sorted(found) for case in found[stem]]
    for page in later:
        for path in sorted(_own(root, page).glob("*.toml")):
            cases += [Case(path, entry, inherited=page is not contract.page) for entry in _entries(path, contract)]
    pages, control = _stated(root, contract, "pages"), _stated(root, contract, "control")
    return [Case(case.path, _drawn(case, pages, control), case.inherited) for case in cases]


def _own(root: Path, page: Page) -> Path:
    """The folder of a contract's own case files: in `root`, or beside the tables of a contract that was added."""
    own = root / page.id
    return own if own.is_dir() else contract_folder(page.id) / "cases"


def stated_ids(path: Path, contract: Contract) -> set[str]:
    """The ids of the purposes that one file states for a contract. Raises DataError naming the file."""
    return {f"{contract.id}/{entry.get('id')}" for entry in _entries(path, contract)}


def _entries(path: Path, contract: Contract) -> Iterator[Entry]:
    """The entries of one file, each once for every line of its `each`, parameters filled in."""
    data = read_toml(path)
    entries = data.get("purpose", [] if "pages" in data else None)
    if not isinstance(entries, list) or not set(data) <= {"purpose", "pages", "control"}:
        raise DataError(
            f"{path}: expected [[purpose]] entries and nothing else, found {', '.join(sorted(data)) or 'none'}",
            f"{path}：应只有 [[purpose]] 条目，实为 {'、'.join(sorted(data)) or '空'}",
        )
    for entry in entries:
        with mistakes_in(f"{path}: purpose {entry.get('id', 'without id')}", _FORM):
            for made, values in each(entry, parameters(contract.page)):
                yield cast("Entry", written(made, values))


def _of_family(root: Path, contract: Contract, known: Sequence[str]) -> dict[str, list[Case]]:
    """The family's purposes by file, each without what the contract has no requirement or fault for."""
    found: dict[str, list[Case]] = {}
    for path in sorted((root / FAMILY).glob("*.toml")):
        for entry in _entries(path, contract):
            faults, deep = (
                [fault for fault in _list(entry, key) if _has_fault(fault, contract, known)]
                for key in ("faults", "thorough")
            )
            aims = [aim for aim in _list(entry, "aims") if aim in contract.requirements]
            requests = [
                step for step in _list(entry, "request") if has_subject(step, contract) and _can_draw(step, contract)
            ]
            if faults or aims or any({"relation", "aim"} & cast("Entry", step).keys() for step in requests):
                kept = {"faults": faults, "thorough": deep, "aims": aims, "request": requests}
                found.setdefault(path.stem, []).append(Case(path, {**entry, **kept}, inherited=False))
    return found


def _put(found: Mapping[str, list[Case]], stated: list[Case], case: Case) -> None:
    """Put an own purpose where it belongs: into the family's of its id, after the one it names, or last in its file."""
    for cases in found.values():
        for number, other in enumerate(cases):
            if other.id == case.id and other.path.parent.name == FAMILY:
                added = {key: [*_list(other.entry, key), *_list(case.entry, key)] for key in _ADDED}
                cases[number] = Case(other.path, {**other.entry, **case.entry, **added}, case.inherited)
                return
    after = case.entry.get("after")
    own = Case(case.path, {key: value for key, value in case.entry.items() if key != "after"}, case.inherited)
    if after is None:
        stated.append(own)
        return
    ids = [other.id for other in stated]
    if after not in ids:
        near = near_it(str(after), ids)
        raise DataError(
            f"{case.path}: purpose {case.id}: after: no purpose {after!r} in this file; {near.en}",
            f"{case.path}：测试目的 {case.id}：after：该文件中没有测试目的 {after!r}；{near.zh}",
        )
    stated.insert(ids.index(str(after)) + 1, own)


def _stated(root: Path, contract: Contract, key: str) -> dict[str, object]:
    """What `[pages]` or `[control]` of a contract's own files state, those of a later edition over those before."""
    found: dict[str, object] = {}
    for page in reversed((contract.page, *contract.page.before)):
        for path in sorted(_own(root, page).glob("*.toml")):
            stated = read_toml(path).get(key, {})
            lists = key != "pages" or (isinstance(stated, dict) and all(isinstance(n, list) for n in stated.values()))
            if not isinstance(stated, dict) or not lists:
                raise DataError(
                    f"{path}: {key}: expected names, each with a list of specimens, found {stated!r}",
                    f"{path}：{key}：应为名称及各自的样张列表，实为 {stated!r}",
                )
            found |= stated
    return found


def _drawn(case: Case, pages: Mapping[str, object], every: Mapping[str, object]) -> Entry:
    """A purpose with specimens in the place of the names of pages in its draws; `plain` for a name that has none."""

    def draw(stated: object) -> object:
        if not isinstance(stated, dict) or not isinstance(stated.get("page"), str):
            return stated
        name = stated["page"]
        if name not in pages and "plain" not in pages:
            raise DataError(
                f"{case.path}: purpose {case.id}: page: there is no {name!r} in [pages] of the contract's "
                "own cases; "
                f"there are {', '.join(sorted(pages)) or 'none'}",
                f"{case.path}：测试目的 {case.id}：page："
                f"该接口契约自己的用例的 [pages] 中没有 {name!r}；"
                f"已有 {'、'.join(sorted(pages)) or '无'}",
            )
        return {**stated, "page": pages.get(name, pages.get("plain"))}

    steps = [
        {**step, "draw": draw(step["draw"])} if isinstance(step, dict) and "draw" in step else step
        for step in _list(case.entry, "request")
    ]
    control = {}
    if "control" in case.entry:
        more = every if case.path.parent.name == FAMILY else {}
        control = {"control": draw({**more, **cast("Entry", case.entry["control"])})}
    return {**case.entry, **control, **({"request": steps} if steps else {})}


def has_fault(fault: object, known: Sequence[str]) -> bool:
    """Whether a fault of an entry is one of the contract; true of an entry without one."""
    return fault is None or any(id_.partition("/")[0] == str(fault).partition("/")[0] for id_ in known)


def has_subject(step: object, contract: Contract) -> bool:
    """Whether what a request is asked for (`relation`, `aim`) is a requirement of the contract; true of one without."""
    if not isinstance(step, dict):
        return True
    relation = step.get("relation")
    names = [relation.get("requirement") if isinstance(relation, dict) else None, step.get("aim")]
    return all(name is None or name in contract.requirements for name in names)


def _can_draw(step: object, contract: Contract) -> bool:
    """Whether the contract has the parameters that a request sends as null, and the limits that its sides are of."""
    draw = step.get("draw") if isinstance(step, dict) else None
    if not isinstance(draw, dict):
        return True
    row = contract.picture_row
    limits = {"min": row.side_min, "max": row.side_max}
    stated = all(limits.get(str(draw.get(side)), 0) is not None for side in ("width", "height"))
    return stated and all(name in contract.parameters for name in draw.get("null", []))


def _has_fault(fault: object, contract: Contract, known: Sequence[str]) -> bool:
    name, _, variant = str(fault).partition("/")
    return has_fault(fault, known) and name in contract.by_fault and (variant in ("", "*") or fault in known)


def _list(entry: Entry, key: str) -> list[object]:
    value = entry.get(key, [])
    return list(value) if isinstance(value, list) else []
