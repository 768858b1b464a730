"""pyscard on Windows brings a database: the functions go there, and to winscard.dll, which are played here."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import ReaderType
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.faces.pyscard_database_face import DATABASE_FUNCTIONS
from scardmgr.winscard.faces.pyscard_face import PYSCARD_FUNCTIONS
from scardmgr.winscard.pcsc import PCSCResourceManager, windows_database
from scardmgr.winscard.pcsc.windows_database import PLATFORM_METHODS, WindowsDatabase
from scardmgr.winscard.values import ReaderState

GUID = UUID("AD4F1667-EA75-4124-84D4-641B3B197C65")
INTS = [103, 22, 79, 173, 117, 234, 36, 65, 132, 212, 100, 27, 59, 25, 124, 101]  # as pyscard's guid.py has it
LACKING = {
    "SCardSetCardTypeProviderName",
    "SCardGetProviderId",
    "SCardLocateCardsByATR",
    "SCardReadCache",
    "SCardWriteCache",
}
CONTEXT = 5


class PlayedScard:
    """``smartcard.scard`` on Windows: answers set by the test, and what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[Any, ...]] = []
        for name in (*PYSCARD_FUNCTIONS, *DATABASE_FUNCTIONS):
            if name not in LACKING:
                setattr(self, name, self._function(name, answers.get(name, 0)))

    def _function(self, name: str, answer: Any) -> Any:
        def function(*arguments: Any) -> Any:
            self.asked.append((name, *arguments))
            return answer

        return function


class PlayedLibrary:
    """winscard.dll: writes what it is told to, where it is told to."""

    def __init__(self, code: int = 0, written: Any = None) -> None:
        self.code = code
        self.written = written
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        def function(*arguments: Any) -> int:
            self.asked.append((name, *(getattr(each, "value", each) for each in arguments)))
            if isinstance(self.written, int):
                arguments[-1]._obj.value = self.written
            elif isinstance(self.written, str):
                arguments[-2][: len(self.written)] = self.written
                arguments[-1]._obj.value = len(self.written)
            return self.code

        return function


@pytest.mark.parametrize(
    ("method", "arguments", "asked", "answer", "result"),
    [
        (
            "introduce_card_type",
            ("C", GUID, [GUID, GUID], b"\x3b\0", b"\xff\0"),
            ("SCardIntroduceCardType", "C", INTS, INTS + INTS, [0x3B, 0], [0xFF, 0]),
            0,
            None,
        ),
        (
            "introduce_card_type",
            ("C", None, [], b"\x3b\0"),
            ("SCardIntroduceCardType", "C", [], [], [0x3B, 0], []),
            0,
            None,
        ),
        ("forget_card_type", ("C",), ("SCardForgetCardType", "C"), 0, None),
        ("get_card_type_provider_name", ("C", 2), ("SCardGetCardTypeProviderName", "C", 2), [0, "A CSP"], "A CSP"),
        ("get_provider_id", ("C",), ("SCardGetCardTypeProviderName", "C", 1), [0, f"{{{GUID}}}"], GUID),
        ("list_cards", (), ("SCardListCards", [], []), [0, ["C"]], ["C"]),
        ("list_cards", (b"\x3b\0", [GUID]), ("SCardListCards", [0x3B, 0], INTS), [0, []], []),
        ("list_interfaces", ("C",), ("SCardListInterfaces", "C"), [0, [INTS]], [GUID]),
        (
            "locate_cards",
            (["C"], [ReaderState("R", 16)]),
            ("SCardLocateCards", ["C"], [("R", 16)]),
            [0, [("R", 0x62, [0x3B, 0])]],
            [ReaderState("R", 16, 0x62, b"\x3b\0")],
        ),
        ("introduce_reader", ("A", "R"), ("SCardIntroduceReader", "A", "R"), 0, None),
        ("forget_reader", ("A",), ("SCardForgetReader", "A"), 0, None),
        ("introduce_reader_group", ("G",), ("SCardIntroduceReaderGroup", "G"), 0, None),
        ("forget_reader_group", ("G",), ("SCardForgetReaderGroup", "G"), 0, None),
        ("add_reader_to_group", ("A", "G"), ("SCardAddReaderToGroup", "A", "G"), 0, None),
        ("remove_reader_from_group", ("A", "G"), ("SCardRemoveReaderFromGroup", "A", "G"), 0, None),
    ],
)
def test_a_function_that_pyscard_has_goes_to_pyscard(
    method: str, arguments: tuple[Any, ...], asked: tuple[Any, ...], answer: Any, result: Any, database_file: Path
) -> None:
    played = PlayedScard(**{asked[0]: answer})
    rm = PCSCResourceManager(played)
    assert getattr(rm, method)(CONTEXT, *arguments) == result
    assert played.asked == [(asked[0], CONTEXT, *asked[1:])]
    assert not database_file.exists()


