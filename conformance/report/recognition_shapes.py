"""The members of `report.json` about recognition as types, of which `shapes` is the whole."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from conformance.contract.requirements import Pictures


class Share(TypedDict):
    """A share with its interval at 95 % confidence by distinct document; a rate of errors may be above 1."""

    value: float
    low: float
    high: float


class Agreed(TypedDict):
    """How many of the stated places or fields were answered so."""

    right: int
    of: int


class FieldEntry(TypedDict):
    """How one field was read: `right` of all `stated`, of those `answered` (`precision`), and on documents that were
    recognised (`exact`). `error_rate` is that of characters there (edits by characters stated).
    """

    name: str
    stated: int
    answered: int
    right: int
    recall: Share | None
    precision: Share | None
    exact: Share | None
    error_rate: Share | None


class Confusion(TypedDict):
    """A cell of the matrix of types: None as `answered` for what was missed, as `type` for what is on no picture."""

    contract: str
    pictures: Pictures
    type: str | None
    answered: str | None
    count: int


class DegradationEntry(TypedDict):
    """Accuracy on pictures degraded in one way, with strengths from `least` to `most`: of all (`whole`), or a part."""

    contract: str
    pictures: Pictures
    kind: str
    whole: bool
    least: float
    most: float
    documents: int
    recall: Share | None
    fields: Share | None
    error_rate: Share | None


class TypeOutcomes(TypedDict):
    """A row for each document on a picture: hash of the picture, number of the document (the same on all its pictures),
    and characters: whether it was recognised, and whether each of `fields` was read (`-` where it is not stated).
    """

    type: str
    fields: list[str]
    rows: list[str]


class Outcomes(TypedDict):
    """What became of each picture, so that another run on the same ones can be compared: `kept` of `asked` pictures,
    those of the smallest hashes. `invented` are those on which something was answered that is not there.
    """

    contract: str
    pictures: Pictures
    asked: int
    kept: int
    types: list[TypeOutcomes]
    invented: list[str]


class RecognitionEntry(TypedDict):
    """How one type was recognised on pictures whose documents are known; each distinct request counts once.

    `recall` is None where no such document was on them, `precision` where none was recognised. `distinct` documents are
    on them. Reports of earlier kits have neither that nor what comes after `fields`, and their intervals count
    requests.
    """

    contract: str
    pictures: Pictures
    type: str
    documents: int
    recognised: int
    right: int
    recall: Share | None
    precision: Share | None
    places: Agreed
    fields: Agreed
    distinct: NotRequired[int]
    fields_share: NotRequired[Share | None]
    error_rate: NotRequired[Share | None]
    by_field: NotRequired[list[FieldEntry]]
