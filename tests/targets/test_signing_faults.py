"""Spoiled signatures through the whole kit: which faults they are, and that the judge counts their refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loopback import AK, PROJECT, SK, reference

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, Request
from conformance.judging import examine
from conformance.strategies import Draw, break_request
from conformance.targets import Credentials
from conformance.targets.authentication import vendor_signer
from conformance.targets.http import HttpTarget

DOCUMENT = load_contract("auto-id-doc-classification-v2")
PAGE = Draw(page=("passport",))


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    keys = Credentials(ak=AK, sk=SK, project_id=PROJECT)
    with reference() as origin, HttpTarget(origin, keys, sign=vendor_signer(AK, SK, project_id=PROJECT)) as opened:
        yield opened


def exchanged(target: HttpTarget, request: Request) -> Exchange:
    return Exchange(request, target.send(request))


@pytest.mark.parametrize(
    ("fault", "requirement"),
    [
        ("token.absent/no-credentials", "token.required"),
        ("token.empty/empty-token", "token.not-empty"),
        ("token.garbage/no-token", "token.valid"),
        ("token.expired/not-issued", "token.issued"),
        ("token.bad-signature/changed", "token.issued"),
        ("token.bad-signature/skewed-date", "token.issued"),
        ("token.bad-signature/changed-body", "token.issued"),
        ("token.other-project/not-the-tokens", "project.own"),
    ],
)
def test_a_signature_that_is_spoiled_is_a_fault_that_is_refused(
    target: HttpTarget, fault: str, requirement: str
) -> None:
    request = break_request(DOCUMENT, fault, PAGE)
    assert request.label is not None
    assert request.label.requirement == f"{DOCUMENT.id}/{requirement}"
    observed = examine(exchanged(target, request), DOCUMENT, control=exchanged(target, request.label.control))
    states = {o.requirement.partition("/")[2]: o.state for o in observed}
    assert states[requirement] == "held"
    assert "broken" not in states.values(), states
