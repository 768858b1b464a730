"""What the interfaces raise: one exception that carries an HRESULT.

A failing HRESULT is a general COM code (:class:`HRESULT`) or one of the resource manager's
(:class:`~scardmgr.winscard.codes.SCardCode`), which share the number space. Where a card's status
word led to it, the exception keeps the word.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import unique
from typing import TYPE_CHECKING

from iso7816.phrased_code import PhrasedCode
from iso7816.status_words import describe_status_word, tries_left
from scardmgr.winscard.codes import SCardCode, known_or_number
from scardmgr.winscard.errors import DatabaseFault, SCardError

if TYPE_CHECKING:
    from collections.abc import Iterator


@unique
class HRESULT(PhrasedCode):
    """The general codes that the interfaces document; ``phrase`` says what each means."""

    S_OK = 0x00000000, "done"
    S_FALSE = 0x00000001, "done, with nothing to show for it"
    E_NOTIMPL = 0x80004001, "not implemented for this card"
    E_POINTER = 0x80004003, "a value that has to be given is None"
    E_FAIL = 0x80004005, "failed"
    E_UNEXPECTED = 0x8000FFFF, "not at this point of the calls"
    E_ACCESSDENIED = 0x80070005, "access denied"
    E_OUTOFMEMORY = 0x8007000E, "out of memory"
    E_INVALIDARG = 0x80070057, "an argument is not valid"
    E_NOINTERFACE = 0x80004002, "no such interface"
    CO_E_RELEASED = 0x800401FF, "the object has been released"
    NTE_BAD_DATA = 0x80090005, "data that are not what they should be"
    NTE_BAD_SIGNATURE = 0x80090006, "the signature is wrong"
    NTE_NO_KEY = 0x8009000D, "no such key, or one without a value"
    DISP_E_UNKNOWNINTERFACE = 0x80020001, "an interface other than IID_NULL"
    DISP_E_MEMBERNOTFOUND = 0x80020003, "no such member"
    DISP_E_PARAMNOTFOUND = 0x80020004, "no such parameter"
    DISP_E_UNKNOWNNAME = 0x80020006, "no such name"
    DISP_E_EXCEPTION = 0x80020009, "the member failed"
    DISP_E_BADINDEX = 0x8002000B, "an index out of its range"
    DISP_E_BADPARAMCOUNT = 0x8002000E, "a wrong number of arguments"
    DISP_E_PARAMNOTOPTIONAL = 0x8002000F, "a parameter has no argument"
    DISP_E_NOTACOLLECTION = 0x80020011, "a property takes no arguments"
    STG_E_INVALIDFUNCTION = 0x80030001, "a stream cannot do that"
    STG_E_INVALIDPOINTER = 0x80030009, "what a stream has to be given is None"
    STG_E_LOCKVIOLATION = 0x80030021, "a region of the stream is locked, or is not"
    STG_E_MEDIUMFULL = 0x80030070, "the stream cannot have that size"
    STG_E_INVALIDFLAG = 0x800300FF, "flags that a stream does not know"


_GENERAL: dict[int, HRESULT] = {code.value: code for code in HRESULT}


class HResultError(Exception):
    """A method failed.

    Neither message nor repr ever holds a code, a key or command data.

    Attributes:
        hresult: the HRESULT, unsigned: an :class:`HRESULT` or
            :class:`~scardmgr.winscard.codes.SCardCode` member, or a plain number that has no name.
        sw: the status word the card gave, ``None`` where no card was asked.
        reason: what was wrong, in words; empty where the code says it all.
    """

    def __init__(self, hresult: int, reason: str = "", sw: int | None = None, *, tries: int | None = None) -> None:
        """Keep code, reason and status word, and ``tries`` where the card told them by another word."""
        number = hresult & 0xFFFFFFFF
        self.hresult: int = _GENERAL.get(number, known_or_number(number))
        self.reason = reason
        self.sw = sw
        self._tries = tries
        super().__init__(self.hresult, reason, sw)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by what it holds, not by the arguments of its making, of which a subclass has others."""
        return type(self).__new__, (type(self), *self.args), self.__dict__

    @property
    def name(self) -> str:
        """The published name (``E_INVALIDARG``, ``SCARD_W_WRONG_CHV``), or eight hex digits."""
        code = self.hresult
        return code.name if isinstance(code, HRESULT | SCardCode) else f"0x{code:08X}"

    @property
    def tries_left(self) -> int | None:
        """Presentations left (63CX: X, 6983: 0; else what the card told when asked); ``None`` where it told none."""
        if self._tries is not None:
            return self._tries
        return None if self.sw is None else tries_left(self.sw)

    def __str__(self) -> str:
        """Name, number, reason, and the status word in words."""
        code = self.hresult
        known = isinstance(code, HRESULT | SCardCode)
        text = f"{self.name} (0x{code:08X})" if known else self.name
        reason = self.reason or (code.phrase if isinstance(code, HRESULT | SCardCode) else "")
        if reason:
            text += f": {reason}"
        if self.sw is not None:
            text += f" [card: {describe_status_word(self.sw)}]"
        return text


@contextmanager
def resource_manager_codes() -> Iterator[None]:
    """Let a code of the resource manager through as the HRESULT that it is.

    Raises:
        HResultError: for every :class:`SCardError` inside.
    """
    try:
        yield
    except DatabaseFault as fault:
        raise HResultError(fault.code, str(fault)) from fault
    except SCardError as error:
        raise HResultError(error.code) from error
