"""Every parameter that the tables call an LPBYTEBUFFER takes bytes, and an IByteBuffer: both come to the same.

Which parameters those are, which class has the method, and what its other arguments may be is found from the tables.
What a call comes to is what it returns or raises, the commands that the card is sent, and what a command object holds.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import product
from types import SimpleNamespace

import pytest

import scardmgr
from emulator import Card
from iso7816.forwarding import ForwardingICC
from scardmgr import (
    BYTEARRAY,
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    ISO_APDU_TYPE,
    REFTYPE,
    SCARD_FLAGS,
    TLV_TABLE,
    ByteBuffer,
    EmbeddedResourceManager,
    HResultError,
    IByteBuffer,
    ISCardCmd,
    ISCardFileAccess,
    SCardCmd,
    SCardManage,
)
from scardmgr.interfaces.base import SmartCardInterface
from scardmgr.published.definitions import (
    Direction,
    InterfaceDefinition,
    MemberDefinition,
    MemberKind,
    ParameterDefinition,
    interfaces,
)

#: A destination has to be an object: bytes would not be written to.
DESTINATIONS = {("IByteBuffer", "CopyTo", "pByteBuffer")}

#: Pairs of contents of which one may make a difference that the other does not make.
CONTENTS = (
    (b"1234", b"4321"),
    (b"\x01", b"\x02"),
    (bytes(8), bytes(7) + b"\x01"),
    (b"\x00\x84\x00\x00", b"\x00\x84\x00\x01"),
)

Arguments = Mapping[str, object]
Kind = type[SmartCardInterface]


@dataclass(frozen=True)
class Taking:
    """A parameter that is a buffer, and the method that has it."""

    interface: InterfaceDefinition
    member: MemberDefinition
    parameter: ParameterDefinition

    def __str__(self) -> str:
        return f"{self.interface.name}.{self.member.name}: {self.parameter.name}"


def all_that_take_buffers() -> Iterator[Taking]:
    for interface in interfaces():
        for member in interface.members:
            for each in member.parameters:
                is_buffer = (
                    each.type.removesuffix("*").strip() == "LPBYTEBUFFER" and each.direction is not Direction.OUT
                )
                if is_buffer and (interface.name, member.name, each.name) not in DESTINATIONS:
                    yield Taking(interface, member, each)


TAKING = list(all_that_take_buffers())


@dataclass
class Desk:
    """A fresh card, attached, its cardholder verified; and the commands that it has been sent since."""

    card: RecordingICC
    manager: EmbeddedResourceManager
    manage: SCardManage

    def object_of(self, interface: InterfaceDefinition) -> SmartCardInterface:
        """The interface, of the card where it is one of a card's."""
        try:
            found = self.manage.CreateInterface(interface.iid)
        except HResultError:
            kind = class_of(interface)
            needs_manager = "resource_manager" in inspect.signature(kind).parameters
            found = kind(self.manager) if needs_manager else kind()  # type: ignore[call-arg]
        assert isinstance(found, SmartCardInterface)
        return found


class RecordingICC(ForwardingICC):
    """The card; it notes what it is sent."""

    __slots__ = ("sent",)

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self.sent: list[str] = []

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command.hex())
        return super().transmit(command)


@contextmanager
def fresh_desk() -> Iterator[Desk]:
    # No fixture of the plugin brings it: a test needs a new one for each call, and what is cached serves all tests.
    manager = EmbeddedResourceManager()
    with Card.from_profile("iso7816") as card:
        recorder = RecordingICC(card)
        manager.add_reader("Reader").insert(recorder)
        with SCardManage(manager) as manage:
            manage.AttachByIFD("Reader")
            manage.CreateCHVerification().Verify(b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)
            manage.CreateFileAccess().ChangeDir(REFTYPE.SC_TYPE_BY_ID, "7F10")
            yield Desk(recorder, manager, manage)


@cache
def class_of(interface: InterfaceDefinition) -> Kind:
    """The class that COM would create."""
    wanted = getattr(scardmgr, interface.name)
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(scardmgr.__path__, "scardmgr.")]
    concrete = [
        found
        for module in modules
        for found in vars(module).values()
        if inspect.isclass(found) and issubclass(found, wanted) and not inspect.isabstract(found)
    ]
    return next((found for found in concrete if "CLSID" in vars(found)), concrete[0])


def choices(parameter: ParameterDefinition) -> tuple[Callable[[SmartCardInterface], object], ...]:
    """What may be given for a parameter of its type, the likeliest first."""
    kind = parameter.type
    if kind == "HSCARD_FILE":

        def opened(on: SmartCardInterface) -> object:
            assert isinstance(on, ISCardFileAccess)
            return on.Open(REFTYPE.SC_TYPE_BY_NAME, "3F00/7F10/6F01")

        return (opened,)
    if kind == "LPSCARDCMD *":
        return (lambda _: SCardCmd(),)
    values: dict[str, tuple[object, ...]] = {
        "LPBYTEBUFFER": (b"\x01", b"", b"1234"),
        "LPBYTEBUFFER *": (b"\x01", b""),
        "BYTE": (0, 1),
        "LONG": (0, 1),
        "LONG *": (None,),
        "SCARD_FLAGS": (0, SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_PREALLOCATE),
        "REFTYPE": (REFTYPE.SC_TYPE_BY_ID,),
        "BSTR": ("6F20",),
        "TLV_TABLE": (TLV_TABLE(0x82, b"\x01"),),
        "LPSAFEARRAY": (None,),
        "ISO_APDU_TYPE": tuple(ISO_APDU_TYPE),
    }
    return tuple((lambda _, value=value: value) for value in values[kind])


