"""Pictures of the user's own as purposes of a run: one each, so that one that fails is repeated alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, cast

from conformance.engine.purposes import OwnPicture, Purpose
from conformance.exchange import StatedDocument
from conformance.files import DataError
from conformance.judging.expect import expect
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import Quad
    from conformance.statement.sample_images import SampleImage

PREFIX = "images/"
"""What the names of their purposes begin with."""


def picture_purposes(images: Iterable[SampleImage], contracts: Sequence[Contract]) -> list[Purpose]:
    """A purpose for each picture and each contract that it concerns.

    Reads each file once, so that a run does not begin with one that cannot be sent. Raises DataError for such a file,
    and where none of the pictures concerns any of the contracts.
    """
    found: dict[str, list[Purpose]] = {contract.id: [] for contract in contracts}
    none = True
    for image in images:
        none = False
        for contract in contracts:
            if image.concerns(contract.id, contract.types):
                found[contract.id].append(_purpose(image, contract))
    if not none and not any(found.values()):
        raise DataError(
            "pictures: expected some with documents of the contracts of this run, found none",
            "pictures：应有本次测试的接口契约所含类型的图片，未找到",
        )
    return [purpose for purposes in found.values() for purpose in purposes]


def recorded_purposes(names: Iterable[str], contracts: Iterable[Contract]) -> Iterator[Purpose]:
    """The purposes of a recorded run (full ids) that were of pictures; the requests come from the recording."""
    ids = {contract.id for contract in contracts}
    for name in names:
        contract_id, _, own = name.partition("/")
        if contract_id in ids and own.startswith(PREFIX):
            yield _made(contract_id, own.removeprefix(PREFIX), None)


def _purpose(image: SampleImage, contract: Contract) -> Purpose:
    several = len(image.documents) > 1
    documents = tuple(
        StatedDocument(
            document.type,
            cast("Quad | None", document.corners),
            document.fields,
            f"{image.original} {place}" if several and image.original is not None else image.original,
            image.degradation,
        )
        for place, document in enumerate(image.documents)
    )
    picture = OwnPicture.of(image.file, documents)
    faults = expect(picture.request(contract), contract).faults
    if faults:
        wrong = [contract.errors.faults[fault].title for fault in sorted(faults)]
        titles, zh_titles = ", ".join(title.en for title in wrong), "、".join(title.zh for title in wrong)
        raise DataError(
            f"{image.file}: expected a picture that {contract.id} has to accept, found that {titles}",
            f"{image.file}：应为 {contract.id} 必须接受的图片，实际：{zh_titles}",
        )
    return _made(contract.id, image.id, picture)


def _made(contract_id: str, name: str, picture: OwnPicture | None) -> Purpose:
    return Purpose(
        contract_id=contract_id,
        name=f"{PREFIX}{name}",
        title=Text(f"Picture {name} of the user's own.", f"自有图片 {name}。"),
        depth="smoke",
        control=picture,
        steps=(),
        aims=(),
    )
