"""Makes the recordings of this folder with the real tools: `python make.py TOOL...` in an environment that has them.

Python: vcrpy, pytest-recording, betamax, mitmproxy, requests-har, httpx, aiohttp. Node (folder of node_modules in
NODE_PATH): Polly.js, newman, axios-har-tracker, nock. The versions stand in the table of cases/README.md. Ports and
times of the machine are taken out, so that a recording made again differs only where the tool does.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service import TEN, Asked, served

HERE = Path(__file__).resolve().parent
HOST = "http://ocr.invalid"


def _headers(one: Asked) -> dict[str, str]:
    token = {} if one.token is None else {"X-Auth-Token": one.token}
    return {"Content-Type": "application/json", **token}


def _keep(name: str, made: Path, *origins: str) -> None:
    text = made.read_text(encoding="utf-8")
    for origin in origins:
        text = text.replace(origin, HOST).replace(origin.removeprefix("http://"), "ocr.invalid")
        text = text.replace(f'"{origin.rpartition(":")[2]}"', '"80"')
    text = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", "2026-12-01T08:00:00.000", text)
    text = re.sub(r"\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d", "Tue, 01 Dec 2026 08:00:00", text)
    (HERE / name).write_text(text, encoding="utf-8")


def _ask_with_requests(origin: str, refused: str, session: object) -> None:
    import requests

    assert isinstance(session, requests.Session)
    for one in TEN:
        with suppress(requests.ConnectionError):
            at = refused if one.failure == "refused" else origin
            session.post(at + one.path, data=one.body, headers=_headers(one), timeout=5)


def vcrpy_requests(folder: Path) -> None:
    import requests
    import vcr

    for serializer in ("yaml", "json"):
        path = folder / f"made.{serializer}"
        with served() as (origin, refused), vcr.use_cassette(str(path), serializer=serializer):
            _ask_with_requests(origin, refused, requests.Session())
        _keep(f"vcrpy-requests.{serializer}", path, origin, refused)


def vcrpy_httpx(folder: Path) -> None:
    import httpx
    import vcr

    path = folder / "made.yaml"
    with served() as (origin, refused), vcr.use_cassette(str(path)), httpx.Client() as client:
        for one in TEN:
            with suppress(httpx.TransportError):
                at = refused if one.failure == "refused" else origin
                client.post(at + one.path, content=one.body, headers=_headers(one))
    _keep("vcrpy-httpx.yaml", path, origin, refused)


def vcrpy_aiohttp(folder: Path) -> None:
    import aiohttp
    import vcr

    async def ask(origin: str, refused: str) -> None:
        async with aiohttp.ClientSession() as session:
            for one in TEN:
                at = refused if one.failure == "refused" else origin
                with suppress(aiohttp.ClientError):
                    async with session.post(at + one.path, data=one.body, headers=_headers(one)) as answer:
                        await answer.read()

    path = folder / "made.yaml"
    with served() as (origin, refused), vcr.use_cassette(str(path)):
        asyncio.run(ask(origin, refused))
    _keep("vcrpy-aiohttp.yaml", path, origin, refused)


def pytest_recording(folder: Path) -> None:
    (folder / "test_it.py").write_text(
        "import os, sys, pytest, requests\n"
        f"sys.path.insert(0, {str(HERE)!r})\n"
        "from make import _ask_with_requests\n"
        "@pytest.mark.vcr\n"
        "def test_it():\n"
        "    _ask_with_requests(os.environ['AT'], os.environ['REFUSED'], requests.Session())\n"
    )
    with served() as (origin, refused):
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--record-mode=once", "test_it.py"],
            cwd=folder, env={"AT": origin, "REFUSED": refused, "PATH": "/usr/bin:/bin"}, check=True,
        )  # fmt: skip
    _keep("pytest-recording.yaml", folder / "cassettes" / "test_it" / "test_it.yaml", origin, refused)


def betamax(folder: Path) -> None:
    import requests
    from betamax import Betamax

    session = requests.Session()
    with served() as (origin, refused):
        recorder = Betamax(session, cassette_library_dir=str(folder))
        with recorder.use_cassette(
            "made", match_requests_on=["method", "uri", "body", "headers"], record="new_episodes"
        ):
            _ask_with_requests(origin, refused, session)
    _keep("betamax.json", folder / "made.json", origin, refused)


def requests_har(folder: Path) -> None:
    import requests_har as library

    session = library.Session()
    with served() as (origin, refused):
        _ask_with_requests(origin, refused, session)
    session.har_dict.save(folder / "made.har")
    _keep("requests-har.har", folder / "made.har", origin, refused)


def mitmproxy(folder: Path) -> None:
    import requests

    port = 18_173
    command = [str(Path(sys.executable).parent / "mitmdump"), "-p", str(port), "--set", f"hardump={folder}/made.har"]
    with served() as (origin, refused):
        process = subprocess.Popen(command)
        time.sleep(8)
        session = requests.Session()
        session.proxies = {"http": f"http://127.0.0.1:{port}"}
        session.trust_env = False
        _ask_with_requests(origin, refused, session)
        process.send_signal(signal.SIGINT)
        process.wait(20)
    _keep("mitmproxy.har", folder / "made.har", origin, refused)


@contextmanager
def _node(folder: Path, script: str) -> Iterator[tuple[str, str]]:
    asked = [
        {"path": one.path, "headers": _headers(one), "body": one.body.decode(), "refused": one.failure == "refused"}
        for one in TEN
    ]
    with served() as (origin, refused):
        head = f"const TEN = {json.dumps(asked)}, ORIGIN = '{origin}', REFUSED = '{refused}', DIR = '{folder}';\n"
        (folder / "made.js").write_text(head + script)
        subprocess.run(["node", str(folder / "made.js")], check=True)
        yield origin, refused


def polly(folder: Path) -> None:
    script = """
