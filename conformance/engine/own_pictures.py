"""Pictures of the user's own as purposes of a run: one each, so that one that fails is repeated alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, cast

from conformance.engine.purposes import OwnPicture, Purpose
from conformance.exchange import StatedDocument
from conformance.files import DataError
from conformance.judging.expect import expect
from conformance.strategies.draw import Draw
from conformance.strategies.specimens import stand_in
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import Quad
    from conformance.statement.sample_images import SampleImage

PREFIX = "images/"
"""What the names of their purposes begin with."""
MOST_STANDING_IN = 10
"""How many of them take the place of specimens: a purpose has fewer pages."""


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


def standing_in(own: Sequence[Purpose], contracts: Iterable[Contract]) -> dict[str, list[str]]:
    """The pictures that take the place of specimens in each contract: of an operation that the kit has none for.

    Its controls then show a document that the target knows, so that a refusal of it, or what it answers, proves
    something. Empty for every other contract.
    """
    found = {}
    for contract in contracts:
        lacking = contract.page.result == "fields" and not contract.page.specimens
        mine = (one.control for one in own if one.contract_id == contract.id and lacking)
        files = (one.file for one in mine if isinstance(one, OwnPicture))
        found[contract.id] = stand_in(contract.id, list(islice(files, MOST_STANDING_IN)))
    return found


def shown_on(purpose: Purpose, pictures: Sequence[str]) -> Purpose:
    """A purpose with pictures in the place of the specimens of its draws: one for each page, the first where there are
    more pages than pictures.
    """
    if not pictures or not isinstance(purpose.control, Draw):
        return purpose
    draws = [purpose.control, *(step.draw for step in purpose.steps if step.draw is not None)]
    pages = list(dict.fromkeys(draw.page for draw in draws if draw.page))
    taken = {page: pictures[number if number < len(pictures) else 0] for number, page in enumerate(pages)}

    def shown(draw: Draw) -> Draw:
        return replace(draw, page=(taken[draw.page],)) if draw.page else draw

    steps = tuple(step if step.draw is None else replace(step, draw=shown(step.draw)) for step in purpose.steps)
    return replace(purpose, control=shown(purpose.control), steps=steps)


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
