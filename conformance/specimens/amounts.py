"""Amounts of a document that add up: prices, taxes, sums, and the sum once more in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias, cast

from conformance.specimens.codes import FieldValue, Row

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
