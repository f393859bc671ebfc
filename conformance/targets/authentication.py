"""Two ways to show who calls, beyond a token at hand: a signature with an access key, and a login with a password."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

from conformance.exchange import Request, Response, TransportFailure
from conformance.redactor import Secret
from conformance.targets import Credentials, Limits, TargetError
from conformance.targets.http import DATE_FORMAT, DATE_HEADER, SIGNATURE_HEADER, Headers, HttpTarget, Signer
from conformance.targets.transport import origin_of
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path


# Signs requests with an access key, through the signer that the vendor publishes (`huaweicloudsdkcore`).
#
# Temporary keys come with a security token, which is sent and signed as X-Security-Token, as the vendor's SDK does.
# The package is an extra (`ocr-conformance[aksk]`) and is imported when a signer is made. Scheme: SDK-HMAC-SHA256
# with the headers Authorization, X-Sdk-Date and Host (page on authentication, section on AK/SK).


_PROJECT = "X-Project-Id"
_SECURITY_TOKEN = "X-Security-Token"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def vendor_signer(
    ak: str, sk: str, *, project_id: str = "", security_token: str = "", now: Callable[[], datetime] = _utc_now
) -> Signer:
    """A signer for an access key and its secret, and for the security token of temporary ones.

    `project_id` is sent and signed as X-Project-Id, as the vendor's SDK does; empty for none. `now` gives the time of
    signing in UTC; a request that has an X-Sdk-Date keeps it. Raises TargetError where the vendor's package is absent.
    """
    try:
        from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-untyped]
        from huaweicloudsdkcore.signer.signer import Signer as VendorSigner  # type: ignore[import-untyped]
    except ImportError:
        raise TargetError(
            Text(
                "the vendor's signer, to sign with CLOUD_SDK_AK and CLOUD_SDK_SK",
                "用 CLOUD_SDK_AK 和 CLOUD_SDK_SK 签名所需的厂商签名工具",
            ),
            Text("that the package huaweicloudsdkcore is not installed", "未安装软件包 huaweicloudsdkcore"),
            Text(
                "run pip install 'ocr-conformance[aksk]', or give a token",
                "请执行 `pip install 'ocr-conformance[aksk]'`，或提供 Token",
            ),
        ) from None
    vendor = VendorSigner(Credentials(ak=ak, sk=sk))
    stated = ((_PROJECT, project_id), (_SECURITY_TOKEN, security_token))

    def sign(method: str, url: str, headers: Headers, body: bytes) -> Headers:
        sent = _completed(headers, ((DATE_HEADER, now().strftime(DATE_FORMAT)), *stated))
        host, path, query = _parts(url)
        covered = {"host": host, **_covered(sent)}
        request = SdkRequest(
            method=method,
            host=host,
            resource_path=path,
            query_params=parse_qsl(query, keep_blank_values=True),
            header_params=covered,
            body=body,
        )
        vendor.sign(request)
        return (*sent, (SIGNATURE_HEADER, covered[SIGNATURE_HEADER]))

    return sign


def _completed(headers: Headers, added: Headers) -> Headers:
    """The headers with those of `added` that have a value and that they have not."""
    names = {name.lower() for name, _ in headers}
    return (*headers, *((name, value) for name, value in added if value and name.lower() not in names))


def _covered(headers: Headers) -> dict[str, str]:
    """The headers that the signature covers: those that are there once, since the scheme says nothing of repeated ones.

    Names in lower case, as they are signed, also keep the vendor's signer from leaving a body that is not called JSON
    unsigned, which the documented scheme does not provide for.
    """
    counts = Counter(name.lower() for name, _ in headers)
    return {name.lower(): value for name, value in headers if counts[name.lower()] == 1}


def _parts(url: str) -> tuple[str, str, str]:
    """Host with port, path and query of a URL, exactly as they are in it: `#` has no meaning in a request line."""
    _, _, rest = url.partition("://")
    host, slash, target = rest.partition("/")
    path, _, query = (slash + target).partition("?")
    return host, path, query


# Password login at the identity service: a token is fetched, kept in memory, and renewed before it expires.
#
# Source: both operations name POST /v3/auth/tokens, whose answer carries the token in the header X-Subject-Token;
# the page on authentication gives it 24 hours.


_PATH = "/v3/auth/tokens"
_TOKEN_HEADER = "X-Subject-Token"
_DAY_S = 24 * 3600.0
_EARLY_S = 600.0
_EARLY_SHARE = 0.1
_TRY_AGAIN_S = 30.0
_VISIBLE = re.compile(r"[!-~]+")


class LoginError(TargetError):
    """The identity service gave no token; the message says why and holds no secret."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in, and where. The project is named by its id, or by its name, which is that of a region."""

    endpoint: str
    user: str
    password: str
    domain: str
    project_id: str = ""
    project_name: str = ""

    def __repr__(self) -> str:
        """Says where, never who."""
        return f"Login({self.endpoint})"


