"""The error codes that a request can provoke here, with the documented texts.

Source: the page of error codes (modules OCR, ModelArts, APIG). The page gives one status, 400, for errors of the
service; the statuses of the platform's and gateway's codes are not documented and follow HTTP's own meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SUCCEEDED = "AIS.0000"
INVALID_PARAMETER = "AIS.0101"
FORMAT_NOT_SUPPORTED = "AIS.0102"
SIZE_NOT_MET = "AIS.0103"
NOT_RECOGNISED = "AIS.0104"
RECOGNITION_FAILED = "AIS.0105"
BIT_DEPTH_NOT_SUPPORTED = "AIS.0106"
TOKEN_EMPTY = "ModelArts.4101"
TOKEN_INVALID = "ModelArts.4103"
LENGTH_INVALID = "ModelArts.4104"
NOT_JSON = "ModelArts.4105"
NO_PERMISSION = "ModelArts.4203"
URL_NOT_ALLOWED = "ModelArts.4601"
URL_FAILED = "ModelArts.4603"
NO_SUCH_API = "APIG.0101"
SIGNATURE_INVALID = "APIG.0301"
TOO_MANY_REQUESTS = "APIG.0308"

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        SUCCEEDED: "Succeeded.",
        INVALID_PARAMETER: "The input parameter is invalid.",
        FORMAT_NOT_SUPPORTED: "The image format is not supported.",
        SIZE_NOT_MET: "The image size does not meet the requirements.",
        NOT_RECOGNISED: "The image is not supported or the image quality is poor.",
        RECOGNITION_FAILED: "Recognition failed.",
        BIT_DEPTH_NOT_SUPPORTED: "The image bit depth is not supported.",
        TOKEN_EMPTY: "Token header cannot be empty.",
        TOKEN_INVALID: "Invalid Token header.",
        LENGTH_INVALID: "Invalid Request Content Length.",
        NOT_JSON: "The JSON format of the input data is incorrect.",
        NO_PERMISSION: "Access denied! You do not have permission.",
        URL_NOT_ALLOWED: "The URL is not allowed.",
        URL_FAILED: "Obtaining the file from the URL failed.",
        NO_SUCH_API: "The API does not exist or has not been published in the environment.",
        SIGNATURE_INVALID: "Incorrect IAM authentication information: verify aksk signature fail.",
        TOO_MANY_REQUESTS: (
            "The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:1 minute."
        ),
    }
)

_STATUSES: Mapping[str, int] = MappingProxyType(
    {
        TOKEN_EMPTY: 401,
        TOKEN_INVALID: 401,
        SIGNATURE_INVALID: 401,
        NO_PERMISSION: 403,
        NO_SUCH_API: 404,
        LENGTH_INVALID: 413,
        TOO_MANY_REQUESTS: 429,
    }
)
_DEFAULT_STATUS = 400


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is refused: the code, its text and the HTTP status that carries them.

    `cause` names what was wrong, finer than the code does; it is not sent.
    """

    code: str
    message: str
    status: int
    cause: str


class RefusedError(Exception):
    """Ends the handling of a call with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code} ({refusal.cause})")
        self.refusal = refusal


def refused(code: str, cause: str, status: int | None = None) -> RefusedError:
    """The error to raise for a documented code; `status` overrides the code's usual one."""
    refusal = Refusal(code, MESSAGES[code], _STATUSES.get(code, _DEFAULT_STATUS), cause)
    return RefusedError(refusal if status is None else replace(refusal, status=status))
