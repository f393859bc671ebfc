"""A specimen document as data: its values, the two QR codes that say what it is, and how its amounts add up."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias, cast

import segno
from PIL import Image, ImageDraw

from conformance.specimens.canvas import Canvas

Row = Mapping[str, str]
"""One line of a nested list, such as an invoice line."""

FieldValue = str | list[Row] | Mapping[str, Row]
"""A printed value: text, a nested list (item_list, itinerary_list) or an object (extra_info)."""

Fields = Mapping[str, FieldValue]
"""Field name as in `content` of the ticket operation -> printed value."""


@dataclass(frozen=True)
class Document:
    """One kind of document and the invented values printed on it.

    Attributes:
        ticket: value in the ticket operation, None where the document is no ticket.
        document: value in the identity document operation, None where it is no identity document.
        width, height: size in pixels of the master drawing.
        fields: printed values, in the order of the documented table.
        draw: draws everything but the two codes.
        locator_at, content_at: upper-left corner in pixels of the square of each code (without quiet zone).
    """

    ticket: str | None
    document: str | None
    width: int
    height: int
    fields: Fields
    draw: Callable[[Canvas, Fields], None]
    locator_at: tuple[int, int]
    content_at: tuple[int, int]

    @property
    def id(self) -> str:
        """Kebab-case id, from the ticket type or else the identity document type."""
        name = self.ticket or self.document
        if name is None:
            raise ValueError("a document needs a ticket type or an identity document type")
        return name.replace("_", "-")


def text(fields: Fields, name: str) -> str:
    """Value of a plain text field. Raises TypeError when the field is nested."""
    value = fields[name]
    if not isinstance(value, str):
        raise TypeError(f"field {name} is nested, expected text")
    return value


def rows(fields: Fields, name: str) -> list[Row]:
    """Lines of a nested list field. Raises TypeError when the field is something else."""
    value = fields[name]
    if not isinstance(value, list):
        raise TypeError(f"field {name} is no nested list")
    return value


LOCATOR_MODULE = 6
CONTENT_MODULE = 3
QUIET = 4  # modules of white around a code, as ISO/IEC 18004 asks for


@dataclass(frozen=True)
class PlacedCode:
    """A code and its place: upper-left corner and side in pixels, without the quiet zone."""

    text: str
    x: int
    y: int
    side: int
    module: int
    modules: tuple[bytes, ...]


def payload(fields: Fields) -> str:
    """Fields as JSON (UTF-8), deflated (zlib), in base64url without padding."""
    packed = zlib.compress(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def locator_code(document: Document) -> PlacedCode:
    """The code by which a reader finds the document and its corners."""
    x, y = document.locator_at
    names = f"{document.id} {document.ticket or '-'} {document.document or '-'}"
    head = f"OCRSPEC1 {names} {document.width} {document.height} {x} {y}"
    return _place(head, "", x, y, LOCATOR_MODULE, "h")


def content_code(document: Document) -> PlacedCode:
    """The code that carries the field values."""
    x, y = document.content_at
    head = f"OCRDATA1 {document.id} {x} {y}"
    return _place(head, " " + payload(document.fields), x, y, CONTENT_MODULE, "m")


def _place(head: str, tail: str, x: int, y: int, module: int, error: str) -> PlacedCode:
    side, found = -1, 0
    while side != found:  # the text names the side, and the side follows from the length of the text
        side, text = found, f"{head} {found}{tail}"
        sized = segno.make(text, error=error, micro=False, boost_error=False, mask=0)  # to find the best mask is slow
        found = int(sized.symbol_size(border=0)[0]) * module
    code = segno.make(text, error=error, micro=False, boost_error=False)
    return PlacedCode(text, x, y, side, module, tuple(bytes(row) for row in code.matrix))


def draw_code(image: Image.Image, code: PlacedCode) -> None:
    """Draws the code on a white field as wide as its quiet zone."""
    pen = ImageDraw.Draw(image)
    margin = QUIET * code.module
    pen.rectangle(
        (code.x - margin, code.y - margin, code.x + code.side + margin - 1, code.y + code.side + margin - 1),
        fill="white",
    )
    for row, line in enumerate(code.modules):
        for column, dark in enumerate(line):
            if dark:
                left, top = code.x + column * code.module, code.y + row * code.module
                pen.rectangle((left, top, left + code.module - 1, top + code.module - 1), fill="black")


Amounts: TypeAlias = "Callable[[Random, Mapping[str, FieldValue]], dict[str, FieldValue]]"

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def in_words(cents: int) -> str:
    """An amount of money as invoices write it out: `壹仟伍佰贰拾伍元伍角整`."""
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    text = (_whole(yuan) + "元") if yuan else ""
    if not jiao and not fen:
        return f"{text}整"
    text += f"{_DIGITS[jiao]}角" if jiao else "零" if yuan else ""
    return text + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    groups: list[str] = []
    gap = False
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**place % 10_000
        if not group:
            gap = bool(groups)
            continue
        words = _group(group)
        if groups and (gap or group < 1000):
            words = "零" + words
        groups.append(words + _GROUPS[place])
        gap = False
    return "".join(groups)


def _group(group: int) -> str:
    text, zero = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + _UNITS[place]
            zero = False
        else:
            zero = True
    return text


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _vat(rng: Random, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    items: list[Row] = []
    amount = tax = 0
    for row in cast("list[Row]", fields["item_list"]):
        quantity, price = rng.randrange(1, 20), 25 * rng.randrange(40, 1200)
        line, rate = quantity * price, rng.choice((6, 9, 13))
        line_tax = round(line * rate / 100)
        amount, tax = amount + line, tax + line_tax
        items.append(
            {
                **row,
                "quantity": str(quantity),
                "unit_price": _money(price),
                "amount": _money(line),
                "tax_rate": f"{rate}%",
                "tax": _money(line_tax),
            }
        )
    return {
        "item_list": items,
        "subtotal_amount": f"￥{_money(amount)}",
        "subtotal_tax": f"￥{_money(tax)}",
        "total": f"￥{_money(amount + tax)}",
        "total_in_words": in_words(amount + tax),
    }


def _vehicle_sale(rng: Random, _fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    price = 100_000 * rng.randrange(40, 400)
    tax = price * 13 // 100
    return {
        "tax": f"￥{_money(tax)}",
        "tax_exclusive_price": f"￥{_money(price)}",
        "total": f"￥{_money(price + tax)}",
        "total_chinese": in_words(price + tax),
    }


def _taxi(rng: Random, _fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    tenths = rng.randrange(15, 600)
    fare, fuel, call = 100 * (10 + 24 * tenths // 100), 100, rng.choice((0, 400, 600))
    return {
        "distance": f"{tenths / 10:.1f}",
        "fare": f"￥{_money(fare)}",
        "fuel_oil_surcharge": f"￥{_money(fuel)}",
        "call_service_surcharge": f"￥{_money(call)}",
        "total": f"￥{_money(fare + fuel + call)}",
    }


def _flight(rng: Random, _fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    fare, fund, fuel, other = 1000 * rng.randrange(30, 400), 10_000, 1000 * rng.randrange(2, 15), 2000
    return {
        "fare": f"CNY {_money(fare)}",
        "caac_development_fund": f"CN {_money(fund)}",
        "fuel_surcharge": f"YQ {_money(fuel)}",
        "other_taxes": f"XT {_money(other)}",
        "total": f"CNY {_money(fare + fund + fuel + other)}",
    }


AMOUNTS: Mapping[str, Amounts] = {
    "vat-invoice": _vat,
    "mvs-invoice": _vehicle_sale,
    "taxi-invoice": _taxi,
    "flight-itinerary": _flight,
    "train-ticket": lambda rng, _: {"ticket_price": f"{rng.randrange(20, 2000) / 2:.1f}元"},
    "toll-invoice": lambda rng, _: {"amount": str(rng.randrange(5, 600))},
    "quota-invoice": lambda rng, _: {"amount": f"￥{rng.choice((1, 2, 5, 10, 20, 50, 100))}.00"},
}
"""For a document's id, what changes its amounts."""
