"""The command line in Chinese: what `--help` says, and what click says of a mistake in the line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import IO, Any

import click

from conformance.engine.options import Results, Settings, options_of

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "": "文档所述 OCR 分类接口的一致性测试套件。\n\n从 `ocr-conformance run reference` 开始。",
        "run": "测试 TARGET：http(s) 地址、`reference`、`asgi:MODULE:ATTRIBUTE`、`wsgi:...` 或 `cassette:DIR`。\n\n"
        "退出状态：0 符合，1 不符合，2 用法错误，3 结论不足，4 无法连接被测系统，5 套件自身出错。\n\n"
        "使用 --baseline 时：1 出现回归，3 此前已证实的要求不再得到证实，其余为 0。",
        "plan": "说明测试 TARGET 会发送什么：请求数、字节数、最多计费次数、按速率估计的时间。\n\n"
        "使用 --power 时，还说明要证明一方的识别效果不低于另一方需要多少票证。",
        "serve": "运行参考实现；其选项见 `serve --help`。",
        "faults": "用每个有缺陷的实现检验套件，输出检出表。\n\n"
        "每行说明：发送多少请求后，哪条要求的检查首先发现缺陷；少见但符合文档的变体是否始终通过。\n\n"
        "全部缺陷均由其所违反的要求检出、变体全部通过、每条要求都有缺陷可违反时退出状态为 0，否则为 1。",
        "audit": "判定录制的流量：cassette、HAR、VCR cassette、newman 报告、NDJSON 交互。\n\n"
        "按内容识别文件，可为压缩文件（.gz、.har.zip）；不是 cassette 的目录代表其中所有文件。退出状态同 `run`。",
        "cassette": "录制：检查、脱敏、导入、导出。",
        "cassette check": "逐行列出 FOLDERS 中的 cassette 不宜提交的原因。有则退出状态为 1。\n\n"
        "给出文件时检查其所属的 cassette，供 pre-commit 使用（.pre-commit-hooks.yaml）。",
        "cassette redact": "将 FOLDER 中 cassette 的脱敏副本写入新目录 COPY。\n\n"
        "除指定内容外，还替换环境中的凭证和识别出的个人信息。",
        "cassette import": "将 FILE 中录制的流量做成 FOLDER 中的 cassette，供判定。",
        "cassette export": "将 FOLDER 中的 cassette 以 HAR 1.2 写入 FILE。",
        "requirements": "列出接口契约的要求。",
        "explain": "说明一项：要求、测试目的、缺陷、错误码、约定做法或文档未明确项。\n\n"
        "多个接口契约有同名要求时请写全：`auto-classification-v1.0/ticket.location`。",
        "derive": "将文档页 PAGE 读成表格和 schema 草稿，或与接口契约比较。\n\n"
        "退出状态：0；有差异或有内容无法读取时为 1；文件不是这样的文档页时为 2。",
        "openapi": "以 OpenAPI 3.1 文档（JSON）输出一个接口契约；一份文档描述一个接口的一个版本。",
        "statement": "被测系统声明：被测系统支持什么，对文档未明确项取何做法。",
        "statement init": "将带注释的声明写入 FILE，该文件须尚不存在。",
        "statement check": "逐行列出 FILES 中的错误和已到期的豁免。\n\n可用时退出状态为 0，否则为 2。",
        "compare": "比较两份 report.json：新增未通过、新增已证实、已修复、仍未通过、不再得到证实；"
        "以及双方共同图片上的识别效果。\n\n"
        "退出状态：出现回归为 1，此前已证实的不再得到证实为 3，有过时条目为 2，其余为 0。"
        "使用 --margin 时，NEW 的识别效果低于 OLD 且超出界值也为 1，票证太少、无法判定为 3。",
        "bundle": "验收包：报告、声明、录制和环境在一个归档中，任何改动均可发现。",
        "bundle make": "将 `run --report` 的 REPORT 目录打包为 ARCHIVE。",
        "bundle verify": "核对 ARCHIVE 的每个字节，并重新判定其中的录制：结论必须相同。\n\n"
        "有改动或判定不同时退出状态为 1。",
        "pictures": "在 COMMAND 运行期间提供报告 evidence 目录 FOLDER 中的图片，退出状态取自该命令。\n\n"
        "COMMAND 中或其以 @FILE 指定的文件中的 `{pictures}` 替换为地址。未给出 COMMAND 时一直运行。",
        "load": "对 TARGET 施加负载；每个响应都经判定，快而错误的响应算作错误。\n\n"
        "发送该深度各测试目的中必须接受的请求，以及一部分（--faults）必须拒绝的请求。声明中的 `[[load]]` 给出限值。"
        "本机以外的地址须在声明中有 `[load-consent]`，并给出 --max-billable。\n\n"
        "退出状态：0 正确且满足限值，1 否则，3 结论不足，4 无法连接被测系统。",
        "specimens": "在 FOLDER 中绘制虚构票证及其真实内容，供 `run --images FOLDER` 使用。",
    }
)
"""What each command does, by its path."""

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "Show this message and exit.": "显示本说明并退出。",
        "Show the version and exit.": "显示版本并退出。",
        "The plan for machines.": "供程序读取的计划。",
        "Say how many documents `compare --margin` takes to decide.": "说明 `compare --margin` 得出结论需要多少票证。",
        "With --power: the margin (0.02).": "与 --power 同用：界值（0.02）。",
        "With --power: documents that only one of both gets right (0.1).": "与 --power 同用：仅一方正确的比例（0.1）。",
        "With --power: by how much the second is better (0).": "与 --power 同用：第二方高出多少（0）。",
        "Decide whether NEW recognises no less than OLD but for this share.": (
            "判定 NEW 的识别效果是否不低于 OLD 减去该界值。"
        ),
        "The table for machines.": "供程序读取的表格。",
        "Only this contract; may be repeated.": "仅此接口契约，可重复。",
        "The contract that is described: one.": "所描述的接口契约，仅一个。",
        "Only this implementation; may be repeated.": "仅此实现，可重复。",
        "Processes at once.": "同时运行的进程数。",
        "Processes; all cores.": "进程数，默认使用全部核心。",
        "Each behind a socket, in a process of its own; takes several times as long.": "各自在独立进程中经套接字运行，"
        "用时为数倍。",
        "Report what differs from this contract.": "报告与该接口契约的差异。",
        "Personal text to replace; may be repeated.": "要替换的个人信息，可重复。",
        "Header or JSON member to replace.": "要替换的消息头或 JSON 字段。",
        "Keep pictures that are not the kit's own.": "保留非套件自带的图片。",
        "Keep exchanges of other operations, redacted.": "保留其他接口的交互（脱敏）。",
        "Cases the run was recorded with.": "录制时所用的用例。",
        "The recording of the run.": "本次测试的录制。",
        "The target statement.": "被测系统声明。",
        "Ed25519 private key to sign with.": "用于签名的 Ed25519 私钥。",
        "Public key that must have signed it.": "必须由其签名的公钥。",
        "How the target reaches this machine; http://127.0.0.1 by default.": "被测系统访问本机的地址，"
        "默认 http://127.0.0.1。",
        "Where to listen, if that differs from the address.": "监听地址（与上述地址不同时）。",
        "Judge in N processes.": "用 N 个进程判定。",
        "Judge on a Dask cluster, or on one of this machine.": "在 Dask 集群上判定，local 表示使用本机。",
        "Pictures of each type.": "每种类型的图片张数。",
        "This type; may be repeated; all by default.": "仅此类型，可重复；默认全部。",
        "The same seed draws the same bytes.": "相同的随机种子绘出相同的字节。",
        "Print nothing but mistakes.": "只输出错误。",
        "Only faults that break a must, around an engine that misses this share of documents.": "仅限违反“必须”的缺陷，"
        "配以漏识该比例票证的引擎。",
        "Such engines for each fault.": "每个缺陷所用的此类引擎数。",
        "Write a contract there that can be run.": "在此写入可用于测试的接口契约。",
        "Users, step by step.": "各阶段的用户数。",
        "Requests a second, in all.": "每秒请求总数。",
        "A step.": "每阶段的秒数。",
        "Share of wrong ones.": "有缺陷请求的比例。",
        "Write load.json there.": "将 load.json 写入该目录。",
        "Lead workers that connect here.": "作为主进程，供工作进程连接。",
        "With --master: wait for so many.": "与 --master 同用：等待的工作进程数。",
        "Be a worker of this master.": "作为该主进程的工作进程。",
        **{option.help.en: option.help.zh for owner in (Settings, Results) for option in options_of(owner)},
    }
)
"""What each option does, by its help in English; those of a run carry both languages themselves."""

_HEADINGS = (("Usage:", "用法："), ("Options:", "选项："), ("Commands:", "命令："), ("[OPTIONS]", "[选项]"))

_NEAR = r"(?: \(?(?:Did you mean(?: one of:)?|Possible options:) (.+?)\??\)?)?"
_MISTAKES = (
    (rf"No such option:? ('[^']*'|\S+?)\.?{_NEAR}$", r"没有选项 \1"),
    (rf"No such command ('[^']*')\.?{_NEAR}$", r"没有命令 \1"),
    (r"Missing argument (.+)\.$", r"缺少参数 \1"),
    (r"Missing option (.+)\.$", r"缺少选项 \1"),
    (r"Missing command\.$", "缺少命令"),
    (r"Option (.+) requires an argument\.$", r"选项 \1 需要一个值"),
    (r"Option (.+) does not take a value\.$", r"选项 \1 不带值"),
    (r"Got unexpected extra arguments? \((.+)\)$", r"多余的参数：\1"),
    (r"Invalid value for (.+?): (.*)$", r"\1 的值无效：\2"),
    (r"Path (.+) does not exist\.$", r"路径 \1 不存在"),
    (r"File (.+) does not exist\.$", r"文件 \1 不存在"),
    (r"Directory (.+) does not exist\.$", r"目录 \1 不存在"),
    (r"File (.+) is a directory\.$", r"\1 是目录，应为文件"),
    (r"Directory (.+) is a file\.$", r"\1 是文件，应为目录"),
    (r"(.+) is not one of (.+)\.$", r"\1 不在可选值 \2 之中"),
    (r"(.+) is not a valid (?:integer|integer range|int)\.$", r"\1 不是整数"),
    (r"(.+) is not a valid float(?: range)?\.$", r"\1 不是数值"),
    (r"(.+) is not in the range (.+)\.$", r"\1 不在范围 \2 内"),
    (r"(.+) is not readable\.$", r"\1 无法读取"),
)
"""What click says, as patterns, and what it is in Chinese; the value of one may be told by another."""


def help_in_chinese(context: click.Context, english: Callable[[], str]) -> str:
    """What `english` makes of a command's help, with Chinese in the place of everything that it says."""
    path, above = list[str](), context
    while above.parent is not None:
        path.insert(0, above.info_name or "")
        above = above.parent
    command = context.command
    texts: list[tuple[click.Command | click.Option, str | None]] = [(command, COMMANDS[" ".join(path)])]
    if isinstance(command, click.Group):
        texts += [(below, _short(" ".join([*path, name]))) for name, below in command.commands.items()]
    options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    texts += [(one, OPTIONS.get(one.help, one.help)) for one in options if one.help is not None]
    before = [(one, one.help) for one, _ in texts]
    try:
        for one, told in texts:
            one.help = told
        text = english()
    finally:
        for one, told in before:
            one.help = told
    for heading, chinese in _HEADINGS:
        text = text.replace(heading, chinese, 1)
    return text


