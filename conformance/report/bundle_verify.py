"""Checks an acceptance bundle before anything in it is believed, and lets its recording be judged again."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from conformance.files import DataError, os_reason
from conformance.report.bundle import (
    CASSETTE,
    COMMENT,
    FORMAT,
    MANIFEST,
    REPORT,
    SIGNATURE,
    STATEMENT,
    fingerprint,
    public_key,
    signed_bytes,
    signer,
)
from conformance.report.folder import read_report
from conformance.report.phrases import one_line, verdict_key
from conformance.report.wording import RUN_VERDICTS, VERDICTS
from conformance.text import Text, advised, expected, said_of

if TYPE_CHECKING:
    from conformance.report.shapes import Report

Rejudge: TypeAlias = "Callable[[Path, Path | None, Report], Report]"
"""Judges the recording in a folder again: from that folder, the statement if there is one, and the report as packed."""

MOST_BYTES = 1024**3
"""Unpacked bytes of a whole bundle."""

MOST_FILES = 50_000
_MANIFEST_BYTES = 64 * 1024**2
_CHUNK = 1024**2
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What reading an archive raises where its bytes are not those of an archive that `make_bundle` writes."""

_NAME_AT = 30
"""Where the name of an archive's first file begins: that of a bundle is the manifest."""

_REMAKE = Text(
    "ask for the bundle again, or make a new one with `ocr-conformance bundle make`",
    "请重新索取验收包，或用 `ocr-conformance bundle make` 重新制作",
)


class BrokenBundleError(DataError):
    """A bundle that is not what was packed, or whose recording gives other verdicts."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle in which nothing was changed. `signed_by` is the fingerprint of the key that signed it, or None.

    `trusted` is True where that is the key that the reader expected; `rejudged` where the recording inside was judged
    again and gave the same verdicts.
    """

    report: Report
    files: Mapping[str, str]
    signed_by: str | None
    trusted: bool
    rejudged: bool


def verify_bundle(
    path: Path, key: Path | None = None, rejudge: Rejudge | None = None, *, most_bytes: int = MOST_BYTES
) -> Verified:
    """Check sums, signature and report of a bundle, and judge its recording again with `rejudge` where it has one.

    `key` is the PEM file of the public key that must have signed it; `most_bytes` bounds what is unpacked.
    Raises BrokenBundleError with the first thing wrong: a changed byte, a missing or unlisted file, an unsafe name, too
    much to unpack, another signer, another verdict; DataError for a key that is none and for a file that never was a
    bundle.
    """
    expected_signer = public_key(key) if key is not None else None
    _check_kind(path)
    try:
        _check_seal(path)
        with tempfile.TemporaryDirectory(prefix="ocr-conformance-") as scratch:
            return _verified(path, Path(scratch), expected_signer, rejudge, most_bytes)
    except DataError as error:
        raise BrokenBundleError(_one_line(said_of(path, error.words))) from error


def _verified(
    path: Path, folder: Path, expected_signer: bytes | None, rejudge: Rejudge | None, most_bytes: int
) -> Verified:
    """What is left to check of a bundle whose seal is whole; it is unpacked into `folder`."""
    listed, signed_by = _unpacked(path, folder, most_bytes)
    if expected_signer is not None:
        _check_signer(expected_signer, signed_by)
    rejudged = rejudge is not None and (folder / CASSETTE).is_dir()
    try:
        report = read_report(folder / REPORT)
        if rejudge is not None and rejudged:
            statement = folder / STATEMENT
            again = rejudge(folder / CASSETTE, statement if statement.is_file() else None, report)
            _check_verdicts(report, again)
    except DataError as error:
        # A file inside goes by its name there: where it was unpacked is gone when the message is read.
        unpacked = f"{folder}{os.sep}"
        raise DataError(error.words.en.replace(unpacked, ""), error.words.zh.replace(unpacked, "")) from error
    return Verified(
        report=report,
        files={name: sha256 for name, (_, sha256) in listed.items()},
        signed_by=fingerprint(signed_by) if signed_by is not None else None,
        trusted=expected_signer is not None,
        rejudged=rejudged,
    )


def _check_kind(path: Path) -> None:
    """Raise DataError for a file that cannot be read, or neither begins nor ends as a bundle does."""
    try:
        with path.open("rb") as file:
            head = file.read(_NAME_AT + len(MANIFEST))
            size = file.seek(0, 2)
            file.seek(max(0, size - 64 - len(COMMENT)))
            mark = file.read(len(COMMENT))
    except OSError as error:
        reason = os_reason(error)
        words = Text(f"cannot be read: {reason.en}", f"无法读取：{reason.zh}")
        raise DataError(_one_line(said_of(path, words))) from error
    if head[_NAME_AT:] != MANIFEST.encode("ascii") and mark != COMMENT:
        words = _remake("a bundle, which ends with its own hash", "以自身哈希结尾的验收包", "another file", "其他文件")
        raise DataError(_one_line(said_of(path, words)))


