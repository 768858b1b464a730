"""Secure messaging with an OpenPGP card around the commands that the fuzzer sends: a challenge, then one command."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from fuzz_fields import is_refusal, with_a_bit_turned

from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.authentication import KeyType
from iso7816.errors import APDUError, Iso7816Error
from iso7816.openpgp.session import PROTECTED_INSTRUCTIONS, OpenPGPHostSession
from iso7816.secure_messaging import SecureMessagingError, SessionKeys

ENCRYPTION, CHECKSUM = bytes(range(16)), bytes(range(16, 32))
GET_CHALLENGE: Final = bytes.fromhex("0084000010")
KEY_OBJECTS: Final = (b"\x00\xd1", b"\x00\xd2", b"\x00\xf4")
SPOILT: Final = 0.1


class StaticKeysDialogue:
    """The outside's end of one session of the fuzzer with a card; as :class:`fuzz_dialogue.Dialogue`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._host = OpenPGPHostSession(SessionKeys(KeyType.AES, ENCRYPTION, CHECKSUM))
        self._challenge = b""
        self._awaited: CommandAPDU | None = None
        self._said: CommandAPDU | None = None
        self._fault: str | None = None
        self._protected_before: bytes | None = None
        self._has_known_keys = True
        self.opened = 0
        self.refused: Counter[str] = Counter()
        self.begun: Counter[tuple[str, KeyType, int]] = Counter()
        self.answered: Counter[int] = Counter()

    def reset(self) -> None:
        """The card was reset."""
        self._challenge = b""

    def preparation(self) -> Iterator[tuple[bytes, Callable[[bytes], object]]]:
        """GET CHALLENGE, for the command that comes next."""
        self._awaited = self._said = self._fault = None

        def see(answer: bytes) -> None:
            self._challenge = answer[:-2]

        yield GET_CHALLENGE, see

    def dressed(self, apdu: bytes) -> bytes:
        """The command, protected where there is a challenge, now and then such that it must be refused."""
        self._awaited = self._said = self._fault = None
        challenge, self._challenge = self._challenge, b""
        try:
            self._said = command = CommandAPDU.parse(apdu)
        except APDUError:
            return apdu
        if not challenge or command.cla != 0 or command.ins not in PROTECTED_INSTRUCTIONS or not self._has_known_keys:
            return apdu
        try:
            protected = self._host.protect(command, challenge)
        except SecureMessagingError:
            return apdu
        if self._rng.random() < SPOILT:
            if self._protected_before is not None and self._rng.random() < 0.5:
                # By the challenge before this one.
                self._fault = "said again"
                return self._protected_before
            self._fault = "with a bit turned"
            return with_a_bit_turned(self._rng, protected).to_bytes()
        self._awaited = command
        self.begun["static keys", KeyType.AES, 0] += 1
        self._protected_before = protected.to_bytes()
        return self._protected_before

    def count(self, _apdu: bytes, response: bytes) -> None:
        """An answer to whatever command: whoever writes a key makes it another one."""
        self.answered[0] += 1
        said = self._said
        if said is not None and said.ins == 0xDA and bytes(said[2:4]) in KEY_OBJECTS and response[-2:] == b"\x90\x00":
            self._has_known_keys = False

    def complaint(self, response: bytes) -> str | None:
        """What is wrong with the answer to a protected command; ``None`` for nothing, and for every other answer."""
        if self._fault is not None:
            if is_refusal(response):
                self.refused[self._fault] += 1
                return None
            return f"a protected command {self._fault} was not refused"
        command = self._awaited
        if command is None:
            return None
        answer = ResponseAPDU.parse(response)
        if command.ne is None:
            return "a protected response to a command that asks for none" if answer.data else None
        if not answer.data:
            return None if answer.sw != 0x9000 else "a bare 9000 under secure messaging"
        if answer.sw >> 8 == 0x61:  # parts are not put together here
            return None
        try:
            inner = self._host.open(command, answer)
        except Iso7816Error as error:
            return f"a protected response that cannot be opened: {error}"
        self.opened += 1
        if inner.sw != answer.sw:
            return f"{inner.sw:04X} within {answer.sw:04X}"
        return f"{len(inner.data)} bytes within, where Ne is {command.ne}" if len(inner.data) > command.ne else None
