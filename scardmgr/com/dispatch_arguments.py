"""Arguments of IDispatch.Invoke, put to the parameters of a Python member."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from inspect import Parameter, signature
from typing import TYPE_CHECKING

from scardmgr.com import arguments
from scardmgr.com.automation import DISPID_PROPERTYPUT, DISPPARAMS
from scardmgr.com.dispatch_errors import DispatchArgumentError
from scardmgr.com.errors import HRESULT, HResultError

if TYPE_CHECKING:
    from scardmgr.published.definitions import MemberDefinition

#: What stands for an argument that is left out.
_LEFT_OUT = HRESULT.DISP_E_PARAMNOTFOUND


@cache
def parameters_of(kind: type, attribute: str) -> tuple[Parameter, ...]:
    """The parameters of a member as Python has it; a property has none."""
    member = getattr(kind, attribute, None)
    return tuple(signature(member).parameters.values())[1:] if callable(member) else ()


def well_formed(given: DISPPARAMS | None) -> DISPPARAMS:
    """The arguments, if they can be some; ``None`` is none, also for either part (COM's ``{NULL, NULL, 0, 0}``).

    Raises:
        HResultError: E_INVALIDARG: no DISPPARAMS, no sequences in it, more names than arguments, or a name that is no
            number.
    """
    if given is None:
        return DISPPARAMS()
    if not isinstance(given, DISPPARAMS):
        raise HResultError(HRESULT.E_INVALIDARG, f"pDispParams is of type {type(given).__name__}")
    values = _sequence(given.rgvarg, "rgvarg")
    names = [
        arguments.number(each, "each of rgdispidNamedArgs")
        for each in _sequence(given.rgdispidNamedArgs, "rgdispidNamedArgs")
    ]
    if len(names) > len(values):
        raise HResultError(HRESULT.E_INVALIDARG, f"{len(names)} arguments are named, of {len(values)}")
    return DISPPARAMS(values, names)


def _sequence(value: object, name: str) -> Sequence[object]:
    """A part of a DISPPARAMS; ``None`` is empty. Raises HResultError E_INVALIDARG."""
    if value is None:
        return ()
    if not isinstance(value, Sequence):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is of type {type(value).__name__}: a sequence is needed")
    return value


def bound(kind: type, member: MemberDefinition, given: DISPPARAMS, lcid: int) -> dict[str, object]:
    """The arguments of a method by the names of its parameters.

    Those that are not named go to the first parameters. A parameter that the type library marks ``lcid`` takes no
    argument: it is ``lcid``.

    Raises:
        HResultError: DISP_E_BADPARAMCOUNT: more arguments than parameters, or fewer than have to be given.
            DISP_E_PARAMNOTOPTIONAL: one that has to be given is left out.
        DispatchArgumentError: DISP_E_PARAMNOTFOUND: the name is no parameter's, or the parameter has its argument.
    """
    languages = {each.name.lower() for each in member.binary if each.lcid}
    numbered = dict(enumerate(parameters_of(kind, member.attribute)))
    free = {number: each for number, each in numbered.items() if each.name.lower() not in languages}
    least = sum(each.default is Parameter.empty for each in free.values())
    if not least <= len(given.rgvarg) <= len(free):
        raise HResultError(
            HRESULT.DISP_E_BADPARAMCOUNT,
            f"{len(given.rgvarg)} arguments: {member.attribute} takes {least} to {len(free)}",
        )
    named = len(given.rgdispidNamedArgs)
    by_number = dict(zip(free, reversed(given.rgvarg[named:]), strict=False))
    for place, number in enumerate(given.rgdispidNamedArgs):
        if number not in free or number in by_number:
            raise DispatchArgumentError(f"no parameter {number} is left to be named", place)
        by_number[number] = given.rgvarg[place]
    found = {free[number].name: value for number, value in by_number.items() if value is not _LEFT_OUT}
    missing = [each.name for each in free.values() if each.default is Parameter.empty and each.name not in found]
    if missing:
        raise HResultError(HRESULT.DISP_E_PARAMNOTOPTIONAL, f"{missing[0]} has to be given")
    return found | {each.name: lcid for number, each in numbered.items() if number not in free}


def new_value(member: MemberDefinition, given: DISPPARAMS) -> object:
    """What a property is set to.

    Raises:
        HResultError: DISP_E_BADPARAMCOUNT: more than the value. DISP_E_PARAMNOTOPTIONAL: it is left out and has no
            default.
        DispatchArgumentError: DISP_E_PARAMNOTFOUND: the first argument is not named DISPID_PROPERTYPUT.
    """
    if tuple(given.rgdispidNamedArgs[:1]) != (DISPID_PROPERTYPUT,):
        raise DispatchArgumentError("the new value has to be named DISPID_PROPERTYPUT", 0 if given.rgvarg else None)
    if len(given.rgvarg) != 1:
        raise HResultError(HRESULT.DISP_E_BADPARAMCOUNT, "a property takes its new value, and nothing else")
    value = given.rgvarg[0]
    if value is not _LEFT_OUT:
        return value
    default = member.binary[-1].default
    if default is None:
        raise HResultError(HRESULT.DISP_E_PARAMNOTOPTIONAL, f"{member.attribute} has to be given a value")
    return default
