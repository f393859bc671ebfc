"""The lines of keys in a TOML text, in every way that the language has to write them."""

from __future__ import annotations

from conformance.statement.stated_text import key_lines, line_of

TEXT = '''\
title = "a [table] = not one" # [x] = 1
"quoted key" = 1
'single' = 2
dotted.name.here = 3

[table]
text = """
inside = 1
[not-a-table]
"""
literal = \'\'\'one line\'\'\'
list = [
  "a = 1",   # b = 2
  [1, 2],
]
inline = { x = 1, y = [1,
  2] }
after = "\\"quoted\\" ["

  [ table . "sub.table" ]
key = 1

[[entry]]
one = 1
[[entry]]
one = 2
[entry.part]
two = 1
[[entry.part.deep]]
three = 1
'''


def test_the_lines_of_all_keys() -> None:
    assert key_lines(TEXT) == {
        ("title",): 1,
        ("quoted key",): 2,
        ("single",): 3,
        ("dotted", "name", "here"): 4,
        ("table",): 6,
        ("table", "text"): 7,
        ("table", "literal"): 11,
        ("table", "list"): 12,
        ("table", "inline"): 16,
        ("table", "after"): 18,
        ("table", "sub.table"): 20,
        ("table", "sub.table", "key"): 21,
        ("entry", 0): 23,
        ("entry", 0, "one"): 24,
        ("entry", 1): 25,
        ("entry", 1, "one"): 26,
        ("entry", 1, "part"): 27,
        ("entry", 1, "part", "two"): 28,
        ("entry", 1, "part", "deep", 0): 29,
        ("entry", 1, "part", "deep", 0, "three"): 30,
    }


def test_what_has_no_line_of_its_own_has_that_of_what_is_around_it() -> None:
    lines = key_lines(TEXT)
    assert line_of(("table", "inline", "y", 1), lines) == 16
    assert line_of(("entry", 1, "missing"), lines) == 25
    assert line_of(("nowhere",), lines) == 1


def test_a_line_ends_at_a_line_feed_only() -> None:
    # Python's own idea of lines has these as well, and they may stand in a comment or a text.
    assert key_lines("# \u2028 \x0c \u0085\na = 1\n") == {("a",): 2}
