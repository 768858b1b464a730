"""The commands that carry other commands (ISO/IEC 7816-4:2020, transmission handling): GET RESPONSE and ENVELOPE.

::

    GET RESPONSE   CLA C0 00 00 Le             fetches what waits in the card
    ENVELOPE       CLA C2 00 00 Lc data [Le]   data: a command APDU, or a piece of one
"""

from __future__ import annotations

from collections.abc import Iterator

from iso7816.apdu import MAX_NC, MAX_NE, MAX_SHORT_NC, MAX_SHORT_NE, CommandAPDU
from iso7816.errors import APDUError
from scardmgr.published.enumerations import ISO_APDU_TYPE
from scardmgr.published.instructions import INS

_HEADER = 4
_LE_FIELD = 2


def class_of_carrier(cla: int) -> int:
    """CLA of a command that carries the one with ``cla``: its logical channel, nothing else of its class."""
    return cla & 0x4F if cla & 0xC0 == 0x40 else cla & 0x03


def get_response(cla: int, ne: int) -> CommandAPDU:
    """GET RESPONSE for at most ``ne`` bytes, 1 to 256."""
    return CommandAPDU(cla, INS.GET_RESPONSE, 0, 0, b"", ne)


def envelope(apdu: bytes, apdu_type: ISO_APDU_TYPE, cla: int | None = None) -> CommandAPDU:
    """The ENVELOPE that carries a whole command.

    It has an Le field of zeros, also where the command has none: the response data are a response APDU, which is a
    status word at least.

    Args:
        apdu: the command, or what T=0 has in place of it: 00 behind the header of case 1, no Le field in case 4.
        apdu_type: its case; the command that is carried has the Le field of that case.
        cla: CLA of the ENVELOPE; ``None``: the command's logical channel.

    Raises:
        APDUError: no command APDU, none that can be of that case, or longer than 65535 bytes.
    """
    carried = _whole_command(apdu, apdu_type)
    command = CommandAPDU.parse(carried)
    if len(carried) > MAX_NC:
        raise APDUError(f"a command of {len(carried)} bytes: at most {MAX_NC} fit into an ENVELOPE")
    is_long = len(carried) > MAX_SHORT_NC or (command.ne is not None and command.ne > MAX_SHORT_NE)
    ne = MAX_NE if is_long else MAX_SHORT_NE
    return CommandAPDU(class_of_carrier(command.cla) if cla is None else cla, INS.ENVELOPE, 0, 0, carried, ne)


def pieces(command: CommandAPDU, cla: int) -> Iterator[CommandAPDU]:
    """The ENVELOPEs that carry a command whose data are too long for one byte of length (ISO/IEC 7816-3, 12.2).

    Each carries up to 255 bytes of the command APDU, the last one at least the Le field and a byte of data, so that
    the length in the first piece tells the card whether more is to come. What an ENVELOPE itself carries is cut into
    pieces, too; a short command in it gets extended length fields for that, as only they tell that more is to come.

    Args:
        command: the command.
        cla: CLA of the ENVELOPEs, where the command is none itself.
    """
    is_envelope = (command.ins, command.p1, command.p2) == (INS.ENVELOPE, 0, 0)
    rest = _in_extended_form(command.data) if is_envelope else command.to_bytes()
    while rest:
        would_remain = len(rest) - MAX_SHORT_NC
        size = MAX_SHORT_NC - _LE_FIELD if 0 < would_remain <= _LE_FIELD else MAX_SHORT_NC
        piece, rest = rest[:size], rest[size:]
        yield CommandAPDU(command.cla if is_envelope else cla, INS.ENVELOPE, 0, 0, piece)


def _in_extended_form(carried: bytes) -> bytes:
    """A command with extended length fields; what has them, and what is no command, as it is.

    Le of 00 becomes 0000: it asks for all there are, where 0100 would ask for 256 bytes.
    """
    if carried[_HEADER] == 0:
        return carried
    try:
        command = CommandAPDU.parse(carried)
    except APDUError:
        return carried
    if command.ne == MAX_SHORT_NE:
        command = command._replace(ne=MAX_NE)
    return command.to_bytes(extended=True)


def _whole_command(apdu: bytes, apdu_type: ISO_APDU_TYPE) -> bytes:
    """The command with the Le field that its case has; zeros, where T=0 does not show any. Raises APDUError."""
    command = CommandAPDU.parse(apdu)
    if command.case == apdu_type:
        return apdu
    if apdu_type is ISO_APDU_TYPE.ISO_CASE_1 and apdu[_HEADER:] == b"\0":
        return apdu[:_HEADER]
    if command.ne is None and apdu_type == command.case + 1:
        is_extended = len(command.data) > 0 and apdu[_HEADER] == 0
        return apdu + (b"\0\0" if is_extended else b"\0")
    raise APDUError(f"an APDU of case {command.case} is none of case {int(apdu_type)}")
