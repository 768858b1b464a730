"""ISCardVerify on the built-in card: global CHV 1 is "1234" (PUK "12345678"), local CHV 1 of the application "5678"."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    DISPPARAMS,
    E_INVALIDARG,
    E_POINTER,
    HRESULT,
    IID_NULL,
    REFTYPE,
    SCARD_E_INVALID_CHV,
    SCARD_FLAGS,
    SCARD_SHARE_MODES,
    SCARD_W_CARD_NOT_AUTHENTICATED,
    SCARD_W_CHV_BLOCKED,
    SCARD_W_RESET_CARD,
    SCARD_W_SECURITY_VIOLATION,
    SCARD_W_WRONG_CHV,
    DispatchError,
    HResultError,
    ISCardVerify,
    SCardManage,
    UnblockData,
)

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
GLOBAL, LOCAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_IHV_LOCAL
ENABLE, DISABLE = SCARD_FLAGS.SC_FL_IHV_ENABLE, SCARD_FLAGS.SC_FL_IHV_DISABLE
CHANGE, CHECK = SCARD_FLAGS.SC_FL_IHV_CHANGE, SCARD_FLAGS.SC_FL_IHV_CHECKONLY
NONE = SCARD_FLAGS.SC_FL_NO_FLAGS


def block(verify: ISCardVerify) -> None:
    for _ in range(3):
        with pytest.raises(HResultError):
            verify.Verify(b"0000", GLOBAL, 1)


# Verify


def test_the_right_code_is_accepted_and_stays(verify: ISCardVerify) -> None:
    verify.Verify(b"1234", GLOBAL, 1)
    verify.Verify(None, GLOBAL | CHECK, 1)


def test_a_wrong_code_tells_the_tries_left_and_three_block(verify: ISCardVerify, refused: Refused) -> None:
    for left in (2, 1, 0):
        assert refused(SCARD_W_WRONG_CHV, verify.Verify, b"0000", GLOBAL, 1).tries_left == left
    error = refused(SCARD_W_CHV_BLOCKED, verify.Verify, b"1234", GLOBAL, 1, sw=0x6983)
    assert error.tries_left == 0


def test_a_local_code_belongs_to_the_current_directory(
    verify: ISCardVerify, in_application: Any, refused: Refused
) -> None:
    verify.Verify(b"5678", LOCAL, 1)
    verify.Verify(b"", LOCAL | CHECK, 1)
    in_application.ChangeDir(0, "3F00")
    refused(E_INVALIDARG, verify.Verify, b"5678", LOCAL, 1, sw=0x6A88)


def test_without_a_place_the_reference_says_it_all(verify: ISCardVerify, in_application: Any) -> None:
    verify.Verify(b"5678", NONE, 0x81)
    verify.Verify(None, LOCAL | CHECK, 1)
    verify.Verify(b"1234", NONE, 0x01)


def test_check_only_presents_nothing(verify: ISCardVerify, refused: Refused) -> None:
    for code in (None, b""):
        error = refused(SCARD_W_CARD_NOT_AUTHENTICATED, verify.Verify, code, GLOBAL | CHECK, 1)
        assert error.tries_left == 3
    refused(E_INVALIDARG, verify.Verify, b"1234", GLOBAL | CHECK, 1)
    block(verify)
    refused(SCARD_W_CHV_BLOCKED, verify.Verify, None, GLOBAL | CHECK, 1)


def test_any_bytes_will_do_for_a_code(verify: ISCardVerify) -> None:
    verify.Verify(bytearray(b"1234"), GLOBAL, 1)
    verify.Verify(memoryview(b"1234"), GLOBAL, 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((None, GLOBAL, 1), E_POINTER),
        ((b"", GLOBAL, 1), E_INVALIDARG),
        (("1234", GLOBAL, 1), E_INVALIDARG),
        ((b"1234", GLOBAL | LOCAL, 1), E_INVALIDARG),
        ((b"1234", GLOBAL | ENABLE, 1), E_INVALIDARG),
        ((b"1234", None, 1), E_POINTER),
        ((b"1234", GLOBAL, 0x81), E_INVALIDARG),
        ((b"1234", NONE, 256), E_INVALIDARG),
        ((b"1234", NONE, -1), E_INVALIDARG),
        ((b"1234", GLOBAL, "1"), E_INVALIDARG),
        ((b"1234", GLOBAL, 9), E_INVALIDARG),
        ((b"1234", GLOBAL | SCARD_FLAGS.SC_FL_SECURE_MESSAGING, 1), HRESULT.E_UNEXPECTED),
        ((b"1", GLOBAL, 1), SCARD_E_INVALID_CHV),
    ],
)
def test_what_verify_refuses(verify: ISCardVerify, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    refused(code, verify.Verify, *arguments)
    # None of these presented anything.
    assert refused(SCARD_W_CARD_NOT_AUTHENTICATED, verify.Verify, None, GLOBAL | CHECK, 1).tries_left == 3


# A wrong code that is answered 6982

PW1, PW3 = 0x81, 0x83


@pytest.fixture
def openpgp(manage: SCardManage) -> SCardManage:
    """Attached to an OpenPGP card, whose application is the current directory."""
    manage.CreateFileAccess().ChangeDir(REFTYPE.SC_TYPE_BY_NAME, "D27600012401")
    return manage


@pytest.mark.card("openpgp", via=("embedded", "pcscd"))
def test_a_card_that_does_not_count_in_its_refusal_is_asked_for_the_tries(
    openpgp: SCardManage, refused: Refused
) -> None:
    verify, auth = openpgp.CreateCHVerification(), openpgp.CreateCardAuth()
    assert refused(SCARD_W_WRONG_CHV, verify.Verify, b"000000", NONE, PW1, sw=0x6982).tries_left == 2
    error = refused(SCARD_W_WRONG_CHV, auth.User_Auth, 0, bytes((PW1,)), b"000000", sw=0x6982)
    assert error.tries_left == 1
    assert "tries left: 1" in str(error)
    assert pickle.loads(pickle.dumps(error)).tries_left == 1  # noqa: S301 - our own
    with pytest.raises(DispatchError) as late:
        verify.Invoke(verify.GetIDsOfNames(IID_NULL, ["Verify"])[0], pDispParams=DISPPARAMS.of(None, CHECK, PW1))
    assert late.value.tries_left == 1
    # Neither question nor check has spent one.
    assert refused(SCARD_W_CARD_NOT_AUTHENTICATED, verify.Verify, None, CHECK, PW1).tries_left == 1
    assert refused(SCARD_W_WRONG_CHV, verify.Verify, b"000000", NONE, PW1, sw=0x6982).tries_left == 0
    refused(SCARD_W_CHV_BLOCKED, verify.Verify, b"123456", NONE, PW1, sw=0x6983)


@pytest.mark.card("openpgp", via=("embedded", "pcscd"))
def test_asking_for_the_tries_ends_no_other_status(openpgp: SCardManage, refused: Refused) -> None:
    verify = openpgp.CreateCHVerification()
    openpgp.SCardLock()
    verify.Verify(b"12345678", NONE, PW3)
    refused(SCARD_W_WRONG_CHV, verify.Verify, b"000000", NONE, PW1)
    verify.Verify(None, CHECK, PW3)
    openpgp.SCardUnlock()


@pytest.mark.card("openpgp", via=("embedded", "pcscd"))
def test_a_refused_change_tells_the_tries_and_keeps_its_code(openpgp: SCardManage, refused: Refused) -> None:
    verify = openpgp.CreateCHVerification()
    change = (verify.ChangeCode, b"000000", b"654321", NONE, PW1)
    assert refused(SCARD_W_SECURITY_VIOLATION, *change, sw=0x6982).tries_left == 2
    verify.Verify(b"123456", NONE, PW1)


@pytest.mark.parametrize(
    ("told", "code", "left"),
    [
        ("63C2", SCARD_W_WRONG_CHV, 2),
        ("6983", SCARD_W_WRONG_CHV, 0),
        ("9000", SCARD_W_SECURITY_VIOLATION, None),
        ("6700", SCARD_W_SECURITY_VIOLATION, None),
        ("6982", SCARD_W_SECURITY_VIOLATION, None),
        ("90", SCARD_W_SECURITY_VIOLATION, None),  # no response at all
    ],
)
def test_what_the_card_says_to_the_question(
    plain_desk: Callable[..., Any], told: str, code: int, left: int | None, refused: Refused
) -> None:
    present, ask = "00200001" + "0430303030", "00200001"
    desk = plain_desk({present: "6982", ask: told})
    assert refused(code, desk.verify.Verify, b"0000", GLOBAL, 1, sw=0x6982).tries_left == left
    assert desk.card.seen == [present, ask]


@pytest.mark.parametrize("word", ["63C2", "6983", "6985", "6A80"])
def test_no_other_refusal_makes_a_question(plain_desk: Callable[..., Any], word: str) -> None:
    present = "00200001" + "0430303030"
    desk = plain_desk({present: word, "00200001": "63C3"})
    with pytest.raises(HResultError) as caught:
        desk.verify.Verify(b"0000", GLOBAL, 1)
    assert caught.value.sw == int(word, 16)
    assert desk.card.seen == [present]


# ChangeCode


@pytest.mark.parametrize("flags", [GLOBAL, GLOBAL | CHANGE])
def test_a_changed_code_is_the_one_that_counts(verify: ISCardVerify, flags: SCARD_FLAGS, refused: Refused) -> None:
    verify.ChangeCode(b"1234", b"87654321", flags, 1)
    refused(SCARD_W_WRONG_CHV, verify.Verify, b"1234", GLOBAL, 1)
    verify.Verify(b"87654321", GLOBAL, 1)


def test_changing_takes_the_right_old_code(verify: ISCardVerify, refused: Refused) -> None:
    error = refused(SCARD_W_WRONG_CHV, verify.ChangeCode, b"0000", b"4321", GLOBAL, 1)
    assert error.tries_left == 2
    verify.Verify(b"1234", GLOBAL, 1)


def test_a_local_code_can_be_changed(verify: ISCardVerify, in_application: Any) -> None:
    verify.ChangeCode(b"5678", b"8765", LOCAL, 1)
    verify.Verify(b"8765", LOCAL, 1)


def test_the_need_for_a_code_can_be_switched(verify: ISCardVerify, in_application: Any, refused: Refused) -> None:
    secret = in_application.Open(1, "6F05")
    verify.ChangeCode(b"1234", b"", GLOBAL | DISABLE, 1)
    assert in_application.Read(secret, 10) == b"The secret"
    verify.ChangeCode(b"1234", b"", GLOBAL | ENABLE, 1)
    verify.ResetSecurityState()
    error = refused(SCARD_W_CARD_NOT_AUTHENTICATED, verify.Verify, None, GLOBAL | CHECK, 1)
    assert error.tries_left == 3


def test_switching_and_changing_go_together(verify: ISCardVerify) -> None:
    verify.ChangeCode(b"1234", b"4321", GLOBAL | DISABLE | CHANGE, 1)
    verify.ChangeCode(b"4321", b"1234", GLOBAL | ENABLE | CHANGE, 1)
    verify.Verify(b"1234", GLOBAL, 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((None, b"4321", GLOBAL, 1), E_POINTER),
        ((b"1234", None, GLOBAL, 1), E_POINTER),
        ((b"1234", b"", GLOBAL, 1), E_INVALIDARG),
        ((b"1234", b"4321", GLOBAL | ENABLE, 1), E_INVALIDARG),
        ((b"1234", b"", GLOBAL | ENABLE | DISABLE, 1), E_INVALIDARG),
        ((b"1234", b"4321", GLOBAL | LOCAL, 1), E_INVALIDARG),
        ((b"1234", b"4321", GLOBAL | CHECK, 1), E_INVALIDARG),
        ((b"1234", b"4321", GLOBAL, 0x80), E_INVALIDARG),
        ((b"1234", b"4", GLOBAL, 1), SCARD_E_INVALID_CHV),
    ],
)
def test_what_change_refuses(verify: ISCardVerify, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    refused(code, verify.ChangeCode, *arguments)


# Unblock


def test_the_unblocking_code_takes_a_blocked_code_into_use_again(verify: ISCardVerify) -> None:
    block(verify)
    verify.Unblock(UnblockData(b"12345678", b"4321"), GLOBAL, 1)
    verify.Verify(b"4321", GLOBAL, 1)


def test_the_unblocking_code_alone_leaves_the_code(verify: ISCardVerify) -> None:
    block(verify)
    verify.Unblock(UnblockData(b"12345678"), GLOBAL, 1)
    verify.Verify(b"1234", GLOBAL, 1)


def test_a_wrong_unblocking_code_is_counted(verify: ISCardVerify, refused: Refused) -> None:
    block(verify)
    error = refused(SCARD_W_WRONG_CHV, verify.Unblock, UnblockData(b"00000000", b"4321"), GLOBAL, 1)
    assert error.tries_left == 9


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (UnblockData(b"PUKPUK", b"4321"), "002C00010A" + b"PUKPUK4321".hex().upper()),
        (UnblockData(b"PUKPUK"), "002C010106" + b"PUKPUK".hex().upper()),
        (UnblockData(new_code=b"4321"), "002C020104" + b"4321".hex().upper()),
        (0, "002C0301"),
    ],
)
def test_the_forms_of_unblocking(plain_desk: Callable[..., Any], data: Any, command: str) -> None:
    desk = plain_desk({command: "9000"})
    desk.verify.Unblock(data, GLOBAL, 1)
    assert desk.card.seen == [command]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((None, GLOBAL, 1), E_POINTER),
        ((1, GLOBAL, 1), E_INVALIDARG),
        ((False, GLOBAL, 1), E_INVALIDARG),
        ((b"12345678", GLOBAL, 1), E_INVALIDARG),
        ((0, GLOBAL | LOCAL, 1), E_INVALIDARG),
        ((0, GLOBAL, 256), E_INVALIDARG),
    ],
)
def test_what_unblock_refuses(verify: ISCardVerify, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    refused(code, verify.Unblock, *arguments)


def test_unblock_data_needs_something_to_say() -> None:
    with pytest.raises(ValueError, match="unblocking code"):
        UnblockData()


@pytest.mark.parametrize("arguments", [("12345678", b"4321"), (b"12345678", "4321"), (None, b"4321"), (12345678, b"")])
def test_unblock_data_are_bytes_and_a_complaint_does_not_repeat_them(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="bytes are needed") as raised:
        UnblockData(*arguments)
    assert "4321" not in str(raised.value)
    assert "5678" not in str(raised.value)


def test_unblock_data_take_any_bytes_and_keep_their_own() -> None:
    puk = bytearray(b"12345678")
    arguments: Any = memoryview(puk), bytearray(b"4321")
    data = UnblockData(*arguments)
    puk[:] = bytes(8)
    assert data == UnblockData(b"12345678", b"4321")


def test_more_than_a_command_can_carry(verify: ISCardVerify, refused: Refused) -> None:
    refused(E_INVALIDARG, verify.Verify, bytes(65536), GLOBAL, 1)
    refused(E_INVALIDARG, verify.ChangeCode, bytes(40000), bytes(40000), GLOBAL, 1)
    refused(E_INVALIDARG, verify.Unblock, UnblockData(bytes(40000), bytes(40000)), GLOBAL, 1)


# ResetSecurityState


def test_resetting_drops_what_was_presented_and_others_notice(
    manage: SCardManage, verify: ISCardVerify, reader: CardReader, refused: Refused
) -> None:
    with manage.CreateInterface(None, "ISCardVerify"):
        pass
    with SCardManage(reader.resource_manager) as other:
        other.AttachByIFD(reader.name)
        verify.Verify(b"1234", GLOBAL, 1)
        verify.ResetSecurityState()
        refused(SCARD_W_CARD_NOT_AUTHENTICATED, verify.Verify, None, GLOBAL | CHECK, 1)
        refused(SCARD_W_RESET_CARD, other.SCardLock)


def test_resetting_keeps_an_exclusive_attachment(unattached: SCardManage, reader: CardReader, refused: Refused) -> None:
    unattached.AttachByIFD(reader.name, SCARD_SHARE_MODES.EXCLUSIVE)
    verify = unattached.CreateCHVerification()
    verify.Verify(b"1234", GLOBAL, 1)
    verify.ResetSecurityState()
    refused(SCARD_W_CARD_NOT_AUTHENTICATED, verify.Verify, None, GLOBAL | CHECK, 1)


def test_resetting_within_a_lock_keeps_the_lock(manage: SCardManage, verify: ISCardVerify) -> None:
    manage.SCardLock()
    verify.ResetSecurityState()
    verify.Verify(b"1234", GLOBAL, 1)
    manage.SCardUnlock(0)
