"""pytest as a user has it: a process of its own, on test files that a user could have written."""

from __future__ import annotations

import os
from collections.abc import Callable
from textwrap import dedent

import pytest

BOUND_S = 60

#: In front of every test file: bytes that make a difference, written and looked for.
PRELUDE = """
import os, subprocess, sys
import pytest
import scardmgr
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from scardmgr.winscard.errors import SCardError

SELECT, READ = bytes.fromhex("00A4000C020100"), bytes.fromhex("00B0000004")
WRITE = bytes.fromhex("00D600000401020304")
WRITTEN = bytes.fromhex("010203049000")
OK = bytes.fromhex("9000")

def connect(reader, share_mode=ShareMode.SHARED):
    context = reader.resource_manager.establish_context()
    return reader.resource_manager.connect(context, reader.name, share_mode).handle

def use(reader, share_mode=ShareMode.SHARED):
    '''Find the card as new, alone in the reader, and write to it.'''
    rm, handle = reader.resource_manager, connect(reader, share_mode)
    assert rm.transmit(handle, READ) == bytes.fromhex("6986"), "something is selected"
    assert rm.transmit(handle, SELECT) == OK
    assert rm.transmit(handle, READ) != WRITTEN, "another test's writing"
    assert rm.transmit(handle, WRITE) == OK
    assert rm.transmit(handle, READ) == WRITTEN
    return handle
"""

# Hypothesis' plugin takes half of the time in which pytest starts.
PLAIN = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
RunPytest = Callable[..., pytest.RunResult]


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunPytest:
    """Run pytest in a process of its own on one test file; the options as on the command line."""
    for name in [name for name in os.environ if name.startswith(("PYTEST_", "PCSCLITE_"))]:
        monkeypatch.delenv(name)

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=PRELUDE + dedent(source))
        return pytester.runpytest_subprocess(*PLAIN, *options, timeout=BOUND_S)

    return run
