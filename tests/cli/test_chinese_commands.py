"""The command line in Chinese: help, mistakes, what commands print; and consoles that cannot show it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from command import checkout, in_a_process, ocr_conformance, plain_environment

from conformance.cli import _COMMANDS, main, translated, words_in_chinese
from conformance.engine.options import Results, options_of

CASSETTE = f"{checkout()}/cases/cassettes/reference-smoke"
COMMANDS, OPTIONS = words_in_chinese()
HAN = re.compile("[\u4e00-\u9fff]")


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, f"{path} {name}".strip())


def test_every_command_and_every_option_is_told_in_chinese() -> None:
    assert sorted(path for path, _ in commands(main)) == sorted(COMMANDS)
    told = {
        parameter.help
        for _, command in commands(main)
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.help is not None
    }
    assert {text for text in told if text not in OPTIONS and not HAN.search(text)} == set()


def test_the_list_of_commands_says_of_each_what_its_own_help_says_first() -> None:
    told = {name: words for module in _COMMANDS.values() for name, words in module.items()}
    loaded = {path: command for path, command in commands(main) if path and " " not in path}
    assert told == {name: " ".join((command.help or "").split("\n\n")[0].split()) for name, command in loaded.items()}
    in_module = {name: module for module, names in _COMMANDS.items() for name in names}
    callbacks = {name: command.callback.__module__ for name, command in loaded.items() if command.callback is not None}
    assert callbacks == {name: f"conformance.cli.{module}" for name, module in in_module.items()}


def test_the_language_before_a_command_is_the_option_that_commands_have() -> None:
    (option,) = options_of(Results, "language")
    (own,) = (one for one in main.params if one.name == "language")
    assert isinstance(own, click.Option)
    assert isinstance(own.type, click.Choice)
    assert (own.opts, own.help, own.envvar) == ([option.flag], option.help.en, option.variable)
    assert tuple(own.type.choices) == option.choices


def test_without_a_command_the_help_is_shown_with_exit_status_2() -> None:
    done = ocr_conformance()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: main [OPTIONS] COMMAND [ARGS]...\n\n  Conformance tests for a documented OCR")


def test_a_shell_completes_the_commands() -> None:
    asked = plain_environment(_OCR_CONFORMANCE_COMPLETE="zsh_complete", COMP_WORDS="ocr-conformance ", COMP_CWORD="1")
    command = [str(Path(sys.executable).parent / "ocr-conformance")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=asked, timeout=60).stdout
    assert shown.split("\n")[1::3] == sorted(path for path in COMMANDS if path and " " not in path)


@pytest.mark.parametrize("columns", ["30", "60", "79", "200", "0", ""])
def test_help_is_as_wide_as_click_makes_it(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    context = main.make_context("ocr-conformance", ["run"])
    assert context.make_formatter().width == click.HelpFormatter().width


def test_the_help_of_faults_says_in_chinese_all_that_it_says() -> None:
    told = ocr_conformance("faults", "--help", "--lang", "zh").stdout
    assert "使用 --engine-misses 时，至少 95% 的运行检出其缺陷则为 0。" in told
    assert "默认每核一个" in told
    assert "[默认：5;" in told
    assert "default" not in told


def test_help_is_in_the_language_of_the_option_or_of_the_environment() -> None:
    asked = ocr_conformance("run", "--help", "--lang", "zh")
    assert asked.stdout.startswith("用法： main run [选项] TARGET\n\n  测试 TARGET：")
    assert "  --strict                        违反“宜”级要求也判不符合。\n" in asked.stdout
    assert "Options" not in asked.stdout
    assert "  --strict                        A broken" in ocr_conformance("run", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run",), "错误：缺少参数 'TARGET'"),
        (("run", "reference", "--depht", "smoke"), "错误：没有选项 '--depht'"),
        (("run", "reference", "--depth", "x"), "'--depth' 的值无效：'x' 不在可选值 'smoke', 'standard', 'tho"),
        (("run", "reference", "--seed", "x"), "错误：'--seed' 的值无效：'x' 不是整数"),
        (("run", "reference", "--max-requests", "0"), "错误：'--max-requests' 的值无效：0 不在范围 x>=1 内"),
        (("run", "reference", "--statement", "none.toml"), "错误：'--statement' 的值无效：文件 'none.toml' 不存在"),
        (("run", "reference", "--images", "none"), "错误：'--images' 的值无效：目录 'none' 不存在"),
        (("run", "reference", "more"), "错误：多余的参数：more"),
        (("runn",), "错误：没有命令 'runn'；是否想用 'run'"),
        (("openapi", "--contract", "a", "--contract", "b"), "应只给出一个 --contract：一份 OpenAPI 文档"),
        (("plan", f"cassette:{CASSETTE}"), "应为在线的被测系统；回放 cassette 不发送任何请求"),
        (("faults", "--only", "three-corner"), "没有缺陷实现 three-corner；相近的有 three-corners"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_chinese_with_exit_status_2(arguments: tuple[str, ...], words: str) -> None:
    done = ocr_conformance("--lang", "zh", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Error" not in done.stderr
    assert "Usage" not in done.stderr


def test_serve_speaks_the_language_of_the_line_or_the_environment_and_goes_by_the_name_that_was_typed() -> None:
    assert "监听地址" in in_a_process("--lang", "zh", "serve", "--help").stdout
    listed = in_a_process("serve", "--list-faults", OCR_CONFORMANCE_LANG="zh").stdout
    assert "对图片不作响应而关闭连接" in listed
    english = in_a_process("serve", "--lang", "en", "--help", OCR_CONFORMANCE_LANG="zh").stdout
    assert english.startswith("usage: ocr-conformance serve ")
    assert "address to listen on" in english
    wrong = in_a_process("--lang", "zh", "serve", "--json")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "ocr-conformance serve：“--json 须与 --list-faults 同用”；请见 --help\n",
    )


def test_words_of_click_that_nobody_translated_stay_as_they_are() -> None:
    assert translated("Something new.") == "Something new."


def test_what_commands_print_is_chinese(tmp_path: Path) -> None:
    said = [
        ocr_conformance("cassette", "check", CASSETTE, "--lang", "zh"),
        ocr_conformance("cassette", "export", CASSETTE, str(tmp_path / "traffic.har"), "--lang", "zh"),
        ocr_conformance("statement", "init", str(tmp_path / "s.toml"), "--lang", "zh"),
        ocr_conformance("statement", "check", str(tmp_path / "s.toml"), "--lang", "zh"),
    ]
    assert [re.sub(r"^\S*?(?=[： ])", "", done.stdout) for done in said] == [
        "：未发现不宜提交的内容\n",
        "：30 个条目\n",
        f" 已写入；修改后用 `ocr-conformance statement check {tmp_path / 's.toml'}` 检查\n",
        "：没有错误\n",
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "gbk"])
def test_a_console_that_cannot_encode_a_character_loses_no_verdict(encoding: str, tmp_path: Path) -> None:
    line = ("run", f"cassette:{CASSETTE}", "--lang", "zh", "--report", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", "from conformance.cli import main; main()", *line],
        capture_output=True,
        check=False,
        env=plain_environment(PYTHONIOENCODING=encoding),
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode(encoding, "replace")
    assert "reference-smoke" in done.stdout.decode(encoding)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("## ✅ 符合")
