"""Saves `chromium.har`: a page in headless Chromium calls the reference, and the browser's own recorder writes it down.

Needs Playwright and a Chromium, which the kit does not: `python tests/targets/browser/save_har.py /usr/bin/chromium`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from recorded_runs import PROJECT, TOKEN, served  # noqa: E402 - a script finds its neighbours itself

from conformance.contract.contract import load_contract  # noqa: E402
from conformance.strategies.build import build  # noqa: E402
from conformance.strategies.draw import Draw  # noqa: E402

_CALL = """async ([path, headers, body]) => {
    const response = await fetch(path, {method: "POST", headers, body});
    await response.text();
}"""


def calls() -> list[tuple[str, str | None, str]]:
    """Path, token and body of each call: valid ones of both operations, and the same with one thing wrong."""
    ticket = _body("auto-classification-v1.0", "quota-invoice")
    document = _body("auto-id-doc-classification-v2", "passport")
    tickets, documents = "/v1.0/ocr/auto-classification", f"/v2/{PROJECT}/ocr/auto-id-doc-classification"
    return [
        (tickets, TOKEN, json.dumps(ticket)),
        (tickets, None, json.dumps(ticket)),
        (tickets, "", json.dumps(ticket)),
        (tickets, TOKEN, json.dumps({**ticket, "type_list": ["quota_invoice"]})),
        (tickets, TOKEN, json.dumps({**ticket, "type_list": "quota_invoice"})),
        (tickets, TOKEN, "{"),
        (documents, TOKEN, json.dumps(document)),
        (documents, TOKEN, json.dumps({**document, "alarm": True})),
        (documents, TOKEN, json.dumps({**document, "alarm": "yes"})),
    ]


def _body(contract: str, page: str) -> dict[str, object]:
    draw = Draw.from_data({"page": [page], "format": "JPEG", "mode": "grey", "scale": 0.5, "margin": 0})
    found: dict[str, object] = json.loads(build(load_contract(contract), draw).body)
    return found


def main(chromium: str) -> None:
    """Save the file beside this script."""
    playwright = import_module("playwright.sync_api")
    with served() as origin, playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(record_har_path=HERE / "chromium.har", record_har_content="embed")
        page = context.new_page()
        page.goto(f"{origin}/")
        for path, token, body in calls():
            headers = {"Content-Type": "application/json"} | ({} if token is None else {"X-Auth-Token": token})
            page.evaluate(_CALL, [path, headers, body])
        context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
