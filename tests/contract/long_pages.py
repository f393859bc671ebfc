"""Pages of one thing many times over: reading one may take time in proportion to its length, and no more."""

from __future__ import annotations

TABLE = "# t\n\n## 请求参数\n\nPOST /v1/a\n\n|参数|参数类型|描述|\n|--|--|--|\n"
FLAT = "t\n\nPOST /v1/a\n\n表1 响应参数\n\n参数\n\n参数类型\n\n描述\n\n"
LONG = {
    "tables in tables": ("# t\n\nPOST /v1/a\n\n", "<table>", False),
    "comments": ("# t\n\nPOST /v1/a\n\n<table>", "<!--", False),
    "long tags": ("# t\n\nPOST /v1/a\n\n<table>", "<p " + "a= " * 190 + ">", False),
    "references": ("# t\n\nPOST /v1/a\n\n<table>", "&#", False),
    "spans": (
        "# t\n\n## 请求参数\n\nPOST /v1/a\n\n<table><tr><th>参数<th>描述",
        "<tr><td rowspan=99 colspan=99>a",
        False,
    ),
    "rows": (TABLE, "|a|String|b|\n", True),
    "ranges": (TABLE + "|a|String|", "取值范围", True),
    "sizes": (TABLE + "|a|String|", "base64不超过10MB，", True),
    "conditions": (TABLE + "|a|String|", "当a为true时", True),
    "formats": (TABLE + "|a|String|", "a/b格式", True),
    "choices": (TABLE + "|a|String|", "与a二选一", True),
    "flat rows": (FLAT, "a\nString\nb\n", True),
    "flat tables": (FLAT, "表1 响应参数\n参数\n参数类型\na\nString\n", True),
    "flat captions": (FLAT, "表6\n", False),
}
"""How a page begins, what it then repeats, and whether the whole is a page."""


def long_page(head: str, repeated: str, length: int) -> str:
    """A page of that many characters."""
    return (head + repeated * (length // len(repeated)))[:length]
