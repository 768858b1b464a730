"""Constants of the interface that OpenSC's driver isoApplet speaks, in its two versions.

Version 0 tells its features where it is selected, and hashes itself for ECDSA (SHA-1). Version 1 tells them in GET DATA
0101, takes hash codes for ECDSA, and has RSASSA-PSS. OpenSC speaks version 0, and from 0.24 on both.
"""

from __future__ import annotations

from enum import Enum, IntEnum, IntFlag, unique
from typing import Final

APPLICATION_IDENTIFIER: Final = bytes.fromhex("F276A288BCFBA69D34F31001")

PIN: Final = 0x01
"""P2 of the PIN in VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER."""

PUK: Final = 0x02
"""P2 of the PUK where CHANGE REFERENCE DATA sets it."""

KEYS: Final = 16
"""Private keys, with the references 00 to 0F."""


@unique
class InterfaceVersion(Enum):
    """The versions, each by the two bytes that tell it."""

    V0 = 0x0006
    V1 = 0x0100


class Feature(IntFlag):
    """What the card can do besides: the byte behind the version."""

    EXTENDED_LENGTHS = 0x01
    SECURE_RANDOM = 0x02
    ECC = 0x04
    RSA_PSS = 0x08
    RSA_4096 = 0x20


@unique
class Algorithm(IntEnum):
    """What tag 80 of MANAGE SECURITY ENVIRONMENT names.

    ``GENERATE_RSA_3072`` is no algorithm of the driver, which neither generates nor imports keys of that length.
    """

    RSA_PKCS1 = 0x11
    RSA_PSS = 0x12
    EC = 0x21
    GENERATE_EC = 0xEC
    GENERATE_RSA_2048 = 0xF3
    GENERATE_RSA_3072 = 0xF4
    GENERATE_RSA_4096 = 0xF5


RSA_SIZES: Final = {
    Algorithm.GENERATE_RSA_2048: 2048,
    Algorithm.GENERATE_RSA_3072: 3072,
    Algorithm.GENERATE_RSA_4096: 4096,
}
"""Bits of the moduli that are generated."""
