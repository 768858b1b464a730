"""What the tests of the application share: its commands, and templates of files and keys."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator import Card
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.ber_tlv import TLV, decode_all
from iso7816.confidentiality import decipher_blocks, encipher_blocks
from iso7816.key_algorithms import KeyAlgorithm

PIN, OTHER_PIN = b"12345678", b"8765"
PUK = b"20406080"
ADMIN_KEY = bytes.fromhex("010203040506070801020304050607080102030405060708")
OTHER_KEY = bytes.fromhex("0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123")
NAME = bytes.fromhex("A00000039742544659")
FIRST = 0x81
SIGN, DECIPHER, AUTHENTICATE = 0xB6, 0xB8, 0xA4
RSA_1024 = 0x06

# What Microsoft's "Windows Inbox Smart Card Minidriver" has sent to a card that is set up.
EMPTY_FILES = [
    "62 0C 82 01 39 83 02 A0 00 8C 03 03 30 00",
    "62 0C 82 01 39 83 02 A0 10 8C 03 03 30 00",
    "62 0C 82 01 39 83 02 A0 11 8C 03 03 30 FF",
    "62 0C 82 01 39 83 02 A0 12 8C 03 03 20 00",
    "62 0C 82 01 39 83 02 A0 13 8C 03 03 30 30",
    "62 0C 82 01 39 83 02 A0 14 8C 03 03 20 20",
    "62 1A 82 01 18 83 02 B0 80 8C 04 87 00 20 FF A5 0B A4 09 80 01 02 83 01 80 95 01 C0",
]
PUT_ADMIN_KEY = "70 24 84 01 80 A5 1F 87 18 010203040506070801020304050607080102030405060708 88 03 B0 73 DC"


class Desk:
    """Sends the commands of the application to a card, on which it is selected."""

    def __init__(self, card: Card) -> None:
        self.card = card
        card.power_on()
        self.selected = self.ok(0xA4, 0x0400, NAME, 256)

    def send(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> tuple[bytes, str]:
        """Response data and status word of one command, in the shortest form that carries it."""
        command = CommandAPDU(0, ins, parameters >> 8, parameters & 0xFF, data, ne)
        response = ResponseAPDU.parse(self.card.transmit(command.to_bytes()))
        return response.data, f"{response.sw:04X}"

    def ok(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> bytes:
        """The response data of a command that must answer 9000."""
        answer, sw = self.send(ins, parameters, data, ne)
        assert sw == "9000"
        return answer

    def sw(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> str:
        """The status word."""
        return self.send(ins, parameters, data, ne)[1]

    def select(self, fid: int) -> str:
        """The status word of selecting a file."""
        return self.sw(0xA4, 0x000C, fid.to_bytes(2, "big"))

    def verify(self, pin: bytes = PIN) -> str:
        """The status word of VERIFY."""
        return self.sw(0x20, 0x0080, pin)

    def deauthenticate(self) -> None:
        """End all that was verified and authenticated."""
        self.ok(0x20, 0x0082)

    def get_word(self, fid: int, tags: str) -> tuple[bytes, str]:
        """GET DATA with a tag list."""
        return self.send(0xCB, fid, TLV(0x5C, bytes.fromhex(tags)).to_bytes(), 65536)

    def get(self, fid: int, tag: int) -> bytes:
        """The value of one data object."""
        answer, sw = self.get_word(fid, f"{tag:X}")
        assert sw == "9000"
        (tlv,) = decode_all(answer)
        assert tlv.tag == tag
        return tlv.value

    def put(self, fid: int, tag: int, value: bytes) -> str:
        """The status word of PUT DATA with one data object."""
        return self.sw(0xDB, fid, TLV(tag, value).to_bytes())

    def create(self, template: str | bytes, *, activate: bool = True) -> str:
        """The status word of CREATE FILE; the file is activated."""
        data = bytes.fromhex(template) if isinstance(template, str) else template
        sw = self.sw(0xE0, 0, data)
        if sw == "9000" and activate:
            self.ok(0x44, 0)
        return sw

    def set_up_files(self) -> None:
        """As Microsoft's page does it: the PIN, and empty files."""
        self.ok(0x24, 0x0180, PIN)
        for template in EMPTY_FILES:
            assert self.create(template) == "9000"

    def set_up(self) -> None:
        """The same, then the administrator's key; then the application is operational."""
        self.set_up_files()
        self.ok(0xDB, 0x3FFF, bytes.fromhex(PUT_ADMIN_KEY))
        assert self.select(0x3FFF) == "9000"
        self.ok(0x44, 0)

    def environment(self, use: int, mechanism: int, reference: int = FIRST) -> str:
        """The status word of MANAGE SECURITY ENVIRONMENT for a key of RSA."""
        return self.sw(0x22, 0x4100 | use, bytes((0x80, 1, mechanism, 0x84, 1, reference)))

    def name_admin_key(self, p1: int = 0xC1) -> str:
        """The same for the administrator's key."""
        return self.sw(0x22, p1 << 8 | AUTHENTICATE, bytes.fromhex("830180"))

    def authenticate(self, key: bytes = ADMIN_KEY) -> str:
        """The status word of external authentication by the administrator's key."""
        assert self.name_admin_key() == "9000"
        challenge = self.ok(0x87, 0, bytes.fromhex("7C028100"), 256)
        assert challenge[:4].hex() == "7c0a8108"
        token = encipher_blocks(KeyAlgorithm.TRIPLE_DES, key, None, challenge[4:])
        return self.sw(0x87, 0, bytes.fromhex("7C0A8208") + token)

    def authenticate_mutually(self, key: bytes = ADMIN_KEY) -> tuple[bytes, str]:
        """What the card's answer holds (R1, R2, Z2 and its padding), and the status word, of mutual authentication."""
        assert self.name_admin_key() == "9000"
        ours = bytes(range(16))
        theirs = self.ok(0x87, 0, bytes.fromhex("7C128110") + ours, 256)[4:]
        token = encipher_blocks(KeyAlgorithm.TRIPLE_DES, key, None, theirs + ours + bytes(7) + b"\x80")
        answer, sw = self.send(0x87, 0, bytes.fromhex("7C2A8228") + token, 256)
        if sw != "9000":
            return answer, sw
        plain = decipher_blocks(KeyAlgorithm.TRIPLE_DES, key, None, answer[4:])
        assert plain[:32] == ours + theirs
        return plain, sw

    def create_key(self, reference: int = FIRST, kind: int = RSA_1024) -> str:
        """The status word of CREATE FILE of a key file for exchange and signatures; it is activated."""
        return self.create(key_file(reference, kind))

    def import_key(self, key: rsa.RSAPrivateKey, reference: int = FIRST) -> str:
        """The status word of PUT DATA with a private key."""
        return self.sw(0xDB, 0x3FFF, key_template(reference, pkcs1(key)))


