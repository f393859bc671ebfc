"""Two runs on the same pictures: what became of each picture, which run recognises and reads more, and whether one is
no worse than a tender allows.

Documents are the pairs. Where several pictures show one document, it votes as a whole, for the run that got more of its
pictures right (McNemar's exact test is the sign test on such votes), and with the shares of its pictures in the
intervals (`paired_bounds`). What was missed was not read: fields are compared on every document that states them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

from conformance.contract.requirements import Pictures
from conformance.engine.inference import ERROR, documents_needed, mcnemar, paired_bounds
from conformance.engine.recognised import MISREAD, READ, UNANSWERED
from conformance.files import DataError
from conformance.report.figures import LONGEST
from conformance.report.wording import PICTURES
from conformance.text import Text, counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.engine.figures import Figures
    from conformance.engine.recognised import Sheet, Sighting


# What a report keeps of each picture.


class TypeOutcomes(TypedDict):
    """A row for each document on a picture: hash of the picture, number of the document (the same on all its pictures),
    and characters: whether it was recognised, and whether each of `fields` was read (`-` where it is not stated).
    """

    type: str
    fields: list[str]
    rows: list[str]


class Outcomes(TypedDict):
    """What became of each picture, so that another run on the same ones can be compared: `kept` of `asked` pictures,
    those of the smallest hashes. `invented` are those on which something was answered that is not there.
    """

    contract: str
    pictures: Pictures
    asked: int
    kept: int
    types: list[TypeOutcomes]
    invented: list[str]


MOST_OUTCOMES = 20_000
"""Pictures of a contract whose outcome a report keeps: those of the smallest hashes, so that two reports keep alike."""


def outcomes(figures: Figures) -> list[Outcomes]:
    """What became of each picture, by its hash, for a comparison with another run; bounded by MOST_OUTCOMES."""
    found: list[Outcomes] = []
    for (contract, pictures), sheets in sorted(figures.sheets.items()):
        kept = sorted(sheets)[:MOST_OUTCOMES]
        by_type: dict[str, list[tuple[int, Sighting]]] = defaultdict(list)
        for picture in kept:
            for one in sheets[picture].documents:
                by_type[one.type].append((picture, one))
        found.append(
            {
                "contract": contract,
                "pictures": pictures,
                "asked": len(sheets),
                "kept": len(kept),
                "types": [_of_type(kind, rows) for kind, rows in sorted(by_type.items())],
                "invented": [f"{picture:016x}" for picture in kept if _invents(sheets[picture])],
            }
        )
    return found


def _of_type(kind: str, rows: Sequence[tuple[int, Sighting]]) -> TypeOutcomes:
    names = list(dict.fromkeys(name for _, one in rows for name in one.fields))
    numbers = {document: number for number, document in enumerate(dict.fromkeys(one.document for _, one in rows))}
    return {
        "type": kind[:LONGEST],
        "fields": [name[:LONGEST] for name in names],
        "rows": [
            f"{picture:016x} {numbers[one.document]} {'1' if one.right else '0'}{''.join(_marks(one, names))}"
            for picture, one in rows
        ],
    }


def _marks(one: Sighting, names: Sequence[str]) -> Iterator[str]:
    values: Mapping[str, str] = dict(zip(one.fields, one.values, strict=True))
    for name in names:
        yield {READ: "1", MISREAD: "0", UNANSWERED: "0"}[values[name]] if name in values else "-"


def _invents(sheet: Sheet) -> bool:
    return bool(sheet.invented) or any(one.answered not in (None, one.type) for one in sheet.documents)


# What two of them come to.


Endpoint: TypeAlias = Literal["recognised", "fields", "nothing-invented"]
"""What is compared of a document: that it was recognised, the share of its fields that was read, and that nothing was
answered which is not on its picture."""

ENDPOINTS: dict[Endpoint, Text] = {
    "recognised": Text("documents recognised", "识别出的票证"),
    "fields": Text("fields read", "读对的字段"),
    "nothing-invented": Text("nothing invented", "无多识"),
}

Standing: TypeAlias = Literal["no-worse", "worse", "undecided"]

POWER = 0.8
"""The chance that a comparison of equals is to decide, where it is said how many documents would take it."""

_LISTED = 10
"""Types and fields that are printed: those that differ most surely."""

_Pair: TypeAlias = "tuple[float, float]"
_Votes: TypeAlias = "dict[object, list[_Pair]]"
"""For each document what either run made of it, picture by picture: 0 to 1."""


@dataclass(frozen=True, slots=True)
class Paired:
    """One figure of two runs over the same `documents`: shares of both, documents that only one got more of right.

    `p` is that of McNemar's exact test, two-sided, by itself; `low` and `high` are one-sided bounds at 95 % each of the
    difference that the new run has over the old one (Tango's score interval). `kind` and `field` are None for all.
    `alone` are documents on pictures of which one run alone has an answer: it says nothing about those.
    """

    contract: str
    pictures: Pictures
    endpoint: Endpoint
    kind: str | None
    field: str | None
    documents: int
    old: float
    new: float
    only_old: int
    only_new: int
    p: float
    low: float
    high: float
    discordance: float
    alone: int = 0

    def standing(self, margin: float) -> Standing:
        """Whether the new run is shown to be no more than `margin` below the old one, or shown to be further below."""
        if self.low > -margin:
            return "no-worse"
        return "worse" if self.high < -margin else "undecided"


def paired(old: Sequence[Outcomes], new: Sequence[Outcomes]) -> tuple[Paired, ...]:
    """Every figure of the pictures that both runs were asked for; none where there are no such pictures."""
    after = {(each["contract"], each["pictures"]): each for each in new}
    found: list[Paired] = []
    for before in old:
        other = after.get((before["contract"], before["pictures"]))
        if other is not None:
            found += _of_pictures(before, other)
    return tuple(found)


def _of_pictures(old: Outcomes, new: Outcomes) -> Iterator[Paired]:
    whole: dict[Endpoint, _Votes] = {endpoint: defaultdict(list) for endpoint in ENDPOINTS}
    parts: list[tuple[Endpoint, str, str | None, _Votes]] = []
    others = {each["type"]: each for each in new["types"]}
    invented = [set(each["invented"]) for each in (old, new)]
    for each in old["types"]:
        if each["type"] not in others:
            continue
        kind = each["type"]
        votes: dict[str | None, _Votes] = defaultdict(lambda: defaultdict(list))
        for picture, document, before, after in _rows(each, others[kind]):
            votes[None][document].append((before[None], after[None]))
            whole["recognised"][kind, document].append((before[None], after[None]))
            clean = (float(picture not in invented[0]), float(picture not in invented[1]))
            whole["nothing-invented"][kind, document].append(clean)
            names = [name for name in before if name is not None and name in after]
            for name in names:
                votes[name][document].append((before[name], after[name]))
            if names:
                shares = [sum(values[name] for name in names) / len(names) for values in (before, after)]
                whole["fields"][kind, document].append((shares[0], shares[1]))
        parts += [("recognised" if name is None else "fields", kind, name, found) for name, found in votes.items()]
    rows = [sum(len(each["rows"]) for each in run["types"]) for run in (old, new)]
    alone = sum(rows) - 2 * sum(map(len, whole["recognised"].values()))
    for endpoint, votes_of_all in whole.items():
        if votes_of_all:
            yield replace(_paired(old, endpoint, None, None, votes_of_all), alone=alone)
    for endpoint, of_kind, field, found in parts:
        yield _paired(old, endpoint, of_kind, field, found)


_Values: TypeAlias = "dict[str | None, float]"
"""By the name of each stated field whether it was read; for None whether the document was recognised."""


def _rows(old: TypeOutcomes, new: TypeOutcomes) -> Iterator[tuple[str, str, _Values, _Values]]:
    """Picture, document (as the old run numbers it), and what either run made of it, where both were asked."""
    after: dict[str, list[_Values]] = defaultdict(list)
    for row in new["rows"]:
        picture, _, outcome = row.split(" ")
        after[picture].append(_values(outcome, new["fields"]))
    seen: dict[str, int] = defaultdict(int)
    for row in old["rows"]:
        picture, document, outcome = row.split(" ")
        place = seen[picture]
        seen[picture] += 1
        if place < len(after.get(picture, ())):
            yield picture, document, _values(outcome, old["fields"]), after[picture][place]


def _values(outcome: str, fields: Sequence[str]) -> _Values:
    values: _Values = {name: float(value) for name, value in zip(fields, outcome[1:], strict=True) if value != "-"}
    return {None: float(outcome[0]), **values}


def _paired(old: Outcomes, endpoint: Endpoint, kind: str | None, name: str | None, votes: _Votes) -> Paired:
    count = len(votes)
    means = [tuple(sum(side) / len(pairs) for side in zip(*pairs, strict=True)) for pairs in votes.values()]
    gains = sum(sum(max(0.0, b - a) for a, b in pairs) / len(pairs) for pairs in votes.values())
    losses = sum(sum(max(0.0, a - b) for a, b in pairs) / len(pairs) for pairs in votes.values())
    only_old, only_new = (sum(sign * (a - b) > 1e-9 for a, b in means) for sign in (1, -1))
    low, high = paired_bounds(gains, losses, count)
    return Paired(
        contract=old["contract"],
        pictures=old["pictures"],
        endpoint=endpoint,
        kind=kind,
        field=name,
        documents=count,
        old=sum(a for a, _ in means) / count,
        new=sum(b for _, b in means) / count,
        only_old=only_old,
        only_new=only_new,
        p=mcnemar(only_old, only_new),
        low=low,
        high=high,
        discordance=(gains + losses) / count,
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the new run is no worse than the old one by more than `margin`, in all that is compared as a whole.

    Each figure is decided at 5 % one-sided. All have to be no worse, so that no correction for several is due (R. L.
    Berger, Technometrics 24, 1982: an intersection-union test). Pictures of the user's own decide where either run had
    any.
    """

    margin: float
    figures: tuple[Paired, ...]

    @property
    def standing(self) -> Standing:
        """`worse` as soon as one figure is; `no-worse` where all are."""
        found = {figure.standing(self.margin) for figure in self.figures}
        return "worse" if "worse" in found else "undecided" if "undecided" in found else "no-worse"


def decide(old: Sequence[Outcomes], new: Sequence[Outcomes], figures: Sequence[Paired], margin: float) -> Decision:
    """The rule of a tender. Raises DataError where the two runs have no pictures in common that both answered."""
    asked = [each["pictures"] for each in (*old, *new)]
    deciding = "own" if "own" in asked else "specimens"
    whole = [figure for figure in figures if figure.kind is None and figure.pictures == deciding]
    if not whole:
        raise DataError(
            "--margin: expected two reports about the same pictures, found none that both were asked for and "
            "answered; run both with the same --images, or with the same kit and --seed",
            "--margin：两份报告应基于相同的图片，未找到双方均已响应的共同图片；"
            "请用相同的 --images，或相同的套件与 --seed 运行",
        )
    return Decision(margin, tuple(whole))


_STANDINGS: dict[Standing, Text] = {
    "no-worse": Text("NO WORSE", "不劣于"),
    "worse": Text("WORSE", "劣于"),
    "undecided": Text("NOT DECIDED", "未能判定"),
}


def decision_text(decision: Decision) -> Text:
    """The verdict of the rule in words, and how many documents it would take where it is open."""
    word, margin = _STANDINGS[decision.standing], f"{decision.margin:g}"
    count = min(figure.documents for figure in decision.figures)
    en = f"{word.en}: the new run against the old one with a margin of {margin}, {count} documents in common"
    zh = f"{word.zh}：新运行相对旧运行，界值 {margin}，共同票证 {count} 份"
    alone = max(figure.alone for figure in decision.figures)
    if alone:
        en += f" ({alone} more were answered for by one run alone, and say nothing)"
        zh += f"（另有 {alone} 份仅一方给出响应，不计）"
    if decision.standing == "undecided":
        spread = max(figure.discordance for figure in decision.figures) or 0.05
        needed = documents_needed(decision.margin, POWER, min(spread, 1.0))
        en += f"; too few: with as many differences, equals need about {needed} to decide in {POWER:.0%} of cases"
        zh += f"；数量太少：按目前的差异，水平相同者约需 {needed} 份，才能以 {POWER:.0%} 的把握得出结论"
    lines = [Text(en, zh)]
    for figure in decision.figures:
        name, stands = ENDPOINTS[figure.endpoint], _STANDINGS[figure.standing(decision.margin)]
        low, confidence = f"{figure.low:+.3f}", f"{1 - ERROR:.0%}"
        lines.append(
            Text(
                f"  {figure.contract}, {name.en}: at least {low} with {confidence} confidence: {stands.en.lower()}",
                f"  {figure.contract}，{name.zh}：以 {confidence} 置信度至少 {low}：{stands.zh}",
            )
        )
    return Text("\n".join(line.en for line in lines), "\n".join(line.zh for line in lines))


def paired_lines(figures: Sequence[Paired]) -> Iterator[Text]:
    """What a person reads: figures over everything, then the types and fields that differ most surely."""
    for contract, pictures in dict.fromkeys((figure.contract, figure.pictures) for figure in figures):
        of = [figure for figure in figures if (figure.contract, figure.pictures) == (contract, pictures)]
        whole = [figure for figure in of if figure.kind is None]
        own, count = PICTURES[pictures], max(figure.documents for figure in whole)
        yield Text(
            f"Recognition, {contract}, {own.en}: {counted(count, 'document')} asked for by both",
            f"识别效果，{contract}，{own.zh}：双方共同的票证 {count} 份",
        )
        yield from (_line(ENDPOINTS[figure.endpoint], figure) for figure in whole)
        differing = [figure for figure in of if figure.kind is not None and figure.only_old + figure.only_new]
        differing.sort(key=lambda figure: (figure.p, figure.kind or "", figure.field or ""))
        for figure in differing[:_LISTED]:
            name = f"{figure.kind}.{figure.field}" if figure.field is not None else str(figure.kind)
            yield _line(Text(name, name), figure)
        if len(differing) > _LISTED:
            left = len(differing) - _LISTED
            yield Text(f"  and {left} more types and fields that differ", f"  另有 {left} 个类型和字段不同")


def _line(name: Text, figure: Paired) -> Text:
    shares = f"{figure.old:.3f} -> {figure.new:.3f}"
    bounds = f"{figure.new - figure.old:+.3f} ({figure.low:+.3f} ... {figure.high:+.3f})"
    return Text(
        f"  {name.en}: {shares}; only old {figure.only_old}, only new {figure.only_new}, p {figure.p:.3f}; {bounds}",
        f"  {name.zh}：{shares}；仅旧 {figure.only_old}，仅新 {figure.only_new}，p {figure.p:.3f}；{bounds}",
    )
