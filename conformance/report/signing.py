"""Ed25519 signatures of bundles; needs the extra `sign` (the package cryptography)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING

from conformance.files import DataError, read_bytes
from conformance.report.report_file import to_json
from conformance.text import Text, advised, expected, said_of, spaced

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MAKE = Text(
    "make one with `openssl genpkey -algorithm ed25519 -out key.pem`",
    "可用 `openssl genpkey -algorithm ed25519 -out key.pem` 生成",
)
_PUBLISH = Text(
    "write it with `openssl pkey -in key.pem -pubout -out public.pem`",
    "可用 `openssl pkey -in key.pem -pubout -out public.pem` 写出",
)
_OTHER_KIND = Text("one of another kind", "其他种类的密钥")


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
        raise DataError(
            "expected a signature of the manifest, found one of something else",
            "应为清单的签名，实为其他内容的签名",
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise DataError(
            "expected an Ed25519 public key and signature in base64, found something else",
            "应为 Base64 编码的 Ed25519 公钥和签名，实为其他内容",
        ) from None
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
        raise DataError(_key(path, Text("a public key in PEM", "PEM 格式的公钥"), None, _PUBLISH)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise DataError(_key(path, Text("an Ed25519 public key", "Ed25519 公钥"), _OTHER_KIND, _PUBLISH))
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
        raise DataError(
            _key(
                path,
                Text("a key without a passphrase", "没有口令的密钥"),
                Text("an encrypted one", "加密的密钥"),
                _MAKE,
            )
        ) from None
    except ValueError:
        raise DataError(_key(path, Text("a private key in PEM", "PEM 格式的私钥"), None, _MAKE)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise DataError(_key(path, Text("an Ed25519 private key", "Ed25519 私钥"), _OTHER_KIND, _MAKE))
    return key


def _key(path: Path, wanted: Text, found: Text | None, advice: Text) -> Text:
    words = Text(f"expected {wanted.en}", f"应为{spaced(wanted.zh)}") if found is None else expected(wanted, found)
    return said_of(path, advised(words, advice))


def _installed() -> None:
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        raise DataError(
            "signatures need the package cryptography: pip install 'ocr-conformance[sign]'",
            "签名需要软件包 cryptography；请执行 `pip install 'ocr-conformance[sign]'`",
        ) from None
