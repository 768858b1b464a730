from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from scardmgr import E_INVALIDARG, HRESULT, SCARD_W_WRONG_CHV, HResultError, SCardError
from scardmgr.com.dispatch_errors import DispatchArgumentError, DispatchError, UnknownNameError
from scardmgr.com.errors import resource_manager_codes
from scardmgr.winscard.codes import SCardCode


def test_the_error_names_code_reason_and_status_word() -> None:
    error = HResultError(0x8010006B, "", 0x63C2)
    assert error.hresult is SCARD_W_WRONG_CHV
    assert error.name == "SCARD_W_WRONG_CHV"
    assert error.tries_left == 2
    assert str(error) == (
        "SCARD_W_WRONG_CHV (0x8010006B): the CHV presented was wrong "
        "[card: 63C2 verification failed or not done, 2 tries left]"
    )


def test_a_reason_stands_in_place_of_the_phrase() -> None:
    assert str(HResultError(E_INVALIDARG, "lRef is 300")) == "E_INVALIDARG (0x80070057): lRef is 300"


def test_signed_numbers_and_unknown_numbers_are_kept() -> None:
    assert HResultError(-2147024809).hresult is HRESULT.E_INVALIDARG
    unknown = HResultError(0x80040001)
    assert (unknown.hresult, unknown.name, str(unknown)) == (0x80040001, "0x80040001", "0x80040001")


@pytest.mark.parametrize(("sw", "tries"), [(None, None), (0x6982, None), (0x63C0, 0), (0x63CF, 15), (0x6983, 0)])
def test_tries_left_are_those_that_the_card_told(sw: int | None, tries: int | None) -> None:
    assert HResultError(SCARD_W_WRONG_CHV, "", sw).tries_left == tries


def test_every_general_code_has_a_phrase_and_its_own_number() -> None:
    assert all(code.phrase for code in HRESULT)
    # S_OK and SCARD_S_SUCCESS are the same success.
    assert {int(code) for code in HRESULT} & {int(code) for code in SCardCode} == {0}


def test_resource_manager_codes_come_through() -> None:
    with pytest.raises(HResultError) as caught, resource_manager_codes():
        raise SCardError(0x8010001D)
    assert caught.value.hresult is SCardCode.SCARD_E_NO_SERVICE
    assert isinstance(caught.value.__cause__, SCardError)


@pytest.mark.parametrize(
    "error",
    [
        HResultError(SCARD_W_WRONG_CHV, "reason", 0x63C1),
        HResultError(0x80040001),
        UnknownNameError("no member 'Nome'", [-1, 0]),
        DispatchArgumentError("no parameter 7", 1),
        DispatchArgumentError("no argument", None),
        DispatchError("ISCardVerify.Verify", HResultError(SCARD_W_WRONG_CHV, "", 0x63C1)),
    ],
    ids=lambda error: f"{type(error).__name__} {error.name}",
)
@pytest.mark.parametrize(
    "copied",
    [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy],  # noqa: S301 (our own)
    ids=["pickled", "copied", "copied deeply"],
)
def test_errors_survive_pickling(error: HResultError, copied: Callable[[HResultError], HResultError]) -> None:
    error.add_note("where it was raised")
    again = copied(error)
    assert again is not error
    assert (type(again), str(again), repr(again)) == (type(error), str(error), repr(error))
    assert vars(again) == vars(error)
    assert (again.hresult, again.reason, again.sw) == (error.hresult, error.reason, error.sw)
