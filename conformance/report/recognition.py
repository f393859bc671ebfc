"""How well documents were recognised: recall and precision of each type with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.engine.figures import Interval, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.engine.figures import Figures
    from conformance.report.shapes import RecognitionEntry, Share


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


def _share(found: Interval) -> Share | None:
    if found.share is None:
        return None
    return {"value": round(found.share, 4), "low": round(found.low, 4), "high": round(found.high, 4)}
