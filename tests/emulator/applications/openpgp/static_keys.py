"""The outside of secure messaging, step by step as the specification draws it (OpenPGP card 3.4.1, 7.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .conftest import OpenPGPTerminal, tlv

BLOCK = 16
CHALLENGE = "0084000010"


def padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def in_blocks(key: bytes, initial_value: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CBC(initial_value)).encryptor().update(data)


def exclusive_or(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def checksum(key: bytes, challenge: bytes, data: bytes) -> bytes:
    """CMAC over whole blocks (NIST SP 800-38B), whose chain begins with the challenge; the leftmost 8 bytes."""
    doubled = int.from_bytes(in_blocks(key, bytes(BLOCK), bytes(BLOCK)), "big") << 1
    if doubled >> 128:
        doubled = doubled & ((1 << 128) - 1) ^ 0x87
    last = exclusive_or(data[-BLOCK:], doubled.to_bytes(BLOCK, "big"))
    return in_blocks(key, challenge, data[:-BLOCK] + last)[-BLOCK:][:8]


@dataclass(frozen=True)
class StaticKeys:
    """Who has them administers the card."""

    encryption: bytes
    mac: bytes

    @property
    def container(self) -> bytes:
        """The value of F4."""
        return tlv(0xD1, self.encryption) + tlv(0xD2, self.mac)

    def cryptogram(self, challenge: bytes, ins: int, data: bytes) -> bytes:
        """87 or 85."""
        enciphered = in_blocks(self.encryption, challenge, padded(data))
        return tlv(0x85, enciphered) if ins % 2 else tlv(0x87, b"\x01" + enciphered)

    def sealed(self, challenge: bytes, header: bytes, objects: bytes) -> bytes:
        """A protected command of these data objects, with extended lengths; Le where there is 97."""
        field = objects + tlv(
            0x8E, checksum(self.mac, challenge, padded(header) + (padded(objects) if objects else b""))
        )
        le = b"\0\0" if objects[-4:-2] == b"\x97\x02" else b""
        return header + b"\0" + len(field).to_bytes(2, "big") + field + le

    def command(self, challenge: bytes, header: bytes, data: bytes = b"", *, le: bool = False) -> bytes:
        """The protected form of a command of class 0C; Le asks for all there is."""
        objects = (self.cryptogram(challenge, header[1], data) if data else b"") + (b"\x97\x02\0\0" if le else b"")
        return self.sealed(challenge, header, objects)

    def opened(self, challenge: bytes, ins: int, response: bytes) -> tuple[bytes, int]:
        """Data and status word of a protected response, whose checksum is right."""
        body, mac = response[:-8], response[-8:]
        assert body[-2:] == b"\x8e\x08"
        objects = body[:-2]
        assert checksum(self.mac, challenge, padded(objects)) == mac
        assert objects[-4:-2] == b"\x99\x02"
        cryptogram = objects[:-4]
        if not cryptogram:
            return b"", int.from_bytes(objects[-2:], "big")
        tag = 0x85 if ins % 2 else 0x87
        enciphered = cryptogram[-(len(cryptogram) // BLOCK * BLOCK) :]
        assert cryptogram == tlv(tag, enciphered if ins % 2 else b"\x01" + enciphered)
        decryptor = Cipher(algorithms.AES(self.encryption), modes.CBC(challenge)).decryptor()
        plain = decryptor.update(enciphered).rstrip(b"\0")
        assert plain[-1:] == b"\x80"
        return plain[:-1], int.from_bytes(objects[-2:], "big")

    def send(
        self, card: OpenPGPTerminal, ins: int, p1: int, p2: int, data: bytes = b"", *, le: bool = False
    ) -> tuple[bytes, str]:
        """A challenge, the protected command and its response: data and status word."""
        challenge, _ = card.send(CHALLENGE)
        answer, sw = card.send(self.command(challenge, bytes((0x0C, ins, p1, p2)), data, le=le))
        if not le:
            assert answer == b"", "a command without Le is answered by the status word alone"
            return b"", f"{sw:04X}"
        plain, protected_sw = self.opened(challenge, ins, answer)
        assert protected_sw == sw
        return plain, f"{sw:04X}"

    def word(self, card: OpenPGPTerminal, ins: int, p1: int, p2: int, data: bytes = b"") -> str:
        """The status word of a protected command without Le."""
        return self.send(card, ins, p1, p2, data)[1]

    def get(self, card: OpenPGPTerminal, tag: int) -> bytes:
        """GET DATA."""
        data, sw = self.send(card, 0xCA, tag >> 8, tag & 0xFF, le=True)
        assert sw == "9000"
        return data


SHORT = StaticKeys(bytes(range(16)), bytes(range(16, 32)))
LONG = StaticKeys(bytes(range(32)), bytes(range(32, 64)))
ALGORITHMS = {"aes-128": SHORT, "aes-256": LONG}


def options_of(algorithm: str) -> str:
    """The options of a card that has the keys of an algorithm."""
    keys = ALGORITHMS[algorithm]
    return (
        f'secure_messaging = "{algorithm}"\nurl = "https://example.org"\n'
        f'sm_key_enc = "{keys.encryption.hex()}"\nsm_key_mac = "{keys.mac.hex()}"\n'
    )


def with_keys(make: Callable[..., OpenPGPTerminal], algorithm: str = "aes-128", before: str = "") -> OpenPGPTerminal:
    """Such a card."""
    return make(options_of(algorithm), before=before)
