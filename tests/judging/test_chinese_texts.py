"""What the kit says in Chinese is Chinese: no English sentence stands in its place or within it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from chinese import english_in

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "conformance"


TOLD = ("Text", "BadInput", "DataError", "EntryError", "CassetteError", "DamagedCassetteError")
"""What takes a sentence in both languages."""


def literal(node: ast.expr) -> str | None:
    """A string of the source with `{}` in the place of what is filled in; None for any other expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def texts_of_the_source() -> Iterator[tuple[str, str, str]]:
    """Place, English and Chinese of every `Text("...", "...")` and every error that takes both, of the kit."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in TOLD and len(node.args) == 2):
                continue
            english, chinese = (literal(argument) for argument in node.args)
            if english is not None and chinese is not None:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", english, chinese


def texts_of_the_templates() -> Iterator[tuple[str, str, str]]:
    """The same of every `b("...", "...")` of the page."""
    call = re.compile(r'\bb\("((?:[^"\\]|\\.)*)"(?: \| format\([^"]*?\))?, "((?:[^"\\]|\\.)*)"')
    for path in sorted((PACKAGE / "report" / "templates").glob("*.j2")):
        for found in call.finditer(path.read_text(encoding="utf-8")):
            yield path.name, found[1], found[2]


def texts_of_the_data() -> Iterator[tuple[str, str, str]]:
    """The same of every table with the keys `en` and `zh` in `schemas/` and `cases/`."""
    for folder in ("schemas", "cases"):
        for path in sorted((ROOT / folder).rglob("*.toml")):
            for english, chinese in pairs(tomllib.loads(path.read_text(encoding="utf-8"))):
                yield str(path.relative_to(ROOT)), english, chinese


def pairs(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for entry in value:
            yield from pairs(entry)
    elif isinstance(value, dict):
        if isinstance(value.get("en"), str) and isinstance(value.get("zh"), str):
            yield value["en"], value["zh"]
        for entry in value.values():
            yield from pairs(entry)


def texts_of_the_faults() -> Iterator[tuple[str, str, str]]:
    """The same of every fault and variant of the reference. Raises where one is not told in Chinese."""
    listed = subprocess.run(
        [sys.executable, "-m", "conformance.reference", "--list-faults", "--json"], capture_output=True, check=True
    )
    for fault in json.loads(listed.stdout):
        assert fault["zh"], f"{fault['id']}: expected `title` and `zh`, there or in titles.toml"
        yield fault["id"], fault["title"], fault["zh"]


SOURCES = {
    "source": texts_of_the_source,
    "templates": texts_of_the_templates,
    "data": texts_of_the_data,
    "faults": texts_of_the_faults,
}
FEWEST = {"source": 200, "templates": 100, "data": 300, "faults": 300}


@cache
def texts_of(kind: str) -> tuple[tuple[str, str, str], ...]:
    """Place, English and Chinese of every text of one kind, read once."""
    return tuple(SOURCES[kind]())


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_no_chinese_text_holds_an_english_sentence(kind: str) -> None:
    texts = texts_of(kind)
    assert len(texts) >= FEWEST[kind]
    assert [(place, chinese) for place, _, chinese in texts if english_in(chinese)] == []


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_an_english_sentence_has_a_chinese_one(kind: str) -> None:
    same = [
        (place, english)
        for place, english, chinese in texts_of(kind)
        if english == chinese and english_in(english) and english.strip("{}")
    ]
    assert same == []


def test_english_within_chinese_is_seen() -> None:
    assert english_in("位置不符：true corners elsewhere") == "true corners elsewhere"
    assert english_in("代理返回 407 Proxy，参数 `max billable` 与 'The input is invalid.' 除外") is None


BANNED = {
    "应当": "宜 (level should)",
    "目标": "被测系统",
    "立场": "约定做法",
    "套件解读": "约定做法",
    "未定": "文档未规定, 文档未明确项",
    "见证": "有响应为证",
    "证明": "证实",
    "退化": "回归",
    "重现": "复现",
    "应答": "响应",
    "合法请求": "有效请求",
    "缺省": "默认, 不传",
    "成员": "字段",
    "角点": "顶点",
    "账户": "账号",
    "替身": "模拟服务",
    "自有样张": "自有图片",
    "条发现": "条问题",
    "亦然": "written out",
}
"""Words that are wrong, ambiguous or literary in the Chinese of this field, and what stands in their place."""

PLAIN = {"不能证明来源", "进口证明书"}  # a proof of origin is meant, a certificate's own name
CONTRACT = re.compile("(?<!接口)契约")


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_one_thing_has_one_word_in_chinese(kind: str) -> None:
    found = []
    for place, _, chinese in texts_of(kind):
        text = chinese
        for meant in PLAIN:
            text = text.replace(meant, "")
        found += [(place, word, BANNED[word], chinese) for word in BANNED if word in text]
        found += [(place, "契约", "接口契约", chinese)] if CONTRACT.search(text) else []
    assert found == []
