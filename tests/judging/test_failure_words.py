"""Every sentence of the transport about a missing response has its Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.exchange import TransportFailure
from conformance.judging.results import KINDS, failure_words
from conformance.targets.transport import _MALFORMED

TARGETS = Path(__file__).resolve().parents[2] / "conformance" / "targets"
FILLED = {
    "after": ("within 0.5 s", "within 1e-05 s"),
    "self._peer": ("target", "proxy"),
    "reason": ("no route to host",),
    "text[:3]": ("407",),
    "when": ("before the answer did", "before an answer began"),
    "self.framing.missing()": (
        "within the head of the answer",
        "after 3 of 10 bytes of the body",
        "before the last chunk of the body",
        "within the body",
    ),
}
"""What the expressions within the sentences may be; those that are not named are numbers."""


def filled(node: ast.expr) -> list[str]:
    """The texts that a string of the source, formatted or not, can become."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    assert isinstance(node, ast.JoinedStr)
    texts = [""]
    for part in node.values:
        pieces = (
            [str(part.value)]
            if isinstance(part, ast.Constant)
            else FILLED.get(ast.unparse(part.value), ("1024",))
            if isinstance(part, ast.FormattedValue)
            else []
        )
        texts = [text + piece for text in texts for piece in pieces]
    return texts


def sentences() -> Iterator[str]:
    for path in sorted(TARGETS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "TransportError":
                continue
            detail = node.args[1]
            if isinstance(detail, ast.Constant | ast.JoinedStr):
                yield from filled(detail)
    yield from (sentence for _, sentence in _MALFORMED)


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_a_sentence_of_the_transport_is_said_in_chinese(sentence: str) -> None:
    words = failure_words(TransportFailure("closed", sentence))
    assert words.en == sentence.removesuffix(".")
    assert not re.search(r"[a-z]+ [a-z]+", words.zh.replace("no route to host", "")), words.zh


def test_there_are_as_many_sentences_as_the_transport_has() -> None:
    assert len(set(sentences())) > 40


def test_numbers_stay() -> None:
    failure = TransportFailure("closed", "The connection ended after 3 of 10 bytes of the body.")
    assert failure_words(failure).zh == "连接在响应体 10 字节中的第 3 字节后中断"


@pytest.mark.parametrize(("kind", "chinese"), list(KINDS.items()))
def test_a_sentence_of_others_stands_behind_what_its_kind_is(kind: str, chinese: str) -> None:
    words = failure_words(TransportFailure(kind, "net::ERR_FAILED"))  # type: ignore[arg-type]
    assert (words.en, words.zh) == ("net::ERR_FAILED", f"{chinese}（net::ERR_FAILED）")