@dataclass(frozen=True, slots=True)
class Token:
    """A token, the id of the project that it is for, and for how many seconds it is valid."""

    value: str
    project_id: str
    lifetime_s: float

    def __repr__(self) -> str:
        """Never the token."""
        return f"Token(valid for {self.lifetime_s:.0f} s)"


class TokenSource:
    """Gives the token that is valid now. Not for several threads at once."""

    def __init__(
        self,
        login: Login,
        *,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        proxy: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives seconds since the epoch. Raises TargetError for an endpoint that cannot be used."""
        _check_endpoint(login.endpoint)
        self._login = login
        self._limits = limits
        self._ca_file = ca_file
        self._proxy = proxy
        self._clock = clock
        self._token: Token | None = None
        self._renew_at = self._expires_at = 0.0

    def secrets(self) -> tuple[Secret, ...]:
        """What a target must not show beside its token: one that is also the identity service knows the password."""
        return (Secret("password", self._login.password),)

    def current(self) -> Token:
        """The token, fetched or renewed where it is time to. Raises LoginError where there is none.

        A renewal that fails is tried again later, as long as the token at hand is valid.
        """
        now = self._clock()
        if self._token is not None and now < self._renew_at:
            return self._token
        try:
            token = self._fetch(now)
        except LoginError:
            if self._token is None or now >= self._expires_at:
                raise
            self._renew_at = min(now + _TRY_AGAIN_S, self._expires_at)
            return self._token
        self._token = token
        # The lifetime counts from now on, so that the clocks of this machine and the service need not agree.
        self._expires_at = now + token.lifetime_s
        self._renew_at = self._expires_at - min(_EARLY_S, _EARLY_SHARE * token.lifetime_s)
        return token

    def _fetch(self, now: float) -> Token:
        login = self._login
        request = Request("POST", _PATH, (("Content-Type", "application/json"),), _body(login), auth="absent")
        with HttpTarget(
            login.endpoint, Credentials(), limits=self._limits, ca_file=self._ca_file, proxy=self._proxy
        ) as service:
            answer = service.send(request)
        if isinstance(answer, TransportFailure):
            _fail(
                Text(f"no answer: {answer.detail.rstrip('.')}", f"没有响应：“{answer.detail.rstrip('.')}”"),
                Text("check the address, or give a token", "请检查地址，或提供 Token"),
            )
        if answer.status not in (200, 201):
            _fail(Text(f"status {answer.status}", f"状态码 {answer.status}"), _advice(answer.status))
        token = answer.header(_TOKEN_HEADER) or ""
        if not _VISIBLE.fullmatch(token):
            _fail(
                Text(
                    f"status {answer.status} without the header {_TOKEN_HEADER}",
                    f"状态码 {answer.status}，没有响应头 {_TOKEN_HEADER}",
                ),
                Text("check that it is the identity service", "请确认这是认证服务"),
            )
        members = _token_members(answer)
        project_id = login.project_id or _project_id(members)
        lifetime_s = _lifetime(members, now)
        if lifetime_s <= 0:
            _fail(
                Text("a token that has expired already", "已过期的 Token"),
                Text("check the clock of this machine", "请检查本机时钟"),
            )
        return Token(token, project_id, lifetime_s)


class LoginTarget:
    """An origin that is called with tokens of a login. A new token takes a new connection."""

    def __init__(self, tokens: TokenSource, connect: Callable[[Credentials], HttpTarget]) -> None:
        """`connect` opens the origin with credentials. Raises TargetError, also where the login fails."""
        self._tokens = tokens
        self._connect = connect
        self._token = tokens.current()
        self._used: list[Secret] = []
        self._target = self._open(self._token)
        self.name = self._target.name

    def send(self, request: Request) -> Response | TransportFailure:
        """Send `request` with the token that is valid now. Raises LoginError where there is none any more."""
        token = self._tokens.current()
        if token is not self._token:
            self._used.append(Secret("token", self._token.value))
            self._target.close()
            self._token, self._target = token, self._open(token)
        return self._target.send(request)

    def hurry(self, deadline_s: float | None) -> None:
        """See Hurried; a login takes its own time."""
        self._target.hurry(deadline_s)

    def close(self) -> None:
        """Close the connection."""
        self._target.close()

    def _open(self, token: Token) -> HttpTarget:
        target = self._connect(Credentials(token=token.value, project_id=token.project_id))
        # It may know the password, and still remember tokens that were used before.
        target.hide((*self._tokens.secrets(), *self._used))
        return target


def _check_endpoint(endpoint: str) -> None:
    expected = Text(
        "the origin of the identity service, such as https://iam.cn-north-4.myhuaweicloud.com",
        "认证服务的地址，如 https://iam.cn-north-4.myhuaweicloud.com",
    )
    try:
        url = origin_of(endpoint)
    except TargetError:
        raise TargetError(
            expected,
            Text("something else", "其他内容"),
            Text("leave out what follows host and port", "请去掉主机名和端口之后的内容"),
        ) from None
    if url.scheme == "http" and not _is_loopback(url.host):
        raise TargetError(
            expected,
            Text("http:// beyond this machine", "本机以外的 http:// 地址"),
            Text("use https://: a password goes there", "请使用 https://：密码会发往该地址"),
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _body(login: Login) -> bytes:
    user = {"name": login.user, "password": login.password, "domain": {"name": login.domain}}
    project = {"id": login.project_id} if login.project_id else {"name": login.project_name}
    identity = {"methods": ["password"], "password": {"user": user}}
    return json.dumps({"auth": {"identity": identity, "scope": {"project": project}}}).encode()


def _advice(status: int) -> Text:
    match status:
        case 401:
            return Text(
                "check user, password and domain (the name of the account)", "请检查用户名、密码和账号名（domain）"
            )
        case 403:
            return Text(
                "check that this user may log in with a password and see the project",
                "请检查该用户能否用密码登录并访问该项目",
            )
        case 404:
            return Text(
                "check the address: the service answers at /v3/auth/tokens", "请检查地址：该服务位于 /v3/auth/tokens"
            )
        case _:
            return Text("check the project, or try again later", "请检查项目，或稍后重试")


def _fail(observed: Text, next_step: Text) -> NoReturn:
    raise LoginError(Text("a token of the identity service", "认证服务返回的 Token"), observed, next_step)


def _token_members(answer: Response) -> dict[str, object]:
    """What the body says about the token; empty where it says nothing that can be read."""
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    members = content.get("token") if isinstance(content, dict) else None
    return members if isinstance(members, dict) else {}


def _project_id(members: dict[str, object]) -> str:
    project = members.get("project")
    value = project.get("id") if isinstance(project, dict) else None
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        _fail(
            Text("a token, but no id of its project", "有 Token，但无其项目 ID"),
            Text(
                "set OCR_CONFORMANCE_PROJECT_ID to the id of the project", "请将 OCR_CONFORMANCE_PROJECT_ID 设为项目 ID"
            ),
        )
    return value


def _lifetime(members: dict[str, object], now: float) -> float:
    """Seconds from issue to expiry; 24 hours, the documented validity, where the answer does not say."""
    expires_at = _seconds(members.get("expires_at"))
    if expires_at is None:
        return _DAY_S
    issued_at = _seconds(members.get("issued_at"))
    return expires_at - (now if issued_at is None else issued_at)


def _seconds(value: object) -> float | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
