"""What the tests of the application share: its commands, and templates of files and keys."""

from __future__ import annotations

from emulator import Card
from emulator.applications.pkcs15.exchange import exchange
from emulator.applications.pkcs15.interface import APPLICATION_IDENTIFIER, Algorithm
from iso7816.apdu import CommandAPDU
from iso7816.ber_tlv import TLV, encode_all
from iso7816.domain_parameters import parameter_objects
from iso7816.key_algorithms import KeyAlgorithm

PIN = b"123456".ljust(16, b"\0")
OTHER_PIN = b"654321".ljust(16, b"\0")
PUK = b"0123456789abcdef"
FREE = "00" * 7
VERSION_1 = ("interface = 0", "interface = 1")


class Desk:
    """Sends the commands of the application to a card, on which it is selected."""

    def __init__(self, card: Card) -> None:
        self.card = card
        card.power_on()
        self.selected = self.select()

    def send(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> tuple[bytes, str]:
        """Response data and status word of one command, on T=1 in the shortest form that carries it."""
        response = exchange(self.card, CommandAPDU(0, ins, parameters >> 8, parameters & 0xFF, data, ne))
        return response.data, f"{response.sw:04X}"

    def ok(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> bytes:
        """The response data of a command that must answer 9000."""
        answer, sw = self.send(ins, parameters, data, ne)
        assert sw == "9000"
        return answer

    def sw(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> str:
        """The status word."""
        return self.send(ins, parameters, data, ne)[1]

    def select(self) -> bytes:
        """Select the application by its name, as OpenSC does: without an Le field."""
        return self.ok(0xA4, 0x0400, APPLICATION_IDENTIFIER)

    def file(self, *fids: str) -> str:
        """The status word of selecting files, one in another; empty: the MF."""
        words = [self.sw(0xA4, 0x000C, bytes.fromhex(fid)) for fid in ("3F00", *fids)]
        return words[-1]

    def set_pin(self, pin: bytes = PIN, puk: bytes = PUK) -> None:
        """Set the PUK and the PIN."""
        self.ok(0x24, 0x0102, puk)
        self.ok(0x24, 0x0101, pin)

    def verify(self, pin: bytes = PIN) -> str:
        """The status word of VERIFY."""
        return self.sw(0x20, 0x0001, pin)

    def environment(self, purpose: int, algorithm: Algorithm, key: int = 0) -> str:
        """The status word of MANAGE SECURITY ENVIRONMENT."""
        return self.sw(0x22, 0x4100 | purpose, bytes((0x80, 1, algorithm, 0x84, 1, key)))

    def new_key(self, algorithm: Algorithm, key: int = 0) -> None:
        """The environment for generating or importing a key."""
        assert self.environment(0x00, algorithm, key) == "9000"

    def import_key(self, template: bytes) -> str:
        """The status word of PUT DATA."""
        return self.sw(0xDB, 0x3FFF, template)


def ef(fid: str, size: int = 16, conditions: str = FREE) -> bytes:
    """A template of CREATE FILE of a transparent EF, as OpenSC writes it."""
    return _template(fid, "01", size, conditions)


def df(fid: str, conditions: str = FREE) -> bytes:
    """The same of a DF."""
    return _template(fid, "38", 5000, conditions)


def _template(fid: str, descriptor: str, size: int, conditions: str) -> bytes:
    tlvs = (
        TLV(0x81, size.to_bytes(2, "big")),
        TLV(0x82, bytes.fromhex(descriptor)),
        TLV(0x83, bytes.fromhex(fid)),
        TLV(0x86, bytes.fromhex("FF" + conditions)),
    )
    return TLV.constructed(0x6F, tlvs).to_bytes()


def curve_parameters(algorithm: KeyAlgorithm) -> list[TLV]:
    """Domain parameters as OpenSC sends them."""
    return list(parameter_objects(algorithm))


def curve_key(algorithm: KeyAlgorithm, value: bytes) -> bytes:
    """What PUT DATA takes of a private key on a curve."""
    return TLV.constructed(0xE0, [*curve_parameters(algorithm), TLV(0x88, value)]).to_bytes()


def rsa_key(*numbers: int) -> bytes:
    """What PUT DATA takes of a private key of RSA: p, q, 1/q mod p, d mod p-1, d mod q-1."""
    tlvs = [
        TLV(tag, number.to_bytes((number.bit_length() + 7) // 8 or 1, "big"))
        for tag, number in zip(range(0x92, 0x97), numbers, strict=True)
    ]
    return TLV(0x7F48, encode_all(tlvs)).to_bytes()