def _check_seal(path: Path) -> None:
    """The archive's last 64 bytes are the hash of all others."""
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            left = file.seek(0, 2) - 64
            if left <= 0:
                raise DataError(
                    _remake("a bundle", "验收包", f"a file of {left + 64} bytes", f"{left + 64} 字节的文件")
                )
            file.seek(max(0, left - len(COMMENT)))
            mark = file.read(len(COMMENT))
            file.seek(0)
            while left > 0:
                chunk = file.read(min(_CHUNK, left))
                hashed.update(chunk)
                left -= len(chunk)
            seal = file.read()
    except OSError as error:
        reason = os_reason(error)
        raise DataError(f"cannot be read: {reason.en}", f"无法读取：{reason.zh}") from error
    if mark != COMMENT:
        raise DataError(
            _remake("a bundle, which ends with its own hash", "以自身哈希结尾的验收包", "another file", "其他文件")
        )
    if hashed.hexdigest().encode("ascii") != seal:
        raise DataError(
            _remake("the bytes that were packed", "打包时的字节", "others: it was changed", "不同的字节：已被改动")
        )


def _unpacked(path: Path, folder: Path, most_bytes: int) -> tuple[Mapping[str, tuple[int, str]], bytes | None]:
    """Unpack a bundle; length and SHA-256 of each file by its name, and the public key that signed them, if any."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive, most_bytes)
            manifest = _read(archive, entries[MANIFEST], _MANIFEST_BYTES)
            listed = _listed(manifest)
            _check_names(set(entries), set(listed))
            signed_by = _signed_by(archive, entries, manifest)
            _unpack(archive, entries, listed, folder)
    except _UNREADABLE as error:
        raise DataError(
            f"expected a bundle, found an archive that cannot be read: {error}",
            f"应为验收包，实为无法读取的归档：“{error}”",
        ) from error
    return listed, signed_by


def _entries(archive: zipfile.ZipFile, most_bytes: int) -> dict[str, zipfile.ZipInfo]:
    """The archive's files by name, once it is clear that unpacking them is safe."""
    infos = archive.infolist()
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > most_bytes:
        raise DataError(
            _remake(
                f"at most {MOST_FILES} files and {most_bytes} bytes",
                f"至多 {MOST_FILES} 个文件、{most_bytes} 字节",
                "more",
                "更多",
            )
        )
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        mode = info.external_attr >> 16
        if not _is_safe(info.filename) or not stat.S_ISREG(mode):
            raise DataError(
                _remake(
                    "plain files with relative names", "相对名称的普通文件", f"{info.filename!a}", f"{info.filename!a}"
                )
            )
        if info.filename in entries:
            raise DataError(
                _remake("each file once", "每个文件一次", f"{info.filename!a} twice", f"{info.filename!a} 两次")
            )
        entries[info.filename] = info
    if MANIFEST not in entries:
        raise DataError(_remake(f"a bundle with {MANIFEST}", f"含 {MANIFEST} 的验收包", "none", "没有该文件"))
    return entries


def _is_safe(name: str) -> bool:
    """A relative path of plain parts, which stays in its folder on every system."""
    parts = PurePosixPath(name).parts
    plain = all(part not in ("..", ".") and not part.startswith("/") for part in parts)
    return bool(parts) and plain and not set(name) & set('\\:*?"<>|\0') and str(PurePosixPath(name)) == name


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    return b"".join(_chunks(archive, entry, min(limit, entry.file_size)))


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """The content of an entry piece by piece. Raises DataError where it is longer than it says."""
    read = 0
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            read += len(chunk)
            if read > limit:
                raise DataError(
                    _remake(
                        f"{entry.filename} to unpack to {limit} bytes",
                        f"{entry.filename} 解包后为 {limit} 字节",
                        "more",
                        "更多",
                    )
                )
            yield chunk


