"""What real targets differ in, as a statement says it."""

from __future__ import annotations

from pathlib import Path

from conformance.contract.binding import Offer
from conformance.files import PRIMARY
from conformance.statement.statement import ClientCertificate, StatedHeader, StatedTarget, read_statement
from conformance.statement.terms import Unprovable


def written(folder: Path, text: str) -> Path:
    path = folder / "statement.toml"
    path.write_text(text, encoding="utf-8")
    return path


MORE = """\
[target]
base-path = "/gateway/ocr"
rate = 5
timeout-s = 12.5
max-requests = 2000
max-billable = 300
[target.headers]
X-Tenant = "acceptance"
X-Api-Key = { env = "GATEWAY_KEY" }
[target.tls]
certificate = "client.pem"
key = "keys/client.key"
[codes.prefix]
AIS = "OCR"
[positions]
"side.max" = "8192"
[contract."auto-classification-v1.0"]
formats = ["JPEG"]
side-min = 20
side-max = 4000
base64-max = 6000000
[contract."auto-classification-v1.0".positions]
type-list.empty = "none"
[[waiver]]
requirement = "auto-classification-v1.0/answer.request-id"
reason = "r"
owner = "o"
expires = 2026-12-31
type = "vat_invoice"
format = "PNG"
purpose = "valid"
[[unprovable]]
requirement = "auto-classification-v1.0/token.issued"
reason = "tokens of the acceptance system do not expire"
owner = "team identity"
"""


def test_what_a_target_has_less_of_and_needs_more_of(tmp_path: Path) -> None:
    statement = read_statement(written(tmp_path, MORE))
    assert statement.target == StatedTarget(
        base_path="/gateway/ocr",
        rate=5,
        timeout_s=12.5,
        max_requests=2000,
        max_billable=300,
        headers=(StatedHeader("X-Tenant", "acceptance"), StatedHeader("X-Api-Key", variable="GATEWAY_KEY")),
        tls=ClientCertificate(tmp_path / "client.pem", tmp_path / "keys/client.key"),
    )
    assert statement.prefixes == {"AIS": "OCR"}
    assert statement.offer(PRIMARY[0]) == Offer(("JPEG",), 20, 4000, 6000000, {"type-list.empty": "none"})
    assert statement.offer(PRIMARY[1]) == Offer()
    assert statement.positions_of(PRIMARY[0]) == {"side.max": "8192", "type-list.empty": "none"}
    (waiver,) = statement.waivers
    assert (waiver.type, waiver.format, waiver.purpose) == ("vat_invoice", "PNG", "valid")
    assert statement.unprovable == (
        Unprovable(
            "auto-classification-v1.0/token.issued", "tokens of the acceptance system do not expire", "team identity"
        ),
    )
