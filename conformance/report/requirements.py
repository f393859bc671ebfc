"""Lists requirements and explains one: for people as text or Markdown, for machines as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.cells import cell_len

from conformance.engine.catalogue import faulty_implementations, find_requirement, purposes_by_requirement
from conformance.report.wording import BASIS_WORDS, LEVEL_EFFECTS, LEVEL_WORDS, source_words
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Requirement
    from conformance.engine.catalogue import FaultyImplementation

ListFormat: TypeAlias = Literal["text", "json", "markdown"]

_BASES: Mapping[str, Text] = MappingProxyType(
    {
        "stated": Text("the document says it", "文档写明"),
        "sample": Text("a sample of the document shows it", "文档示例所示"),
        "protocol": Text("HTTP, JSON or base64 require it", "HTTP、JSON 或 base64 本身的规定"),
        "position": Text(
            "the document is silent or contradicts itself; this is the kit's reading",
            "文档未写明或自相矛盾，此为约定做法",
        ),
    }
)
_HEADS = (
    Text("id", "编号"),
    Text("level", "级别"),
    Text("basis", "依据"),
    Text("source", "出处"),
    Text("statement", "内容"),
)
_HEAD = 13
"""Columns of a name in an explanation, with the space behind it."""

_ASKED = frozenset({"accepted", "rejected", "code", "credentials-status", "open", "relation"})
"""Checks that judge nothing unless a request brings what they are about."""

_NONE_ASKS = Text("none: no purpose of the kit sends what it is about", "无：尚无测试目的发送相关请求")
_ALL_ASK = Text("none aims at it alone; every answer is held against it", "无专门目的；每个响应都据此检验")
_NO_FAULT = Text("no faulty implementation exists for it yet", "尚无违反它的缺陷实现")


def list_requirements(contracts: Sequence[Contract], form: ListFormat, language: str) -> str:
    """Every requirement of the contracts: id, level, basis, source, statement."""
    if form == "json":
        entries = [
            _entry(contract, requirement) for contract in contracts for requirement in contract.requirements.values()
        ]
        return json.dumps(entries, ensure_ascii=False, indent=1)
    blocks = []
    for contract in contracts:
        title, count = contract.page.title.in_language(language), len(contract.requirements)
        rows = [(r.id, r.name, *_about(r, language)) for r in contract.requirements.values()]
        if form == "markdown":
            heads = [f"| {' | '.join(head.in_language(language) for head in _HEADS)} |", "|---|---|---|---|---|"]
            lines = [f"| `{name}` | {' | '.join(about)} |" for _, name, *about in rows]
            blocks.append("\n".join([f"## {title} (`{contract.id}`)", "", *heads, *lines]))
        else:
            lines = [
                f"{level:<6} {id_}\n       {said}"
                + Text(f" [{basis}: {at}]", f"（{basis}：{at}）").in_language(language)
                for id_, _, level, basis, at, said in rows
            ]
            blocks.append("\n".join([f"{title}: {count}", "", *lines]))
    return "\n\n".join(blocks)


def explain_requirement(requirement_id: str, language: str) -> str:
    """Statement, source, level, basis, purposes, checks, and the faulty implementations that prove it can fail.

    Raises DataError for an unknown id.
    """
    contract, requirement = find_requirement(requirement_id)
    purposes = purposes_by_requirement(contract)[requirement.name]
    return explanation(contract, requirement, purposes, faulty_implementations(), language)


def explanation(
    contract: Contract,
    requirement: Requirement,
    purposes: Sequence[str],
    implementations: Iterable[FaultyImplementation],
    language: str,
) -> str:
    """A line or more for each thing that there is to say; `purposes` are the ids of those that aim at it."""
    level, basis, source, statement = _about(requirement, language)
    page = contract.page.document.in_language(language)
    subject = [*map(str, requirement.keywords), *requirement.features, *requirement.faults]
    purposes = purposes or [_no_purpose(requirement).in_language(language)]
    proofs = _proofs(requirement, implementations) or [_NO_FAULT.in_language(language)]
    rows = [
        (Text("statement", "内容"), [statement]),
        (Text("level", "级别"), [_bracketed(level, LEVEL_EFFECTS[requirement.level], language)]),
        (Text("basis", "依据"), [_bracketed(basis, _BASES[requirement.basis], language)]),
        (Text("source", "出处"), [Text(f"{page}: {source}", f"{page}：{source}").in_language(language)]),
        (Text("open points", "文档未明确项"), [", ".join(map(str, requirement.points))] if requirement.points else []),
        (Text("check", "检查"), [requirement.check, *subject]),
        (Text("purposes", "测试目的"), purposes),
        (Text("proven by", "有效性佐证"), proofs),
    ]
    lines = [requirement.id]
    for title, values in rows:
        name = title.in_language(language)
        before = f"  {name}{' ' * (_HEAD - cell_len(name))}"
        for value in values:
            lines.append(f"{before}{value}")
            before = " " * (2 + _HEAD)
    return "\n".join(lines)


def _bracketed(word: str, more: Text, language: str) -> str:
    return Text(f"{word} ({more.en})", f"{word}（{more.zh}）").in_language(language)


def _about(requirement: Requirement, language: str) -> tuple[str, str, str, str]:
    """Level, basis, source and statement."""
    texts = (
        LEVEL_WORDS[requirement.level],
        BASIS_WORDS[requirement.basis],
        source_words(requirement.source),
        requirement.statement,
    )
    level, basis, source, statement = (text.in_language(language) for text in texts)
    return level, basis, source, statement


def _no_purpose(requirement: Requirement) -> Text:
    return _NONE_ASKS if requirement.check in _ASKED else _ALL_ASK


def _proofs(requirement: Requirement, implementations: Iterable[FaultyImplementation]) -> list[str]:
    """The faulty implementations that break it, and how to start them."""
    return [f"`serve --fault {one.id}`: {one.title}" for one in implementations if requirement.name in one.breaks]


def _entry(contract: Contract, requirement: Requirement) -> dict[str, object]:
    return {
        "id": requirement.id,
        "contract": contract.id,
        "level": requirement.level,
        "basis": requirement.basis,
        "source": requirement.source,
        "statement": {"en": requirement.statement.en, "zh": requirement.statement.zh},
        "check": requirement.check,
        "points": list(requirement.points),
        "depth": requirement.depth,
    }
