"""Who calls a target: credentials from an option, the environment, or a secrets file that only its owner can read.

The first of these that names a way to authenticate decides which: a token, an access key, or a login with a password.
What that way needs beyond it (a password in the file for a user in the environment) is taken from whichever has it.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.files import os_reason
from conformance.redactor import Secret
from conformance.targets import Credentials, Limits, TargetError
from conformance.targets.authentication import Login, LoginTarget, TokenSource, vendor_signer
from conformance.targets.http import HttpTarget
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.targets import Target
    from conformance.targets.http import Signer
    from conformance.targets.network import Certificate

Way: TypeAlias = Literal["token", "keys", "login"]

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "token": "OCR_CONFORMANCE_TOKEN",
        "ak": "CLOUD_SDK_AK",
        "sk": "CLOUD_SDK_SK",
        "security_token": "CLOUD_SDK_SECURITY_TOKEN",
        "project_id": "OCR_CONFORMANCE_PROJECT_ID",
        "iam_endpoint": "OCR_CONFORMANCE_IAM_ENDPOINT",
        "iam_user": "OCR_CONFORMANCE_IAM_USER",
        "iam_password": "OCR_CONFORMANCE_IAM_PASSWORD",
        "iam_domain": "OCR_CONFORMANCE_IAM_DOMAIN",
        "iam_project": "OCR_CONFORMANCE_IAM_PROJECT",
    }
)
"""The keys of a secrets file, and the environment variable that means the same."""

SECRETS_VARIABLE = "OCR_CONFORMANCE_SECRETS"
"""Names the secrets file where no option does."""

_NEEDED: Mapping[Way, tuple[str, ...]] = MappingProxyType(
    {
        "token": ("token",),
        "keys": ("ak", "sk"),
        "login": ("iam_endpoint", "iam_user", "iam_password", "iam_domain"),
    }
)
_NAMING: Mapping[Way, tuple[str, ...]] = MappingProxyType(
    {"token": ("token",), "keys": ("ak", "sk"), "login": ("iam_user", "iam_password")}
)
"""What shows that a way is meant; an endpoint alone is only an address."""

_MAX_BYTES = 64 * 1024
_NUMBER = re.compile("[0-9]+")
_PLACE = re.compile(r"at line [0-9]+, column [0-9]+")


@dataclass(frozen=True, slots=True)
class Connection:
    """How an origin is reached: see HttpTarget, whose arguments these are. A login gets no headers, no certificate."""

    limits: Limits | None = None
    ca_file: Path | None = None
    proxy: str | None = None
    pictures_address: str | None = None
    pictures_listen: str | None = None
    certificate: Certificate | None = None
    headers: tuple[tuple[str, str], ...] = ()
    secret_headers: tuple[tuple[str, str], ...] = ()

    def open(self, origin: str, credentials: Credentials, sign: Signer | None = None) -> HttpTarget:
        """The target behind an origin. Raises TargetError for whatever cannot be used."""
        return HttpTarget(
            origin,
            credentials,
            limits=self.limits,
            ca_file=self.ca_file,
            certificate=self.certificate,
            proxy=self.proxy,
            headers=self.headers,
            secret_headers=self.secret_headers,
            sign=sign,
            pictures_address=self.pictures_address,
            pictures_listen=self.pictures_listen,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """How to authenticate: exactly one of a token, an access key and a login is there.

    `project_id` is empty where none was given; `security_token` is there where the keys are temporary.
    """

    way: Way
    project_id: str = ""
    token: str | None = None
    ak: str | None = None
    sk: str | None = None
    security_token: str | None = None
    login: Login | None = None

    def __repr__(self) -> str:
        """Says which way, never what with."""
        return f"Account({self.way})"

    def open(self, origin: str, connection: Connection, *, default_project_id: str) -> Target:
        """The target behind an origin, called by this account.

        `default_project_id` stands in where none was given, so that an implementation of one's own can be tried; it is
        never stated in a signature. Raises TargetError for whatever cannot be used, also where a login fails.
        """
        project_id = self.project_id or default_project_id
        if self.login is not None:
            tokens = TokenSource(
                self.login, limits=connection.limits, ca_file=connection.ca_file, proxy=connection.proxy
            )
            return LoginTarget(tokens, lambda credentials: connection.open(origin, credentials))
        if self.ak is None or self.sk is None:
            return connection.open(origin, Credentials(token=self.token, project_id=project_id))
        sign = vendor_signer(self.ak, self.sk, project_id=self.project_id, security_token=self.security_token or "")
        keys = Credentials(ak=self.ak, sk=self.sk, project_id=project_id, security_token=self.security_token)
        return connection.open(origin, keys, sign)


def find_account(
    token: str | None,
    environment: Mapping[str, str],
    *,
    secrets_file: Path | None = None,
    iam_endpoint: str | None = None,
    way: Way | None = None,
) -> Account:
    """The account that a token (an option), the environment and a secrets file name, in this order.

    `secrets_file` defaults to the path in OCR_CONFORMANCE_SECRETS; `iam_endpoint` is used where the environment has
    none; `way` is the one that the target statement names, for where there are several and none is an option. Raises
    TargetError where no way is named or another one is, and where something is missing for it.
    """
    from_file = _read_named(secrets_file, environment)
    from_environment = {key: environment[name] for key, name in VARIABLES.items() if environment.get(name)}
    sources = [{"token": token} if token else {}, from_environment, from_file]
    named = [way for source in sources for way in _NAMING if any(key in source for key in _NAMING[way])]
    way = None if token else way
    if way is not None and named and way not in named:
        raise TargetError(
            Text(
                f"credentials of the kind {way!r}, which the target statement names under [authentication]",
                f"被测系统声明的 [authentication] 所写的 {way!r} 类凭证",
            ),
            Text(f"those of the kind {named[0]!r}", f"{named[0]!r} 类凭证"),
            Text(
                f"set {_listed([VARIABLES[key] for key in _NEEDED[way]])}, or correct the kind in the statement",
                f"请设置 {_listed_zh([VARIABLES[key] for key in _NEEDED[way]])}，或更正声明中的种类",
            ),
        )
    if not named:
        raise TargetError(
            Text("credentials for the target", "被测系统的凭证"),
            Text("none", "无"),
            Text(
                (
                    "give a token with --token or OCR_CONFORMANCE_TOKEN, keys with CLOUD_SDK_AK and CLOUD_SDK_SK "
                    "(temporary ones with CLOUD_SDK_SECURITY_TOKEN, too), or name a secrets file with "
                    "OCR_CONFORMANCE_SECRETS"
                ),
                "请用 --token 或 OCR_CONFORMANCE_TOKEN 给出 Token，或用 CLOUD_SDK_AK 和 CLOUD_SDK_SK 给出密钥"
                "（临时密钥另需 CLOUD_SDK_SECURITY_TOKEN），或用 OCR_CONFORMANCE_SECRETS 指定凭证文件",
            ),
        )
    address = {"iam_endpoint": iam_endpoint} if iam_endpoint else {}
    values: dict[str, str] = {**address, **from_file, **from_environment, **sources[0]}
    return _account(way or named[0], values)


def _account(way: Way, values: Mapping[str, str]) -> Account:
    missing = [key for key in _NEEDED[way] if not values.get(key)]
    if missing:
        given = [key for key in _NEEDED[way] if values.get(key)]
        raise TargetError(
            Text(f"{_listed(_NEEDED[way])} together", f"同时给出 {_listed_zh(_NEEDED[way])}"),
            Text(
                f"{_listed(given)} without {_listed(missing)}", f"只有 {_listed_zh(given)}，缺少 {_listed_zh(missing)}"
            ),
            Text(
                f"set {_listed([VARIABLES[key] for key in missing])}, or put it into the secrets file",
                f"请设置 {_listed_zh([VARIABLES[key] for key in missing])}，或写入凭证文件",
            ),
        )
    project_id = values.get("project_id", "")
    if way == "token":
        return Account(way, project_id, token=values["token"])
    if way == "keys":
        return Account(way, project_id, ak=values["ak"], sk=values["sk"], security_token=values.get("security_token"))
    project_name = values.get("iam_project", "")
    if not (project_id or project_name):
        raise TargetError(
            Text("the project that the token is for", "Token 所属的项目"),
            Text("a login without it", "登录信息中没有项目"),
            Text(
                f"set {VARIABLES['project_id']} to its id, or {VARIABLES['iam_project']} to its name (a region)",
                f"请将 {VARIABLES['project_id']} 设为项目 ID，或将 {VARIABLES['iam_project']} 设为项目名称（区域）",
            ),
        )
    login = Login(
        values["iam_endpoint"],
        values["iam_user"],
        values["iam_password"],
        values["iam_domain"],
        project_id,
        project_name,
    )
    return Account(way, project_id, login=login)


_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "token": "token",
        "ak": "ak",
        "sk": "sk",
        "security_token": "security-token",
        "project_id": "project-id",
        "iam_password": "password",
    }
)
"""What a placeholder calls each value that no recording should hold. Names of users and regions are no secrets."""


def known_secrets(environment: Mapping[str, str]) -> tuple[Secret, ...]:
    """Every secret of the environment and of the secrets file that it names, to be searched for by value.

    Raises TargetError where the file cannot be used.
    """
    from_file = _read_named(None, environment)
    return tuple(
        Secret(kind, value)
        for key, kind in _KINDS.items()
        for value in dict.fromkeys((environment.get(VARIABLES[key], ""), from_file.get(key, "")))
        if value
    )


def _read_named(secrets_file: Path | None, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The values of the secrets file that an option or else the environment names; none without one."""
    named = secrets_file or environment.get(SECRETS_VARIABLE)
    return read_secrets(Path(named)) if named else {}


