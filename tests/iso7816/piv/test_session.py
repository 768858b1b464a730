"""Messages of PIV secure messaging (SP 800-73-5, part 2, 4.2): byte by byte from the text, with pycryptodome."""

from __future__ import annotations

import pytest
from Crypto.Cipher import AES
from Crypto.Hash import CMAC
from hypothesis import given
from hypothesis import strategies as st

from iso7816 import CommandAPDU, ResponseAPDU
from iso7816.piv.key_establishment import SecureChannelKeys
from iso7816.piv.session import PIVCardSession, PIVHostSession
from iso7816.secure_messaging import SecureMessagingError

KEYS = SecureChannelKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
PAIRING_CODE = CommandAPDU(0, 0x20, 0x00, 0x98, b"65135275")
READ = CommandAPDU(0, 0xCB, 0x3F, 0xFF, bytes.fromhex("5C035FC105"), 256)


def encipher(counter: int, data: bytes, *, response: bool = False) -> bytes:
    block = bytes((0x80 if response else 0, *counter.to_bytes(15, "big")))
    initial = AES.new(KEYS.encryption, AES.MODE_ECB).encrypt(block)
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
    return AES.new(KEYS.encryption, AES.MODE_CBC, initial).encrypt(padded)


def mac(key: bytes, message: bytes) -> bytes:
    return CMAC.new(key, message, ciphermod=AES).digest()


def test_the_messages_of_appendix_a6() -> None:
    """The pairing code, then a certificate: header, lengths and what the MACs are over, as the appendix has them."""
    host, card = PIVHostSession(KEYS), PIVCardSession(KEYS)
    enciphered = encipher(1, b"65135275")
    first = mac(KEYS.mac, bytes(16) + bytes.fromhex("0C200098 80") + bytes(11) + b"\x87\x11\x01" + enciphered)
    command = host.protect(PAIRING_CODE)
    assert command.to_bytes() == (bytes.fromhex("0C2000981D 871101") + enciphered + b"\x8e\x08" + first[:8] + b"\0")
    assert card.open(command) == PAIRING_CODE
    first_response = mac(KEYS.response_mac, bytes(16) + bytes.fromhex("99029000"))
    response = card.protect(command, ResponseAPDU(b"", 0x9000))
    assert response.to_bytes() == bytes.fromhex("99029000 8E08") + first_response[:8] + b"\x90\x00"
    assert host.open(response) == ResponseAPDU(b"", 0x9000)

    enciphered = encipher(2, READ.data)
    second = mac(
        KEYS.mac, first + bytes.fromhex("0CCB3FFF80") + bytes(11) + b"\x87\x11\x01" + enciphered + b"\x97\x01\x00"
    )
    command = host.protect(READ)
    assert command.data == b"\x87\x11\x01" + enciphered + b"\x97\x01\x00" + b"\x8e\x08" + second[:8]
    assert card.open(command) == READ
    response = card.protect(command, ResponseAPDU(b"S" * 20, 0x9000))
    objects = b"\x87\x21\x01" + encipher(2, b"S" * 20, response=True) + bytes.fromhex("99029000")
    assert response.data == objects + b"\x8e\x08" + mac(KEYS.response_mac, first_response + objects)[:8]
    assert host.open(response) == ResponseAPDU(b"S" * 20, 0x9000)


def test_a_command_without_data_counts_too() -> None:
    host, card = PIVHostSession(KEYS), PIVCardSession(KEYS)
    ask = host.protect(CommandAPDU(0, 0x20, 0x00, 0x80))
    assert ask.data[:2] == b"\x8e\x08"
    assert card.open(ask).data == b""
    assert host.open(card.protect(ask, ResponseAPDU(b"", 0x63C3))).sw == 0x63C3
    assert host.protect(PAIRING_CODE).data[3:19] == encipher(2, b"65135275")


def test_the_word_around_a_response_is_9000() -> None:
    card = PIVCardSession(KEYS)
    command = PIVHostSession(KEYS).protect(PAIRING_CODE)
    card.open(command)
    assert card.protect(command, ResponseAPDU(b"", 0x6300)).sw == 0x9000


def test_the_first_wrong_message_ends_a_session() -> None:
    host, card = PIVHostSession(KEYS), PIVCardSession(KEYS)
    good = host.protect(PAIRING_CODE)
    with pytest.raises(SecureMessagingError):
        card.open(good._replace(p2=0x80))
    with pytest.raises(SecureMessagingError, match="ended"):
        card.open(good)
    assert card.is_over
    response = host.open(ResponseAPDU(b"", 0x6988))
    assert response.sw == 0x6988
    assert host.is_over
    with pytest.raises(SecureMessagingError, match="ended"):
        host.protect(PAIRING_CODE)
    assert repr(card) == "<PIVCardSession, over>"


def test_what_is_too_long_changes_nothing() -> None:
    host, card = PIVHostSession(KEYS), PIVCardSession(KEYS)
    command = host.protect(READ)
    card.open(command)
    with pytest.raises(SecureMessagingError, match="at most"):
        card.protect(command, ResponseAPDU(bytes(65536), 0x9000))
    assert host.open(card.protect(command, ResponseAPDU(b"", 0x6700))).sw == 0x6700


@given(data=st.binary(max_size=600), ne=st.sampled_from([None, 256]), answer=st.binary(max_size=600))
def test_what_is_protected_opens(data: bytes, ne: int | None, answer: bytes) -> None:
    host, card = PIVHostSession(KEYS), PIVCardSession(KEYS)
    for _ in range(2):
        command = CommandAPDU(0, 0x87, 0x07, 0x9A, data, ne)
        protected = host.protect(command)
        assert card.open(protected) == command
        assert host.open(card.protect(protected, ResponseAPDU(answer, 0x9000))) == ResponseAPDU(answer, 0x9000)


@given(field=st.binary(max_size=80))
def test_hostile_messages_raise_our_errors_only(field: bytes) -> None:
    with pytest.raises(SecureMessagingError):
        PIVCardSession(KEYS).open(CommandAPDU(0x0C, 0xCB, 0x3F, 0xFF, field, 256))
    with pytest.raises(SecureMessagingError):
        PIVHostSession(KEYS).open(ResponseAPDU(field, 0x9000))
