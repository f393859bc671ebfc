"""Where credentials come from: an option, the environment, a secrets file; which of them counts, and each error."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import AK, PROJECT, SECURITY_TOKEN, SK, TOKEN, Call, Reply, reference, stub

from conformance.exchange import Request, Response
from conformance.redactor import Secret
from conformance.targets import TargetError
from conformance.targets.accounts import VARIABLES, Account, Connection, find_account, known_secrets, read_secrets
from conformance.targets.authentication import Login

KEYS = {"CLOUD_SDK_AK": AK, "CLOUD_SDK_SK": SK}
LOGIN = {
    "OCR_CONFORMANCE_IAM_ENDPOINT": "https://iam.example.test",
    "OCR_CONFORMANCE_IAM_USER": "invented-user",
    "OCR_CONFORMANCE_IAM_PASSWORD": "invented-Passw0rd",
    "OCR_CONFORMANCE_IAM_DOMAIN": "invented-domain",
}
ENDPOINT, USER, PASSWORD, DOMAIN = LOGIN.values()
EMPTY = Request(
    "POST", "/v2/{project_id}/ocr/auto-id-doc-classification", (("Content-Type", "application/json"),), b"{}"
)


def secrets_file(folder: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def error_of(path: Path) -> str:
    with pytest.raises(TargetError) as caught:
        read_secrets(path)
    return str(caught.value)


def test_every_value_of_a_secrets_file_is_read(tmp_path: Path) -> None:
    content = "".join(f'{key} = "value of {key}"\n' for key in VARIABLES)
    assert read_secrets(secrets_file(tmp_path, content)) == {key: f"value of {key}" for key in VARIABLES}


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    assert read_secrets(secrets_file(tmp_path, 'token = ""\nsk = "s"\n')) == {"sk": "s"}


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_that_only_its_owner_can_read_is_accepted(tmp_path: Path, mode: int) -> None:
    assert read_secrets(secrets_file(tmp_path, f'token = "{TOKEN}"', mode)) == {"token": TOKEN}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o602, 0o610])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = secrets_file(tmp_path, f'token = "{TOKEN}"', mode)
    assert error_of(path) == (
        f"expected a secrets file that only you can read at {path}; observed mode {mode:04o}; run chmod 600 {path}"
    )


def test_a_link_is_as_open_as_the_file_behind_it(tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(secrets_file(tmp_path, f'token = "{TOKEN}"', 0o644))
    assert "observed mode 0644" in error_of(link)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = secrets_file(tmp_path, f'token = "{TOKEN}"')
    os.chown(path, 12345, 12345)
    assert error_of(path).endswith("observed a file that belongs to somebody else; make one of your own")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert error_of(path) == (
        f"expected a secrets file that only you can read at {path}; "
        "observed no such file or directory; correct the path"
    )


def test_a_folder_or_a_pipe_is_no_secrets_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert error_of(tmp_path).endswith("observed is a directory; correct the path")
    assert error_of(pipe).endswith("observed something that is no file; give the path of a file")


@pytest.mark.parametrize(
    ("content", "rest"),
    [
        ('token = "hidden"\nsk = hidden\n', "observed a mistake at line 2, column 6; correct it"),
        (b'token = "hidden\xff"', "observed a mistake in its characters; correct it"),
        ('token = "hidden"\ntoken = "hidden"\n', "observed a mistake at line 2, column 17; correct it"),
        ('hidden = "hidden"', "observed another key; remove what is none of them"),
        ('[hidden]\ntoken = "hidden"', "observed another key; remove what is none of them"),
        ("token = " + "[" * 30_000, "observed a mistake in its characters; correct it"),
        (b"#" * 70_000, "observed more than 65536 bytes; give the right file"),
    ],
)
def test_a_mistake_in_the_file_is_told_without_quoting_it(tmp_path: Path, content: str | bytes, rest: str) -> None:
    message = error_of(secrets_file(tmp_path, content))
    assert message.endswith(rest)
    assert "hidden" not in message


def test_a_value_that_is_no_text_is_named_by_its_key(tmp_path: Path) -> None:
    path = secrets_file(tmp_path, "token = 7")
    assert error_of(path) == (
        f"expected text in quotes for token in {path}; observed something else; write it in quotes"
    )


@pytest.mark.parametrize(
    ("option", "environment", "file", "account"),
    [
        ("of-the-option", {"OCR_CONFORMANCE_TOKEN": "t"}, "", Account("token", token="of-the-option")),
        (None, {"OCR_CONFORMANCE_TOKEN": "t", **KEYS}, "", Account("token", token="t")),
        (None, KEYS, "", Account("keys", ak=AK, sk=SK)),
        (None, KEYS, 'token = "t"', Account("keys", ak=AK, sk=SK)),
        (None, {"CLOUD_SDK_AK": AK}, f'sk = "{SK}"', Account("keys", ak=AK, sk=SK)),
        (
            None,
            {**KEYS, "CLOUD_SDK_SECURITY_TOKEN": "s"},
            'security_token = "other"',
            Account("keys", ak=AK, sk=SK, security_token="s"),
        ),
        (None, {"OCR_CONFORMANCE_TOKEN": ""}, 'token = "t"', Account("token", token="t")),
        (None, {"OCR_CONFORMANCE_PROJECT_ID": "p"}, 'token = "t"\nproject_id = "q"', Account("token", "p", token="t")),
        ("t", {}, 'project_id = "q"', Account("token", "q", token="t")),
        ("t", {"CLOUD_SDK_AK": "half a pair"}, "", Account("token", token="t")),
    ],
)
def test_the_first_source_that_names_a_way_decides(
    tmp_path: Path, option: str | None, environment: dict[str, str], file: str, account: Account
) -> None:
    path = secrets_file(tmp_path, file)
    assert find_account(option, environment, secrets_file=path) == account
    assert find_account(option, {**environment, "OCR_CONFORMANCE_SECRETS": str(path)}) == account


def test_the_target_statement_says_which_of_several_ways_an_option_does_not_decide() -> None:
    several = {"OCR_CONFORMANCE_TOKEN": TOKEN, **KEYS}
    assert find_account(None, several).way == "token"
    assert find_account(None, several, way="keys").way == "keys"
    assert find_account(TOKEN, several, way="keys").way == "token"


def test_credentials_of_another_kind_than_the_target_statement_names_are_refused() -> None:
    with pytest.raises(TargetError) as caught:
        find_account(None, KEYS, way="token")
    assert str(caught.value) == (
        "expected credentials of the kind 'token', which the target statement names under [authentication]; "
        "observed those of the kind 'keys'; set OCR_CONFORMANCE_TOKEN, or correct the kind in the statement"
    )


def test_a_login_takes_what_the_environment_lacks_from_the_file(tmp_path: Path) -> None:
    environment = {**LOGIN, "OCR_CONFORMANCE_IAM_PASSWORD": "", "OCR_CONFORMANCE_IAM_PROJECT": "cn-north-4"}
    path = secrets_file(tmp_path, 'iam_password = "invented-Passw0rd"')
    login = Login(ENDPOINT, USER, PASSWORD, DOMAIN, project_name="cn-north-4")
    assert find_account(None, environment, secrets_file=path) == Account("login", login=login)


def test_the_address_of_the_identity_service_may_be_given_apart() -> None:
    environment = {**LOGIN, "OCR_CONFORMANCE_IAM_ENDPOINT": "", "OCR_CONFORMANCE_PROJECT_ID": PROJECT}
    account = find_account(None, environment, iam_endpoint="https://iam.example.test")
    assert account == Account("login", PROJECT, login=Login(ENDPOINT, USER, PASSWORD, DOMAIN, project_id=PROJECT))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {},
            (
                "expected credentials for the target; observed none; "
                "give a token with --token or OCR_CONFORMANCE_TOKEN, "
                "keys with CLOUD_SDK_AK and CLOUD_SDK_SK (temporary ones with CLOUD_SDK_SECURITY_TOKEN, "
                "too), or name a secrets file with OCR_CONFORMANCE_SECRETS"
            ),
        ),
        (
            {"CLOUD_SDK_AK": AK},
            "expected ak and sk together; observed ak without sk; set CLOUD_SDK_SK, or put it into the secrets file",
        ),
        (
            {"OCR_CONFORMANCE_IAM_USER": "invented-user"},
            (
                "expected iam_endpoint, iam_user, iam_password and iam_domain together; observed iam_user without "
                "iam_endpoint, iam_password and iam_domain; set OCR_CONFORMANCE_IAM_ENDPOINT, "
                "OCR_CONFORMANCE_IAM_PASSWORD and OCR_CONFORMANCE_IAM_DOMAIN, or put it into the secrets file"
            ),
        ),
        (
            LOGIN,
            (
                "expected the project that the token is for; observed a login without it; "
                "set OCR_CONFORMANCE_PROJECT_ID to its id, or OCR_CONFORMANCE_IAM_PROJECT to its name (a region)"
            ),
        ),
    ],
    ids=["nothing", "half a pair", "user alone", "no project"],
)
def test_what_is_missing_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(TargetError) as caught:
        find_account(None, environment)
    assert str(caught.value) == message


def test_an_account_shows_no_secret() -> None:
    assert repr(find_account(None, KEYS)) == "Account(keys)"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference() as running:
        yield running


@pytest.mark.parametrize(
    "account", [Account("token", PROJECT, token=TOKEN), Account("keys", PROJECT, ak=AK, sk=SK)], ids=["token", "keys"]
)
def test_an_account_opens_a_target_that_lets_it_in(origin: str, account: Account) -> None:
    target = account.open(origin, Connection(), default_project_id="0" * 32)
    answer = target.send(EMPTY)
    target.close()
    assert isinstance(answer, Response)
    assert json.loads(answer.body)["error_code"] == "AIS.0101"


def test_temporary_keys_open_a_target_that_lets_them_in_and_hides_their_token() -> None:
    account = Account("keys", PROJECT, ak=AK, sk=SK, security_token=SECURITY_TOKEN)
    with reference(CLOUD_SDK_SECURITY_TOKEN=SECURITY_TOKEN) as origin:
        target = account.open(origin, Connection(), default_project_id="0" * 32)
        answer = target.send(EMPTY)
        target.close()
    assert isinstance(answer, Response)
    assert json.loads(answer.body)["error_code"] == "AIS.0101"
    with stub(lambda call: (400, {}, json.dumps(dict(call.headers)).encode())) as origin:
        target = account.open(origin, Connection(), default_project_id="0" * 32)
        echoed = target.send(EMPTY)
        target.close()
    assert isinstance(echoed, Response)
    assert json.loads(echoed.body)["x-security-token"] == "[[redacted:security-token]]"


def test_every_secret_that_is_known_is_looked_for_in_recordings(tmp_path: Path) -> None:
    path = secrets_file(tmp_path, 'token = "of-the-file"\nproject_id = "p"\niam_user = "u"\niam_password = "pw"\n')
    environment = {**KEYS, "OCR_CONFORMANCE_TOKEN": "of-the-environment", "OCR_CONFORMANCE_SECRETS": str(path)}
    assert known_secrets({**environment, "CLOUD_SDK_SECURITY_TOKEN": SECURITY_TOKEN}) == (
        Secret("token", "of-the-environment"), Secret("token", "of-the-file"), Secret("ak", AK), Secret("sk", SK),
        Secret("security-token", SECURITY_TOKEN), Secret("project-id", "p"), Secret("password", "pw"),
    )  # fmt: skip


def test_a_login_opens_a_target_with_the_project_that_the_service_names(origin: str) -> None:
    def identity(_call: Call) -> Reply:
        return 201, {"X-Subject-Token": TOKEN}, json.dumps({"token": {"project": {"id": PROJECT}}}).encode()

    with stub(identity) as endpoint:
        login = Login(endpoint, "u", "p", "d", project_name="cn-north-4")
        target = Account("login", login=login).open(origin, Connection(), default_project_id="0" * 32)
        answer = target.send(EMPTY)
        target.close()
    assert isinstance(answer, Response)
    assert json.loads(answer.body)["error_code"] == "AIS.0101"


def test_a_project_that_only_stands_in_is_not_signed() -> None:
    def echo(call: Call) -> Reply:
        return 400, {}, json.dumps([call.path, call.headers.get("x-project-id")]).encode()

    with stub(echo) as origin:
        target = Account("keys", ak=AK, sk=SK).open(origin, Connection(), default_project_id="standing-in")
        answer = target.send(Request("POST", "/v2/{project_id}/ocr", (), b"{}"))
        target.close()
    assert isinstance(answer, Response)
    assert json.loads(answer.body) == ["/v2/[[redacted:project-id]]/ocr", None]
