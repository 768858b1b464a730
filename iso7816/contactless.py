"""Contactless cards as a PC/SC reader shows them (PC/SC part 3, requirements for contactless cards).

The reader makes up an ATR, since there is none on the air, and answers class FF itself::

    FF CA 00 00 Le    GET DATA: the UID
    FF CA 01 00 Le    GET DATA: the ATS, from TL on, without its CRC

    9000   Le asks for all of it, or for as many bytes as there are
    6282   all of it, which is less than Le asks for
    6CXX   more than Le asks for: XX bytes
    6700   no Le, or command data, or no APDU at all
    6A81   everything else of class FF, and the ATS of a card that has none
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iso7816.apdu import CommandAPDU
from iso7816.atr import ATR
from iso7816.ats import ATS
from iso7816.errors import APDUError, ContactlessError
from iso7816.icc import ICCMute
from iso7816.status_words import SW

if TYPE_CHECKING:
    from collections.abc import Callable

    from iso7816.icc import ICC

UID_SIZES: Final = (4, 7, 10)
"""Single, double and triple size (ISO/IEC 14443-3:2018, 6.5.4)."""

READER_CLASS: Final = 0xFF
"""No card has it: ISO/IEC 7816-4 makes FF invalid, so that a reader may have it for itself."""

_GET_DATA: Final = 0xCA
_UID, _ATS = 0x00, 0x01
_ALL_THERE_IS: Final = (256, 65536)
"""Ne of an Le field of zeros, short and extended."""
_WRONG_NE: Final = 0x6C


@dataclass(frozen=True, slots=True)
class ContactlessIdentity:
    """What a contactless card tells before its first command.

    Attributes:
        uid: 4, 7 or 10 bytes, the same at every activation.
        ats: answer to select, from TL on; ``None`` for a card that has none.

    Raises:
        ContactlessError: a UID of another length.
        ATSError: an ATS that is none.
    """

    uid: bytes
    ats: bytes | None = None

    def __post_init__(self) -> None:
        if len(self.uid) not in UID_SIZES:
            raise ContactlessError(f"a UID has 4, 7 or 10 bytes, not {len(self.uid)}")
        if self.ats is not None:
            ATS.parse(self.ats)


def contactless_atr(historical_bytes: bytes = b"") -> ATR:
    """The ATR that a reader makes up for a card with an ATS: ``3B 8n 80 01``, historical bytes, TCK.

    Raises:
        ATRError: more than 15 historical bytes.
    """
    return ATR.build(protocols=(0, 1), historical_bytes=historical_bytes)


def answer_of_reader(command: bytes, identity: ContactlessIdentity) -> bytes:
    """The response APDU to a command of class FF."""
    try:
        apdu = CommandAPDU.parse(command)
    except APDUError:
        return _word(SW.WRONG_LENGTH)
    wanted = {_UID: identity.uid, _ATS: identity.ats}.get(apdu.p1)
    if apdu.ins != _GET_DATA or apdu.p2 != 0 or wanted is None:
        return _word(SW.FUNCTION_UNSUPPORTED)
    if apdu.data or apdu.ne is None:
        return _word(SW.WRONG_LENGTH)
    if apdu.ne < len(wanted):
        return bytes((_WRONG_NE, len(wanted)))
    complete = apdu.ne == len(wanted) or apdu.ne in _ALL_THERE_IS
    return wanted + _word(SW.OK if complete else SW.END_REACHED)


class ContactlessAtReader:
    """A contactless card together with the part of its reader that answers class FF: an ICC.

    It takes no protocol: there is no choice of T=0 and T=1 on the air. Without a field, and of a card that is mute
    in it, the reader knows nothing.
    """

    __slots__ = ("_active", "_icc", "_identity")

    def __init__(self, icc: ICC, identity: ContactlessIdentity) -> None:
        self._icc = icc
        self._identity = identity
        self._active = False

    def power_on(self) -> bytes:
        """As the card's."""
        return self._activate(self._icc.power_on)

    def power_off(self) -> None:
        """As the card's."""
        self._active = False
        self._icc.power_off()

    def reset(self) -> bytes:
        """As the card's."""
        return self._activate(self._icc.reset)

    def transmit(self, command: bytes) -> bytes:
        """As the card's, but for class FF, which never reaches it.

        Raises:
            ICCMute: class FF, while the card is not activated.
        """
        if command and command[0] == READER_CLASS:
            if not self._active:
                raise ICCMute
            return answer_of_reader(command, self._identity)
        return self._icc.transmit(command)

    def _activate(self, verb: Callable[[], bytes]) -> bytes:
        self._active = False
        atr = verb()
        self._active = True
        return atr


def at_reader(icc: ICC) -> ICC:
    """What a reader is to power and send commands to: the card itself, unless it says that it is contactless.

    A card says so as :class:`~iso7816.icc.ContactlessICC` does.

    Asked once, at insertion, so that a card with contacts pays nothing for it.
    """
    # Telling a protocol class (ContactlessICC) from another would take longer than all else at an insertion.
    identity = getattr(icc, "contactless", None)
    return ContactlessAtReader(icc, identity) if isinstance(identity, ContactlessIdentity) else icc


def _word(status: SW) -> bytes:
    return status.to_bytes(2, "big")
