"""Many applications in one process that read each picture once: how the whole fleet of faults is run in minutes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from conformance.reference.app import create_app
from conformance.reference.contracts import load_contracts
from conformance.reference.credentials import Credentials
from conformance.reference.editions import DEFAULT_EDITIONS
from conformance.reference.engines import Engine
from conformance.reference.faults import combine
from conformance.reference.faults.rules import rule_faults
from conformance.reference.service import Eyes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.applications import Starlette

_REMEMBERED = 4096


class Fleet:
    """Makes applications for one token and one project; they may download from addresses that are not public."""

    def __init__(self, token: str, project_id: str, contracts: str | None = None) -> None:
        """`contracts` is a folder of contracts, whose operations are served instead of the usual ones."""
        # As the command does: Pillow would print its warning about pictures that are refused by their sides anyway.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        self._credentials = Credentials(token, project_id)
        self._added = load_contracts(Path(contracts)) if contracts is not None else ()
        self._eyes = Eyes(remembered=_REMEMBERED)

    def application(
        self, faults: Iterable[str], engine: Mapping[str, float] | None = None, editions: Sequence[str] = ()
    ) -> Starlette:
        """The reference with these faults, and with an engine that is not exact: members of `Engine` by name.

        `editions` are those to be served instead of the usual ones.

        Raises ValueError for an id that no fault or variant has, and for a share that is none.
        """
        shares = dict(engine or {})
        seed = int(shares.pop("seed", 0))
        behaviour = Engine(**shares, seed=seed).behaviour() + combine(faults, rule_faults(self._added))
        return create_app(
            self._credentials,
            behaviour=behaviour,
            editions=editions or self._added or DEFAULT_EDITIONS,
            eyes=self._eyes,
            allow_private_urls=True,
        )
