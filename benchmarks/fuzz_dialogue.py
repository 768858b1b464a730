"""What is around the commands that the fuzzer sends: logical channels, and sessions of secure messaging."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from fuzz_fields import is_refusal, with_a_bit_turned

from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.authentication import KeyType
from iso7816.class_byte import channel_of
from iso7816.errors import APDUError, Iso7816Error
from iso7816.secure_messaging import HostSession, SecureMessagingError, SessionKeys
from iso7816.secure_messaging.device_authentication import (
    Device,
    DeviceToken,
    device_keys,
    device_session,
    make_device_token,
    read_device_token,
)
from iso7816.secure_messaging.key_establishment import (
    Contribution,
    agreed_session,
    make_token,
    material_length,
    read_token,
)

KEYS: Final = {
    0x10: (KeyType.AES, bytes.fromhex("101112131415161718191A1B1C1D1E1F")),
    0x11: (KeyType.AES, bytes(range(32))),
    0x12: (KeyType.TRIPLE_DES, bytes.fromhex("404142434445464748494A4B4C4D4E4F")),
}
"""By reference; the first is of the profile."""
DEVICE_KEY: Final = 0x13
SERIAL_NUMBER: Final = bytes.fromhex("0001020304050607")
DEVICE_KEYS: Final = device_keys(KEYS[0x12][1], bytes(range(16)))
SESSION_KEYS: Final = (
    "".join(
        f"""
[[keys]]
reference = 0x{reference:02X}
type = "{key_type.value}"
usage = ["external", "secure messaging"]
value = "{value.hex()}"
"""
        for reference, (key_type, value) in KEYS.items()
        if reference != 0x10
    )
    + f"""
[[keys]]
reference = 0x{DEVICE_KEY:02X}
type = "3des"
usage = ["external", "device authentication"]
value = "{DEVICE_KEYS.encryption.hex()}"
checksum_value = "{DEVICE_KEYS.checksum.hex()}"

