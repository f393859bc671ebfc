"""Acceptance bundles: report, statement, recording and environment in one archive, signed where asked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from conformance.files import BadInput, DataError, read_bytes, replace_file
from conformance.report.folder import read_report
from conformance.report.shapes import to_json
from conformance.text import Text, advised, expected, said_of, spaced

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from conformance.report.shapes import Report


# Ed25519 signatures of bundles; needs the extra `sign` (the package cryptography).


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
    """Raises BadInput, which says nothing of the bundle, where the package is missing."""
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        raise BadInput(
            "signatures need the package cryptography: pip install 'ocr-conformance[sign]'",
            "签名需要软件包 cryptography；请执行 `pip install 'ocr-conformance[sign]'`",
        ) from None


# What goes into a bundle, and the archive itself: the same bytes for the same content.


FORMAT = "ocr-conformance bundle 1"
MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
ENVIRONMENT = "environment.json"
REPORT = "report/report.json"
STATEMENT = "statement.toml"
CASSETTE = "cassette"
COMMENT = b"sha256:"
"""Begins the archive's comment; 64 hexadecimal digits follow."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can state; a real one would make each archive different."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What goes into a bundle: the folder that `run --report` wrote, and what else there is."""

    report: Path
    cassette: Path | None = None
    statement: Path | None = None


def make_bundle(sources: Sources, path: Path, key: Path | None = None) -> Mapping[str, str]:
    """Write the bundle to `path`, signed with the Ed25519 private key in the PEM file `key` where one is given.

    Returns the SHA-256 of every packed file by its name in the bundle. Raises DataError for a report, key or folder
    that cannot be used, OSError where the archive cannot be written.
    """
    for folder in (sources.report, sources.cassette):
        if folder is not None and path.resolve().is_relative_to(folder.resolve()):
            raise DataError(
                f"{path}: expected a place outside of {folder}, which is packed; choose another",
                f"{path}：应在 {folder} 之外，因为该目录要打包；请换一个位置",
            )
    report = read_report(sources.report)
    if sources.cassette is not None:
        _check_recording(sources.cassette, report)
    contents = _contents(sources, report)
    manifest = _manifest(report, contents)
    packed = {MANIFEST: manifest, **contents}
    if key is not None:
        packed[SIGNATURE] = sign(signed_bytes(manifest), key)
    replace_file(path, _archive(packed))
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _check_recording(cassette: Path, report: Report) -> None:
    """Raises DataError for a folder that is no recording, and for the recording of another run: other contracts, seed
    or purposes than the report's.
    """
    if cassette.is_dir() and not (cassette / "cassette.json").exists():
        raise DataError(
            f"{cassette}: expected a cassette, found no cassette.json in it; name the folder that `run --record` wrote",
            f"{cassette}：应为 cassette，其中没有 cassette.json；请指定 `run --record` 写入的目录",
        )
    try:
        about = json.loads(read_bytes(cassette / "cassette.json"))
        recorded = (about["seed"], set(about["contracts"]), set(about["planned"]))
    except (DataError, KeyError, TypeError, ValueError):
        return  # damaged, or of no run: `bundle verify` says what is wrong with it
    seed, contracts, planned = recorded
    missing = sorted({purpose["id"] for purpose in report["purposes"] if purpose["requests"]} - planned)
    if seed == report["seed"] and set(report["contracts"]) <= contracts and not missing:
        return
    told = f"seed {seed}, {', '.join(sorted(contracts))}" + (f"; without {missing[0]}" if missing else "")
    wanted = f"seed {report['seed']}, {', '.join(report['contracts'])}"
    raise DataError(
        f"{cassette}: expected the recording of the run that the report is of ({wanted}), found another ({told}); "
        "name the folder that `run --record` wrote",
        f"{cassette}：应为该报告所述测试的录制（{wanted}），实际为另一次测试的录制（{told}）；"
        "请指定 `run --record` 写入的目录",
    )


def signed_bytes(manifest: bytes) -> bytes:
    """What a signature covers: the format, so that it means nothing elsewhere, and the manifest."""
    return FORMAT.encode("ascii") + b"\n" + manifest


def _contents(sources: Sources, report: Report) -> dict[str, bytes]:
    contents = {ENVIRONMENT: to_json({"kit_version": report["kit_version"], **report["environment"]})}
    contents |= _folder(sources.report, "report")
    if sources.cassette is not None:
        contents |= _folder(sources.cassette, CASSETTE)
    if sources.statement is not None:
        contents[STATEMENT] = read_bytes(sources.statement)
    return contents


def _folder(folder: Path, name: str) -> dict[str, bytes]:
    """Every regular file below a folder. Raises DataError for a link, whose content may lie anywhere, and for none."""
    if not folder.is_dir():
        raise DataError(
            f"{folder}: expected a folder to pack as {name}, found none",
            f"{folder}：应为要打包成 {name} 的目录，未找到",
        )
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            raise DataError(
                f"{path}: expected a regular file, found a link or device; pack a folder of plain files",
                f"{path}：应为普通文件，实为链接或设备；请打包只含普通文件的目录",
            )
        found[str(PurePosixPath(name, *path.relative_to(folder).parts))] = read_bytes(path)
    if not found:
        raise DataError(
            f"{folder}: expected files to pack as {name}, found none",
            f"{folder}：应有要打包成 {name} 的文件，未找到",
        )
    return found


def _manifest(report: Report, contents: Mapping[str, bytes]) -> bytes:
    files = [
        {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(contents.items())
    ]
    head = {"format": FORMAT, "kit_version": report["kit_version"], "target": report["target"]}
    return to_json({**head, "verdict": report["verdict"], "files": files})


def _archive(packed: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in packed.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
        # The comment's length is part of what is hashed, so it is set before its content is known.
        archive.comment = COMMENT + b"0" * 64
    unsealed = out.getvalue()[:-64]
    return unsealed + hashlib.sha256(unsealed).hexdigest().encode("ascii")
