"""Device authentication with symmetric keys, which begins a session (CWA 14890-1:2004, 8.7; now EN 419212-3).

Both ends have two keys of 3DES, K.ENC and K.MAC, and a serial number. Each end has a challenge and key material of its
own, which are in the data of MUTUAL AUTHENTICATE::

    command   E(RND.IFD || SN.IFD || RND.ICC || SN.ICC || K.IFD) || MAC     E: K.ENC, CBC, initial value 0, no padding
    response  E(RND.ICC || SN.ICC || RND.IFD || SN.IFD || K.ICC) || MAC     MAC: K.MAC, over the padded cryptogram

    RND and SN 8 bytes each, K 32: 72 bytes in all

The session's keys are derived from K.IFD xor K.ICC (:mod:`iso7816.secure_messaging.key_derivation`); its counter begins
with the last halves of RND.ICC and RND.IFD (8.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iso7816.authentication import KeyType
from iso7816.secure_messaging.algorithms import CHECKSUM_LENGTH, SessionKeys
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.secure_messaging.key_derivation import derive_session_keys
from iso7816.secure_messaging.tokens import open_token, seal_token

CHALLENGE_LENGTH: Final = 8
SERIAL_NUMBER_LENGTH: Final = 8
MATERIAL_LENGTH: Final = 32
KEY_LENGTH: Final = 16
"""Bytes in K.ENC, and in K.MAC."""

_CONTENT: Final = 2 * (CHALLENGE_LENGTH + SERIAL_NUMBER_LENGTH) + MATERIAL_LENGTH
DEVICE_TOKEN_LENGTH: Final = _CONTENT + CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True)
class Device:
    """One end as the other sees it.

    Attributes:
        challenge: RND, 8 bytes.
        serial_number: SN, 8 bytes.

    Raises:
        SecureMessagingError: one of another length.
    """

    challenge: bytes
    serial_number: bytes

    def __post_init__(self) -> None:
        if len(self.challenge) != CHALLENGE_LENGTH or len(self.serial_number) != SERIAL_NUMBER_LENGTH:
            raise SecureMessagingError("challenge and serial number of a device have 8 bytes each")


@dataclass(frozen=True, slots=True, repr=False)
class DeviceToken:
    """What is in a token; the repr shows none of it.

    Attributes:
        sender: who made it.
        receiver: the other end.
        material: the key material of the sender, 32 bytes.

    Raises:
        SecureMessagingError: material of another length.
    """

    sender: Device
    receiver: Device
    material: bytes

    def __post_init__(self) -> None:
        if len(self.material) != MATERIAL_LENGTH:
            raise SecureMessagingError(f"the key material has {len(self.material)} bytes, not {MATERIAL_LENGTH}")


def serial_number_of(identifier: bytes) -> bytes:
    """SN of a device that is known by an identifier: its last 8 bytes; a shorter one after bytes 00."""
    return identifier[-SERIAL_NUMBER_LENGTH:].rjust(SERIAL_NUMBER_LENGTH, b"\0")


def device_keys(encryption: bytes, checksum: bytes) -> SessionKeys:
    """K.ENC and K.MAC. Raises SecureMessagingError for one of another length than 16 bytes."""
    if len(encryption) != KEY_LENGTH or len(checksum) != KEY_LENGTH:
        raise SecureMessagingError(f"the keys of a device authentication have {KEY_LENGTH} bytes")
    return SessionKeys(KeyType.TRIPLE_DES, encryption, checksum)


def make_device_token(keys: SessionKeys, token: DeviceToken) -> bytes:
    """The token of one end, 72 bytes; ``keys``: those of :func:`device_keys`."""
    sender, receiver = token.sender, token.receiver
    devices = sender.challenge + sender.serial_number + receiver.challenge + receiver.serial_number
    return seal_token(keys, devices + token.material)


def read_device_token(keys: SessionKeys, data: bytes) -> DeviceToken:
    """What the other end's token holds.

    Raises:
        SecureMessagingError: another length, or a wrong MAC.
    """
    content = open_token(keys, data, DEVICE_TOKEN_LENGTH)
    sender, receiver = (
        Device(content[at : at + CHALLENGE_LENGTH], content[at + CHALLENGE_LENGTH : at + 16]) for at in (0, 16)
    )
    return DeviceToken(sender, receiver, content[32:])


def device_session(outside: DeviceToken, card: DeviceToken) -> tuple[SessionKeys, bytes]:
    """Keys and counter of the session that the two tokens begin."""
    secret = bytes(a ^ b for a, b in zip(outside.material, card.material, strict=True))
    half = CHALLENGE_LENGTH // 2
    counter = card.sender.challenge[half:] + outside.sender.challenge[half:]
    return derive_session_keys(KeyType.TRIPLE_DES, secret), counter
