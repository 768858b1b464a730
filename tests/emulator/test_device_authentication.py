"""The device authentication of CWA 14890-1 (EN 419212-3): its tokens, what is refused, and its session."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from emulator import Card, CardDefinitionError, CardImageError
from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.secure_messaging import HostSession
from iso7816.secure_messaging.device_authentication import (
    Device,
    DeviceToken,
    device_keys,
    device_session,
    make_device_token,
    read_device_token,
)
from iso7816.secure_messaging.key_establishment import Contribution, make_token

ENCRYPTION = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
CHECKSUM = bytes.fromhex("505152535455565758595A5B5C5D5E5F")
KEYS = device_keys(ENCRYPTION, CHECKSUM)
SN_ICC = bytes.fromhex("0100020304050607")
SN_IFD = bytes.fromhex("1112131415161718")
KEY = f"""
[[keys]]
reference = 5
type = "3des"
usage = ["external", "device authentication"]
value = "{ENCRYPTION.hex()}"
checksum_value = "{CHECKSUM.hex()}"
tries = 3
"""
GDO = """
[files."3F00/2F02"]
type = "transparent"
content = { hex = "5F20 02 4142  5A 0A 8027 0100020304050607" }
"""
FILE = """
[files."3F00/6F01"]
type = "transparent"
content = "between us"
access = { read = "secure messaging" }
"""


class Devices:
    """The outside of a card, with a serial number and keys of its own.

    Attributes:
        materials: the key material that the card has brought.
    """

    def __init__(self, terminal: Any) -> None:
        self.terminal = terminal
        self.keys = KEYS
        self.icc_number = SN_ICC
        self.ifd_challenge = bytes(range(8))
        self.materials: list[bytes] = []

    def authenticate(self, *, named: bytes | None = None) -> tuple[str, HostSession | None]:
        """The status word, and the session that has begun; ``named``: a challenge that the card has not given."""
        icc = Device(named or self.terminal.ok("0084000008"), self.icc_number)
        own = DeviceToken(Device(self.ifd_challenge, SN_IFD), icc, bytes(range(32)))
        data, sw = self.terminal.send(f"0082000548{make_device_token(self.keys, own).hex()}00")
        if sw != 0x9000:
            assert data == b""
            return f"{sw:04X}", None
        theirs = read_device_token(KEYS, data)
        assert (theirs.sender, theirs.receiver) == (icc, own.sender)
        self.materials.append(theirs.material)
        return "9000", HostSession(*device_session(own, theirs))

    def say(self, session: HostSession, command: str) -> ResponseAPDU:
        plain = CommandAPDU.parse(bytes.fromhex(command))
        answer = self.terminal.card.transmit(session.protect(plain).to_bytes())
        return session.open(plain, ResponseAPDU.parse(answer))


@pytest.fixture
def devices(define: Callable[[str], Any]) -> Devices:
    return Devices(define(GDO + FILE + KEY))


def test_a_session_begins(devices: Devices) -> None:
    devices.terminal.select("6F01")
    assert devices.terminal.sw("00B0000002") == "6982"
    sw, session = devices.authenticate()
    assert sw == "9000"
    assert session is not None
    assert devices.say(session, "00B000000A") == ResponseAPDU(b"between us", 0x9000)
    assert devices.say(session, "00820005") == ResponseAPDU(b"", 0x9000)
    devices.terminal.sw("00B000000A")
    assert devices.terminal.sw("00820005") == "63C3", "the key counts for as long as the session lasts"


def test_session_keys_are_hashes_of_what_both_ends_brought() -> None:
    icc, ifd = Device(b"\x33" * 4 + b"\x44" * 4, SN_ICC), Device(b"\x11" * 4 + b"\x22" * 4, SN_IFD)
    outside, card = DeviceToken(ifd, icc, bytes(range(32))), DeviceToken(icc, ifd, bytes(range(0x80, 0xA0)))
    keys, counter = device_session(outside, card)
    seed = bytes(a ^ b for a, b in zip(outside.material, card.material, strict=True))
    for key, number in ((keys.encryption, 1), (keys.checksum, 2)):
        digest = hashlib.sha1(seed + number.to_bytes(4, "big")).digest()  # noqa: S324
        assert bytes(byte & 0xFE for byte in key) == bytes(byte & 0xFE for byte in digest[:16])
    assert counter == b"\x44" * 4 + b"\x22" * 4


def test_the_card_brings_material_of_its_own_each_time(devices: Devices) -> None:
    for _ in range(3):
        assert devices.authenticate()[0] == "9000"
    assert len(set(devices.materials)) == 3
    assert all(len(set(each)) > 8 for each in devices.materials), "random bytes"


@pytest.mark.parametrize(
    "spoil",
    [
        {"keys": device_keys(CHECKSUM, CHECKSUM)},
        {"keys": device_keys(ENCRYPTION, ENCRYPTION)},
        {"icc_number": SN_IFD},
    ],
    ids=["another K.ENC", "another K.MAC", "another serial number"],
)
def test_what_is_wrong_costs_a_try_and_what_is_right_gives_them_back(devices: Devices, spoil: dict[str, Any]) -> None:
    right = vars(devices).copy()
    for left in (2, 1):
        vars(devices).update(spoil)
        assert devices.authenticate() == (f"63C{left}", None)
    vars(devices).update(right)
    assert devices.authenticate()[0] == "9000"
    vars(devices).update(spoil)
    for word in ("63C2", "63C1", "63C0", "6983"):
        assert devices.authenticate() == (word, None)
    vars(devices).update(right)
    assert devices.authenticate() == ("6983", None)


def test_a_challenge_that_the_card_has_not_given_is_of_no_use(devices: Devices) -> None:
    assert devices.authenticate(named=bytes(8)) == ("6985", None)
    devices.terminal.ok("0084000008")
    assert devices.authenticate(named=bytes(8)) == ("63C2", None)


def test_the_cards_own_token_is_no_answer(devices: Devices) -> None:
    challenge = devices.terminal.ok("0084000008")
    devices.ifd_challenge = challenge
    mirrored = DeviceToken(Device(challenge, SN_ICC), Device(challenge, SN_ICC), bytes(32))
    assert devices.terminal.sw(f"0082000548{make_device_token(KEYS, mirrored).hex()}00") == "63C2"


@pytest.mark.parametrize("token", ["", "00", bytes(8).hex(), bytes(16).hex(), bytes(40).hex(), bytes(71).hex()])
def test_tokens_of_another_length_are_none(devices: Devices, token: str) -> None:
    devices.terminal.ok("0084000008")
    expected = "63C3" if not token else "6700"
    assert devices.terminal.sw(f"00820005{len(token) // 2:02X}{token}00" if token else "00820005") == expected


def test_the_answer_needs_room(devices: Devices) -> None:
    devices.terminal.ok("0084000008")
    assert devices.terminal.sw(f"0082000548{bytes(72).hex()}") == "6700"


@pytest.mark.parametrize(
    "commands",
    [
        ("0088000508 0001020304050607 00",),
        ("002281A403830105", "0088000008 0001020304050607 00"),
        ("002231B403830105", "002231B803830105"),
        ("002281B803830105", "002A848008 0001020304050607 00"),
        ("002241B803830105", "002A808609 000001020304050607 00"),
        ("002241B403830105", "002A8E8008 0001020304050607 00"),
        ("002281B403830105", "002A00A20E 800400010203 8E06000102030405"),
    ],
    ids=["internal", "internal, environment", "static keys", "encipher", "decipher", "compute a MAC", "verify a MAC"],
)
def test_the_key_does_nothing_else(devices: Devices, commands: tuple[str, ...]) -> None:
    devices.terminal.ok("0084000008", *commands[:-1])
    assert devices.terminal.sw(commands[-1]) in ("6984", "6A88")


@pytest.mark.parametrize(
    "gdo",
    [
        "",
        GDO.replace("5A", "5B"),
        GDO.replace("5A 0A", "5A 7A"),
        GDO.replace("5A 0A 8027 0100020304050607", "5A 00"),
        GDO.replace("5F20 02 4142", ""),
    ],
)
def test_a_card_without_a_serial_number_authenticates_no_device(define: Callable[[str], Any], gdo: str) -> None:
    devices = Devices(define(gdo + KEY))
    has_one = "5A 0A" in gdo
    assert devices.authenticate()[0] == ("9000" if has_one else "6985")
    if not has_one:
        assert devices.terminal.sw("00820005") == "63C3", "no try was spent"


def test_the_serial_number_may_be_in_a_record(define: Callable[[str], Any]) -> None:
    record = '[files."3F00/2F02"]\ntype = "linear variable"\nrecords = [{ hex = "5A 03 050607" }]\n'
    devices = Devices(define(record + KEY))
    devices.icc_number = bytes.fromhex("0000000000050607")
    assert devices.authenticate()[0] == "9000"


def test_the_tokens_of_passports_go_by_keys_for_secure_messaging(define: Callable[[str], Any]) -> None:
    terminal = define(
        GDO + KEY + f'[[keys]]\nreference = 6\ntype = "3des"\nusage = ["external", "secure messaging"]\n'
        f'value = "{ENCRYPTION.hex()}"\n'
    )
    challenge = terminal.ok("0084000008")
    token = make_token(KeyType.TRIPLE_DES, ENCRYPTION, Contribution(bytes(8), challenge, bytes(16)))
    assert terminal.sw(f"0082000628{token.hex()}00") == "9000"
    terminal.ok("0084000008")
    assert terminal.sw(f"0082000648{bytes(72).hex()}00") == "6700"


def test_the_environment_may_name_the_key(devices: Devices) -> None:
    terminal = devices.terminal
    terminal.ok("002281A403830105")
    challenge = terminal.ok("0084000008")
    own = DeviceToken(Device(bytes(8), SN_IFD), Device(challenge, SN_ICC), bytes(32))
    assert terminal.sw(f"0082000048{make_device_token(KEYS, own).hex()}00") == "9000"


def test_an_image_keeps_both_keys(devices: Devices, tmp_path: Any) -> None:
    path = tmp_path / "card.image"
    devices.terminal.card.save(path)
    with Card.open(path) as opened:
        devices.terminal.card = opened
        opened.power_on()
        assert devices.authenticate()[0] == "9000"


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        ({"type": "aes"}, bytes(32)),
        ({"type": "aes", "bits": 256}, bytes(64)),
        ({"bits": 192}, bytes(48)),
        ({"type": "hmac"}, bytes(32)),
        ({"operations": "external, encipher, device authentication"}, bytes(32)),
        ({"operations": "device authentication"}, bytes(32)),
        ({}, bytes(16)),
        ({"type": "hmac", "operations": "secure messaging", "bits": 128}, bytes(16)),
    ],
)
def test_an_image_with_another_such_key_is_damaged(
    devices: Devices, tmp_path: Any, columns: dict[str, Any], value: bytes
) -> None:
    path = tmp_path / "card.image"
    devices.terminal.card.save(path)
    connection = sqlite3.connect(path)
    with connection:
        for column, content in {**columns, "value": value}.items():
            connection.execute(f"UPDATE keys SET {column} = ? WHERE reference = 5", (content,))  # noqa: S608
    connection.close()
    with pytest.raises(CardImageError):
        Card.open(path)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (('"external", "device authentication"', '"external", "internal", "device authentication"'), "keys[0].usage"),
        (('"external", "device authentication"', '"device authentication"'), "keys[0].usage"),
        (('type = "3des"', 'type = "aes"'), "keys[0].usage[1]"),
        ((f'value = "{ENCRYPTION.hex()}"\n', f'value = "{bytes(24).hex()}"\n'), "keys[0].value"),
        ((f'value = "{ENCRYPTION.hex()}"\n', "generated = true\nsize = 128\n"), "keys[0].value"),
        ((f'value = "{ENCRYPTION.hex()}"\n', "empty = true\nsize = 128\n"), "keys[0].value"),
        ((f'checksum_value = "{CHECKSUM.hex()}"\n', ""), "keys[0].checksum_value"),
        ((f'checksum_value = "{CHECKSUM.hex()}"', f'checksum_value = "{CHECKSUM.hex()}00"'), "keys[0].checksum_value"),
        (('usage = ["external", "device authentication"]', 'usage = ["external"]'), "keys[0].checksum_value"),
    ],
)
def test_definitions_of_no_such_key(define: Callable[[str], Any], change: tuple[str, str], where: str) -> None:
    assert change[0] in KEY
    with pytest.raises(CardDefinitionError) as refused:
        define(KEY.replace(*change))
    assert str(refused.value).startswith(f"{where}: ")
    assert CHECKSUM.hex() not in str(refused.value)
