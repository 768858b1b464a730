"""Every LPBYTEBUFFER parameter takes bytes of any kind, and an IByteBuffer; what comes out fills the latter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from emulator import Card
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    HRESULT,
    LOCKTYPE,
    REFTYPE,
    SCARD_FLAGS,
    STREAM_SEEK,
    TLV_TABLE,
    ByteBuffer,
    HResultError,
    ISCardAuth,
    ISCardFileAccess,
    ISCardVerify,
    KeyType,
    SCardDatabase,
    authentication_token,
)
from scardmgr.published.definitions import Direction, interfaces
from scardmgr.winscard.manager import ResourceManager

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
Make = Callable[[bytes], Any]
GLOBAL, CHECK = SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_IHV_CHECKONLY
ID = REFTYPE.SC_TYPE_BY_ID
KEY = bytes(range(16))
CHALLENGE = bytes(range(100, 116))
TOKEN = authentication_token(KeyType.AES, KEY, CHALLENGE)


def read_to_its_end(content: bytes) -> ByteBuffer:
    """An IByteBuffer whose seek pointer is at the end."""
    buffer = ByteBuffer(content)
    buffer.Seek(0, STREAM_SEEK.STREAM_SEEK_END)
    return buffer


def prove_the_application(desk: Any, make: Make) -> None:
    token = authentication_token(KeyType.AES, KEY, desk.auth.GetChallenge(0, 16))
    desk.auth.APP_Auth(0, make(b"\x01"), make(token))
    with desk.files.Open(ID, "6F06") as file:
        desk.files.Write(file, b"proven")


def get_a_challenge(desk: Any, make: Make) -> None:
    assert len(desk.auth.GetChallenge(0, 8, make(b""), make(b""))) == 8


def prove_the_card(desk: Any, make: Make) -> None:
    assert desk.auth.ICC_Auth(0, make(b"\x01"), make(CHALLENGE)) == TOKEN


def prove_the_user(desk: Any, make: Make) -> None:
    desk.auth.User_Auth(0, make(b"\x01"), make(b"1234"))
    desk.verify.Verify(None, GLOBAL | CHECK, 1)


def change_the_code(desk: Any, make: Make) -> None:
    desk.verify.ChangeCode(make(b"1234"), make(b"4321"), GLOBAL, 1)
    desk.verify.Verify(b"4321", GLOBAL, 1)


def verify_the_code(desk: Any, make: Make) -> None:
    desk.verify.Verify(make(b"1234"), GLOBAL, 1)
    desk.verify.Verify(None, GLOBAL | CHECK, 1)


def create_a_file(desk: Any, make: Make) -> None:
    desk.verify.Verify(b"1234", GLOBAL, 1)
    desk.files.Create(ID, "6F20", TLV_TABLE(0x82, b"\x01"), SCARD_FLAGS.SC_FL_PREALLOCATE, make(b"first"))
    with desk.files.Open(ID, "6F20") as file:
        assert desk.files.Read(file, 9) == b"first"


def write_a_file(desk: Any, make: Make) -> None:
    with desk.files.Open(REFTYPE.SC_TYPE_BY_NAME, "3F00/0100") as file:
        desk.files.Write(file, make(b"written"))
        desk.files.Seek(file, 0, 0)
        assert desk.files.Read(file, 7) == b"written"


def look_an_atr_up(desk: Any, make: Make) -> None:
    desk.manager.introduce_card_type(desk.manager.establish_context(), "Ours", None, [], desk.atr)
    assert desk.database.ListCards(make(desk.atr))[0] == "Ours"
    assert desk.database.ListCards(make(desk.atr[:-1])) == []


#: The methods with buffers that go in: a call that gives all of them, and looks at what comes of it.
CALLS: dict[tuple[str, str], Callable[[Any, Make], None]] = {
    ("ISCardAuth", "APP_Auth"): prove_the_application,
    ("ISCardAuth", "GetChallenge"): get_a_challenge,
    ("ISCardAuth", "ICC_Auth"): prove_the_card,
    ("ISCardAuth", "User_Auth"): prove_the_user,
    ("ISCardVerify", "ChangeCode"): change_the_code,
    ("ISCardVerify", "Verify"): verify_the_code,
    ("ISCardFileAccess", "Create"): create_a_file,
    ("ISCardFileAccess", "Write"): write_a_file,
    ("ISCardDatabase", "ListCards"): look_an_atr_up,
}
#: Interfaces that need no card have their buffers in tests of their own.
ELSEWHERE = {"IByteBuffer", "ISCardCmd", "ISCardISO7816", "ISCardTypeConv"}


@pytest.fixture
def desk(
    resource_manager: ResourceManager,
    card: Card,
    auth: ISCardAuth,
    verify: ISCardVerify,
    in_application: ISCardFileAccess,
) -> Iterator[SimpleNamespace]:
    manager = resource_manager
    with SCardDatabase(manager) as database:
        yield SimpleNamespace(
            manager=manager, auth=auth, verify=verify, files=in_application, database=database, atr=card.atr
        )


def test_every_method_with_a_buffer_is_tried() -> None:
    published = {
        (each.name, member.name)
        for each in interfaces()
        for member in each.members
        for parameter in member.parameters
        if parameter.type.startswith("LPBYTEBUFFER") and parameter.direction is not Direction.OUT
    }
    assert {method for method in published if method[0] not in ELSEWHERE} == set(CALLS)


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, ByteBuffer, read_to_its_end])
@pytest.mark.parametrize("method", CALLS, ids=".".join)
def test_a_buffer_may_be_bytes_of_any_kind_or_an_ibytebuffer(desk: Any, method: tuple[str, str], make: Make) -> None:
    CALLS[method](desk, make)


# What comes out


@pytest.mark.parametrize("held", [None, b"", b"before", bytes(300)])
def test_a_challenge_fills_the_buffer_that_was_given_for_it(auth: ISCardAuth, held: bytes | None) -> None:
    with ByteBuffer(held) as buffer:
        challenge = auth.GetChallenge(0, 16, b"", buffer)
        assert buffer.Read(99) == challenge
        assert len(buffer) == 16


def test_the_cards_answer_takes_the_place_of_the_challenge(auth: ISCardAuth) -> None:
    with ByteBuffer(CHALLENGE) as buffer, buffer.Clone() as clone:
        clone.Seek(0, STREAM_SEEK.STREAM_SEEK_END)
        assert auth.ICC_Auth(0, b"\x01", buffer) == TOKEN
        assert buffer.Read(99) == TOKEN
        assert bytes(clone) == TOKEN, "it is the same bytes"


def test_bytes_stay_as_they_are(auth: ISCardAuth) -> None:
    room, challenge = bytearray(16), bytearray(CHALLENGE)
    auth.GetChallenge(0, 16, b"", room)
    auth.ICC_Auth(0, b"\x01", challenge)
    assert (room, challenge) == (bytes(16), CHALLENGE)


def test_what_fails_leaves_the_buffer_alone(auth: ISCardAuth, refused: Refused) -> None:
    with ByteBuffer(b"as it was") as buffer:
        refused(E_INVALIDARG, auth.GetChallenge, 0, 257, b"", buffer)
        refused(E_INVALIDARG, auth.ICC_Auth, 0, b"\x1f", buffer)
        assert bytes(buffer) == b"as it was"


def test_a_buffer_that_cannot_be_filled(auth: ISCardAuth, refused: Refused) -> None:
    with ByteBuffer(CHALLENGE) as buffer, buffer.Clone() as clone:
        clone.LockRegion(0, 1, LOCKTYPE.LOCK_WRITE)
        refused(HRESULT.STG_E_LOCKVIOLATION, auth.ICC_Auth, 0, b"\x01", buffer)
        assert bytes(buffer) == CHALLENGE
    refused(HRESULT.CO_E_RELEASED, auth.GetChallenge, 0, 8, b"", buffer)
    refused(E_POINTER, auth.GetChallenge, 0, 8, b"", None)
    refused(E_INVALIDARG, auth.GetChallenge, 0, 8, b"", "room")
