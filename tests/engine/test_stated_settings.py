"""What the target statement says holds in a run where no option says otherwise."""

from __future__ import annotations

from pathlib import Path

from conformance.engine.options import Settings
from conformance.engine.settings import stated

TEXT = """\
contracts = ["auto-classification-v1.0"]
[target]
rate = 5
timeout-s = 12.5
max-requests = 2000
max-billable = 300
"""


def written(folder: Path) -> Path:
    path = folder / "statement.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_limits_of_a_statement_hold_where_no_option_says_otherwise(tmp_path: Path) -> None:
    found = stated(Settings("http://127.0.0.1:1", statement=written(tmp_path)))
    assert (found.contracts, found.rate, found.timeout_s) == (("auto-classification-v1.0",), 5, 12.5)
    assert (found.max_requests, found.max_billable) == (2000, 300)


def test_an_option_comes_before_the_statement(tmp_path: Path) -> None:
    asked = Settings("http://127.0.0.1:1", statement=written(tmp_path), rate=9, timeout_s=1, max_requests=7)
    found = stated(asked)
    assert (found.rate, found.timeout_s, found.max_requests, found.max_billable) == (9, 1, 7, 300)
