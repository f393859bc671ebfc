"""What personal numbers and credentials look like, written from their public descriptions.

Mainland identity numbers: GB 11643-1999, with the region of a province, a day of birth and a check character by ISO
7064 MOD 11-2. Card numbers: ISO/IEC 7812-1, with an issuer that exists and a check digit by the formula of Luhn.
Telephone numbers: mobile ones of the mainland. Credentials: access keys and secrets of the API's cloud and of others,
tokens of its identity service, JSON Web Tokens, private keys, and parameters of signed addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from conformance.text import Text

Kind: TypeAlias = Literal["secret", "id-number", "card-number", "phone-number"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something that should not be there: what it is, and which characters of the text it takes."""

    kind: Kind
    what: Text
    start: int
    end: int


_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
_CARD_NUMBER = re.compile(r"(?<![0-9A-Za-z.*])[2-6][0-9](?:[ -]?[0-9]){11,17}(?![0-9A-Za-z*]|[ -][0-9]|\.[0-9])")
_ISSUER = re.compile(r"62|4|5[1-5]|2[2-7]|3[47]|35|6[045]")
_PHONE_NUMBER = re.compile(
    r"(?<![0-9A-Za-z.+-])(?:(?:\+|00)?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9A-Za-z.-])"
)

_SECRETS: tuple[tuple[Text, re.Pattern[str]], ...] = (
    (Text("a private key", "私钥"), re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (Text("a JSON Web Token", "JSON Web Token"), re.compile(r"(?<![\w.-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    (
        Text("a token of the identity service", "认证服务的 Token"),
        re.compile(r"(?<![A-Za-z0-9+/_-])MII[A-Za-z0-9+/_-]{200,}={0,2}"),
    ),
    (Text("a bearer token", "Bearer Token"), re.compile(r"(?i)\bbearer +(?!\[\[)[A-Za-z0-9._~+/-]{16,}=*")),
    (Text("a signature of a request", "请求签名"), re.compile(r"(?i)\bSDK-HMAC-SHA256 +Access=(?!\[\[)\S+")),
    (
        Text("a signed address", "带签名的地址"),
        re.compile(r"(?i)[?&](?:x-[a-z]+-)?(?:signature|accesskeyid|security-token|credential)=(?!\[\[)[^&\s\"]{8,}"),
    ),
)
_ACCESS_KEY = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Z0-9]{20}(?![A-Za-z0-9+/=_-])")
_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9]{40}(?![A-Za-z0-9+/=_-])")
CREDENTIAL_HEADERS = re.compile(
    r"(?i)(x-)?(auth|subject|security|access|api)-?(token|key)|(proxy-)?authorization|(set-)?cookie|x-sdk-date"
)
"""Names of headers whose values are credentials, or let one sign in again."""

_ENCODED = re.compile(
    r"(?<![A-Za-z0-9+/_=%-])(?:[A-Za-z0-9+/_=%-]{200,}+|(?:[A-Za-z0-9+/_=%-]{20,}+(?:\s|\\[rn]){0,4}+){8,}+)"
)
"""Long stretches of base64, such as pictures: keys in them would be there by chance."""


def personal_numbers(text: str) -> Iterator[Found]:
    """Identity, card and telephone numbers in a text, in order of kind."""
    for match in _ID_NUMBER.finditer(text):
        if is_id_number(match[0]):
            yield Found(
                "id-number",
                Text("a mainland identity number with a valid check character", "校验码有效的居民身份证号码"),
                *match.span(),
            )
    for match in _CARD_NUMBER.finditer(text):
        digits = re.sub(r"[ -]", "", match[0])
        if 13 <= len(digits) <= 19 and _ISSUER.match(digits) and passes_luhn(digits):
            yield Found(
                "card-number", Text("a card number with a valid check digit", "校验位有效的银行卡号"), *match.span()
            )
    for match in _PHONE_NUMBER.finditer(text):
        yield Found("phone-number", Text("a mobile telephone number", "手机号码"), *match.span())


def secret_shapes(text: str) -> Iterator[Found]:
    """What has the shape of a credential in a text."""
    for what, pattern in _SECRETS:
        for match in pattern.finditer(text):
            yield Found("secret", what, *match.span())
    plain = _ENCODED.sub(lambda run: " " * len(run[0]), text) if len(text) > 200 else text
    for match in _ACCESS_KEY.finditer(plain):
        if not match[0].isdigit() and not match[0].isalpha():
            yield Found("secret", Text("an access key", "访问密钥 AK"), *match.span())
    for match in _SECRET_KEY.finditer(plain):
        key = match[0]
        if not (key.isdigit() or key.isalpha() or key == key.lower() or key == key.upper()):
            yield Found("secret", Text("a secret key", "访问密钥 SK"), *match.span())


def is_id_number(number: str) -> bool:
    """Whether 18 characters are a mainland identity number: region, day of birth, check character."""
    if len(number) != 18 or not number[:17].isdecimal() or not _PROVINCES.match(number):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * pow(2, 17 - index, 11) for index, digit in enumerate(number[:17]))
    return born.year >= 1850 and "10X98765432"[total % 11] == number[17].upper()


def passes_luhn(digits: str) -> bool:
    """Whether the last of some decimal digits is the check digit of the others."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
