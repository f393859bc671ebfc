#!/usr/bin/env bash
# vcrpy 9.4.2 records one and the same exchange in two ways, by the client under it: a gzip answer is kept as it came from
# the wire under httpx and decoded under requests, both beneath `Content-Encoding: gzip`; and under httpx the names of the
# request's headers are written in small letters, whatever letters went over the wire. Who reads a cassette cannot go by
# the header, and cannot tell how a client spelled its own. Ends with 1 if that changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install -q vcrpy==9.4.2 httpx==0.28.1 requests==2.34.2 PyYAML
cd "$place"
"$place/venv/bin/python" - <<'PYTHON'
import gzip, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import httpx, requests, vcr, yaml

ON_THE_WIRE = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        ON_THE_WIRE.append([name for name in self.headers if name.lower() == "x-spelled"])
        body = gzip.compress(b'{"a": 1}')
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
print("vcrpy", version("vcrpy"), "httpx", version("httpx"), "requests", version("requests"))
seen = {}
for name, client in (("requests", requests), ("httpx", httpx)):
    with vcr.use_cassette(f"{name}.yaml"):
        client.get(url, headers={"X-Spelled": "so"})
    (one,) = yaml.safe_load(open(f"{name}.yaml"))["interactions"]
    body = one["response"]["body"]["string"]
    kept = "as on the wire" if isinstance(body, bytes) and body[:2] == b"\x1f\x8b" else "decoded"
    coding = [value for key, value in one["response"]["headers"].items() if key.lower() == "content-encoding"]
    spelled = [key for key in one["request"]["headers"] if key.lower() == "x-spelled"]
    print(f"{name}: sent {ON_THE_WIRE[-1]}, recorded {spelled}; answer {kept} beneath {coding}")
    seen[name] = (ON_THE_WIRE[-1], spelled, kept, coding)
expected = {
    "requests": (["X-Spelled"], ["X-Spelled"], "decoded", [["gzip"]]),
    "httpx": (["X-Spelled"], ["x-spelled"], "as on the wire", [["gzip"]]),
}
sys.exit(0 if seen == expected else "this has changed")
PYTHON
