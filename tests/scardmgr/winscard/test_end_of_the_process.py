"""The interpreter ends while daemon threads use cards, as pyscard's monitors do, and finalizers release what is left.

Such a thread is stopped wherever it is, and what locks it has nobody leaves any more.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("programs") / "ends_with_threads.py"


@pytest.mark.parametrize("what", ["look", "connect", "establish", "list", "transact"])
def test_what_is_released_last_waits_for_nobody(what: str) -> None:
    done = subprocess.run([sys.executable, PROGRAM, what], check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("disconnected 0 released 0\n", "", 0)


def test_what_a_finalizer_gives_back_is_given_back_before() -> None:
    program = """
import os, threading
import scardmgr
from scardmgr import resource_manager
manager = resource_manager("embedded")
release = manager.release_context
def slowly(context):
    threading.Event().wait(0.3)
    release(context)
    os.write(1, b"released\\n")
manager.release_context = slowly
scardmgr.SCardManage(manager)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("released\n", "", 0)


def test_who_does_not_come_to_an_end_is_not_waited_for_long() -> None:
    program = """
import threading
from scardmgr.winscard.asides import do_aside
do_aside(threading.Event().wait)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
