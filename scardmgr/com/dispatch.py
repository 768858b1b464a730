"""IDispatch: members by name and number, for languages that bind late."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from inspect import Parameter, signature
from typing import ClassVar
from uuid import UUID

from scardmgr.com import arguments
from scardmgr.com.automation import DISPATCH, DISPID_PROPERTYPUT, DISPPARAMS, EXCEPINFO, IID_NULL
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.com.unknown import IUnknown
from scardmgr.published.definitions import InterfaceDefinition, MemberKind, interface_of

_FLAG_OF = {
    MemberKind.METHOD: DISPATCH.METHOD,
    MemberKind.PROPERTYGET: DISPATCH.PROPERTYGET,
    MemberKind.PROPERTYPUT: DISPATCH.PROPERTYPUT,
}
_PUT = DISPATCH.PROPERTYPUT | DISPATCH.PROPERTYPUTREF
_MEANT = DISPATCH.METHOD | DISPATCH.PROPERTYGET | _PUT
#: What stands for an argument that is left out.
_LEFT_OUT = HRESULT.DISP_E_PARAMNOTFOUND


class IDispatch(IUnknown):
    """Late binding, for the interfaces that the published tables define.

    Numbers of members are the tables'. A parameter's number is its place in the Python method, from 0, since that is
    what there is to call.
    """

    IID: ClassVar[UUID] = UUID("00020400-0000-0000-C000-000000000046")

    def GetTypeInfoCount(self) -> int:
        """1: there is a type description."""
        return 1

    def GetTypeInfo(self, iTInfo: int = 0, lcid: int = 0) -> InterfaceDefinition:
        """The type description, as the published tables have it.

        Raises:
            HResultError: DISP_E_BADINDEX: ``iTInfo`` is not 0.
        """
        del lcid
        if arguments.number(iTInfo, "iTInfo") != 0:
            raise HResultError(HRESULT.DISP_E_BADINDEX, f"iTInfo is {iTInfo}: there is one type description, 0")
        return _definition(type(self))

    def GetIDsOfNames(self, riid: UUID | str, rgszNames: Iterable[str], lcid: int = 0) -> list[int]:
        """The numbers of a member and of parameters of it, for :meth:`Invoke`.

        Args:
            riid: IID_NULL.
            rgszNames: the member's name, then names of its parameters. Case does not matter.
            lcid: a language; names have one.

        Raises:
            HResultError: DISP_E_UNKNOWNINTERFACE: ``riid`` is another.
                DISP_E_UNKNOWNNAME: a name is unknown. E_INVALIDARG: no names.
        """
        del lcid
        _require_null(riid)
        names = arguments.texts(rgszNames, "rgszNames")
        if not names:
            raise HResultError(HRESULT.E_INVALIDARG, "rgszNames is empty: the first is the member's name")
        member = names[0].lower()
        found = next((each for each in _definition(type(self)).members if each.attribute.lower() == member), None)
        if found is None:
            raise HResultError(HRESULT.DISP_E_UNKNOWNNAME, f"{type(self).__name__} has no member {names[0]!r}")
        parameters = [each.name.lower() for each in _parameters(type(self), found.attribute)]
        unknown = [name for name in names[1:] if name.lower() not in parameters]
        if unknown:
            raise HResultError(HRESULT.DISP_E_UNKNOWNNAME, f"{found.attribute} has no parameter {unknown[0]!r}")
        return [found.dispid, *(parameters.index(name.lower()) for name in names[1:])]

    def Invoke(
        self,
        dispIdMember: int,
        riid: UUID | str = IID_NULL,
        lcid: int = 0,
        wFlags: DISPATCH = DISPATCH.METHOD,
        pDispParams: DISPPARAMS | None = None,
    ) -> object:
        """Call a method, or get or set a property.

        Args:
            dispIdMember: the member's number.
            riid: IID_NULL.
            lcid: a language; there is one.
            wFlags: what is asked for. METHOD and PROPERTYGET together: whichever the member is.
            pDispParams: the arguments; ``None``: none. DISP_E_PARAMNOTFOUND among them stands for one left out.

        Returns:
            What the method returns, or the property's value.

        Raises:
            HResultError: DISP_E_UNKNOWNINTERFACE: ``riid`` is another. E_INVALIDARG: no such flags.
                DISP_E_MEMBERNOTFOUND: no member has the number and what is asked for.
                DISP_E_BADPARAMCOUNT, DISP_E_PARAMNOTFOUND, DISP_E_PARAMNOTOPTIONAL: too many arguments, one for no
                parameter, one missing.
            DispatchError: DISP_E_EXCEPTION: the member failed.
        """
        del lcid
        _require_null(riid)
        number = arguments.number(dispIdMember, "dispIdMember")
        wanted = DISPATCH(arguments.number(wFlags, "wFlags", 0, 0xFFFF))
        if not wanted & _MEANT or wanted & ~_MEANT:
            raise HResultError(HRESULT.E_INVALIDARG, f"wFlags: {wanted!r} asks for nothing there is")
        given = DISPPARAMS() if pDispParams is None else pDispParams
        found = next(
            (
                each
                for each in _definition(type(self)).members
                if each.dispid == number and _FLAG_OF[each.kind] & wanted
            ),
            None,
        )
        if found is None:
            raise HResultError(HRESULT.DISP_E_MEMBERNOTFOUND, f"{type(self).__name__} has no {wanted!r} {number}")
        kind, attribute = found.kind, found.attribute
        if kind is MemberKind.METHOD:
            bound = _bound(_parameters(type(self), attribute), given)
        elif kind is MemberKind.PROPERTYPUT:
            value = _new_value(given)
        elif given.rgvarg:
            raise HResultError(HRESULT.DISP_E_BADPARAMCOUNT, f"{attribute} takes no arguments")
        try:
            if kind is MemberKind.METHOD:
                return getattr(self, attribute)(**bound)
            if kind is MemberKind.PROPERTYPUT:
                setattr(self, attribute, value)
                return None
            return getattr(self, attribute)
        except HResultError as error:
            raise DispatchError(attribute, error) from error


class DispatchError(HResultError):
    """A member that was called late bound failed: DISP_E_EXCEPTION.

    Attributes:
        excepinfo: what failed, and how.
    """

    def __init__(self, member: str, error: HResultError) -> None:
        super().__init__(HRESULT.DISP_E_EXCEPTION, f"{member}: {error}")
        self.sw = error.sw
        self.excepinfo = EXCEPINFO(0, member, str(error), "", 0, int(error.hresult))


def _require_null(riid: UUID | str) -> None:
    if arguments.identifier(riid, "riid") != IID_NULL:
        raise HResultError(HRESULT.DISP_E_UNKNOWNINTERFACE, "riid has to be IID_NULL")


@cache
def _definition(kind: type[IDispatch]) -> InterfaceDefinition:
    """What the tables say of the first interface of a class that they know.

    Raises:
        HResultError: E_NOTIMPL: they know none of them.
    """
    for each in kind.__mro__:
        identifier = vars(each).get("IID")
        found = None if identifier is None else interface_of(identifier)
        if found is not None:
            return found
    raise HResultError(HRESULT.E_NOTIMPL, f"{kind.__name__} has no published interface")


@cache
def _parameters(kind: type[IDispatch], attribute: str) -> tuple[Parameter, ...]:
    """The parameters of a member; a property has none."""
    member = getattr(kind, attribute, None)
    return tuple(signature(member).parameters.values())[1:] if callable(member) else ()


def _bound(parameters: tuple[Parameter, ...], given: DISPPARAMS) -> dict[str, object]:
    """The arguments by the names of their parameters.

    Raises:
        HResultError: DISP_E_BADPARAMCOUNT, DISP_E_PARAMNOTFOUND, DISP_E_PARAMNOTOPTIONAL.
    """
    named = len(given.rgdispidNamedArgs)
    if not named <= len(given.rgvarg) <= len(parameters):
        raise HResultError(
            HRESULT.DISP_E_BADPARAMCOUNT, f"{len(given.rgvarg)} arguments, {named} named: up to {len(parameters)} fit"
        )
    positional = list(reversed(given.rgvarg[named:]))
    by_number = dict(enumerate(positional))
    for number, value in zip(given.rgdispidNamedArgs, given.rgvarg[:named], strict=True):
        if not 0 <= number < len(parameters) or number in by_number:
            raise HResultError(HRESULT.DISP_E_PARAMNOTFOUND, f"no parameter {number} is left to be named")
        by_number[number] = value
    bound = {parameters[number].name: value for number, value in by_number.items() if value is not _LEFT_OUT}
    missing = [each.name for each in parameters if each.default is Parameter.empty and each.name not in bound]
    if missing:
        raise HResultError(HRESULT.DISP_E_PARAMNOTOPTIONAL, f"{missing[0]} has to be given")
    return bound


def _new_value(given: DISPPARAMS) -> object:
    """What a property is set to. Raises HResultError DISP_E_BADPARAMCOUNT, DISP_E_PARAMNOTFOUND."""
    if len(given.rgvarg) != 1:
        raise HResultError(HRESULT.DISP_E_BADPARAMCOUNT, "a property takes its new value, and nothing else")
    if tuple(given.rgdispidNamedArgs) != (DISPID_PROPERTYPUT,):
        raise HResultError(HRESULT.DISP_E_PARAMNOTFOUND, "the new value has to be named DISPID_PROPERTYPUT")
    return given.rgvarg[0]
