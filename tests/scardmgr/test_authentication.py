"""ISCardAuth on the built-in card: key 1 is AES-128, key 2 two-key 3DES, CHV 1 is "1234"."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    SCARD_E_INVALID_CHV,
    SCARD_FLAGS,
    SCARD_SHARE_MODES,
    SCARD_W_CARD_NOT_AUTHENTICATED,
    SCARD_W_CHV_BLOCKED,
    SCARD_W_SECURITY_VIOLATION,
    SCARD_W_WRONG_CHV,
    HResultError,
    ISCardAuth,
    ISCardVerify,
    KeyType,
    SCardManage,
    authentication_token,
    is_token_right,
)

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
KEYS = [
    (KeyType.AES, b"\x01", bytes(range(16))),
    (KeyType.TRIPLE_DES, b"\x02", bytes(range(0x40, 0x50))),
]


@pytest.mark.parametrize(("key_type", "reference", "key"), KEYS)
@pytest.mark.parametrize("named", [False, True])
def test_the_card_proves_itself(
    auth: ISCardAuth, key_type: KeyType, reference: bytes, key: bytes, *, named: bool
) -> None:
    challenge = os.urandom(key_type.challenge_length)
    algorithm = key_type.algorithm_reference if named else 0
    answer = auth.ICC_Auth(algorithm, reference, challenge)
    assert is_token_right(key_type, key, challenge, answer)
    assert not is_token_right(key_type, key[::-1], challenge, answer)


@pytest.mark.parametrize(("key_type", "reference", "key"), KEYS)
def test_the_application_proves_itself_once_per_challenge(
    auth: ISCardAuth, key_type: KeyType, reference: bytes, key: bytes, refused: Refused
) -> None:
    challenge = auth.GetChallenge(None, key_type.challenge_length, b"", b"")
    token = authentication_token(key_type, key, challenge)
    auth.APP_Auth(0, reference, token)
    refused(SCARD_W_CARD_NOT_AUTHENTICATED, auth.APP_Auth, 0, reference, token, sw=0x6985)


def test_authentication_opens_what_needs_it(auth: ISCardAuth, in_application: Any, refused: Refused) -> None:
    file = in_application.Open(1, "6F06")
    refused(SCARD_W_SECURITY_VIOLATION, in_application.Write, file, b"proven")
    key_type, reference, key = KEYS[0]
    auth.APP_Auth(0, reference, authentication_token(key_type, key, auth.GetChallenge(0, 16)))
    in_application.Write(file, b"proven")


def test_a_wrong_token_is_not_authenticated(auth: ISCardAuth, refused: Refused) -> None:
    auth.GetChallenge(0, 16)
    refused(SCARD_W_CARD_NOT_AUTHENTICATED, auth.APP_Auth, 0, b"\x01", bytes(16))


def test_challenges_have_the_length_asked_for_and_differ(auth: ISCardAuth) -> None:
    challenges = [auth.GetChallenge(0, length) for length in (1, 8, 16, 256, 8)]
    assert [len(challenge) for challenge in challenges] == [1, 8, 16, 256, 8]
    assert challenges[1] != challenges[4]


def test_the_user_proves_himself(auth: ISCardAuth, verify: ISCardVerify, refused: Refused) -> None:
    assert refused(SCARD_W_WRONG_CHV, auth.User_Auth, 0, b"\x01", b"0000").tries_left == 2
    auth.User_Auth(0, b"\x01", b"1234")
    verify.Verify(None, SCARD_FLAGS.SC_FL_IHV_GLOBAL | SCARD_FLAGS.SC_FL_IHV_CHECKONLY, 1)
    refused(SCARD_E_INVALID_CHV, auth.User_Auth, 0, b"\x01", b"1")
    for _ in range(3):
        refused(SCARD_W_WRONG_CHV, auth.User_Auth, 0, b"\x01", b"0000")
    refused(SCARD_W_CHV_BLOCKED, auth.User_Auth, 0, b"\x01", b"1234")


def test_a_local_reference_is_that_of_the_current_directory(
    auth: ISCardAuth, in_application: Any, refused: Refused
) -> None:
    auth.User_Auth(0, b"\x81", b"5678")
    in_application.ChangeDir(0, "3F00")
    refused(E_INVALIDARG, auth.User_Auth, 0, b"\x81", b"5678", sw=0x6A88)


SELECT_MF, CHALLENGE, PROOF = "00A40004023F0000", "0084000008", "0082008108" + "00" * 8


def _prove(desk: Any) -> None:
    auth = desk.auth
    auth.GetChallenge(0, 8)
    auth.APP_Auth(0, b"\x81", bytes(8))


def test_nothing_comes_between_challenge_and_proof_while_the_card_is_held(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({SELECT_MF: "6F009000", CHALLENGE: "00" * 8 + "9000", PROOF: "9000"})
    desk.manage.SCardLock()
    _prove(desk)
    assert desk.card.seen == [SELECT_MF, CHALLENGE, PROOF]
    _prove(desk)
    assert desk.card.seen[3:] == [CHALLENGE, PROOF], "it is known where the card is"
    desk.manage.SCardUnlock()


def test_nothing_comes_between_challenge_and_proof_on_an_exclusive_attachment(
    plain_card: Callable[..., Any], unattached: SCardManage, reader: CardReader
) -> None:
    card = plain_card({SELECT_MF: "6F009000", CHALLENGE: "00" * 8 + "9000", PROOF: "9000"})
    unattached.AttachByIFD(reader.name, SCARD_SHARE_MODES.EXCLUSIVE)
    auth = unattached.CreateCardAuth()
    auth.GetChallenge(0, 8)
    auth.APP_Auth(0, b"\x81", bytes(8))
    assert card.seen == [SELECT_MF, CHALLENGE, PROOF]


def test_a_card_without_the_directory_gives_its_challenge(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({SELECT_MF: "6A82", CHALLENGE: "00" * 8 + "9000"})
    desk.manage.SCardLock()
    assert desk.auth.GetChallenge(0, 8) == bytes(8)
    desk.manage.SCardUnlock()
    desk.card.seen.clear()
    assert desk.auth.GetChallenge(0, 8) == bytes(8)
    assert desk.card.seen == [CHALLENGE], "others may select something else before the proof"


def test_references_travel_in_p1_and_p2(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {
            "0082020503AABBCC": "9000",
            "0088020503AABBCC00": "DDEE9000",
            "0084020508": "01020304050607089000",
            "0020020503AABBCC": "9000",
        }
    )
    auth = desk.auth
    auth.APP_Auth(2, b"\x05", b"\xaa\xbb\xcc")
    assert auth.ICC_Auth(2, b"\x05", b"\xaa\xbb\xcc") == b"\xdd\xee"
    assert auth.GetChallenge(2, 8, b"\x05") == bytes(range(1, 9))
    auth.User_Auth(2, b"\x05", b"\xaa\xbb\xcc")
    assert len(desk.card.seen) == 4


@pytest.mark.parametrize("method", ["APP_Auth", "ICC_Auth", "User_Auth"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((256, b"\x01", bytes(16)), E_INVALIDARG),
        ((-1, b"\x01", bytes(16)), E_INVALIDARG),
        (("0", b"\x01", bytes(16)), E_INVALIDARG),
        ((None, b"\x01", bytes(16)), E_POINTER),
        ((0, b"\x01\x02", bytes(16)), E_INVALIDARG),
        ((0, 1, bytes(16)), E_INVALIDARG),
        ((0, None, bytes(16)), E_POINTER),
        ((0, b"\x01", None), E_POINTER),
        ((0, b"\x01", b""), E_INVALIDARG),
        ((0, b"\x01", bytes(65536)), E_INVALIDARG),
        ((0, b"\x1f", bytes(16)), E_INVALIDARG),
    ],
)
def test_what_authentication_refuses(
    auth: ISCardAuth, method: str, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, getattr(auth, method), *arguments)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((256, 8, b"", b""), E_INVALIDARG),
        ((0, 0, b"", b""), E_INVALIDARG),
        ((0, 257, b"", b""), E_INVALIDARG),
        ((0, None, b"", b""), E_POINTER),
        ((0, 8, None, b""), E_POINTER),
        ((0, 8, b"", None), E_POINTER),
        ((0, 8, b"\x01\x02", b""), E_INVALIDARG),
        ((1, 8, b"", b""), E_INVALIDARG),
    ],
)
def test_what_a_challenge_refuses(auth: ISCardAuth, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    refused(code, auth.GetChallenge, *arguments)


def test_a_challenge_of_the_wrong_length_is_an_invalid_argument(auth: ISCardAuth, refused: Refused) -> None:
    refused(E_INVALIDARG, auth.ICC_Auth, 0, b"\x01", bytes(8), sw=0x6700)
