"""A certificate of its own for a server on loopback, made anew at each start and never written to a file that stays."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

_VALIDITY = timedelta(days=7)


class TlsUnavailableError(Exception):
    """The package that makes certificates is not installed; the message says how to get it."""


def own_context(host: str) -> ssl.SSLContext:
    """A TLS server context with a self-signed certificate for `host`, localhost and the loopback addresses.

    Raises TlsUnavailableError.
    """
    certificate, key = _self_signed(host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="ocr-conformance-") as folder:
        # OpenSSL's context reads a key from files only; mkdtemp makes the folder readable by its owner alone.
        paths = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        paths[0].write_bytes(certificate)
        paths[1].write_bytes(key)
        context.load_cert_chain(*paths)
    return context


def _self_signed(host: str) -> tuple[bytes, bytes]:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise TlsUnavailableError(
            "--tls needs the package cryptography to make a certificate, and it is not installed; "
            "install it with: pip install 'ocr-conformance[tls]'"
        ) from error
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ocr-conformance reference")])
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"), ipaddress.ip_address(host)}
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), *map(x509.IPAddress, sorted(addresses, key=str))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALIDITY)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), private
