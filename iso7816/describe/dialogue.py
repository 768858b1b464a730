"""A dialogue with a card in words, one entry for each command and its response.

An entry is data: a command line, a test report or a web page render it as they like. Whatever the bytes
are, describing them raises nothing; what may be a secret is masked in every field.
"""

from __future__ import annotations

from dataclasses import dataclass

from iso7816.apdu import CommandAPDU
from iso7816.class_byte import ClassByte, SecureMessaging, is_interindustry
from iso7816.describe.contents import byte_count, spell_out
from iso7816.describe.file_parameters import parameters_in_hex
from iso7816.describe.interindustry import instruction
from iso7816.describe.masking import (
    asks_for_secret,
    expects_nothing,
    masks_data,
    masks_response,
    shown_command,
    shown_response,
    spaced_hex,
)
from iso7816.describe.names import Names
from iso7816.describe.parameters import describe_parameters
from iso7816.describe.selection import Selection
from iso7816.errors import APDUError, Iso7816Error
from iso7816.file_control import FileControlParameters
from iso7816.status_words import describe_status_word, is_success, status_phrase

_READER_CLASS = 0xFF
_SELECT, _GET_RESPONSE, _CREATE_FILE, _DELETE_FILE = 0xA4, 0xC0, 0xE0, 0xE4
_EXTERNAL_AUTHENTICATE, _SEARCH_RECORD = 0x82, 0xA2
_BINARY = frozenset((0x0E, 0xB0, 0xD0, 0xD6))
_RECORD = frozenset((0x0C, _SEARCH_RECORD, 0xB2, 0xD2, 0xDC, 0xE2))
_WRITING = frozenset((0xD0, 0xD2, 0xD6, 0xD8, 0xDA, 0xDC, _CREATE_FILE, 0xE2))
_BY_DF_NAME = 0x04
#: In place of the lengths: what stands for Lc may be a secret's first byte.
_LENGTHS_DO_NOT_FIT = "its length fields do not fit"


@dataclass(frozen=True, slots=True)
class DialogueEntry:
    """One command and its response in words.

    Attributes:
        name: the command's standard name, ``"READ BINARY"``.
        parameters: what it is asked to do, ``"EF 6F01 (greeting), offset 0, 16 bytes"``; may be empty.
        command: the whole command in hex, secrets masked as ``**``.
        sent: command data in lines of words: text, templates spelt out; empty where neither.
        response: the response data field in hex, secrets masked; empty where there is none.
        received: response data in lines of words, as ``sent``.
        sw: the status word, ``None`` where there is no response, or none of two bytes.
        status: the status word in words, without its digits.
    """

    name: str
    parameters: str
    command: str
    sent: tuple[str, ...]
    response: str
    received: tuple[str, ...]
    sw: int | None
    status: str

    @property
    def title(self) -> str:
        """Name and parameters, ``"VERIFY CHV 01, 4 bytes (masked)"``."""
        return f"{self.name} {self.parameters}".rstrip()

    @property
    def outcome(self) -> str:
        """Status word with its digits, ``"9000 normal processing"``; the bare words where there is none."""
        return self.status if self.sw is None else f"{self.sw:04X} {self.status}"

    def __str__(self) -> str:
        return f"{self.title} -> {self.outcome}"


