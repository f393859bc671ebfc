"""The strategies and the judge's `expect` are two opinions about every generated request; here they must agree.

At least 600 faulty requests are generated for each contract, and half as many valid ones; the environment variable
OCR_CONFORMANCE_EXAMPLES sets another number:

    OCR_CONFORMANCE_EXAMPLES=5000 pytest tests/strategies/test_strategies_agreement.py
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from two_opinions import CONTRACTS, EXAMPLES, disagreement, exploring

from conformance.exchange import Label, Request
from conformance.judging.expect import expect
from conformance.strategies import Draw, build, examples, fault_ids, invalid_requests, plain_draws, valid_draws
from conformance.strategies.draw import Served

if TYPE_CHECKING:
    from conformance.contract.contract import Contract

FAULTS = {contract.id: fault_ids(contract) for contract in CONTRACTS}
BY_CONTRACT = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)


@pytest.mark.parametrize(
    ("contract", "fault"),
    [
        pytest.param(contract, fault, id=f"{contract.id}-{fault}")
        for contract in CONTRACTS
        for fault in FAULTS[contract.id]
    ],
)
def test_the_judge_finds_the_fault_and_no_other_and_accepts_the_control(contract: Contract, fault: str) -> None:
    drawn: list[str] = []

    @exploring(-(-EXAMPLES // len(FAULTS[contract.id])))
    @given(invalid_requests(contract, fault=fault))
    def agree(request: Request) -> None:
        assert not (opinions := disagreement(request, contract)), opinions
        drawn.append(request.label.fault if request.label else "")

    agree()
    assert set(drawn) == {fault}


@BY_CONTRACT
def test_the_judge_agrees_about_faults_drawn_from_all_of_them(contract: Contract) -> None:
    @exploring(EXAMPLES // 8)
    @given(invalid_requests(contract, url=True))
    def agree(request: Request) -> None:
        assert not (opinions := disagreement(request, contract)), opinions

    agree()


@BY_CONTRACT
def test_the_judge_refuses_no_valid_request_and_accepts_the_plain_ones(contract: Contract) -> None:
    shown: set[str] = set()

    def agree(draw: Draw) -> None:
        seen = expect(build(contract, draw), contract)
        shown.update(seen.features)
        open_length = draw.base64 is not None and draw.base64 > contract.limits.base64_accepted
        wanted = ("accept",) if draw.plain and not open_length else ("accept", "either")
        assert seen.decision in wanted, (
            f"the generator says: {' or '.join(wanted)} for {draw.to_data()}\n"
            f"the judge says:     {seen.decision}, faults {sorted(seen.faults)}, reasons {seen.reasons}"
        )

    draws = examples(valid_draws(contract), max(160, EXAMPLES // 4), seed=0)
    draws += examples(valid_draws(contract, url=True), max(40, EXAMPLES // 10), seed=1)
    by_url = examples(plain_draws(contract), max(4, EXAMPLES // 100), seed=2)
    draws += [replace(draw, url=True, served=served) for served in get_args(Served) for draw in by_url]
    for draw in draws:
        agree(draw)
    accepted = {f for r in contract.requirements.values() if r.check == "accepted" for f in r.features}
    assert accepted - shown == set(), "features that a target must accept and no request showed"


@BY_CONTRACT
def test_the_judge_accepts_every_plain_draw(contract: Contract) -> None:
    @exploring(EXAMPLES // 8)
    @given(plain_draws(contract))
    def agree(draw: Draw) -> None:
        seen = expect(build(contract, draw), contract)
        assert seen.decision == "accept", f"{draw.to_data()}: {seen.decision}, {sorted(seen.faults)}, {seen.reasons}"

    agree()


def test_a_disagreement_prints_both_opinions() -> None:
    contract = CONTRACTS[0]
    control = build(contract, Draw())
    wrong = Label("input.both/picture-and-url", f"{contract.id}/input.one-only", ("AIS.0101",), control)
    request = Request("POST", contract.page.path, control.headers, b"[]", label=wrong)
    assert disagreement(request, contract) == (
        "the generator says: input.both/picture-and-url, codes AIS.0101\n"
        "the judge says:     reject, faults ['body.not-object'], codes AIS.0101, ModelArts.4105\n"
        "of the control:     accept, faults [], reasons ()\n"
        "the request:        POST /v1.0/ocr/auto-classification valid (('Content-Type', 'application/json'),) "
        "2 bytes: b'[]' ... b'[]'"
    )
