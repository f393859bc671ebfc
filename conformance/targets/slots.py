"""Fills the slots of a request: project and credentials, spoiled where a fault says so, and its signature."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from urllib.parse import parse_qsl, quote

from conformance.exchange import PICTURES_SLOT, PROJECT_SLOT, Auth, Request
from conformance.redactor import Secret
from conformance.targets.target import Credentials, TargetError
from conformance.text import Text, plain

Headers: TypeAlias = tuple[tuple[str, str], ...]
Signer: TypeAlias = Callable[[str, str, Headers, bytes], Headers]
"""From method, full URL, headers and body to the headers to send, signature included.

A signer keeps an `X-Sdk-Date` that is already there, so that an expired signature can be asked for.
"""

GARBAGE_TOKEN = "this-is-no-token-of-any-service-0000000000"
OTHER_PROJECTS = ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "f0e1d2c3b4a5968778695a4b3c2d1e0f")
LONG_AGO = "20200101T000000Z"
SKEW = timedelta(hours=1)
"""How far ahead a skewed date is: documented are 15 minutes either way."""

_TOKEN_HEADER = "X-Auth-Token"
SIGNATURE_HEADER = "Authorization"
DATE_HEADER = "X-Sdk-Date"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_PATH_SAFE = "".join(chr(code) for code in range(0x21, 0x7F))


def expired_token() -> str:
    """Shaped like a token of the identity service (CMS in base64), of nobody, the same in every run."""
    filler = b"".join(hashlib.sha256(b"expired token %d" % number).digest() for number in range(30))
    return base64.b64encode(b"0\x82\x03\xc1\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02" + filler).decode()


def spoiled(secret: str) -> str:
    """`secret` with its last four characters changed, padding apart; same length and classes of characters."""
    body = secret.rstrip("=") or secret
    kept, changed = body[:-4], body[-4:]
    return kept + "".join(_other(character) for character in changed) + secret[len(body) :]


def _changed_first(secret: str) -> str:
    """`secret` with its first four characters changed."""
    return "".join(_other(character) for character in secret[:4]) + secret[4:]


def _other(character: str) -> str:
    for group in ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        if character in group:
            return group[(group.index(character) + len(group) // 2) % len(group)]
    return "-" if character != "-" else "_"


@dataclass(frozen=True, slots=True)
class Filled:
    """A request with nothing left open: `target` is the path and query of the request line.

    `secrets` holds what only this request carries: a signature, or what stands in for a token.
    """

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    secrets: tuple[Secret, ...] = ()


class Slots:
    """Turns requests of the kit into requests for one target."""

    def __init__(self, address: str, credentials: Credentials, sign: Signer | None, base: str = "") -> None:
        """`base` is the path at the end of `address`, which stands before that of each request.

        Raises TargetError for credentials that cannot be used: see `check_credentials`.
        """
        check_credentials(credentials, sign)
        self._address = address
        self._base = base
        self._credentials = credentials
        self._sign = sign
        self._expired = expired_token()

    def secrets(self) -> tuple[Secret, ...]:
        """The values that a target could echo whatever is sent, and the token spoiled, which gives most of it away."""
        own = self._credentials
        token = own.token or ""
        return (
            Secret("token", token),
            Secret("token", spoiled(token) if token else ""),
            Secret("ak", own.ak or ""),
            Secret("sk", own.sk or ""),
            Secret("security-token", own.security_token or ""),
            Secret("project-id", own.project_id),
        )

    def fill(self, request: Request, pictures: str | None = None) -> Filled:
        """Put in the project id, the credentials, and `pictures`: the address at which the target reaches those of the
        request. Raises TargetError where the project id or the address is wanted and missing.
        """
        project = self._project(request)
        path = request.path.replace(PROJECT_SLOT, quote(project, safe=""))
        if not path.startswith("/"):
            raise TargetError(
                Text("a path that begins with /", "以 / 开头的路径"),
                plain(repr(request.path)),
                Text("correct the case", "请更正用例"),
            )
        path = quote(path, safe=_PATH_SAFE)
        headers = tuple((name, value.replace(PROJECT_SLOT, project)) for name, value in request.headers)
        body = _with_address(request, pictures)
        if self._sign is None:
            added = self._token_header(request.auth)
            headers += added
            secrets = tuple(Secret("token", value) for _, value in added)
        else:
            headers = self._signed(request, path, headers, body)
            secrets = _signature_secrets(headers)
        raw = tuple((name.encode(), value.encode()) for name, value in headers)
        return Filled(request.method, (self._base + path).encode(), raw, body, secrets)

    def _project(self, request: Request) -> str:
        own = self._credentials.project_id
        if request.auth == "other-project":
            return next(project for project in OTHER_PROJECTS if project != own)
        wanted = PROJECT_SLOT in request.path or any(PROJECT_SLOT in value for _, value in request.headers)
        if wanted and not own:
            raise TargetError(
                Text(f"a project id for {request.path}", f"{request.path} 所需的项目 ID"),
                Text("none", "无"),
                Text(
                    "set OCR_CONFORMANCE_PROJECT_ID to the id of the project",
                    "请将 OCR_CONFORMANCE_PROJECT_ID 设为项目 ID",
                ),
            )
        return own

    def _token_header(self, auth: Auth) -> Headers:
        own = self._credentials.token
        to_spoil = own or self._expired
        match auth:
            case "absent":
                return ()
            case "empty":
                value = ""
            case "garbage":
                value = GARBAGE_TOKEN
            case "expired":
                value = self._expired
            case "bad-signature":
                value = spoiled(to_spoil)
            case "skewed-date":
                value = to_spoil[: len(to_spoil) // 2]
            case "changed-body":
                value = _changed_first(to_spoil)
            case "valid" | "other-project" | "unknown":
                if not own:
                    return ()
                value = own
        return ((_TOKEN_HEADER, value),)

    def _signed(self, request: Request, path: str, headers: Headers, body: bytes) -> Headers:
        sign = self._sign
        if sign is None or request.auth == "absent":
            return headers
        if request.auth in ("empty", "garbage"):
            value = GARBAGE_TOKEN if request.auth == "garbage" else ""
            return (*headers, (SIGNATURE_HEADER, value))
        if request.auth == "expired":
            headers = (*headers, (DATE_HEADER, LONG_AGO))
        elif request.auth == "skewed-date":
            headers = (*headers, (DATE_HEADER, (datetime.now(UTC) + SKEW).strftime(DATE_FORMAT)))
        elif request.auth == "changed-body":
            body += b" "
        signed = sign(request.method, self._address + path, headers, body)
        if request.auth != "bad-signature":
            return signed
        return tuple(
            (name, spoiled(value) if name.lower() == SIGNATURE_HEADER.lower() else value) for name, value in signed
        )


def _with_address(request: Request, address: str | None) -> bytes:
    if not request.pictures:
        return request.body
    if address is None:
        raise TargetError(
            Text("an address at which the target reaches pictures of the kit", "被测系统访问套件图片的地址"),
            Text("none", "无"),
            Text(
                "state one for this target, or leave out requests with a url",
                "请为该被测系统声明地址，或不使用带 url 的请求",
            ),
        )
    return request.body.replace(PICTURES_SLOT.encode(), address.encode())


def _signature_secrets(headers: Headers) -> tuple[Secret, ...]:
    """The whole value of the header, and the signature at its end."""
    values = [value for name, value in headers if name.lower() == SIGNATURE_HEADER.lower()]
    return tuple(Secret("signature", part) for value in values for part in (value, value.rpartition("=")[2]))


def check_credentials(credentials: Credentials, sign: Signer | None) -> None:
    """Raise TargetError for keys without a signer, a signer without keys, and values that no header can carry."""
    keys = bool(credentials.ak), bool(credentials.sk)
    if sign is not None and not all(keys):
        raise TargetError(
            Text("an access key and its secret for the signer", "签名所需的 AK 和 SK"),
            Text("not both", "不全"),
            Text("give CLOUD_SDK_AK and CLOUD_SDK_SK", "请设置 CLOUD_SDK_AK 和 CLOUD_SDK_SK"),
        )
    if sign is None and any(keys) and not credentials.token:
        raise TargetError(
            Text("a token, or keys with a signer", "Token，或密钥及签名工具"),
            Text("an access key, but nothing to sign with", "有密钥而无签名工具"),
            Text("install ocr-conformance[aksk], or give a token", "请安装 ocr-conformance[aksk]，或提供 Token"),
        )
    for name in ("token", "ak", "sk", "security_token", "project_id"):
        value: str | None = getattr(credentials, name)
        if value and not all("!" <= character <= "~" for character in value):
            raise TargetError(
                Text(f"visible ASCII characters in {name}", f"{name} 只含可见的 ASCII 字符"),
                Text("a character that no header can carry", "含有消息头不能携带的字符"),
                Text("remove it, often a line break at the end", "请删去该字符，常为末尾的换行"),
            )


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
