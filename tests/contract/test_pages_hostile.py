"""Any text is a page or one message, in bounded time, and its drafts are always valid."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from long_pages import FLAT, LONG, TABLE, long_page

from conformance.contract.tables import page_from
from conformance.derive import ReadPage, draft_toml, read_page
from conformance.derive.folder import draft_schemas
from conformance.files import DataError

FRAGMENTS = [
    "POST /v1/a\n", "# t\n", "\n", "\n\n", "表1 请求参数\n", "**表 2**  响应参数\n", "Table 3 AbcResult\n",
    "状态码:200\n", "参数\n", "是否必选\n", "参数类型\n", "描述\n", "Parameter\n", "Type\n", "Description\n", "name\n",
    "String\n", "Object\n", "是\n", "Array of AbcResult objects\n", "AbcResult object\n", "• a：b\n", "默认false,",
    "取值范围[0, 99]", "不超过10MB，", "15px到20px", "与url二选一", "仅在alarm为true时返回该字段", "支持JPG/PNG格式",
    "包含如下字段：a、b\n", "<table>", "</table>", "<tr>", "<td>", "<th>", "</td>", "<p>", "<li>",
    "<td rowspan=3 colspan=2>", "&#65;", "&#99999999999999;", "<!--", "| 参数 | 参数类型 | 描述 |\n", "|--|--|--|\n",
    "| a | String | b |\n", "|", "```\n", "{\n", "见表2", "状态码\n", "200\n", "\x00", "\u2028", "“", "-1：c\n",
]  # fmt: skip


def read_or_none(text: str) -> ReadPage | None:
    """The page, or None where reading ends with a message."""
    try:
        return read_page(text)
    except DataError:
        return None


def read_and_draft(text: str) -> None:
    """Read the text; where it is a page, its drafts are made and checked."""
    page = read_or_none(text)
    if page is None:
        return
    page_from(tomllib.loads(draft_toml(page)))
    try:
        schemas = draft_schemas(page, text)
    except DataError:
        return
    for schema in schemas.values():
        Draft202012Validator.check_schema(json.loads(schema))


@settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), max_size=60).map("".join))
def test_any_text_of_the_familys_words_is_a_page_or_a_message(text: str) -> None:
    read_and_draft(text)


@settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([TABLE, FLAT]), st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_any_end_of_a_page_is_a_page_or_a_message(head: str, text: str) -> None:
    read_and_draft(head + text)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(alphabet=st.characters(), max_size=400))
def test_any_text_at_all_is_a_page_or_a_message(text: str) -> None:
    read_and_draft(text)


@pytest.mark.parametrize(("head", "repeated", "is_page"), LONG.values(), ids=list(LONG))
def test_a_long_page_is_read_to_its_end(head: str, repeated: str, is_page: bool) -> None:
    assert (read_or_none(long_page(head, repeated, 90_000)) is not None) is is_page


BODY = "表1 请求参数\n\n参数\n\n是否必选\n\n参数类型\n\n描述\n\nimage\n\n是\n\nString\n\n图片。\n\n"


def test_a_long_chain_of_objects_needs_no_recursion() -> None:
    links = "".join(
        f"表{number} LinkItem{number}\n参数\n参数类型\n描述\nnext\nLinkItem{number + 1} object\n下一个。\n"
        for number in range(2, 900)
    )
    text = FLAT + "result\n\nLinkItem2 object\n\n第一个。\n\n" + links
    page = read_page(text)
    assert draft_toml(page).count("at = ") == 899
    whole = text.replace("表1", f"{BODY}表9", 1)
    with pytest.raises(DataError, match="expected objects inside each other to 40 levels, found 899"):
        draft_schemas(read_page(whole), whole)
