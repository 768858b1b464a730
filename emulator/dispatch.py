"""From one command to its response: class, table row, parameters, length, handler, status word.

Refusals leave the handlers as ``StatusWordError`` and become bytes here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from emulator.unit_of_work import PowerCut, WriteFailure
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.applications.contract import Application
    from emulator.command import AnyCommandRow, CardContext, Response
    from emulator.session import Session
    from iso7816.apdu import CommandAPDU

_OK: Final = b"\x90\x00"
_MEMORY_FAILURE: Final = SW.MEMORY_FAILURE.to_bytes(2, "big")
_NO_DIAGNOSIS: Final = SW.NO_DIAGNOSIS.to_bytes(2, "big")


Row: TypeAlias = "tuple[Callable[[int, int], Any], int, Callable[[CardContext, CommandAPDU, Any], Response]]"
"""What parses P1 and P2, the cases that are allowed, and the handler."""

Rows: TypeAlias = dict[int, Row]
"""From ``CLA << 8 | INS`` to the row."""

_ROWS: Final[dict[type[Application], Rows]] = {}


class Dispatcher:
    """Executes commands from a table.

    Attributes:
        rows: the card's own commands.
    """

    __slots__ = ("_context", "_table", "rows")

    def __init__(self, rows: Iterable[AnyCommandRow], context: CardContext) -> None:
        self._table = tuple(rows)
        self.rows = compiled(self._table)
        self._context = context

    def execute(self, apdu: CommandAPDU, rows: Rows) -> bytes:
        """Response data, then the status word. Ne limits the data only where the handler says so.

        Args:
            apdu: the command.
            rows: the commands that there are: the card's own, or :meth:`current_rows`.

        Raises:
            PowerCut: the fault point cut the power.
        """
        context = self._context
        # Unpacked at once: six attributes of a named tuple take a tenth of the whole time of a SELECT.
        cla, ins, p1, p2, data, ne = apdu
        try:
            row = rows.get(cla << 8 | ins)
            if row is None:
                is_known = any(code >> 8 == cla for code in rows)
                raise StatusWordError(SW.INS_UNSUPPORTED if is_known else SW.CLA_UNSUPPORTED)
            parse, cases, handle = row
            parameters = parse(p1, p2)
            if not cases & ((1 if ne is None else 2) if not data else (4 if ne is None else 8)):
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
        except BaseException:
            # An interrupt: what is half done must not be committed with the next command.
            context.work.rollback()
            raise
        if isinstance(response, bytes):
            return response + _OK if response else _OK
        return response.to_bytes()

    def session_of_one_command(self, protected: CommandAPDU) -> Session:
        """What a protected command is taken under where no session has begun.

        What the application changed meanwhile, and has not committed itself, is undone.

        Raises:
            StatusWordError: there is none, and why; 6F00, 6581 where the application has failed.
            PowerCut: the fault point cut the power.
        """
        context = self._context
        try:
            session = context.session_of_one_command()
            context.work.rollback()
        except PowerCut:
            raise
        except WriteFailure as failure:
            _report(failure, protected)
            raise StatusWordError(SW.MEMORY_FAILURE) from None
        except StatusWordError:
            context.work.rollback()
            raise
        except Exception as error:  # noqa: BLE001 (whatever an application does, the card lives on)
            context.work.rollback()
            _report(error, protected)
            raise StatusWordError(SW.NO_DIAGNOSIS) from None
        except BaseException:
            context.work.rollback()
            raise
        return session

    def current_rows(self) -> Rows:
        """The commands that the current application of the channel has, or the card's own where there is none.

        Of a terminated card the few that are left. Where the life cycle of its DF has closed the application: the
        card's own, among them those that activate and delete it, and 6985 to what only the application has.
        """
        context = self._context
        if context.is_terminated:
            return compiled(row for row in self._table if row.serves_terminated)
        df = context.channel.application
        if df == 0:
            return self.rows
        application = context.serving_application(context.channel)
        if application is None:
            closed = context.application_type(df).COMMANDS
            return {**{row.code: (_refuse_closed, int(row.cases), row.handle) for row in closed}, **self.rows}
        rows = _ROWS.get(application)
        if rows is None:
            own = compiled(application.COMMANDS)
            rows = _ROWS[application] = {**self.rows, **own} if application.KEEPS_CARD_COMMANDS else own
        return rows


def compiled(rows: Iterable[AnyCommandRow]) -> Rows:
    """The rows by class and instruction byte."""
    return {row.code: (row.parse, int(row.cases), row.handle) for row in rows}


def _refuse_closed(_p1: int, _p2: int) -> NoReturn:
    """Raises StatusWordError 6985."""
    raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)


def _report(error: Exception, apdu: CommandAPDU) -> None:
    """Log where it happened; neither the error's text nor any value, for they may hold a secret."""
    # Loaded when something goes wrong, which is never: start-up is a part of the result.
    import logging
    import traceback

    where = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger(__name__).error("%r raised %s, answered 6F00\n%s", apdu, type(error).__name__, where)
