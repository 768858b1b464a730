"""What the sessions of the card have of CWA 14890-1 (EN 419212-3), and what they have not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from iso7816 import CommandAPDU, KeyType
from iso7816.confidentiality import encipher_blocks
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.padding import pad
from iso7816.secure_messaging import CardSession, HostSession, SessionKeys
from iso7816.secure_messaging.algorithms import SessionCipher
from iso7816.secure_messaging.key_establishment import Contribution, agreed_session, make_token

KEY = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
OTHER = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
DEFINITION = f"""
[[keys]]
reference = 1
type = "3des"
value = "{KEY.hex()}"
usage = ["external", "secure messaging"]
"""
OF_OUTSIDE = Contribution(b"\x11" * 4 + b"\x22" * 4, b"\x33" * 4 + b"\x44" * 4, bytes(range(16)))
OF_CARD = Contribution(OF_OUTSIDE.other, OF_OUTSIDE.own, bytes(range(0x80, 0x90)))


def without_parity(key: bytes) -> bytes:
    return bytes(byte & 0xFE for byte in key)


def test_session_keys_and_counter_are_those_of_the_device_authentication() -> None:
    keys, counter = agreed_session(KeyType.TRIPLE_DES, KEY, OF_OUTSIDE, OF_CARD)
    seed = bytes(a ^ b for a, b in zip(OF_OUTSIDE.material, OF_CARD.material, strict=True))
    for key, number in ((keys.encryption, 1), (keys.checksum, 2)):
        digest = hashlib.sha1(seed + number.to_bytes(4, "big")).digest()  # noqa: S324
        assert without_parity(key) == without_parity(digest[:16])
    assert counter == b"\x44" * 4 + b"\x22" * 4


def test_the_counter_goes_on_before_each_message() -> None:
    keys, counter = agreed_session(KeyType.TRIPLE_DES, KEY, OF_OUTSIDE, OF_CARD)
    protected = HostSession(keys, counter).protect(CommandAPDU(0, 0xB0, 0, 0, b"", 8))
    header, le = pad(protected.to_bytes()[:4], 8), pad(bytes.fromhex("970108"), 8)
    following = (int.from_bytes(counter, "big") + 1).to_bytes(8, "big")
    checksum = SessionCipher(keys).checksum(following, header + le)
    assert protected.cla == 0x0C
    assert protected.data == bytes.fromhex("970108 8E08") + checksum
    assert CardSession(keys, counter).open(protected).ins == 0xB0


def token_with_serial_numbers(challenge: bytes, keys: SessionKeys) -> bytes:
    """RND.IFD, SN.IFD, RND.ICC, SN.ICC and K.IFD of 32 bytes, enciphered, and the checksum: as for IAS ECC cards."""
    content = bytes(8) + b"\x01" * 8 + challenge + b"\x02" * 8 + bytes(range(32))
    cryptogram = encipher_blocks(KeyAlgorithm.TRIPLE_DES, keys.encryption, None, content)
    padded = pad(cryptogram, 8)
    return cryptogram + SessionCipher(keys).checksum(padded[:8], padded[8:])


def test_a_token_with_serial_numbers_begins_no_session(define: Callable[[str], Any]) -> None:
    terminal = define(DEFINITION)
    token = token_with_serial_numbers(terminal.ok("0084000008"), SessionKeys(KeyType.TRIPLE_DES, KEY, OTHER))
    assert len(token) == 72
    assert terminal.sw(f"0082000148{token.hex()}00") == "6700"
    challenge = terminal.ok("0084000008")
    token = make_token(KeyType.TRIPLE_DES, KEY, Contribution(bytes(8), challenge, bytes(16)))
    assert terminal.sw(f"0082000128{token.hex()}00") == "9000"
