"""The class byte CLA (ISO/IEC 7816-4:2020, 5.4.1).

::

    000C SSHH   first interindustry values: C chaining, SS secure messaging, HH logical channel 0 to 3
    01SC HHHH   further interindustry values: S secure messaging, C chaining, HHHH logical channel 4 to 19
    001x xxxx   reserved for future use
    1xxx xxxx   proprietary, FF excepted: no command has it, and readers use it for their own
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from functools import cache

from iso7816.errors import APDUError


@unique
class SecureMessaging(Enum):
    """What a class byte says of secure messaging."""

    NONE = "no secure messaging"
    PROPRIETARY = "proprietary secure messaging"
    WITHOUT_HEADER = "secure messaging, header not authenticated"
    WITH_HEADER = "secure messaging, header authenticated"


_FIRST_SM = (
    SecureMessaging.NONE,
    SecureMessaging.PROPRIETARY,
    SecureMessaging.WITHOUT_HEADER,
    SecureMessaging.WITH_HEADER,
)
MAX_CHANNEL = 19


def is_interindustry(cla: int) -> bool:
    """Whether CLA is one of the first (00 to 1F) or further (40 to 7F) interindustry values."""
    return cla < 0x20 or 0x40 <= cla < 0x80


def channel_of(cla: int) -> int:
    """The logical channel that CLA names; 0, the basic one, for a proprietary or reserved value."""
    if cla < 0x20:
        return cla & 0x03
    return 4 + (cla & 0x0F) if cla & 0xC0 == 0x40 else 0


@dataclass(frozen=True, slots=True)
class ClassByte:
    """An interindustry class byte as fields.

    Attributes:
        channel: the logical channel, 0 to 19.
        chaining: whether this command is not the last of its chain.
        secure_messaging: the further values (channels 4 to 19) know NONE and WITHOUT_HEADER only.

    Raises:
        APDUError: a channel out of its range, or a secure messaging that its channel cannot have.
    """

    channel: int = 0
    chaining: bool = False
    secure_messaging: SecureMessaging = SecureMessaging.NONE

    def __post_init__(self) -> None:
        if not 0 <= self.channel <= MAX_CHANNEL:
            raise APDUError(f"logical channel {self.channel} is not 0 to {MAX_CHANNEL}")
        if self.channel > 3 and self.secure_messaging not in (SecureMessaging.NONE, SecureMessaging.WITHOUT_HEADER):
            raise APDUError(f"{self.secure_messaging.value} cannot be coded on logical channel {self.channel}")

    @classmethod
    @cache
    def parse(cls, cla: int) -> ClassByte:
        """Read an interindustry CLA.

        Raises:
            APDUError: a proprietary or reserved CLA.
        """
        if not is_interindustry(cla):
            raise APDUError(f"CLA {cla:02X} is not an interindustry value")
        chaining = bool(cla & 0x10)
        if cla < 0x20:
            return cls(cla & 0x03, chaining, _FIRST_SM[cla >> 2 & 0x03])
        protected = SecureMessaging.WITHOUT_HEADER if cla & 0x20 else SecureMessaging.NONE
        return cls(4 + (cla & 0x0F), chaining, protected)

    def to_byte(self) -> int:
        """CLA."""
        chaining = 0x10 if self.chaining else 0
        if self.channel <= 3:
            return chaining | _FIRST_SM.index(self.secure_messaging) << 2 | self.channel
        protected = 0 if self.secure_messaging is SecureMessaging.NONE else 0x20
        return 0x40 | protected | chaining | self.channel - 4
