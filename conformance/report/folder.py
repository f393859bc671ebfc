"""The folder of a report: written at the end of a run in every form, read again, and what it left run once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.contract.contract import load_contract
from conformance.contract.requirements import MEASURED
from conformance.engine.options import Settings
from conformance.engine.plan import PREFIX
from conformance.engine.settings import stated
from conformance.files import DataError, data_folder, near_it, read_json, replace_file, schema_errors
from conformance.report.compare import compare
from conformance.report.curves import drawn, write_tables
from conformance.report.document import proofs_by_requirement, report_document
from conformance.report.evidence import write_evidence
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.phrases import one_line
from conformance.report.shapes import digest, to_json
from conformance.report.story import Story
from conformance.text import Text, advised, expected, said_of

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.ledger import Ledger
    from conformance.engine.purposes import Purpose
    from conformance.report.compare import Comparison
    from conformance.report.document import About
    from conformance.report.shapes import Report, RequirementEntry
    from conformance.statement.terms import Waiver


# The end of a run: its report, told in every form, compared with a baseline.


Form: TypeAlias = "Callable[[Story, str], str | bytes]"
"""A story in a language, `en` or `zh`."""


def _page(story: Story, language: str) -> str:
    from conformance.report.html import html_report  # late: a run without a report needs no templates

    return html_report(story, language)


def _data(story: Story, _language: str) -> bytes:
    return to_json(story.report)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "report.json": _data,
        "report.html": _page,
        "junit.xml": junit_xml,
        "summary.md": summary_markdown,
    }
)
"""The files of a report, and how each is made of its story."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run came to; `comparison` is that with the baseline, if there is one."""

    ledger: Ledger
    story: Story
    comparison: Comparison | None

    def write(self, folder: Path, language: str) -> Sequence[Text]:
        """Write every form of the report into a folder, each beside and renamed; says what could not be made.

        Raises OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        write_evidence(self.ledger, folder)
        story, tables = self.story, write_tables(self.story.report, folder)
        if tables is not None:
            curves, undrawn = drawn(story.report, tables, language)
            story = replace(story, curves=curves, undrawn=undrawn)
        for name, form in FORMS.items():
            content = form(story, language)
            if isinstance(content, str):
                content = content.encode("utf-8", "backslashreplace")
            replace_file(folder / name, content)
        return story.undrawn


def conclude(
    ledger: Ledger,
    about: About,
    *,
    waivers: Sequence[Waiver] = (),
    planned: Sequence[Purpose] = (),
    written: bool = False,
    baseline: Report | None = None,
) -> Conclusion:
    """Make the report of what a ledger holds, and compare it with `baseline`.

    `waivers` are those of the target statement, `planned` the purposes that the run set out to do. Only what is to be
    `written` has evidence and names the faulty implementations that prove each check.
    """
    ledger.narrow()
    proofs = proofs_by_requirement(ledger.contracts) if written else None
    document = report_document(ledger, about, proofs=proofs, waivers=waivers, planned=planned, evidence=written)
    comparison = compare(baseline, document) if baseline is not None else None
    return Conclusion(ledger, Story(document, comparison), comparison)


# `report.json` read again.


def read_report(path: Path) -> Report:
    """Read a `report.json`, or the one in a report folder.

    Raises DataError with one message where it cannot be read, is no report of this kit, or was changed after the run.
    """
    if path.is_dir():
        path = path / "report.json"
    value = read_json(path)
    if not isinstance(value, dict) or value.get("kit") != "ocr-conformance":
        raise DataError(
            advised(
                said_of(
                    path,
                    expected(Text("a report.json of ocr-conformance", "ocr-conformance 的 report.json"), _what(value)),
                ),
                _AGAIN,
            )
        )
    schema = read_json(data_folder("schemas") / "report.schema.json")
    errors = schema_errors(value, cast("Mapping[str, object]", schema))
    if errors:
        raise DataError(_of_another_form(path, errors[0], str(value.get("kit_version"))))
    report = cast("Report", value)
    if digest(value) != report["sha256"]:
        raise DataError(
            f"{path}: expected content with the hash that it states, found another: it was changed; {_AGAIN.en}",
            f"{path}：内容与其所写的哈希不符：已被改动；{_AGAIN.zh}",
        )
    return report


_AGAIN = Text(
    "make a new one with `ocr-conformance run TARGET --report DIR`",
    "请用 `ocr-conformance run TARGET --report DIR` 重新生成",
)


def _what(value: object) -> Text:
    kind = type(value).__name__
    return (
        Text("a JSON object of another kind", "其他种类的 JSON 对象")
        if isinstance(value, dict)
        else Text(f"a JSON {kind}", f"JSON {kind}")
    )


def _of_another_form(path: Path, error: str, version: str) -> Text:
    said, made = one_line(error, 300), one_line(version, 40)
    return Text(
        f"{path}: expected the form of schemas/report.schema.json, found {said} (made by kit {made}); {_AGAIN.en}",
        f"{path}：应为 schemas/report.schema.json 的格式，实际：“{said}”（由套件 {made} 生成）；{_AGAIN.zh}",
    )


# A run of what another one left: the requirements that were broken or not proven in its report.


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The settings of a run that is narrowed to what failed, and what there is to say of it."""

    settings: Settings
    words: Text