def _short(path: str) -> str:
    return re.split("[。：；，]", COMMANDS[path], maxsplit=1)[0]


def usage_error(mistake: click.UsageError) -> click.UsageError:
    """The same mistake in Chinese, as far as the words of click are known."""
    return _Mistake(translated(mistake.format_message()), mistake.ctx)


def translated(message: str) -> str:
    """What click says, in Chinese where that is known."""
    for pattern, chinese in _MISTAKES:
        found = re.match(pattern, message, re.DOTALL)
        if found is not None:
            parts = [found.expand(chinese)]
            if chinese.endswith(r"\2"):
                parts = [found.expand(chinese.removesuffix(r"\2")), translated(found[2])]
            near = next((group for group in found.groups()[1:] if group), None)
            if near is not None and r"\2" not in chinese:
                parts.append(f"；是否想用 {near}")
            return "".join(parts)
    return message


class _Mistake(click.UsageError):
    """Told with Chinese words around it."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it on standard error."""
        for line in self._lines():
            click.echo(line, file=file, err=file is None)

    def _lines(self) -> Iterator[str]:
        if self.ctx is not None:
            yield self.ctx.get_usage().replace("Usage:", "用法：", 1).replace("[OPTIONS]", "[选项]", 1)
            yield f"用 `{self.ctx.command_path} --help` 查看说明。\n"
        yield f"错误：{self.message}"
