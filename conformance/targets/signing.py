"""Signs requests with an access key, through the signer that the vendor publishes (`huaweicloudsdkcore`).

Temporary keys come with a security token, which is sent and signed as X-Security-Token, as the vendor's SDK does.
The package is an extra (`ocr-conformance[aksk]`) and is imported when a signer is made. Scheme: SDK-HMAC-SHA256 with
the headers Authorization, X-Sdk-Date and Host (page on authentication, section on AK/SK).
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from conformance.targets.errors import TargetError
from conformance.targets.slots import DATE_FORMAT, DATE_HEADER, SIGNATURE_HEADER
from conformance.targets.target import Credentials
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.targets.slots import Headers, Signer

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
