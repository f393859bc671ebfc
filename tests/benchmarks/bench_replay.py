"""Replaying and judging recorded exchanges, against httpx + vcrpy + `jsonschema.validate` on the same exchanges.

Each measurement is a process of its own, and the two sides take turns. The kit replays and judges every exchange of a
recording; of vcrpy, which compares a request with all recorded ones before it, an even sample is timed, and its total
is what the sample stands for. Speeds are exchanges in a second of CPU; nothing waits. Memory is the largest resident
size of the process.

As a module of its own: `kit|general FOLDER SIZE` measures one side, `record|record-kit FOLDER SIZE` writes recordings.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from figures import Options, Row, Spread, ratios
from processes import ROOT, child

if TYPE_CHECKING:
    from conformance.exchange import Exchange

CONTRACT = "auto-classification-v1.0"
ORIGIN = "http://ocr.invalid"
PATH = "/v1.0/ocr/auto-classification"
SIZES = (100, 2_000, 20_000)
SAMPLE = 20
"""Exchanges that vcrpy is timed on in each round."""

HEADERS = (("Content-Type", "application/json"), ("X-Request-Id", "of-nobody"))


def exchanges(count: int) -> Iterator[Exchange]:
    """Exchanges with a small picture each, no two alike, answered with three recognised tickets. All invented."""
    from conformance.exchange import Exchange, Request, Response

    for number in range(count):
        picture = base64.b64encode(_png(number)).decode()
        body = json.dumps({"image": picture, "type_list": ["quota_invoice", "train_ticket"]}).encode()
        request = Request("POST", PATH, (("Content-Type", "application/json"),), body)
        tickets = [_ticket(number, row) for row in range(3)]
        answer = json.dumps({"result": tickets}, ensure_ascii=False).encode()
        yield Exchange(request, Response(200, HEADERS, answer, 0.1), f"{number:05d}")


def _png(number: int) -> bytes:
    size = (600 + number % 1000).to_bytes(4, "big") + (400).to_bytes(4, "big")
    comment = f"comment {number}".encode().ljust(400)
    return (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0\0\0\0\0"
        + len(comment).to_bytes(4, "big") + b"tEXt" + comment + b"\0\0\0\0" + b"\0\0\0\0IEND\xae\x42\x60\x82"
    )  # fmt: skip


def _ticket(number: int, row: int) -> dict[str, object]:
    top = 10 + 100 * row
    fields = {"code": "000000000000", "number": f"{number:08d}", "amount": "￥50.00", "location": "样本市"}
    return {
        "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
        "type": "quota_invoice",
        "location": [[10, top], [200, top], [200, top + 80], [10, top + 80]],
        "content": {**fields, "confidence": dict.fromkeys(fields, 0.98)},
    }


def record_kit(folder: Path, count: int) -> None:
    """Write the kit's recording of a size."""
    from conformance.recordings import Interaction
    from conformance.recordings.journal import CassetteWriter

    writer = CassetteWriter(folder / "cassette", {"kit_version": "0", "contracts": [CONTRACT]})
    for position, exchange in enumerate(exchanges(count)):
        writer.add(Interaction(CONTRACT, "made/up", position, "control", 1, exchange))
    writer.seal({"stop_reason": None})


def record(folder: Path, count: int) -> None:
    """Write both recordings of a size."""
    record_kit(folder, count)
    serializer = import_module("vcr.serializers.yamlserializer")
    entries = [_vcr_entry(exchange) for exchange in exchanges(count)]
    (folder / "vcr.yaml").write_text(serializer.serialize({"interactions": entries, "version": 1}))


def _vcr_entry(exchange: Exchange) -> dict[str, object]:
    request, response = exchange.request, exchange.response
    assert response is not None
    headers = {name: [value] for name, value in request.headers}
    sent = {"method": "POST", "uri": ORIGIN + request.path, "body": request.body.decode(), "headers": headers}
    answer = {
        "status": {"code": response.status, "message": "OK"},
        "headers": {name: [value] for name, value in response.headers},
        "body": {"string": response.body},
    }
    return {"request": sent, "response": answer}


