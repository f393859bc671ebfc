"""Audits, imports and replays of this kit beside those of an earlier one, on the same recordings: CPU of an exchange.

`OCR_CONFORMANCE_BASE` names the folder of the earlier one's commands (`.venv/bin`); without it this one is alone.
Each measurement is a process of its own, the two take turns, and what a process costs before its first exchange is left
out: a short recording is measured, too. No two exchanges are alike.
"""

from __future__ import annotations

import base64
import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench_recordings import write_har
from bench_replay import CONTRACT, HEADERS, PATH, record_kit
from figures import Options, Row, Spread, ratios
from processes import child, kit, measured

BASE = os.environ.get("OCR_CONFORMANCE_BASE", "")
_FIELDS = {
    "quota_invoice": ("code", "number", "amount", "location"),
    "taxi_invoice": ("code", "number", "date", "total"),
    "toll_invoice": ("code", "number", "entry", "exit", "amount"),
}


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: how its recording of a size is made, and the command that reads it into a new folder."""

    name: str
    sizes: tuple[int, int]
    make: Callable[[Path, int], Path]
    command: Callable[[Path, Path], list[str]]


def jpeg(number: int) -> bytes:
    """200 KB that begin and end as a JPEG does, with noise between that is no other number's."""
    drawn = random.Random(number)
    height, width = (700 + number % 311).to_bytes(2, "big"), (1000 + number % 997).to_bytes(2, "big")
    frame = b"\xff\xc0\0\x11\x08" + height + width + b"\x03\1\x22\0\2\x11\1\3\x11\1"
    head = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + frame + b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0"
    return head + drawn.randbytes(200_000).replace(b"\xff", b"\xfe") + b"\xff\xd9"


def _ticket(kind: str, row: int, drawn: random.Random) -> dict[str, object]:
    left, top = drawn.randrange(5, 60), 10 + 200 * row
    fields = {name: f"{drawn.randrange(10**8):08d}" for name in _FIELDS[kind]}
    if "date" in fields:
        fields["date"] = f"2026-{drawn.randrange(1, 13):02d}-{drawn.randrange(1, 29):02d}"
    scores = {name: round(drawn.uniform(0.5, 1), 4) for name in fields}
    return {
        "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
        "type": kind,
        "location": [[left, top], [left + 400, top + 2], [left + 400, top + 150], [left, top + 150]],
        "content": {**fields, "confidence": scores},
    }


def record_pictures(folder: Path, size: int) -> Path:
    """A cassette of exchanges with a picture of 200 KB and three tickets."""
    from conformance.exchange import Exchange, Request, Response
    from conformance.recordings import Interaction
    from conformance.recordings.journal import CassetteWriter

    writer = CassetteWriter(folder / "cassette", {"kit_version": "0", "contracts": [CONTRACT]})
    for number in range(size):
        drawn = random.Random(number)
        body = json.dumps({"image": base64.b64encode(jpeg(number)).decode()}).encode()
        tickets = [_ticket(kind, row, drawn) for row, kind in enumerate(_FIELDS)]
        answer = Response(200, HEADERS, json.dumps({"result": tickets}, ensure_ascii=False).encode(), 0.1)
        request = Request("POST", PATH, (("Content-Type", "application/json"),), body)
        writer.add(Interaction(CONTRACT, "made/up", number, "control", 1, Exchange(request, answer, f"{number:05d}")))
    writer.seal({"stop_reason": None})
    return folder / "cassette"


def _record_small(folder: Path, size: int) -> Path:
    record_kit(folder, size)
    return folder / "cassette"


def _record_har(folder: Path, size: int) -> Path:
    path = folder / "a.har"
    write_har(path, 3 * size)
    return path


def _audit(recording: Path, _new: Path) -> list[str]:
    return kit("audit", str(recording), "--contract", CONTRACT)


def _import(recording: Path, new: Path) -> list[str]:
    return kit("cassette", "import", str(recording), str(new))


WORKS = (
    Work("audit, three tickets, JPEG of 200 KB", (20, 800), record_pictures, _audit),
    Work("audit of the recording of *growth*", (100, 4_000), _record_small, _audit),
    Work("audit of a HAR file with bodies of 3 MB", (2, 40), _record_har, _audit),
    Work("import of that file", (2, 40), _record_har, _import),
)


def rows(options: Options) -> Iterator[Row]:
    """A row for each work."""
    for work in WORKS:
        sizes = (2, 4) if options.smoke else work.sizes
        with tempfile.TemporaryDirectory() as place:
            recordings = [work.make(_folder(place, str(size)), size) for size in sizes]
            yield _row(work, sizes, recordings, Path(place), 1 if options.smoke else options.repeats)
    yield from _replays(options)


def _folder(place: str, name: str) -> Path:
    folder = Path(place) / name
    folder.mkdir()
    return folder


def _row(work: Work, sizes: tuple[int, int], recordings: list[Path], place: Path, repeats: int) -> Row:
    numbers = count()
    costs: dict[str, list[float]] = {"": [], BASE: []}
    peaks: dict[str, list[float]] = {"": [], BASE: []}
    for _ in range(repeats):
        for folder in costs:
            spent = []
            for recording in recordings:
                command = work.command(recording, place / f"new-{next(numbers)}")
                command[0] = str(Path(folder) / "ocr-conformance") if folder else command[0]
                cost = measured(command, (0, 1, 3))
                spent.append(cost.cpu_s)
            costs[folder].append(1e6 * (spent[1] - spent[0]) / (sizes[1] - sizes[0]))
            peaks[folder].append(cost.peak_mb)
    return _compared(work.name, costs, peaks)


def _replays(options: Options) -> Iterator[Row]:
    """Replaying and judging, as `bench_replay` does it, with the one kit and with the other."""
    size = 4 if options.smoke else 1_000
    with tempfile.TemporaryDirectory() as place:
        record_kit(Path(place), size)
        costs: dict[str, list[float]] = {"": [], BASE: []}
        peaks: dict[str, list[float]] = {"": [], BASE: []}
        for _ in range(1 if options.smoke else options.repeats):
            for folder in costs:
                command = child("bench_replay", "kit", place, str(size))
                command[0] = str(Path(folder) / "python") if folder else command[0]
                took = json.loads(measured(command).output.splitlines()[-1])
                costs[folder].append(1e6 * took[1] / size)
                peaks[folder].append(took[2])
    yield _compared("replay and judge", costs, peaks)


def _compared(name: str, costs: dict[str, list[float]], peaks: dict[str, list[float]]) -> Row:
    ours, theirs = costs[""], costs[BASE]
    memory = f"{max(peaks['']):,.0f} MB"
    if not BASE:
        return Row(f"{name}, CPU of an exchange", f"{Spread.of(ours).text('us', 0)}, {memory}", main=True)
    return Row(
        f"{name}, CPU of an exchange / kit of an earlier commit",
        f"{Spread.of(ours).text('us', 0)}, {memory}",
        f"{Spread.of(theirs).text('us', 0)}, {max(peaks[BASE]):,.0f} MB",
        ratios(theirs, ours).text("times", 1),
        main=True,
    )
