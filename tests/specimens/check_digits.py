"""Check digit rules of the numbers that documents carry, written from their public descriptions."""

from itertools import cycle

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015
VIN_VALUES = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", (*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True
    )
)
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def mainland_id(number: str) -> bool:
    """GB 11643-1999: 18 characters, the last by ISO 7064 MOD 11-2."""
    if len(number) != 18 or not number[:17].isdigit():
        return False
    total = sum(int(digit) * pow(2, 17 - index, 11) for index, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17]


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1: bank card and account numbers."""
    doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def social_credit_code(number: str) -> bool:
    """GB 32100-2015: 18 characters, the last by a weighted sum modulo 31."""
    if len(number) != 18 or any(character not in USCC_ALPHABET for character in number):
        return False
    total = sum(USCC_ALPHABET.index(c) * pow(3, index, 31) for index, c in enumerate(number[:17]))
    return USCC_ALPHABET[-total % 31] == number[17]


def vehicle_identification(number: str) -> bool:
    """GB 16735: 17 characters, the ninth by a weighted sum modulo 11."""
    if len(number) != 17 or any(character not in VIN_VALUES for character in number):
        return False
    total = sum(VIN_VALUES[c] * weight for c, weight in zip(number, VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == number[8]


def hongkong_id(number: str) -> bool:
    """One letter, six digits, a check digit or A in brackets: weighted sum modulo 11, a blank counts 36."""
    letter, digits, check = number[0], number[1:7], number[8]
    total = 36 * 9 + (ord(letter) - 55) * 8 + sum(int(d) * w for d, w in zip(digits, range(7, 1, -1), strict=True))
    return "0123456789A"[-total % 11] == check


def thai_id(number: str) -> bool:
    """13 digits, the last by a weighted sum modulo 11."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:12], range(13, 1, -1), strict=True))
    return str((11 - total % 11) % 10) == number[12]


def peru_id(number: str) -> bool:
    """Eight digits, a dash and a check digit by a weighted sum modulo 11."""
    total = sum(int(d) * w for d, w in zip(number[:8], (3, 2, 7, 6, 5, 4, 3, 2), strict=True))
    return "67890112345"[-total % 11] == number[9]


def machine_readable(field: str, check: str) -> bool:
    """ICAO 9303: weights 7, 3, 1 modulo 10; letters count from A = 10, the filler counts 0."""
    values = (0 if c == "<" else int(c, 36) for c in field)
    return str(sum(value * weight for value, weight in zip(values, cycle((7, 3, 1)), strict=False)) % 10) == check
