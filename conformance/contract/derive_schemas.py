"""`python -m conformance.contract.derive_schemas [DIR]`: derive every JSON Schema again, beside the data it comes from.

With a folder only those of the contracts in it. Files that stay as they are are neither written nor listed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.contract.contents import derive_content_schemas
from conformance.contract.contract import load_contract
from conformance.contract.subschema import schema_files
from conformance.files import DataError, add_contracts, contract_ids, data_folder


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
        for name, text in schema_files(schemas).items():
            _write_changed(folder / name, text)


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
