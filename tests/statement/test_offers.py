"""A target that has less than documented, and writes other codes: conformant where it says so, and not otherwise."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from statement_matrix import CAPABILITIES, ID, V1, kept

from conformance.contract.binding import Offer
from conformance.contract.contract import Contract, load_contract
from conformance.engine.ledger import Ledger
from conformance.engine.run import Run
from conformance.files import DataError
from conformance.reference.app import create_app
from conformance.reference.behaviour import Behaviour
from conformance.reference.credentials import Credentials
from conformance.reference.service import Eyes
from conformance.statement.statement import Statement, read_statement
from conformance.targets import Credentials as Known
from conformance.targets import Limits
from conformance.targets.http import HttpTarget
from conformance.targets.picture_server import LOOPBACK
from conformance.targets.reference import PROJECT_ID, DirectClient

EYES = Eyes(remembered=512)


def without(*formats: str) -> Behaviour:
    return Behaviour(
        edition=(lambda edition: replace(edition, formats=tuple(f for f in edition.formats if f not in formats)),)
    )


def renamed(code: str) -> str:
    return code.replace("AIS.", "OCR.")


def with_codes() -> Behaviour:
    """Writes OCR where the documents say AIS."""
    return Behaviour(
        refusal=(lambda refusal, _call: replace(refusal, code=renamed(refusal.code)),),
        ticket=(
            lambda ticket, _call: {
                **ticket,
                "status": {**ticket["status"], "error_code": renamed(str(ticket["status"]["error_code"]))},  # type: ignore[index, dict-item, call-overload]
            },
        ),
    )


SMALL = Behaviour(edition=(lambda edition: replace(edition, minimum_side=20, maximum_side=5000),))
SHORT = Behaviour(edition=(lambda edition: replace(edition, maximum_base64=6_000_000),))
CASES = {
    "no TIFF": (without("TIFF"), Offer(formats=("JPEG", "PNG", "BMP")), {}),
    "JPEG alone": (without("TIFF", "BMP", "PNG"), Offer(formats=("JPEG",)), {}),
    "smaller sides": (SMALL, Offer(side_min=20, side_max=5000), {}),
    "less base64": (SHORT, Offer(base64_max=6_000_000), {}),
    "other codes": (with_codes(), Offer(), {"AIS": "OCR"}),
}


def ran(contract: Contract, behaviour: Behaviour) -> Ledger:
    app = create_app(Credentials("t" * 32, PROJECT_ID), behaviour=behaviour, eyes=EYES, allow_private_urls=True)
    client = DirectClient(app, Limits())
    known = Known(token="t" * 32, project_id=PROJECT_ID)
    with closing(HttpTarget("http://reference.invalid", known, client=client, pictures_address=LOOPBACK)) as target:
        run = Run([contract], target, attempts=1, scripts=kept().script, capabilities=CAPABILITIES)
        return run.execute(kept().purposes(contract, "standard"))


@pytest.mark.parametrize("contract_id", [V1, ID])
@pytest.mark.parametrize("name", CASES)
def test_what_a_target_declares_to_have_less_of_is_no_breach_and_is_one_undeclared(name: str, contract_id: str) -> None:
    behaviour, offer, prefixes = CASES[name]
    documented = load_contract(contract_id)
    contract = documented.bound_to(Statement(Path(), offers={contract_id: offer}, prefixes=prefixes))
    found = ran(contract, behaviour)
    accounts = found.accounts.values()
    left = [
        a.requirement.name for a in accounts if a.verdict in ("fail", "inconclusive") and a.requirement.level == "must"
    ]
    assert (found.verdict, left, found.errors) == ("conformant", [], [])
    assert ran(documented, behaviour).verdict == "nonconformant"


KNOWN = ("train_ticket", "quota_invoice", "id_card_portrait_side")
THREE = Behaviour(found=(lambda found, _call: tuple(one for one in found if one.ticket in KNOWN),))


def test_types_that_are_not_offered_are_not_applicable_from_the_first_request() -> None:
    """An engine that knows three types: what needs another one is not applicable, and says so."""
    contract = load_contract(V1).bound_to(Statement(Path(), offers={V1: Offer(types=KNOWN)}))
    found = ran(contract, THREE)
    left = [a.requirement.name for a in found.accounts.values() if a.verdict in ("fail", "inconclusive")
            and a.requirement.level == "must"]  # fmt: skip
    assert (found.verdict, left) == ("conformant", [])
    said = {str(a.excused.en) for a in found.accounts.values() if a.excused is not None}
    assert any(words.startswith("not offered: ") for words in said)
    assert all(words.startswith("not offered: ") for words in said if words.startswith("not "))
    assert contract.declaration == {"types": list(KNOWN)}


def test_a_type_that_no_page_knows_is_a_mistake_with_near_names(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text('[contract."auto-classification-v1.0"]\ntypes = ["train_tickets"]\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"'train_tickets' is none of auto-classification-v1.0; .*train_ticket"):
        read_statement(path)


@pytest.mark.parametrize("name", ["smaller sides", "less base64", "other codes"])
def test_who_has_all_that_is_documented_does_not_do_what_it_declares(name: str) -> None:
    _, offer, prefixes = CASES[name]
    contract = load_contract(V1).bound_to(Statement(Path(), offers={V1: offer}, prefixes=prefixes))
    assert ran(contract, Behaviour()).verdict == "nonconformant"


@pytest.mark.parametrize(
    ("offer", "warned"),
    [
        (Offer(formats=("JPEG", "PNG", "BMP")), "format.listed-only"),
        (Offer(formats=("TIFF",)), "format.listed-only"),
        (Offer(types=KNOWN), "ticket.type.offered"),
    ],
)
def test_who_serves_what_it_says_it_does_not_is_warned_and_who_does_not_is_not(offer: Offer, warned: str) -> None:
    """An offer may be narrower than what a target has: a buyer is told, and pays for no verdict."""
    narrow = without(*{"JPEG", "PNG", "BMP", "TIFF"}.difference(offer.formats or ())) if offer.formats else THREE
    contract = load_contract(V1).bound_to(Statement(Path(), offers={V1: offer}))
    for behaviour, told in ((Behaviour(), "fail"), (narrow, "pass")):
        found = ran(contract, behaviour)
        account = found.accounts[f"{V1}/{warned}"]
        assert (found.verdict, account.requirement.level, account.verdict) == ("conformant", "should", told)


def test_a_format_that_is_not_offered_is_not_applicable() -> None:
    contract = load_contract(V1).bound_to(Statement(Path(), offers={V1: Offer(formats=("JPEG", "PNG"))}))
    tiff = contract.requirements["accepts.format.tiff"]
    assert (tiff.needs, tiff.needs in contract.capabilities) == ("formats=TIFF", False)
    assert contract.requirements["accepts.side-max"] == load_contract(V1).requirements["accepts.side-max"]


def test_sentences_have_the_numbers_that_a_target_states() -> None:
    offer = Offer(side_max=5000, base64_max=6_000_000)
    contract = load_contract(V1).bound_to(Statement(Path(), offers={V1: offer}))
    said = {name: contract.requirements[name].statement.en for name in ("side.max", "accepts.side-max", "size.max")}
    assert said == {
        "side.max": "A picture with a side of 5001 pixels is refused.",
        "accepts.side-max": "A picture whose longest side is exactly 5000 pixels is accepted.",
        "size.max": "More than 6,000,000 characters of base64 are refused.",
    }


def test_a_recording_keeps_what_a_target_declared() -> None:
    """A replay without the statement judges as the run did; recordings of earlier kits have positions alone."""
    documented = load_contract(V1)
    offer = Offer(formats=("JPEG", "PNG"), side_max=5000, base64_max=6_000_000)
    stated = Statement(Path(), positions={"input.both": "reject"}, offers={V1: offer}, prefixes={"AIS": "OCR"})
    contract = documented.bound_to(stated)
    kept_then = json.loads(json.dumps(contract.declaration))
    again = documented.as_recorded(dict(contract.positions), kept_then)
    assert again == contract
    assert documented.as_recorded(dict(documented.positions), {}) == documented
    earlier = documented.as_recorded({**documented.positions, "url.redirect": "follow"}, {})
    assert earlier.declared == {"url.redirect"}
    assert documented.as_recorded({**documented.positions, "size.measured": "text"}, {}) == documented