def key_file(reference: int = FIRST, kind: int = RSA_1024, rules: str = "8F10101000") -> bytes:
    """A template of CREATE FILE, as Windows and OpenSC write it."""
    uses = [(DECIPHER, 0x00), (DECIPHER, 0x80), (DECIPHER, 0x40), (SIGN, 0x10), (SIGN, 0x50)]
    templates = [
        TLV.constructed(use, (TLV(0x80, bytes((high | kind,))), TLV(0x83, bytes((reference,))), TLV(0x95, b"\x40")))
        for use, high in uses
    ]
    tlvs = (
        TLV(0x82, b"\x18"),
        TLV(0x83, bytes((0xB0, reference))),
        TLV(0x8C, bytes.fromhex(rules)),
        TLV.constructed(0xA5, templates),
    )
    return TLV.constructed(0x62, tlvs).to_bytes()


def pkcs1(key: rsa.RSAPrivateKey) -> bytes:
    """RSAPrivateKey in DER."""
    return key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """A private key as card definitions have it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_template(reference: int, value: bytes, key_type: str = "83 01 02 84 01 00") -> bytes:
    """What PUT DATA takes of a key."""
    inner = bytes.fromhex(key_type) + TLV(0x87, value).to_bytes()
    return TLV(0x70, TLV(0x84, bytes((reference,))).to_bytes() + TLV(0xA5, inner).to_bytes()).to_bytes()