class Dialogue:
    """Puts commands and responses in words, and follows what is selected, so that files have names.

    Args:
        names: of the card's files, CHVs and keys.
    """

    def __init__(self, names: Names | None = None) -> None:
        self._names = Names() if names is None else names
        self.reset()

    def reset(self) -> None:
        """The card was reset: the MF is selected again."""
        self._selections: dict[int, Selection] = {}
        self._answered_by_get_response: tuple[CommandAPDU, Selection] | None = None
        self._secret_is_waiting = False
        self._masked = b""

    def entry(self, command: bytes, response: bytes | None) -> DialogueEntry:
        """The next command with its response; ``None`` for a card that gave no answer."""
        data = b"" if response is None or len(response) < 2 else response[:-2]
        sw = None if response is None or len(response) < 2 else response[-2] << 8 | response[-1]
        if response is None:
            status = "no answer"
        elif sw is None:
            status = f"malformed response {spaced_hex(response)}".rstrip()
        else:
            status = status_phrase(sw)
        mask = len(command) > 4 and masks_data(command, self._names)
        shown = shown_command(command, mask=mask)
        try:
            apdu = CommandAPDU.parse(command)
        except APDUError as error:
            ins = command[1] if len(command) > 1 else None
            secret = mask or (ins is not None and (self._answers_with_secret(ins) or self._repeats_masked(data, ins)))
            self._answered_by_get_response, self._secret_is_waiting = None, secret
            answer = shown_response(data, mask=secret)
            reason = _LENGTHS_DO_NOT_FIT if mask else error
            return DialogueEntry("malformed command", f"({reason})", shown, (), answer, (), sw, status)
        if apdu.ins != _GET_RESPONSE:
            self._masked = apdu.data if mask else b""
        mask_response = self._answers_with_secret(apdu.ins) or self._repeats_masked(data, apdu.ins)
        mask_response = mask_response or asks_for_secret(apdu.ins, apdu.data, self._names)
        if mask and expects_nothing(apdu.ins):
            apdu = CommandAPDU(*apdu[:5])
        self._secret_is_waiting = mask_response
        selection = self._selection(apdu)
        name, parameters = _name(apdu, self._names), _parameters(apdu, selection)
        if sw is not None:
            self._follow(apdu, data, sw, selection)
        return DialogueEntry(
            name,
            parameters,
            shown,
            spell_out(apdu.data) if not mask and _shows_sent(apdu) else (),
            shown_response(data, mask=mask_response),
            spell_out(data) if not mask_response else (f"{byte_count(len(data))} (masked)",) if data else (),
            sw,
            status,
        )

    def command(self, command: bytes) -> str:
        """The command alone in words, as it would be understood next; nothing is followed."""
        mask = len(command) > 4 and masks_data(command, self._names)
        try:
            apdu = CommandAPDU.parse(command)
        except APDUError as error:
            return f"malformed command ({_LENGTHS_DO_NOT_FIT if mask else error})"
        if mask and expects_nothing(apdu.ins):
            apdu = CommandAPDU(*apdu[:5])
        return f"{_name(apdu, self._names)} {_parameters(apdu, self._selection(apdu))}".rstrip()

    def _answers_with_secret(self, ins: int) -> bool:
        return masks_response(ins) or (ins == _GET_RESPONSE and self._secret_is_waiting)

    def _repeats_masked(self, data: bytes, ins: int) -> bool:
        """Whether a response gives back what was masked; GET RESPONSE may fetch it in parts."""
        return self._masked != b"" and (
            self._masked in data or (ins == _GET_RESPONSE and data != b"" and data in self._masked)
        )

    def _selection(self, apdu: CommandAPDU) -> Selection:
        return self._selections.get(_channel(apdu.cla), Selection(self._names))

    def _follow(self, apdu: CommandAPDU, data: bytes, sw: int, selection: Selection) -> None:
        """Note what the command changed of what is selected, and what GET RESPONSE will belong to."""
        channel = _channel(apdu.cla)
        before = self._answered_by_get_response
        if apdu.ins == _GET_RESPONSE and before is not None:
            answered, earlier = before
        else:
            answered, earlier = apdu, selection
        if is_success(sw) or sw >> 8 == 0x62:
            self._selections[channel] = _selected_after(answered, data, earlier, selection)
        self._answered_by_get_response = (answered, earlier) if sw >> 8 == 0x61 else None


def describe_command(command: bytes, names: Names | None = None) -> str:
    """One command in words, as the first one after a reset."""
    return Dialogue(names).command(command)


