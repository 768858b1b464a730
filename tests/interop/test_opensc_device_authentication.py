"""OpenSC's secure messaging module against the card: the device authentication of CWA 14890-1, and a session.

The library has no program of its own but the driver for IAS ECC cards; its functions are called here, with the
structures of OpenSC 0.23. Of its checksums only the last four bytes are compared: since OpenSC 0.20 the first four are
not those of ISO/IEC 9797-1, MAC algorithm 3 (``DES_cbc_cksum_3des_emv96`` leaves them at the value before the last
block).
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, Structure, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_ulong, c_void_p
from pathlib import Path

import pytest

from emulator import Card
from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.secure_messaging import HostSession, SessionKeys

from .opensc_version import opensc_version

pytestmark = pytest.mark.skipif(opensc_version() != (0, 23), reason="needs the structures of OpenSC 0.23")

LIBRARY = "libsmm-local.so.8"
ENCRYPTION = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
CHECKSUM = bytes.fromhex("505152535455565758595A5B5C5D5E5F")
ICCSN = bytes.fromhex("80276001020304050607")
SHA_1 = 0x0C
CARD = f"""
[files."3F00/2F02"]
type = "transparent"
content = {{ hex = "5A0A{ICCSN.hex()}" }}
[files."3F00/6F01"]
type = "transparent"
content = {{ hex = "0001020304050607" }}
access = {{ read = "secure messaging", update = "secure messaging" }}
[[keys]]
reference = 5
type = "3des"
usage = ["external", "device authentication"]
value = "{ENCRYPTION.hex()}"
checksum_value = "{CHECKSUM.hex()}"
"""


class Keyset(Structure):
    _fields_ = [("reference", c_uint), ("enc", c_ubyte * 16), ("mac", c_ubyte * 16)]


class ControlReference(Structure):
    _fields_ = [("tag", c_uint), ("usage", c_uint), ("algo", c_uint), ("refs", c_uint * 8)]


class TokenData(Structure):
    _fields_ = [("sn", c_ubyte * 8), ("rnd", c_ubyte * 8), ("k", c_ubyte * 32)]


class Session(Structure):
    _fields_ = [
        ("keyset", Keyset),
        ("params", ControlReference),
        ("icc", TokenData),
        ("ifd", TokenData),
        ("session_enc", c_ubyte * 16),
        ("session_mac", c_ubyte * 16),
        ("ssc", c_ubyte * 8),
        ("host_challenge", c_ubyte * 8),
        ("card_challenge", c_ubyte * 8),
        ("mdata", c_ubyte * 0x48),
        ("mdata_len", c_size_t),
    ]


class Info(Structure):
    """``struct sm_info``, as far as a session is concerned."""

    _fields_ = [
        ("config_section", c_ubyte * 64),
        ("card_type", c_uint),
        ("cmd", c_uint),
        ("cmd_data", c_void_p),
        ("sm_type", c_uint),
        ("session", Session),
        ("rest", c_ubyte * 8192),
    ]


class APDU(Structure):
    _fields_ = [
        ("cse", c_int),
        ("cla", c_ubyte),
        ("ins", c_ubyte),
        ("p1", c_ubyte),
        ("p2", c_ubyte),
        ("lc", c_size_t),
        ("le", c_size_t),
        ("data", c_void_p),
        ("datalen", c_size_t),
        ("resp", c_void_p),
        ("resplen", c_size_t),
        ("control", c_ubyte),
        ("allocation_flags", c_uint),
        ("sw1", c_uint),
        ("sw2", c_uint),
        ("mac", c_ubyte * 8),
        ("mac_len", c_size_t),
        ("flags", c_ulong),
        ("next", c_void_p),
    ]


class RemoteAPDU(Structure):
    _fields_ = [("sbuf", c_ubyte * 522), ("rbuf", c_ubyte * 522), ("apdu", APDU), ("flags", c_uint), ("next", c_void_p)]


class OpenSC:
    """The module, and a session of its."""

    def __init__(self) -> None:
        ctypes.CDLL("libopensc.so.8", mode=ctypes.RTLD_GLOBAL)
        self._library = ctypes.CDLL(LIBRARY)
        self._library.sm_encrypt_des_cbc3.argtypes = (
            c_void_p,
            c_char_p,
            c_char_p,
            c_size_t,
            POINTER(POINTER(c_ubyte)),
            POINTER(c_size_t),
            c_int,
        )
        self.info = Info()
        self.session = self.info.session
        self.session.keyset.enc[:] = ENCRYPTION
        self.session.keyset.mac[:] = CHECKSUM

    def checksum(self, key: bytes, data: bytes, correct: bytes, *, pads: bool = True) -> bytes:
        """The module's, whose last bytes have to be those of the right one."""
        initial, made = ctypes.create_string_buffer(8), ctypes.create_string_buffer(8)
        assert self._library.sm_cwa_get_mac(None, key, initial, data, len(data), made, int(pads)) == 0
        assert made.raw[4:] == correct[4:]
        return made.raw

    def token(self) -> bytes:
        """The cryptogram of the outside."""
        content = ctypes.create_string_buffer(64)
        assert self._library.sm_cwa_encode_mutual_auth_data(None, ctypes.byref(self.session), content, 64) == 64
        out, length = POINTER(c_ubyte)(), c_size_t()
        keys = bytes(self.session.keyset.enc)
        done = self._library.sm_encrypt_des_cbc3(None, keys, content, 64, ctypes.byref(out), ctypes.byref(length), 1)
        assert done == 0
        return bytes(out[: length.value])

    def accepts(self, token: bytes) -> bool:
        """Whether it takes the card's token; the session's keys are there then."""
        cryptogram = token[:-8]
        self.session.mdata[:] = cryptogram + self.checksum(bytes(self.session.keyset.mac), cryptogram, token[-8:])
        self.session.mdata_len = 64
        by = ctypes.byref
        if self._library.sm_cwa_decode_authentication_data(None, by(self.session.keyset), by(self.session), None):
            return False
        assert self._library.sm_cwa_init_session_keys(None, by(self.session), SHA_1) == 0
        return True

    def protected(self, command: CommandAPDU) -> tuple[int, bytes]:
        """CLA and data of the command under the session."""
        room = ctypes.create_string_buffer(command.data, 1024)
        remote = RemoteAPDU()
        apdu = remote.apdu
        apdu.cla, apdu.ins, apdu.p1, apdu.p2 = command[:4]
        apdu.data, apdu.datalen, apdu.le = ctypes.addressof(room), len(command.data), command.ne or 0
        assert self._library.sm_cwa_securize_apdu(None, ctypes.byref(self.info), ctypes.byref(remote)) == 0
        return apdu.cla, room.raw[: apdu.datalen]


