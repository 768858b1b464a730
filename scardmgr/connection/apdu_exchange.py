"""One command APDU through a connection, whatever the transmission protocol needs on the way.

T=0 has one length byte, so commands go out there as ISO/IEC 7816-3:2006, 12.2, maps them:

=========  ==================================================================================
case 2     Le; more than 256 bytes are asked for as 256 (00)
case 4     as case 3: the Le field is not sent, the response waits for GET RESPONSE
extended   as the short form where the data fit it; else the whole command in pieces of 255
           bytes, each in an ENVELOPE, as long as the card answers 9000 to all but the last
=========  ==================================================================================

61XX is followed by GET RESPONSE until all data are there; 6CXX by the command again with the length that the card
named. Cards send both over T=1 too, so both are followed up there as well.
"""

from __future__ import annotations

from collections.abc import Callable

from iso7816.apdu import MAX_NE, MAX_SHORT_NC, MAX_SHORT_NE, CommandAPDU, ResponseAPDU
from iso7816.errors import APDUError
from iso7816.status_words import SW, bytes_available, exact_ne
from scardmgr.com.errors import HResultError
from scardmgr.commands.transmission_handling import class_of_carrier, get_response, pieces
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Protocols

Transmit = Callable[[bytes], bytes]


def exchange(
    transmit: Transmit,
    command: CommandAPDU,
    protocol: Protocols,
    coded: bytes | None = None,
    carrier_class: int | None = None,
) -> ResponseAPDU:
    """Send ``command`` and return all that the card answers, with the last status word.

    Args:
        transmit: C-APDU in, R-APDU out.
        command: the command.
        protocol: the one in force.
        coded: the command's bytes, where they are to go out as they are (a short command in extended form); not on
            T=0, which has one form.
        carrier_class: CLA of GET RESPONSE and ENVELOPE on T=0; ``None``, and elsewhere: the command's logical channel.

    Raises:
        HResultError: SCARD_F_COMM_ERROR: what came back is no response APDU, or does not end.
        SCardError: as ``transmit``.
    """
    on_t0 = protocol == Protocols.T0
    cla = carrier_class if on_t0 and carrier_class is not None else class_of_carrier(command.cla)
    if not on_t0:
        response = _ask(transmit, command, command.to_bytes() if coded is None else coded)
    elif command.nc > MAX_SHORT_NC:
        response = _send_in_pieces(transmit, command, cla)
    else:
        tpdu = _short(command)
        response = _ask(transmit, tpdu, tpdu.to_bytes())
    return _fetch(transmit, response, cla)


def _short(command: CommandAPDU) -> CommandAPDU:
    """What T=0 can say of a command whose data fit a short one."""
    if command.ne is None:
        return command
    return command._replace(ne=None if command.data else min(command.ne, MAX_SHORT_NE))


def _send_in_pieces(transmit: Transmit, command: CommandAPDU, cla: int) -> ResponseAPDU:
    """What the card answers to the last piece, or to the one that it does not take."""
    response = ResponseAPDU(b"", SW.OK)
    for piece in pieces(command, cla):
        response = _send(transmit, piece.to_bytes())
        if response.sw != SW.OK:
            break
    return response


def _ask(transmit: Transmit, command: CommandAPDU, raw: bytes) -> ResponseAPDU:
    """Send a command, and send it again with the length that 6CXX names."""
    response = _send(transmit, raw)
    ne = exact_ne(response.sw)
    if ne is None or command.ne is None:
        return response
    return _send(transmit, command._replace(ne=ne).to_bytes())


def _fetch(transmit: Transmit, response: ResponseAPDU, cla: int) -> ResponseAPDU:
    """GET RESPONSE for as long as the card says that there is more."""
    data = response.data
    fetched = response
    while (waiting := bytes_available(fetched.sw)) is not None:
        command = get_response(cla, waiting)
        fetched = _ask(transmit, command, command.to_bytes())
        is_stuck = not fetched.data and bytes_available(fetched.sw) is not None
        if is_stuck or len(data) + len(fetched.data) > MAX_NE:
            raise HResultError(SCardCode.SCARD_F_COMM_ERROR, "the card goes on announcing data")
        data += fetched.data
    return response if fetched is response else ResponseAPDU(data, fetched.sw)


def _send(transmit: Transmit, raw: bytes) -> ResponseAPDU:
    try:
        return ResponseAPDU.parse(transmit(raw))
    except APDUError as error:
        raise HResultError(SCardCode.SCARD_F_COMM_ERROR, str(error)) from error
