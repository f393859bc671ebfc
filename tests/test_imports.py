"""The rooms of the house: who may import whom, edge by edge, no circle, and nothing too large to see at once."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "conformance"

ALLOWED = {
    "text": set(),
    "files": {"text"},
    "entries": {"files", "text"},
    "exchange": set(),
    "images": set(),
    "reference": set(),
    "redactor": {"exchange"},
    "contract": {"entries", "files", "text"},
    "statement": {"contract", "text", "files"},
    "derive": {"contract", "text", "files"},
    "recordings": {"entries", "exchange", "files", "redactor", "text"},
    "strategies": {"contract", "entries", "exchange", "files", "images", "text"},
    "judging": {"contract", "exchange", "files", "images", "text"},
    "targets": {"exchange", "files", "redactor", "text"},
    "engine": {
        "contract",
        "entries",
        "exchange",
        "files",
        "images",
        "judging",
        "recordings",
        "redactor",
        "statement",
        "strategies",
        "targets",
        "text",
    },
    "load": {"contract", "engine", "exchange", "files", "judging", "statement", "targets", "text"},
    "report": {"contract", "engine", "entries", "exchange", "files", "statement", "text"},
    "suite": set(),
    "specimens": {"files", "text"},
    "plugin": {"contract", "engine", "exchange", "files", "report", "targets", "testing", "text"},
    "cli": {
        "contract",
        "derive",
        "engine",
        "exchange",
        "files",
        "judging",
        "load",
        "recordings",
        "report",
        "specimens",
        "statement",
        "targets",
        "text",
    },
    "testing": {"contract", "exchange", "files", "judging", "plugin", "recordings", "report", "targets", "text"},
    "__init__": {"contract", "exchange", "files", "judging", "statement", "strategies", "testing"},
}
"""What each room imports of the kit, itself aside; a room that is not named here does not exist."""


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """The imports and functions of a file, wherever in it."""
    wanted = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(node for node in ast.walk(tree) if isinstance(node, wanted))


def imported_modules(path: Path) -> set[str]:
    """Full names of everything of the kit that a file imports, wherever in it."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            raise AssertionError(f"{path}: relative import")
    return {name for name in found if name.startswith("conformance.")}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


SOURCES = sorted(path for path in PACKAGE.rglob("*.py"))


def test_every_room_is_in_the_table() -> None:
    assert {room_of(path) for path in SOURCES} == set(ALLOWED)


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_what_its_row_allows(room: str) -> None:
    imported = {
        (name.split(".")[1], path.name)
        for path in SOURCES
        if room_of(path) == room
        for name in imported_modules(path)
        if name != "conformance.__version__"
    }
    beyond = sorted((other, file) for other, file in imported if other not in ALLOWED[room] | {room})
    assert beyond == []


def test_nothing_imports_the_reference() -> None:
    importers = [
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        if room_of(path) != "reference"
        and any(name.startswith("conformance.reference") for name in imported_modules(path))
    ]
    assert importers == []


def test_judging_sees_of_images_only_their_headers() -> None:
    seen = {
        name
        for path in SOURCES
        if room_of(path) == "judging"
        for name in imported_modules(path)
        if name.startswith("conformance.images")
    }
    headers = "conformance.images.sniff"
    assert seen <= {
        headers,
        f"{headers}.sniff",
        f"{headers}.sniff_text",
        f"{headers}.is_other_picture",
        f"{headers}.Sniffed",
    }


def test_httpx_is_imported_by_targets_only() -> None:
    importers = {
        room_of(path)
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.Import) and any(alias.name == "httpx" for alias in node.names)
    }
    assert importers <= {"targets", "reference"}


NEVER = [
    ("contract", "statement"),
    ("targets", "contract"),
    ("recordings", "contract"),
    ("recordings", "targets"),
    ("derive", "engine"),
    ("judging", "engine"),
]
"""Rooms that may never see each other, whatever the table above says one day."""


@pytest.mark.parametrize(("room", "other"), NEVER)
def test_a_room_never_sees_another_one(room: str, other: str) -> None:
    seen = {path.name for path in SOURCES if room_of(path) == room for name in imported_modules(path)
            if name.split(".")[1] == other}  # fmt: skip
    assert seen == set()


def test_the_forms_of_a_report_see_its_story_and_nothing_of_the_run() -> None:
    forms = [PACKAGE / "report" / f"{name}.py" for name in ("story", "terminal", "markdown", "junit", "html")]
    seen = {(path.name, name) for path in forms for name in imported_modules(path) if ".engine" in name}
    assert seen == set()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {module_of(path) for path in SOURCES}
    # Imports for types alone count as well: what a module speaks of stands below it.
    graph = {
        module_of(path): {name for name in imported_modules(path) if name in modules} - {module_of(path)}
        for path in SOURCES
    }
    for module, imported in graph.items():
        # `from package import module` is an import of the module, not of what the package itself offers.
        graph[module] = {n for n in imported if not any(other.startswith(f"{n}.") for other in imported)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise AssertionError(" <- ".join(circle.args[1])) from None


WRITTEN = [*SOURCES, *(PACKAGE.parent / "tests").rglob("*.py"), *(PACKAGE.parent / "cases").rglob("*.py")]


def test_no_file_is_longer_than_400_lines_and_no_test_than_500() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in WRITTEN}
    most = {path: 400 if path in SOURCES else 500 for path in WRITTEN}
    assert [(path.name, length) for path, length in lengths.items() if length > most[path]] == []


def test_no_function_is_longer_than_60_lines() -> None:
    functions = [
        (path.name, node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path in WRITTEN
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [function for function in functions if function[2] > 60] == []


def test_no_test_looks_at_a_clock() -> None:
    """A busy machine fails no test: whatever is about time is measured in tests/benchmarks, as a ratio."""
    clocks = {"perf_counter", "process_time", "thread_time"}
    reading = [
        f"{path.name}:{node.lineno}"
        for path in (PACKAGE.parent / "tests").rglob("*.py")
        if "benchmarks" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in clocks
    ]
    assert reading == []


SLOW = ("datetime", "difflib", "httpx", "json", "msgspec", "PIL", "subprocess", "tempfile", "tomllib")


@pytest.mark.parametrize(
    ("line", "more", "slow"),
    [
        (["--help"], [], (*SLOW, "pathlib", "shutil")),
        (
            ["run", "--help"],
            # The language of its help may stand in a file of options.
            ["cli.options", "cli.run", "engine", "engine.options", "engine.settings", "files"],
            ("httpx", "msgspec", "PIL"),
        ),
    ],
)
def test_help_imports_the_options_it_shows_and_nothing_that_a_command_works_with(
    line: list[str], more: list[str], slow: tuple[str, ...]
) -> None:
    script = f"""
import sys, click
before = set(sys.modules)
from conformance.cli import main
main({line!r}, standalone_mode=False)
new = set(sys.modules) - before
print(sorted(name for name in new if name.startswith("conformance") or name in {slow!r}))
"""
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    light = ["conformance", "conformance.cli", "conformance.text", *(f"conformance.{name}" for name in more)]
    assert shown.splitlines()[-1] == str(sorted(light))
