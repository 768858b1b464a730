"""What ``import scardmgr`` gives, and what it does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import scardmgr
from scardmgr.com import automation, dispatch_errors, late_binding, unknown

PACKAGE = Path(scardmgr.__file__).parent


def test_every_name_in_all_is_importable_and_none_is_hidden() -> None:
    assert sorted(scardmgr.__all__) == sorted(set(scardmgr.__all__))
    for name in scardmgr.__all__:
        assert getattr(scardmgr, name) is not None
        assert name in dir(scardmgr)


def test_all_that_late_binding_needs_is_on_the_door() -> None:
    for module in (automation, dispatch_errors, late_binding, unknown):
        public = {
            name
            for name, value in vars(module).items()
            if name.startswith(("DISP", "IID")) or (isinstance(value, type) and value.__module__ == module.__name__)
        }
        assert public
        assert public <= set(scardmgr.__all__)
        assert all(getattr(scardmgr, name) is getattr(module, name) for name in public)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(scardmgr, "SCardFriend")


def test_no_module_bears_the_name_of_a_public_door() -> None:
    doors = {name.lower() for name in scardmgr.__all__}
    modules = {path.stem.lower() for path in PACKAGE.rglob("*.py")} | {
        path.name.lower() for path in PACKAGE.rglob("*") if path.is_dir()
    }
    assert doors & modules == set()


def test_importing_the_package_loads_none_of_its_modules() -> None:
    program = "import sys, scardmgr; print(*[name for name in sys.modules if name.startswith('scardmgr.')])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == []


def test_the_interfaces_load_no_provider_no_cipher_and_no_pyscard() -> None:
    program = "import sys, scardmgr; scardmgr.ISCardManage; scardmgr.SCARD_FLAGS; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = ran.stdout.split()
    assert [name for name in loaded if name.startswith(("scardmgr.providers", "cryptography", "smartcard"))] == []
