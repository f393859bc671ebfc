"""`summary.md`, to the letter, and read by a Markdown parser where a target is hostile."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reporting import ID, changed, sample_report, waived_report

from conformance.report.markdown import summary_markdown
from conformance.report.story import Story

CURL = re.compile(r"^curl .*$", re.MULTILINE)

ENGLISH = """\
## ❌ NOT CONFORMANT

1 of 4 requirements of level must in scope is broken.

`Recognition: not judged, since no limit is declared`

Target: `http://127.0.0.1:8080`

| contract | level | proven | failed | not proven | not applicable |
|---|---|--:|--:|--:|--:|
| `auto-classification-v1.0` | must | 2 | 1 | 1 | 1 |
| `auto-classification-v1.0` | should | 0 | 1 | 0 | 0 |
| `auto-classification-v1.0` | open | 0 | 1 | 0 | 0 |

### Failures (1)

**`auto-classification-v1.0/ticket.corners`** (must; table 3, location; stated)

The statement of ticket.corners.

- Expected: `what ticket.corners expects`
- Observed: `counter-clockwise`
- Where: `/result/0/location, 00001`
- In: `auto-classification-v1.0/places`
- Times: broken 1, held 0

<details><summary>Send it again</summary>

```sh
curl
```

</details>

### Warnings (1)

- `auto-classification-v1.0/confidence.range` (should; table 3, confidence; sample, success; stated): \
The statement of confidence.range. `94.5`

### Remarks (1)

- `auto-classification-v1.0/content.listed` (open; pages of the ticket types, response table; stated): \
The statement of content.listed. `absent: number`

### Not proven (1)

- `auto-classification-v1.0/ticket.once` (must): `no picture with several tickets was accepted`

<sub>1 not applicable (not declared: url)<br>2 requests, 1 billable, 12.3 s; depth standard, seed 7, kit 0.1.0<br>\
2026-01-02T03:04:05+00:00<br>data sha256 0123456789abcdef</sub>
"""

HOSTILE = (
    "``` </details><script>x</script> ![a](http://evil/x.png) [b](http://evil) | @someone #1 \x1b[2J \n# heading `"
)


def test_the_summary() -> None:
    report = sample_report() | {"sha256": "0123456789abcdef" * 4}
    assert CURL.sub("curl", summary_markdown(Story(report))) == ENGLISH


def test_in_chinese() -> None:
    lines = summary_markdown(Story(sample_report()), "zh").splitlines()
    assert lines[:7] == [
        "## ❌ 不符合",
        "",
        "范围内 4 条“必须”要求中有 1 条未通过。",
        "",
        "`识别效果：未声明限值，故不作判定`",
        "",
        "被测系统：`http://127.0.0.1:8080`",
    ]
    assert f"**`{ID}/ticket.corners`**（必须；表 3，location；文档明示）" in lines
    assert "- 实际：`counter-clockwise（中文）`" in lines


def test_a_conformant_run_is_short() -> None:
    requirements = [entry for entry in sample_report()["requirements"] if entry["verdict"] == "pass"]
    report = changed(sample_report(), {"requirements": requirements, "verdict": "conformant"})
    text = summary_markdown(Story(report))
    assert text.startswith(
        "## ✅ CONFORMANT\n\nAll 2 requirements of level must in scope were proven, and none failed."
    )
    assert "###" not in text


def tokens(markdown: str) -> list[Token]:
    """All tokens, those inside of paragraphs included."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        found += [token, *(token.children or [])]
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_hostile_target_stays_inside_of_code(language: str) -> None:
    report = sample_report(observed=HOSTILE)
    stop = {"en": HOSTILE, "zh": HOSTILE}
    errors = [{"purpose": HOSTILE, "error": HOSTILE}]
    report = changed(report, {"target": HOSTILE, "stop_text": stop, "errors": errors})
    plain, hostile = (
        tokens(summary_markdown(Story(sample_report()), language)),
        tokens(summary_markdown(Story(report), language)),
    )
    assert "\x1b" not in summary_markdown(Story(report), language)
    html = {token.content.strip() for token in hostile if token.type.startswith("html")}
    assert {re.sub(r"<summary>.*</summary>", "", line) for line in html} == {
        "<details>",
        "</details>",
        "<sub>",
        "</sub>",
        "<br>",
    }
    assert not {token.type for token in hostile} & {"link_open", "image"}
    headings = [token for token in hostile if token.type == "heading_open"]
    assert len(headings) == len([token for token in plain if token.type == "heading_open"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            "## ✅ CONFORMANT\n\nOf 4 requirements of level must in scope 3 were proven; 1 is broken and waived.\n",
        ),
        ("zh", "## ✅ 符合\n\n范围内 4 条“必须”要求中有 3 条得到证实，1 条未通过但已豁免。\n"),
    ],
)
def test_the_sentence_of_a_run_with_a_waiver_counts_what_is_waived(language: str, words: str) -> None:
    assert summary_markdown(Story(waived_report()), language).startswith(words)


def test_a_waived_failure_has_a_list_of_its_own() -> None:
    text = summary_markdown(Story(waived_report()))
    assert (
        f"### Waived failures (1)\n\n- `{ID}/ticket.corners` (must; table 3, location; stated): "
        "The statement of ticket.corners. `counter-clockwise`<br>`waived until 2026-03-31"
    ) in text
    assert "### Failures" not in text


def test_an_expired_waiver_excuses_nothing() -> None:
    text = summary_markdown(Story(waived_report(expired=True)))
    assert text.startswith("## ❌ NOT CONFORMANT\n\n1 of 4 requirements of level must in scope is broken.\n")
    assert "### Failures (1)" in text
