"""Late binding: members by name and number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    HRESULT,
    REFTYPE,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_STATES,
    SCARD_W_WRONG_CHV,
    HResultError,
    ISCard,
    SCard,
    SCardCmd,
    SCardDatabase,
    SCardManage,
)
from scardmgr.com.automation import DISPATCH, DISPID_PROPERTYPUT, DISPPARAMS, IID_NULL
from scardmgr.com.dispatch_errors import DispatchArgumentError, DispatchError, UnknownNameError
from scardmgr.com.late_binding import IDispatch
from scardmgr.published.definitions import interfaces

Refused = Callable[..., HResultError]
LEFT_OUT = HRESULT.DISP_E_PARAMNOTFOUND
METHOD, GET, PUT = DISPATCH.METHOD, DISPATCH.PROPERTYGET, DISPATCH.PROPERTYPUT
GREETING = "3F00/7F10/6F01"


@pytest.fixture
def card(reader: CardReader) -> Iterator[SCard]:
    with SCard(reader.resource_manager) as card:
        card.AttachByReader(reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        yield card


def number_of(interface: IDispatch, *names: str) -> list[int]:
    return interface.GetIDsOfNames(IID_NULL, names)


def call(interface: IDispatch, name: str, flags: DISPATCH, parameters: DISPPARAMS | None = None) -> object:
    return interface.Invoke(number_of(interface, name)[0], IID_NULL, 0, flags, parameters)


def test_there_is_one_type_description(card: SCard, refused: Refused) -> None:
    assert card.GetTypeInfoCount() == 1
    definition = card.GetTypeInfo(0, 0x0409)
    assert (definition.name, definition.iid, definition.coclass) == ("ISCard", ISCard.IID, "CSCard")
    refused(HRESULT.DISP_E_BADINDEX, card.GetTypeInfo, 1)


def test_numbers_are_the_tables(manage: SCardManage) -> None:
    for member in manage.GetTypeInfo().members:
        assert number_of(manage, member.attribute) == [member.dispid]
    files = manage.CreateFileAccess()
    assert number_of(files, "Open", "refType", "bstrPathSpec") == [11, 0, 1]
    assert number_of(files, "OPEN", "BSTRPATHSPEC") == [11, 1]


@pytest.mark.parametrize("definition", interfaces(), ids=lambda each: each.name)
def test_one_number_means_one_member(definition: object) -> None:
    names: dict[int, set[str]] = {}
    for member in definition.members:  # type: ignore[attr-defined]
        names.setdefault(member.dispid, set()).add(member.attribute)
    assert all(len(each) == 1 for each in names.values())


def test_names_that_there_are_not(manage: SCardManage, refused: Refused) -> None:
    unknown = HRESULT.DISP_E_UNKNOWNNAME
    assert "'Attach'" in str(refused(unknown, manage.GetIDsOfNames, IID_NULL, ["Attach"]))
    assert "'Name'" in str(refused(unknown, manage.GetIDsOfNames, IID_NULL, ["AttachByIFD", "Name"]))
    refused(unknown, manage.GetIDsOfNames, IID_NULL, ["Status", "pStatus"])
    for names, numbers in (
        (["AttachByIFD", "Name", "bstrIFDName"], [2, -1, 0]),
        (["Attach", "bstrIFDName"], [-1, -1]),
    ):
        with pytest.raises(UnknownNameError) as caught:
            manage.GetIDsOfNames(IID_NULL, names)
        assert caught.value.rgDispId == numbers, "those that are known have theirs"
    refused(E_INVALIDARG, manage.GetIDsOfNames, IID_NULL, [])
    refused(HRESULT.DISP_E_UNKNOWNINTERFACE, manage.GetIDsOfNames, UUID(int=1), ["Status"])


def test_methods_are_called_with_arguments_in_their_order(manage: SCardManage) -> None:
    files = call(manage, "CreateFileAccess", METHOD)
    assert isinstance(files, IDispatch)
    handle = call(files, "Open", METHOD, DISPPARAMS([GREETING, REFTYPE.SC_TYPE_BY_NAME]))
    assert call(files, "Read", METHOD, DISPPARAMS.of(handle, 5)) == b"Hello"
    assert call(files, "Close", METHOD, DISPPARAMS.of(handle)) is None


def test_methods_are_called_with_arguments_by_name(manage: SCardManage) -> None:
    files = manage.CreateFileAccess()
    number, kind, path = number_of(files, "Open", "refType", "bstrPathSpec")
    named = DISPPARAMS.of(named={path: GREETING, kind: REFTYPE.SC_TYPE_BY_NAME})
    both = DISPPARAMS.of(REFTYPE.SC_TYPE_BY_NAME, named={path: GREETING})
    assert both == DISPPARAMS((GREETING, REFTYPE.SC_TYPE_BY_NAME), (path,))
    assert files.Invoke(number, IID_NULL, 0, METHOD, named) == 1
    assert files.Invoke(number, IID_NULL, 0, METHOD, both) == 2


def test_an_argument_may_be_left_out(card: SCard) -> None:
    assert call(card, "Detach", METHOD, DISPPARAMS.of(HRESULT.DISP_E_PARAMNOTFOUND)) is None
    assert card.CardHandle == 0


def test_properties_are_got_and_put(card: SCard) -> None:
    assert call(card, "Status", GET) is SCARD_STATES.NEGOTIABLEMODE
    assert call(card, "Atr", METHOD | GET) == card.Atr
    with SCardCmd() as command:
        call(command, "Apdu", PUT, DISPPARAMS.put(bytes.fromhex("00840000 08")))
        assert call(command, "Apdu", GET) == command.Apdu == bytes.fromhex("0084000008")
        call(command, "Apdu", PUT | DISPATCH.PROPERTYPUTREF, DISPPARAMS((b"\x00" * 4,), (DISPID_PROPERTYPUT,)))
        assert command.ApduLength == 4


def test_what_is_asked_for_has_to_be_there(card: SCard, refused: Refused) -> None:
    not_there = HRESULT.DISP_E_MEMBERNOTFOUND
    atr, detach = number_of(card, "Atr")[0], number_of(card, "Detach")[0]
    for number, flags in ((atr, METHOD), (atr, PUT), (detach, GET), (99, METHOD), (-1, GET)):
        refused(not_there, card.Invoke, number, IID_NULL, 0, flags, DISPPARAMS.put(b""))
    for flags in (0, 16):
        refused(not_there, card.Invoke, atr, IID_NULL, 0, flags)
    refused(HRESULT.DISP_E_UNKNOWNINTERFACE, card.Invoke, atr, UUID(int=1), 0, GET)
    refused(E_INVALIDARG, card.Invoke, atr, IID_NULL, 0, "PROPERTYGET")


def test_arguments_have_to_fit(card: SCard, refused: Refused) -> None:
    attach, name, mode = number_of(card, "AttachByReader", "bstrReaderName", "ShareMode")
    count, missing, unknown = (
        HRESULT.DISP_E_BADPARAMCOUNT,
        HRESULT.DISP_E_PARAMNOTOPTIONAL,
        HRESULT.DISP_E_PARAMNOTFOUND,
    )
    for code, parameters in (
        (count, DISPPARAMS.of("a", 1, 1, 1)),
        (count, None),
        (E_INVALIDARG, DISPPARAMS((), (name,))),
        (E_INVALIDARG, DISPPARAMS(("a",), ("bstrReaderName",))),
        (E_INVALIDARG, ["a"]),
        (E_INVALIDARG, DISPPARAMS(5)),  # type: ignore[arg-type]
        (E_INVALIDARG, DISPPARAMS(("a",), 5)),  # type: ignore[arg-type]
        (E_INVALIDARG, DISPPARAMS(None, (name,))),  # type: ignore[arg-type]
        (missing, DISPPARAMS.of(named={mode: SCARD_SHARE_MODES.SHARED})),
        (missing, DISPPARAMS.of(HRESULT.DISP_E_PARAMNOTFOUND)),
        (unknown, DISPPARAMS.of("a", named={name: "b"})),
        (unknown, DISPPARAMS.of("a", named={3: "b"})),
        (unknown, DISPPARAMS.of("a", named={-3: "b"})),
    ):
        refused(code, card.Invoke, attach, IID_NULL, 0, METHOD, parameters)
    status = number_of(card, "Status")[0]
    refused(HRESULT.DISP_E_NOTACOLLECTION, card.Invoke, status, IID_NULL, 0, GET, DISPPARAMS.of(1))
    with SCardCmd() as command:
        apdu = number_of(command, "Apdu")[0]
        refused(unknown, command.Invoke, apdu, IID_NULL, 0, PUT)
        refused(unknown, command.Invoke, apdu, IID_NULL, 0, PUT, DISPPARAMS.of(b""))
        refused(count, command.Invoke, apdu, IID_NULL, 0, PUT, DISPPARAMS.of(b"", named={DISPID_PROPERTYPUT: b""}))
        refused(missing, command.Invoke, apdu, IID_NULL, 0, PUT, DISPPARAMS.put(HRESULT.DISP_E_PARAMNOTFOUND))


def test_a_failure_is_told_as_an_exception(manage: SCardManage) -> None:
    verify = manage.CreateCHVerification()
    with pytest.raises(DispatchError) as caught:
        call(verify, "Verify", METHOD, DISPPARAMS.of(b"0000", 0x80, 1))
    error = caught.value
    assert error.hresult is HRESULT.DISP_E_EXCEPTION
    assert error.excepinfo.scode == SCARD_W_WRONG_CHV
    assert error.excepinfo.bstrSource == "ISCardVerify.Verify"
    assert "SCARD_W_WRONG_CHV" in error.excepinfo.bstrDescription
    assert "0000" not in str(error).replace("0x8", "")
    assert error.tries_left == 2
    assert isinstance(error.__cause__, HResultError)


def test_no_arguments_are_given_in_every_way(card: SCard) -> None:
    status = number_of(card, "Status")[0]
    detach = number_of(card, "Detach")[0]
    for parameters in (None, DISPPARAMS(), DISPPARAMS(None, None), DISPPARAMS((), None), DISPPARAMS(None, ())):  # type: ignore[arg-type]
        assert card.Invoke(status, IID_NULL, 0, GET, parameters) is SCARD_STATES.NEGOTIABLEMODE
    assert card.Invoke(detach, IID_NULL, 0, METHOD, DISPPARAMS((0,), None)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        (DISPPARAMS.of("R", named={1: 2, 7: 3}), 1),
        (DISPPARAMS.of("R", 1, named={0: "S"}), 0),
        (DISPPARAMS((1, 2, 3), (2, 0, 2)), 2),
    ],
    ids=["no such parameter", "one that has its argument", "named twice"],
)
def test_an_argument_that_fits_no_parameter_is_pointed_at(card: SCard, parameters: DISPPARAMS, place: int) -> None:
    with pytest.raises(DispatchArgumentError) as caught:
        card.Invoke(number_of(card, "AttachByReader")[0], IID_NULL, 0, METHOD, parameters)
    assert (caught.value.hresult, caught.value.puArgErr) == (HRESULT.DISP_E_PARAMNOTFOUND, place)


def test_a_language_is_given_beside_the_arguments(reader: CardReader, refused: Refused) -> None:
    with SCardDatabase(reader.resource_manager) as database:
        number = number_of(database, "ListReaders")[0]
        assert reader.name in database.Invoke(number, IID_NULL, 0x0409, METHOD)  # type: ignore[operator]
        count = HRESULT.DISP_E_BADPARAMCOUNT
        refused(count, database.Invoke, number, IID_NULL, 0x0409, METHOD, DISPPARAMS.of(0x0409))
        with pytest.raises(DispatchError) as caught:
            database.Invoke(number, IID_NULL, 1 << 40, METHOD)
        assert caught.value.excepinfo.scode == E_INVALIDARG, "it arrives where the member judges it"


def test_a_member_of_the_type_library_alone_is_not_implemented(manage: SCardManage) -> None:
    files = manage.CreateFileAccess()
    with pytest.raises(DispatchError) as caught:
        call(files, "Initialize", METHOD)
    assert caught.value.excepinfo.scode == HRESULT.E_NOTIMPL


def test_an_object_without_published_interface_has_no_type_description(refused: Refused) -> None:
    class Other(IDispatch):
        """Nobody's interface."""

    with Other() as other:
        assert other.GetTypeInfoCount() == 0
        for method, arguments in (
            (other.GetTypeInfo, ()),
            (other.GetIDsOfNames, (IID_NULL, ["Name"])),
            (other.Invoke, (0,)),
        ):
            refused(HRESULT.E_NOTIMPL, method, *arguments)


ANYTHING = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5) | st.just(LEFT_OUT)
NUMBERS = st.integers(-4, 24) | st.integers() | ANYTHING


@given(
    number=NUMBERS,
    flags=st.integers(0, 15) | NUMBERS,
    arguments=st.lists(ANYTHING, max_size=7) | ANYTHING,
    names=st.lists(NUMBERS, max_size=3) | NUMBERS,
)
def test_whatever_is_called_fails_with_an_hresult_or_not_at_all(
    number: object, flags: object, arguments: object, names: object
) -> None:
    with SCardCmd() as command, suppress(HResultError):
        command.Invoke(number, IID_NULL, 0, flags, DISPPARAMS(arguments, names))  # type: ignore[arg-type]
