"""The error catalogue: every code with its message, and the codes accepted for each fault of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from conformance.entries import FLAG, LABELS, TEXT, TEXTS, WHOLES, Forms, entries_of, members_of, text_from
from conformance.files import DataError, mistakes_in, read_toml
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECOGNISED = "AIS.0000"
"""The code in the status of a ticket that was recognised; any other one says why it was not."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code of the error page: its text as documented, the module that raises it, the editions that list it.

    `message` is None where a part of the text varies, so that no answer can be held against it.
    """

    code: str
    message: str | None
    module: str
    meaning: Text
    editions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong with a request, and the codes with which a careful buyer accepts its refusal.

    `statuses` are HTTP statuses that say the same where a gateway refuses without a code.
    """

    id: str
    codes: frozenset[str]
    title: Text
    statuses: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ErrorCatalogue:
    """All codes and all faults by id, and groups of codes that say the same kind of thing (`authentication`)."""

    codes: Mapping[str, ErrorCode]
    faults: Mapping[str, Fault]
    groups: Mapping[str, frozenset[str]]

    @property
    def prefixes(self) -> frozenset[str]:
        """What stands before the dot of a code."""
        return frozenset(code.partition(".")[0] for code in self.codes)

    def allowed(self, fault_ids: frozenset[str]) -> frozenset[str]:
        """Codes allowed for a request with these faults: any code of any of them."""
        return frozenset().union(*(self.faults[fault].codes for fault in fault_ids))

    def allowed_statuses(self, fault_ids: frozenset[str]) -> frozenset[int]:
        """HTTP statuses that refuse a request with these faults in a gateway's own words, without a code."""
        return frozenset().union(*(self.faults[fault].statuses for fault in fault_ids))


def read_errors(path: Path) -> ErrorCatalogue:
    """Read `errors.toml`. Raises DataError naming the file and the entry of the mistake."""
    data = read_toml(path)
    with mistakes_in(path):
        codes = {name: _code(name, entry) for name, entry in entries_of(data, "code").items()}
        groups = {
            name: frozenset(members) for name, members in cast("Mapping[str, list[str]]", data.get("group", {})).items()
        }
        faults = {name: _fault(name, entry, groups) for name, entry in entries_of(data, "fault").items()}
    unknown = sorted(set().union(*(fault.codes for fault in faults.values())) - set(codes))
    if unknown:
        raise DataError(
            f"{path}: faults allow codes that are not in the catalogue: {', '.join(unknown)}",
            f"{path}：faults 中有错误码不在目录内：{'、'.join(unknown)}",
        )
    return ErrorCatalogue(codes, faults, groups)


_CODE: Forms = {"message": TEXT, "module": TEXT, "variable": FLAG, "editions": TEXTS, **LABELS}
_FAULT: Forms = {"codes": TEXTS, "statuses": WHOLES, **LABELS}


def _code(code: str, entry: Mapping[str, object]) -> ErrorCode:
    with mistakes_in(f"code {code}"):
        members = members_of(entry, _CODE, "module", *(() if entry.get("variable") else ("message",)))
        message = None if members.pop("variable", False) else members["message"]
        return ErrorCode(code=code, meaning=text_from(entry), **{**members, "message": message})


def _fault(fault: str, entry: Mapping[str, object], groups: Mapping[str, frozenset[str]]) -> Fault:
    with mistakes_in(f"fault {fault}"):
        members = members_of(entry, _FAULT, "codes")
        codes: set[str] = set()
        for code in members["codes"]:
            if code.startswith("@") and code[1:] not in groups:
                raise DataError(
                    f"no group {code!r}; groups are {', '.join(sorted(groups))}",
                    f"没有组 {code!r}；已有 {'、'.join(sorted(groups))}",
                )
            codes |= groups[code[1:]] if code.startswith("@") else {code}
        return Fault(fault, frozenset(codes), text_from(entry), frozenset(members.get("statuses", ())))
