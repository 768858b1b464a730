"""What a user gets from the distribution, as opposed to from the working tree."""

from __future__ import annotations

import os
import re
from importlib import metadata
from pathlib import Path

import pytest

PACKAGES = ["iso7816", "emulator", "virtual_reader", "scardmgr", "conformance", "sandbox"]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def distribution() -> metadata.Distribution:
    try:
        return metadata.distribution("scardmgr")
    except metadata.PackageNotFoundError:
        pytest.skip("the distribution is not installed: run these tests with tox")


@pytest.fixture
def wheel(distribution: metadata.Distribution) -> metadata.Distribution:
    """The distribution, where its files are installed: an editable one has them in the working tree."""
    if any(path.suffix == ".pth" for path in distribution.files or ()):
        pytest.skip("the distribution is editable: run these tests with tox")
    return distribution


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_typed_and_in_the_distribution(package: str, wheel: metadata.Distribution) -> None:
    files = {str(path) for path in wheel.files or ()}
    assert f"{package}/__init__.py" in files
    assert f"{package}/py.typed" in files


def test_data_files_travel_with_their_packages(wheel: metadata.Distribution) -> None:
    files = {str(path) for path in wheel.files or ()}
    in_tree = {
        str(path.relative_to(REPOSITORY))
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert in_tree - files == set()


def test_the_command_the_licence_and_the_python_versions(distribution: metadata.Distribution) -> None:
    scripts = {entry.name: entry.value for entry in distribution.entry_points if entry.group == "console_scripts"}
    assert scripts == {"scard": "sandbox.command_line:main"}
    assert any(path.name == "LICENSE" for path in distribution.files or ())
    assert distribution.metadata["License-Expression"] == "Apache-2.0"
    assert distribution.metadata["Requires-Python"] == ">=3.11"


def test_pyscard_is_an_extra_and_the_core_needs_no_compiler(distribution: metadata.Distribution) -> None:
    requirements = distribution.requires or []
    core = {re.split(r"[^\w-]", line)[0] for line in requirements if "extra ==" not in line}
    pcsc = {re.split(r"[^\w-]", line)[0] for line in requirements if "extra ==" in line and "pcsc" in line}
    assert core == {"click", "cryptography", "platformdirs", "rich"}
    assert pcsc == {"pyscard"}


def test_under_tox_the_wheel_is_tested_and_not_the_working_tree(distribution: metadata.Distribution) -> None:
    import iso7816

    in_tree = Path(iso7816.__file__).is_relative_to(REPOSITORY / "iso7816")
    assert not (in_tree and "TOX_ENV_NAME" in os.environ)
