"""The plan of a run for a person: a table of what each depth sends and costs, and what that means."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rich.cells import cell_len

from conformance.engine.plan import REPEATS
from conformance.report.wording import DEPTH_WORDS
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.engine.plan import Plan, Sample

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
