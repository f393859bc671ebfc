"""Acceptance bundles: what goes in, what comes out, and every way to tamper with one."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from reporting import changed, sample_ledger, sample_report

from conformance.files import DataError
from conformance.report.bundle import COMMENT, MANIFEST, REPORT, SIGNATURE, Sources, make_bundle
from conformance.report.bundle_verify import bundle_facts, verify_bundle
from conformance.report.evidence import write_evidence
from conformance.report.shapes import Report, to_json


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """The folders of a run: report with evidence, recording, statement."""
    report, cassette = tmp_path / "report", tmp_path / "recorded"
    report.mkdir()
    (cassette / "blobs").mkdir(parents=True)
    (report / "report.json").write_bytes(to_json(sample_report()))
    write_evidence(sample_ledger(), report)
    (cassette / "cassette.json").write_text('{"of": "no run"}')
    (cassette / "index.ndjson").write_text('{"made": "up"}\n')
    (cassette / "blobs" / "ab").write_bytes(b"\x00\x01")
    statement = tmp_path / "statement.toml"
    statement.write_text('target = "invented"\n')
    return Sources(report, cassette, statement)


@pytest.fixture
def bundle(sources: Sources, tmp_path: Path) -> Path:
    """An unsigned bundle."""
    path = tmp_path / "bundle.zip"
    make_bundle(sources, path)
    return path


def key_pair(folder: Path, name: str = "key") -> tuple[Path, Path]:
    """Files of a private and a public key."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}.public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def sm2_pem() -> tuple[bytes, bytes]:
    """A private and a public key of a curve that is not supported: those of P-256 under another name."""
    key = generate_ec_key(SECP256R1())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    p256, sm2 = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a811ccf5501822d")
    renamed = [(b"PRIVATE", private.replace(p256, sm2)), (b"PUBLIC", public.replace(p256, sm2))]
    first, second = (
        b"-----BEGIN %b KEY-----\n%b-----END %b KEY-----\n" % (kind, base64.encodebytes(der), kind)
        for kind, der in renamed
    )
    return first, second