[files."3F00/2F02"]
type = "transparent"
content = {{ hex = "5A08{SERIAL_NUMBER.hex()}" }}
"""
)
"""The others, for a card definition, and what the one for device authentication needs."""
LOGICAL_CHANNEL_NOT_SUPPORTED: Final = 0x6881
CHANNELS: Final = (0, 1, 3, 4, 19)
PLAIN: Final = 0.04
"""Of the commands of a session, those that come plain."""
FAULTY: Final = 0.06
FAULTS: Final = ("with a bit turned", "said again", "out of order")


class Dialogue:
    """The outside's end of one session of the fuzzer with a card.

    Args:
        rng: what decides.

    Attributes:
        opened: how many protected responses were opened.
        refused: protected commands that could not be accepted and were not, by what was wrong with them.
        begun: how many sessions of secure messaging began, by the way they did, the cipher and the channel.
        answered: by logical channel, how many commands were answered otherwise than that there is no such channel.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._open = {0}
        self._sessions: dict[int, HostSession] = {}
        self._awaited: tuple[HostSession, CommandAPDU] | None = None
        self._said: dict[int, bytes] = {}
        self._late: bytes | None = None
        self._fault: str | None = None
        self.opened = 0
        self.refused: Counter[str] = Counter()
        self.begun: Counter[tuple[str, KeyType, int]] = Counter()
        self.answered: Counter[int] = Counter()

    def reset(self) -> None:
        """The card was reset."""
        self._open = {0}
        self._sessions.clear()

    def preparation(self) -> Iterator[tuple[bytes, Callable[[bytes], object]]]:
        """Commands that open a channel or begin a session, each with who wants to see the answer to it."""
        number = self._rng.choice(sorted(self._open))
        # What comes plain ends the session of its channel.
        self._sessions.pop(number, None)
        self._awaited = self._fault = None
        dice = self._rng.random()
        if dice < 0.4:
            yield self._opening(number)
        elif dice < 0.7:
            yield from self._authentication(number)
        elif dice < 0.8:
            yield from self._device_authentication(number)
        else:
            yield from self._static_keys(number)

    def _opening(self, by: int) -> tuple[bytes, Callable[[bytes], object]]:
        number = self._rng.choice(CHANNELS[1:])

        def see(answer: bytes) -> None:
            if answer == b"\x90\x00":
                self._open.add(number)

        return bytes((_class(by), 0x70, 0x00, number)), see

    def _authentication(self, number: int) -> Iterator[tuple[bytes, Callable[[bytes], object]]]:
        reference = self._rng.choice(sorted(KEYS))
        key_type, key = KEYS[reference]
        answers: list[bytes] = []
        yield bytes((_class(number), 0x84, 0x00, 0x00, key_type.challenge_length)), answers.append
        challenge = answers[0][:-2]
        if len(challenge) != key_type.challenge_length:
            return
        material = self._rng.randbytes(material_length(key_type, key))
        own = Contribution(bytes(key_type.challenge_length), challenge, material)
        token = make_token(key_type, key, own)
        yield CommandAPDU(_class(number), 0x82, 0x00, reference, token, 256).to_bytes(), answers.append
        answer = ResponseAPDU.parse(answers[1])
        if answer.sw == 0x9000:
            theirs = read_token(key_type, key, answer.data)
            session = HostSession(*agreed_session(key_type, key, own, theirs))
            self._begin("mutual authentication", key_type, number, session)

    def _device_authentication(self, number: int) -> Iterator[tuple[bytes, Callable[[bytes], object]]]:
        answers: list[bytes] = []
        yield bytes((_class(number), 0x84, 0x00, 0x00, 8)), answers.append
        challenge = answers[0][:-2]
        if len(challenge) != 8:
            return
        own = DeviceToken(Device(bytes(8), bytes(8)), Device(challenge, SERIAL_NUMBER), self._rng.randbytes(32))
        token = make_device_token(DEVICE_KEYS, own)
        yield CommandAPDU(_class(number), 0x82, 0x00, DEVICE_KEY, token, 256).to_bytes(), answers.append
        answer = ResponseAPDU.parse(answers[1])
        if answer.sw == 0x9000:
            session = HostSession(*device_session(own, read_device_token(DEVICE_KEYS, answer.data)))
            self._begin("device authentication", KeyType.TRIPLE_DES, number, session)

    def _static_keys(self, number: int) -> Iterator[tuple[bytes, Callable[[bytes], object]]]:
        key_type = self._rng.choice(list(KeyType))
        references = sorted(reference for reference, (its_type, _key) in KEYS.items() if its_type is key_type)
        encryption, checksum = (self._rng.choice(references) for _ in range(2))
        answers: list[bytes] = []
        yield bytes((_class(number), 0x84, 0x00, 0x00, key_type.challenge_length)), answers.append
        templates = [(0xB4, checksum), (0xB8, encryption)]
        self._rng.shuffle(templates)
        for template, reference in templates:
            yield bytes((_class(number), 0x22, 0x31, template, 0x03, 0x83, 0x01, reference)), answers.append
        if answers[1:] == [b"\x90\x00"] * 2:
            keys = SessionKeys(key_type, KEYS[encryption][1], KEYS[checksum][1])
            self._begin("static keys", key_type, number, HostSession(keys, answers[0][:-2]))

    def _begin(self, way: str, key_type: KeyType, number: int, session: HostSession) -> None:
        self._sessions[number] = session
        self.begun[way, key_type, number] += 1

    def count(self, apdu: bytes, response: bytes) -> None:
        """An answer to whatever command."""
        if apdu and response[-2:] != LOGICAL_CHANNEL_NOT_SUPPORTED.to_bytes(2, "big"):
            self.answered[channel_of(apdu[0])] += 1

    def dressed(self, apdu: bytes) -> bytes:
        """A command for some channel, protected where that has a session, now and then such that it must be refused."""
        self._awaited = self._fault = None
        if self._late is not None:
            late, self._late, self._fault = self._late, None, "out of order"
            # It ends the session that may have begun on its channel since.
            self._sessions.pop(channel_of(late[0]), None)
            return late
        try:
            command = CommandAPDU.parse(apdu)
        except APDUError:
            return apdu
        if command.cla not in (0x00, 0x10):
            return apdu
        number = self._rng.choice(sorted(self._open))
        command = command._replace(cla=_class(number) | command.cla)
        session = self._sessions.get(number)
        if session is None or self._rng.random() < PLAIN:
            self._sessions.pop(number, None)
            return command.to_bytes()
        try:
            protected = session.protect(command)
        except SecureMessagingError:
            return command.to_bytes()
        if command.cla & 0x10:
            self._sessions.pop(number)
            return with_a_bit_turned(self._rng, protected).to_bytes()
        if self._rng.random() < FAULTY:
            self._sessions.pop(number)
            return self._refusable(number, session, command, protected)
        self._awaited = session, command
        self._said[number] = protected.to_bytes()
        return self._said[number]

    def _refusable(self, number: int, session: HostSession, command: CommandAPDU, protected: CommandAPDU) -> bytes:
        """Something else in place of the protected command: it ends the session."""
        self._fault = self._rng.choice(FAULTS)
        if self._fault == "said again" and number in self._said:
            # Of this session, or of one before it, be it before a reset.
            return self._said[number]
        if self._fault == "out of order":
            # The one after it comes first. The card has no session any more when it comes itself.
            self._late = protected.to_bytes()
            return session.protect(command).to_bytes()
        self._fault = "with a bit turned"
        return with_a_bit_turned(self._rng, protected).to_bytes()

    def complaint(self, response: bytes) -> str | None:
        """What is wrong with the answer to a protected command; ``None`` for nothing, and for every other answer."""
        if self._fault is not None:
            if is_refusal(response):
                self.refused[self._fault] += 1
                return None
            return f"a protected command {self._fault} was not refused"
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
