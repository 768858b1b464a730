"""Constants of the card edge: names, files, references, tags, cryptographic mechanisms.

Sources: Microsoft, "Generic Identity Device Specification", version 2.0 (GIDS); Microsoft, "Windows Inbox Smart Card
Minidriver" (how a card is set up, and what is on it then).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag, unique
from typing import Final

APPLICATION_IDENTIFIER: Final = bytes.fromhex("A00000039742544659")
"""Of GIDS, without version. The whole one has a byte more for the version (01, 02) and one that is the card's own."""

APPLICATION_DF: Final = 0x3FFF
"""The file identifier by which the DF of the application names itself."""

EF_ATR: Final = 0x2F01

KEY_FILES: Final = 0xB000
"""File identifier of a key file: this, and the reference of its key in the second byte."""

ADMIN_KEY: Final = 0x80
FIRST_KEY: Final = 0x81
"""References: of the administrator's key, of the key of container 0."""

KEY_TEMPLATE: Final = 0x70
"""Behind P1-P2 3FFF: a key, by its reference and the template of its value."""

KEY_REFERENCE: Final = 0x84
KEY_VALUE_TEMPLATE: Final = 0xA5


@unique
class Code(IntEnum):
    """P2 of what the cardholder presents."""

    PIN = 0x80
    PUK = 0x81


DEAUTHENTICATE: Final = 0x82
"""P2 of VERIFY that ends all that was verified and authenticated."""


@unique
class FileType(IntEnum):
    """File descriptor byte of an EF."""

    DATA_OBJECTS = 0x39
    KEY = 0x18


class DFAccess(IntFlag):
    """Access mode bits of the DF."""

    DELETE_EF = 0x01
    CREATE_EF = 0x02


class DataAccess(IntFlag):
    """Access mode bits of an EF with data objects."""

    GET_DATA = 0x01
    PUT_DATA = 0x02


class KeyAccess(IntFlag):
    """Access mode bits of a key file; PUT_KEY is what PUT_DATA is of others."""

    GET_PUBLIC_KEY = 0x01
    PUT_KEY = 0x02
    USE = 0x04
    GENERATE = 0x08


RSA_BITS: Final = {0x06: 1024, 0x07: 2048, 0x08: 3072, 0x09: 4096}
"""From the low half of a mechanism's byte to the bits of the modulus."""

TRIPLE_DES: Final = 0x02
"""The mechanism of the administrator's key: 3DES with three keys, in cipher block chaining."""

ADMIN_KEY_SIZE: Final = 24


@unique
class Padding(IntEnum):
    """The high half of a mechanism's byte of RSA."""

    NONE = 0x00
    """Deciphering without padding."""
    BY_THE_HOST = 0x10
    """Signing of a block that is padded already."""
    RSAES_PKCS1 = 0x40
    RSASSA_PKCS1 = 0x50
    RSAES_OAEP = 0x80