def kit(folder: Path, count: int) -> tuple[float, float]:
    """Seconds of CPU to open the recording, and to replay and judge all of it."""
    from conformance import examine, load_contract
    from conformance.exchange import Exchange

    try:
        replay = import_module("conformance.recordings.replay")
    except ModuleNotFoundError:  # an earlier commit replays beside the other targets
        replay = import_module("conformance.targets.replay")
    contract = load_contract(CONTRACT)
    made = exchanges(count)
    first = next(exchanges(1))
    examine(first, contract)  # what is built once is not what is measured
    opened = time.process_time()
    target = replay.CassetteTarget(folder / "cassette")
    opening = time.process_time() - opened
    held, took = 0, 0.0
    while some := [exchange.request for exchange in islice(made, 500)]:  # nor is making them, as on the other side
        started = time.process_time()
        for request in some:
            answer = target.send(request)
            held += sum(seen.state == "held" for seen in examine(Exchange(request, answer), contract))
        took += time.process_time() - started
    target.close()
    assert held > 20 * count, "the exchanges are good ones"
    return opening, took


def general(folder: Path, count: int) -> tuple[float, float]:
    """The same with vcrpy and one schema; the second figure is extrapolated from an even sample."""
    from conformance.contract.contract import load_contract

    httpx, jsonschema, vcr = (import_module(name) for name in ("httpx", "jsonschema", "vcr"))
    schema = dict(load_contract(CONTRACT).success_schema)
    recorder = vcr.VCR(record_mode="none", match_on=["method", "path", "query", "body"])
    chosen = {count * turn // min(SAMPLE, count) for turn in range(min(SAMPLE, count))}
    sample = [exchange.request for number, exchange in enumerate(exchanges(count)) if number in chosen]
    opened = time.process_time()
    with recorder.use_cassette(str(folder / "vcr.yaml")), httpx.Client(trust_env=False) as client:
        started = time.process_time()
        for request in sample:
            reply = client.post(ORIGIN + request.path, content=request.body, headers=dict(request.headers))
            jsonschema.validate(reply.json(), schema)
        took = time.process_time() - started
    return started - opened, took * count / len(sample)


def resident_mb() -> float:
    """The largest resident size of this process so far (Linux); `ru_maxrss` would count its parent, too."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def measured(side: str, folder: Path, count: int) -> tuple[float, float, float]:
    """Seconds of CPU to open, and for all, MB resident: in a process of its own."""
    command = child("bench_replay", side, str(folder), str(count))
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    opening, took, resident = json.loads(done.stdout.splitlines()[-1])
    return float(opening), float(took), float(resident)


def rows(options: Options) -> Iterator[Row]:
    """Both sides at each size."""
    for count in (10,) if options.smoke else SIZES:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            subprocess.run(child("bench_replay", "record", place, str(count)), check=True, cwd=ROOT)
            ours, theirs = [], []
            # Reading the largest of vcrpy's recordings takes minutes.
            for _ in range(1 if options.smoke or count == SIZES[-1] else options.repeats):
                ours.append(measured("kit", folder, count))
                theirs.append(measured("general", folder, count))
        speeds = [[count / took for _, took, _ in side] for side in (ours, theirs)]
        yield Row(
            f"replay and judge / vcrpy, {count:,} exchanges, in a second of CPU",
            Spread.of(speeds[0]).text("/s", 0),
            Spread.of(speeds[1]).text("/s", 1),
            ratios(speeds[0], speeds[1]).text("times", 1),
            main=True,
        )
        for name, column, unit, digits in (("opening the recording", 0, "s", 2), ("memory", 2, "MB", 0)):
            mine, their = (Spread.of(run[column] for run in side).text(unit, digits) for side in (ours, theirs))
            yield Row(f"{name} / vcrpy, {count:,} exchanges", mine, their)


def main(action: str, folder: str, count: str) -> None:
    """One measurement, or one recording."""
    if action in ("record", "record-kit"):
        (record if action == "record" else record_kit)(Path(folder), int(count))
        return
    opening, took = (kit if action == "kit" else general)(Path(folder), int(count))
    print(json.dumps([opening, took, resident_mb()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
