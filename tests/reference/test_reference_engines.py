"""Engines that are not exact: they get as many documents wrong as they are told to, the same ones for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest
from drawn_documents import Drawing, card, encoded, text
from reference_process import TICKETS, launched, served

from conformance.reference.behaviour import Engine
from conformance.reference.calls import Call
from conformance.reference.editions import load_edition
from conformance.reference.recognizer import Found

PLACE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
PAGE = tuple(Found("train_ticket", "passport", PLACE, {"number": f"AB{n}"}, 0.9) for n in range(10))


def number(entry: Found) -> str:
    return str((entry.content or {})["number"])


def call(number: int, edition: str = "auto-classification-v1.0") -> Call:
    return Call("POST", "/", "", {}, b"", number, load_edition(edition))


def seen(engine: Engine, calls: int = 200) -> list[tuple[Found, ...]]:
    return [engine.seen(PAGE, call(number)) for number in range(1, calls + 1)]


def test_the_exact_engine_changes_nothing() -> None:
    assert Engine().behaviour().found == ()
    assert Engine(misses=0.1).behaviour().found != ()


def test_misses_are_drawn_anew_in_every_call() -> None:
    found = seen(Engine(misses=0.1))
    assert 1700 < sum(map(len, found)) < 1880
    missed = Counter(number(entry) for page in found for entry in PAGE if entry not in page)
    assert len(missed) == 10
    assert max(missed.values()) < 40


def test_the_same_documents_are_missed_in_every_call() -> None:
    first, *others = seen(Engine(misses_same=0.3, seed=1))
    assert 0 < len(first) < 10
    assert all(page == first for page in others)


def test_failed_documents_are_placed_but_not_read() -> None:
    found = [entry for page in seen(Engine(fails=0.15)) for entry in page]
    assert len(found) == 2000
    assert 240 < sum(entry.content is None for entry in found) < 360


def test_an_identity_document_that_fails_is_not_found() -> None:
    engine = Engine(fails=1)
    assert engine.seen(PAGE, call(1, "auto-id-doc-classification-v2")) == ()


def test_misread_documents_have_another_type_or_wrong_characters() -> None:
    found = [entry for page in seen(Engine(misreads=0.2)) for entry in page]
    other = [entry for entry in found if entry.ticket != "train_ticket"]
    spoilt = [entry for entry in found if entry not in PAGE and entry.ticket == "train_ticket"]
    assert 120 < len(other) < 280
    assert 120 < len(spoilt) < 280
    assert all(entry.document != "passport" for entry in other)
    assert {number(entry) for entry in spoilt} == {f"A7{n}" for n in range(10)}


@pytest.mark.parametrize("share", ["misses", "misses_same", "fails", "misreads"])
def test_a_seed_gives_the_same_errors_again_and_another_one_others(share: str) -> None:
    def errors(seed: int) -> list[tuple[Found, ...]]:
        return seen(Engine(**{share: 0.4}, seed=seed), calls=20)

    assert errors(1) == errors(1) != errors(2)


def test_a_share_above_1_is_refused() -> None:
    with pytest.raises(ValueError, match=r"--engine-misses-same: expected a share from 0 to 1, found 1\.5"):
        Engine(misses_same=1.5)


def test_served_with_an_engine_that_misses_everything() -> None:
    with served("--engine-misses", "1", "--seed", "3") as server:
        answer = server.post(TICKETS, {"image": text(encoded(card(Drawing("train_ticket"))))})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "AIS.0104")


def test_the_command_refuses_a_share_that_is_none() -> None:
    with launched("--engine-fails", "-1") as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "--engine-fails: expected a share from 0 to 1, found -1" in errors
