"""AES-256-GCM with nonces that are long enough to be drawn (XAES-256-GCM, https://c2sp.org/XAES-256-GCM).

With its own 96 bits, AES-GCM is good for 2^32 drawn nonces under a key. Here half of 192 bits goes into a key for the
one message, derived with CMAC in counter mode (NIST SP 800-108), and it is good for 2^80::

    message key = CMAC(key, 00 01 58 00 nonce[0:12]) | CMAC(key, 00 02 58 00 nonce[0:12])
    AES-256-GCM under the message key, with nonce[12:24]
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from emulator.images.damage import NotAuthentic
from emulator.images.sealing.seal_record import NONCE_SIZE, OVERHEAD

_HALF: Final = 12
_FIRST, _SECOND = b"\x00\x01X\x00", b"\x00\x02X\x00"


class ExtendedNonceCipher:
    """Authenticated encipherment under one key. A sealed message is nonce (24 bytes), cryptogram, tag (16 bytes)."""

    __slots__ = ("_mac",)

    def __init__(self, key: bytes) -> None:
        self._mac = CMAC(AES(key))

    def seal(self, message: bytes, place: bytes) -> bytes:
        """A message sealed for a place, under a nonce that is drawn."""
        return self.seal_under(os.urandom(NONCE_SIZE), message, place)

    def seal_under(self, nonce: bytes, message: bytes, place: bytes) -> bytes:
        """As :meth:`seal`, for a nonce that never comes twice."""
        return nonce + self._for_one_message(nonce).encrypt(nonce[_HALF:], message, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The message that was sealed for this place.

        Raises:
            NotAuthentic: there is none.
        """
        if len(sealed) < OVERHEAD:
            raise NotAuthentic
        nonce = sealed[:NONCE_SIZE]
        try:
            return self._for_one_message(nonce).decrypt(nonce[_HALF:], sealed[NONCE_SIZE:], place)
        except InvalidTag:
            raise NotAuthentic from None

    def _for_one_message(self, nonce: bytes) -> AESGCM:
        return AESGCM(self._authenticated(_FIRST + nonce[:_HALF]) + self._authenticated(_SECOND + nonce[:_HALF]))

    def _authenticated(self, block: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(block)
        return mac.finalize()
