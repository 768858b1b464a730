"""What our module offers is what pyscard's own does, name by name and value by value."""

from __future__ import annotations

import inspect
import sys

import pytest
import smartcard.scard
import smartcard.scard.scard as wrapper

from scardmgr.winscard.pyscard_programs.extension import functions_of, module_of_ours
from scardmgr.winscard.pyscard_programs.platforms import LINUX, MACOS, WINDOWS, Platform, this_platform

#: What SWIG adds for itself.
SWIGS_OWN = {"_SwigNonDynamicMeta", "_scard", "typing"}

WINDOWS_ONLY = {
    "SCardForgetCardType",
    "SCardGetCardTypeProviderName",
    "SCardIntroduceCardType",
    "SCardListCards",
    "SCardListInterfaces",
    "SCardLocateCards",
}


def names(module: object) -> set[str]:
    return {name for name in vars(module) if not name.startswith(("__", "_swig"))} - SWIGS_OWN


def test_the_names_are_pyscards() -> None:
    assert names(module_of_ours("ours", this_platform())) == names(wrapper)


@pytest.mark.parametrize("name", sorted(names(wrapper) - {"error"}))
def test_each_has_pyscards_value_or_parameters(name: str) -> None:
    ours, theirs = getattr(module_of_ours("ours", this_platform()), name), getattr(smartcard.scard, name)
    if callable(theirs):
        assert [*inspect.signature(ours).parameters] == [*inspect.signature(theirs).parameters]
    else:
        assert (type(ours), ours) == (type(theirs), theirs)


def test_the_exception_is_called_as_pyscards() -> None:
    ours = module_of_ours("ours", this_platform()).error
    theirs = smartcard.scard.error
    assert (ours.__module__, ours.__name__, ours.__mro__[1:]) == (
        theirs.__module__,
        theirs.__name__,
        theirs.__mro__[1:],
    )


@pytest.mark.parametrize("code", [0, 1, 0x80100001, 0x8010001D, 0x8010001F, 0x80100022, -1, 0x8010FFFF])
def test_texts_of_codes_are_the_platforms(code: int) -> None:
    assert functions_of(LINUX)["SCardGetErrorMessage"](code) == smartcard.scard.SCardGetErrorMessage(code)


@pytest.mark.parametrize("function", [0, 1, 3400, -1, True])
def test_control_codes_are_the_platforms(function: int) -> None:
    assert functions_of(this_platform())["SCARD_CTL_CODE"](function) == smartcard.scard.SCARD_CTL_CODE(function)


def test_only_windows_has_card_types() -> None:
    assert set(functions_of(WINDOWS)) - set(functions_of(LINUX)) == WINDOWS_ONLY
    assert set(functions_of(MACOS)) == set(functions_of(LINUX))


# pyscard's typemaps and the C headers of each platform, since no test can run there: the C integers are 32 bits wide.


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        (
            WINDOWS,
            {
                "SCARD_E_NO_SERVICE": -0x7FEFFFE3,
                "SCARD_E_UNSUPPORTED_FEATURE": -0x7FEFFFDE,
                "SCARD_E_UNEXPECTED": -0x7FEFFFE1,
                "SCARD_P_SHUTDOWN": 0x80100018,
                "SCARD_PROTOCOL_RAW": 0x10000,
                "SCARD_PROTOCOL_DEFAULT": -0x80000000,
                "SCARD_PROTOCOL_OPTIMAL": 0,
                "SCARD_PROTOCOL_ANY": 3,
                "SCARD_PROVIDER_CSP": 2,
                "ERROR_ALREADY_EXISTS": 183,
                "resourceManager": "winscard",
            },
        ),
        (
            MACOS,
            {
                "SCARD_E_NO_SERVICE": -0x7FEFFFE3,
                "SCARD_E_UNSUPPORTED_FEATURE": -0x7FEFFFE1,
                "SCARD_PROTOCOL_RAW": 4,
                "SCARD_PROTOCOL_UNSET": 3,
                "INVALID_HANDLE": 0x80100003,
                "resourceManagerSubType": "pcsclite-lion",
            },
        ),
    ],
)
def test_numbers_of_other_platforms(platform: Platform, expected: dict[str, int | str]) -> None:
    module = module_of_ours("ours", platform)
    assert {name: getattr(module, name) for name in expected} == expected


def test_names_that_windows_lacks() -> None:
    lacking = {"INVALID_HANDLE", "SCARD_ATTR_ASYNC_PROTOCOL_TYPES", "SCARD_ATTR_DEVICE_SYSTEM_NAME"}
    assert lacking <= names(module_of_ours("ours", LINUX))
    assert not lacking & names(module_of_ours("ours", WINDOWS))


def test_this_is_not_windows() -> None:
    assert this_platform() is {"darwin": MACOS, "win32": WINDOWS}.get(sys.platform, LINUX)