def narrowed(settings: Settings) -> Narrowed:
    """What `--only-failed`, which was asked for, makes of settings.

    The run is of the contracts of the report that something is left of, and of its depth where no other is asked for.
    Raises DataError for a report of another contract or edition, for one that leaves nothing, and for what is not one.
    """
    path = settings.only_failed
    assert path is not None
    if settings.only:
        raise DataError("expected --only or --only-failed, found both", "--only 与 --only-failed 只能给出一个")
    report = read_report(path)
    left = [entry for entry in report["requirements"] if entry["verdict"] in ("fail", "inconclusive")]
    if not left:
        raise DataError(
            f"{path}: nothing in it was broken or left unproven; run without --only-failed",
            f"{path}：其中没有违反或未证实的要求；请不用 --only-failed 执行",
        )
    contracts = list(dict.fromkeys(entry["contract"] for entry in left))
    declared = stated(settings)
    _check_contracts(path, report, contracts, declared.contracts)
    _check_known(path, left)
    pictures = settings.images is not None or bool(declared.declared.images)
    asked = list(_asked(report, left, pictures=pictures))
    only = dict.fromkeys(name for _, names in asked for name in names)
    if not only:
        raise DataError(
            f"{path}: no purpose of it shows what was broken or left unproven; run without --only-failed",
            f"{path}：其中没有测试目的可显示违反或未证实的要求；请不用 --only-failed 执行",
        )
    changed = replace(
        settings,
        only=tuple(only),
        contracts=tuple(contracts),
        depth=settings.depth or report["depth"],
        only_failed=None,
    )
    return Narrowed(changed, _words(path, left, [entry["id"] for entry, names in asked if not names]))


def _check_contracts(path: Path, report: Report, left: list[str], wanted: tuple[str, ...]) -> None:
    others = [name for name in left if wanted and name not in wanted]
    if others:
        raise DataError(
            f"{path}: expected a report of {', '.join(wanted)}, found one of {', '.join(others)}",
            f"{path}：应为 {'、'.join(wanted)} 的报告，实为 {'、'.join(others)} 的报告",
        )
    for name in left:
        page, was = load_contract(name).page, report["documents"][name]
        if (page.edition, page.published) != (was["edition"], was["published"]):
            then, now = f"{was['edition']}, {was['published']}", f"{page.edition}, {page.published}"
            raise DataError(
                f"{path}: expected a report of {name} as of {now}, found one of its edition {then}",
                f"{path}：应为 {name}（{now}）的报告，实为其 {then} 版的报告",
            )


def _check_known(path: Path, left: list[RequirementEntry]) -> None:
    for entry in left:
        known = load_contract(entry["contract"]).requirements
        name = entry["id"].partition("/")[2]
        if name not in known and not name.startswith(f"{MEASURED}."):
            near = near_it(name, known)
            raise DataError(
                f"{path}: this kit has no requirement {entry['id']}; {near.en}; make a new report",
                f"{path}：本套件没有要求 {entry['id']}；{near.zh}；请重新生成报告",
            )


def _asked(
    report: Report, left: list[RequirementEntry], *, pictures: bool
) -> Iterator[tuple[RequirementEntry, list[str]]]:
    """What `--only` is to name for each requirement: itself where a purpose aims at it, or where it is a limit of the
    statement; and the purposes that broke it, where none of those that aim at it did.

    `pictures` says whether those of the user's own are there again.
    """
    aims = {purpose["id"]: purpose["aims"] for purpose in [*report.get("not_run", []), *report["purposes"]]}
    for entry in left:
        name = entry["id"]
        if name.partition("/")[2].startswith(f"{MEASURED}."):
            yield entry, [name]
            continue
        aiming = [purpose for purpose, aimed in aims.items() if name in aimed]
        broke = list(dict.fromkeys(breach["purpose"] for breach in entry["breaches"]))
        shown = not broke or not set(broke).isdisjoint(aiming)
        asked = [purpose for purpose in broke if pictures or not purpose.partition("/")[2].startswith(PREFIX)]
        yield entry, [*([name] if aiming else []), *([] if shown else asked)]


def _words(path: Path, left: list[RequirementEntry], apart: list[str]) -> Text:
    broken = sum(entry["verdict"] == "fail" for entry in left)
    unproven = len(left) - broken
    en = f"narrowed to what {path} left: {broken} broken and {unproven} unproven requirements, with their purposes"
    zh = f"范围缩小到 {path} 中违反的 {broken} 条和未证实的 {unproven} 条要求及其测试目的"
    if apart:
        en += f"; no purpose shows {', '.join(apart)}, which a whole run may decide"
        zh += f"；没有测试目的显示 {'、'.join(apart)}，须由完整的测试判定"
    return Text(en, zh)
