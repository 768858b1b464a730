"""Messages of secure messaging with OpenPGP cards (OpenPGP card 3.4.1, 7.5): byte by byte, with pycryptodome."""

from __future__ import annotations

from contextlib import suppress

import pytest
from Crypto.Cipher import AES
from Crypto.Hash import CMAC
from hypothesis import given
from hypothesis import strategies as st

from iso7816 import SW, CommandAPDU, KeyType, ResponseAPDU
from iso7816.openpgp.session import PROTECTED_INSTRUCTIONS, OpenPGPCardSession, OpenPGPHostSession
from iso7816.secure_messaging import SecureMessagingError, SessionKeys

ENCRYPTION, MAC = bytes(range(16)), bytes(range(32, 48))
KEYS = SessionKeys(KeyType.AES, ENCRYPTION, MAC)
CHALLENGE = bytes.fromhex("F0E1D2C3B4A5968778695A4B3C2D1E0F")
OTHER_CHALLENGE = bytes(16)
WRITE = CommandAPDU(0, 0xDA, 0x00, 0x5E, b"jane")
READ = CommandAPDU(0, 0xCA, 0x00, 0x5E, b"", 256)
GENERATE = CommandAPDU(0, 0x47, 0x80, 0x00, bytes.fromhex("B600"), 256)


def encipher(data: bytes) -> bytes:
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
    return AES.new(ENCRYPTION, AES.MODE_CBC, CHALLENGE).encrypt(padded)


def mac(*parts: bytes) -> bytes:
    """Of parts that are padded each; the first block of all with the challenge in it."""
    message = b"".join(part + b"\x80" + bytes(-(len(part) + 1) % 16) for part in parts)
    first = bytes(left ^ right for left, right in zip(message[:16], CHALLENGE, strict=True))
    return CMAC.new(MAC, first + message[16:], ciphermod=AES).digest()[:8]


def ends() -> tuple[OpenPGPHostSession, OpenPGPCardSession]:
    return OpenPGPHostSession(KEYS), OpenPGPCardSession(KEYS, CHALLENGE)


def test_a_command_with_data_and_no_response() -> None:
    host, card = ends()
    protected = host.protect(WRITE, CHALLENGE)
    objects = b"\x87\x11\x01" + encipher(b"jane")
    field = objects + b"\x8e\x08" + mac(bytes.fromhex("0CDA005E"), objects)
    assert protected.to_bytes() == bytes.fromhex("0CDA005E1D") + field
    assert card.open(protected) == WRITE
    assert card.protect(protected, ResponseAPDU(b"", SW.OK)).to_bytes() == b"\x90\x00"
    assert host.open(WRITE, ResponseAPDU(b"", SW.OK)) == ResponseAPDU(b"", SW.OK)


def test_a_command_without_data_and_its_response() -> None:
    host, card = ends()
    protected = host.protect(READ, CHALLENGE)
    le = bytes.fromhex("970100")
    assert protected.data == le + b"\x8e\x08" + mac(bytes.fromhex("0CCA005E"), le)
    assert protected.ne == 256
    assert card.open(protected) == READ
    response = card.protect(protected, ResponseAPDU(b"jane", SW.OK))
    objects = b"\x87\x11\x01" + encipher(b"jane") + bytes.fromhex("99029000")
    assert response == ResponseAPDU(objects + b"\x8e\x08" + mac(objects), SW.OK)
    assert host.open(READ, response) == ResponseAPDU(b"jane", SW.OK)


def test_an_odd_instruction() -> None:
    host, card = ends()
    protected = host.protect(GENERATE, CHALLENGE)
    objects = b"\x85\x10" + encipher(GENERATE.data) + bytes.fromhex("970100")
    assert protected.data == objects + b"\x8e\x08" + mac(bytes.fromhex("0C478000"), objects)
    assert card.open(protected) == GENERATE
    response = card.protect(protected, ResponseAPDU(b"public key", SW.OK))
    assert response.data.startswith(b"\x85\x10" + encipher(b"public key"))
    assert host.open(GENERATE, response) == ResponseAPDU(b"public key", SW.OK)


def test_a_command_of_nothing_but_its_header() -> None:
    host, card = ends()
    terminate = CommandAPDU(0, 0xE6, 0, 0)
    protected = host.protect(terminate, CHALLENGE)
    assert protected.data == b"\x8e\x08" + mac(bytes.fromhex("0CE60000"))
    assert card.open(protected) == terminate


