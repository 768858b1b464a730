"""Secure messaging by hand: what is not done here is the encipherment of single blocks by AES and 3DES alone.

Sources: ICAO Doc 9303-11, 4.3 (the tokens), 9.7.1 (session keys), 9.8 (messages); NIST SP 800-38B (CMAC);
ISO/IEC 9797-1 (MAC algorithm 3, padding method 2); ISO/IEC 7816-4, 10 (85, 89).
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha1, sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:  # before cryptography 43
    from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES  # type: ignore[assignment,unused-ignore]


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def padded(data: bytes, size: int) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % size)


def data_object(tag: int, value: bytes) -> bytes:
    """With a length of one, two or three bytes."""
    length = len(value)
    if length < 0x80:
        return bytes((tag, length)) + value
    return bytes((tag, 0x81, length) if length < 0x100 else (tag, 0x82, length >> 8, length & 0xFF)) + value


class Block:
    """A cipher of single blocks under a key: AES, 3DES, or DES for a key of eight bytes."""

    def __init__(self, key: bytes, *, is_aes: bool) -> None:
        self.size = 16 if is_aes else 8
        longer = key if is_aes or len(key) == 24 else (key * 3)[:24]
        cipher = Cipher(algorithms.AES(longer) if is_aes else TripleDES(longer), modes.ECB())  # noqa: S305
        self._encryptor, self._decryptor = cipher.encryptor(), cipher.decryptor()

    def encipher(self, block: bytes) -> bytes:
        assert len(block) == self.size
        return self._encryptor.update(block)

    def decipher(self, block: bytes) -> bytes:
        assert len(block) == self.size
        return self._decryptor.update(block)

    def parts(self, data: bytes) -> Iterator[bytes]:
        return (data[start : start + self.size] for start in range(0, len(data), self.size))

    def chain(self, initial: bytes, data: bytes) -> bytes:
        """CBC."""
        chained, last = b"", initial
        for block in self.parts(data):
            last = self.encipher(xor(last, block))
            chained += last
        return chained

    def unchain(self, initial: bytes, data: bytes) -> bytes:
        plain, last = b"", initial
        for block in self.parts(data):
            plain += xor(last, self.decipher(block))
            last = block
        return plain


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC of whole blocks: the last one is masked with the first subkey (SP 800-38B, 6.1 and 6.2)."""
    block = Block(key, is_aes=True)
    zero = int.from_bytes(block.encipher(bytes(16)), "big")
    subkey = (zero << 1 & (1 << 128) - 1) ^ (0x87 if zero >> 127 else 0)
    masked = data[:-16] + xor(data[-16:], subkey.to_bytes(16, "big"))
    return block.chain(bytes(16), masked)[-16:]


def retail_mac(key: bytes, data: bytes) -> bytes:
    """DES in a chain; its last block deciphered under the second half of the key, enciphered under the first."""
    first, second = Block(key[:8], is_aes=False), Block(key[8:16], is_aes=False)
    return first.encipher(second.decipher(first.chain(bytes(8), data)[-8:]))


def derived(secret: bytes, number: int, length: int, *, is_aes: bool) -> bytes:
    """KEnc (1) or KMAC (2). The parity bits of DES, which it does not look at, are left as they come."""
    message = secret + bytes((0, 0, 0, number))
    digest = sha256(message).digest() if is_aes and length > 16 else sha1(message).digest()  # noqa: S324
    return digest[:length]


class HandSession:
    """The outside's end of a session.

    Args:
        encryption: KEnc.
        checksum: KMAC.
        counter: the send sequence counter before the first command.
        is_aes: AES, or 3DES.
    """

    def __init__(self, encryption: bytes, checksum: bytes, counter: bytes, *, is_aes: bool) -> None:
        self._block = Block(encryption, is_aes=is_aes)
        self._size, self._checksum, self._is_aes = self._block.size, checksum, is_aes
        self._counter = int.from_bytes(counter, "big")

    def count(self) -> bytes:
        """The counter of the next message."""
        self._counter = (self._counter + 1) % (1 << 8 * self._size)
        return self._counter.to_bytes(self._size, "big")

    def mac(self, data: bytes) -> bytes:
        return cmac(self._checksum, data)[:8] if self._is_aes else retail_mac(self._checksum, data)

    def enciphered(self, counter: bytes, data: bytes) -> bytes:
        initial = self._block.encipher(counter) if self._is_aes else bytes(8)
        return self._block.chain(initial, padded(data, self._size))

    def deciphered(self, counter: bytes, cryptogram: bytes) -> bytes:
        initial = self._block.encipher(counter) if self._is_aes else bytes(8)
        plain = self._block.unchain(initial, cryptogram)
        data = plain.rstrip(b"\0")
        assert data[-1:] == b"\x80"
        assert len(plain) == len(padded(data[:-1], self._size))
        return data[:-1]

    def command(self, header: str, data: bytes = b"", le: str = "") -> bytes:
        """The bytes of a command, with the class byte that it is sent with, and Le of one byte or two."""
        counter, head, objects = self.count(), bytes.fromhex(header), b""
        if head[0] & 0x40:
            objects += data_object(0x89, head)
        if data and head[1] & 1:
            objects += data_object(0x85, self.enciphered(counter, data))
        elif data:
            objects += data_object(0x87, b"\x01" + self.enciphered(counter, data))
        if le:
            objects += data_object(0x97, bytes.fromhex(le))
        covered = counter
        if not head[0] & 0x40:
            covered += padded(head, self._size)
        if objects:
            covered += padded(objects, self._size)
        field = objects + data_object(0x8E, self.mac(covered))
        if len(field) < 0x100 and len(le) < 4:
            return head + bytes((len(field),)) + field + b"\0"
        return head + b"\0" + len(field).to_bytes(2, "big") + field + b"\0\0"

    def opened(self, answer: bytes, tag: int = 0x87) -> tuple[bytes, str]:
        """Data and status word of an answer, whose every byte is looked at; the data are in that data object."""
        counter, field, outer = self.count(), answer[:-2], answer[-2:]
        objects, checksum = field[:-10], field[-10:]
        assert checksum[:2] == b"\x8e\x08"
        assert checksum[2:] == self.mac(counter + padded(objects, self._size))
        data_field, status = objects[:-4], objects[-4:]
        assert status == b"\x99\x02" + outer
        if not data_field:
            return b"", outer.hex()
        start = {0x81: 3, 0x82: 4}.get(data_field[1], 2)
        value = data_field[start:]
        assert data_field == data_object(tag, value)
        if tag == 0x87:
            assert value[:1] == b"\x01"
            value = value[1:]
        return self.deciphered(counter, value), outer.hex()