def repacked(bundle: Path, change: Callable[[zipfile.ZipFile, str, bytes], None]) -> None:
    """Pack a bundle anew, entry by entry, and seal it as its maker would."""
    with zipfile.ZipFile(bundle) as archive:
        contents = [(info.filename, archive.read(info)) for info in archive.infolist()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents:
            change(archive, name, content)
        archive.comment = COMMENT + b"0" * 64
    unsealed = out.getvalue()[:-64]
    bundle.write_bytes(unsealed + hashlib.sha256(unsealed).hexdigest().encode())


def keep(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Write an entry as bundles have it."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def replacing(**replaced: bytes) -> Callable[[zipfile.ZipFile, str, bytes], None]:
    return lambda archive, name, content: keep(archive, name, replaced.get(name, content))


def failure(bundle: Path, **options: object) -> str:
    """The message of the refusal, without the path."""
    with pytest.raises(DataError) as raised:
        verify_bundle(bundle, **options)  # type: ignore[arg-type]
    message = str(raised.value)
    assert message.startswith(f"{bundle}: ")
    assert "\n" not in message
    return message.removeprefix(f"{bundle}: ")


def test_a_bundle_holds_report_evidence_recording_statement_and_environment(bundle: Path) -> None:
    verified = verify_bundle(bundle)
    body = next(name for name in verified.files if name.startswith("report/evidence/"))
    assert sorted(verified.files) == sorted(
        [body, "environment.json", "report/report.json", "statement.toml"]
        + [f"cassette/{name}" for name in ("blobs/ab", "cassette.json", "index.ndjson")]
    )
    assert verified.report == sample_report()
    assert bundle_facts(verified) == [
        "7 files as packed; verdict nonconformant on http://127.0.0.1:8080",
        "not signed: the sums show accidents, not who made it",
        "the recording was not judged again",
    ]
    assert bundle_facts(verified, "zh") == [
        "7 个文件与打包时一致；对 http://127.0.0.1:8080 的判定：不符合",
        "未签名：校验和只能发现意外损坏，不能证明来源",
        "未重新判定录制内容",
    ]


def test_the_manifest_names_every_file_with_length_and_sum(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        for entry in manifest["files"]:
            content = archive.read(entry["path"])
            assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert {entry["path"] for entry in manifest["files"]} | {MANIFEST} == set(archive.namelist())
        assert json.loads(archive.read("environment.json"))["kit_version"] == "0.1.0"
    assert {key: manifest[key] for key in ("format", "kit_version", "target", "verdict")} == {
        "format": "ocr-conformance bundle 1",
        "kit_version": "0.1.0",
        "target": "http://127.0.0.1:8080",
        "verdict": "nonconformant",
    }


def test_made_twice_it_is_the_same_to_the_byte(sources: Sources, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        make_bundle(sources, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A bundle of a few kilobytes."""
    report = tmp_path / "small"
    report.mkdir()
    empty: dict[str, object] = {"requirements": [], "purposes": [], "exchanges": [], "pictures": {}, "documents": {}}
    (report / "report.json").write_bytes(to_json(changed(sample_report(), empty)))
    path = tmp_path / "small.zip"
    make_bundle(Sources(report), path)
    return path


def test_a_changed_byte_anywhere_is_found(small: Path) -> None:
    content = bytearray(small.read_bytes())
    missed = []
    for position in range(len(content)):
        content[position] ^= 0x01
        small.write_bytes(content)
        try:
            verify_bundle(small)
            missed.append(position)
        except DataError:
            pass
        content[position] ^= 0x01
    assert missed == []


def test_a_byte_changed_and_sealed_again_never_changes_what_is_believed(small: Path) -> None:
    honest = verify_bundle(small)
    content = bytearray(small.read_bytes()[:-64])
    for position in range(0, len(content) - len(COMMENT), 13):
        for flip in (0x01, 0x80):
            content[position] ^= flip
            small.write_bytes(content + hashlib.sha256(content).hexdigest().encode())
            with suppress(DataError):
                assert verify_bundle(small) == honest, position
            content[position] ^= flip


def test_bytes_added_or_cut_off_are_found(bundle: Path) -> None:
    whole = bundle.read_bytes()
    for content in (whole + b"\n", b"#!" + whole, whole[:-1], whole[1:], whole[: len(whole) // 2]):
        bundle.write_bytes(content)
        assert failure(bundle).startswith("expected ")


def test_what_is_no_bundle_is_one_message(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with pytest.raises(DataError, match="cannot be read: No such file or directory"):
        verify_bundle(path)
    for content in (b"", b"x" * 10, b"x" * 4000):
        path.write_bytes(content)
        assert failure(path).startswith("expected a bundle, ")
    sealed = b"no archive " + COMMENT
    path.write_bytes(sealed + hashlib.sha256(sealed).hexdigest().encode())
    assert failure(path).startswith("expected a bundle, found an archive that cannot be read: File is not a zip file")


def test_a_changed_file_is_found_even_where_the_archive_was_sealed_again(bundle: Path) -> None:
    repacked(bundle, replacing(**{"cassette/index.ndjson": b"{}"}))
    assert failure(bundle).startswith(
        "expected cassette/index.ndjson with the SHA-256 of the manifest, found another; "
    )


def test_a_file_too_few_or_too_many_is_found(bundle: Path) -> None:
    def drop(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        if name != "statement.toml":
            keep(archive, name, content)

    def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        keep(archive, name, content)
        if name == MANIFEST:
            keep(archive, "extra.txt", b"")

    whole = bundle.read_bytes()
    repacked(bundle, drop)
    assert failure(bundle).startswith("expected the files of the manifest, found that statement.toml is missing; ")
    bundle.write_bytes(whole)
    repacked(bundle, add)
    assert failure(bundle).startswith("expected the files of the manifest, found that 'extra.txt' is not listed; ")


def test_what_a_bundle_says_of_itself_is_shown_not_obeyed(bundle: Path) -> None:
    report = to_json(changed(sample_report(), {"target": "http://b\x1b[2J"}))
    verified = replace(verify_bundle(bundle), report=json.loads(report))
    for language in ("en", "zh"):
        assert "http://b\\u001b[2J" in bundle_facts(verified, language)[0]
    manifest = to_json({"format": "ocr-conformance bundle 1", "files": [{"path": "\x1b]\n", "bytes": 1, "sha256": ""}]})
    repacked(bundle, replacing(**{MANIFEST: manifest}))
    assert failure(bundle).startswith("expected the files of the manifest, found that \\u001b]  is missing; ")


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "a/../../evil", "C:\\evil", "a\\..\\evil", "a//b", "./a", "dir/", "a\x00b", "nul:stream"],
)
def test_a_name_that_could_leave_the_folder_is_refused(bundle: Path, name: str) -> None:
    def add(archive: zipfile.ZipFile, old: str, content: bytes) -> None:
        keep(archive, old, content)
        if old == MANIFEST:
            info = zipfile.ZipInfo("placeholder")
            info.filename = name
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, b"evil")

    repacked(bundle, add)
    # A reader of zip archives cuts names at a null character, so that this one is found by not being listed.
    assert failure(bundle).startswith(
        "expected plain files with relative names, " if "\x00" not in name else "expected "
    )


def test_a_link_in_the_archive_is_refused(bundle: Path) -> None:
    def link(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        if name != "statement.toml":
            keep(archive, name, content)
            return
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")

    repacked(bundle, link)
    assert failure(bundle).startswith("expected plain files with relative names, found 'statement.toml'; ")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(bundle: Path) -> None:
    def twice(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        keep(archive, name, content)
        if name == "statement.toml":
            keep(archive, name, b"other")

    repacked(bundle, twice)
    assert failure(bundle).startswith("expected each file once, found 'statement.toml' twice; ")


def test_a_bomb_is_refused_before_it_is_unpacked(bundle: Path) -> None:
    repacked(bundle, replacing(**{"statement.toml": b"\0" * 5_000_000}))
    assert bundle.stat().st_size < 50_000
    assert failure(bundle, most_bytes=4_000_000).startswith(
        "expected at most 50000 files and 4000000 bytes, found more; "
    )


def test_a_file_longer_than_the_manifest_says_is_refused_while_it_is_unpacked(bundle: Path) -> None:
    repacked(bundle, replacing(**{"statement.toml": b"\0" * 5_000_000}))
    assert failure(bundle).startswith("expected statement.toml to unpack to 20 bytes, found more; ")


def test_a_manifest_of_another_format_is_refused(bundle: Path) -> None:
    for manifest in (b"{}", b"[]", b"\xff", to_json({"format": "ocr-conformance bundle 2", "files": []})):
        repacked(bundle, replacing(**{MANIFEST: manifest}))
        assert failure(bundle).startswith("expected a manifest of ocr-conformance bundle 1, found another; ")


def test_a_signed_bundle_names_its_signer_and_is_trusted_with_the_right_key(sources: Sources, tmp_path: Path) -> None:
    private, public = key_pair(tmp_path)
    path = tmp_path / "signed.zip"
    make_bundle(sources, path, private)
    unchecked, trusted = verify_bundle(path), verify_bundle(path, public)
    assert (unchecked.trusted, trusted.trusted) == (False, True)
    assert unchecked.signed_by == trusted.signed_by
    assert trusted.signed_by is not None
    assert bundle_facts(unchecked)[1] == f"signed by {trusted.signed_by[:16]}; give --key to check whose key that is"
    assert bundle_facts(trusted)[1] == f"signed by the expected key {trusted.signed_by[:16]}"


def test_another_signer_or_none_is_refused_where_a_key_is_expected(sources: Sources, tmp_path: Path) -> None:
    private, _ = key_pair(tmp_path, "one")
    _, other = key_pair(tmp_path, "other")
    path = tmp_path / "bundle.zip"
    make_bundle(sources, path, private)
    assert ", found one by " in failure(path, key=other)
    make_bundle(sources, path)
    assert ", found none; " in failure(path, key=other)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"not a key",
            "expected a public key in PEM; write it with `openssl pkey -in key.pem -pubout -out public.pem`",
        ),
        (sm2_pem()[1], "expected an Ed25519 public key, found one of another kind; write it with"),
    ],
    ids=["none", "sm2"],
)
def test_a_key_that_cannot_have_signed_is_one_message(
    bundle: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "public.pem"
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        verify_bundle(bundle, path)
    assert str(raised.value).startswith(f"{path}: {message}")


def test_a_signature_of_another_manifest_is_found(sources: Sources, tmp_path: Path) -> None:
    private, _ = key_pair(tmp_path)
    path = tmp_path / "bundle.zip"
    make_bundle(sources, path, private)
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    manifest["verdict"] = "conformant"
    repacked(path, replacing(**{MANIFEST: to_json(manifest)}))
    assert failure(path) == "signature.json: expected a signature of the manifest, found one of something else"
    repacked(path, replacing(**{SIGNATURE: b"{}"}))
    assert failure(path).startswith("signature.json: expected an Ed25519 public key and signature in base64, ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"not a key",
            "expected a private key in PEM; make one with `openssl genpkey -algorithm ed25519 -out key.pem`",
        ),
        ("rsa", "expected an Ed25519 private key, found one of another kind; make one with"),
        ("encrypted", "expected a key without a passphrase, found an encrypted one; make one with"),
        ("sm2", "expected an Ed25519 private key, found one of another kind; make one with"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_key_that_cannot_sign_is_one_message(
    sources: Sources, tmp_path: Path, content: bytes | str | None, message: str
) -> None:
    path = tmp_path / "key.pem"
    if content == "sm2":
        content = sm2_pem()[0]
    if content in ("rsa", "encrypted"):
        locked: KeySerializationEncryption = NoEncryption() if content == "rsa" else BestAvailableEncryption(b"x")
        key = generate_private_key(65537, 2048) if content == "rsa" else Ed25519PrivateKey.generate()
        content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    if isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        make_bundle(sources, tmp_path / "bundle.zip", path)
    assert str(raised.value).startswith(f"{path}: {message}")
    assert not (tmp_path / "bundle.zip").exists()


def test_the_recording_is_judged_again_with_the_statement_that_was_packed(bundle: Path) -> None:
    seen: list[Mapping[str, bytes]] = []

    def rejudge(cassette: Path, statement: Path | None, report: Report) -> Report:
        assert statement is not None
        seen.append({"index": (cassette / "index.ndjson").read_bytes(), "statement": statement.read_bytes()})
        return report

    verified = verify_bundle(bundle, rejudge=rejudge)
    assert verified.rejudged
    assert seen == [{"index": b'{"made": "up"}\n', "statement": b'target = "invented"\n'}]
    assert bundle_facts(verified)[-1] == "the recording gives the same verdicts"


def test_another_verdict_of_the_recording_is_found(bundle: Path) -> None:
    def rejudge(_cassette: Path, _statement: Path | None, report: Report) -> Report:
        entries = [dict(entry) for entry in report["requirements"]]
        entries[1]["verdict"] = "pass"
        return changed(report, {"requirements": entries, "verdict": "inconclusive", "kit_version": "0.2.0"})

    assert failure(bundle, rejudge=rejudge) == (
        "expected the recording to give the verdict nonconformant again, found inconclusive "
        "(kit 0.1.0 then, 0.2.0 now); "
        "auto-classification-v1.0/ticket.corners was fail, is pass"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "report/report.json: cannot be read: No such file or directory"),
        (b"{}", "report/report.json: expected a report.json of ocr-conformance, found a JSON object of another kind; "),
    ],
    ids=["absent", "another"],
)
def test_a_bundle_whose_report_cannot_be_read_names_the_bundle(
    bundle: Path, content: bytes | None, message: str
) -> None:
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    manifest["files"] = [entry for entry in manifest["files"] if entry["path"] != REPORT]
    if content is not None:
        manifest["files"].append({"path": REPORT, "bytes": 2, "sha256": hashlib.sha256(content).hexdigest()})

    def change(archive: zipfile.ZipFile, name: str, packed: bytes) -> None:
        if name == MANIFEST:
            keep(archive, name, to_json(manifest))
        elif name != REPORT:
            keep(archive, name, packed)
        elif content is not None:
            keep(archive, name, content)

    repacked(bundle, change)
    assert failure(bundle).startswith(message)


def test_a_bundle_without_a_recording_is_not_judged_again(sources: Sources, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    make_bundle(Sources(sources.report), path)
    assert not verify_bundle(path, rejudge=lambda *_: pytest.fail("there is nothing to judge")).rejudged


def test_what_cannot_be_packed_is_one_message(sources: Sources, tmp_path: Path) -> None:
    cases: list[tuple[Sources, Path, str]] = [
        (Sources(tmp_path / "none"), tmp_path / "b.zip", "cannot be read: No such file"),
        (
            Sources(sources.report, tmp_path / "none"),
            tmp_path / "b.zip",
            "expected a folder to pack as cassette, found none",
        ),
        (sources, sources.report / "b.zip", "expected a place outside of"),
    ]
    for given, path, message in cases:
        with pytest.raises(DataError, match=message):
            make_bundle(given, path)
    (sources.report / "link").symlink_to("/etc/hostname")
    with pytest.raises(DataError, match="expected a regular file, found a link or device"):
        make_bundle(sources, tmp_path / "b.zip")


def test_it_verifies_elsewhere_without_cryptography(bundle: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = bundle.rename(elsewhere / "received.zip")
    script = (
        "import sys; sys.modules['cryptography'] = None; from pathlib import Path; "
        "from conformance.report.bundle_verify import bundle_facts, verify_bundle; "
        "print(bundle_facts(verify_bundle(Path(sys.argv[1])))[0])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(moved)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("7 files as packed; verdict nonconformant on http://127.0.0.1:8080\n", "")
