"""A set of pictures at size: `run --images` over 10,000 small pictures against the reference on a socket of its own.

Peak memory of the kit beside that of a run of the same depth without pictures, its CPU time a picture, the time with
two workers, and how long a run that was interrupted takes to go on. The pictures are the kit's specimens, shrunk and
encoded anew, each otherwise. In front of the reference they are answered at once from what the manifest says (every
twentieth is missed, every seventh has a misread field), since it is the kit that is measured; everything else goes to
the reference itself.
"""

from __future__ import annotations

import base64
import io
import json
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from processes import ROOT, TOKEN, Cost, kit, measured, served

COUNT = 10_000
CONTRACT = "auto-classification-v1.0"
MARK = b"picture of the set"
SCALES = (0.3, 0.45, 0.6, 0.8)


def draw(folder: Path, count: int) -> None:
    """Write `count` pictures and their manifest."""
    from PIL import Image

    specimens = ROOT / "cases" / "specimens"
    entries = tomllib.loads((specimens / "manifest.toml").read_text(encoding="utf-8"))["specimen"]
    masters = [entry for entry in entries if "copy-of" not in entry and "ticket" in entry]
    images = [Image.open(specimens / entry["file"]).convert("RGB") for entry in masters]
    lines = []
    for number in range(count):
        entry, image = masters[number % len(masters)], images[number % len(masters)]
        turn = number // len(masters)
        scale = SCALES[turn % len(SCALES)] * (1 + turn / 1000 / count)
        small = image.resize((round(image.width * scale), round(image.height * scale)))
        small.putpixel((turn % small.width, turn // small.width % small.height), (turn % 251, 0, 0))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=60)
        out.write(MARK + number.to_bytes(4, "big"))  # after its end: no two are the same
        (folder / f"{number:05d}.jpg").write_bytes(out.getvalue())
        corners = [[0, 0], [small.width, 0], [small.width, small.height], [0, small.height]]
        fields = {name: value for name, value in entry["fields"].items() if isinstance(value, str)}
        lines += [
            f'[[image]]\nid = "{number:05d}"\nfile = "{number:05d}.jpg"\noriginal = "{entry["id"]}-{turn}"',
            f'degradation = {{ kind = "resolution", strength = {scale:.2f} }}',
            f'[[image.document]]\ntype = "{entry["ticket"]}"\ncorners = {corners}\n[image.document.fields]',
            *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()),
        ]
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def serve(folder: Path) -> None:
    """The reference behind a short cut; prints its origin."""
    import uvicorn

    from conformance.reference.app import create_app
    from conformance.reference.credentials import Credentials

    stated = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))["image"]
    answers = [json.dumps({"result": list(tickets(entry, number))}).encode() for number, entry in enumerate(stated)]
    reference_app = create_app(Credentials(TOKEN, "0123456789abcdef0123456789abcdef"))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await reference_app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        number = number_of(body)
        if number is None:
            given = iter([{"type": "http.request", "body": body, "more_body": False}])

            async def again() -> Any:
                return next(given, {"type": "http.disconnect"})

            await reference_app(scope, again, send)
            return
        headers = [(b"content-type", b"application/json"), (b"x-request-id", b"%032x" % number)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answers[number]})

    config = uvicorn.Config(app, port=0, log_level="critical", access_log=False)
    socket = config.bind_socket()
    print(f"http://127.0.0.1:{socket.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run([socket])


def number_of(body: bytes) -> int | None:
    """Which picture of the set a request shows, if one."""
    text = body[body.find(b':"') + 2 : body.rfind(b'"')]
    try:
        tail = base64.b64decode(text[max(0, len(text) // 4 * 4 - 40) :])
    except ValueError:
        return None
    at = tail.rfind(MARK)
    return int.from_bytes(tail[at + len(MARK) :][:4], "big") if at >= 0 else None


def tickets(entry: dict[str, Any], number: int) -> Iterator[dict[str, object]]:
    """What is recognised of a picture."""
    if number % 20 == 0:
        return
    for document in entry["document"]:
        fields = dict(document.get("fields", {}))
        if number % 7 == 0 and fields:
            fields[next(iter(fields))] += "x"
        status = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
        confidence = dict.fromkeys(fields, 0.6 if number % 7 == 0 else 0.97)
        content = {**fields, "confidence": confidence}
        yield {"status": status, "type": document["type"], "location": document["corners"], "content": content}


def run(origin: str, *more: str) -> list[str]:
    """A run at depth smoke over one contract."""
    options = ("--contract", CONTRACT, "--depth", "smoke", "--token", TOKEN, "--quiet")
    return kit("run", origin, *options, *more)


def interrupted(origin: str, pictures: Path, cassette: Path, after_s: float) -> None:
    """A recorded run that is ended as a job in CI is."""
    command = run(origin, "--images", str(pictures), "--record", str(cassette))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(after_s)
        process.send_signal(signal.SIGTERM)  # SIGINT is ignored below a shell in the background
        process.wait()


def main(count: int = COUNT) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        pictures = folder / "pictures"
        pictures.mkdir()
        measured([sys.executable, __file__, "draw", str(pictures), str(count)])
        origin = stack.enter_context(served([sys.executable, __file__, "serve", str(pictures)]))
        plain = measured(run(origin, "--report", str(folder / "plain")), (0, 1, 3))
        told("without pictures", plain, 0)
        whole = measured(run(origin, "--images", str(pictures), "--report", str(folder / "report")), (0, 1, 3))
        told(f"{count:,} pictures", whole, count)
        size = (folder / "report" / "report.json").stat().st_size
        print(
            f"{'':24}report.json {size / 1e6:.1f} MB; {(whole.cpu_s - plain.cpu_s) / count * 1000:.2f} ms of CPU each"
        )
        two = measured(run(origin, "--images", str(pictures), "--workers", "2"), (0, 1, 3))
        told("with two workers", two, count)
        interrupted(origin, pictures, folder / "cassette", max(5.0, 0.6 * whole.wall_s))
        rest = measured(run(origin, "--images", str(pictures), "--record", str(folder / "cassette")), (0, 1, 3))
        told("gone on with", rest, count)


def told(what: str, cost: Cost, count: int) -> None:
    """A line of the table."""
    rate = f", {count / cost.wall_s:.0f} pictures/s" if count else ""
    print(f"{what:24}{cost.peak_mb:.0f} MB peak, {cost.wall_s:.1f} s wall, {cost.cpu_s:.1f} s CPU{rate}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["draw"]:
        draw(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["serve"]:
        serve(Path(sys.argv[2]))
    else:
        sys.path.insert(0, str(Path(__file__).parent))
        main(int(sys.argv[1]) if sys.argv[1:] else COUNT)
