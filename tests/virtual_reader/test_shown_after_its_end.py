"""A card that goes in the middle of a client's reset, and that pcscd goes on to show."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from iso7816.icc import ICCRemoved
from virtual_reader import PrivateDaemon
from virtual_reader.reader_states import shown_readers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: it holds back a thread of pcscd")

CLIENT = """
import sys
from scardmgr.winscard import Disposition
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.selection import resource_manager
manager = resource_manager("pcsc")
card = manager.connect(manager.establish_context(), sys.argv[1]).handle
print("connected", flush=True)
sys.stdin.readline()
try:
    manager.reconnect(card, initialization=Disposition.RESET)
except SCardError as error:
    print(error.code.name, flush=True)
"""
BUSY = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: pass"
#: Longer than pcscd waits between two looks: by then it wants to have the next one, and has to wait for the reset.
RESET_S = 0.6
ATTEMPTS = 5


def threads(process: int) -> set[int]:
    return {int(each.name) for each in Path(f"/proc/{process}/task").iterdir()}


def is_shown(daemon: PrivateDaemon) -> bool:
    return shown_readers(daemon.socket_path, 10)[0].present


def stays_shown(daemon: PrivateDaemon) -> bool:
    """For longer than pcscd takes to look twice."""
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        if not is_shown(daemon):
            return False
    return True


@pytest.fixture
def leaving(make_card):
    """Makes cards that go when they are reset."""

    class Leaving(make_card):
        def reset(self):
            threading.Event().wait(RESET_S)
            raise ICCRemoved("it has gone")

    return Leaving


@pytest.fixture
def ghost(leaving, offspring):
    """Has a card go from a reader, and pcscd go on to show it: the client's thread has the last word."""

    def make(daemon, reader):
        (pcscd,) = offspring(daemon.supervisor)
        before = threads(pcscd)
        client = subprocess.Popen(
            [sys.executable, "-c", CLIENT, reader.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | reader.environment,
        )
        with client:
            assert client.stdout.readline() == "connected\n"
            its_own = threads(pcscd) - before
            processor = min(os.sched_getaffinity(pcscd))
            for thread in threads(pcscd):
                os.sched_setaffinity(thread, {processor})
            for thread in its_own:
                os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
            with subprocess.Popen([sys.executable, "-I", "-S", "-c", BUSY, str(processor)]) as busy:
                try:
                    client.stdin.write("\n")
                    client.stdin.flush()
                    assert reader.wait(60)
                finally:
                    busy.kill()
            assert client.stdout.readline() in ("SCARD_W_UNRESPONSIVE_CARD\n", "SCARD_E_NO_SMARTCARD\n")
        return stays_shown(daemon)

    return make


@pytest.mark.timeout(300)
@pytest.mark.parametrize("again", ["in a reader of its own", "in the same reader"])
def test_the_next_card_is_taken_for_what_it_is(make_card, leaving, ghost, atr, again):
    with PrivateDaemon() as daemon:
        for _ in range(ATTEMPTS):
            reader = daemon.insert(leaving())
            if ghost(daemon, reader):
                break
            reader.close()
        else:
            pytest.fail("pcscd never lost the race")
        if again == "in the same reader":
            reader.remove()
            assert not is_shown(daemon)
            reader.insert(make_card())
        else:
            reader.close()
            daemon.insert(make_card())
        assert shown_readers(daemon.socket_path, 10)[0].atr == atr
