"""Text that a target sent is made harmless before anyone looks at it."""

from __future__ import annotations

import pytest

from conformance.report.phrases import one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 中文, emoji 🎫", "plain text, 中文, emoji 🎫"),
        ("two\n\tlines", "two\n\tlines"),
        ("\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m"),
        ("\x9b31m", "\\u009b31m"),
        ("bell\x07 back\x08 return\r", "bell\\u0007 back\\u0008 return\\u000d"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth \u2066isolate", "zero\\u200bwidth \\u2066isolate"),
        ("line\u2028separator", "line\\u2028separator"),
        ("\ud83d alone", "\\ud83d alone"),
        ("\U000e0041 tag", "\\U000e0041 tag"),
        ("e\u0301 stays", "e\u0301 stays"),
        ("Z" + "\u0335" * 4, "Z" + "\\u0335" * 4),
    ],
)
def test_characters_that_act_instead_of_showing_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_has_no_line_feeds_and_ends_with_an_ellipsis_where_it_was_cut() -> None:
    assert one_line("a\n\tb") == "a  b"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"
