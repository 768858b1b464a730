"""From one command APDU to one response APDU: class, table row, parameters, length, handler, status word.

Refusals leave the handlers as ``StatusWordError`` and become bytes here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NoReturn

from emulator.unit_of_work import PowerCut, WriteFailure
from iso7816.apdu import CommandAPDU
from iso7816.errors import APDUError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import AnyCommandRow, CardContext

_OK: Final = b"\x90\x00"
_WRONG_LENGTH: Final = SW.WRONG_LENGTH.to_bytes(2, "big")
_MEMORY_FAILURE: Final = SW.MEMORY_FAILURE.to_bytes(2, "big")
_NO_DIAGNOSIS: Final = SW.NO_DIAGNOSIS.to_bytes(2, "big")


class Dispatcher:
    """Executes commands from a table."""

    __slots__ = ("_classes", "_context", "_parse", "_rows")

    def __init__(self, rows: Iterable[AnyCommandRow], context: CardContext) -> None:
        self._rows = {row.code: (row.parse, int(row.cases), row.handle) for row in rows}
        self._classes = frozenset(code >> 8 for code in self._rows)
        self._context = context
        self._parse = CommandAPDU.parse

    def execute(self, command: bytes) -> bytes:
        """One command APDU in, one response APDU out.

        Raises:
            PowerCut: the fault point cut the power.
        """
        try:
            apdu = self._parse(command)
        except APDUError:
            return _WRONG_LENGTH
        context = self._context
        try:
            code = apdu.cla << 8 | apdu.ins
            if apdu.cla != 0 and apdu.cla not in self._classes:
                refuse_class(apdu.cla)
            row = self._rows.get(code)
            if row is None:
                raise StatusWordError(SW.INS_UNSUPPORTED)
            parse, cases, handle = row
            parameters = parse(apdu.p1, apdu.p2)
            ne = apdu.ne
            if not cases & ((1 if ne is None else 2) if not apdu.data else (4 if ne is None else 8)):
                raise StatusWordError(SW.WRONG_LENGTH)
            response = handle(context, apdu, parameters)
            work = context.work
            if work.changes:
                work.commit()
        except StatusWordError as refusal:
            context.work.rollback()
            return refusal.sw.to_bytes(2, "big")
        except PowerCut:
            raise
        except WriteFailure as failure:
            _report(failure, apdu)
            return _MEMORY_FAILURE
        except Exception as error:  # noqa: BLE001 (whatever a handler does, the card lives on)
            context.work.rollback()
            _report(error, apdu)
            return _NO_DIAGNOSIS
        if isinstance(response, bytes):
            data, status = response, _OK
        else:
            data, status = response.data, response.sw.to_bytes(2, "big")
        if not data:
            return status
        if ne is None:
            return status
        if len(data) > ne:
            return _WRONG_LENGTH
        return data + status


def refuse_class(cla: int) -> NoReturn:
    """Refuse a class that no row serves, in the order in which a card peels a command.

    Chaining, logical channels and secure messaging of the interindustry classes (ISO/IEC 7816-4, 5.4.1)
    have their places here.

    Raises:
        StatusWordError: 6884 command chaining, 6881 logical channel, 6882 secure messaging, 6E00 every other class.
    """
    first = cla & 0xE0 == 0x00
    further = cla & 0xC0 == 0x40
    if not first and not further:
        raise StatusWordError(SW.CLA_UNSUPPORTED)
    if cla & 0x10:
        raise StatusWordError(SW.CHAINING_UNSUPPORTED)
    if further or cla & 0x03:
        raise StatusWordError(SW.CHANNEL_UNSUPPORTED)
    raise StatusWordError(SW.SECURE_MESSAGING_UNSUPPORTED)


def _report(error: Exception, apdu: CommandAPDU) -> None:
    """Log where it happened; neither the error's text nor any value, for they may hold a secret."""
    # Loaded when something goes wrong, which is never: start-up is a part of the result.
    import logging
    import traceback

    where = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger(__name__).error("%r raised %s, answered 6F00\n%s", apdu, type(error).__name__, where)