def _listed(manifest: bytes) -> dict[str, tuple[int, str]]:
    """Length and SHA-256 of each file of the manifest."""
    wrong = DataError(
        f"expected a manifest of {FORMAT}, found another; use the kit that made the bundle",
        f"应为 {FORMAT} 的清单，实为其他格式；请使用制作该验收包的套件",
    )
    try:
        value = json.loads(manifest)
        if value["format"] != FORMAT:
            raise wrong
        return {str(entry["path"]): (int(entry["bytes"]), str(entry["sha256"])) for entry in value["files"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise wrong from None


def _check_names(found: set[str], listed: set[str]) -> None:
    missing, unlisted = sorted(listed - found), sorted(found - listed - {MANIFEST, SIGNATURE})
    if missing or unlisted:
        which = Text(f"{unlisted[0]!a} is not listed", f"{unlisted[0]!a} 未列出") if unlisted else Text("", "")
        if missing:
            which = Text(f"{missing[0]} is missing", f"缺少 {missing[0]}")
        raise DataError(_remake("the files of the manifest", "清单所列的文件", f"that {which.en}", which.zh))


def _signed_by(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], manifest: bytes) -> bytes | None:
    if SIGNATURE not in entries:
        return None
    try:
        return signer(_read(archive, entries[SIGNATURE], _CHUNK), signed_bytes(manifest))
    except DataError as error:
        raise DataError(said_of(SIGNATURE, error.words)) from error


def _unpack(
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    listed: Mapping[str, tuple[int, str]],
    folder: Path,
) -> None:
    for name, (length, sha256) in listed.items():
        target = folder / name
        hashed = hashlib.sha256()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                for chunk in _chunks(archive, entries[name], length):
                    hashed.update(chunk)
                    file.write(chunk)
        except OSError as error:
            raise DataError(
                f"cannot unpack {name}: {error.strerror}", f"无法解包 {name}：{os_reason(error).zh}"
            ) from error
        if hashed.hexdigest() != sha256:
            raise DataError(
                _remake(
                    f"{name} with the SHA-256 of the manifest", f"{name} 的 SHA-256 与清单一致", "another", "不同的值"
                )
            )


def _check_signer(trusted: bytes, signed_by: bytes | None) -> None:
    if signed_by != trusted:
        wanted, found = fingerprint(trusted)[:16], Text("none", "没有签名")
        if signed_by is not None:
            by = fingerprint(signed_by)[:16]
            found = Text(f"one by {by}", f"{by} 的签名")
        raise DataError(_remake(f"a signature by {wanted}", f"{wanted} 的签名", found.en, found.zh))


def _remake(wanted: str, wanted_zh: str, found: str, found_zh: str) -> Text:
    return advised(expected(Text(wanted, wanted_zh), Text(found, found_zh)), _REMAKE)


def _one_line(words: Text) -> Text:
    return Text(one_line(words.en), one_line(words.zh))


def _other_verdict(packed: Report, again: Report, first: Text | None) -> Text:
    was, now = packed["verdict"], again["verdict"]
    then, today = packed["kit_version"], again["kit_version"]
    words = Text(
        f"expected the recording to give the verdict {was} again, found {now} (kit {then} then, {today} now)",
        f"重新判定录制应得出“{RUN_VERDICTS[was].zh}”，实为“{RUN_VERDICTS[now].zh}”（当时套件 {then}，现在 {today}）",
    )
    return words if first is None else advised(words, first)


def _check_verdicts(packed: Report, again: Report) -> None:
    """The recording must give the verdicts that the report states, requirement by requirement."""
    stated = {entry["id"]: entry["verdict"] for entry in packed["requirements"]}
    judged = {entry["id"]: entry["verdict"] for entry in again["requirements"]}
    differing = [name for name in sorted({*stated, *judged}) if stated.get(name) != judged.get(name)]
    if packed["verdict"] != again["verdict"] or differing:
        first = None
        if differing:
            name = differing[0]
            was, now = stated.get(name), judged.get(name)
            was_zh, now_zh = (VERDICTS[one].zh if one is not None else "无" for one in (was, now))
            first = Text(f"{name} was {was}, is {now}", f"{name} 原为{was_zh}，现为{now_zh}")
        raise DataError(_other_verdict(packed, again, first))


def bundle_facts(verified: Verified, language: str = "en") -> list[str]:
    """Sentences for a terminal that say what was checked."""
    report, count = verified.report, len(verified.files)
    verdict, target = RUN_VERDICTS[verdict_key(report)], one_line(report["target"])
    signer_name = (verified.signed_by or "")[:16]
    facts = [
        Text(
            f"{count} files as packed; verdict {report['verdict']} on {target}",
            f"{count} 个文件与打包时一致；对 {target} 的判定：{verdict.zh}",
        )
    ]
    if verified.signed_by is None:
        facts.append(
            Text("not signed: the sums show accidents, not who made it", "未签名：校验和只能发现意外损坏，不能证明来源")
        )
    elif verified.trusted:
        facts.append(Text(f"signed by the expected key {signer_name}", f"由预期的密钥 {signer_name} 签名"))
    else:
        facts.append(
            Text(
                f"signed by {signer_name}; give --key to check whose key that is",
                f"由 {signer_name} 签名；请用 --key 核对密钥归属",
            )
        )
    facts.append(
        Text("the recording gives the same verdicts", "重新判定录制内容，结论相同")
        if verified.rejudged
        else Text("the recording was not judged again", "未重新判定录制内容")
    )
    return [fact.in_language(language) for fact in facts]
