"""Files that are no recordings, or hold nothing: exit 2, one message in the user's language, and nothing half-made."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from service import TEN, TOKEN, Asked

from conformance.cli import main
from conformance.recordings import CassetteError
from conformance.recordings.formats import traffic_of
from conformance.recordings.import_export import import_traffic
from conformance.recordings.recorded import MOST_NAMED

HERE = Path(__file__).resolve().parent
KINDS = {
    "nock 14.0.17": ((HERE / "nock.json").read_text(), "a recording of nock", "nock 录制文件"),
    "WireMock 3.13.2": (
        json.dumps(
            {"mappings": [{"request": {"urlPath": "/v1.0/ocr/auto-classification"}, "response": {"status": 200}}]}
        ),
        "stub mappings of WireMock",
        "WireMock 的 stub 映射",
    ),
    "WireMock, one mapping": (
        json.dumps({"id": "1", "request": {"url": "/", "bodyPatterns": []}, "response": {"status": 200}, "uuid": "1"}),
        "stub mappings of WireMock",
        "WireMock 的 stub 映射",
    ),
    "Bruno 4.1.0": (
        json.dumps([{"iterationIndex": 0, "results": [{"test": {"filename": "a.bru"}, "request": {}}]}]),
        "a report of Bruno",
        "Bruno 报告",
    ),
    "curl -i": (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}",
        "as `curl -i` prints it",
        "`curl -i` 打印",
    ),
    "our report": (
        json.dumps({"kit_version": "0.1.0", "verdict": "conformant"}),
        "a report of this kit",
        "本工具的报告",
    ),
    "Postman collection": (json.dumps({"info": {"name": "a"}, "item": []}), "a Postman collection", "Postman 集合"),
    "OpenAPI": (json.dumps({"openapi": "3.1.0", "info": {}, "paths": {}}), "OpenAPI", "OpenAPI"),
    "an empty HAR": (
        json.dumps({"log": {"version": "1.2", "entries": []}}),
        "there is no exchange in it",
        "其中没有任何交互",
    ),
    "empty VCR": (json.dumps({"version": 1, "interactions": []}), "there is no exchange in it", "其中没有任何交互"),
    "an empty file": ("", "found an empty file", "实际为空文件"),
    "mitmproxy flows": ("1234:9:websocket;0:~", "flows of mitmproxy", "mitmproxy 自有格式"),
    "other JSON": ('{"a": 1}', "JSON of another kind", "其他内容的 JSON"),
    "a list": ("- 1\n- 2\n", "found none of them", "实际均不是"),
}


def command(*arguments: str) -> Result:
    """Run `ocr-conformance`."""
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_read_is_named_in_both_languages(kind: str, tmp_path: Path) -> None:
    content, english, chinese = KINDS[kind]
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(CassetteError) as caught:
        list(traffic_of(path).exchanges(lambda _one: None))
    words = getattr(caught.value, "words")  # noqa: B009 - of TrafficError only
    assert str(caught.value) == words.en
    assert (words.en.startswith(f"{path}: "), words.zh.startswith(f"{path}：")) == (True, True)
    assert english in words.en
    assert chinese in words.zh


@pytest.mark.parametrize("arguments", [("audit", "FILE"), ("cassette", "import", "FILE", "FOLDER")])
@pytest.mark.parametrize(("language", "words"), [("en", "found a recording of nock"), ("zh", "这是nock 录制文件")])
def test_it_is_one_line_and_exit_2(arguments: tuple[str, ...], language: str, words: str, tmp_path: Path) -> None:
    names = {"FILE": str(HERE / "nock.json"), "FOLDER": str(tmp_path / "c")}
    ended = command(*(names.get(argument, argument) for argument in arguments), "--lang", language)
    assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    assert words in ended.stderr
    assert list(tmp_path.iterdir()) == []


def _line(one: Asked, **answer: object) -> str:
    request = {"method": "POST", "url": f"http://ocr.invalid{one.path}", "headers": {"X-Auth-Token": TOKEN}}
    made = {"request": {**request, "body": one.body.decode()}, "response": {"status": 200, "headers": {}, **answer}}
    return json.dumps(made)


def test_an_import_that_brings_nothing_is_exit_2_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text("".join(f"{_line(TEN[0])}\n" for _ in range(30)))
    ended = command("cassette", "import", str(path), str(tmp_path / "c"), "--lang", "en")
    assert ended.exit_code == 2
    assert ended.stderr == (
        f"ocr-conformance: {path}: nothing in it can be imported: 30 left out (line 1: the answer's body was not "
        "recorded; make the recording with content), 0 of other operations; record calls of the documented operations, "
        "with bodies\n"
    )
    assert [each.name for each in tmp_path.iterdir()] == ["a.ndjson"]


def test_at_most_twenty_left_out_are_named_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text("".join(f"{_line(TEN[0])}\n" for _ in range(30)) + _line(TEN[0], body="{}"))
    for arguments in (("audit", str(path)), ("cassette", "import", str(path), str(tmp_path / "c"))):
        lines = command(*arguments, "--lang", "en").stderr.splitlines()
        assert (len(lines), lines[-1]) == (MOST_NAMED + 1, "and 10 more left out")


@pytest.mark.parametrize("broken", ["torn yaml", "torn gzip", "torn zip"])
def test_a_failed_import_leaves_nothing_half_made(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if broken == "torn yaml":
        path.write_text("interactions:\n- request: !ruby/object:Object {}\n")
    elif broken == "torn gzip":
        content = "".join(f"{_line(TEN[0], body='{}')} {'x' * 9}\n" for _ in range(9))
        path.write_bytes(gzip.compress(content.encode())[:-20])
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.har", '{"log": {"entries": ["x"]}}' * 50)
        path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CassetteError):
        import_traffic(path, tmp_path / "c", "0.1.0", "2026-12-01T00:00:00Z")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine").write_text("kept")
    with pytest.raises(CassetteError, match="already holds something"):
        import_traffic(HERE / "mitmproxy.har", tmp_path / "c", "0.1.0", "2026-12-01T00:00:00Z")
    assert [each.name for each in (tmp_path / "c").iterdir()] == ["mine"]
    assert [each.name for each in tmp_path.iterdir()] == ["c"]


def test_exchanges_of_other_operations_are_left_out_or_kept_redacted(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    login = json.loads(_line(TEN[0], body=f'{{"token": "{TOKEN}"}}'))
    login["request"] |= {"url": "http://iam.invalid/v3/auth/tokens"}
    path.write_text(f"{_line(TEN[0], body='{}')}\n{json.dumps(login)}\n")
    for keep, kept, told in ((), 1, "1 exchange"), (("--keep-other",), 2, "2 exchanges"):
        ended = command("cassette", "import", str(path), str(tmp_path / f"c{kept}"), "--lang", "en", *keep)
        assert (ended.exit_code, ended.stderr) == (0, "")
        assert f"{told} imported, 0 left out, {2 - kept} of other operations" in ended.stdout
        written = "".join(file.read_text() for file in (tmp_path / f"c{kept}").iterdir() if file.is_file())
        assert ("/v3/auth/tokens" in written, TOKEN in written) == (kept == 2, False)


def test_more_credentials_than_are_kept_in_mind_are_judged_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.recordings.credentials.MOST", 3)
    path = tmp_path / "a.ndjson"
    lines = []
    for number in range(9):
        entry = json.loads(_line(TEN[0], body=f'{{"error_code": "X", "error_msg": "{TOKEN}-{number}"}}'))
        entry["request"]["headers"]["X-Auth-Token"] = f"{TOKEN}-{number}"
        lines.append(json.dumps(entry))
    path.write_text("\n".join(lines))
    ended = command("cassette", "import", str(path), str(tmp_path / "c"), "--lang", "zh")
    assert (ended.exit_code, "不同的凭证超过" in ended.stderr) == (2, True)
    found = list(traffic_of(path).exchanges(lambda _one: None))
    assert [one.exchange.response.body for one in found if one.exchange.response] == [
        b'{"error_code": "X", "error_msg": "[[redacted:token]]"}'
    ] * 9
