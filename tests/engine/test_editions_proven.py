"""Later editions under test: what a faultless implementation of one shows is enough to call it conformant."""

from __future__ import annotations

from contextlib import closing

import pytest

from conformance.engine.options import Settings
from conformance.engine.session import open_session


@pytest.mark.parametrize("edition", ["auto-classification-v2-2021", "auto-classification-v2-2025"])
def test_an_implementation_of_a_later_edition_can_be_proven_conformant(edition: str) -> None:
    session = open_session(Settings("reference", contracts=(edition,)))
    with closing(session):
        ledger = session.run.execute(session.purposes)
    unproven = [name for name, account in ledger.accounts.items() if account.verdict == "inconclusive"]
    assert (ledger.verdict, unproven) == ("conformant", [])
