"""What IDispatch raises beyond a code: what COM tells through further [out] parameters."""

from __future__ import annotations

from scardmgr.com.automation import EXCEPINFO
from scardmgr.com.errors import HRESULT, HResultError


class UnknownNameError(HResultError):
    """GetIDsOfNames does not know a name: DISP_E_UNKNOWNNAME.

    Attributes:
        rgDispId: the numbers, in the order of the names; DISPID_UNKNOWN (-1) for each that is unknown.
    """

    def __init__(self, reason: str, numbers: list[int]) -> None:
        super().__init__(HRESULT.DISP_E_UNKNOWNNAME, reason)
        self.rgDispId = numbers


class DispatchArgumentError(HResultError):
    """An argument of Invoke fits no parameter: DISP_E_PARAMNOTFOUND.

    Attributes:
        puArgErr: its place in ``rgvarg``; ``None`` where there is no argument.
    """

    def __init__(self, reason: str, place: int | None) -> None:
        super().__init__(HRESULT.DISP_E_PARAMNOTFOUND, reason)
        self.puArgErr = place


class DispatchError(HResultError):
    """A member that was called late bound failed: DISP_E_EXCEPTION.

    Attributes:
        excepinfo: what failed, and how.
    """

    def __init__(self, member: str, error: HResultError) -> None:
        super().__init__(HRESULT.DISP_E_EXCEPTION, f"{member}: {error}", tries=error.tries_left)
        self.sw = error.sw
        self.excepinfo = EXCEPINFO(0, member, str(error), "", 0, int(error.hresult))