def right_checksum(keys: SessionKeys, data: bytes) -> bytes:
    """What ISO/IEC 9797-1 has for whole blocks, by the ciphers of another library."""
    from Crypto.Cipher import DES, DES3

    padded = data + b"\x80" + bytes(-(len(data) + 1) % 8)
    chained = DES.new(keys.checksum[:8], DES.MODE_CBC, bytes(8)).encrypt(padded[:-8])[-8:]  # noqa: S304
    return DES3.new(keys.checksum[:16], DES3.MODE_CBC, chained).encrypt(padded[-8:])


@pytest.fixture
def opensc() -> OpenSC:
    return OpenSC()


@pytest.fixture
def card(tmp_path: Path) -> Card:
    definition = tmp_path / "card.toml"
    definition.write_text(CARD, encoding="ascii")
    card = Card.from_profile(definition)
    card.power_on()
    return card


def begin(opensc: OpenSC, card: Card, serial_number: bytes = ICCSN) -> ResponseAPDU:
    """GET CHALLENGE and MUTUAL AUTHENTICATE, with the serial number that EF.GDO has."""
    session = opensc.session
    session.icc.sn[:] = serial_number[-8:]
    session.icc.rnd[:] = card.transmit(bytes.fromhex("0084000008"))[:8]
    session.ifd.sn[:] = bytes.fromhex("0102030405060708")
    session.ifd.rnd[:] = os.urandom(8)
    session.ifd.k[:] = os.urandom(32)
    cryptogram = opensc.token()
    mac = right_checksum(SessionKeys(KeyType.TRIPLE_DES, ENCRYPTION, CHECKSUM), cryptogram)
    opensc.checksum(CHECKSUM, cryptogram, mac)
    return ResponseAPDU.parse(card.transmit(bytes.fromhex("0082000548") + cryptogram + mac + b"\0"))


def test_opensc_and_the_card_authenticate_each_other_and_speak_under_a_session(opensc: OpenSC, card: Card) -> None:
    answer = begin(opensc, card)
    assert answer.sw == 0x9000
    assert opensc.accepts(answer.data)
    session = opensc.session
    keys = SessionKeys(KeyType.TRIPLE_DES, bytes(session.session_enc), bytes(session.session_mac))
    ours = HostSession(keys, bytes(session.ssc))
    # The module always enciphers data and always says how much may come back: commands that have both.
    for plain, expected in (("00A40000026F0100", "6F"), ("00B10000045402000406", "530404050607")):
        command = CommandAPDU.parse(bytes.fromhex(plain))
        counter = (int.from_bytes(session.ssc, "big") + 1).to_bytes(8, "big")
        cla, data = opensc.protected(command)
        header = bytes((cla, *command[1:4])) + b"\x80\0\0\0"
        mac = right_checksum(keys, counter + header + data[:-10])
        opensc.checksum(keys.checksum, counter + header + data[:-10], mac, pads=False)
        assert data[-8:-4] != mac[:4]
        sent = CommandAPDU(cla, *command[1:4], data[:-8] + mac, 256)
        ours.protect(command)
        response = ResponseAPDU.parse(card.transmit(sent.to_bytes()))
        opened = ours.open(command, response)
        assert opened.sw == 0x9000
        assert opened.data.hex().upper().startswith(expected)


def test_another_serial_number_is_refused(opensc: OpenSC, card: Card) -> None:
    assert begin(opensc, card, bytes(10)).sw == 0x6300
