"""`report.html`: one file that needs no network and no script, from the same value that `report.json` holds.

Everything that a target sent is escaped, what acts instead of showing is written out, and a content security policy
allows nothing but the page's own style and script, so that a hostile answer can do nothing to a reader.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.report.curves import CAPTIONS
from conformance.report.page import Page
from conformance.report.phrases import reason_of, waiver_terms
from conformance.report.recognition import share_in_words
from conformance.report.visible import visible
from conformance.report.wording import (
    BASIS_WORDS,
    DEPTH_WORDS,
    LEVEL_EFFECTS,
    LEVEL_WORDS,
    NOT_PROVEN,
    OUTCOMES,
    PICTURES,
    ROLES,
    RUN_VERDICTS,
    SPARE_WAIVERS,
    VERDICTS,
    place_words,
)

if TYPE_CHECKING:
    from conformance.report.story import Story

_TEMPLATES = Path(__file__).parent / "templates"
_MARKS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "not-applicable": "–"}
_RUN_MARKS = {"conformant": "✓", "nonconformant": "✗", "inconclusive": "?", "error": "!"}


def html_report(story: Story, language: str = "en") -> str:
    """The page, to be written as UTF-8; `language` (`en` or `zh`) is the one that it opens in."""
    # Both go into the page unescaped, so that their hashes fit the policy.
    style, script = ((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=story.report,
            story=Page(story.report, story.comparison, story.curves, story.undrawn),
            language=language,
            style=Markup(style),
            style_hash=_policy_hash(style),
            script=Markup(script),
            script_hash=_policy_hash(script),
        )
    )


@cache
def _environment() -> Environment:
    """The templates, compiled once in a process, and the words that all of them know."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        data_uri=_data_uri, breakable=_breakable, unbroken_options=_unbroken_options, exchange_anchor=_exchange_anchor
    )
    environment.globals.update(
        marks=_MARKS,
        run_marks=_RUN_MARKS,
        run_verdicts=RUN_VERDICTS,
        verdict_words=VERDICTS,
        level_words=LEVEL_WORDS,
        level_effects=LEVEL_EFFECTS,
        basis_words=BASIS_WORDS,
        depth_words=DEPTH_WORDS,
        outcomes=OUTCOMES,
        roles=ROLES,
        pictures_words=PICTURES,
        share_in_words=share_in_words,
        captions=CAPTIONS,
        not_proven=NOT_PROVEN,
        spare_waivers=SPARE_WAIVERS,
        reason_of=reason_of,
        waiver_terms=waiver_terms,
        place_words=place_words,
    )
    return environment


def _policy_hash(content: str) -> str:
    """How a content security policy names an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")


def _harmless(value: object) -> object:
    """What every expression of a template goes through before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _exchange_anchor(exchange_id: str) -> str:
    """The id of the row of an exchange; those of recorded traffic have spaces, which an id of HTML cannot have."""
    return "x-" + re.sub(r"\s", "-", exchange_id)


def _breakable(text: str) -> Markup:
    """An id that may wrap after its slashes and dots."""
    return Markup(re.sub(r"([/.])", r"\1<wbr>", str(escape(visible(text)))))


def _unbroken_options(line: str) -> Markup:
    """A shell line whose options do not wrap after their hyphens."""
    return Markup(
        re.sub(r"(?<= )(--?[A-Za-z][A-Za-z-]*)(?= )", r'<span class="nb">\1</span>', str(escape(visible(line))))
    )
