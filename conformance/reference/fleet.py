"""Many applications in one process that read each picture once: how the whole fleet of faults is run in minutes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from PIL import Image

from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials
from conformance.reference.faults import combine
from conformance.reference.service import Eyes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.applications import Starlette

_REMEMBERED = 4096


class Fleet:
    """Makes applications for one token and one project; they may download from addresses that are not public."""

    def __init__(self, token: str, project_id: str) -> None:
        # As the command does: Pillow would print its warning about pictures that are refused by their sides anyway.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        self._credentials = Credentials(token, project_id)
        self._eyes = Eyes(remembered=_REMEMBERED)

    def application(self, faults: Iterable[str]) -> Starlette:
        """The reference with these faults.

        Raises ValueError for an id that no fault or variant has.
        """
        return create_app(self._credentials, behaviour=combine(faults), eyes=self._eyes, allow_private_urls=True)
