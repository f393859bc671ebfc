"""What a cell can be: a name, a type, a value, a status, an answer to "required". Each question looks at one text."""

from __future__ import annotations

import re

from conformance.derive.vocabulary import narrow

_NAME = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_.\-]{0,98}[A-Za-z0-9_])?(?:\[\]){0,3}|\[[^\[\]\s]{1,40}\]")
_VALUE = re.compile(r"[A-Za-z0-9_\-+][A-Za-z0-9_.\-+/]{0,99}")
_STATUS = re.compile(r"[1-5][0-9xX]{2}")
_PLAIN = (
    "String|Integer|Int|Long|Short|Byte|Number|Float|Double|Decimal|Boolean|Bool|Object|Objects|List|Array|Map|JSON|Json|"
    "Date|File|string|integer|int|long|float|double|boolean|bool"
)
_NAMED = r"(?:[A-Za-z_][A-Za-z0-9_]{0,99}|(?:表|[Tt]able)\s?[0-9]{1,3})"
_TYPE = re.compile(
    rf"(?:{_PLAIN})(?:\[\]){{0,3}}"
    rf"|(?:[Aa]rray|[Ll]ist) of {_NAMED}(?: [Oo]bjects?| [Aa]rrays?)?"
    rf"|{_NAMED} [Oo]bject"
    r"|(?:Array|List|Map|Set)\s?<[A-Za-z0-9_<>, ]{1,200}>"
    rf"|(?:Array|List)\((?:{_PLAIN})\)"
)
_YES = frozenset({"是", "yes", "必选", "必填", "mandatory", "required"})
_NO = frozenset({"否", "no", "可选", "非必选", "非必填", "optional"})
# an answer only where the column is known: elsewhere they are names and values
_SHORT_YES = frozenset({"y", "m", "true"})
_SHORT_NO = frozenset({"n", "o", "false"})
_ONE_OF_CELL = re.compile(r"(?:否|是|no|yes)?\s?[,.]?\s?.{0,40}[二三四五]选一[。.]?", re.IGNORECASE)
_ONE_OF_CELL_EN = re.compile(r"(?:no|yes)[.,]\s?(?:set|specify|choose|either).{0,80}", re.IGNORECASE)


def is_name(text: str) -> bool:
    """Whether the text can be the name of a parameter, a header or a field."""
    return _NAME.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Whether the text can be an enumerated value as it is sent."""
    return _VALUE.fullmatch(text) is not None


def is_status(text: str) -> bool:
    """Whether the text is an HTTP status (`200`) or a class of them (`4xx`)."""
    return _STATUS.fullmatch(text) is not None


def is_type(text: str) -> bool:
    """Whether the text is a type as the family prints it: `String`, `Array of X objects`, `Array<Array<Integer>>`."""
    return len(text) <= 300 and _TYPE.fullmatch(narrow(text)) is not None


def plain_answer(text: str) -> bool | None:
    """What a cell of the column "required" says, or None where it says neither yes nor no."""
    word = narrow(text[:40]).strip(" .。").casefold()
    return True if word in _YES | _SHORT_YES else False if word in _NO | _SHORT_NO else None


def is_required_cell(text: str) -> bool:
    """Whether the text, of which the column is not known, is a cell of the column "required"."""
    if not text or len(text) > 100:
        return False
    words = narrow(text)
    one_of = _ONE_OF_CELL.fullmatch(words) or _ONE_OF_CELL_EN.fullmatch(words)
    return words.strip(" .。").casefold() in _YES | _NO or one_of is not None
