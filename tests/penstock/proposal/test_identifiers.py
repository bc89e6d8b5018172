"""Forms of personal data, and ordinary values that look like them."""

import numpy as np
import pytest

from penstock.proposal import identifiers

# Numbers and addresses that are published as examples.
IS = {
    "is_email": ["a.b+c@mail.example", "größe@mail.example", "x@a.b.example"],
    "is_phone": ["+49 30 1234567", "(555) 010-9999", "030/1234567", "555.010.9999", "0151 23456789"],
    "is_iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "nl91abna0417164300"],
    "is_card": ["4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444", "6011111111111117"],
    "is_social_security": ["123-45-6789", "001-01-0001"],
    "is_ip": ["10.0.0.1", "255.255.255.255", "2001:db8::1", "::1"],
    "is_address": ["12 Main Street, Town", "Lange Straße 5a", "1600 Some Road"],
    "is_name": ["Ann", "Jean-Luc O'Neill", "Özil", "van der Berg"],
    "is_number": ["AB123456C", "12-345-678", "X1234567"],
}
IS_NOT = {
    "is_email": ["a@b", "@mail.example", "a b@mail.example", "mail.example", "3 @ 4.50", ""],
    "is_phone": ["2024-01-31", "31.12.2024", "12345", "3.14159 m", "1234567890123456", "10:30", "-1234567"],
    "is_iban": ["DE89370400440532013001", "GB82WEST", "AB12", "DE8937040044053201300X"],
    "is_card": ["4111 1111 1111 1112", "1234567812345678", "411111", "9" * 16],
    "is_social_security": ["000-45-6789", "666-45-6789", "923-45-6789", "123-00-6789", "123-45-0000", "123456789"],
    "is_ip": ["1.2.3", "256.1.1.1", "1.2.3.4.5", "10:30", "3.14", "1.2.3.x"],
    "is_address": ["Main Street", "12", "12 a", "Town 5"[:4]],
    "is_name": ["A1", "a@b", "", "5"],
    "is_number": ["1234", "ABCDEF", "12.5 %", "a b c d"],
}


@pytest.mark.parametrize(("check", "text"), [(check, text) for check, texts in IS.items() for text in texts])
def test_form_is_recognized(check, text):
    assert getattr(identifiers, check)(text)


@pytest.mark.parametrize(("check", "text"), [(check, text) for check, texts in IS_NOT.items() for text in texts])
def test_other_values_are_not(check, text):
    assert not getattr(identifiers, check)(text)


def test_phone_number_alone_needs_the_form_of_one():
    assert identifiers.is_international_phone("+1 555 010 9999")
    assert not identifiers.is_international_phone("5550109999")


def test_random_numbers_have_check_digits_by_chance_only():
    numbers = np.random.default_rng(2).integers(10**15, 10**16, 5000)
    assert 0.03 < np.mean([identifiers.is_card(str(number)) for number in numbers]) < 0.09


def test_text_contains_an_address():
    assert identifiers.has_email("please write to a@mail.example, thanks")
    assert not identifiers.has_email("3 apples @ 4.50 each")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Ann.B@mail.example", "xxx.x@xxxx.xxxxxxx"),
        ("+49 30 12", "+00 00 00"),
        ("ü\n1", "x 0"),
        ("a" * 99, "x" * 21 + "..."),
    ],
)
def test_mask_shows_the_form_and_no_letter_or_digit(text, form):
    assert identifiers.masked(text) == form


@pytest.mark.parametrize("check", ["is_email", "is_iban", "is_card", "is_social_security", "is_ip"])
def test_form_that_few_other_texts_have_is_a_direct_identifier(check):
    assert all(identifiers.is_direct(f" {text}\n") for text in IS[check])


@pytest.mark.parametrize("text", ["Cash", "2024-01-31", "030/1234567", "12 Main Street, Town", "", "A-12"])
def test_other_texts_are_no_direct_identifiers(text):
    assert not identifiers.is_direct(text)


def test_telephone_number_with_its_country_is_a_direct_identifier():
    assert identifiers.is_direct("+49 30 1234567")
