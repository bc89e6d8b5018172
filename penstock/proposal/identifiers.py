"""Checks of one text for a form of personal data: addresses, numbers with check digits, coordinates.

Sources: IBAN, ISO 13616 with the check of ISO 7064 (MOD 97-10). Numbers of payment cards, ISO/IEC 7812-1, whose last
digit is that of Luhn. Numbers of the US Social Security, whose first part is not 000, 666 or from 900. Telephone
numbers, ITU-T E.164: at most 15 digits.
"""

import ipaddress
import re

_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"[+(]?[\d(][\d\s().\-/]{5,22}\d")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"[2-6]\d{12,18}")
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_ADDRESS = re.compile(r"(?=.*\d)(?=.*[^\W\d]{3}).*\s.*")
_NAME = re.compile(r"[^\W\d_][^\d_@/\\:;]{1,60}")
_NUMBER = re.compile(r"(?=(?:.*\d){3})[A-Za-z0-9][A-Za-z0-9 .\-/]{4,19}")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")


def is_email(text: str) -> bool:
    """Say whether a text is an e-mail address."""
    return bool(_EMAIL.fullmatch(text))


def has_email(text: str) -> bool:
    """Say whether a text contains an e-mail address."""
    return "@" in text and bool(_EMAIL.search(text))


def is_phone(text: str) -> bool:
    """Say whether a text may be a telephone number: 7 to 15 digits, with or without separators, and no date."""
    digits = sum(character.isdigit() for character in text)
    return 7 <= digits <= 15 and bool(_PHONE.fullmatch(text)) and not _DATE.fullmatch(text)


def is_international_phone(text: str) -> bool:
    """Say whether a text is a telephone number by its form alone: it begins with a plus sign or an area code."""
    return text.startswith(("+", "(")) and is_phone(text)


def is_iban(text: str) -> bool:
    """Say whether a text is an international bank account number with a correct check number."""
    packed = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(packed):
        return False
    return int("".join(str(int(character, 36)) for character in packed[4:] + packed[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Say whether a text is the number of a payment card: 13 to 19 digits with a correct check digit of Luhn."""
    packed = re.sub(r"[ -]", "", text)
    if not _CARD.fullmatch(packed):
        return False
    digits = [int(digit) for digit in reversed(packed)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_social_security(text: str) -> bool:
    """Say whether a text has the form of a number of the US Social Security."""
    return bool(_SSN.fullmatch(text))


def is_ip(text: str) -> bool:
    """Say whether a text is an IP address, of version 4 or 6."""
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_address(text: str) -> bool:
    """Say whether a text may be a postal address: several words, a number among them."""
    return len(text) >= 6 and bool(_ADDRESS.fullmatch(text))


def is_name(text: str) -> bool:
    """Say whether a text may be the name of a person: it begins with a letter, and has no digit."""
    return bool(_NAME.fullmatch(text))


def is_number(text: str) -> bool:
    """Say whether a text may be the number of a document: 5 to 20 letters and digits, three digits among them."""
    return bool(_NUMBER.fullmatch(text))


def is_direct(text: str) -> bool:
    """Say whether a text alone says who a row is about, by a form that few other texts have."""
    checks = (is_email, is_iban, is_card, is_social_security, is_ip, is_international_phone)
    return any(check(text.strip()) for check in checks)


def masked(text: str) -> str:
    """Return the form of a text: letters are `x`, digits are `0`, at most 24 characters."""
    form = "".join("x" if c.isalpha() else "0" if c.isdigit() else c if c.isprintable() else " " for c in text)
    return form if len(form) <= 24 else form[:21] + "..."
