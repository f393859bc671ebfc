"""The kill table: every faulty implementation with the checks that caught it, every variant that stayed green."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from conformance.contract.additions import is_added
from conformance.contract.contract import load_contract
from conformance.files import default_contracts
from conformance.text import Text, plain

if TYPE_CHECKING:
    from conformance.engine.kill_table import Proof

_NAME_WIDTH = 38
_INDENT = 20
"""Columns of the result, and of the number of requests, with what stands between."""

_RESULTS: Mapping[str, Text] = {
    "killed": Text("killed", "已检出"),
    "OTHER": Text("OTHER", "由他项检出"),
    "SURVIVED": Text("SURVIVED", "未检出"),
    "green": Text("green", "通过"),
    "NOT GREEN": Text("NOT GREEN", "未通过"),
    "ERROR": Text("ERROR", "出错"),
}


def headings(language: str = "en") -> str:
    """What stands above the columns."""
    implementation = Text("implementation, and the requirement whose check fired", "实现，以及检出它的检查所属的要求")
    result, requests = Text("result", "结果"), Text("requests", "请求数")
    return _columns(result.in_language(language), requests.in_language(language)) + implementation.in_language(language)


def _columns(result: str, requests: str) -> str:
    gap = _INDENT - 2 - cell_len(result) - cell_len(requests)
    return f"{result}{' ' * gap}{requests}  "


def unproven_requirements(proofs: Sequence[Proof]) -> list[str]:
    """Ids of the requirements of the primary contracts that no faulty implementation was caught with."""
    killed = {name for proof in proofs for name in proof.killed}
    return [name for name in _requirements() if name not in killed]


def proof_row(proof: Proof, width: int, language: str = "en") -> str:
    """The row of one implementation, for a terminal of `width` columns: a second line where one is too short.

    `requests` are those until the first finding, or all that were sent.
    """
    result = _RESULTS[_result(proof)].in_language(language)
    start = _columns(result, str(proof.requests)) + proof.implementation.id
    remark = _remark(proof).in_language(language)
    if not remark:
        return start
    line = f"{start}{' ' * (_INDENT + _NAME_WIDTH - cell_len(start))}  {remark}"
    if cell_len(line) <= width:
        return line
    indent = " " * _INDENT
    wrapped = textwrap.wrap(
        remark, max(width, 40), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return "\n".join([start, *wrapped])


def kill_summary(proofs: Sequence[Proof], *, complete: bool, language: str = "en") -> list[str]:
    """The figures below the table; `complete` where every implementation was run, so that gaps mean something."""
    faults = [proof for proof in proofs if proof.implementation.kind == "fault"]
    variants = [proof for proof in proofs if proof.implementation.kind == "variant"]
    killed, green = (sum(proof.good for proof in proved) for proved in (faults, variants))
    lines = [
        Text(
            f"{killed} of {len(faults)} faults killed by the checks of their own requirements",
            f"{len(faults)} 个缺陷中有 {killed} 个由其所违反要求的检查检出",
        ),
        Text(f"{green} of {len(variants)} variants green", f"{len(variants)} 个变体中有 {green} 个通过"),
    ]
    deep = [proof.implementation.id for proof in proofs if proof.depth == "thorough"]
    if deep:
        lines.append(
            Text(
                f"at depth thorough, as no shallower verdict speaks of it: {', '.join(deep)}",
                f"仅在深入深度下判定：{'、'.join(deep)}",
            )
        )
    if complete:
        gaps, total = unproven_requirements(proofs), len(_requirements())
        broken = total - len(gaps)
        lines.append(
            Text(f"{broken} of {total} requirements broken by a fault", f"{total} 条要求中有 {broken} 条有缺陷违反")
        )
        lines += [Text(f"  by none: {name}", f"  没有缺陷违反：{name}") for name in gaps]
    return [line.in_language(language) for line in lines]


def engine_row(proof: Proof, seed: int, language: str = "en") -> str:
    """The row of a fault that survived around an engine that misses documents."""
    names = proof.survived_musts
    why = Text(f"{', '.join(names)} did not fire", f"{'、'.join(names)} 未检出")
    if proof.error is not None:
        why = Text(proof.error, f"“{proof.error}”")
    name = f"{proof.implementation.id:<{_NAME_WIDTH}}"
    words = Text(f"SURVIVED  seed {seed}  {name}  {why.en}", f"未检出  种子 {seed}  {name}  {why.zh}")
    return words.in_language(language)


def engine_summary(found: Mapping[str, Sequence[bool]], misses: float, language: str = "en") -> list[str]:
    """The figures below those rows: runs that killed their fault, and faults that were killed in all of theirs."""
    killed, runs = sum(map(sum, found.values())), sum(map(len, found.values()))
    always = sum(all(outcomes) for outcomes in found.values())
    share = f"{100 * killed / runs:.1f} %" if runs else "-"
    lines = [
        Text(
            f"engine that misses {misses:g} of all documents: {killed} of {runs} runs killed their must fault "
            f"({share})",
            f"漏识 {misses:g} 票证的引擎：{runs} 次测试中有 {killed} 次检出其“必须”级缺陷（{share}）",
        ),
        Text(
            f"{always} of {len(found)} must faults killed in every run",
            f"{len(found)} 个“必须”级缺陷中有 {always} 个每次都检出",
        ),
    ]
    return [line.in_language(language) for line in lines]


def engine_document(found: Mapping[str, Sequence[bool]], misses: float) -> Mapping[str, object]:
    """The same for machines: for each fault how many of its runs killed it."""
    return {
        "engine_misses": misses,
        "runs": sum(map(len, found.values())),
        "killed": sum(map(sum, found.values())),
        "faults": {name: {"runs": len(outcomes), "killed": sum(outcomes)} for name, outcomes in found.items()},
    }


def kill_document(proofs: Sequence[Proof]) -> Mapping[str, object]:
    """The table for machines."""
    return {
        "faults": [_entry(proof) for proof in proofs if proof.implementation.kind == "fault"],
        "variants": [_entry(proof) for proof in proofs if proof.implementation.kind == "variant"],
        "requirements_without_fault": unproven_requirements(proofs),
    }


def _requirements() -> list[str]:
    """Of the kit and of contracts that were added; a distribution that adds checks has to prove them itself."""
    contracts = map(load_contract, default_contracts())
    return [r.id for contract in contracts for r in contract.requirements.values() if not is_added(r.name)]


def _result(proof: Proof) -> str:
    """`killed` by all of its own checks, `OTHER` where only those of other requirements fired, `SURVIVED`."""
    if proof.error is not None:
        return "ERROR"
    if proof.implementation.kind == "variant":
        return "green" if proof.good else "NOT GREEN"
    if proof.good:
        return "killed"
    return "OTHER" if proof.others and not proof.killed else "SURVIVED"


def _remark(proof: Proof) -> Text:
    others, others_zh = ", ".join(proof.others), "、".join(proof.others)
    if proof.error is not None:
        return Text(proof.error, f"“{proof.error}”")
    if proof.implementation.kind == "variant":
        return Text(f"breaks {others}", f"违反 {others_zh}") if proof.others else plain("")
    if proof.good:
        names = list(dict.fromkeys(name.partition("/")[2] for name in proof.killed))
        return Text(", ".join(names), "、".join(names))
    instead = Text(f"; fired instead: {others}", f"；检出的是 {others_zh}") if proof.others else plain("")
    return Text(f"{', '.join(proof.missed)} did not fire{instead.en}", f"{'、'.join(proof.missed)} 未检出{instead.zh}")


def _entry(proof: Proof) -> Mapping[str, object]:
    return {
        "id": proof.implementation.id,
        "title": proof.implementation.title,
        "result": _result(proof).lower(),
        "good": proof.good,
        "breaks": list(proof.implementation.breaks),
        "killed": list(proof.killed),
        "missed": list(proof.missed),
        "others": list(proof.others),
        "requests": proof.requests,
        "depth": proof.depth,
        "error": proof.error,
    }
