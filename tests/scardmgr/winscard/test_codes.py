"""Codes: all there, all named, none lost."""

from __future__ import annotations

import copy

import pytest

from scardmgr.winscard.codes import SCardCode, from_pcsclite, known_or_number, name_of, to_pcsclite
from scardmgr.winscard.error_texts import pcsclite_text
from scardmgr.winscard.errors import SCardError, StatusChangeError, WinscardError
from scardmgr.winscard.values import ReaderState

scard = pytest.importorskip("smartcard.scard", reason="pyscard is what is compared with")

# pcsc-lite numbers it as SCARD_E_UNEXPECTED; pyscard 2.3 passes that on.
ALIASED = "SCARD_E_UNSUPPORTED_FEATURE"
PYSCARD_CODES = {
    name: number
    for name, number in vars(scard).items()
    if name.startswith(("SCARD_E_", "SCARD_F_", "SCARD_W_", "SCARD_P_", "SCARD_S_"))
}


@pytest.mark.parametrize("name", sorted(set(PYSCARD_CODES) - {ALIASED}))
def test_every_code_of_pyscard_has_its_number(name: str) -> None:
    assert SCardCode[name] == PYSCARD_CODES[name]


def test_pyscard_knows_codes_at_all() -> None:
    assert len(PYSCARD_CODES) > 50


def test_the_one_code_that_pcsclite_numbers_otherwise_is_translated_both_ways() -> None:
    assert from_pcsclite(PYSCARD_CODES[ALIASED]) is SCardCode.SCARD_E_UNSUPPORTED_FEATURE
    assert to_pcsclite(SCardCode.SCARD_E_UNSUPPORTED_FEATURE) == PYSCARD_CODES[ALIASED]


@pytest.mark.parametrize("code", [code for code in SCardCode if code is not SCardCode.SCARD_E_UNEXPECTED])
def test_translating_to_pcsclite_and_back_loses_nothing(code: SCardCode) -> None:
    assert from_pcsclite(to_pcsclite(code)) is code


@pytest.mark.parametrize("code", list(SCardCode))
def test_every_code_has_a_phrase_of_its_own(code: SCardCode) -> None:
    assert code.phrase
    assert [other for other in SCardCode if other.phrase == code.phrase] == [code]


@pytest.mark.parametrize("number", [0, 1, 0x8010_0FFF, 0x8007_0057, 0xFFFF_FFFF])
def test_an_unknown_number_stays_what_it_is(number: int) -> None:
    kept = known_or_number(number)
    assert kept == number
    assert isinstance(kept, SCardCode) is (number == 0)


def test_a_signed_number_is_taken_as_unsigned() -> None:
    assert known_or_number(0x80100009 - (1 << 32)) is SCardCode.SCARD_E_UNKNOWN_READER


@pytest.mark.parametrize(
    ("number", "name"), [(0x80100009, "SCARD_E_UNKNOWN_READER"), (0x80100FFF, "0x80100FFF"), (7, "0x00000007")]
)
def test_an_error_names_its_code(number: int, name: str) -> None:
    error = SCardError(number)
    assert error.name == name_of(number) == name
    assert error.code == number
    assert name in str(error)


def test_an_error_says_what_its_code_means() -> None:
    assert str(SCardError(0x80100009)) == "SCARD_E_UNKNOWN_READER (0x80100009): no reader has that name"


def test_the_family_of_errors_has_one_root() -> None:
    assert issubclass(SCardError, WinscardError)
    assert issubclass(StatusChangeError, SCardError)


@pytest.mark.parametrize("number", [*SCardCode, 0x8010001F, 1, 0x80100FFF, 0x123456789, -1])
def test_the_text_of_a_code_is_pcsclites(number: int) -> None:
    assert pcsclite_text(number) == scard.SCardGetErrorMessage(int(number))


@pytest.mark.parametrize("error", [SCardError(0x80100009), StatusChangeError(0x8010000A, [ReaderState("R", 0x20)])])
def test_errors_can_be_copied_and_so_pickled(error: SCardError) -> None:
    copied = copy.copy(error)
    assert (type(copied), copied.code, str(copied)) == (type(error), error.code, str(error))
    assert vars(copied) == vars(error)
