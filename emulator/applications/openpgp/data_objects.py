"""The data objects that are written: who reads them, who writes them, how long they are (OpenPGP card 3.4.1, 4.4).

Those that are made of others when they are read are in ``templates``.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.key_slots import DEFAULT_ATTRIBUTES, KeySlot
from emulator.applications.openpgp.passwords import MAX_LENGTH, PasswordReference, require
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.openpgp.passwords import Values
    from emulator.command import CardContext

MAX_SPECIAL: Final = 2048
"""Bytes in the longest of the data objects whose length is left to the card (login, URL, private use ...)."""

NAME: Final = 0x5B
LOGIN: Final = 0x5E
LANGUAGE: Final = 0x5F2D
SEX: Final = 0x5F35
URL: Final = 0x5F50
PASSWORD_STATUS: Final = 0xC4
ENCRYPTION_KEY: Final = 0xD1
CHECKSUM_KEY: Final = 0xD2
RESETTING_CODE: Final = 0xD3
AES_KEY: Final = 0xD5
MESSAGING_KEYS: Final = 0xF4
KEY_DERIVATION: Final = 0xF9
CERTIFICATE: Final = 0x7F21
MAX_CERTIFICATE: Final = 4096

SEXES: Final = (b"0", b"1", b"2", b"9")
"""ISO/IEC 5218: not known, male, female, not applicable."""

FINGERPRINT_SIZE: Final = 20
DATE_SIZE: Final = 4
NO_DERIVATION: Final = bytes.fromhex("810100")
NO_INTERACTION: Final = bytes.fromhex("0020")
"""Not asked for; a button would be what is pressed."""


@unique
class Access(Enum):
    """Who may read or write a data object."""

    ALWAYS = "always"
    USER = "PW1, by reference 82"
    ADMIN = "PW3"
    NEVER = "never"

    def require(self, card: CardContext) -> None:
        """Raises StatusWordError 6982 the password is not verified, 6A88 nobody may."""
        if self is Access.NEVER:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
        if self is Access.USER:
            require(card, PasswordReference.OTHER_USES)
        elif self is Access.ADMIN:
            require(card, PasswordReference.ADMINISTRATION)


@dataclass(frozen=True, slots=True)
class DataObject:
    """A data object that PUT DATA writes.

    Attributes:
        tag: as P1-P2 of GET DATA and PUT DATA.
        name: as the specification calls it.
        read, write: who may.
        lengths: bytes that it may have.
        default: its value on a new card.
    """

    tag: int
    name: str
    read: Access
    write: Access
    lengths: Container[int]
    default: bytes = b""

    @property
    def value_key(self) -> bytes:
        """Its key among the values of the application."""
        return b"object %04X" % self.tag


_ANY: Final = range(MAX_SPECIAL + 1)


def _objects() -> Mapping[int, DataObject]:
    always, user, admin, never = Access
    objects = [
        DataObject(0x0101, "private use 1", always, user, _ANY),
        DataObject(0x0102, "private use 2", always, admin, _ANY),
        DataObject(0x0103, "private use 3", user, user, _ANY),
        DataObject(0x0104, "private use 4", admin, admin, _ANY),
        DataObject(NAME, "name", always, admin, range(40)),
        DataObject(LOGIN, "login data", always, admin, _ANY),
        DataObject(LANGUAGE, "language preferences", always, admin, (0, 2, 4, 6, 8)),
        DataObject(SEX, "sex", always, admin, (1,), b"9"),
        DataObject(URL, "uniform resource locator", always, admin, _ANY),
        DataObject(PASSWORD_STATUS, "PW1 valid for several signatures", never, admin, (1,), b"\0"),
        DataObject(ENCRYPTION_KEY, "SM-Key-ENC", never, admin, (0, 16, 32)),
        DataObject(CHECKSUM_KEY, "SM-Key-MAC", never, admin, (0, 16, 32)),
        DataObject(MESSAGING_KEYS, "SM-Key-ENC and SM-Key-MAC", never, admin, range(69)),
        DataObject(RESETTING_CODE, "resetting code", never, admin, range(MAX_LENGTH + 1)),
        DataObject(AES_KEY, "AES key", never, admin, (0, 16, 32)),
        DataObject(CERTIFICATE, "cardholder certificate", always, admin, range(MAX_CERTIFICATE + 1)),
        DataObject(KEY_DERIVATION, "KDF-DO", always, admin, range(3, 175), NO_DERIVATION),
    ]
    for slot in KeySlot:
        objects += [
            DataObject(
                slot.attributes,
                f"algorithm attributes, {slot.label}",
                always,
                admin,
                range(5, 14),
                DEFAULT_ATTRIBUTES,
            ),
            DataObject(
                slot.fingerprint,
                f"fingerprint, {slot.label}",
                never,
                admin,
                (FINGERPRINT_SIZE,),
                bytes(FINGERPRINT_SIZE),
            ),
            DataObject(
                slot.ca_fingerprint,
                f"CA fingerprint {slot.reference}",
                never,
                admin,
                (FINGERPRINT_SIZE,),
                bytes(FINGERPRINT_SIZE),
            ),
            DataObject(
                slot.generation_date, f"generation date, {slot.label}", never, admin, (DATE_SIZE,), bytes(DATE_SIZE)
            ),
            DataObject(
                slot.user_interaction, f"user interaction flag, {slot.label}", always, admin, (2,), NO_INTERACTION
            ),
        ]
    return {each.tag: each for each in objects}


OBJECTS: Final = _objects()
"""Every one by its tag."""


def value_of(values: Values, tag: int) -> bytes:
    """The value of a data object; that of a new card where nobody has written it."""
    known = OBJECTS[tag]
    value = values.get(known.value_key)
    return known.default if value is None else value
