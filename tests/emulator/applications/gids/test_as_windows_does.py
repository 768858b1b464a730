"""A key is put into a container and used in the way of Windows' module: what it sends, in the order in which it does.

Sources: Microsoft, "Windows Smart Card Minidriver Specification" (freshness, containers); the dialogue that those who
made the Java Card applet GidsApplet recorded. The key is a new one.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from gids_desk import DECIPHER, FIRST, NAME, SIGN, key_file, key_template, pkcs1

from emulator.applications.gids.base_files import (
    Container,
    FileEntry,
    KeyEntry,
    certificate_file,
    container_map,
    file_table,
    key_map,
    read_certificate_file,
    read_file_table,
)
from emulator.applications.gids.personalisation import containers_of, values_of
from iso7816.ber_tlv import TLV, decode_all

GUID = "00eb5be7-d2bd-48f8-9211-b0faddbf2788"
PART = 0xF0
RSA_2048 = 0x07
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(range(32))


def send_in_parts(desk: Any, ins: int, parameters: int, data: bytes) -> None:
    """A command in a chain, in parts of 240 bytes."""
    header = bytes((ins, parameters >> 8, parameters & 0xFF))
    for start in range(0, len(data), PART):
        part = data[start : start + PART]
        cla = 0x10 if start + PART < len(data) else 0x00
        assert desk.card.transmit(bytes((cla,)) + header + bytes((len(part),)) + part) == b"\x90\x00"


def read(desk: Any, fid: int, wanted: str) -> bytes:
    """What GET DATA with a short Le gives, and GET RESPONSE after it."""
    data = bytes.fromhex(wanted)
    response = desk.card.transmit(bytes((0x00, 0xCB, fid >> 8, fid & 0xFF, len(data))) + data + b"\x00")
    found = response[:-2]
    while response[-2] == 0x61:
        response = desk.card.transmit(bytes((0x00, 0xC0, 0x00, 0x00, response[-1])))
        found += response[:-2]
    assert response[-2:] == b"\x90\x00"
    return found  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def long_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def test_discovery(desk: Any) -> None:
    assert desk.sw(0xA4, 0x0400, bytes.fromhex("A00000030800001000"), 256) == "6A82"  # PIV
    assert desk.sw(0xA4, 0x0400, bytes.fromhex("A00000039743 49445F0100"), 256) == "6A82"  # plug and play
    assert desk.select(0x3FFF) == "9000"
    assert desk.sw(0xA4, 0x0400, NAME, 256) == "9000"
    assert read(desk, 0x2F01, "5C00")[:2].hex() == "4301"


def test_a_key_comes_into_a_container_and_is_used(desk: Any, long_key: rsa.RSAPrivateKey) -> None:
    assert desk.verify() == "9000"
    cache = "{:02x}{:02x}{:02x}00{:02x}00"
    empty = container_map((Container(GUID, 1),))
    assert desk.put(0xA010, 0xDF22, bytes.fromhex(cache.format(0, 0, 0, 1))) == "9000"
    assert desk.put(0xA010, 0xDF23, empty) == "9000"
    assert desk.put(0xA010, 0xDF22, bytes.fromhex(cache.format(0, 0, 1, 1))) == "9000"
    assert desk.create(key_file(FIRST, RSA_2048)) == "9000"
    send_in_parts(desk, 0xDB, 0x3FFF, key_template(FIRST, pkcs1(long_key)))
    assert desk.put(0xA000, 0xDF20, key_map((KeyEntry(RSA_2048, 0x9A, 0xB081),))) == "9000"
    assert desk.put(0xA010, 0xDF22, bytes.fromhex(cache.format(0, 0, 1, 2))) == "9000"
    assert desk.put(0xA010, 0xDF23, container_map((Container(GUID, 3, 0, 2048),))) == "9000"

    table = read_file_table(desk.get(0xA000, 0xDF1F))
    assert desk.put(0xA000, 0xDF1F, file_table((*table, FileEntry("mscp", "kxc00", 0xDF24, 0xA010)))) == "9000"
    certificate = os.urandom(1000)  # which does not get shorter
    send_in_parts(desk, 0xDB, 0xA010, TLV(0xDF24, certificate_file(certificate)).to_bytes())
    (stored,) = decode_all(read(desk, 0xA010, "5C02DF24"))
    assert read_certificate_file(stored.value) == certificate

    public = read(desk, 0x3FFF, "7008840181A5037F4980")
    assert len(public) == 270
    assert long_key.public_key().public_numbers().n.to_bytes(256, "big") in public
    for data in (DIGEST_INFO, bytes(36)):
        assert desk.environment(SIGN, 0x50 | RSA_2048) == "9000"
        signature = desk.ok(0x2A, 0x9E9A, data, 256)
        assert long_key.public_key().recover_data_from_signature(signature, padding.PKCS1v15(), None) == data
    assert desk.environment(DECIPHER, 0x40 | RSA_2048) == "9000"
    cryptogram = long_key.public_key().encrypt(b"test1234567890", padding.PKCS1v15())
    assert desk.card.transmit(bytes((0x10, 0x2A, 0x80, 0x86, PART)) + cryptogram[:PART]) == b"\x90\x00"
    last = cryptogram[PART:]
    response = desk.card.transmit(bytes((0x00, 0x2A, 0x80, 0x86, len(last))) + last + b"\x00")
    assert response == b"test1234567890\x90\x00"

    (container,) = containers_of(values_of(desk.card.snapshot().state()))
    assert (container.name, container.bits, container.is_default) == (GUID, 2048, True)
    assert (container.public_key, container.certificate) == (long_key.public_key(), certificate)
