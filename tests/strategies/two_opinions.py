"""What the tests of strategies share: the contracts, and the comparison of a label with the judge's expectation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings

from conformance.contract.contract import Contract, load_contract
from conformance.files import PRIMARY
from conformance.judging.expect import expect

if TYPE_CHECKING:
    from conformance.exchange import Request

CONTRACTS: tuple[Contract, ...] = tuple(load_contract(name) for name in PRIMARY)

EXAMPLES = int(os.environ.get("OCR_CONFORMANCE_EXAMPLES", "600"))
"""Requests generated for each contract: 600 in the normal suite, 5,000 before a release."""


def exploring(count: int) -> settings:
    """Settings of a test that draws this many examples, the same ones each time, and stops at the first failure."""
    return settings(
        max_examples=max(1, count),
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )


def disagreement(request: Request, contract: Contract) -> str:
    """Both opinions about a request with a label, where they differ; else an empty text."""
    label = request.label
    assert label is not None
    fault = label.fault.partition("/")[0]
    seen, control = expect(request, contract), expect(label.control, contract)
    agreed = seen.faults == {fault} and set(label.codes) == seen.codes and control.decision == "accept"
    if agreed and seen.decision == "reject":
        return ""
    return (
        f"the generator says: {label.fault}, codes {', '.join(label.codes)}\n"
        f"the judge says:     {seen.decision}, faults {sorted(seen.faults)}, codes {', '.join(sorted(seen.codes))}\n"
        f"of the control:     {control.decision}, faults {sorted(control.faults)}, reasons {control.reasons}\n"
        f"the request:        {request.method} {request.path} {request.auth} {request.headers} "
        f"{len(request.body)} bytes: {request.body[:200]!r} ... {request.body[-80:]!r}"
    )
