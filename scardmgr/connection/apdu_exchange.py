"""One command APDU through a connection, whatever the transmission protocol needs on the way.

On T=0 the Le field of a case 4 command is not sent (ISO/IEC 7816-3, 12.2.4: the response waits for GET
RESPONSE). 61XX is followed by GET RESPONSE until all data are there; 6CXX by the command again with
the length that the card named. Cards send both over T=1 too, so both are followed up there as well.
"""

from __future__ import annotations

from collections.abc import Callable

from iso7816.apdu import MAX_NE, CommandAPDU, ResponseAPDU
from iso7816.errors import APDUError
from iso7816.status_words import SW, bytes_available, exact_ne
from scardmgr.com.errors import HResultError
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Protocols

_GET_RESPONSE = 0xC0
_CASE_4 = 4

Transmit = Callable[[bytes], bytes]


def exchange(transmit: Transmit, command: CommandAPDU, protocol: Protocols, coded: bytes | None = None) -> ResponseAPDU:
    """Send ``command`` and return all that the card answers, with the last status word.

    Args:
        transmit: C-APDU in, R-APDU out.
        command: the command.
        protocol: the one in force.
        coded: the command's bytes, where they are to go out as they are (a short command in extended form).

    Raises:
        HResultError: SCARD_F_COMM_ERROR: what came back is no response APDU, or does not end.
        SCardError: as ``transmit``.
    """
    raw = command.to_bytes() if coded is None else coded
    if protocol == Protocols.T0 and command.case == _CASE_4 and not command.needs_extended:
        raw = command._replace(ne=None).to_bytes()
    response = _send(transmit, raw)
    if response.sw == SW.OK:
        return response
    ne = exact_ne(response.sw)
    if ne is not None and command.ne is not None:
        response = _send(transmit, command._replace(ne=ne).to_bytes())
    data = response.data
    while (waiting := bytes_available(response.sw)) is not None:
        get_response = CommandAPDU(_channel(command.cla), _GET_RESPONSE, 0, 0, b"", waiting)
        response = _send(transmit, get_response.to_bytes())
        is_stuck = not response.data and bytes_available(response.sw) is not None
        if is_stuck or len(data) + len(response.data) > MAX_NE:
            raise HResultError(SCardCode.SCARD_F_COMM_ERROR, "the card goes on announcing data")
        data += response.data
    return ResponseAPDU(data, response.sw)


def _send(transmit: Transmit, raw: bytes) -> ResponseAPDU:
    try:
        return ResponseAPDU.parse(transmit(raw))
    except APDUError as error:
        raise HResultError(SCardCode.SCARD_F_COMM_ERROR, str(error)) from error


def _channel(cla: int) -> int:
    """CLA of GET RESPONSE: the logical channel of the command, nothing else of its class."""
    return cla & 0x4F if cla & 0xC0 == 0x40 else cla & 0x03
