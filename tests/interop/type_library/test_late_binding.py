"""Late binding in Python beside oleaut32's DispInvoke, which calls objects in C through our type library.

Each case is given to both. They have to agree on the code, on what a failing member told, and on the arguments that
arrived; where they do not, both answers are written down with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scardmgr import HRESULT, HResultError, ISCard, ISCardCmd, ISCardDatabase
from scardmgr.com.automation import DISPATCH, DISPID_PROPERTYPUT, DISPPARAMS, IID_NULL
from scardmgr.com.dispatch_errors import DispatchError, UnknownNameError
from scardmgr.com.late_binding import IDispatch
from scardmgr.winscard.codes import SCardCode

METHOD, GET, PUT, PUTREF = 1, 2, 4, 8
NEW = (DISPID_PROPERTYPUT,)
TYPE_MISMATCH, OVERFLOW = 0x80020005, 0x8002000A
"""Codes that are never answered here."""
LEFT_OUT = HRESULT.DISP_E_PARAMNOTFOUND
LOCALE = 0x0409
"""The language of the type library, which oleaut32 gives for a parameter marked so."""


@dataclass(frozen=True)
class Answer:
    """What became of a call: the code, what the failing member told, the call that arrived, the result."""

    code: int
    scode: int = 0
    call: str = ""
    result: str = ""

    @classmethod
    def of(cls, line: str) -> Answer:
        code, scode, call, result = line.split("\t")
        return cls(int(code, 16), int(scode, 16), call, result)


@dataclass(frozen=True)
class Case:
    """A call; arguments are in the order of ``rgvarg``."""

    title: str
    interface: str
    number: int
    flags: int
    arguments: tuple[Any, ...] = ()
    named: tuple[int, ...] = ()

    def line(self) -> str:
        named = ",".join(map(str, self.named)) or "-"
        return "\t".join(
            ["invoke", self.interface, str(self.number), str(self.flags), named, *map(_text, self.arguments)]
        )


def _text(argument: object) -> str:
    if argument is LEFT_OUT:
        return "m"
    return f"s:{argument}" if isinstance(argument, str) else f"i:{argument}"


CASES = (
    Case("all in their order", "ISCard", 6, METHOD, (2, 2, "R")),
    Case("defaults", "ISCard", 6, METHOD, ("R",)),
    Case("by name", "ISCard", 6, METHOD, ("R", 2), (0, 1)),
    Case("in order and by name", "ISCard", 6, METHOD, (2, "R"), (2,)),
    Case("one left out", "ISCard", 6, METHOD, (2, LEFT_OUT, "R")),
    Case("the last left out", "ISCard", 7, METHOD, (LEFT_OUT,)),
    Case("one for an optional one", "ISCard", 7, METHOD, (3,)),
    Case("none", "ISCard", 7, METHOD),
    Case("too few", "ISCard", 6, METHOD),
    Case("more names than arguments", "ISCard", 6, METHOD, ("R",), (0, 1)),
    Case("a method or a property", "ISCard", 6, METHOD | GET, ("R",)),
    Case("a failing member", "ISCard", 6, METHOD, (1, "nobody")),
    Case("a property", "ISCard", 4, GET),
    Case("a property or a method", "ISCard", 4, METHOD | GET),
    Case("a property as a method", "ISCard", 4, METHOD),
    Case("a method as a property", "ISCard", 7, GET),
    Case("a property that is read only", "ISCard", 4, PUT, (1,), NEW),
    Case("no such number", "ISCard", 99, METHOD),
    Case("the number of nothing", "ISCard", -1, GET),
    Case("nothing asked for", "ISCard", 6, 0, ("R",)),
    Case("a flag that there is not", "ISCard", 6, 16, ("R",)),
    Case("another flag beside", "ISCard", 6, 16 | METHOD, ("R",)),
    Case("a new value", "ISCardCmd", 4, PUT, (128,), NEW),
    Case("a new value, perhaps by reference", "ISCardCmd", 4, PUT | PUTREF, (128,), NEW),
    Case("a new value by reference", "ISCardCmd", 4, PUTREF, (128,), NEW),
    Case("a new value without its name", "ISCardCmd", 4, PUT, (128,)),
    Case("a new value under another name", "ISCardCmd", 4, PUT, (128,), (0,)),
    Case("no new value", "ISCardCmd", 4, PUT),
    Case("a new value that is left out and has a default", "ISCardCmd", 4, PUT, (LEFT_OUT,), NEW),
    Case("the value", "ISCardCmd", 4, GET),
    Case("a language", "ISCardDatabase", 3, METHOD),
)

#: Where the two differ: what oleaut32 of Wine answers, what is answered here, and why.
DIFFERENT = (
    (
        Case("too many", "ISCard", 6, METHOD, (1, 1, 1, "R")),
        Answer(0, 0, "AttachByReader(R,1,1)"),
        Answer(HRESULT.DISP_E_BADPARAMCOUNT),
        "the documents have a code for it, and an argument that is disregarded is a mistake that nobody notices",
    ),
    (
        Case("a second argument for a property", "ISCardCmd", 4, PUT, (128, 1), NEW),
        Answer(0, 0, "put_ClassId(128)"),
        Answer(HRESULT.DISP_E_BADPARAMCOUNT),
        "as above",
    ),
    (
        Case("an argument for a language", "ISCardDatabase", 3, METHOD, (7,)),
        Answer(0, 0, f"ListReaderGroups({LOCALE})", "array"),
        Answer(HRESULT.DISP_E_BADPARAMCOUNT),
        "as above",
    ),
    (
        Case("a name that no parameter has", "ISCard", 6, METHOD, (1, "R"), (7,)),
        Answer(0, 0, "AttachByReader(R,1,1)"),
        Answer(HRESULT.DISP_E_PARAMNOTFOUND),
        "as above",
    ),
    (
        Case("the same name twice", "ISCard", 6, METHOD, ("N", "P"), (0, 0)),
        Answer(0, 0, "AttachByReader(N,1,1)"),
        Answer(HRESULT.DISP_E_PARAMNOTFOUND),
        "as above",
    ),
    (
        Case("a name for what has its argument", "ISCard", 6, METHOD, ("N", "P"), (0,)),
        Answer(TYPE_MISMATCH),
        Answer(HRESULT.DISP_E_PARAMNOTFOUND),
        "there, arguments without names go to the parameters that no name takes; the documents tell of no such rule",
    ),
    (
        Case("one left out that has to be given", "ISCard", 6, METHOD, (LEFT_OUT,)),
        Answer(TYPE_MISMATCH),
        Answer(HRESULT.DISP_E_PARAMNOTOPTIONAL),
        "the documents have a code for it",
    ),
    (
        Case("a name for an optional one alone", "ISCard", 6, METHOD, (2,), (1,)),
        Answer(HRESULT.DISP_E_BADPARAMCOUNT),
        Answer(HRESULT.DISP_E_PARAMNOTOPTIONAL),
        "the number of arguments is not wrong",
    ),
    (
        Case("arguments for a property", "ISCard", 4, GET, (1,)),
        Answer(HRESULT.DISP_E_NOTACOLLECTION, 0, "get_Status()"),
        Answer(HRESULT.DISP_E_NOTACOLLECTION),
        "there, the property is asked first: it might be an object that takes them, which none here is",
    ),
    (
        Case("a number that is too large", "ISCardCmd", 4, PUT, (300,), NEW),
        Answer(OVERFLOW),
        Answer(HRESULT.DISP_E_EXCEPTION, HRESULT.E_INVALIDARG, "put_ClassId(300)"),
        "there are no VARIANTs to change the type of: the member judges its arguments",
    ),
)


class Recorder:
    """What the objects in C do, in Python."""

    call = ""

    def told(self, name: str, *arguments: object) -> None:
        self.call = f"{name}({','.join(map(str, arguments))})"


class RecordedCard(Recorder, ISCard):
    @property
    def Status(self) -> int:  # noqa: N802
        self.told("get_Status")
        return 6

    def AttachByReader(self, bstrReaderName: str, ShareMode: int = 1, PrefProtocol: int = 1) -> None:  # noqa: N802, N803
        self.told("AttachByReader", bstrReaderName, ShareMode, PrefProtocol)
        if bstrReaderName == "nobody":
            raise HResultError(SCardCode.SCARD_E_UNKNOWN_READER)

    def Detach(self, Disposition: int = 0) -> None:  # noqa: N802, N803
        self.told("Detach", Disposition)


class RecordedCommand(Recorder, ISCardCmd):
    @property
    def ClassId(self) -> int:  # noqa: N802
        self.told("get_ClassId")
        return 0x80

    @ClassId.setter
    def ClassId(self, byClass: int) -> None:  # noqa: N802, N803
        self.told("put_ClassId", byClass)
        if byClass > 0xFF:
            raise HResultError(HRESULT.E_INVALIDARG)


class RecordedDatabase(Recorder, ISCardDatabase):
    def ListReaderGroups(self, localeId: int = 0) -> list[str]:  # noqa: N802, N803
        self.told("ListReaderGroups", localeId)
        return []


RECORDED = {"ISCard": RecordedCard, "ISCardCmd": RecordedCommand, "ISCardDatabase": RecordedDatabase}


def created(interface: str) -> Any:
    """An object that has only what is called here."""
    kind = type(interface, (RECORDED[interface],), {})
    kind.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
    return kind()


def here(case: Case) -> Answer:
    subject = created(case.interface)
    try:
        result = IDispatch.Invoke(
            subject, case.number, IID_NULL, LOCALE, DISPATCH(case.flags), DISPPARAMS(case.arguments, case.named)
        )
    except DispatchError as error:
        return Answer(error.hresult, error.excepinfo.scode, subject.call)
    except HResultError as error:
        return Answer(error.hresult, 0, subject.call)
    shown = "array" if isinstance(result, list) else "" if result is None else str(result)
    return Answer(0, 0, subject.call, shown)


NAMES = (
    ("ISCard", "AttachByReader", "bstrReaderName", "PrefProtocol"),
    ("ISCard", "ATTACHBYREADER", "prefprotocol"),
    ("ISCard", "AttachByReader", "Nothing", "PrefProtocol"),
    ("ISCard", "Nothing", "PrefProtocol"),
    ("ISCard", "Nothing"),
    ("ISCard", "Status"),
    ("ISCardDatabase", "ListReaderGroups", "localeId"),
)


def names_line(names: tuple[str, ...]) -> str:
    return "\t".join(["names", *names])


@pytest.fixture(scope="module")
def there(compiled: Path, build: Callable[[str], Path], wine: Callable[..., list[str]]) -> dict[str, str]:
    """What the program in C answers to each line."""
    cases = [*CASES, *(case for case, *_ in DIFFERENT)]
    lines = [*(case.line() for case in cases), *map(names_line, NAMES)]
    return dict(zip(lines, wine(build("bind_late"), compiled / "Scardmgr.tlb", *lines), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_call_becomes_what_it_becomes_in_oleaut32(case: Case, there: dict[str, str]) -> None:
    assert here(case) == Answer.of(there[case.line()])


def test_calls_arrive_and_results_come_back(there: dict[str, str]) -> None:
    """What the others compare is not the same nothing on both sides."""
    answers = {case.title: Answer.of(there[case.line()]) for case in CASES}
    assert answers["all in their order"] == Answer(0, 0, "AttachByReader(R,2,2)")
    assert answers["the value"] == Answer(0, 0, "get_ClassId()", "128")
    assert answers["a failing member"].scode == SCardCode.SCARD_E_UNKNOWN_READER


@pytest.mark.parametrize(("case", "theirs", "ours", "reason"), DIFFERENT, ids=lambda each: getattr(each, "title", ""))
def test_a_call_that_becomes_something_else_does_so_for_a_reason(
    case: Case, theirs: Answer, ours: Answer, reason: str, there: dict[str, str]
) -> None:
    assert reason
    assert Answer.of(there[case.line()]) == theirs
    assert here(case) == ours


@pytest.mark.parametrize("names", NAMES, ids=" ".join)
def test_names_have_the_numbers_that_they_have_in_oleaut32(names: tuple[str, ...], there: dict[str, str]) -> None:
    try:
        code, numbers = 0, created(names[0]).GetIDsOfNames(IID_NULL, names[1:])
    except UnknownNameError as error:
        code, numbers = error.hresult, error.rgDispId
    assert there[names_line(names)] == f"{code:08X}\t{','.join(map(str, numbers))}"
