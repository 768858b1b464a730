"""Every data object of the card application, and what reading it takes (SP 800-73-5, part 1, tables 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.applications.piv.data_objects import DATA_OBJECTS

CONTENT = bytes(range(40))
ALWAYS, PIN = "9000", "6982"
TAGS = {
    "5FC101": ALWAYS,  # X.509 Certificate for Card Authentication
    "5FC102": ALWAYS,  # Card Holder Unique Identifier
    "5FC103": PIN,  # Cardholder Fingerprints
    "5FC105": ALWAYS,  # X.509 Certificate for PIV Authentication
    "5FC106": ALWAYS,  # Security Object
    "5FC107": ALWAYS,  # Card Capability Container
    "5FC108": PIN,  # Cardholder Facial Image
    "5FC109": PIN,  # Printed Information
    "5FC10A": ALWAYS,  # X.509 Certificate for Digital Signature
    "5FC10B": ALWAYS,  # X.509 Certificate for Key Management
    "5FC10C": ALWAYS,  # Key History Object
    **{f"5FC1{number:02X}": ALWAYS for number in range(0x0D, 0x21)},  # retired X.509 certificates 1 to 20
    "5FC121": PIN,  # Cardholder Iris Images
    "5FC122": ALWAYS,  # Secure Messaging Certificate Signer
    "5FC123": PIN,  # Pairing Code Reference Data Container
}
CONTACTLESS = ("5FC101", "5FC102", "5FC122")
"""What is read over the contactless interface without a virtual contact interface, beside 7E and 7F61."""


def test_there_are_no_others() -> None:
    assert {f"{tag:X}" for tag in DATA_OBJECTS} == {*TAGS, "7E", "7F61"}


@pytest.mark.parametrize("tag", TAGS)
def test_it_is_written_by_the_administrator_and_read(make: Callable[..., Any], tag: str) -> None:
    piv = make(extended=False)
    assert piv.get_word(tag) in (TAGS[tag], "6A82")
    assert piv.put_word(tag, CONTENT) == "6982"
    piv.administrate()
    assert piv.put_word(tag, CONTENT) == "9000"
    assert piv.get_word(tag) == TAGS[tag]
    assert piv.verify() == "9000"
    assert piv.get(tag) == bytes((0x53, len(CONTENT))) + CONTENT


@pytest.mark.parametrize("tag", TAGS)
def test_without_contacts_few_are_read(make: Callable[..., Any], tag: str) -> None:
    piv = make(
        f'[applications.options.objects]\n"{tag}" = {{ hex = "{CONTENT.hex()}" }}\n',
        '[contactless]\nuid = "04 A2 B3 C4 D5 E6 80"\n',
        extended=False,
    )
    assert piv.get_word(tag) == ("9000" if tag in CONTACTLESS else "6982")
