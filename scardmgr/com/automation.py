"""What late binding passes around: arguments, flags, and what is told of a failure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

IID_NULL = UUID(int=0)
"""What ``riid`` of IDispatch has to be."""

DISPID_VALUE = 0
"""The default member of an object."""
DISPID_UNKNOWN = -1
"""The number of what has none."""
DISPID_PROPERTYPUT = -3
"""What names the new value in the arguments of a property put."""


class DISPATCH(IntFlag):
    """What IDispatch.Invoke is asked for."""

    METHOD = 0x1
    PROPERTYGET = 0x2
    PROPERTYPUT = 0x4
    PROPERTYPUTREF = 0x8


@dataclass(frozen=True, slots=True)
class DISPPARAMS:
    """Arguments of IDispatch.Invoke, as COM lays them out; :meth:`of` lays them out for you.

    Attributes:
        rgvarg: the arguments, the last one first. The first of them are those that are named.
        rgdispidNamedArgs: which parameters those are: their numbers (GetIDsOfNames), or DISPID_PROPERTYPUT.
    """

    rgvarg: Sequence[object] = ()
    rgdispidNamedArgs: Sequence[int] = ()

    @classmethod
    def of(cls, *positional: object, named: dict[int, object] | None = None) -> DISPPARAMS:
        """Arguments in the order of the parameters, and others by the numbers of theirs."""
        by_number = {} if named is None else named
        return cls((*by_number.values(), *reversed(positional)), tuple(by_number))

    @classmethod
    def put(cls, value: object) -> DISPPARAMS:
        """The new value of a property."""
        return cls.of(named={DISPID_PROPERTYPUT: value})


@dataclass(frozen=True, slots=True)
class EXCEPINFO:
    """What a method that failed tells those who called it late bound.

    Attributes:
        wCode: 0: ``scode`` tells.
        bstrSource: interface and member: ``ISCardVerify.Verify``.
        bstrDescription: the failure in words; no secret is in them.
        bstrHelpFile: empty.
        dwHelpContext: 0.
        scode: the HRESULT.
    """

    wCode: int
    bstrSource: str
    bstrDescription: str
    bstrHelpFile: str
    dwHelpContext: int
    scode: int
