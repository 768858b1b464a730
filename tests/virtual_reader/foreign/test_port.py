"""Where a foreign card connects: who may, who is waited for, and how long."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.icc import ICCRemoved
from virtual_reader import DaemonUnavailable, VpiccCard
from virtual_reader.foreign.port import owner_of_connection

COMMAND = bytes.fromhex("0084000008")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_second_connection_is_refused(make, command_of):
    port = free_port()
    card = VpiccCard(command_of(), port=port)
    with card:
        card.power_on()
        with socket.socket() as second:
            assert second.connect_ex(("127.0.0.1", port)) != 0
        assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_another_user_does_not_become_the_card(ordinary_user, ourselves, atr, command_of):
    with VpiccCard(None) as card:
        port = card.listen()
        # Its connection comes first, and is closed, which is all that it waits for.
        intruder = ordinary_user.popen(
            "import socket; c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print(); sys.stdout.flush();"
            "print(c.recv(9))",
            str(port),
        )
        with intruder:
            intruder.stdout.readline()
            with subprocess.Popen([part.replace("{port}", str(port)) for part in command_of()]):
                assert card.power_on() == atr
                card.close()
            assert intruder.communicate(timeout=60)[0].strip() == "b''"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_card_of_another_user_is_told_of(ordinary_user):
    with VpiccCard(None, start_s=0.5) as card:
        port = card.listen()
        ordinary_user.run(
            "import socket; c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); c.close()", str(port)
        )
        with pytest.raises(ICCRemoved, match=r"within 0\.5 s \(somebody did, and closed the connection at once\)$"):
            card.power_on()
    with VpiccCard(None, start_s=0.5) as card:
        port = card.listen()
        program = "import socket; c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print(); c.recv(1)"
        with ordinary_user.popen(
            f"import functools; print = functools.partial(print, flush=True); {program}", str(port)
        ) as other:
            other.stdout.readline()
            with pytest.raises(ICCRemoved, match=r"\(user \d+ did, who is neither ours nor root\)$"):
                card.power_on()


def test_a_card_that_somebody_else_starts(atr, command_of):
    with VpiccCard(None) as card:
        port = card.listen()
        assert port == card.listen()
        with subprocess.Popen([part.replace("{port}", str(port)) for part in command_of("dies")]):
            assert card.power_on() == atr
            with pytest.raises(ICCRemoved, match=r"the foreign card closed the connection$"):
                card.transmit(COMMAND)


def test_one_that_nobody_starts_is_waited_for_no_longer_than_it_may_take():
    with VpiccCard(None, start_s=0.1) as card, pytest.raises(ICCRemoved, match=r"did not connect .* within 0\.1 s$"):
        card.power_on()


def test_a_port_that_somebody_has(command_of):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        card = VpiccCard(command_of(), port=port)
        with pytest.raises(DaemonUnavailable, match=f"no port to connect to: 127.0.0.1:{port}"):
            card.listen()
        with pytest.raises(ICCRemoved, match=f"no port to connect to: 127.0.0.1:{port}"):
            card.power_on()
    card.close()
    with card:
        card.power_on()


def test_a_port_that_nobody_holds_any_more_is_closed():
    card = VpiccCard(None)
    port = card.listen()
    del card
    gc.collect()
    with socket.socket() as late:
        assert late.connect_ex(("127.0.0.1", port)) != 0


def test_a_card_that_nobody_holds_any_more_lets_go_of_who_connected(atr, eventually, command_of):
    before = set(threading.enumerate())
    card = VpiccCard(None)
    port = card.listen()
    with subprocess.Popen([part.replace("{port}", str(port)) for part in command_of()]) as program:
        assert card.power_on() == atr
        del card
        gc.collect()
        assert program.wait(60) == 0
    eventually(lambda: all(thread.name != "foreign card" for thread in set(threading.enumerate()) - before))


TCP_TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:8C7B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:8C7B 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1
   2: 0100007F:8C7B 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     7        0 3 1 0 20 4 30 10 -1
   3: 0100007F:1F91 0100007F:8C7B 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
""".splitlines()[1:]


@pytest.mark.parametrize(
    ("local", "remote", "owner"), [(0x1F90, 0x8C7B, 1000), (0x8C7B, 0x1F90, 7), (0x1F91, 0x8C7B, None), (1, 2, None)]
)
def test_who_made_a_connection_is_read_off_the_systems_table(local, remote, owner):
    assert owner_of_connection(TCP_TABLE, local, remote) == owner


@given(st.lists(st.text(max_size=80)), st.integers(0, 65535))
def test_any_table_can_be_read(lines, port):
    owner_of_connection(lines, port, port)
