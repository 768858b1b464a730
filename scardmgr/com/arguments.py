"""Arguments as the documents judge them: a missing one is E_POINTER, an impossible one E_INVALIDARG.

A method whose page does not list E_POINTER has E_INVALIDARG for both: ``missing`` says which it is.
Callers need not be type-checked, so everything is looked at as an ``object``.
No message repeats a value that may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import SupportsBytes, TypeVar
from uuid import UUID

from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.published.enumerations import SCARD_FLAGS, SCARD_PROTOCOLS, SCARD_SHARE_MODES
from scardmgr.winscard.constants import Protocols, ShareMode

_Member = TypeVar("_Member", bound=IntEnum)

_PROTOCOLS: dict[object, Protocols] = {
    SCARD_PROTOCOLS.T0: Protocols.T0,
    SCARD_PROTOCOLS.T1: Protocols.T1,
    SCARD_PROTOCOLS.T0 | SCARD_PROTOCOLS.T1: Protocols.ANY,
    SCARD_PROTOCOLS.RAW: Protocols.RAW,
}

LONG_MIN = -(1 << 31)
LONG_MAX = (1 << 31) - 1


def member(kind: type[_Member], value: object, name: str, missing: HRESULT = HRESULT.E_INVALIDARG) -> _Member:
    """``value`` as a member of the enumeration ``kind``.

    Raises:
        HResultError: ``missing``: None. E_INVALIDARG: no member.
    """
    if value is None:
        raise HResultError(missing, f"{name} is None")
    try:
        return kind(value)  # type: ignore[arg-type]  # whatever it is, the enumeration judges it
    except ValueError:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: {value!r} is not a member of {kind.__name__}") from None


def flags(
    value: object, allowed: SCARD_FLAGS, name: str = "flags", missing: HRESULT = HRESULT.E_INVALIDARG
) -> SCARD_FLAGS:
    """``value`` as flags, of which only those in ``allowed`` may be set.

    Raises:
        HResultError: ``missing``: None. E_INVALIDARG: no number, or a flag that is not allowed.
    """
    if value is None:
        raise HResultError(missing, f"{name} is None")
    if not isinstance(value, int):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: flags are a number")
    if value == 0:
        return SCARD_FLAGS.SC_FL_NO_FLAGS
    given = SCARD_FLAGS(value)
    if given & ~allowed:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: {given & ~allowed!r} means nothing here")
    return given


def buffer(value: object, name: str) -> bytes:
    """The bytes of a buffer argument; of an IByteBuffer all of them.

    Raises:
        HResultError: E_POINTER: None. E_INVALIDARG: not bytes.
    """
    if value is None:
        raise HResultError(HRESULT.E_POINTER, f"{name} is None")
    if not isinstance(value, bytes | bytearray | memoryview | SupportsBytes):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is of type {type(value).__name__}: bytes are needed")
    try:
        return bytes(value)
    except (TypeError, ValueError):  # a memoryview that has been released; a class that has bytes, and no object of it
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} has no bytes to give") from None


def text(value: object, name: str, missing: HRESULT = HRESULT.E_INVALIDARG) -> str:
    """A string that is not empty.

    Raises:
        HResultError: ``missing``: None. E_INVALIDARG: not a string, or empty.
    """
    if value is None:
        raise HResultError(missing, f"{name} is None")
    if not isinstance(value, str) or value == "":
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} has to be a string that is not empty")
    return value


def number(
    value: object,
    name: str,
    least: int = LONG_MIN,
    most: int = LONG_MAX,
    missing: HRESULT = HRESULT.E_POINTER,
) -> int:
    """A number from ``least`` to ``most``.

    Raises:
        HResultError: ``missing``: None. E_INVALIDARG: not a number, or out of its range.
    """
    if value is None:
        raise HResultError(missing, f"{name} is None")
    if isinstance(value, bool) or not isinstance(value, int):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is of type {type(value).__name__}: a number is needed")
    if not least <= value <= most:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is {value}: it is {least} to {most}")
    return value


def byte(value: object, name: str) -> int:
    """A BYTE, 0 to 255.

    Raises:
        HResultError: E_POINTER: None. E_INVALIDARG: not a number, or out of its range.
    """
    return number(value, name, 0, 0xFF)


def share_mode(value: object, name: str = "ShareMode", missing: HRESULT = HRESULT.E_INVALIDARG) -> ShareMode:
    """A published share mode as the resource manager's.

    Raises:
        HResultError: ``missing``: None. E_INVALIDARG: no share mode.
    """
    return ShareMode(member(SCARD_SHARE_MODES, value, name, missing))


def protocols(value: object, name: str, missing: HRESULT = HRESULT.E_INVALIDARG) -> Protocols:
    """The published protocols that a connection may ask for, as the resource manager's.

    Raises:
        HResultError: ``missing``: None. E_INVALIDARG: none of these.
    """
    if value is None:
        raise HResultError(missing, f"{name} is None")
    found = _PROTOCOLS.get(value) if isinstance(value, int) else None
    if found is None:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: {value!r} is not T0, T1, T0|T1 or RAW")
    return found


def texts(value: object, name: str) -> list[str]:
    """A safe array of strings, none of them empty.

    Raises:
        HResultError: E_POINTER: None. E_INVALIDARG: no sequence, or something else in it.
    """
    return [text(item, f"each of {name}") for item in _items(value, name)]


def identifiers(value: object, name: str) -> list[UUID]:
    """A safe array of interface identifiers, each a UUID or the text of one.

    Raises:
        HResultError: E_POINTER: None. E_INVALIDARG: no sequence, or something else in it.
    """
    return [identifier(item, f"each of {name}") for item in _items(value, name)]


def identifier(value: object, name: str) -> UUID:
    """An interface identifier, given as a UUID or as the text of one.

    Raises:
        HResultError: E_INVALIDARG.
    """
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is of type {type(value).__name__}: UUID is needed")
    try:
        return UUID(value)
    except ValueError:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: {value!r} is no interface identifier") from None


def _items(value: object, name: str) -> list[object]:
    if value is None:
        raise HResultError(HRESULT.E_POINTER, f"{name} is None")
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, Iterable):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is of type {type(value).__name__}: a sequence is needed")
    return list(value)