const {Polly} = require('@pollyjs/core'), axios = require('axios');
const A = require('@pollyjs/adapter-node-http'), P = require('@pollyjs/persister-fs');
Polly.register(A); Polly.register(P);
(async () => {
  const polly = new Polly('made', {adapters: ['node-http'], persister: 'fs', logLevel: 'silent',
    recordFailedRequests: true, persisterOptions: {fs: {recordingsDir: DIR}}});
  const isJson = text => { try { JSON.parse(text); return true; } catch { return false; } };
  for (const one of TEN.filter(one => isJson(one.body)))  // it throws for a body that is no JSON
    await axios({method: 'post', url: (one.refused ? REFUSED : ORIGIN) + one.path, headers: one.headers,
      data: one.body, transformRequest: [x => x], validateStatus: () => true}).catch(() => 0);
  await polly.stop();
})();
"""
    with _node(folder, script) as (origin, refused):
        pass
    (made,) = folder.glob("made_*/recording.har")
    _keep("polly.har", made, origin, refused)


def axios_har_tracker(folder: Path) -> None:
    script = """
const axios = require('axios').default, {AxiosHarTracker} = require('axios-har-tracker');
(async () => {
  const tracker = new AxiosHarTracker(axios);
  for (const one of TEN)
    await axios({method: 'post', url: (one.refused ? REFUSED : ORIGIN) + one.path, headers: one.headers,
      data: one.body, transformRequest: [x => x], transformResponse: [x => x], validateStatus: () => true,
    }).catch(() => 0);
  require('fs').writeFileSync(DIR + '/made.har', JSON.stringify(tracker.getGeneratedHar()));
})();
"""
    with _node(folder, script) as (origin, refused):
        pass
    _keep("axios-har-tracker.har", folder / "made.har", origin, refused)


def newman(folder: Path) -> None:
    script = """
const item = TEN.map((one, n) => ({name: 'r' + n, request: {method: 'POST',
  url: (one.refused ? REFUSED : ORIGIN) + one.path,
  header: Object.entries(one.headers).map(([key, value]) => ({key, value})),
  ...(one.body ? {body: {mode: 'raw', raw: one.body}} : {})}}));
require('newman').run({collection: {info: {name: 'ten', schema: ''}, item}, reporters: 'json',
  reporter: {json: {export: DIR + '/made.json'}}}, () => 0);
"""
    with _node(folder, script) as (origin, refused):
        pass
    _keep("newman.json", folder / "made.json", origin, refused)


def nock(folder: Path) -> None:
    script = """
const nock = require('nock'), http = require('http'), fs = require('fs');
nock.recorder.rec({output_objects: true, dont_print: true});
(async () => {
  for (const one of TEN) {
    const url = new URL((one.refused ? REFUSED : ORIGIN) + one.path);
    await new Promise(done => {
      const sent = http.request(url, {method: 'POST', headers: one.headers},
        got => { got.resume(); got.on('end', done); });
      sent.on('error', done); sent.end(one.body); });
  }
  fs.writeFileSync(DIR + '/made.json', JSON.stringify(nock.recorder.play(), null, 1));
})();
"""
    with _node(folder, script) as (origin, refused):
        pass
    _keep("nock.json", folder / "made.json", origin, refused)


TOOLS: dict[str, Callable[[Path], None]] = {
    made.__name__: made
    for made in (
        vcrpy_requests, vcrpy_httpx, vcrpy_aiohttp, pytest_recording, betamax, requests_har, mitmproxy, polly,
        axios_har_tracker, newman, nock,
    )
}  # fmt: skip

if __name__ == "__main__":
    for name in sys.argv[1:] or TOOLS:
        with tempfile.TemporaryDirectory() as folder:
            TOOLS[name](Path(folder))
