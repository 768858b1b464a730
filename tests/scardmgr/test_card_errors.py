"""The table from status words to HRESULTs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scardmgr
from iso7816.apdu import ResponseAPDU
from iso7816.status_words import SW, is_success
from scardmgr import HResultError
from scardmgr.com.errors import HRESULT
from scardmgr.providers.card_errors import Purpose, card_error, hresult_of_status, require_success
from scardmgr.winscard.codes import SCardCode

ROWS = [
    (0x6A82, Purpose.FILE, "SCARD_E_FILE_NOT_FOUND"),
    (0x6A82, Purpose.DIRECTORY, "SCARD_E_DIR_NOT_FOUND"),
    (0x63C2, Purpose.CODE, "SCARD_W_WRONG_CHV"),
    (0x63C0, Purpose.CODE, "SCARD_W_WRONG_CHV"),
    (0x6300, Purpose.CODE, "SCARD_W_WRONG_CHV"),
    (0x6983, Purpose.CODE, "SCARD_W_CHV_BLOCKED"),
    (0x6983, Purpose.AUTHENTICATION, "SCARD_W_CHV_BLOCKED"),
    (0x6982, Purpose.FILE, "SCARD_W_SECURITY_VIOLATION"),
    (0x6300, Purpose.AUTHENTICATION, "SCARD_W_CARD_NOT_AUTHENTICATED"),
    (0x63C1, Purpose.AUTHENTICATION, "SCARD_W_CARD_NOT_AUTHENTICATED"),
    (0x6985, Purpose.AUTHENTICATION, "SCARD_W_CARD_NOT_AUTHENTICATED"),
    (0x6985, Purpose.FILE, "SCARD_E_NO_ACCESS"),
    (0x6283, Purpose.FILE, "SCARD_E_NO_ACCESS"),
    (0x6A80, Purpose.FILE, "E_INVALIDARG"),
    (0x6A80, Purpose.CODE, "SCARD_E_INVALID_CHV"),
    (0x6700, Purpose.CODE, "SCARD_E_INVALID_CHV"),
    (0x6700, Purpose.FILE, "E_INVALIDARG"),
    (0x6A84, Purpose.FILE, "SCARD_E_WRITE_TOO_MANY"),
    (0x6A89, Purpose.FILE, "E_INVALIDARG"),
    (0x6B00, Purpose.FILE, "SCARD_E_BAD_SEEK"),
    (0x6282, Purpose.FILE, "SCARD_W_EOF"),
    (0x6A83, Purpose.FILE, "SCARD_W_EOF"),
    (0x6D00, Purpose.FILE, "SCARD_E_UNSUPPORTED_FEATURE"),
    (0x6E00, Purpose.FILE, "SCARD_E_UNSUPPORTED_FEATURE"),
    (0x6882, Purpose.FILE, "SCARD_E_UNSUPPORTED_FEATURE"),
    (0x6581, Purpose.FILE, "SCARD_F_INTERNAL_ERROR"),
    (0x6F00, Purpose.FILE, "SCARD_F_UNKNOWN_ERROR"),
    (0x9A04, Purpose.FILE, "SCARD_F_UNKNOWN_ERROR"),
    (0x69F0, Purpose.FILE, "SCARD_E_NO_ACCESS"),
]


@pytest.mark.parametrize(("sw", "purpose", "name"), ROWS)
def test_a_word_means_what_the_card_meant(sw: int, purpose: Purpose, name: str) -> None:
    assert hresult_of_status(sw, purpose) == getattr(scardmgr, name)
    assert card_error(sw, purpose).sw == sw


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
