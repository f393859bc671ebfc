"""Personal numbers and credentials: how they look, what takes their place, and where JSON text holds such values."""

from __future__ import annotations

import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
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


# Other values of the same form in the place of personal ones: keyed, so that nobody can compute them back.
#
# A plain sum of an identity number can be found by trying all numbers; a sum with a key that was thrown away
# cannot. Equal values get equal pseudonyms under one key, so that answers that agreed still agree.


_DAY = re.compile(r"(?<![0-9])([0-9]{4})([-/.年])([0-9]{1,2})([-/.月])([0-9]{1,2})(日?)(?![0-9]{3})")
_HOUR = re.compile(r"(?<![0-9])([01][0-9]|2[0-3]):([0-5][0-9])(?![0-9])")
_MONTH = re.compile(r"([0-9]{2})/([0-9]{2})")
_IDEOGRAPHS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"
_ATTEMPTS = 1000


class Pseudonyms:
    """Pseudonyms under one key; the key is drawn here, kept in memory only, and gone with this object."""

    def __init__(self, key: bytes | None = None) -> None:
        """`key` is for tests alone."""
        self._key = key or secrets.token_bytes(32)

    def of(self, text: str) -> str:
        """A text of the same length with each character replaced by one of its class; punctuation and blanks stay.

        Days and times stay days and times. The result is none of the numbers that `cassette check` looks for.
        """
        drawn = self._drawn(text, 0)
        for attempt in range(1, _ATTEMPTS):
            personal = list(personal_numbers(drawn))
            if not personal:
                return drawn
            for found in personal:
                other = self._drawn(drawn[found.start : found.end], attempt)
                drawn = drawn[: found.start] + other + drawn[found.end :]
        raise AssertionError("a number is drawn as a personal one time and again")

    def number(self, value: int | float) -> int | float:
        """A number with as many digits before and after the point; 0 and 1 stay, which say nothing about anybody."""
        if value in (0, 1):
            return value
        literal = repr(abs(value))
        if not literal.replace(".", "").isdigit():
            return value  # so large or so small that it is no number of anybody
        digits = self._drawn(literal, 0)
        first = literal[0] if literal[0] == "0" else str(1 + int(digits[0]) % 9)
        drawn = type(value)(first + digits[1:])
        return drawn if value > 0 else -drawn

    def _drawn(self, text: str, attempt: int) -> str:
        stream = self._stream(text, attempt)
        kept: dict[int, str] = {}
        for match in _DAY.finditer(text):
            year, month, day = 1950 + next(stream) % 70, 1 + next(stream) % 12, 1 + next(stream) % 28
            for group, value in ((1, year), (3, month), (5, day)):
                kept |= _digits(match.start(group), value, len(match[group]))
            kept |= {match.start(group): match[group] for group in (2, 4, 6) if match[group]}
        for match in _HOUR.finditer(text):
            kept |= _digits(match.start(1), next(stream) % 24, 2) | _digits(match.start(2), next(stream) % 60, 2)
        if card := _MONTH.fullmatch(text):
            # Month and year of a card, in either order: a month stays one.
            for group in (1, 2):
                if 1 <= int(card[group]) <= 12:
                    kept |= _digits(card.start(group), 1 + next(stream) % 12, 2)
        return "".join(kept.get(at) or _other(character, next(stream)) for at, character in enumerate(text))

    def _stream(self, text: str, attempt: int) -> Iterator[int]:
        block = 0
        while True:
            message = b"%d:%d:" % (attempt, block) + text.encode("utf-8", "surrogatepass")
            digest = hmac.digest(self._key, message, sha256)
            for at in range(0, len(digest), 2):
                yield int.from_bytes(digest[at : at + 2])
            block += 1


def _digits(at: int, value: int, length: int) -> dict[int, str]:
    # A month or a day of one digit stays one: 1 to 9.
    shown = f"{value:0{length}d}" if value < 10**length else str(1 + value % 9)
    return {at + index: digit for index, digit in enumerate(shown)}


