"""Which socket is a context's: the one that was not there before."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scardmgr.winscard.pcsc.bounds import daemon_socket

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells what sockets there are")


class Daemons:
    """Listeners, and what connects to them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def connected(self, name: str) -> tuple[socket.socket, socket.socket]:
        """A client of a daemon, and the daemon's side."""
        path = str(self._folder / name)
        Path(path).unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            client = self._stack.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(path)
            return client, self._stack.enter_context(listener.accept()[0])


@pytest.fixture
def daemons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemons]:
    monkeypatch.setattr(daemon_socket, "_path_of_the_daemon", "")
    with ExitStack() as stack:
        yield Daemons(tmp_path, stack)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_the_new_one_is_found_and_cut(daemons: Daemons) -> None:
    daemons.connected("pcscd")
    before = daemon_socket.sockets_of_this_process()
    client, side = daemons.connected("pcscd")
    found = daemon_socket.opened_since(before)
    assert found is not None
    assert found.path == client.getpeername()
    found.cut()
    assert client.recv(1) == side.recv(1) == b""
    with pytest.raises(BrokenPipeError):
        client.sendall(b"\0")
    found.close()


def test_what_comes_late_touches_no_other_socket_that_has_the_number_now(daemons: Daemons) -> None:
    before = daemon_socket.sockets_of_this_process()
    daemons.connected("pcscd")
    found = daemon_socket.opened_since(before)
    assert found is not None
    free = daemon_socket.sockets_of_this_process().values()
    found.close()
    # All numbers that are free up to the highest of before, among them that which was given back.
    others = [daemons.connected("another") for _ in range(max(free))]
    found.cut()
    found.close()
    for client, side in others:
        client.sendall(b"1")
        assert side.recv(1) == b"1"


def test_no_socket_that_is_something_else(daemons: Daemons) -> None:
    before = daemon_socket.sockets_of_this_process()
    one, other = socket.socketpair()
    with one, other, socket.socket(), socket.socket(socket.AF_UNIX):
        open_ones = descriptors()
        assert daemon_socket.opened_since(before) is None
        assert descriptors() == open_ones


def test_of_several_none_is_taken_but_for_its_path(daemons: Daemons, monkeypatch: pytest.MonkeyPatch) -> None:
    before = daemon_socket.sockets_of_this_process()
    client, _ = daemons.connected("pcscd")
    daemons.connected("another")
    open_ones = descriptors()
    assert daemon_socket.opened_since(before) is None
    assert descriptors() == open_ones
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", client.getpeername())
    found = daemon_socket.opened_since(before)
    assert found is not None
    assert found.path == client.getpeername()
    found.close()
    # From now on it is known, whatever the environment says: libpcsclite does not look there again.
    monkeypatch.delenv("PCSCLITE_CSOCK_NAME")
    before = daemon_socket.sockets_of_this_process()
    daemons.connected("another")
    assert daemon_socket.opened_since(before) is None
    daemons.connected("pcscd")
    again = daemon_socket.opened_since(before)
    assert again is not None
    again.close()
    daemons.connected("pcscd")
    assert daemon_socket.opened_since(before) is None, "one of two"


def test_what_leads_to_the_daemon_is_cut_where_it_is_new_and_no_context_of_ours(daemons: Daemons) -> None:
    older, _ = daemons.connected("pcscd")
    before = daemon_socket.sockets_of_this_process()
    known, _ = daemons.connected("pcscd")
    context = daemon_socket.opened_since(before)
    assert context is not None
    stranger, _ = daemons.connected("pcscd")
    other, _ = daemons.connected("another")
    open_ones = descriptors()
    daemon_socket.cut_those_of_no_context(before)
    assert descriptors() == open_ones
    assert stranger.recv(1) == b""
    for spared in (older, known, other):
        spared.sendall(b"\0")
    context.close()
    daemon_socket.cut_those_of_no_context(before)
    assert known.recv(1) == b""


def test_where_nobody_tells_none_is_found(daemons: Daemons, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_socket, "_DESCRIPTORS", "/nowhere")
    daemons.connected("pcscd")
    assert daemon_socket.sockets_of_this_process() == {}
    assert daemon_socket.opened_since({}) is None