def read_secrets(path: Path) -> Mapping[str, str]:
    """The values of a secrets file (TOML, keys as in VARIABLES), empty ones left out.

    Raises TargetError where the file cannot be read, where anyone but its owner can read or write it, and for anything
    in it that is no secret of the kit. No message quotes the file.
    """
    expected = Text(f"a secrets file that only you can read at {path}", f"位于 {path} 的、仅本人可读的凭证文件")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - opened before it is looked at, so that it stays the same
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise TargetError(
                    expected,
                    Text("something that is no file", "不是文件"),
                    Text("give the path of a file", "请给出文件的路径"),
                )
            if about.st_uid != os.geteuid():
                raise TargetError(
                    expected,
                    Text("a file that belongs to somebody else", "属于他人的文件"),
                    Text("make one of your own", "请使用自己的文件"),
                )
            if stat.S_IMODE(about.st_mode) & 0o077:
                mode = f"{stat.S_IMODE(about.st_mode):04o}"
                raise TargetError(
                    expected,
                    Text(f"mode {mode}", f"权限 {mode}"),
                    Text(f"run chmod 600 {path}", f"请执行 `chmod 600 {path}`"),
                )
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise TargetError(
            expected,
            Text((error.strerror or "an error").lower(), os_reason(error).zh),
            Text("correct the path", "请更正路径"),
        ) from None
    return _secrets(content, path)


