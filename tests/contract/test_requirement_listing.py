"""What the requirements of every contract say is kept in a list, so that moving their data changes none of it unseen.

`python -m tests.contract.test_requirement_listing` writes `requirements.txt` again: for a change that is meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from conformance.contract.contract import load_contract
from conformance.files import contract_ids

LISTED = Path(__file__).parent / "requirements.txt"
_DIGITS = 10


def listing() -> Iterator[str]:
    """A line for each requirement of each contract: name, level, basis, a digest of its sentences, and its source."""
    for contract_id in contract_ids():
        yield f"[{contract_id}]"
        for requirement in load_contract(contract_id).requirements.values():
            words = f"{requirement.statement.en}\n{requirement.statement.zh}".encode()
            said = hashlib.sha256(words).hexdigest()[:_DIGITS]
            yield f"{requirement.name} {requirement.level} {requirement.basis} {said} {requirement.source}"


def test_ids_levels_bases_sources_and_sentences_of_all_contracts_are_those_listed() -> None:
    assert list(listing()) == LISTED.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    LISTED.write_text("".join(f"{line}\n" for line in listing()), encoding="utf-8")
