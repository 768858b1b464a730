"""What is around the commands that the fuzzer sends: logical channels, and sessions of secure messaging."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.authentication import KeyType
from iso7816.errors import APDUError, Iso7816Error
from iso7816.secure_messaging import HostSession, SecureMessagingError
from iso7816.secure_messaging.key_establishment import (
    Contribution,
    agreed_session,
    make_token,
    material_length,
    read_token,
)

if TYPE_CHECKING:
    from emulator import Card

KEY_REFERENCE: Final = 0x10
KEY: Final = bytes.fromhex("101112131415161718191A1B1C1D1E1F")
CHANNELS: Final = (0, 1, 3, 4, 19)
SPOILT: Final = 0.04


class Dialogue:
    """The outside's end of one session of the fuzzer with a card.

    Args:
        rng: what decides.
        card: who is talked to.

    Attributes:
        opened: how many protected responses were opened.
    """

    def __init__(self, rng: random.Random, card: Card) -> None:
        self._rng = rng
        self._card = card
        self._open = {0}
        self._sessions: dict[int, HostSession] = {}
        self._awaited: tuple[HostSession, CommandAPDU] | None = None
        self.opened = 0

    def reset(self) -> None:
        """The card was reset."""
        self._open = {0}
        self._sessions.clear()

    def preparation(self) -> list[bytes]:
        """Commands that open a channel or begin a session; what the card answers to them is seen here."""
        if self._rng.random() < 0.3:
            number = self._rng.choice(CHANNELS[1:])
            self._open.add(number)
            return [bytes((0x00, 0x70, 0x00, number))]
        return self._begin(self._rng.choice(sorted(self._open)))

    def _begin(self, number: int) -> list[bytes]:
        cla = _class(number)
        ask = bytes((cla, 0x84, 0x00, 0x00, 0x10))
        challenge = self._card.transmit(ask)[:-2]
        if len(challenge) != KeyType.AES.challenge_length:
            return [ask]
        own = Contribution(bytes(16), challenge, self._rng.randbytes(material_length(KeyType.AES, KEY)))
        token = make_token(KeyType.AES, KEY, own)
        show = CommandAPDU(cla, 0x82, 0x00, KEY_REFERENCE, token, 256).to_bytes()
        answer = ResponseAPDU.parse(self._card.transmit(show))
        if answer.sw == 0x9000:
            theirs = read_token(KeyType.AES, KEY, answer.data)
            self._sessions[number] = HostSession(*agreed_session(KeyType.AES, KEY, own, theirs))
        return [ask, show]

    def dressed(self, apdu: bytes) -> bytes:
        """A command for some channel, protected where that has a session, now and then spoilt."""
        self._awaited = None
        try:
            command = CommandAPDU.parse(apdu)
        except APDUError:
            return apdu
        if command.cla not in (0x00, 0x10):
            return apdu
        number = self._rng.choice(sorted(self._open))
        command = command._replace(cla=_class(number) | command.cla)
        session = self._sessions.get(number)
        if session is None or self._rng.random() < SPOILT:
            self._sessions.pop(number, None)
            return command.to_bytes()
        try:
            protected = session.protect(command)
        except SecureMessagingError:
            return command.to_bytes()
        if command.cla & 0x10 or self._rng.random() < SPOILT:
            self._sessions.pop(number)
            return self._spoilt(protected)
        self._awaited = session, command
        return protected.to_bytes()

    def _spoilt(self, protected: CommandAPDU) -> bytes:
        data = bytearray(protected.data)
        data[self._rng.randrange(len(data))] ^= 1 << self._rng.randrange(8)
        return protected._replace(data=bytes(data)).to_bytes()

    def complaint(self, response: bytes) -> str | None:
        """What is wrong with the answer to a protected command; ``None`` for nothing, and for every other answer."""
        if self._awaited is None:
            return None
        session, command = self._awaited
        answer = ResponseAPDU.parse(response)
        if answer.sw >> 8 == 0x61 or not answer.data:
            # Parts are not put together here, and a bare word ends the session.
            self._sessions = {number: each for number, each in self._sessions.items() if each is not session}
            return None if answer.sw != 0x9000 else "a bare 9000 under secure messaging"
        try:
            inner = session.open(command, answer)
        except Iso7816Error as error:
            return f"a protected response that cannot be opened: {error}"
        self.opened += 1
        if inner.sw != answer.sw:
            return f"{inner.sw:04X} within {answer.sw:04X}"
        limit = 0 if command.ne is None else command.ne
        return f"{len(inner.data)} bytes within, where Ne is {command.ne}" if len(inner.data) > limit else None


def _class(number: int) -> int:
    return number if number < 4 else 0x40 + number - 4
