"""Requirements and checks that another distribution adds, and contracts that are loaded from their folder."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import Exchange, Response, assert_conforms, examine, files, load_contract, strategies
from conformance.contract import contract, family
from conformance.files import DataError, data_folder

TICKETS = "auto-classification-v1.0"
SENTENCES = 'level = "should"\nbasis = "stated"\nsource = "rules of Acme, 1"\nen = "It is."\nzh = "是。"\n'
CODE = """
from pathlib import Path

CHECKS = {"acme.odd": lambda view, requirement: 1 / 0}
REQUIREMENTS = Path(__file__).parent / "acme_requirements"
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a distribution of one module: `install(code, entry, contract_id)`."""

    def made(code: str = CODE, entry: str = f'["acme.odd"]\n{SENTENCES}', contract_id: str = TICKETS) -> Path:
        folder = tmp_path / "acme_requirements" / contract_id
        folder.mkdir(parents=True)
        (folder / "own.toml").write_text(entry, encoding="utf-8")
        (tmp_path / "acme_odd.py").write_text(code, encoding="utf-8")
        about = tmp_path / "acme_odd-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-odd\nVersion: 1\n", encoding="utf-8")
        (about / "entry_points.txt").write_text("[ocr_conformance.checks]\nacme = acme_odd\n", encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        return folder / "own.toml"

    cached = (family.additions, family.added_checks, contract._unbound)
    for made_once in cached:
        made_once.cache_clear()
    yield made
    sys.modules.pop("acme_odd", None)
    monkeypatch.undo()
    for made_once in cached:
        made_once.cache_clear()


def test_what_is_added_to_an_edition_holds_for_later_ones(install: Install) -> None:
    install()
    assert load_contract(TICKETS).requirements["acme.odd"].id == f"{TICKETS}/acme.odd"
    assert "acme.odd" in load_contract("auto-classification-v2-2025").requirements
    assert "acme.odd" not in load_contract("auto-id-doc-classification-v2").requirements


def test_a_check_that_fails_is_named(install: Install) -> None:
    install()
    tickets = load_contract(TICKETS)
    with pytest.raises(RuntimeError, match=r"^the added check acme.odd failed: ZeroDivisionError: division by zero$"):
        assert_conforms(Response(200, (), b"{}"), tickets, strategies.example(strategies.valid_requests(tickets), 1))


LOGS = """
from pathlib import Path

def request_id(view, requirement):
    value = view.response.header("X-Request-Id")
    return (view.held if value.startswith("acme-") else view.broken)(requirement, requirement.statement)

CHECKS = {"acme.request-id": request_id}
REQUIREMENTS = Path(__file__).parent / "acme_requirements"
"""


def test_an_added_check_sees_every_answer_however_much_it_looks_like_others(install: Install) -> None:
    install(LOGS, f'["acme.request-id"]\n{SENTENCES}')
    tickets = load_contract(TICKETS)
    drawn = strategies.build(tickets, strategies.Draw(page=("bankcard",)))
    request = replace(drawn, truth=None)
    status = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    place = [[20, 20], [60, 20], [60, 60], [20, 60]]
    ticket = {"status": status, "type": "bankcard", "content": {"bank_name": "Bank"}, "location": place}
    body = json.dumps({"result": [ticket]}).encode()
    seen = []
    for name in ("acme-1", "acme-2", "other-3"):
        answer = Response(200, (("Content-Type", "application/json"), ("X-Request-Id", name)), body)
        found = examine(Exchange(request, answer), tickets)
        seen += [one.state for one in found if one.requirement.endswith("acme.request-id")]
    assert seen == ["held", "held", "broken"]


ORIGIN = "acme-odd: ocr_conformance.checks: acme = acme_odd: "


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import no_such_module\n", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("", "expected CHECKS, REQUIREMENTS or both, found neither"),
        ("CHECKS = [1]\n", "CHECKS: expected functions by name"),
        ("CHECKS = {'odd': print}\n", "CHECKS: expected names that begin with 'acme.', found 'odd'"),
        (
            "from pathlib import Path\nREQUIREMENTS = Path('/nowhere')\n",
            (
                "REQUIREMENTS: there is no folder /nowhere; package its TOML files with the distribution "
                "(setuptools: [tool.setuptools.package-data])"
            ),
        ),
        ("REQUIREMENTS = 3\n", "REQUIREMENTS: expected a folder, found 3"),
    ],
)
def test_a_distribution_that_cannot_be_used_is_one_message(install: Install, code: str, message: str) -> None:
    install(code)
    with pytest.raises(DataError) as caught:
        load_contract(TICKETS)
    assert str(caught.value) == ORIGIN + message


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (f'["odd"]\n{SENTENCES}', "odd: expected a name that begins with 'acme.'"),
        (f'["ticket.type"]\n{SENTENCES}', "ticket.type: expected a name that begins with 'acme.'"),
        ('drop = ["ticket.type"]\n', "drop: expected requirements that are added, and none that is taken away"),
        (
            f'["acme.odd"]\n{SENTENCES}keywords = ["/result type"]\n',
            "acme.odd: keywords: the schemas of the kit stay as they are; give it a check",
        ),
    ],
)
def test_a_file_that_would_change_the_kits_own_is_refused(install: Install, entry: str, message: str) -> None:
    path = install(entry=entry)
    with pytest.raises(DataError) as caught:
        load_contract(TICKETS)
    assert str(caught.value) == f"{ORIGIN}{path}: {message}"


def test_a_requirement_without_its_check_is_told_when_it_is_judged(install: Install) -> None:
    install(CODE.replace("acme.odd", "acme.odds"))
    tickets = load_contract(TICKETS)
    with pytest.raises(DataError) as caught:
        assert_conforms(Response(200, (), b"{}"), tickets, strategies.example(strategies.valid_requests(tickets), 1))
    assert str(caught.value).startswith(f"{TICKETS}/acme.odd: no check is named 'acme.odd'; near it are acme.odds")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contract of one's own in its folder: the kit's under another id."""
    monkeypatch.setattr(files, "_loaded", {})
    folder = tmp_path / "contracts" / "acme-tickets"
    shutil.copytree(data_folder("schemas") / TICKETS, folder)
    tables = folder / "tables.toml"
    tables.write_text(
        tables.read_text(encoding="utf-8").replace(f'id = "{TICKETS}"', 'id = "acme-tickets"', 1), "utf-8"
    )
    return folder


@pytest.mark.parametrize("named", [Path, str])
def test_a_contract_is_loaded_from_its_folder(own: Path, named: Callable[[Path], Path | str]) -> None:
    loaded = load_contract(named(own))
    assert (loaded.id, loaded.folder) == ("acme-tickets", own)
    assert load_contract("acme-tickets") == loaded == pickle.loads(pickle.dumps(loaded))
    request = strategies.example(strategies.acceptable_requests(own), 1)
    assert request.path == load_contract(TICKETS).page.path
    assert load_contract(data_folder("schemas") / TICKETS) is load_contract(TICKETS)


def test_a_folder_that_is_none_of_a_contract_is_one_message(own: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_contract(own.parent)
    assert str(caught.value) == (
        f"{own.parent}: expected the folder of a contract, with its tables.toml; "
        "found those of acme-tickets in folders below"
    )
    own.rename(own.parent / TICKETS)
    with pytest.raises(DataError) as caught:
        load_contract(own.parent / TICKETS)
    assert str(caught.value) == (
        f"{own.parent / TICKETS}: the kit has a contract of this id; rename the folder and `id` in its tables.toml"
    )
