"""IDispatch: members by name and number, for languages that bind late."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import ClassVar
from uuid import UUID

from scardmgr.com import arguments
from scardmgr.com.automation import DISPATCH, DISPID_UNKNOWN, DISPPARAMS, IID_NULL
from scardmgr.com.dispatch_arguments import bound, new_value, parameters_of, well_formed
from scardmgr.com.dispatch_errors import DispatchError, UnknownNameError
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.com.unknown import IUnknown
from scardmgr.published.definitions import InterfaceDefinition, MemberDefinition, MemberKind, interface_of

_FLAG_OF = {
    MemberKind.METHOD: DISPATCH.METHOD,
    MemberKind.PROPERTYGET: DISPATCH.PROPERTYGET,
    MemberKind.PROPERTYPUT: DISPATCH.PROPERTYPUT,
}


class IDispatch(IUnknown):
    """Late binding, for the interfaces that the published tables define.

    Numbers of members are the tables'. A parameter's number is its place in the Python method, from 0, since that is
    what there is to call.
    """

    IID: ClassVar[UUID] = UUID("00020400-0000-0000-C000-000000000046")

    def GetTypeInfoCount(self) -> int:
        """1: there is a type description. 0: the published tables do not know the object's interfaces."""
        return 0 if _definition(type(self)) is None else 1

    def GetTypeInfo(self, iTInfo: int = 0, lcid: int = 0) -> InterfaceDefinition:
        """The type description, as the published tables have it.

        Raises:
            HResultError: DISP_E_BADINDEX: ``iTInfo`` is not 0. E_NOTIMPL: there is none.
        """
        del lcid
        if arguments.number(iTInfo, "iTInfo") != 0:
            raise HResultError(HRESULT.DISP_E_BADINDEX, f"iTInfo is {iTInfo}: there is one type description, 0")
        return self._described()

    def GetIDsOfNames(self, riid: UUID | str, rgszNames: Iterable[str], lcid: int = 0) -> list[int]:
        """The numbers of a member and of parameters of it, for :meth:`Invoke`.

        Args:
            riid: IID_NULL.
            rgszNames: the member's name, then names of its parameters. Case does not matter.
            lcid: a language; names have one.

        Raises:
            HResultError: DISP_E_UNKNOWNINTERFACE: ``riid`` is another. E_INVALIDARG: no names.
            UnknownNameError: DISP_E_UNKNOWNNAME: a name is unknown; the numbers of the others are with it.
        """
        del lcid
        _require_null(riid)
        names = arguments.texts(rgszNames, "rgszNames")
        if not names:
            raise HResultError(HRESULT.E_INVALIDARG, "rgszNames is empty: the first is the member's name")
        member = next((each for each in self._described().members if each.attribute.lower() == names[0].lower()), None)
        places: dict[str, int] = {}
        if member is not None:
            parameters = parameters_of(type(self), member.attribute)
            places = {each.name.lower(): place for place, each in enumerate(parameters)}
        numbers = [
            DISPID_UNKNOWN if member is None else member.dispid,
            *(places.get(name.lower(), DISPID_UNKNOWN) for name in names[1:]),
        ]
        if member is None:
            raise UnknownNameError(f"{type(self).__name__} has no member {names[0]!r}", numbers)
        unknown = [name for name in names[1:] if name.lower() not in places]
        if unknown:
            raise UnknownNameError(f"{member.attribute} has no parameter {unknown[0]!r}", numbers)
        return numbers

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
            lcid: a language, for a parameter that the type library marks so; nothing else depends on it.
            wFlags: what is asked for. METHOD and PROPERTYGET together: whichever the member is.
            pDispParams: the arguments; ``None``: none. DISP_E_PARAMNOTFOUND among them stands for one left out.

        Returns:
            What the method returns, or the property's value.

        Raises:
            HResultError: DISP_E_UNKNOWNINTERFACE: ``riid`` is another. E_INVALIDARG: these can be no arguments.
                DISP_E_MEMBERNOTFOUND: no member has the number and is what is asked for.
                DISP_E_BADPARAMCOUNT: too many or too few arguments. DISP_E_PARAMNOTOPTIONAL: one is missing.
                DISP_E_NOTACOLLECTION: arguments for a property that is got.
            DispatchArgumentError: DISP_E_PARAMNOTFOUND: an argument fits no parameter.
            DispatchError: DISP_E_EXCEPTION: the member failed.
        """
        _require_null(riid)
        number = arguments.number(dispIdMember, "dispIdMember")
        wanted = DISPATCH(arguments.number(wFlags, "wFlags", 0, 0xFFFF))
        given = well_formed(pDispParams)
        definition = self._described()
        member = next(
            (each for each in definition.members if each.dispid == number and _FLAG_OF[each.kind] & wanted), None
        )
        if member is None:
            raise HResultError(HRESULT.DISP_E_MEMBERNOTFOUND, f"{definition.name} has no {wanted!r} {number}")
        named: dict[str, object] = {}
        value: object = None
        if member.kind is MemberKind.METHOD:
            named = bound(type(self), member, given, lcid)
        elif member.kind is MemberKind.PROPERTYPUT:
            value = new_value(member, given)
        elif given.rgvarg:
            raise HResultError(HRESULT.DISP_E_NOTACOLLECTION, f"{member.attribute} takes no arguments")
        try:
            return self._done(member, named, value)
        except HResultError as error:
            raise DispatchError(f"{definition.name}.{member.attribute}", error) from error

    def _done(self, member: MemberDefinition, named: dict[str, object], value: object) -> object:
        """Have the member do what it is for.

        Raises:
            HResultError: E_NOTIMPL: Python does not have it. Whatever else it raises.
        """
        if not hasattr(type(self), member.attribute):
            raise HResultError(HRESULT.E_NOTIMPL, f"{member.attribute} is a member of the type library alone")
        if member.kind is MemberKind.METHOD:
            return getattr(self, member.attribute)(**named)
        if member.kind is MemberKind.PROPERTYPUT:
            setattr(self, member.attribute, value)
            return None
        return getattr(self, member.attribute)

    def _described(self) -> InterfaceDefinition:
        """The type description. Raises HResultError E_NOTIMPL where there is none."""
        found = _definition(type(self))
        if found is None:
            raise HResultError(HRESULT.E_NOTIMPL, f"{type(self).__name__} has no published interface")
        return found


def _require_null(riid: UUID | str) -> None:
    if arguments.identifier(riid, "riid") != IID_NULL:
        raise HResultError(HRESULT.DISP_E_UNKNOWNINTERFACE, "riid has to be IID_NULL")


@cache
def _definition(kind: type[IDispatch]) -> InterfaceDefinition | None:
    """What the tables say of the first interface of a class that they know."""
    identifiers = (vars(each).get("IID") for each in kind.__mro__)
    return next((found for each in identifiers if each is not None and (found := interface_of(each))), None)
