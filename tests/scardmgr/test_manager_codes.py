"""Where each published SCARD code can come from, and that a resource manager's come through as the HRESULT they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

import scardmgr
from emulator import Card
from iso7816.icc import ICCMute
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    REFTYPE,
    SC_DLG,
    SCARD_DISPOSITIONS,
    SCARD_E_ICC_INSTALLATION,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_NO_SMARTCARD,
    SCARD_E_UNKNOWN_CARD,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_W_REMOVED_CARD,
    EmbeddedResourceManager,
    HResultError,
    SCard,
    SCardCmd,
    SCardDatabase,
    SCardError,
    SCardLocate,
    SCardManage,
)
from scardmgr.providers.card_errors import Purpose, hresult_of_status
from scardmgr.published.definitions import tables
from scardmgr.winscard.constants import Disposition, ShareMode
from scardmgr.winscard.database import CardType, SmartCardDatabase, turns
from virtual_reader.binding import SOCKET_VARIABLE

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
Call = Callable[[Any], object]
EXCLUSIVE, SHARED = SCARD_SHARE_MODES.EXCLUSIVE, SCARD_SHARE_MODES.SHARED
T0, T1 = SCARD_PROTOCOLS.T0, SCARD_PROTOCOLS.T1
SELECT_MF = SCardCmd(bytes.fromhex("00A4000C023F00"))


class FallsSilent:
    """An ICC that answers until it is told to be silent, to commands, reset and power alike."""

    def __init__(self, *, silent: bool = False) -> None:
        self.silent = silent

    def power_on(self) -> bytes:
        self._listen()
        return bytes.fromhex("3B800181")

    def power_off(self) -> None:
        """Nothing volatile here."""

    def reset(self) -> bytes:
        return self.power_on()

    def transmit(self, _command: bytes) -> bytes:
        self._listen()
        return b"\x90\x00"

    def _listen(self) -> None:
        if self.silent:
            raise ICCMute


# What a resource manager really gives


def _unknown_reader(desk: Any) -> None:
    desk.manage.AttachByIFD("No such reader")


def _empty_reader(desk: Any) -> None:
    desk.reader.remove()
    desk.card.AttachByReader(desk.reader.name, SHARED, T1)


def _held_by_another(desk: Any) -> None:
    desk.manager.connect(desk.manager.establish_context(), desk.reader.name, ShareMode.EXCLUSIVE)
    desk.manage.AttachByIFD(desk.reader.name)


def _another_protocol(desk: Any) -> None:
    desk.card.AttachByReader(desk.reader.name, SHARED, T0)


def _handle_closed_beneath(desk: Any) -> None:
    desk.card.AttachByReader(desk.reader.name, SHARED, T1)
    desk.manager.disconnect(desk.card.CardHandle)
    desk.card.Transaction(SELECT_MF)


def _reset_by_another(desk: Any) -> None:
    desk.manage.AttachByIFD(desk.reader.name)
    others = desk.manager.connect(desk.manager.establish_context(), desk.reader.name).handle
    desk.manager.reconnect(others, initialization=Disposition.RESET)
    desk.manage.CreateFileAccess()


def _pulled(desk: Any) -> None:
    desk.manage.AttachByIFD(desk.reader.name)
    files = desk.manage.CreateFileAccess()
    desk.reader.remove()
    files.Open(REFTYPE.SC_TYPE_BY_ID, "0100")


def _silent_to_the_reset_of_an_unlock(desk: Any) -> None:
    icc = FallsSilent()
    desk.reader.swap(icc)
    desk.manage.AttachByIFD(desk.reader.name)
    desk.manage.SCardLock()
    icc.silent = True
    desk.manage.SCardUnlock(SCARD_DISPOSITIONS.RESET)


def _silent_to_power(desk: Any) -> None:
    desk.reader.swap(FallsSilent(silent=True))
    desk.manage.AttachByIFD(desk.reader.name)


def _silent_to_reset(desk: Any) -> None:
    icc = FallsSilent()
    desk.reader.swap(icc)
    desk.manage.AttachByIFD(desk.reader.name)
    verify = desk.manage.CreateCHVerification()
    icc.silent = True
    verify.ResetSecurityState()


def _unknown_card_type(desk: Any) -> None:
    desk.database.ListCardInterfaces("Nobody's")


def _card_type_without_provider(desk: Any) -> None:
    desk.manager.introduce_card_type(desk.manager.establish_context(), "Bare", None, [], b"\x3b\x00")
    desk.database.GetProviderCardId("Bare")


GIVEN: dict[str, Call] = {
    "SCARD_E_UNKNOWN_READER": _unknown_reader,
    "SCARD_E_NO_SMARTCARD": _empty_reader,
    "SCARD_E_SHARING_VIOLATION": _held_by_another,
    "SCARD_E_PROTO_MISMATCH": _another_protocol,
    "SCARD_E_INVALID_HANDLE": _handle_closed_beneath,
    "SCARD_W_RESET_CARD": _reset_by_another,
    "SCARD_W_REMOVED_CARD": _pulled,
    "SCARD_E_NOT_TRANSACTED": _silent_to_the_reset_of_an_unlock,
    "SCARD_W_UNPOWERED_CARD": _silent_to_power,
    "SCARD_W_UNRESPONSIVE_CARD": _silent_to_reset,
    "SCARD_E_UNKNOWN_CARD": _unknown_card_type,
    "SCARD_E_ICC_INSTALLATION": _card_type_without_provider,
}


@pytest.fixture
def desk(reader: CardReader, unattached: SCardManage) -> Iterator[SimpleNamespace]:
    manager = reader.resource_manager
    with SCard(manager) as card, SCardDatabase(manager) as database:
        yield SimpleNamespace(reader=reader, manager=manager, manage=unattached, card=card, database=database)


@pytest.mark.parametrize("name", GIVEN)
def test_a_code_of_the_resource_manager_is_the_hresult(desk: SimpleNamespace, name: str) -> None:
    with pytest.raises(HResultError) as caught:
        GIVEN[name](desk)
    assert (caught.value.name, caught.value.sw) == (name, None)
    assert isinstance(caught.value.__cause__, SCardError), "it is not one of ours"


def test_no_reader_at_all(refused: Refused) -> None:
    with SCardDatabase(EmbeddedResourceManager()) as database:
        refused(scardmgr.SCARD_E_NO_READERS_AVAILABLE, database.ListReaders)


def test_a_reader_that_is_unplugged(refused: Refused) -> None:
    manager = EmbeddedResourceManager()
    slot = manager.add_reader("Desk")
    slot.insert(Card.from_profile("iso7816"))
    with SCardManage(manager) as manage:
        manage.AttachByIFD("Desk")
        slot.close()
        refused(scardmgr.SCARD_E_READER_UNAVAILABLE, manage.SCardLock)


def test_a_database_that_others_keep_to_themselves(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "cards.sqlite3"
    SmartCardDatabase.at(path).introduce_card_type(CardType("Card", b"\x3b\x00"))
    manager = EmbeddedResourceManager(database=SmartCardDatabase.at(path, patience_s=0.1))
    manager.add_reader("Desk").insert(Card.from_profile("iso7816"))
    # Reading waits for no writer, but for one that has the file alone, and for another thread's turn.
    program = (
        "import sqlite3, sys\n"
        "holder = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "holder.execute('PRAGMA locking_mode = EXCLUSIVE')\n"
        "holder.execute('BEGIN EXCLUSIVE')\n"
        "holder.execute('CREATE TABLE held (a)')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with SCardDatabase(manager) as database, SCardManage(manager) as manage:
        manage.AttachByIFD("Desk")
        with subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            refused(scardmgr.SCARD_E_SERVER_TOO_BUSY, database.ListCardInterfaces, "Card")
            refused(scardmgr.SCARD_E_SERVER_TOO_BUSY, manage.CreateFileAccess)
            holder.communicate(timeout=60)
        with turns.taken(path, 10):
            refused(scardmgr.SCARD_E_SERVER_TOO_BUSY, database.ListCardInterfaces, "Card")
        assert database.ListCardInterfaces("Card") == []
        manage.CreateFileAccess()


def test_no_daemon_that_answers(tmp_path: Path) -> None:
    program = (
        "import scardmgr\n"
        "for make in (scardmgr.SCardManage, scardmgr.SCard, scardmgr.SCardDatabase, scardmgr.SCardLocate):\n"
        "    try:\n"
        "        make(scardmgr.resource_manager('pcsc'))\n"
        "    except scardmgr.HResultError as error:\n"
        "        print(error.name)\n"
    )
    pytest.importorskip("smartcard.scard")
    environment = {**os.environ, SOCKET_VARIABLE: str(tmp_path / "nobody")}
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    assert ran.stdout.split() == ["SCARD_E_NO_SERVICE"] * 4


# Whatever code it is


class Failing(EmbeddedResourceManager):
    """A resource manager of which one function fails, once it is told which and with which code."""

    function: str = ""
    code: int = 0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name != super().__getattribute__("function"):
            return found
        code = super().__getattribute__("code")

        def fail(*_arguments: object, **_named: object) -> None:
            raise SCardError(code)

        return fail


def _detach(desk: Any) -> None:
    """Detach from what is attached for this call alone, by a manager that fails in that alone."""
    function, desk.manager.function = desk.manager.function, ""
    with SCardManage(desk.manager) as manage:
        manage.AttachByIFD("Desk")
        desk.manager.function = function
        manage.Detach()


class Case(NamedTuple):
    """A method that needs a function of the resource manager, and the codes that it knows the meaning of."""

    function: str
    call: Call
    #: What becomes of such a code: another HRESULT, or ``None``: the method goes on.
    known: dict[int, int | None] = {}  # noqa: RUF012 - nobody changes it


NO_CARD: dict[int, int | None] = {SCARD_W_REMOVED_CARD: SCARD_E_NO_SMARTCARD}
NO_SUCH_HANDLE: dict[int, int | None] = {SCARD_E_INVALID_HANDLE: E_INVALIDARG}
NO_PROVIDER: dict[int, int | None] = {SCARD_E_ICC_INSTALLATION: None, SCARD_E_UNKNOWN_CARD: None}

FAILING = [
    Case("establish_context", lambda desk: SCardManage(desk.manager)),
    Case("establish_context", lambda desk: SCard(desk.manager)),
    Case("establish_context", lambda desk: SCardDatabase(desk.manager)),
    Case("establish_context", lambda desk: SCardLocate(desk.manager)),
    Case("connect", lambda desk: SCard(desk.manager).AttachByReader("Desk", SHARED, T1)),
    Case("connect", lambda desk: SCardManage(desk.manager).AttachByIFD("Desk")),
    Case("reconnect", lambda desk: desk.verify.ResetSecurityState()),
    Case("reconnect", lambda desk: desk.card.ReAttach(SHARED, SCARD_DISPOSITIONS.LEAVE)),
    Case("disconnect", _detach),
    Case("status", lambda desk: desk.manage.CreateFileAccess(), NO_CARD),
    Case("status", lambda desk: SCardManage(desk.manager).AttachByHandle(desk.card.CardHandle), NO_SUCH_HANDLE),
    Case("begin_transaction", lambda desk: desk.manage.SCardLock()),
    Case("begin_transaction", lambda desk: desk.card.LockSCard()),
    Case("begin_transaction", lambda desk: desk.files.Open(REFTYPE.SC_TYPE_BY_ID, "0100")),
    Case("end_transaction", lambda desk: desk.locked.SCardUnlock()),
    Case("transmit", lambda desk: desk.files.Open(REFTYPE.SC_TYPE_BY_ID, "0100")),
    Case("transmit", lambda desk: desk.auth.GetChallenge(0, 8)),
    Case("transmit", lambda desk: desk.verify.Verify(b"1234", 0, 1)),
    Case("transmit", lambda desk: desk.card.Transaction(SELECT_MF)),
    Case("list_readers", lambda desk: desk.database.ListReaders()),
    Case("list_readers", lambda desk: desk.locate.FindCard(SHARED, T1, SC_DLG.SC_DLG_NO_UI)),
    Case("list_reader_groups", lambda desk: desk.database.ListReaderGroups()),
    Case("list_cards", lambda desk: desk.database.ListCards()),
    Case("list_cards", lambda desk: desk.manage.CreateFileAccess()),
    Case("list_interfaces", lambda desk: desk.database.ListCardInterfaces("Card")),
    Case("get_provider_id", lambda desk: desk.database.GetProviderCardId("Card")),
    Case("get_provider_id", lambda desk: desk.manage.CreateFileAccess(), NO_PROVIDER),
    Case("locate_cards", lambda desk: desk.locate.FindCard(SHARED, T1, SC_DLG.SC_DLG_NO_UI)),
]


@pytest.fixture
def failing() -> Iterator[SimpleNamespace]:
    """A desk of interfaces on a Failing resource manager."""
    manager = Failing()
    manager.add_reader("Desk").insert(Card.from_profile("iso7816"))
    with SCardManage(manager) as manage, SCardManage(manager) as locked, SCard(manager) as card:
        manage.AttachByIFD("Desk")
        locked.AttachByIFD("Desk")
        card.AttachByReader("Desk", SHARED, T1)
        manager.introduce_card_type(manager.establish_context(), "Card", None, [], b"\x3b\x00")
        locate = SCardLocate(manager)
        locate.ConfigureCardNameSearch(["Card"])
        yield SimpleNamespace(
            manager=manager,
            manage=manage,
            locked=locked,
            card=card,
            files=manage.CreateFileAccess(),
            auth=manage.CreateCardAuth(),
            verify=manage.CreateCHVerification(),
            database=SCardDatabase(manager),
            locate=locate,
        )
        manager.function = ""


CODES = [code for number in tables()["scard_codes"].values() if (code := int(number, 16))] + [0x80100099, 6]


@pytest.mark.parametrize("case", FAILING, ids=[f"{case.function}{at}" for at, case in enumerate(FAILING)])
def test_every_code_and_every_number_comes_through_every_interface(failing: SimpleNamespace, case: Case) -> None:
    for code in CODES:
        failing.locked._attachment._locks = 1
        failing.manager.function, failing.manager.code = case.function, code
        expected = case.known.get(code, code)
        if expected is None:
            assert case.call(failing) is not None
        else:
            with pytest.raises(HResultError) as caught:
                case.call(failing)
            assert caught.value.hresult == expected
        failing.manager.function = ""


# Where each code comes from

BY_US = {
    "SCARD_E_CARD_UNSUPPORTED": "no provider serves the card: test_manage.py",
    "SCARD_E_UNSUPPORTED_FEATURE": "the provider, or the card, has none",
    "SCARD_E_INSUFFICIENT_BUFFER": "a record is longer than asked for: test_file_contents.py",
    "SCARD_W_CANCELLED_BY_USER": "a dialogue is closed: test_card_location.py",
    "SCARD_E_NO_DIR": "a file is no directory: test_file_access.py",
    "SCARD_F_COMM_ERROR": "a card's answer is no response: test_odd_cards.py",
    "SCARD_E_NO_READERS_AVAILABLE": "test_no_reader_at_all",
    "SCARD_E_READER_UNAVAILABLE": "test_a_reader_that_is_unplugged",
    "SCARD_E_NO_SERVICE": "test_no_daemon_that_answers",
    "SCARD_E_SERVER_TOO_BUSY": "test_a_database_that_others_keep_to_themselves",
}
WINDOWS = "Windows' resource manager has it, no resource manager here"
NO_SUCH_CALL = "of a function that no interface calls"
NOT_GIVEN = {
    "SCARD_S_SUCCESS": "it is the return",
    "SCARD_E_CANCELLED": NO_SUCH_CALL + ": no interface waits for a change of state",
    "SCARD_E_TIMEOUT": NO_SUCH_CALL + ": no interface waits for a change of state",
    "SCARD_E_INVALID_PARAMETER": "arguments are judged before",
    "SCARD_E_INVALID_VALUE": "arguments are judged before",
    "SCARD_E_DUPLICATE_READER": NO_SUCH_CALL,
    "SCARD_W_CACHE_ITEM_NOT_FOUND": NO_SUCH_CALL,
    "SCARD_W_CACHE_ITEM_STALE": NO_SUCH_CALL,
    "SCARD_W_CACHE_ITEM_TOO_BIG": NO_SUCH_CALL,
    "SCARD_E_NO_KEY_CONTAINER": "of card modules",
    "SCARD_E_NO_SUCH_CERTIFICATE": "of card modules",
    "SCARD_E_CERTIFICATE_UNAVAILABLE": "of card modules",
    "SCARD_E_PIN_CACHE_EXPIRED": "of card modules",
    "SCARD_E_NO_PIN_CACHE": "of card modules",
    "SCARD_E_READ_ONLY_CARD": "of card modules",
    "SCARD_E_ICC_CREATEORDER": "no status word says so",
    "SCARD_E_INVALID_ATR": WINDOWS,
    "SCARD_E_INVALID_TARGET": WINDOWS,
    "SCARD_E_NO_MEMORY": "the memory of the process or of pcscd is at its end",
    "SCARD_F_WAITED_TOO_LONG": WINDOWS,
    "SCARD_E_CANT_DISPOSE": WINDOWS,
    "SCARD_E_SYSTEM_CANCELLED": WINDOWS,
    "SCARD_P_SHUTDOWN": WINDOWS,
    "SCARD_E_PCI_TOO_SMALL": WINDOWS,
    "SCARD_E_READER_UNSUPPORTED": WINDOWS,
    "SCARD_E_SERVICE_STOPPED": WINDOWS,
    "SCARD_E_UNKNOWN_RES_MNG": WINDOWS,
    "SCARD_W_UNSUPPORTED_CARD": WINDOWS,
}


def test_every_published_code_has_a_source() -> None:
    by_card = {HResultError(hresult_of_status(sw, purpose)).name for sw in range(0x6200, 0x7000) for purpose in Purpose}
    published = set(tables()["scard_codes"])
    assert published == (by_card & published) | set(GIVEN) | set(BY_US) | set(NOT_GIVEN)
    assert set(NOT_GIVEN) & (by_card | set(GIVEN) | set(BY_US)) == set()