@pytest.mark.parametrize(
    "method", [name for name in PLATFORM_METHODS if name.startswith(("introduce", "forget", "add", "remove"))]
)
def test_a_code_of_windows_is_raised(method: str) -> None:
    played = PlayedScard(**dict.fromkeys(DATABASE_FUNCTIONS, 0x8010000D - (1 << 32)))  # pyscard gives C longs
    arguments = {"introduce_card_type": ("C", None, [], b"\x3b\0"), "introduce_reader": ("A", "R")}
    two = ("A", "G") if method.endswith(("to_group", "from_group")) else ("A",)
    with pytest.raises(SCardError) as raised:
        getattr(PCSCResourceManager(played), method)(CONTEXT, *arguments.get(method, two))
    assert raised.value.code is SCardCode.SCARD_E_UNKNOWN_CARD


def test_a_primary_provider_that_is_missing() -> None:
    rm = PCSCResourceManager(PlayedScard(SCardGetCardTypeProviderName=[2, None]))
    with pytest.raises(SCardError) as raised:
        rm.get_provider_id(CONTEXT, "C")
    assert raised.value.code is SCardCode.SCARD_E_ICC_INSTALLATION
    with pytest.raises(SCardError) as raised:
        rm.get_card_type_provider_name(CONTEXT, "C", 2)
    assert raised.value.code == 2


def test_names_of_readers_and_groups_are_windows_own(database_file: Path) -> None:
    played = PlayedScard(
        SCardListReaders=[0, ["Till"]],
        SCardListReaderGroups=[0, ["Shop"]],
        SCardConnect=[0x80100009, 0, 0],
        SCardGetStatusChange=[0x80100009, [("x", 0, [])]],
    )
    rm = PCSCResourceManager(played)
    assert rm.list_readers(CONTEXT, ["Shop"]) == ["Till"]
    assert rm.list_reader_groups(CONTEXT) == ["Shop"]
    for call in (lambda: rm.connect(CONTEXT, "x"), lambda: rm.get_status_change(CONTEXT, 0, [ReaderState("x")])):
        with pytest.raises(SCardError) as raised:
            call()
        assert raised.value.code is SCardCode.SCARD_E_UNKNOWN_READER
    assert [name for name, *_ in played.asked] == [
        "SCardListReaders",
        "SCardListReaderGroups",
        "SCardConnect",
        "SCardGetStatusChange",
    ]
    assert played.asked[0] == ("SCardListReaders", CONTEXT, ["Shop"])
    assert not database_file.exists()


def test_the_pyscard_face_is_pyscard() -> None:
    played = PlayedScard()
    rm = PCSCResourceManager(played)
    assert [name for name in DATABASE_FUNCTIONS if getattr(rm, name) != getattr(played, name, None)] == sorted(
        LACKING, key=DATABASE_FUNCTIONS.index
    )


@pytest.mark.parametrize("context", [0, None, -1, 1 << 64])
def test_what_can_be_no_context(context: int | None) -> None:
    with pytest.raises(SCardError) as raised:
        WindowsDatabase(PlayedScard()).list_cards(context)
    assert raised.value.code is SCardCode.SCARD_E_INVALID_HANDLE


# winscard.dll


def test_a_provider_is_named_by_winscard_itself() -> None:
    library = PlayedLibrary()
    WindowsDatabase(None, library).set_card_type_provider_name(None, "C", 2, "A CSP")
    WindowsDatabase(None, library).set_card_type_provider_name(7, "C", 0x80000001, "a.dll")
    assert library.asked == [
        ("SCardSetCardTypeProviderNameW", 0, "C", 2, "A CSP"),
        ("SCardSetCardTypeProviderNameW", 7, "C", 0x80000001, "a.dll"),
    ]
    with pytest.raises(SCardError) as raised:
        WindowsDatabase(None, PlayedLibrary(5)).set_card_type_provider_name(7, "C", 2, "x")
    assert raised.value.code == 5


@pytest.mark.parametrize(("number", "kind"), [(0x20, ReaderType.USB), (0xF0, ReaderType.VENDOR), (0x12345, 0x12345)])
def test_the_type_of_a_device(number: int, kind: int) -> None:
    assert WindowsDatabase(None, PlayedLibrary(written=number)).get_device_type_id(7, "R") == kind


def test_the_identifier_of_a_device_and_its_readers() -> None:
    identifier = "USB\\VID_08E6&PID_3437\\5&0"
    assert (
        WindowsDatabase(None, PlayedLibrary(written=identifier + "\0")).get_reader_device_instance_id(7, "R")
        == identifier
    )
    names = WindowsDatabase(None, PlayedLibrary(written="R 0\0R 1\0\0")).list_readers_with_device_instance_id(
        7, identifier
    )
    assert names == ["R 0", "R 1"]


def test_winscard_is_loaded_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    library = PlayedLibrary()
    real = windows_database.import_module

    def with_windll(name: str) -> Any:
        module = real(name)
        monkeypatch.setattr(module, "WinDLL", lambda which: {"winscard": library}[which], raising=False)
        return module

    monkeypatch.setattr(windows_database, "import_module", with_windll)
    WindowsDatabase(None).set_card_type_provider_name(7, "C", 2, "x")
    assert len(library.asked) == 1
