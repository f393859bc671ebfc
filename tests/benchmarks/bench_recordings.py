"""Memory of reading a HAR file of 3 MB bodies, as large as anybody's: audit of 50 MB, 200 MB and 1 GB.

Each measurement is a process of its own. The file holds accepted exchanges of one token, with a login beside them.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from processes import kit, measured

_TICKET = {
    "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
    "type": "quota_invoice",
    "location": [[10, 10], [200, 10], [200, 100], [10, 100]],
    "content": {"code": "000000000000", "number": "00000000", "amount": "50.00", "location": "Nowhere"},
}
_BODY = 3_000_000
SIZES = (50, 200, 1_000)
"""Megabytes of the files."""


def write_har(path: Path, megabytes: int) -> int:
    """Write a HAR file of about that size; returns its number of entries."""
    head = (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
        + (300).to_bytes(4, "big")
        + (200).to_bytes(4, "big")
        + b"\x08\x02\0\0\0\0\0\0\0"
    )
    count = max(1, megabytes * 1_000_000 // _BODY)
    with path.open("w") as file:
        file.write('{"log": {"version": "1.2", "creator": {"name": "tests", "version": "1"}, "entries": [\n')
        for number in range(count):
            noise = number.to_bytes(4, "big") * (_BODY * 3 // 16)
            comment = len(noise).to_bytes(4, "big") + b"tEXt" + noise + b"\0\0\0\0"
            picture = base64.b64encode(head + comment + b"\0\0\0\0IEND\xae\x42\x60\x82").decode("ascii")
            entry = {
                "request": {
                    "method": "POST",
                    "url": "https://ocr.invalid/v1.0/ocr/auto-classification",
                    "headers": [
                        {"name": "Content-Type", "value": "application/json"},
                        {"name": "X-Auth-Token", "value": "a-token-of-the-benchmark"},
                    ],
                    "postData": {"mimeType": "application/json", "text": json.dumps({"image": picture})},
                },
                "response": {
                    "status": 200,
                    "headers": [
                        {"name": "Content-Type", "value": "application/json"},
                        {"name": "Set-Cookie", "value": f"waf={number:032x}; Path=/"},
                    ],
                    "content": {"text": json.dumps({"result": [_TICKET]})},
                },
            }
            file.write((",\n" if number else "") + json.dumps(entry))
        file.write("\n]}}\n")
    return count


def main(sizes: Sequence[int] = SIZES) -> None:
    """Print a line for each size: seconds of CPU and the largest resident size of the process that reads it."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "a.har"
        for megabytes in sizes:
            count = write_har(path, megabytes)
            cost = measured(kit("audit", str(path), "--contract", "auto-classification-v1.0"), (1, 3))
            spent = f"{cost.cpu_s:.0f} s of CPU, {cost.peak_mb:.0f} MB at most"
            print(f"audit of {megabytes:,} MB in {count} entries: {spent}", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
