"""The tokens of the device authentication: those that another implementation makes, and one end against the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.secure_messaging import SecureMessagingError
from iso7816.secure_messaging.device_authentication import (
    DEVICE_TOKEN_LENGTH,
    Device,
    DeviceToken,
    device_keys,
    device_session,
    make_device_token,
    read_device_token,
    serial_number_of,
)


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def without_parity(key: bytes) -> bytes:
    return bytes(byte & 0xFE for byte in key)


KEYS = device_keys(raw("404142434445464748494A4B4C4D4E4F"), raw("505152535455565758595A5B5C5D5E5F"))
IFD = Device(raw("781723860C06C226"), raw("1112131415161718"))
ICC = Device(raw("4608F91988702212"), raw("0100020304050607"))
OUTSIDE = DeviceToken(IFD, ICC, bytes(range(32)))
CARD = DeviceToken(ICC, IFD, bytes(range(0x80, 0xA0)))

# The cryptogram and the session keys as libsmm-local of OpenSC 0.23 makes them (tests/interop has it make others); the
# MAC as PyCryptodome does (ISO/IEC 9797-1, MAC algorithm 3, padding method 2).
CRYPTOGRAM = raw(
    "0B3EB256632C4E3396D77A788B5A04EC48F14A932F41B35C8297AF87CE3240FE"
    "78E0EBBA1F8CAC02AA3B3994ECCA2224301851D40EBC564789E2DBC95A4454D8"
)
MAC = raw("B7945EF0FA69DAB0")
ENCRYPTION_OF_SESSION = raw("BDDAD1C97C15CFA24B418FF7BE08FF5B")
CHECKSUM_OF_SESSION = raw("A3AC6010651CFBEA14262E28E606409B")

eight = st.binary(min_size=8, max_size=8)
devices = st.builds(Device, eight, eight)
tokens = st.builds(DeviceToken, devices, devices, st.binary(min_size=32, max_size=32))


def test_the_token_is_that_of_another_implementation() -> None:
    assert make_device_token(KEYS, OUTSIDE) == CRYPTOGRAM + MAC
    assert read_device_token(KEYS, CRYPTOGRAM + MAC) == OUTSIDE


def test_so_are_keys_and_counter_of_the_session() -> None:
    keys, counter = device_session(OUTSIDE, CARD)
    assert without_parity(keys.encryption) == without_parity(ENCRYPTION_OF_SESSION)
    assert without_parity(keys.checksum) == without_parity(CHECKSUM_OF_SESSION)
    assert counter == raw("887022120C06C226")


@given(tokens, st.integers(0, DEVICE_TOKEN_LENGTH * 8 - 1))
def test_one_end_reads_what_the_other_made_and_nothing_changed(token: DeviceToken, bit: int) -> None:
    made = make_device_token(KEYS, token)
    assert len(made) == DEVICE_TOKEN_LENGTH
    assert read_device_token(KEYS, made) == token
    changed = bytearray(made)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SecureMessagingError):
        read_device_token(KEYS, bytes(changed))


@given(st.binary(max_size=80))
def test_other_data_are_no_token(data: bytes) -> None:
    with pytest.raises(SecureMessagingError):
        read_device_token(KEYS, data)


@given(st.binary(max_size=20))
def test_a_serial_number_is_the_end_of_an_identifier(identifier: bytes) -> None:
    number = serial_number_of(identifier)
    assert len(number) == 8
    assert (bytes(8) + identifier).endswith(number)


@pytest.mark.parametrize("lengths", [(15, 16), (16, 24), (24, 16), (0, 16)])
def test_keys_have_16_bytes(lengths: tuple[int, int]) -> None:
    with pytest.raises(SecureMessagingError):
        device_keys(*map(bytes, lengths))


def test_devices_and_tokens_are_of_one_size() -> None:
    for challenge, number in ((7, 8), (8, 9)):
        with pytest.raises(SecureMessagingError):
            Device(bytes(challenge), bytes(number))
    with pytest.raises(SecureMessagingError):
        DeviceToken(IFD, ICC, bytes(16))
    assert OUTSIDE.material.hex() not in repr(OUTSIDE)
    assert KEYS.checksum.hex() not in repr(KEYS)