def test_a_refusal_with_a_checksum_is_told_from_one_without() -> None:
    host, card = ends()
    protected = host.protect(READ, CHALLENGE)
    card.open(protected)
    refusal = card.protect(protected, ResponseAPDU(b"", SW.REFERENCED_DATA_NOT_FOUND))
    objects = bytes.fromhex("99026A88")
    assert refusal.data == objects + b"\x8e\x08" + mac(objects)
    assert host.open(READ, refusal) == ResponseAPDU(b"", SW.REFERENCED_DATA_NOT_FOUND)
    host.protect(READ, CHALLENGE)
    assert host.open(READ, ResponseAPDU(b"", SW.SM_OBJECTS_MISSING)) == ResponseAPDU(b"", SW.SM_OBJECTS_MISSING)
    host.protect(READ, CHALLENGE)
    with pytest.raises(SecureMessagingError):
        host.open(READ, ResponseAPDU(b"", SW.OK))


def test_a_forged_response_is_refused() -> None:
    host, card = ends()
    protected = host.protect(READ, CHALLENGE)
    card.open(protected)
    response = card.protect(protected, ResponseAPDU(b"jane", SW.OK))
    with pytest.raises(SecureMessagingError, match="checksum"):
        host.open(READ, ResponseAPDU(response.data[:-1] + bytes((response.data[-1] ^ 1,)), SW.OK))
    with pytest.raises(SecureMessagingError, match="no command"):
        host.open(READ, response)
    host.protect(READ, OTHER_CHALLENGE)
    with pytest.raises(SecureMessagingError, match="checksum"):
        host.open(READ, response)


def test_a_challenge_serves_one_command() -> None:
    host, card = ends()
    protected = host.protect(READ, CHALLENGE)
    card.open(protected)
    with pytest.raises(SecureMessagingError, match="served"):
        card.open(protected)
    with pytest.raises(SecureMessagingError, match="8 bytes"):
        host.protect(READ, bytes(8))


def test_a_wrong_checksum_is_6982() -> None:
    host, _ = ends()
    with pytest.raises(SecureMessagingError) as refusal:
        OpenPGPCardSession(KEYS, OTHER_CHALLENGE).open(host.protect(READ, CHALLENGE))
    assert refusal.value.sw == SW.SECURITY_STATUS_NOT_SATISFIED


def test_nothing_of_a_session_is_shown() -> None:
    assert [repr(end) for end in ends()] == ["<OpenPGPHostSession>", "<OpenPGPCardSession>"]


@given(
    ins=st.sampled_from(sorted(PROTECTED_INSTRUCTIONS)),
    data=st.binary(max_size=600),
    ne=st.sampled_from([None, 1, 256, 257, 65536]),
    answer=st.binary(max_size=600),
    size=st.sampled_from([16, 24, 32]),
    challenge=st.binary(min_size=16, max_size=16),
)
def test_what_is_protected_opens(
    ins: int, data: bytes, ne: int | None, answer: bytes, size: int, challenge: bytes
) -> None:
    keys = SessionKeys(KeyType.AES, bytes(range(size)), bytes(range(size, 2 * size)))
    host, card = OpenPGPHostSession(keys), OpenPGPCardSession(keys, challenge)
    command = CommandAPDU(0, ins, 1, 2, data, ne)
    protected = host.protect(command, challenge)
    assert card.open(protected) == command
    response = ResponseAPDU(b"" if ne is None else answer, SW.OK)
    assert host.open(command, card.protect(protected, response)) == response


@given(
    cla=st.sampled_from([0x00, 0x04, 0x08, 0x0C, 0x1C, 0x60, 0x80]),
    ins=st.sampled_from([*sorted(PROTECTED_INSTRUCTIONS), 0x2A]),
    field=st.one_of(
        st.binary(max_size=40),
        st.lists(
            st.sampled_from(["8E080102030405060708", "970100", "8711", "8901", "89040CCA005E", "8100", "990290"])
        ).map(lambda parts: bytes.fromhex("".join(parts))),
    ),
)
def test_hostile_commands_raise_nothing_else(cla: int, ins: int, field: bytes) -> None:
    with suppress(SecureMessagingError):
        OpenPGPCardSession(KEYS, CHALLENGE).open(CommandAPDU(cla, ins, 0x00, 0x5E, field, 256))


@given(data=st.binary(max_size=60), sw=st.sampled_from([SW.OK, SW.SM_OBJECTS_INCORRECT]))
def test_hostile_responses_raise_nothing_else(data: bytes, sw: SW) -> None:
    host = OpenPGPHostSession(KEYS)
    host.protect(READ, CHALLENGE)
    with suppress(SecureMessagingError):
        assert host.open(READ, ResponseAPDU(data, sw)).data == b""
