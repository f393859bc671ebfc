"""`report.html`: complete without network and script, in both languages, harmless whatever a target sends."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from reporting import ANSWER, ID, changed, sample_report, waived_report

from conformance.report.html import WITH_EVIDENCE, html_report
from conformance.report.html import Page as View
from conformance.report.shapes import Report
from conformance.report.story import Story

HOSTILE = (
    "</pre></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x07\u202e\"'{{ 7*7 }}&lt;"
)
SHOWN = HOSTILE.replace("\x1b", "\\u001b").replace("\x07", "\\u0007").replace("\u202e", "\\u202e")


@cache
def sample_html() -> str:
    """The page of the report that most tests read."""
    return html_report(Story(sample_report()))


class Page(HTMLParser):
    """Elements with their attributes, and text by language; checks that what is opened is closed."""

    VOID = frozenset({"meta", "input", "br", "wbr", "rect", "circle", "polygon", "image", "use"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, str | None]] = []
        self.text: list[tuple[str | None, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs).get("lang") or (self.open[-1][1] if self.open else None)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] not in ("style", "script"):
            self.text.append((self.open[-1][1], data))

    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]

    def words(self) -> str:
        return "".join(text for _, text in self.text)


def hostile_report() -> Report:
    """Every string that a target can reach is hostile."""
    answer = copy.deepcopy(dict(ANSWER))
    result = answer["result"]
    assert isinstance(result, list)
    result[0]["type"] = HOSTILE
    result[0]["content"] = {HOSTILE: HOSTILE}
    report = sample_report(answer=answer, observed=HOSTILE)
    exchanges = [exchange | {"outcome": {"en": HOSTILE, "zh": HOSTILE}} for exchange in report["exchanges"]]
    both = {"en": HOSTILE, "zh": HOSTILE}
    return changed(report, {"exchanges": exchanges, "target": HOSTILE, "stop_text": both})


@cache
def hostile_html() -> str:
    return html_report(Story(hostile_report()))


def test_every_element_is_closed_and_every_id_is_unique() -> None:
    page = Page(sample_html())
    assert len(page.ids()) == len(set(page.ids()))


def test_every_link_and_label_leads_somewhere() -> None:
    page = Page(sample_html())
    ids = set(page.ids())
    for tag, attributes in page.elements:
        for name in ("href", "for", "aria-labelledby"):
            target = attributes.get(name)
            if target is not None and not target.startswith("data:"):
                assert target.removeprefix("#") in ids, (tag, target)


def test_nothing_is_fetched_from_anywhere() -> None:
    html = sample_html()
    page = Page(html)
    assert {tag for tag, _ in page.elements} & {"link", "iframe", "object", "embed", "img", "base", "form"} == set()
    for _, attributes in page.elements:
        assert "src" not in attributes
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith(("#", "data:image/jpeg;base64,"))
    assert "url(" not in re.sub(r"url\(#fill-[a-z-]+\)", "", html)
    assert "@import" not in html


def test_the_policy_allows_the_page_s_own_style_and_script_only() -> None:
    html = sample_html()
    page = Page(html)
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    hashes = []
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        hashes.append(base64.b64encode(hashlib.sha256(content.encode()).digest()).decode())
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_every_text_is_there_in_both_languages() -> None:
    html = sample_html()
    assert html.count('<span lang="en">') == html.count('<span lang="zh-Hans">') > 200
    chinese = "".join(text for language, text in Page(html).text if language == "zh-Hans")
    assert "范围内 4 条“必须”要求中有 1 条未通过。" in chinese
    assert "counter-clockwise（中文）" in chinese


@pytest.mark.parametrize(("language", "lang", "checked"), [("en", "en", "lang-en"), ("zh", "zh-Hans", "lang-zh")])
def test_the_page_opens_in_the_language_asked_for(language: str, lang: str, checked: str) -> None:
    page = Page(html_report(Story(sample_report()), language))
    assert next(a["lang"] for tag, a in page.elements if tag == "html") == lang
    inputs = [a for tag, a in page.elements if tag == "input" and a.get("name") == "language"]
    assert [a["id"] for a in inputs if "checked" in a] == [checked]


def test_a_failure_shows_expected_observed_place_picture_and_command() -> None:
    html = sample_html()
    words = Page(html).words()
    assert "what ticket.corners expects" in words
    assert "<mark>&#34;location&#34;: [[20, 20], [20, 100], [180, 100], [180, 20]]</mark>" in html
    assert '<polygon class="true" points="20.0,20.0 180.0,20.0 180.0,100.0 20.0,100.0"/>' in html
    assert '<polygon class="returned" points="20.0,20.0 20.0,100.0 180.0,100.0 180.0,20.0"/>' in html
    assert 'curl -sS -i -X POST "http://127.0.0.1:8080/v1.0/ocr/auto-classification"' in words
    assert html.count("data:image/jpeg;base64,") == 1


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = [int(tag[1]) for tag, _ in Page(sample_html()).elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert levels.count(1) == 1


def test_every_table_has_a_caption_and_every_header_a_scope() -> None:
    page = Page(sample_html())
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption") > 4
    assert all(attributes.get("scope") for tag, attributes in page.elements if tag == "th")


def test_a_hostile_target_adds_no_element_and_its_text_is_shown() -> None:
    stopped = changed(sample_report(), {"stop_text": {"en": "a limit", "zh": "上限"}})
    plain, hostile = Page(html_report(Story(stopped))), Page(hostile_html())
    assert {tag for tag, _ in hostile.elements} == {tag for tag, _ in plain.elements}
    assert [tag for tag, _ in hostile.elements].count("script") == 1
    assert SHOWN in hostile.words()
    assert "49" not in re.findall(r"'(\d+)&lt;", hostile_html())
    for character in "\x1b\x07\u202e":
        assert character not in hostile_html()


def test_lone_surrogates_of_a_target_can_be_written_as_utf_8() -> None:
    html = html_report(Story(sample_report(observed="\ud83d")))
    assert "\\ud83d" in html.encode("utf-8").decode("utf-8")


def test_a_run_that_proved_everything_says_so() -> None:
    requirements = [entry for entry in sample_report()["requirements"] if entry["verdict"] == "pass"]
    score = {"requirements": 2, "proven": 2, "failed": 0, "inconclusive": 0, "not_applicable": 0}
    report = changed(sample_report(), {"requirements": requirements, "verdict": "conformant", "score": score})
    words = Page(html_report(Story(report))).words()
    assert "All 2 requirements of level must in scope were proven, and none failed." in words
    assert "Every requirement in scope that applies was decided." in words


def test_the_answer_that_counts_is_where_links_lead() -> None:
    exchange = sample_report()["exchanges"][0]
    twice = changed(sample_report(), {"exchanges": [exchange | {"retried": True}, exchange]})
    html = html_report(Story(twice))
    assert html.count('id="x-00001"') == 1
    assert html.index("not counted") < html.index('id="x-00001"')


def test_an_exchange_of_recorded_traffic_has_an_id_without_spaces() -> None:
    report = sample_report()
    recorded = json.loads(json.dumps(report).replace('"00001"', '"entry 1"'))
    page = Page(html_report(Story(changed(report, recorded))))
    assert "x-entry-1" in page.ids()
    assert [name for name in page.ids() if " " in name] == []
    assert "#x-entry-1" in [attributes.get("href") for _, attributes in page.elements]


def test_positions_are_told_in_words_and_by_whom_they_were_taken() -> None:
    positions = {ID: {"input.both": "picture-wins", "of.another.kit": "odd"}}
    view = View(changed(sample_report(), {"positions": positions}))
    assert [(p.id, p.value, p.by_target) for p in view.positions] == [
        ("input.both", "picture-wins", True),
        ("of.another.kit", "odd", True),
    ]
    assert view.positions[0].title.en == "A request with both a picture and a url"
    defaults = View(sample_report()).positions
    assert "input.both" in {p.id for p in defaults if not p.by_target}


def test_waivers_are_listed_with_owner_and_expiry() -> None:
    waiver = {
        "requirement": f"{ID}/ticket.once",
        "reason": "the page is wrong",
        "owner": "An Owner",
        "expires": "2026-03-31",
        "expired": True,
    }
    words = Page(html_report(Story(changed(sample_report(), {"waivers": [waiver]})))).words()
    for text in ("the page is wrong", "An Owner", "2026-03-31", "expired", "已过期"):
        assert text in words


def test_two_thousand_exchanges_and_every_requirement_failed_stay_under_3_mb() -> None:
    report = sample_report()
    exchanges = [report["exchanges"][0] | {"id": f"{number:05d}"} for number in range(2000)]
    template = next(entry for entry in report["requirements"] if entry["id"] == f"{ID}/ticket.corners")
    requirements = [copy.deepcopy(template) | {"id": f"{ID}/a.requirement.number.{n}"} for n in range(300)]
    evidence = template["findings"][0]["evidence"]
    assert evidence is not None
    assert evidence["response"] is not None
    for entry in requirements:
        findings = entry["findings"]
        assert isinstance(findings, list)
        large = evidence | {"response": evidence["response"] | {"before": "x" * 700, "marked": "y" * 1200}}
        findings[:] = [findings[0] | {"evidence": large}, *([findings[0] | {"evidence": None}] * 4)]
    pictures = {
        key: entry | {"thumbnail": "data:image/jpeg;base64," + "A" * 600_000}
        for key, entry in report["pictures"].items()
    }
    html = html_report(
        Story(changed(report, {"exchanges": exchanges, "requirements": requirements, "pictures": pictures}))
    )
    assert len(html.encode()) < 3_000_000
    assert html.count('class="evidence"') == WITH_EVIDENCE


def test_bars_add_up_to_the_whole() -> None:
    for bar in View(sample_report()).bars:
        assert bar.total == sum(bar.counts.values()) > 0
        assert sum(length for _, _, length in bar.segments) == pytest.approx(100, abs=0.05)


def test_a_waived_failure_stands_apart_from_failures() -> None:
    html = html_report(Story(waived_report()))
    assert 'id="waived"' in html
    assert 'id="failures"' not in html
    assert html_report(Story(waived_report(expired=True))).count('id="failures"') == 1


def test_what_is_broken_is_said_in_the_banner_once_for_all_contracts() -> None:
    report = sample_report()
    failed = next(entry for entry in report["requirements"] if entry["id"] == f"{ID}/ticket.corners")
    alike = copy.deepcopy(failed) | {"id": "another-contract/ticket.corners"}
    view = View(changed(report, {"requirements": [*report["requirements"], alike]}))
    assert [(b.statement["en"], [f.requirement["id"] for f in b.failures]) for b in view.breakages] == [
        ("The statement of ticket.corners.", [f"{ID}/ticket.corners", "another-contract/ticket.corners"])
    ]


PROVEN = [entry for entry in sample_report()["requirements"] if entry["verdict"] == "pass"]


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (sample_report(), "1 of the 4 mandatory requirements that were tested do not hold."),
        (changed(sample_report(), {"requirements": PROVEN}), "All 2 mandatory requirements that were tested hold."),
    ],
    ids=["broken", "whole"],
)
def test_a_print_begins_with_a_certificate_in_words_for_everybody(report: Report, sentence: str) -> None:
    html = html_report(Story(report))
    certificate = html.partition('class="certificate printed"')[2].partition("</section>")[0]
    assert sentence in certificate
    for told in ("System under test", report["target"], report["started_at"], "Signature", report["kit_version"]):
        assert told in certificate
    assert html.index("certificate printed") < html.index('id="verdict"')
