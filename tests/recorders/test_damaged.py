"""Recordings of the real tools with one value changed: read or left out by name, never a failure of the kit."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract.contract import load_contract
from conformance.engine.audit import audit
from conformance.recordings import CassetteError

HERE = Path(__file__).resolve().parent
NAMES = ("mitmproxy.har", "polly.har", "betamax.json", "newman.json", "vcrpy-httpx.yaml")
CONTRACT = load_contract("auto-classification-v1.0")
ODD: tuple[object, ...] = (
    None, True, -1, 0, 10**400, 1e308, "", "x", "\ud800", [], {}, [[]], {"a": {}}, ["x"], {"text": 7}, "http://[",
    "/" * 99,
)  # fmt: skip
TREES = {
    name: yaml.safe_load(text) if name.endswith("yaml") else json.loads(text)
    for name in NAMES
    for text in [(HERE / name).read_text()]
}


def places(tree: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Every place in a tree but its root."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, below in steps:
        yield (*path, step)
        yield from places(below, (*path, step))


PLACES = {name: list(places(tree)) for name, tree in TREES.items()}


def changed(tree: object, path: tuple[object, ...], value: object) -> object:
    """The tree with another value in one place."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(tree, dict):
        return {key: changed(old, rest, value) if key == step else old for key, old in tree.items()}
    assert isinstance(tree, list)
    return [changed(old, rest, value) if at == step else old for at, old in enumerate(tree)]


def judge(name: str, content: bytes) -> None:
    """Audits a file: something is said of it, or it is refused in a message that begins with its name."""
    folder = Path(tempfile.mkdtemp())
    path = folder / name
    try:
        path.write_bytes(content)
        found = audit([path], [CONTRACT])
        said = found.ledger.sent + found.other + found.left_out_count > 0
    except CassetteError as error:
        said = str(error).startswith(str(path))
    finally:
        shutil.rmtree(folder)
    assert said


@settings(max_examples=150, deadline=None, derandomize=True)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32), value=st.sampled_from(ODD))
def test_an_odd_value_anywhere_is_read_or_left_out(name: str, seed: int, value: object) -> None:
    path = random.Random(seed).choice(PLACES[name])
    tree = changed(TREES[name], path, value)
    if name.endswith("yaml"):
        content = yaml.dump(tree, allow_unicode=False).encode("utf-8", "backslashreplace")
    else:
        content = json.dumps(tree).encode()
    judge(name, content)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(name: str) -> None:
    content = (HERE / name).read_bytes()
    for part in range(1, 12, 2):
        judge(name, content[: len(content) * part // 12])


@pytest.mark.parametrize("name", NAMES)
def test_bytes_that_are_no_text_do_no_harm(name: str) -> None:
    content = (HERE / name).read_bytes()
    for at in range(40, len(content), len(content) // 4):
        judge(name, content[:at] + b"\xff\x00\x1b" + content[at:])
