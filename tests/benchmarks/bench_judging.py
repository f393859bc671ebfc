"""What judging costs: python -m tests.benchmarks.bench_judging

Judging an exchange of three tickets, `expect` included and left out, against a plain jsonschema validation of the same
body with a validator that is built once; both parse the body. Ratios of medians of interleaved rounds in one run; the
absolutes say little. Prints figures and asserts nothing.
"""

from __future__ import annotations

import base64
import json
import statistics
import time
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, Request, Response
from conformance.images import blank
from conformance.judging import examine, expect, judge
from conformance.judging.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, CALLS = 15, 40
HEADERS = (("Content-Type", "application/json"), ("X-Request-Id", "1"))


def ticket(kind: str, left: int, content: dict[str, object], code: str = "AIS.0000") -> dict[str, object]:
    """An entry of a result, recognised or failed."""
    text = "Succeeded." if code == "AIS.0000" else "The image is not supported or the image quality is poor."
    corners = [[left, 100], [left + 500, 100], [left + 500, 400], [left, 400]]
    return {"status": {"error_code": code, "error_msg": text}, "type": kind, "location": corners, "content": content}


def answer(*, broken: bool) -> dict[str, object]:
    """Three tickets as the documented sample has them; `broken` adds a corner that is none."""
    toll = {"code": "0", "number": "0", "entry": "样本", "exit": "虚构", "amount": "45.00", "date": "2026-03-10"}
    quota = {"code": "0", "number": "0", "amount": "￥50.00", "location": "样本市"}
    tickets = [
        ticket("toll_invoice", 100, {**toll, "confidence": dict.fromkeys(toll, 0.9)}),
        ticket("quota_invoice", 700, {**quota, "confidence": dict.fromkeys(quota, 0.9)}),
        ticket("taxi_invoice", 1300, {}, "AIS.0104"),
    ]
    if broken:
        tickets[0]["location"] = [[100, "100"], [600, 100], [600, 400], [100, 400]]
    return {"result": tickets}


def seconds(work: Callable[[], object]) -> float:
    """Of one call, on average over CALLS."""
    started = time.perf_counter()
    for _ in range(CALLS):
        work()
    return (time.perf_counter() - started) / CALLS


def main() -> None:
    """Print the ratios."""
    contract = load_contract("auto-classification-v1.0")
    validator = Draft202012Validator(contract.success_schema)
    picture = base64.b64encode(blank("PNG", 2000, 1500)).decode("ascii")
    body = json.dumps({"image": picture}).encode("ascii")
    request = Request("POST", contract.page.path, HEADERS[:1], body)
    expected = expect(request, contract)
    for broken in (False, True):
        data = json.dumps(answer(broken=broken), ensure_ascii=False).encode()
        exchange = Exchange(request, Response(200, HEADERS, data), "1")
        works: dict[str, Callable[[], object]] = {
            "jsonschema alone": lambda data=data: list(validator.iter_errors(json.loads(data))),  # type: ignore[misc]
            "examine": lambda exchange=exchange: examine(exchange, contract),  # type: ignore[misc]
            "examine, the request known": lambda exchange=exchange: judge(  # type: ignore[misc]
                View(exchange, contract, expected=expected)
            ),
        }
        times: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                times[name].append(seconds(work))
        plain = statistics.median(times["jsonschema alone"])
        print(f"{'one coordinate a text' if broken else 'a conformant answer'}, {len(data)} bytes:")
        for name, values in times.items():
            median = statistics.median(values)
            print(f"  {name:28} {median * 1e6:8.0f} us  {median / plain:5.2f} x")


if __name__ == "__main__":
    main()