def comes_to(taking: Taking, others: Mapping[str, Callable[[SmartCardInterface], object]], value: object) -> object:
    """What a call on a fresh desk comes to."""
    with fresh_desk() as desk:
        on = desk.object_of(taking.interface)
        names = {name.lower(): name for name in parameters_of(on, taking.member)}
        arguments = {names[name.lower()]: choice(on) for name, choice in others.items()}
        before = len(desk.card.sent)
        try:
            if taking.member.kind is MemberKind.PROPERTYPUT:
                setattr(on, taking.member.attribute, value)
                outcome: object = getattr(on, taking.member.attribute)
            else:
                arguments[names[taking.parameter.name.lower()]] = value
                outcome = getattr(on, taking.member.name)(**arguments)
        except HResultError as error:
            outcome = error.name
        sent = desk.card.sent[before:]
        # What a card answers to the same commands may be random.
        told = None if sent and not isinstance(outcome, str) else plain(outcome)
        return told, sent, plain(on) if isinstance(on, ISCardCmd) else None


def parameters_of(on: SmartCardInterface, member: MemberDefinition) -> list[str]:
    if member.kind is MemberKind.PROPERTYPUT:
        return []
    return list(inspect.signature(getattr(on, member.name)).parameters)


def plain(value: object) -> object:
    """A value as it can be compared."""
    if isinstance(value, ISCardCmd):
        return value.Apdu, value.ApduReply
    if isinstance(value, IByteBuffer | BYTEARRAY | bytearray | memoryview):
        return bytes(value)
    return value


@cache
def telling_call(taking: Taking) -> SimpleNamespace:
    """A call with arguments that let the buffer make a difference; else one that is done."""
    given = [
        each
        for each in taking.member.parameters
        if each.direction is not Direction.OUT and each is not taking.parameter
    ]
    done = None
    for combination in product(*map(choices, given)):
        others = {each.name: choice for each, choice in zip(given, combination, strict=True)}
        for first, second in (*CONTENTS, (atr(), b"\x3b\x00")):
            outcome = comes_to(taking, others, first)
            if outcome != comes_to(taking, others, second):
                return SimpleNamespace(others=others, content=first, outcome=outcome, matters=True)
            if done is None and not isinstance(outcome[0], str):  # type: ignore[index]
                done = SimpleNamespace(others=others, content=first, outcome=outcome, matters=False)
    assert done is not None, f"{taking}: no call was done"
    return done


@cache
def atr() -> bytes:
    with fresh_desk() as desk:
        return desk.card.power_on()


def behind_its_bytes(content: bytes) -> ByteBuffer:
    buffer = ByteBuffer(content)
    buffer.Seek(1000, scardmgr.STREAM_SEEK.STREAM_SEEK_SET)
    return buffer


def grown(content: bytes) -> ByteBuffer:
    buffer = ByteBuffer()
    buffer.Initialize(0, b"")
    for each in content:
        buffer.Write(bytes([each]))
    return buffer.Clone()


FORMS: dict[str, Callable[[bytes], object]] = {
    "bytearray": bytearray,
    "memoryview": memoryview,
    "buffer": ByteBuffer,
    "buffer with its seek pointer behind the end": behind_its_bytes,
    "clone of a buffer written byte by byte": grown,
}


def test_the_tables_have_such_parameters_and_the_lists_are_right() -> None:
    published = {(each.interface.name, each.member.name, each.parameter.name) for each in all_that_take_buffers()}
    assert len(published) == 32
    by_name = {each.name: each for each in interfaces()}
    for interface, member, parameter in DESTINATIONS:
        (found,) = [each for each in by_name[interface].members if each.name == member]
        assert parameter in [each.name for each in found.parameters]


@pytest.mark.parametrize("taking", TAKING, ids=str)
def test_every_form_of_a_buffer_comes_to_the_same(taking: Taking) -> None:
    call = telling_call(taking)
    for form, made in FORMS.items():
        buffer = made(call.content)
        assert comes_to(taking, call.others, buffer) == call.outcome, form
        if taking.parameter.direction is Direction.IN:
            assert bytes(buffer) == call.content  # type: ignore[call-overload]


@pytest.mark.parametrize("taking", TAKING, ids=str)
def test_what_is_no_buffer_is_refused(taking: Taking) -> None:
    call = telling_call(taking)
    released = memoryview(call.content)
    released.release()
    for value in ("1234", 5, object(), released, ByteBuffer):
        assert comes_to(taking, call.others, value)[0] == E_INVALIDARG.name  # type: ignore[index]
    outcome = comes_to(taking, call.others, None)[0]  # type: ignore[index]
    assert taking.parameter.optional or outcome == E_POINTER.name
    if call.matters:
        assert comes_to(taking, call.others, ByteBuffer())[0] == E_UNEXPECTED.name  # type: ignore[index]


def test_buffers_make_a_difference_but_where_the_documents_give_room() -> None:
    without = {str(each) for each in TAKING if not telling_call(each).matters}
    assert without == {"ISCardAuth.GetChallenge: pBuffer"}
