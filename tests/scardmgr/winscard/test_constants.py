"""Every number that pyscard knows is here, with the same value."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import pytest

from scardmgr.winscard import constants
from scardmgr.winscard.constants import (
    Attribute,
    Disposition,
    Protocols,
    ReaderStateFlag,
    Scope,
    ShareMode,
    control_code,
)

scard = pytest.importorskip("smartcard.scard", reason="pyscard is what is compared with")

CODES = ("SCARD_E_", "SCARD_F_", "SCARD_W_", "SCARD_P_", "SCARD_S_")  # test_codes.py has these
NAMES = sorted(
    name
    for name, value in vars(scard).items()
    if isinstance(value, int) and name.isupper() | name.startswith("SCARD_") and not name.startswith(CODES)
)

PREFIXES: dict[str, type[IntEnum | IntFlag]] = {
    "SCARD_ATTR_": Attribute,
    "SCARD_SCOPE_": Scope,
    "SCARD_SHARE_": ShareMode,
    "SCARD_STATE_": ReaderStateFlag,
    "SCARD_PROTOCOL_": Protocols,
}

# Names that pyscard has and this project spells otherwise, or does without, and why.
ELSEWHERE = {
    "SCARD_LEAVE_CARD": Disposition.LEAVE,
    "SCARD_RESET_CARD": Disposition.RESET,
    "SCARD_UNPOWER_CARD": Disposition.UNPOWER,
    "SCARD_EJECT_CARD": Disposition.EJECT,
    "SCARD_ATTR_DEVICE_FRIENDLY_NAME_A": Attribute.DEVICE_FRIENDLY_NAME,
    "SCARD_ATTR_DEVICE_SYSTEM_NAME_A": Attribute.DEVICE_SYSTEM_NAME,
    "SCARD_PROTOCOL_Tx": Protocols.ANY,
    "SCARD_PROTOCOL_DEFAULT": Protocols.ANY,
    "SCARD_PROTOCOL_OPTIMAL": Protocols.UNDEFINED,
    "SCARD_PROTOCOL_UNSET": Protocols.UNDEFINED,
    "SCARD_PCI_T0": Protocols.T0,
    "SCARD_PCI_T1": Protocols.T1,
    "INFINITE": constants.INFINITE,
    "INVALID_HANDLE": 0x80100003,
}
# pcsc-lite's own numbers, which the pyscard face translates or the protocol negotiation does not use.
PCSCLITE_ONLY = {"SCARD_PROTOCOL_RAW": 4, "SCARD_PCI_RAW": 4, "SCARD_PROTOCOL_T15": 8}


def ours(name: str) -> int:
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    prefix = next(prefix for prefix in PREFIXES if name.startswith(prefix))
    return PREFIXES[prefix][name.removeprefix(prefix)]


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(PCSCLITE_ONLY)))
def test_a_constant_of_pyscard_has_its_number(name: str) -> None:
    assert ours(name) == getattr(scard, name)


def test_what_pcsclite_numbers_otherwise_is_known_by_name() -> None:
    assert {name: getattr(scard, name) for name in PCSCLITE_ONLY} == PCSCLITE_ONLY
    assert Protocols.RAW == 0x10000


def test_the_list_of_constants_is_not_empty() -> None:
    assert len(NAMES) > 70


def test_names_listed_as_spelt_otherwise_exist() -> None:
    assert set(ELSEWHERE) | set(PCSCLITE_ONLY) <= set(NAMES)


@pytest.mark.parametrize("function", [0, 1, 2048, 3400])
def test_a_control_code_is_built_as_the_macro_builds_it(function: int) -> None:
    assert control_code(function, "linux") == scard.SCARD_CTL_CODE(function)


def test_a_control_code_of_windows_is_a_device_control_code() -> None:
    assert control_code(3400, "win32") == 0x00313520  # CM_IOCTL_GET_FEATURE_REQUEST of winsmcrd.h
