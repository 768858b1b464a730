"""The rows of each interface are a module of their own, which the test finds; they import what they have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCard,
    SCardDatabase,
    SCardLocate,
    SCardManage,
    SCardTypeConv,
)

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def desk(reader: CardReader, manage: SCardManage) -> Iterator[SimpleNamespace]:
    """One object of every kind, with the card attached where it takes one."""
    manager = reader.resource_manager
    with (
        SCard(manager) as iscard,
        SCardDatabase(manager) as database,
        SCardLocate(manager) as locate,
        SCardTypeConv() as conversions,
    ):
        iscard.AttachByReader(reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        yield SimpleNamespace(
            manager=manager,
            manage=manage,
            files=manage.CreateFileAccess(),
            verify=manage.CreateCHVerification(),
            auth=manage.CreateCardAuth(),
            iscard=iscard,
            database=database,
            locate=locate,
            conversions=conversions,
        )