def describe_response(response: bytes) -> str:
    """Status word in words, and how much data comes with it."""
    if len(response) < 2:
        return f"malformed response {spaced_hex(response)}".rstrip()
    words = describe_status_word(response[-2] << 8 | response[-1])
    return words if len(response) == 2 else f"{words}, {byte_count(len(response) - 2)}"


def _channel(cla: int) -> int:
    """The logical channel, 0 in a class that tells none."""
    return ClassByte.parse(cla).channel if is_interindustry(cla) else 0


def _name(apdu: CommandAPDU, names: Names) -> str:
    proprietary = names.commands.get(_code(apdu))
    if proprietary is not None:
        return proprietary
    known = instruction(apdu.ins)
    if apdu.cla == _READER_CLASS:
        return f"reader command FF {apdu.ins:02X}"
    if known is None:
        return f"unknown command {apdu.cla:02X} {apdu.ins:02X}"
    name = known.name
    if apdu.ins == _EXTERNAL_AUTHENTICATE and apdu.ne is not None and apdu.data:
        name = "MUTUAL AUTHENTICATE"
    return name if is_interindustry(apdu.cla) else f"{name} (class {apdu.cla:02X})"


def _code(apdu: CommandAPDU) -> int:
    """By which names have a command: interindustry classes are class 00."""
    return (0 if is_interindustry(apdu.cla) else apdu.cla) << 8 | apdu.ins


def _parameters(apdu: CommandAPDU, selection: Selection) -> str:
    """P1, P2 and lengths in words, then what the class byte adds."""
    if _code(apdu) in selection.names.commands:
        return parameters_in_hex(apdu)
    if instruction(apdu.ins) is None or not is_interindustry(apdu.cla):
        return parameters_in_hex(apdu)
    class_byte = ClassByte.parse(apdu.cla)
    protected = class_byte.secure_messaging is not SecureMessaging.NONE
    plain = not protected and not class_byte.chaining
    parts = [describe_parameters(apdu, selection) if plain else parameters_in_hex(apdu)]
    if class_byte.channel > 0:
        parts.append(f"channel {class_byte.channel}")
    if protected:
        parts.append(class_byte.secure_messaging.value)
    if class_byte.chaining:
        parts.append("more follows")
    return ", ".join(parts)


def _shows_sent(apdu: CommandAPDU) -> bool:
    """Whether command data is worth spelling out: what is written, and names that are selected."""
    return apdu.ins in _WRITING or (apdu.ins == _SELECT and apdu.p1 == _BY_DF_NAME)


def _selected_after(apdu: CommandAPDU, data: bytes, earlier: Selection, now: Selection) -> Selection:
    """What is selected after ``apdu`` succeeded; ``earlier`` held before it, ``now`` holds until this response."""
    if not is_interindustry(apdu.cla):
        return now
    if apdu.ins == _SELECT:
        target = earlier.selected_by(apdu, data)
        return now if target is None else earlier.after_selecting(target)
    if apdu.ins in _BINARY and apdu.p1 & 0x80:
        return earlier.after_selecting(earlier.by_sfi(apdu.p1 & 0x1F))
    if apdu.ins in _RECORD and apdu.p2 >> 3 != 0:
        return earlier.after_selecting(earlier.by_sfi(apdu.p2 >> 3))
    if apdu.ins == _CREATE_FILE:
        return _after_creating(apdu.data, earlier)
    if apdu.ins == _DELETE_FILE:
        return earlier.without_ef()
    return now


def _after_creating(data: bytes, selection: Selection) -> Selection:
    """A created file is selected."""
    try:
        fcp = FileControlParameters.parse_template(data)
    except Iso7816Error:
        return selection
    if fcp.fid is None:
        return selection.without_ef()
    is_df = fcp.descriptor is not None and fcp.descriptor.kind.is_df
    return selection.after_selecting(selection.child(fcp.fid, is_df=is_df))