def _other(character: str, draw: int) -> str:
    for first, count in (("0", 10), ("a", 26), ("A", 26)):
        if ord(first) <= ord(character) < ord(first) + count:
            return chr(ord(first) + draw % count)
    if "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff":
        return _IDEOGRAPHS[draw % len(_IDEOGRAPHS)]
    category = unicodedata.category(character)
    if category[0] not in "LN":
        return character
    # Another script: a neighbour of the same kind; where there is none, a letter or digit that says nothing.
    block = ord(character) & ~0x1F
    near = [chr(code) for code in range(block, block + 32) if unicodedata.category(chr(code)) == category]
    return near[draw % len(near)]


# Finds the strings and numbers in JSON text with their places, so that one can be replaced and the rest stays.


_TOKEN = re.compile(
    r'[\s:]*(?:(?P<mark>[{}\[\],])|(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<other>[^\s{}\[\],:"]+))', re.DOTALL
)

_LONG = 256
_PICTURE = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_PICTURE_MEMBERS = (("image",), ("data",))

Steps: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A string or a number, or the name of a member (`is_name`): its path, its value, where its literal stands."""

    path: Steps
    value: str | int | float
    start: int
    end: int
    is_name: bool = False

    @property
    def pointer(self) -> str:
        """JSON Pointer of the value, or of the member that a name belongs to."""
        return json_pointer(self.path)


@dataclass(slots=True)
class _Level:
    """An object or a list that has begun: which member or entry of it comes next."""

    is_object: bool
    step: str | int = 0
    named: bool = False


def json_pointer(path: Steps) -> str:
    """The steps of a path as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path)


def leaves(text: str) -> Iterator[Leaf]:
    """Every string, number and member name of JSON text. The text has to be JSON: `is_json` tells."""
    levels: list[_Level] = []
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark in ("{", "["):
            levels.append(_Level(mark == "{"))
        elif mark in ("}", "]"):
            levels.pop()
        elif mark == ",":
            level = levels[-1]
            level.named = False
            if not level.is_object and isinstance(level.step, int):
                level.step += 1
        else:
            found = _leaf(token, levels)
            if found is not None:
                yield found


def is_picture(leaf: Leaf) -> bool:
    """Whether a value is base64 in the place of a picture, or so long that it shows one: nothing is read in it."""
    value = str(leaf.value)
    held = leaf.path[-1:] in _PICTURE_MEMBERS or len(value) >= _LONG
    return held and _PICTURE.fullmatch(value) is not None


def is_json(data: bytes) -> str | None:
    """The text of a body that is JSON in UTF-8, else None."""
    try:
        text = data.decode("utf-8")
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return text


def replaced(text: str, change: Callable[[Leaf], str | int | float]) -> str:
    """JSON text with each string and number that `change` gives another value for; every other character is kept."""
    parts: list[str] = []
    at = 0
    for leaf in leaves(text):
        value = change(leaf)
        if value != leaf.value:
            literal = json.dumps(value, ensure_ascii=text[leaf.start : leaf.end].isascii())
            parts += (text[at : leaf.start], literal)
            at = leaf.end
    return "".join((*parts, text[at:]))


def _leaf(token: re.Match[str], levels: list[_Level]) -> Leaf | None:
    level = levels[-1] if levels else None
    literal = token["text"] or token["other"]
    start = token.start("text") if token["text"] is not None else token.start("other")
    path = tuple(str(level.step) for level in levels)
    if level is not None and level.is_object and not level.named:
        level.step, level.named = str(json.loads(literal, strict=False)), True
        return Leaf((*path[:-1], str(level.step)), str(level.step), start, start + len(literal), is_name=True)
    value = json.loads(literal, strict=False)
    if isinstance(value, bool) or value is None:
        return None
    return Leaf(path, value, start, start + len(literal))
