"""`requirements`, `explain`, `derive`, `openapi`, `statement`: what documents say, and what a target declares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli import USAGE, fail, say, spoken
from conformance.cli.options import (
    accepts_language,
    any_id,
    contract_completion,
    contracts_option,
    file_argument,
    language_option,
    some_path,
)
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.requirements import ListFormat

_contract_option = click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="ID",
    help="Only this contract; may be repeated.",
    shell_complete=contract_completion,
)


@click.command()
@_contract_option
@contracts_option
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@language_option
def requirements(contracts: tuple[str, ...], form: ListFormat, language: str) -> None:
    """List the requirements of the contracts."""
    from conformance.contract.contract import load_contract
    from conformance.files import default_contracts
    from conformance.report.requirements import list_requirements

    chosen = [load_contract(name) for name in contracts or default_contracts()]
    click.echo(list_requirements(chosen, form, language))


@click.command()
@click.argument("wanted", metavar="ID", shell_complete=any_id)
@contracts_option
@language_option
def explain(wanted: str, language: str) -> None:
    """Explain an ID: of a requirement, a purpose, a fault, an error code, a position or an open point.

    Write the whole id where several contracts have the name: `auto-classification-v1.0/ticket.location`.
    """
    from conformance.report.requirements import explain as explanation

    click.echo(explanation(wanted, language))


@click.command()
@click.argument("page", type=file_argument)
@click.option(
    "--against",
    metavar="CONTRACT",
    help="Report what differs from this contract.",
    shell_complete=contract_completion,
)
@click.option("--write", "folder", type=some_path, metavar="DIR", help="Write a contract there that can be run.")
@contracts_option
@accepts_language
def derive(page: Path, against: str | None, folder: Path | None) -> None:
    """Read a documentation PAGE into tables and draft schemas, compare it with a contract, or write one.

    Ends with 0, with 1 on a difference or a part that could not be read, with 2 where the file is no such page. With
    --write the folder DIR/<contract id> is one for `run TARGET --contracts DIR`; its review.md names what a person
    should look at.
    """
    from conformance.contract.contract import load_contract
    from conformance.derive import derive as derive_page

    if folder is not None:
        from conformance.derive import write_contract

        if against is not None:
            fail(USAGE, Text("expected --against or --write, found both", "--against 与 --write 只能给出一个"))
        lines, status = write_contract(page, folder)
        click.echo("\n".join(line.in_language(spoken()) for line in lines))
        sys.exit(status)
    report = derive_page(page, load_contract(against).page if against is not None else None)
    for line in report.lines:
        click.echo(line.in_language(spoken()))
    sys.exit(report.exit_status)


@click.command()
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="ID",
    help="The contract that is described: one.",
    shell_complete=contract_completion,
)
@accepts_language
@contracts_option
def openapi(contracts: tuple[str, ...]) -> None:
    """Print one contract as an OpenAPI 3.1 document (JSON); a document describes one edition of one operation."""
    import json

    from conformance.contract.contract import load_contract
    from conformance.contract.openapi import openapi as describe
    from conformance.files import default_contracts

    names = contracts or default_contracts()[:1]
    if len(names) > 1:
        fail(
            USAGE,
            Text(
                "expected one --contract: an OpenAPI document describes one edition of one operation",
                "应只给出一个 --contract：一份 OpenAPI 文档描述一个接口的一个版本",
            ),
        )
    click.echo(json.dumps(describe(load_contract(names[0])), ensure_ascii=False, indent=1))


@click.group()
def statement() -> None:
    """A target statement: what a target supports, and which positions it takes."""


@statement.command()
@click.argument("file", type=some_path)
@_contract_option
@accepts_language
@contracts_option
def init(file: Path, contracts: tuple[str, ...]) -> None:
    """Write a commented statement to FILE, which must not exist yet."""
    from conformance.files import default_contracts
    from conformance.statement.statement import statement_template

    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(statement_template(contracts or default_contracts()))
    except FileExistsError:
        fail(
            USAGE,
            Text(
                f"{file} exists; expected a new file. Choose another name, or remove it",
                f"{file} 已存在；应为新文件。请换一个名称，或先删除它",
            ),
        )
    check = f"`ocr-conformance statement check {file}`"
    say(f"{file} written; edit it, then try {check}", f"{file} 已写入；修改后用 {check} 检查")


@statement.command()
@click.argument("files", nargs=-1, required=True, type=file_argument)
@accepts_language
@contracts_option
def check(files: tuple[Path, ...]) -> None:
    """Name every mistake in FILES, a line each, and waivers that have expired.

    Ends with 0 where a run can use them, else with 2.
    """
    from datetime import date

    from conformance.statement.statement import check_statement, expired_waivers, read_statement

    today, usable = date.today(), True  # noqa: DTZ011 - a waiver ends with the day where the user is
    for file in files:
        mistakes = check_statement(file)
        for line in mistakes or expired_waivers(read_statement(file), today):
            say(line.en, line.zh, err=True)
        if mistakes:
            usable = False
        else:
            say(f"{file}: no mistakes", f"{file}：没有错误")
    sys.exit(0 if usable else USAGE)
