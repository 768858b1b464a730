"""What a program asks of a PIN pad: PIN_VERIFY_STRUCTURE and PIN_MODIFY_STRUCTURE (PC/SC part 10, 2.5.2 and 2.5.3).

Without padding, numbers little endian::

    verify  modify
      0       0    bTimeOut                   seconds, 0: the reader's default
      1       1    bTimeOut2                  seconds from the first key on
      2       2    bmFormatString             coding, justification, place of the digits
      3       3    bmPINBlockString           size of the PIN length (bits), of the digits' frame (bytes)
      4       4    bmPINLengthFormat          place of the PIN length
              5    bInsertionOffsetOld        where the current PIN's block begins in the command data
              6    bInsertionOffsetNew        where the new PIN's block begins
      5       7    wPINMaxExtraDigit (2)      most digits, then fewest
              9    bConfirmPIN                bit 1: ask for the new PIN twice; bit 2: ask for the current one
      7      10    bEntryValidationCondition  when a PIN is complete
      8      11    bNumberMessage
      9      12    wLangId (2)
     11      14    bMsgIndex; bMsgIndex1 to 3 (3)
     12      17    bTeoPrologue (3)
     15      20    ulDataLength (4)
     19      24    abData                     the command APDU in which the digits are put

Readers here have no display and make no T=1 blocks: messages, language and prologue are read and mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from struct import Struct
from typing import Any

from scardmgr.winscard.errors import WinscardError
from scardmgr.winscard.part10.dialogue import Prompt, Validation

_START = ("bTimeOut", "bTimeOut2", "bmFormatString", "bmPINBlockString", "bmPINLengthFormat")
_ENTRY = ("bEntryValidationCondition", "bNumberMessage", "wLangId")
_END = ("bTeoPrologue", "ulDataLength")
_OFFSETS = ("bInsertionOffsetOld", "bInsertionOffsetNew")
_MESSAGES = ("bMsgIndex1", "bMsgIndex2", "bMsgIndex3")
_VERIFY = (*_START, "wPINMaxExtraDigit", *_ENTRY, "bMsgIndex", *_END)
_MODIFY = (*_START, *_OFFSETS, "wPINMaxExtraDigit", "bConfirmPIN", *_ENTRY, *_MESSAGES, *_END)
_FORMATS = {"wPINMaxExtraDigit": "H", "wLangId": "H", "bTeoPrologue": "3s", "ulDataLength": "I"}
"""What ``struct`` calls the fields that are not one byte."""
_ALL_CONDITIONS = 0x07


class PINStructureError(WinscardError, ValueError):
    """Bytes that are no such structure: too few, or of another length than ulDataLength says."""


class Confirmation(IntFlag):
    """Which PINs beside the new one are asked for (bConfirmPIN)."""

    NEW_TWICE = 0x01
    CURRENT = 0x02


@dataclass(frozen=True, slots=True)
class PINFormat:
    """How digits are put into an APDU: three bytes of either structure as they stand.

    Attributes:
        format_string: bmFormatString. Bit 8: units of the offset, 0 bits, 1 bytes; bits 7 to 4: offset of the
            digits' frame in the block; bit 3: digits at the right of the frame; bits 2 and 1: 0 binary, 1 BCD, 2 ASCII.
        block_string: bmPINBlockString. Bits 8 to 5: size of the PIN length in bits, 0 for none; bits 4 to 1: size
            of the frame in bytes, 0 for what there is.
        length_format: bmPINLengthFormat. Bit 5: units of the offset, 0 bits, 1 bytes; bits 4 to 1: offset of the PIN
            length in the block.
    """

    format_string: int
    block_string: int
    length_format: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PINRequest:
    """What both structures have.

    Attributes:
        time_out, time_out_after_key: seconds, 0 to 255.
        format: where the digits go.
        minimum, maximum: how many digits a PIN has.
        validation: bEntryValidationCondition as it stands.
        apdu: command APDU in which the digits are put.
        messages: bNumberMessage.
        language: wLangId.
        prologue: bTeoPrologue, three bytes.
    """

    time_out: int = 0
    time_out_after_key: int = 0
    format: PINFormat
    minimum: int
    maximum: int
    validation: int = Validation.KEY_PRESSED
    apdu: bytes = field(repr=False)
    messages: int = 0
    language: int = 0
    prologue: bytes = bytes(3)

    @property
    def conditions(self) -> Validation:
        """When a PIN is complete: where no condition or an unknown one is named, when ENTER is pressed."""
        return Validation(self.validation) if 0 < self.validation <= _ALL_CONDITIONS else Validation.KEY_PRESSED

    def _fields(self) -> dict[str, Any]:
        """What both structures have, by the names of the document."""
        return {
            "bTimeOut": self.time_out,
            "bTimeOut2": self.time_out_after_key,
            "bmFormatString": self.format.format_string,
            "bmPINBlockString": self.format.block_string,
            "bmPINLengthFormat": self.format.length_format,
            "wPINMaxExtraDigit": self.minimum << 8 | self.maximum,
            "bEntryValidationCondition": self.validation,
            "bNumberMessage": self.messages,
            "wLangId": self.language,
            "bTeoPrologue": self.prologue,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PINVerification(PINRequest):
    """A PIN_VERIFY_STRUCTURE.

    Attributes:
        message_index: bMsgIndex.
    """

    message_index: int = 0

    @classmethod
    def parse(cls, data: bytes) -> PINVerification:
        """Read a whole structure, in whichever byte order its length fits.

        Raises:
            PINStructureError: too few bytes, or of another length than it says.
        """
        fields, apdu = _unpack(_VERIFY, data)
        return cls(**_common(fields), apdu=apdu, message_index=fields["bMsgIndex"])

    def to_bytes(self) -> bytes:
        """The structure, little endian."""
        return _pack(_VERIFY, self._fields() | {"bMsgIndex": self.message_index}, self.apdu)

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """One PIN."""
        return (Prompt.CURRENT,)

    @property
    def block_offsets(self) -> tuple[int, ...]:
        """The block begins where the command data begin."""
        return (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PINModification(PINRequest):
    """A PIN_MODIFY_STRUCTURE.

    Attributes:
        offset_current, offset_new: bInsertionOffsetOld, bInsertionOffsetNew: bytes from the first byte of data.
        confirmation: bConfirmPIN as it stands.
        message_indexes: bMsgIndex1, 2 and 3.
    """

    offset_current: int = 0
    offset_new: int = 0
    confirmation: int = Confirmation.NEW_TWICE | Confirmation.CURRENT
    message_indexes: tuple[int, int, int] = (0, 0, 0)

    @classmethod
    def parse(cls, data: bytes) -> PINModification:
        """Read a whole structure, in whichever byte order its length fits.

        Raises:
            PINStructureError: too few bytes, or of another length than it says.
        """
        fields, apdu = _unpack(_MODIFY, data)
        return cls(
            **_common(fields),
            apdu=apdu,
            offset_current=fields["bInsertionOffsetOld"],
            offset_new=fields["bInsertionOffsetNew"],
            confirmation=fields["bConfirmPIN"],
            message_indexes=tuple(fields[name] for name in _MESSAGES),
        )

    def to_bytes(self) -> bytes:
        """The structure, little endian."""
        names = (*_OFFSETS, "bConfirmPIN", *_MESSAGES)
        own = (self.offset_current, self.offset_new, self.confirmation, *self.message_indexes)
        return _pack(_MODIFY, self._fields() | dict(zip(names, own, strict=True)), self.apdu)

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """The current PIN where it is asked for, the new one, and the new one again where that is asked for."""
        current = (Prompt.CURRENT,) if self.confirmation & Confirmation.CURRENT else ()
        again = (Prompt.CONFIRM,) if self.confirmation & Confirmation.NEW_TWICE else ()
        return (*current, Prompt.NEW, *again)

    @property
    def block_offsets(self) -> tuple[int, ...]:
        """Where the blocks of the PINs that go to the card begin, current before new."""
        current = (self.offset_current,) if self.confirmation & Confirmation.CURRENT else ()
        return (*current, self.offset_new)


def _common(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What both structures have, as :class:`PINRequest` takes it."""
    return {
        "time_out": fields["bTimeOut"],
        "time_out_after_key": fields["bTimeOut2"],
        "format": PINFormat(fields["bmFormatString"], fields["bmPINBlockString"], fields["bmPINLengthFormat"]),
        "minimum": fields["wPINMaxExtraDigit"] >> 8,
        "maximum": fields["wPINMaxExtraDigit"] & 0xFF,
        "validation": fields["bEntryValidationCondition"],
        "messages": fields["bNumberMessage"],
        "language": fields["wLangId"],
        "prologue": fields["bTeoPrologue"],
    }


def _unpack(names: Sequence[str], data: bytes) -> tuple[dict[str, Any], bytes]:
    """The fields, by the names of the document, and abData."""
    for order in "<>":
        layout = _layout(order, names)
        if len(data) < layout.size:
            raise PINStructureError(f"a structure of at least {layout.size} bytes, not {len(data)}")
        fields = dict(zip(names, layout.unpack_from(data), strict=True))
        if fields["ulDataLength"] == len(data) - layout.size:
            return fields, data[layout.size :]
    raise PINStructureError("ulDataLength is not the number of bytes of abData")


def _pack(names: Sequence[str], fields: Mapping[str, Any], apdu: bytes) -> bytes:
    whole = {**fields, "ulDataLength": len(apdu)}
    return _layout("<", names).pack(*(whole[name] for name in names)) + apdu


def _layout(order: str, names: Sequence[str]) -> Struct:
    return Struct(order + "".join(_FORMATS.get(name, "B") for name in names))
