"""Lists requirements: for people as text or Markdown, for machines as JSON. Explains whatever has an id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.cells import cell_len

from conformance.contract.catalogues import read_points, read_positions
from conformance.contract.contract import load_contract
from conformance.engine.lookup import (
    faulty_implementations,
    in_several,
    known_ids,
    nothing_named,
    purposes_by_requirement,
    purposes_named,
    requirements_named,
    variants_of,
)
from conformance.engine.purposes import load_purposes
from conformance.files import PRIMARY, contract_ids
from conformance.report.wording import BASIS_WORDS, DEPTH_WORDS, LEVEL_EFFECTS, LEVEL_WORDS, source_words
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.catalogues import Fault
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Requirement
    from conformance.engine.lookup import FaultyImplementation
    from conformance.engine.purposes import Purpose, Step

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
_POINTS = Text("open points", "文档未明确项")
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
    blocks, width = [], 1 + max(cell_len(word.in_language(language)) for word in LEVEL_WORDS.values())
    for contract in contracts:
        title, count = contract.page.title.in_language(language), len(contract.requirements)
        rows = [(r.id, r.name, *_about(r, language)) for r in contract.requirements.values()]
        if form == "markdown":
            heads = [f"| {' | '.join(head.in_language(language) for head in _HEADS)} |", "|---|---|---|---|---|"]
            lines = [f"| `{name}` | {' | '.join(about)} |" for _, name, *about in rows]
            blocks.append("\n".join([f"## {title} (`{contract.id}`)", "", *heads, *lines]))
        else:
            lines = [
                f"{level}{' ' * (width - cell_len(level))}{id_}\n{' ' * width}{said}"
                + Text(f" [{basis}: {at}]", f"（{basis}：{at}）").in_language(language)
                for id_, _, level, basis, at, said in rows
            ]
            blocks.append("\n".join([f"{title}: {count}", "", *lines]))
    return "\n\n".join(blocks)


def explain(wanted: str, language: str) -> str:
    """What there is to say of everything with an id: a requirement, a purpose, a fault of requests, an error code, a
    position, an open point, a faulty implementation; a part for each of them that has it.

    Raises DataError for an id that nothing has, or a requirement that is in several contracts.
    """
    contracts = [load_contract(name) for name in contract_ids()]
    named = requirements_named(wanted)
    parts = [
        *(_explained_purpose(purpose, language) for _, purpose in purposes_named(wanted)),
        *_explained_fault(wanted, contracts, language),
        *_explained_code(wanted, contracts, language),
        *_explained_position(wanted, contracts, language),
        *_explained_point(wanted, contracts, language),
    ]
    if len(named) == 1:
        contract, requirement = named[0]
        purposes = purposes_by_requirement(contract)[requirement.name]
        parts.insert(0, explanation(contract, requirement, purposes, faulty_implementations(), language))
    if parts:  # a fault, a position: they list the requirements of the same name
        return "\n\n".join(parts)
    if named:
        raise in_several(wanted, [requirement.id for _, requirement in named])
    implementations = {one.id: one for one in faulty_implementations()}
    if wanted not in implementations:
        raise nothing_named(wanted, [*known_ids(), *implementations])
    return _explained_implementation(implementations[wanted], contracts, language)


def explanation(
    contract: Contract,
    requirement: Requirement,
    purposes: Sequence[str],
    implementations: Iterable[FaultyImplementation],
    language: str,
) -> str:
    """A line or more for each thing that there is to say of a requirement; `purposes` are the ids of those that aim at
    it.
    """
    level, basis, source, statement = _about(requirement, language)
    page = contract.page.document.in_language(language)
    subject = [*map(str, requirement.keywords), *requirement.features, *requirement.faults]
    purposes = purposes or [_no_purpose(requirement).in_language(language)]
    proofs = _proofs(requirement, implementations, language) or [_NO_FAULT.in_language(language)]
    rows = [
        (Text("statement", "内容"), [statement]),
        (Text("level", "级别"), [_bracketed(level, LEVEL_EFFECTS[requirement.level], language)]),
        (Text("basis", "依据"), [_bracketed(basis, _BASES[requirement.basis], language)]),
        (Text("source", "出处"), [Text(f"{page}: {source}", f"{page}：{source}").in_language(language)]),
        (_POINTS, _points(requirement.points, language)),
        (Text("check", "检查"), [requirement.check, *subject]),
        (Text("purposes", "测试目的"), purposes),
        (Text("proven by", "有效性佐证"), proofs),
    ]
    return _part(requirement.id, rows, language)


def _part(head: str, rows: Iterable[tuple[Text, Sequence[str]]], language: str) -> str:
    """The lines of one thing that is explained; a row without values is left out."""
    lines = [head]
    for title, values in rows:
        name = title.in_language(language)
        before = f"  {name}{' ' * (_HEAD - cell_len(name))}"
        for value in values:
            lines.append(f"{before}{value}")
            before = " " * (2 + _HEAD)
    return "\n".join(lines)


def _points(numbers: Iterable[int], language: str) -> list[str]:
    """Open points with what is open."""
    known = read_points()
    return [Text(f"{n}: {known[n].title.en}", f"{n}：{known[n].title.zh}").in_language(language) for n in numbers]


def _deciding(contracts: Sequence[Contract], decides: Callable[[Requirement], bool]) -> list[str]:
    """Ids of the requirements of the documents under test that are about something; those of later editions where only
    they are.
    """
    found = [r for contract in contracts for r in contract.requirements.values() if decides(r)]
    return [r.id for r in found if r.id.partition("/")[0] in PRIMARY] or [r.id for r in found]


def _explained_purpose(purpose: Purpose, language: str) -> str:
    asked = [
        Text("a valid request: the control", "有效请求：对照"),
        *(_step(step) for step in purpose.steps),
    ]
    rows = [
        (Text("statement", "内容"), [purpose.title.in_language(language)]),
        (Text("depth", "深度"), [DEPTH_WORDS[purpose.depth].in_language(language)]),
        (Text("requests", "请求"), [one.in_language(language) for one in asked]),
        (Text("aims at", "针对"), [f"{purpose.contract_id}/{aim}" for aim in purpose.aims]),
        (Text("needs", "需要"), [_SERVED.in_language(language)] if purpose.needs else []),
        (Text("alone", "单独执行"), [f"`run TARGET --only {purpose.id}`"]),
    ]
    return _part(_bracketed(purpose.id, Text("test purpose", "测试目的"), language), rows, language)


_SERVED = Text("a target that reaches pictures which the kit serves", "能访问套件所提供图片的被测系统")


def _step(step: Step) -> Text:
    if step.fault is not None:
        return Text(f"the same with one fault: {step.fault}", f"仅有一处错误的同一请求：{step.fault}")
    if step.relation is None:
        return Text("another valid request", "另一个有效请求")
    held, how = step.relation.requirement, step.relation.comparator
    return Text(f"another valid request: {held} ({how})", f"另一个有效请求：{held}（{how}）")


def _explained_fault(wanted: str, contracts: Sequence[Contract], language: str) -> Iterator[str]:
    """A fault of requests (`body.not-json`), or one way to commit it (`body.not-json/nan`)."""
    family, _, _ = wanted.partition("/")
    fault = next((c.errors.faults[family] for c in contracts if family in c.errors.faults), None)
    ways = variants_of(wanted)
    if fault is None or ("/" in wanted and not ways):
        return
    codes = {code: one for c in contracts for code, one in c.errors.codes.items()}
    told = [Text(f"{c}: {codes[c].meaning.en}", f"{c}：{codes[c].meaning.zh}") for c in sorted(fault.codes)]
    purposes = [p.id for c in contracts if c.id in PRIMARY for p in load_purposes(c)
                if any(step.fault in ways for step in p.steps)]  # fmt: skip
    rows = [
        (Text("statement", "内容"), [fault.title.in_language(language)]),
        (Text("codes", "错误码"), [one.in_language(language) for one in told]),
        (Text("status", "状态码"), [", ".join(map(str, sorted(fault.statuses)))] if fault.statuses else []),
        (Text("ways", "具体形式"), ways),
        (Text("breaks", "违反"), _deciding(contracts, lambda r: family in r.faults)),
        (Text("purposes", "测试目的"), purposes),
    ]
    yield _part(_bracketed(wanted, Text("fault of a request", "请求中的错误"), language), rows, language)


def _explained_code(wanted: str, contracts: Sequence[Contract], language: str) -> Iterator[str]:
    catalogue = next((c.errors for c in contracts if wanted in c.errors.codes), None)
    if catalogue is None:
        return
    code = catalogue.codes[wanted]
    only_shown = Text("none lists it; samples show it", "无错误码表列出，仅见于示例").in_language(language)
    rows = [
        (Text("statement", "内容"), [code.meaning.in_language(language)]),
        (Text("message", "文本"), [code.message or _VARIES.in_language(language)]),
        (Text("module", "模块"), [code.module]),
        (Text("editions", "版本"), [", ".join(code.editions) or only_shown]),
        (
            Text("refuses", "用于拒绝"),
            [_titled(f).in_language(language) for f in catalogue.faults.values() if wanted in f.codes],
        ),
    ]
    yield _part(_bracketed(wanted, Text("error code", "错误码"), language), rows, language)


def _titled(fault: Fault) -> Text:
    """A fault with its title, which a contract has for each of several members."""
    en, zh = fault.title.en.replace("{name}", "a field"), fault.title.zh.replace("{name}", "某个字段")
    return Text(f"{fault.id}: {en}", f"{fault.id}：{zh}")


_VARIES = Text("varies, so that no answer is held against it", "内容可变，不据以判定")


def _explained_position(wanted: str, contracts: Sequence[Contract], language: str) -> Iterator[str]:
    position = read_positions().get(wanted.partition("=")[0])
    if position is None or ("=" in wanted and wanted.partition("=")[2] not in position.values):
        return
    standard = Text(" (where a statement says nothing)", "（声明未写明时）").in_language(language)
    touched = {name for v in position.values.values() for name in (*v.lifts, *v.demands, *v.restates)}
    values = [
        Text(f"{v.name}: {v.meaning.en}", f"{v.name}：{v.meaning.zh}").in_language(language)
        + (standard if v.name == position.default else "")
        for v in position.values.values()
    ]
    other = next(name for name in (*position.values, position.default) if name != position.default)
    rows = [
        (Text("about", "事项"), [position.title.in_language(language)]),
        (Text("values", "取值"), values),
        (_POINTS, _points(position.points, language)),
        (Text("concerns", "涉及"), _deciding(contracts, lambda r: r.name in touched)),
        (Text("statement", "声明"), [f'[positions] "{position.id}" = "{other}"']),
    ]
    yield _part(_bracketed(position.id, Text("position of a target", "被测系统的取定做法"), language), rows, language)


def _explained_point(wanted: str, contracts: Sequence[Contract], language: str) -> Iterator[str]:
    point = read_points().get(int(wanted)) if wanted.isdecimal() else None
    if point is None:
        return
    rows = [
        (Text("open is", "未明确"), [point.title.in_language(language)]),
        (Text("decided by", "据以判定"), _deciding(contracts, lambda r: point.number in r.points)),
        (Text("positions", "取定做法"), [p.id for p in read_positions().values() if point.number in p.points]),
        (Text("left out", "不予判定"), [point.why.in_language(language)] if point.why else []),
    ]
    yield _part(_bracketed(wanted, Text("open point", "文档未明确项"), language), rows, language)


def _explained_implementation(one: FaultyImplementation, contracts: Sequence[Contract], language: str) -> str:
    faulty = one.kind == "fault"
    kind = Text("faulty implementation", "缺陷实现") if faulty else Text("conformant variant", "符合要求的变体")
    rows = [
        (Text("does", "表现"), [one.words.in_language(language)]),
        (Text("breaks", "违反"), _deciding(contracts, lambda r: r.name in one.breaks)),
        (_POINTS, _points(one.points, language)),
        (Text("declares", "须声明"), one.declares),
        (Text("start", "启动"), [f"`serve --fault {one.id}`"]),
        (Text("proof", "检验"), [f"`faults --only {one.id}`"]),
    ]
    return _part(_bracketed(one.id, kind, language), rows, language)


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


def _proofs(requirement: Requirement, implementations: Iterable[FaultyImplementation], language: str) -> list[str]:
    """The faulty implementations that break it, and how to start them."""
    told = [(one.id, one.words) for one in implementations if requirement.name in one.breaks]
    lines = [Text(f"`serve --fault {id_}`: {w.en}", f"`serve --fault {id_}`：{w.zh}") for id_, w in told]
    return [line.in_language(language) for line in lines]


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
