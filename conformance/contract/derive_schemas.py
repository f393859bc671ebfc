"""`python -m conformance.contract.derive_schemas [DIR]`: derive every JSON Schema again, beside the data it comes from.

With a folder only those of the contracts in it. Files that stay as they are are neither written nor listed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.content_schemas import derive_content_schemas
from conformance.contract.contract import contract_ids, load_contract
from conformance.contract.subschema import OWNERS
from conformance.files import DataError, add_contracts, data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.subschema import Subschema


def main(added: Path | None = None) -> None:
    """Write the schemas of all operations and contents of tickets, or of the contracts in `added`.

    Raises DataError for a mistake in the data.
    """
    folders = {}
    for contract_id in contract_ids() if added is None else add_contracts(added):
        contract = load_contract(contract_id)
        folders[contract.folder] = contract.derived_schemas()
    if added is None:
        tickets = data_folder("schemas") / "tickets"
        folders |= {tickets / edition: schemas for edition, schemas in derive_content_schemas().items()}
    for folder, schemas in folders.items():
        folder.mkdir(exist_ok=True)
        for name, text in texts(schemas).items():
            _write_changed(folder / name, text)


def texts(schemas: Mapping[str, Subschema]) -> dict[str, str]:
    """The files of a folder by name: the schemas, and who owns their keywords."""
    files = {f"{name}.schema.json": schema.published() for name, schema in schemas.items()}
    owners = {name: schema.annotated_places() for name, schema in schemas.items()}
    return {name: written(content) + "\n" for name, content in {**files, OWNERS: owners}.items()}


def written(value: object, indent: str = "") -> str:
    """JSON text of a schema: what fits on a line of 200 characters stands on one, so that a row does."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= 200 or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + written(item, deeper) for item in value) + f"\n{indent}]"
    members = (f"{deeper}{json.dumps(key, ensure_ascii=False)}: {written(item, deeper)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def _write_changed(path: Path, content: str) -> None:
    """Write a file of that text and print its name, unless it holds the text already."""
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return
    path.write_text(content, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    except DataError as mistake:
        sys.exit(str(mistake))
