"""How well documents were recognised: recall and precision of each type with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.engine.figures import Interval, wilson
from conformance.report.wording import PICTURES, RECOGNITION_VERDICTS
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.engine.figures import Figures
    from conformance.report.shapes import RecognitionEntry, Report, Share


def recognition_entries(figures: Figures, contracts: Sequence[str]) -> list[RecognitionEntry]:
    """An entry for each contract, whose pictures, and type, pictures of the user's own first."""
    entries: list[RecognitionEntry] = []
    places = {contract: place for place, contract in enumerate(contracts)}
    for key in sorted(figures.tallies, key=lambda key: (key[1] != "own", places.get(key[0], 0), key[2])):
        contract, pictures, kind = key
        tally = figures.tallies[key]
        entries.append(
            {
                "contract": contract,
                "pictures": pictures,
                "type": kind[:60],
                "documents": tally.documents,
                "recognised": tally.recognised,
                "right": tally.right,
                "recall": _share(wilson(tally.right, tally.documents)),
                "precision": _share(wilson(tally.right, tally.recognised)),
                "places": {"right": tally.located, "of": tally.places},
                "fields": {"right": tally.read, "of": tally.fields},
            }
        )
    return entries


def share_in_words(share: Share | None) -> str:
    """`0.950 (0.881 ... 0.981)`; a dash where there was nothing to count."""
    return f"{share['value']:.3f} ({share['low']:.3f} ... {share['high']:.3f})" if share is not None else "-"


def recognition_line(report: Report) -> Text | None:
    """The verdict of recognition in one line: its limits, recall and precision over all types, what is never read.

    None for the report of an earlier kit.
    """
    verdict = report.get("recognition_verdict")
    if verdict is None:
        return None
    word, parts = RECOGNITION_VERDICTS[verdict], _overall(report)
    types = list(dict.fromkeys(entry["type"] for entry in report.get("not_read", [])))
    if types:
        parts.append(Text(f"not read: {', '.join(types)}", f"未能识别：{'、'.join(types)}"))
    en, zh = "; ".join(part.en for part in parts), "；".join(part.zh for part in parts)
    return Text(f"Recognition: {word.en}{f'; {en}' if en else ''}", f"识别效果：{word.zh}{f'；{zh}' if zh else ''}")


def _overall(report: Report) -> list[Text]:
    """Recall and precision over all types, by contract and whose pictures."""
    parts, entries = [], report.get("recognition", [])
    for contract, pictures in dict.fromkeys((entry["contract"], entry["pictures"]) for entry in entries):
        of = [entry for entry in entries if (entry["contract"], entry["pictures"]) == (contract, pictures)]
        right = sum(entry["right"] for entry in of)
        recall = _ratio(right, sum(entry["documents"] for entry in of))
        precision = _ratio(right, sum(entry["recognised"] for entry in of))
        where = PICTURES[pictures]
        parts.append(
            Text(
                f"{contract}, {where.en}: recall {recall}, precision {precision}",
                f"{contract}，{where.zh}：召回率 {recall}，精确率 {precision}",
            )
        )
    return parts


def _ratio(hits: int, trials: int) -> str:
    return f"{hits / trials:.3f} ({hits}/{trials})" if trials else "-"


def _share(found: Interval) -> Share | None:
    if found.share is None:
        return None
    # More digits than are shown: three that are rounded from four would differ from three of the figure itself.
    return {"value": round(found.share, 8), "low": round(found.low, 8), "high": round(found.high, 8)}
