"""`python -m conformance.contract.write`: derive every JSON Schema again, beside the data it comes from.

Files that stay as they are are neither written nor listed.
"""

from __future__ import annotations

import json
import sys

from conformance.contract import contents
from conformance.contract.contract import contract_ids, load_contract
from conformance.contract.datafiles import DataError


def main() -> None:
    """Write `request`, `success` and `failure` of every contract. Raises DataError for a mistake in the data."""
    for contract_id in contract_ids():
        contract = load_contract(contract_id)
        for name, schema in contract.derived_schemas().items():
            path = contract.folder / f"{name}.schema.json"
            contents.write_changed(path, json.dumps(schema, ensure_ascii=False, indent=2) + "\n")
    contents.main()


if __name__ == "__main__":
    try:
        main()
    except DataError as mistake:
        sys.exit(str(mistake))
