"""Tables for a terminal: the kill table of `faults`, and the plan of a run."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from conformance.contract.contract import load_contract
from conformance.contract.family import is_added
from conformance.engine.plan import REPEATS
from conformance.files import default_contracts
from conformance.report.wording import DEPTH_WORDS
from conformance.text import Text, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.engine.inference import Sample
    from conformance.engine.kill_table import Proof
    from conformance.engine.plan import Plan


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


def kill_document(proofs: Sequence[Proof], *, complete: bool) -> Mapping[str, object]:
    """The table for machines; with `complete`, where every implementation was run, also what none of them breaks."""
    gaps = {"requirements_without_fault": unproven_requirements(proofs)} if complete else {}
    return {
        "faults": [_entry(proof) for proof in proofs if proof.implementation.kind == "fault"],
        "variants": [_entry(proof) for proof in proofs if proof.implementation.kind == "variant"],
        **gaps,
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


# The plan of a run for a person: a table of what each depth sends and costs, and what that means.


_TITLES = (
    Text("depth", "深度"),
    Text("purposes", "测试目的"),
    Text("requests", "请求"),
    Text("bytes up", "上传字节"),
    Text("bytes down", "下载字节"),
    Text("billable", "计费次数"),
    Text("duration", "时长"),
)
_WIDTHS = (10, 9, 9, 14, 12, 9, 14)


def plan_text(made: Plan, language: str) -> str:
    """The plan for a person, in lines of at most 80 columns."""
    rows = [[title.in_language(language) for title in _TITLES]]
    for depth, cost in made.depths:
        numbers = [
            f"{number:,}" for number in (cost.purposes, cost.requests, cost.bytes_up, cost.bytes_down, cost.billable)
        ]
        rows.append([DEPTH_WORDS[depth].in_language(language), *numbers, _duration(made.duration_s(cost), language)])
    head = _folded(_head(made).in_language(language))
    # Chinese sentences follow each other without a space.
    notes = ("" if language == "zh" else " ").join(text.in_language(language) for text in _notes(made))
    return "\n".join((*head, "", *(_aligned(row) for row in rows), "", *_folded(notes)))


def _head(made: Plan) -> Text:
    ids = ", ".join(made.contracts)
    return Text(f"A run of {ids} would send:", f"对 {ids} 的一次测试将发送：")


def _notes(made: Plan) -> Iterable[Text]:
    total = made.total
    yield Text(
        "Billable is at most: what is drawn on the pictures, also where a request must be refused. Bytes are those of "
        "bodies; down they are an estimate.",
        "计费次数为上限：图片上绘制的票证数，应被拒绝的请求也计算在内。字节数为报文体，下载字节为估计值。",
    )
    yield Text(
        f"A purpose that fails runs once more: at most {REPEATS * total.requests:,} requests and "
        f"{REPEATS * total.billable:,} billable tickets.",
        f"未通过的测试目的会再运行一次：最多 {REPEATS * total.requests:,} 个请求、"
        f"计费 {REPEATS * total.billable:,} 次。",
    )
    if made.rate is None:
        yield Text("Without --rate a run takes as long as the target takes.", "未指定 --rate 时，时长取决于被测系统。")
    if made.max_billable is None:
        yield Text(
            f"Beyond this machine a run wants --max-billable; {total.billable} lets every purpose run once.",
            f"被测系统不在本机时必须指定 --max-billable；{total.billable} 可让每个测试目的运行一次。",
        )
    if made.within is not None:
        yield Text(
            f"The limits let {made.within} of {total.purposes} purposes through for certain.",
            f"在所设上限内可以确保完成 {total.purposes} 个测试目的中的 {made.within} 个。",
        )


def sample_text(sample: Sample, language: str) -> str:
    """How many documents a comparison takes, in lines of at most 80 columns."""
    margin, chance = f"{sample.margin:g}", f"{sample.power:.0%}"
    differing, better = f"{sample.discordance:.0%}", f"{sample.difference:g}"
    if sample.documents is None:
        words = Text(
            f"No number of documents shows that a run better by {better} is no worse than one but for {margin}.",
            f"若差值为 {better}，多少票证都无法证实其不劣于对方（界值 {margin}）。",
        )
    else:
        count = f"{sample.documents:,}"
        words = Text(
            f"compare --margin {margin} takes {count} distinct documents, asked of both, to decide with {chance} "
            f"power, where {differing} of them are got right by one alone and the second is better by {better}.",
            f"compare --margin {margin} 需要 {count} 份不同的票证（双方均测试），方能以 {chance} 的把握得出结论；"
            f"前提：仅一方正确的票证占 {differing}，第二方高 {better}。",
        )
    return "\n".join(_folded(words.in_language(language)))


def _duration(seconds: float | None, language: str) -> str:
    if seconds is None:
        return "-"
    whole = max(1, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    units = ("h", "min", "s") if language != "zh" else ("小时", "分", "秒")
    parts = [f"{number} {unit}" for number, unit in zip((hours, minutes, rest), units, strict=True) if number]
    return " ".join(parts[:2])


def _aligned(cells: Sequence[str]) -> str:
    first, *others = ((" " * (width - cell_len(cell)), cell) for cell, width in zip(cells, _WIDTHS, strict=True))
    return f"  {first[1]}{first[0]}" + "".join(space + cell for space, cell in others)


def _folded(text: str, limit: int = 80) -> Iterable[str]:
    """`text` in lines of at most `limit` columns, broken at spaces and beside Chinese characters."""
    line = ""
    for word in _words(text):
        if line and cell_len(line + word.rstrip()) > limit:
            yield line.rstrip()
            line = ""
        line += word
    if line:
        yield line.rstrip()


def _words(text: str) -> Iterable[str]:
    word = ""
    for character in text:
        if cell_len(character) == 2 and word and not unicodedata.category(character).startswith("P"):
            yield word
            word = ""
        word += character
        if character == " ":
            yield word
            word = ""
    yield word
