"""`python -m conformance.contract.derive_schemas`: derive every JSON Schema again, beside the data it comes from.

Files that stay as they are are neither written nor listed.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from conformance.contract.content_schemas import derive_content_schemas
from conformance.contract.contract import contract_ids, load_contract
from conformance.files import DataError, data_folder

if TYPE_CHECKING:
    from pathlib import Path


def main() -> None:
    """Write the schemas of all operations and contents of tickets. Raises DataError for a mistake in the data."""
    for contract_id in contract_ids():
        contract = load_contract(contract_id)
        for name, schema in contract.derived_schemas().items():
            _write_changed(contract.folder / f"{name}.schema.json", json.dumps(schema, ensure_ascii=False, indent=2))
    tickets = data_folder("schemas") / "tickets"
    for edition, schemas in derive_content_schemas().items():
        (tickets / edition).mkdir(exist_ok=True)
        for name, schema in schemas.items():
            _write_changed(tickets / edition / f"{name}.schema.json", written(schema))


def written(value: object, indent: str = "") -> str:
    """JSON text of a schema: what fits on a line of 400 characters stands on one, so that a row does."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= 400 or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + written(item, deeper) for item in value) + f"\n{indent}]"
    members = (f"{deeper}{json.dumps(key, ensure_ascii=False)}: {written(item, deeper)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def _write_changed(path: Path, text: str) -> None:
    """Write a file of that text and print its name, unless it holds the text already."""
    content = f"{text}\n"
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return
    path.write_text(content, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    try:
        main()
    except DataError as mistake:
        sys.exit(str(mistake))
