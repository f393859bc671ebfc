"""The head of the tables of an invented later edition."""

from __future__ import annotations


def head(extends: str) -> str:
    """The head of `later/tables.toml`, an edition after another contract."""
    return f"""
id = "later"
extends = "{extends}"
edition = "v3"
method = "POST"
path = "/v3"
picture = "data"
result = "document"
title = {{ en = "Later", zh = "更新" }}
document = {{ id = "later", en = "Later", zh = "更新", published = "2027-01-01" }}
"""
