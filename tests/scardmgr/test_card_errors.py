"""The table from status words to HRESULTs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.apdu import ResponseAPDU
from iso7816.status_words import SW, describe_status_word, is_success
from sandbox.pytest_plugin import CardReader
from scardmgr import REFTYPE, SCARD_FLAGS, HResultError, SCardManage
from scardmgr.com.errors import HRESULT
from scardmgr.providers.card_errors import Purpose, card_error, hresult_of_status, require_success
from scardmgr.winscard.codes import SCardCode

F, D, L, C, A = Purpose.FILE, Purpose.DIRECTORY, Purpose.LISTING, Purpose.CODE, Purpose.AUTHENTICATION
K, S, G = Purpose.KEY_USE, Purpose.SIGNATURE, Purpose.CRYPTOGRAM

#: Every word of ISO/IEC 7816-4:2020, tables 6 and 7, and some that are in neither: what it stands for, whatever it is
#: about, and then what it stands for about something in particular.
ROWS: dict[int, tuple[str, dict[Purpose, str]]] = {
    0x6200: ("SCARD_E_UNEXPECTED", {}),
    0x6202: ("SCARD_E_UNEXPECTED", {}),
    0x6281: ("SCARD_E_COMM_DATA_LOST", {}),
    0x6282: ("SCARD_W_EOF", {}),
    0x6283: ("SCARD_E_NO_ACCESS", {}),
    0x6284: ("SCARD_E_UNEXPECTED", {}),
    0x6285: ("SCARD_E_NO_ACCESS", {}),
    0x6286: ("SCARD_E_NOT_READY", {}),
    0x6287: ("SCARD_E_NO_ACCESS", {}),
    0x62F0: ("SCARD_E_UNEXPECTED", {}),
    0x6300: (
        "SCARD_W_SECURITY_VIOLATION",
        {
            F: "SCARD_E_UNEXPECTED",
            D: "SCARD_E_UNEXPECTED",
            L: "SCARD_E_UNEXPECTED",
            C: "SCARD_W_WRONG_CHV",
            A: "SCARD_W_CARD_NOT_AUTHENTICATED",
            S: "NTE_BAD_SIGNATURE",
        },
    ),
    0x6381: ("SCARD_E_WRITE_TOO_MANY", {}),
    0x63F0: ("SCARD_E_UNEXPECTED", {}),
    0x6400: ("SCARD_F_INTERNAL_ERROR", {}),
    0x6401: ("SCARD_E_UNEXPECTED", {}),
    0x6500: ("SCARD_F_INTERNAL_ERROR", {}),
    0x6581: ("SCARD_F_INTERNAL_ERROR", {}),
    0x6600: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x6700: ("E_INVALIDARG", {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV"}),
    0x6701: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6702: ("E_INVALIDARG", {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV"}),
    0x6800: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6881: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6882: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6883: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6884: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6900: ("SCARD_E_NO_ACCESS", {}),
    0x6981: ("SCARD_E_UNSUPPORTED_FEATURE", {}),
    0x6982: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x6983: ("SCARD_W_CHV_BLOCKED", {}),
    0x6984: ("SCARD_E_NO_ACCESS", {}),
    0x6985: ("SCARD_E_NO_ACCESS", {A: "SCARD_W_CARD_NOT_AUTHENTICATED"}),
    0x6986: ("SCARD_E_NO_FILE", {}),
    0x6987: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x6988: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x69F0: ("SCARD_E_NO_ACCESS", {}),
    0x6A00: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6A80: ("E_INVALIDARG", {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV", G: "NTE_BAD_DATA"}),
    0x6A81: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6A82: ("SCARD_E_FILE_NOT_FOUND", {L: "E_NOTIMPL", D: "SCARD_E_DIR_NOT_FOUND"}),
    0x6A83: ("SCARD_W_EOF", {L: "E_NOTIMPL"}),
    0x6A84: ("SCARD_E_WRITE_TOO_MANY", {L: "E_NOTIMPL"}),
    0x6A85: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6A86: ("E_INVALIDARG", {L: "E_NOTIMPL", **dict.fromkeys((K, S, G), "SCARD_E_UNSUPPORTED_FEATURE")}),
    0x6A87: ("E_INVALIDARG", {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV"}),
    0x6A88: ("E_INVALIDARG", {L: "E_NOTIMPL", **dict.fromkeys((K, S, G), "NTE_NO_KEY")}),
    0x6A89: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6A8A: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6AF0: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6B00: ("SCARD_E_BAD_SEEK", {L: "E_NOTIMPL"}),
    0x6C10: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6D00: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6E00: ("SCARD_E_UNSUPPORTED_FEATURE", {L: "E_NOTIMPL"}),
    0x6F00: ("SCARD_F_UNKNOWN_ERROR", {}),
    0x6FF0: ("SCARD_F_UNKNOWN_ERROR", {}),
    0x9A04: ("SCARD_F_UNKNOWN_ERROR", {}),
    0x0000: ("SCARD_F_UNKNOWN_ERROR", {}),
    0xFFFF: ("SCARD_F_UNKNOWN_ERROR", {}),
    **{
        0x63C0 + tries: (
            "SCARD_E_UNEXPECTED",
            {
                C: "SCARD_W_WRONG_CHV",
                A: "SCARD_W_CARD_NOT_AUTHENTICATED",
                K: "SCARD_W_SECURITY_VIOLATION",
                G: "SCARD_W_SECURITY_VIOLATION",
                S: "NTE_BAD_SIGNATURE",
            },
        )
        for tries in range(16)
    },
}


def meaning_of(sw: int, purpose: Purpose) -> str:
    general, particular = ROWS[sw]
    return particular.get(purpose, general)


def test_every_word_with_a_meaning_has_a_row() -> None:
    assert {int(word) for word in SW if not is_success(word)} <= set(ROWS)


@pytest.mark.parametrize("sw", ROWS, ids="{:04X}".format)
def test_a_word_means_what_the_card_meant(sw: int) -> None:
    for purpose in Purpose:
        error = card_error(sw, purpose)
        assert (error.name, error.sw) == (meaning_of(sw, purpose), sw), purpose
        assert hresult_of_status(sw, purpose) == error.hresult


# Through the interfaces


class Refusing:
    """An ICC that answers every command with one word, which the test sets."""

    def __init__(self) -> None:
        self.word = 0x6F00

    def power_on(self) -> bytes:
        return bytes.fromhex("3B800181")

    def power_off(self) -> None:
        """Nothing volatile here."""

    def reset(self) -> bytes:
        return self.power_on()

    def transmit(self, _command: bytes) -> bytes:
        return self.word.to_bytes(2, "big")


#: What is refused, and what it is about.
REFUSED: dict[str, tuple[Purpose, Callable[[SCardManage], object]]] = {
    "Open": (F, lambda manage: manage.CreateFileAccess().Open(REFTYPE.SC_TYPE_BY_ID, "6F01")),
    "ChangeDir": (D, lambda manage: manage.CreateFileAccess().ChangeDir(REFTYPE.SC_TYPE_BY_ID, "7F10")),
    "Verify": (C, lambda manage: manage.CreateCHVerification().Verify(b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)),
    "User_Auth": (C, lambda manage: manage.CreateCardAuth().User_Auth(0, b"\x01", b"1234")),
    "APP_Auth": (A, lambda manage: manage.CreateCardAuth().APP_Auth(0, b"\x01", bytes(16))),
    "ICC_Auth": (A, lambda manage: manage.CreateCardAuth().ICC_Auth(0, b"\x01", bytes(16))),
    "GetChallenge": (A, lambda manage: manage.CreateCardAuth().GetChallenge(0, 8)),
}


@pytest.mark.card(what=Refusing, via=("embedded", "pcscd"))
@pytest.mark.parametrize("method", REFUSED)
def test_every_word_comes_through_as_what_it_means_with_the_word_and_its_words(
    manage: SCardManage, reader: CardReader, card: Refusing, method: str
) -> None:
    purpose, call = REFUSED[method]
    for sw in ROWS:
        if sw >> 8 == 0x6C:
            continue  # followed up, and never seen
        card.word = sw
        # What was learned of the card by the word before is forgotten.
        manage.Detach()
        manage.AttachByIFD(reader.name)
        with pytest.raises(HResultError) as caught:
            call(manage)
        assert (caught.value.name, caught.value.sw) == (meaning_of(sw, purpose), sw)
        assert describe_status_word(sw) in str(caught.value)


@given(sw=st.integers(0, 0xFFFF), purpose=st.sampled_from(Purpose))
def test_every_word_but_success_is_a_failure_with_a_name(sw: int, purpose: Purpose) -> None:
    if is_success(sw):
        return
    code = hresult_of_status(sw, purpose)
    assert code >= 0x80000000
    assert isinstance(code, HRESULT | SCardCode)
    with pytest.raises(HResultError) as caught:
        require_success(ResponseAPDU(b"", sw), purpose)
    assert (caught.value.hresult, caught.value.sw) == (code, sw)


def test_success_and_accepted_words_pass() -> None:
    for sw in (SW.OK, 0x6110):
        assert require_success(ResponseAPDU(b"x", sw)).data == b"x"
    assert require_success(ResponseAPDU(b"x", SW.END_REACHED), accepted=(SW.END_REACHED,)).data == b"x"


def test_a_failed_authentication_does_not_speak_of_a_chv() -> None:
    assert "authentication failed" in str(card_error(0x6300, Purpose.AUTHENTICATION))
