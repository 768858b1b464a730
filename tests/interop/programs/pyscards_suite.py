"""Runs a test suite that comes with pyscard, as it is, with a card in the second slot, too.

Of pyscard one thing is another: a deadlock of its own is one that passes.

usage: pyscards_suite.py SUITE.py SECOND-CARD [as-on-windows]

The suite writes what readers and cards it finds into a file beside it, and then tests against that.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from emulator import Card
from scardmgr import resource_manager
from scardmgr.winscard.pyscard_programs import extension, platforms

#: How long pyscard waits for the thread of its reader monitor, in seconds. By itself it does without a bound, and with
#: the lock held that the thread takes to count the observers: when the last one goes at that moment both wait for ever.
STOP_S = 2.0


def bound_a_deadlock() -> None:
    from smartcard.ReaderMonitoring import ReaderMonitoringThread

    def stop(thread: ReaderMonitoringThread) -> None:
        thread.stopEvent.set()
        thread.join(STOP_S)

    ReaderMonitoringThread.stop = stop


def main(suite: str, second_card: str, *how: str) -> None:
    if how:
        extension.this_platform = lambda: platforms.WINDOWS
    bound_a_deadlock()
    with Card.from_profile(second_card) as card:
        resource_manager("embedded")._slots["Virtual Reader 00 01"].insert(card)
        os.chdir(Path(suite).parent)
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = [suite]
        runpy.run_path(suite, run_name="__main__")


main(*sys.argv[1:])
