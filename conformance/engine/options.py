"""The options of a run, each in one line: a field of `Settings` or `Results` carries its option.

The command line and the pytest plugin make theirs from these fields, so that an option costs its line and its use.
Light on purpose: pytest and every command load this module each time.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from conformance.text import Text, language_here

if TYPE_CHECKING:
    from conformance.contract.requirements import Depth
    from conformance.statement.statement import Statement

Kind: TypeAlias = Literal[
    "text", "texts", "choice", "file", "folder", "new", "integer", "count", "rate", "seconds", "workers", "flag"
]
"""What a value is: `texts` may be repeated, `new` is a path that need not exist, `count` a whole number from 1,
`rate` requests a second, `seconds` a number above 0, `workers` a whole number from 1 or `auto`, `flag` has none.
"""

Workers: TypeAlias = "int | Literal['auto']"
"""Requests under way at once; `auto` is as many as the target keeps its latency with."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--name`, what its value is, the field that it fills, and what it does.

    A `secret` one is neither read from the environment by its name nor from a file of options.
    """

    name: str
    kind: Kind
    help: Text
    metavar: str | None
    choices: tuple[str, ...]
    secret: bool
    key: str = ""

    @property
    def flag(self) -> str:
        """As it is typed."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that says its value where it is not typed."""
        return f"OCR_CONFORMANCE_{self.name.replace('-', '_').upper()}"


def option(
    name: str, kind: Kind, en: str, zh: str, metavar: str | None = None, *, secret: bool = False, choices: Any = ()
) -> Any:
    """A field that an option fills: none, an empty tuple or False where it is not given."""
    told = Option(name, kind, Text(en, zh), metavar, choices, secret)
    empty: object = {"texts": (), "flag": False}.get(kind)
    return field(default=empty, metadata={"option": told})


def options_of(owner: type, *names: str) -> list[Option]:
    """The options of `Settings` or `Results` in their order: all, or those that fill the fields named."""
    stated = {one.name: _of_field(one) for one in fields(owner) if "option" in one.metadata}
    return [stated[name] for name in names or stated]


def _of_field(one: Field[Any]) -> Option:
    told: Option = one.metadata["option"]
    return Option(told.name, told.kind, told.help, told.metavar, told.choices, told.secret, one.name)


def _undeclared() -> Statement:
    from conformance.statement.statement import UNDECLARED  # late: `--help` needs no statement

    return UNDECLARED


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user asked for. `timeout_s` is the deadline of one request in seconds; `only` are purpose or requirement
    ids; `target` is empty where recorded traffic is judged.

    Empty `contracts` means those of the recording, or both primary ones. `secrets_file` holds credentials.
    `contract_folder` holds contracts that are not the kit's own: they become known, and are those meant where nobody
    names others. `shared_budget` is a file in which the processes of one run keep what they spent. `declared` is what
    the target statement says, read once (see `settings.stated`); without an address for pictures in it requirements on
    url are not applicable, except for the reference.
    """

    target: str = ""
    contracts: tuple[str, ...] = option(
        "contract", "texts", "Contract to test; may be repeated.", "要测试的接口契约，可重复。", "ID"
    )
    depth: Depth | None = option(
        "depth", "choice", "How much to ask.", "测试深度。", choices=("smoke", "standard", "thorough")
    )
    statement: Path | None = option("statement", "file", "Target statement (TOML).", "被测系统声明（TOML）。", "FILE")
    token: str | None = option(
        "token",
        "text",
        "Token; better in the environment as OCR_CONFORMANCE_TOKEN.",
        "Token；宜通过环境变量 OCR_CONFORMANCE_TOKEN 提供。",
        "T",
        secret=True,
    )
    secrets_file: Path | None = option("secrets", "file", "File of credentials.", "凭证文件。", "FILE")
    images: Path | None = option(
        "images", "folder", "Pictures of your own, with a manifest.toml.", "自有图片目录，含 manifest.toml。", "DIR"
    )
    images_sample: int | None = option(
        "images-sample",
        "count",
        "With --images: N of them, of each type its share, drawn by --seed.",
        "与 --images 同用：仅取其中 N 张，各类型按比例，由 --seed 抽取。",
        "N",
    )
    cases: Path | None = option("cases", "folder", "Cases of your own.", "自有用例目录。", "DIR")
    contract_folder: Path | None = option(
        "contracts",
        "folder",
        "Contracts of your own, as `derive --write` writes them.",
        "自有契约目录，由 derive --write 写出。",
        "DIR",
    )
    only: tuple[str, ...] = option(
        "only",
        "texts",
        "This purpose, or what aims at this requirement.",
        "仅执行该测试目的，或针对该要求的测试目的。",
        "ID",
    )
    only_failed: Path | None = option(
        "only-failed",
        "file",
        "What was broken or not proven in this report.json.",
        "仅执行该 report.json 中违反或未证实的要求。",
        "FILE",
    )
    seed: int | None = option(
        "seed", "integer", "Seed of what is drawn; repeats a run exactly.", "随机种子，用于精确重复一次测试。", "N"
    )
    max_requests: int | None = option(
        "max-requests", "count", "End the run after N requests.", "发送 N 个请求后结束。", "N"
    )
    max_billable: int | None = option("max-billable", "count", "Bill at most N tickets.", "最多计费 N 次。", "N")
    rate: float | None = option("rate", "rate", "Requests a second: 5 or 5/s.", "每秒请求数：5 或 5/s。", "N/s")
    timeout_s: float | None = option(
        "timeout",
        "seconds",
        "Seconds for one request, all in all; 30 where the statement says nothing.",
        "单个请求的总时限（秒）；声明未写时为 30。",
        "S",
    )
    workers: Workers | None = option(
        "workers",
        "workers",
        "Requests under way at once; auto: as many as the target keeps its latency with.",
        "同时进行的请求数；auto 表示在被测系统时延不变的前提下尽量多。",
        "N|auto",
    )
    no_cache: bool = option(
        "no-cache",
        "flag",
        "Draw every picture anew instead of keeping it on disk between runs.",
        "每张图片都重新绘制，不在磁盘上缓存。",
    )
    strict: bool = option("strict", "flag", "A broken `should` fails the run, too.", "违反“宜”级要求也判不符合。")
    shared_budget: Path | None = None
    declared: Statement = field(default_factory=_undeclared, hash=False)


@dataclass(frozen=True, slots=True)
class Results:
    """What is made of a run: a recording, a report, a comparison, and how it is told."""

    record: Path | None = option(
        "record", "new", "Record a cassette there, or continue one.", "在此录制，或继续已有的录制。", "DIR"
    )
    keep_images: bool = option(
        "keep-images",
        "flag",
        "With --record: keep your own pictures and what was read on them.",
        "与 --record 同用：保留自有图片及其识别结果。",
    )
    resend: bool = option(
        "resend",
        "flag",
        "With --record: send again what a broken recording may have sent.",
        "与 --record 同用：重发中断的录制可能已发送的请求。",
    )
    report: Path | None = option(
        "report",
        "new",
        "Write report.json, .html, junit.xml and summary.md there.",
        "在此写入 report.json、.html、junit.xml 和 summary.md。",
        "DIR",
    )
    baseline: Path | None = option(
        "baseline", "file", "report.json to compare with.", "用于比较的 report.json。", "FILE"
    )
    language: str | None = option("lang", "choice", "Language of the output.", "输出语言。", choices=("en", "zh"))
    quiet: bool = option("quiet", "flag", "Print the verdict only.", "只输出判定。")

    @property
    def spoken(self) -> str:
        """The language of the output: the one asked for, else that of this process."""
        return self.language or language_here()
