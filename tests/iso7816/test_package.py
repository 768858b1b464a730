"""The vocabulary's door: everything behind it is reached lazily, and the seam is a protocol anyone can satisfy."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import iso7816
from iso7816 import errors
from iso7816.icc import ICC, ICCMute, ICCRemoved, ProtocolAwareICC, TransmissionProtocol


@pytest.mark.parametrize("package", ["iso7816", "iso7816.describe"])
def test_opening_the_door_imports_nothing_behind_it(package: str) -> None:
    program = f"import sys, {package}; print([name for name in sys.modules if name.startswith({package + '.'!r})])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["iso7816", "iso7816.describe"])
def test_every_name_comes_from_the_module_it_is_said_to_come_from(package: str) -> None:
    module = import_module(package)
    for name in module.__all__:
        assert getattr(module, name).__module__.startswith(f"{package}.")
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        module.nothing  # noqa: B018 - the access is what is tested


def test_every_error_is_of_the_family() -> None:
    family = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.Iso7816Error) for kind in family)
    assert {kind.__name__ for kind in family} <= set(iso7816.__all__)


class Silent:
    """The least that can sit in a reader."""

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def power_off(self) -> None:
        return None

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes) -> bytes:
        raise ICCMute(len(command))


class Aware(Silent):
    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        self.protocol = protocol


def test_whatever_has_the_verbs_is_an_icc() -> None:
    assert isinstance(Silent(), ICC)
    assert not isinstance(Silent(), ProtocolAwareICC)
    assert isinstance(Aware(), ProtocolAwareICC)
    assert not isinstance(object(), ICC)


def test_protocols_have_the_numbers_of_pcsc() -> None:
    assert [int(protocol) for protocol in TransmissionProtocol] == [1, 2, 0x10000]
    assert not issubclass(ICCMute, ICCRemoved)
