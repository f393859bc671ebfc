"""Ed25519 signatures of bundles; needs the extra `sign` (the package cryptography)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING

from conformance.files import DataError, read_bytes
from conformance.report.report_file import to_json

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MAKE = "make one with `openssl genpkey -algorithm ed25519 -out key.pem`"
_PUBLISH = "write it with `openssl pkey -in key.pem -pubout -out public.pem`"


def sign(message: bytes, key: Path) -> bytes:
    """The content of `signature.json`. Raises DataError for a file that holds no Ed25519 private key."""
    private = _private_key(key)
    public = private.public_key().public_bytes_raw()
    entry = {
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(public).decode("ascii"),
        "signature": base64.b64encode(private.sign(message)).decode("ascii"),
    }
    return to_json(entry)


def signer(signature: bytes, message: bytes) -> bytes:
    """The public key (32 bytes) that signed `message`. Raises DataError where the signature is none or does not fit."""
    _installed()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        entry = json.loads(signature)
        public = base64.b64decode(entry["public_key"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(entry["signature"], validate=True), message)
    except InvalidSignature:
        raise DataError("expected a signature of the manifest, found one of something else") from None
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise DataError("expected an Ed25519 public key and signature in base64, found something else") from None
    return public


def fingerprint(public: bytes) -> str:
    """SHA-256 of the 32 bytes of a public key, in hexadecimal: short enough to compare by eye."""
    return hashlib.sha256(public).hexdigest()


def public_key(path: Path) -> bytes:
    """The 32 bytes of an Ed25519 public key in PEM. Raises DataError for anything else."""
    _installed()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(read_bytes(path))
    except UnsupportedAlgorithm:
        key = None
    except ValueError:
        raise DataError(f"{path}: expected a public key in PEM; {_PUBLISH}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise DataError(f"{path}: expected an Ed25519 public key, found one of another kind; {_PUBLISH}")
    return key.public_bytes_raw()


def _private_key(path: Path) -> Ed25519PrivateKey:
    _installed()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(read_bytes(path), password=None)
    except UnsupportedAlgorithm:
        key = None
    except TypeError:
        raise DataError(f"{path}: expected a key without a passphrase, found an encrypted one; {_MAKE}") from None
    except ValueError:
        raise DataError(f"{path}: expected a private key in PEM; {_MAKE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise DataError(f"{path}: expected an Ed25519 private key, found one of another kind; {_MAKE}")
    return key


def _installed() -> None:
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        raise DataError("signatures need the package cryptography: pip install 'ocr-conformance[sign]'") from None
