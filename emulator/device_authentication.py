"""MUTUAL AUTHENTICATE by a key for device authentication (CWA 14890-1:2004, 8.7; now EN 419212-3:2017, clause 3).

The value of such a key is two, K.ENC and K.MAC. SN.ICC is the last 8 bytes of the data object 5A in EF.GDO (2F02) of
the MF, at its top level, from where the outside reads it. Tokens and session:
:mod:`iso7816.secure_messaging.device_authentication`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from emulator.authentication_keys import AuthenticationKey, attempt
from emulator.key_use import authorise_use
from emulator.keys import KeyOperation
from emulator.persistent import MF_NUMBER
from iso7816.authentication import is_same_secret
from iso7816.ber_tlv import decode_one
from iso7816.errors import TLVError
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext
    from emulator.persistent import PersistentState
    from iso7816.secure_messaging.device_authentication import DeviceToken

EF_GDO: Final = 0x2F02
SERIAL_NUMBER_TAG: Final = 0x5A


def answer_device_authentication(card: CardContext, found: AuthenticationKey, challenge: bytes, token: bytes) -> bytes:
    """The card's token for that of the outside; the session begins behind it.

    Raises:
        StatusWordError: 6984, 6985, 6982 as every use of a key, 6985 also where the card has no serial number; 6983,
            63CX, 6300 as every authentication.
    """
    from iso7816.secure_messaging import CardSession
    from iso7816.secure_messaging.device_authentication import (
        KEY_LENGTH,
        MATERIAL_LENGTH,
        Device,
        DeviceToken,
        device_keys,
        device_session,
        make_device_token,
        read_device_token,
        serial_number_of,
    )

    value = authorise_use(card, found.where, found.key, KeyOperation.DEVICE_AUTHENTICATION).value
    keys = device_keys(value[:KEY_LENGTH], value[KEY_LENGTH:])
    icc = Device(challenge, serial_number_of(_identifier(card.state)))
    outside: DeviceToken | None = None

    def is_right() -> bool:
        nonlocal outside
        try:
            outside = read_device_token(keys, token)
        except SecureMessagingError:
            return False
        named = outside.receiver.challenge + outside.receiver.serial_number
        # With twice the same challenge the answer could be the token that was sent: it would prove nothing.
        is_mirrored = is_same_secret(outside.sender.challenge, challenge)
        return is_same_secret(named, icc.challenge + icc.serial_number) and not is_mirrored

    attempt(card, found, is_right)
    if outside is None:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    own = DeviceToken(icc, outside.sender, os.urandom(MATERIAL_LENGTH))
    keys_of_session, counter = device_session(outside, own)
    card.begin_session(CardSession(keys_of_session, counter), found.where)
    return make_device_token(keys, own)


def _identifier(state: PersistentState) -> bytes:
    """The value of the data object 5A in EF.GDO. Raises StatusWordError 6985: there is none."""
    content = state.contents.get(state.children.get(MF_NUMBER << 16 | EF_GDO, 0), b"")
    rest = content if isinstance(content, bytes) else b"".join(content)
    while rest:
        try:
            tlv, rest = decode_one(rest)
        except TLVError:
            break
        if tlv.tag == SERIAL_NUMBER_TAG and tlv.value:
            return tlv.value
    raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
