"""Every status word that the emulated card can give through the interfaces: provoked, on both resource managers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest

import emulator
import scardmgr
from emulator import Card
from iso7816.status_words import SW, describe_status_word
from scardmgr import (
    REFTYPE,
    SCARD_FLAGS,
    TLV_TABLE,
    HResultError,
    ISCardAuth,
    ISCardFileAccess,
    ISCardVerify,
)

GLOBAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL
NAME, ID = REFTYPE.SC_TYPE_BY_NAME, REFTYPE.SC_TYPE_BY_ID
TRANSPARENT = TLV_TABLE(0x82, b"\x01")
EMULATOR = Path(emulator.__file__).parent

Call = Callable[[Any], object]


def with_terminated_file() -> Card:
    """The built-in card, one of whose files is at its end."""
    text = (EMULATOR / "profiles" / "iso7816.toml").read_text(encoding="utf-8")
    assert "sfi = 6\n" in text
    with TemporaryDirectory() as folder:
        definition = Path(folder) / "terminated.toml"
        definition.write_text(text.replace("sfi = 6\n", 'sfi = 6\nlife_cycle = "terminated"\n'), encoding="utf-8")
        return Card.from_profile(definition)


def _block(desk: Any) -> None:
    for _ in range(3):
        with pytest.raises(HResultError):
            desk.verify.Verify(b"0000", GLOBAL, 1)


def _blocked(desk: Any) -> None:
    _block(desk)
    desk.verify.Verify(b"1234", GLOBAL, 1)


def _invalidated(desk: Any) -> None:
    desk.verify.Verify(b"1234", GLOBAL, 1)
    desk.files.Invalidate("6F01")
    desk.files.Open(ID, "6F01")


def _open_when_invalidated(desk: Any) -> None:
    desk.verify.Verify(b"1234", GLOBAL, 1)
    with desk.files.Open(ID, "6F01") as file:
        desk.files.Invalidate("6F01")
        desk.files.Read(file, 1)


def _secret(desk: Any) -> None:
    desk.files.Read(desk.files.Open(ID, "6F05"), 1)


def _creation(path: str, descriptor: TLV_TABLE, size: bytes | None = None) -> Call:
    rows = [descriptor, TLV_TABLE(0x83, b"\x7f\x30") if size is None else TLV_TABLE(0x80, size)]

    def create(desk: Any) -> None:
        desk.verify.Verify(b"1234", GLOBAL, 1)
        desk.files.Create(NAME, path, rows)

    return create


def _token(reference: int) -> Call:
    return lambda desk: desk.auth.APP_Auth(0, bytes((reference,)), bytes(16))


def _wrong_token(desk: Any) -> None:
    desk.auth.GetChallenge(0, 16)
    desk.auth.APP_Auth(0, b"\x01", bytes(16))


#: Each word, what the card is asked, and the HRESULT that it becomes there.
PROVOKED: list[tuple[SW | int, Call, str]] = [
    (SW.FILE_DEACTIVATED, _invalidated, "SCARD_E_NO_ACCESS"),
    (SW.NV_CHANGED, _wrong_token, "SCARD_W_CARD_NOT_AUTHENTICATED"),
    (0x63C2, lambda desk: desk.verify.Verify(b"0000", GLOBAL, 1), "SCARD_W_WRONG_CHV"),
    (0x63C9, lambda desk: desk.verify.Unblock(scardmgr.UnblockData(b"00000000"), GLOBAL, 1), "SCARD_W_WRONG_CHV"),
    (SW.WRONG_LENGTH, lambda desk: desk.verify.Verify(b"1", GLOBAL, 1), "SCARD_E_INVALID_CHV"),
    (SW.WRONG_LENGTH, lambda desk: desk.auth.ICC_Auth(0, b"\x01", b"short"), "E_INVALIDARG"),
    (SW.SECURITY_STATUS_NOT_SATISFIED, _secret, "SCARD_W_SECURITY_VIOLATION"),
    (SW.AUTHENTICATION_METHOD_BLOCKED, _blocked, "SCARD_W_CHV_BLOCKED"),
    (SW.REFERENCE_DATA_NOT_USABLE, _token(3), "SCARD_E_NO_ACCESS"),
    (SW.CONDITIONS_NOT_SATISFIED, _token(1), "SCARD_W_CARD_NOT_AUTHENTICATED"),
    (SW.CONDITIONS_NOT_SATISFIED, _open_when_invalidated, "SCARD_E_NO_ACCESS"),
    (SW.WRONG_DATA, _creation("6F20", TLV_TABLE(0x82, b"\x07"), b"\x04"), "E_INVALIDARG"),
    (SW.FILE_NOT_FOUND, lambda desk: desk.files.Open(ID, "6F99"), "SCARD_E_FILE_NOT_FOUND"),
    (SW.FILE_NOT_FOUND, lambda desk: desk.files.ChangeDir(ID, "7F99"), "SCARD_E_DIR_NOT_FOUND"),
    (SW.NOT_ENOUGH_MEMORY, _creation("6F20", TRANSPARENT, b"\x7f\xff\xff"), "SCARD_E_WRITE_TOO_MANY"),
    (SW.INCORRECT_P1_P2, lambda desk: desk.auth.GetChallenge(1, 8), "E_INVALIDARG"),
    (SW.REFERENCED_DATA_NOT_FOUND, lambda desk: desk.verify.Verify(b"1234", GLOBAL, 9), "E_INVALIDARG"),
    (SW.FILE_EXISTS, _creation("6F01", TRANSPARENT, b"\x04"), "E_INVALIDARG"),
    (SW.DF_NAME_EXISTS, _creation("F073636172646D677201", TLV_TABLE(0x82, b"\x38")), "E_INVALIDARG"),
]

#: Words that the emulated card has and the interfaces never see, or see as a card's fault.
NOT_SEEN = {
    SW.END_REACHED: "a read that comes to the end is no failure",
    SW.MEMORY_FAILURE: "the disk of an image fails",
    SW.NO_DIAGNOSIS: "a command of an application's own fails",
    SW.SECURITY_ISSUE: "an application's own command",
    SW.COMMAND_NOT_ALLOWED: "an application's own command",
    SW.CHANNEL_UNSUPPORTED: "everything goes through the basic channel",
    SW.SECURE_MESSAGING_UNSUPPORTED: "no session begins without secure messaging in the card",
    SW.SM_OBJECTS_INCORRECT: "a wrong message: the tests of sessions",
    SW.SM_OBJECTS_MISSING: "messages have their data objects",
    SW.CHAINING_UNSUPPORTED: "commands are chained where the card announces that it takes chains",
    SW.LAST_OF_CHAIN_EXPECTED: "chains are ended",
    SW.INCOMPATIBLE_FILE_STRUCTURE: "a file is read as what it is",
    SW.NO_CURRENT_EF: "a file is selected before it is read",
    SW.NC_INCONSISTENT_WITH_P1_P2: "data and parameters go together",
    SW.FUNCTION_UNSUPPORTED: "MANAGE CHANNEL is not sent",
    SW.RECORD_NOT_FOUND: "behind the last record is the end of the file, or room for one more",
    SW.OFFSET_OUTSIDE_EF: "behind the last byte is the end of the file",
    SW.INS_UNSUPPORTED: "the card has every command that is sent",
    SW.CLA_UNSUPPORTED: "the card has every command that is sent",
    SW.FILE_TERMINATED: "a card with such a file: the test below",
}


@pytest.fixture
def desk(auth: ISCardAuth, verify: ISCardVerify, in_application: ISCardFileAccess) -> SimpleNamespace:
    return SimpleNamespace(auth=auth, verify=verify, files=in_application)


@pytest.mark.card("iso7816", via=("embedded", "pcscd"))
@pytest.mark.parametrize(
    ("sw", "call", "name"), PROVOKED, ids=lambda each: f"{each:04X}" if isinstance(each, int) else None
)
def test_what_the_card_refuses_has_its_meaning_and_its_word(
    desk: SimpleNamespace, sw: int, call: Call, name: str
) -> None:
    with pytest.raises(HResultError) as caught:
        call(desk)
    assert (caught.value.name, caught.value.sw) == (name, sw)
    assert describe_status_word(sw) in str(caught.value)


def test_every_word_of_the_emulated_card_is_provoked_or_not_seen() -> None:
    sources = [path.read_text(encoding="utf-8") for path in EMULATOR.rglob("*.py")]
    given = {SW[name] for source in sources for name in re.findall(r"\bSW\.([A-Z0-9_]+)", source)} - {SW.OK}
    provoked = {sw for sw, _, _ in PROVOKED if isinstance(sw, SW)}
    assert given - provoked - set(NOT_SEEN) == set()
    assert provoked & set(NOT_SEEN) == set()


@pytest.mark.card(what=with_terminated_file, via=("embedded", "pcscd"))
def test_a_file_at_its_end_is_closed_for_good(desk: SimpleNamespace, refused: Callable[..., HResultError]) -> None:
    refused(scardmgr.SCARD_E_NO_ACCESS, desk.files.Open, ID, "6F06", sw=SW.FILE_TERMINATED)
