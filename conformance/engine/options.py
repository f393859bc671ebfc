"""The options that say what a run does, stated once: the command line and the pytest plugin take the same ones.

Imports nothing of the kit: pytest and `--help` load this module each time.
"""

from __future__ import annotations

import locale
import os
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "texts", "choice", "file", "folder", "new", "integer", "count", "rate", "seconds"]
"""What a value is: `texts` may be repeated, `new` is a path that need not exist, `count` a whole number from 1,
`rate` requests a second, `seconds` a number above 0.
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--name`, the name of its value (a field of `Settings` where it has one), and what it does."""

    name: str
    kind: Kind
    help: str
    metavar: str | None = None
    field: str | None = None
    choices: tuple[str, ...] = ()
    default: float | None = None

    @property
    def flag(self) -> str:
        """As it is typed."""
        return f"--{self.name}"

    @property
    def key(self) -> str:
        """The name of its value."""
        return self.field or self.name.replace("-", "_")


RUN_OPTIONS = (
    Option("contract", "texts", "Contract to test; may be repeated.", "ID", "contracts"),
    Option("depth", "choice", "How much to ask.", choices=("smoke", "standard", "thorough")),
    Option("statement", "file", "Target statement (TOML).", "FILE"),
    Option("token", "text", "Token; better in the environment as OCR_CONFORMANCE_TOKEN.", "T"),
    Option("secrets", "file", "File of credentials.", "FILE", "secrets_file"),
    Option("images", "folder", "Pictures of your own, with a manifest.toml.", "DIR"),
    Option("cases", "folder", "Cases of your own.", "DIR"),
    Option("only", "texts", "This purpose, or what aims at this requirement.", "ID"),
    Option("seed", "integer", "Seed of what is drawn; repeats a run exactly.", "N"),
    Option("max-requests", "count", "End the run after N requests.", "N"),
    Option("max-billable", "count", "Bill at most N tickets.", "N"),
    Option("rate", "rate", "Requests a second: 5 or 5/s.", "N/s"),
    Option(
        "timeout",
        "seconds",
        "Seconds for one request, all in all; 30 where the statement says nothing.",
        "S",
        "timeout_s",
    ),
)
"""What a run asks, within which limits: fields of `Settings`."""

RESULT_OPTIONS = (
    Option("record", "new", "Record a cassette there, or continue one.", "DIR"),
    Option("report", "new", "Write report.json, .html, junit.xml and summary.md there.", "DIR"),
    Option("baseline", "file", "report.json to compare with.", "FILE"),
)
"""What is made of a run."""

LANGUAGE = Option("lang", "choice", "Language of the output.", field="language", choices=("en", "zh"))


def language_here() -> str:
    """`zh` where this process is to speak Chinese, else `en`. LANGUAGE and LC_ALL come before LANG, as in gettext."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    stated = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "zh" if (stated or locale.getlocale()[0] or "").lower().startswith("zh") else "en"