def _secrets(content: bytes, path: Path) -> Mapping[str, str]:
    expected = Text(
        f"TOML with some of {_listed(list(VARIABLES))} in {path}",
        f"{path} 为 TOML，含 {_listed_zh(list(VARIABLES))} 中的若干项",
    )
    if len(content) > _MAX_BYTES:
        raise TargetError(
            expected,
            Text(f"more than {_MAX_BYTES} bytes", f"超过 {_MAX_BYTES} 字节"),
            Text("give the right file", "请给出正确的文件"),
        )
    try:
        values = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        # The parser's own words may quote what is there: only the place is told.
        place = _PLACE.search(str(error))
        raise TargetError(expected, _mistaken(place[0] if place else None), Text("correct it", "请更正")) from None
    for key, value in values.items():
        if key not in VARIABLES:
            raise TargetError(
                expected, Text("another key", "其他键"), Text("remove what is none of them", "请删去多余的键")
            )
        if not isinstance(value, str):
            raise TargetError(
                Text(f"text in quotes for {key} in {path}", f"{path} 中 {key} 的值为加引号的文本"),
                Text("something else", "其他内容"),
                Text("write it in quotes", "请加引号书写"),
            )
    return {key: value for key, value in values.items() if value}


def _mistaken(place: str | None) -> Text:
    line = _NUMBER.findall(place or "")
    if not line:
        return Text("a mistake in its characters", "字符有误")
    return Text(f"a mistake {place}", f"第 {line[0]} 行有误")


def _listed_zh(words: list[str] | tuple[str, ...]) -> str:
    return " 和 ".join("、".join(words).rsplit("、", 1))


def _listed(words: list[str] | tuple[str, ...]) -> str:
    return " and ".join(", ".join(words).rsplit(", ", 1))
