"""What a package exports is what it says it exports."""

from __future__ import annotations

from importlib import import_module

import pytest

PACKAGES = ["iso7816", "emulator", "virtual_reader", "scardmgr", "conformance", "sandbox"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_is_there(package: str) -> None:
    module = import_module(package)
    names = getattr(module, "__all__", [])
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []


@pytest.mark.parametrize(
    ("package", "names"),
    [
        ("emulator", {"Card"}),
        ("virtual_reader", {"insert", "PrivateDaemon"}),
        (
            "scardmgr",
            {
                "resource_manager",
                "SCardManage",
                "SCard",
                "HResultError",
                "ISCardManage",
                "ISCardFileAccess",
                "ISCardVerify",
                "ISCardAuth",
                "ISCard",
            },
        ),
    ],
)
def test_the_public_doors_are_exported(package: str, names: set[str]) -> None:
    assert names <= set(import_module(package).__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_exported_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="no_such_door"):
        import_module(package).no_such_door  # noqa: B018 - the access is what is tested


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_is(package: str) -> None:
    assert import_module(package).__doc__
