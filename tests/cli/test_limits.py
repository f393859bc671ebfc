"""Limits of cost as a user meets them: what leaves the machine, and what is asked for beyond it."""

from __future__ import annotations

from command import Done, ocr_conformance, pytest_here
from stub_servers import answering, response


def pytest_run(*arguments: str) -> Done:
    return pytest_here("cases", "-p", "no:cacheprovider", "--token=t0ken", *arguments)


def test_no_more_requests_leave_than_allowed_with_the_one_before_the_run() -> None:
    seen: list[bytes] = []

    def refusing(request: bytes) -> bytes:
        if request:
            seen.append(request)
        return response("400 Bad Request", "application/json", b'{"error_code": "AIS.0101", "error_msg": "no"}')

    with answering(refusing) as origin:
        done = ocr_conformance("run", origin, "--token", "t0ken", "--max-requests", "3", "--only", "first-contact")
    assert len(seen) == 3
    assert "Stopped: --max-requests 3 reached" in done.stdout


def test_pytest_asks_for_max_billable_beyond_this_machine() -> None:
    done = pytest_run("--target=https://192.0.2.1")
    assert done.returncode == 4
    assert "expected --max-billable beyond this machine, since each recognised ticket may be billed" in done.stderr


def test_pytest_refuses_a_limit_that_is_none() -> None:
    done = pytest_run("--target=reference", "--rate=5/s", "--max-billable=0")
    assert done.returncode == 4
    assert "argument --max-billable: expected a whole number of at least 1, found '0'" in done.stderr
