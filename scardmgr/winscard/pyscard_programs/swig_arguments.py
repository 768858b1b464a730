"""Arguments as the C functions under pyscard take them: what they refuse, and with which exception.

A resource manager of ours takes any number and any bytes; a program that gets an argument wrong is to hear of it as it
would on real PC/SC. Where pyscard's conversion fails without setting an exception, Python makes SystemError of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scardmgr.winscard.pyscard_programs.platforms import Platform

_WINDOWS_POINTER_BITS = 64
_BYTE = 0xFF
_JUST_NAME_AND_STATE = 2
_WITH_ATR = 3


class SwigArguments:
    """The conversions of one platform. ``function`` is the name that an exception tells."""

    def __init__(self, platform: Platform) -> None:
        bits = platform.long_bits
        self._lowest_long, self._highest_long = -(1 << bits - 1), (1 << bits - 1) - 1
        self._highest_unsigned = (1 << bits) - 1
        if platform.is_windows:
            # contexts and handles are pointers there, DWORD is unsigned
            self._lowest_handle, self._highest_handle = (
                -(1 << _WINDOWS_POINTER_BITS - 1),
                (1 << _WINDOWS_POINTER_BITS) - 1,
            )
            self._lowest_dword, self._highest_dword = 0, self._highest_unsigned
            self._no_dword = self._highest_unsigned
            self._dword_type = "unsigned long"
        else:
            self._lowest_handle, self._highest_handle = self._lowest_long, self._highest_long
            self._lowest_dword, self._highest_dword = self._lowest_long, self._highest_long
            self._no_dword = -1
            self._dword_type = "long"

    def context(self, function: str, value: object) -> int:
        """A context.

        Raises:
            TypeError: not an int.
            SystemError: 0, or more than C can hold.
        """
        return self._handle(function, value, "SCARDCONTEXT")

    def card(self, function: str, value: object) -> int:
        """A card handle. Raises as :meth:`context`."""
        return self._handle(function, value, "SCARDHANDLE")

    def _handle(self, function: str, value: object, kind: str) -> int:
        if not isinstance(value, int):
            raise TypeError(f"Expected a python long as {kind}.")
        if value == 0:
            raise _null_without_exception(function)
        if not self._lowest_handle <= value <= self._highest_handle:
            raise _result_with_exception(function) from OverflowError("Python int too large to convert to C long")
        return value

    def dword(self, function: str, value: object) -> int:
        """A DWORD: flags, identifiers, times.

        Raises:
            TypeError: not an int.
            OverflowError: more than C can hold.
            SystemError: the value by which pyscard means a failed conversion.
        """
        if not isinstance(value, int):
            raise TypeError("Expected a python integer or long.")
        if value == self._no_dword:
            raise _null_without_exception(function)
        if not self._lowest_dword <= value <= self._highest_dword:
            raise OverflowError(f"Python int too large to convert to C {self._dword_type}")
        return value

    def unsigned(self, function: str, position: int, value: object) -> int:
        """The argument of SCardTransmit that is an ``unsigned long``.

        Raises:
            TypeError: not an int.
            OverflowError: negative, or more than C can hold.
        """
        message = f"in method '{function}', argument {position} of type 'unsigned long'"
        if not isinstance(value, int):
            raise TypeError(message)
        if not 0 <= value <= self._highest_unsigned:
            raise OverflowError(message)
        return value

    def long(self, function: str, value: object) -> int:
        """An argument that is a ``long``.

        Raises:
            TypeError: not an int.
            OverflowError: more than C can hold.
        """
        message = f"in method '{function}', argument 1 of type 'long'"
        if not isinstance(value, int):
            raise TypeError(message)
        if not self._lowest_long <= value <= self._highest_long:
            raise OverflowError(message)
        return value

    def text(self, function: str, position: int, value: object) -> str:
        """A ``char *``: the text up to a NUL; ``None`` (NULL) counts as no text.

        Raises:
            TypeError: not a str.
        """
        if value is None:
            return ""
        if not isinstance(value, str):
            raise TypeError(f"in method '{function}', argument {position} of type 'char *'")
        return value.partition("\0")[0]

    def octets(self, function: str, value: object) -> bytes:
        """A list of bytes; of a number that is none, the lowest eight bits.

        Raises:
            TypeError: not a list, or something in it is not an int.
            SystemError: a number is more than C can hold.
        """
        if not isinstance(value, list):
            raise TypeError("Expected a list object.")
        if not all(isinstance(number, int) for number in value):
            raise TypeError("Expected a list of bytes.")
        try:
            return bytes(value)
        except ValueError:
            if any(not self._lowest_long <= number <= self._highest_long for number in value):
                raise _result_with_exception(function) from OverflowError("Python int too large to convert to C long")
            return bytes(number & _BYTE for number in value)

    def texts(self, function: str, value: object) -> list[str]:
        """A list of ASCII texts, as names of groups; one that is empty ends it.

        Raises:
            TypeError: not a list, or something in it is not a str.
            SystemError: a text is not ASCII.
        """
        if not isinstance(value, list):
            raise TypeError("Expected a list object.")
        if not all(isinstance(text, str) for text in value):
            raise TypeError("Expected a list of strings.")
        texts: list[str] = []
        for text in value:
            try:
                text.encode("ascii")
            except UnicodeEncodeError as error:
                raise _result_with_exception(function) from error
            texts.append(text.partition("\0")[0])
        return texts[: texts.index("")] if "" in texts else texts

    def reader_states(self, function: str, value: object) -> list[tuple[str, int]]:
        """``[(name, state), ...]`` of tuples that may have an ATR as a third element.

        Raises:
            TypeError: not a list of such tuples.
            UnicodeEncodeError: a name is not ASCII.
            SystemError: a state is more than C can hold.
        """
        if not isinstance(value, list):
            raise TypeError("Expected a list object.")
        for each in value:
            _check_reader_state(each)
        return [self._reader_state(function, each) for each in value]

    def _reader_state(self, function: str, value: tuple[Any, ...]) -> tuple[str, int]:
        name, state = value[:_JUST_NAME_AND_STATE]
        name.encode("ascii")
        if not self._lowest_long <= state <= self._highest_long:
            raise _result_with_exception(function) from OverflowError("Python int too large to convert to C long")
        if len(value) == _WITH_ATR:
            self.octets(function, value[2])
        return name.partition("\0")[0], state & 0xFFFFFFFF


def _check_reader_state(value: object) -> None:
    if not isinstance(value, tuple):
        raise TypeError("Expected a list of tuples.")
    if len(value) not in (_JUST_NAME_AND_STATE, _WITH_ATR):
        raise TypeError("Expecting two or three items in tuple.")
    if not isinstance(value[0], str):
        raise TypeError("Expected a string as reader name.")
    if not isinstance(value[1], int):
        raise TypeError("Expected an Int as second tuple item.")
    if len(value) == _WITH_ATR and not isinstance(value[2], list):
        raise TypeError("Expected a list as third tuple item.")


def _null_without_exception(function: str) -> SystemError:
    return SystemError(f"<built-in function {function}> returned NULL without setting an exception")


def _result_with_exception(function: str) -> SystemError:
    return SystemError(f"<built-in function {function}> returned a result with an exception set")
