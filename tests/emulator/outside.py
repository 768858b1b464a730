"""The outside of a card with secure messaging: plain commands, and sessions begun in both ways."""

from __future__ import annotations

from collections.abc import Callable

from emulator import Card
from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.secure_messaging import HostSession, SessionKeys
from iso7816.secure_messaging.key_establishment import (
    Contribution,
    agreed_session,
    make_token,
    material_length,
    read_token,
)

SEED = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
AES = bytes.fromhex("101112131415161718191A1B1C1D1E1F")
LONG = bytes(range(32))
MIDDLE = bytes(range(64, 88))
KEYS = {1: (KeyType.TRIPLE_DES, SEED), 2: (KeyType.AES, AES), 3: (KeyType.AES, LONG), 7: (KeyType.AES, MIDDLE)}


class Outside:
    """The outside of a card: plain commands, and a session once one has begun."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.session: HostSession | None = None
        card.power_on()

    def plain(self, command: str) -> str:
        return self.card.transmit(bytes.fromhex(command)).hex().upper()

    def exchange(self, command: CommandAPDU) -> ResponseAPDU:
        answer = ResponseAPDU.parse(self.card.transmit(command.to_bytes()))
        data = answer.data
        while answer.sw >> 8 == 0x61:
            fetch = CommandAPDU(
                command.cla & ~0x20 if command.cla & 0x40 else command.cla & 3, 0xC0, 0, 0, b"", answer.sw & 0xFF or 256
            )
            answer = ResponseAPDU.parse(self.card.transmit(fetch.to_bytes()))
            data += answer.data
        return ResponseAPDU(data, answer.sw)

    def say(self, command: str, *, is_enciphered: bool = True) -> str:
        """A command under the session."""
        assert self.session is not None
        plain = CommandAPDU.parse(bytes.fromhex(command))
        protected = self.session.protect(plain, is_enciphered=is_enciphered)
        return self.session.open(plain, self.exchange(protected)).to_bytes().hex().upper()

    def authenticate(self, reference: int, *, cla: int = 0, spoil: Callable[[bytes], bytes] = bytes) -> str:
        """MUTUAL AUTHENTICATE that begins a session; the status word where it does not."""
        key_type, key = KEYS[reference]
        size = key_type.challenge_length
        challenge = self.exchange(CommandAPDU(cla, 0x84, 0, 0, b"", size)).data
        own = Contribution(bytes(range(size)), challenge, bytes(material_length(key_type, key)))
        token = spoil(make_token(key_type, key, own))
        answer = self.exchange(CommandAPDU(cla, 0x82, 0, reference, token, 256))
        if answer.sw != 0x9000:
            return f"{answer.sw:04X}"
        theirs = read_token(key_type, key, answer.data)
        assert theirs.own == challenge
        assert theirs.other == own.own
        self.session = HostSession(*agreed_session(key_type, key, own, theirs))
        return "9000"

    def begin_static(self, encryption: int, checksum: int, keys: SessionKeys, *, size: int | None = None) -> str:
        """MANAGE SECURITY ENVIRONMENT with two keys of the card; the status word of the second."""
        challenge = bytes.fromhex(self.plain(f"00840000{keys.block if size is None else size:02X}")[:-4])
        assert self.plain(f"002231B4038301{checksum:02X}") == "9000"
        sw = self.plain(f"002231B8038301{encryption:02X}")
        if sw == "9000":
            self.session = HostSession(keys, challenge)
        return sw
