"""insert(): one door, three resource managers.

What concerns libpcsclite runs in processes of its own: it remembers one daemon for as long as a process lives.
"""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from iso7816.icc import ICCMute, ICCRemoved
from scardmgr.winscard import EmbeddedResourceManager, SCardCode, SCardError, Scope, resource_manager
from virtual_reader import (
    DaemonUnavailable,
    NotShown,
    NotVisibleOutside,
    ReaderArgumentError,
    SlotOccupied,
    insert,
)
from virtual_reader.vpcd.framing import FrameReader, frame
from virtual_reader.vpcd_reader import parse_address

COMMAND = bytes.fromhex("00A4000C023F00")


def echo(manager, name):
    """One command through the resource manager, on its typed face."""
    context = manager.establish_context(Scope.USER)
    try:
        card = manager.connect(context, name)
        try:
            return manager.transmit(card.handle, COMMAND)
        finally:
            manager.disconnect(card.handle)
    finally:
        manager.release_context(context)


def names(manager):
    """The readers that a resource manager lists."""
    context = manager.establish_context()
    try:
        return manager.list_readers(context)
    except SCardError as error:
        if error.code != SCardCode.SCARD_E_NO_READERS_AVAILABLE:
            raise
        return []
    finally:
        manager.release_context(context)


def test_the_default_is_the_process_wide_embedded_manager(make_card):
    with insert(make_card()) as reader:
        assert reader.resource_manager is resource_manager("embedded")
        assert echo(reader.resource_manager, reader.name) == COMMAND + b"\x90\x00"
    assert reader.name not in names(resource_manager("embedded"))


def test_into_a_manager_of_one_s_own_readers_are_numbered(make_card):
    manager = EmbeddedResourceManager()
    with (
        insert(make_card(), into=manager, name="Mine") as first,
        insert(make_card(), into=manager, name="Mine") as second,
    ):
        assert (first.name, second.name) == ("Mine 00 00", "Mine 01 00")
        assert first.resource_manager is second.resource_manager is manager
        assert "Mine 00 00" in repr(first)


def test_an_embedded_card_is_pulled_and_pushed(make_card):
    card = make_card()
    with insert(card, into=EmbeddedResourceManager()) as reader:
        with pytest.raises(SlotOccupied):
            reader.insert(make_card())
        assert not reader.wait(0)
        reader.remove()
        assert reader.wait(0)
        assert card.diary[-1] == "off"
        reader.remove()
        reader.insert(card)
        assert echo(reader.resource_manager, reader.name) == COMMAND + b"\x90\x00"
    reader.close()


def test_an_embedded_reader_is_not_visible_outside(make_card):
    with insert(make_card(), into=EmbeddedResourceManager()) as reader, pytest.raises(NotVisibleOutside, match="pcscd"):
        _ = reader.environment


def test_a_card_that_is_gone_before_it_is_in_leaves_no_reader(make_card):
    def gone():
        raise ICCRemoved

    card = make_card()
    card.power_on = gone
    manager = EmbeddedResourceManager()
    with pytest.raises(NotShown):
        insert(card, into=manager)
    assert names(manager) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"via": "usb"}, "not 'usb'"),
        ({"address": "localhost:35963"}, "vpcd"),
        ({"via": "pcscd", "into": EmbeddedResourceManager()}, "embedded"),
        ({"via": "vpcd", "address": "localhost"}, "host:port"),
        ({"via": "pcscd", "slots": 3}, "pairs"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(make_card, arguments, says):
    with pytest.raises(ReaderArgumentError, match=says):
        insert(make_card(), **arguments)


@pytest.mark.card(via="pcscd")
def test_slots_that_cannot_be_had_are_refused_also_where_a_daemon_runs(reader, make_card):
    with pytest.raises(ReaderArgumentError, match="pairs"):
        insert(make_card(), via="pcscd", slots=3)


# The private daemon of the process


PYSCARD = """
from smartcard.scard import *
def readers():
    hresult, context = SCardEstablishContext(SCARD_SCOPE_USER)
    assert hresult == 0, hresult
    try: return SCardListReaders(context, [])[1]
    finally: SCardReleaseContext(context)
"""


def test_one_daemon_serves_the_process_and_ends_with_the_last_reader(ourselves):
    program = """
before = os.environ.get("PCSCLITE_CSOCK_NAME")
first = insert(EchoICC(), via="pcscd", slots=4, name="Here")
second = insert(EchoICC(), via="pcscd", slots=2)
assert first.name == "Here 00 00" and second.name == "Here 00 01", second
assert first.environment == second.environment
path = first.environment["PCSCLITE_CSOCK_NAME"]
assert os.environ["PCSCLITE_CSOCK_NAME"] == path
first.close()
assert os.path.exists(path)
third = insert(EchoICC(), via="pcscd")
assert third.name == first.name
readers = [second, third, insert(EchoICC(), via="pcscd"), insert(EchoICC(), via="pcscd")]
try: insert(EchoICC(), via="pcscd")
except NoFreeSlot as error: assert "slots=" in str(error), error
else: raise AssertionError
for reader in readers: reader.close()
assert not os.path.exists(path) and not os.path.exists(os.path.dirname(path))
assert os.environ.get("PCSCLITE_CSOCK_NAME") == before
with insert(EchoICC(), via="pcscd") as again: assert again.environment["PCSCLITE_CSOCK_NAME"] == path
assert "smartcard" not in sys.modules
"""
    ourselves.run(program)


def test_the_same_process_sees_the_card_through_pyscard(ourselves):
    program = f"""
command = bytes.fromhex("{COMMAND.hex()}")
def echo(reader):
    manager = reader.resource_manager
    context = manager.establish_context()
    card = manager.connect(context, reader.name)
    assert manager.transmit(card.handle, command) == command + b"\\x90\\x00"
    manager.release_context(context)
for _ in range(3):
    with insert(EchoICC(), via="pcscd") as reader:
        echo(reader)
        echo(reader)
"""
    ourselves.run(program)


def test_a_process_bound_elsewhere_is_told(ourselves):
    program = """
bound = PrivateDaemon()
os.environ.update(bound.environment)
readers()
try: insert(EchoICC(), via="pcscd")
except BoundElsewhere as error: print(error)
else: raise AssertionError
assert os.environ["PCSCLITE_CSOCK_NAME"] == bound.socket_path
with bound.insert(EchoICC()) as reader: assert reader.resource_manager
bound.close()
"""
    assert "before the card was inserted" in ourselves.run(PYSCARD + program)


def test_a_process_bound_to_nothing_is_told(ourselves):
    program = """
os.environ["PCSCLITE_CSOCK_NAME"] = "/nonexistent"
assert SCardEstablishContext(SCARD_SCOPE_USER)[0] != 0
try: insert(EchoICC(), via="pcscd")
except BoundElsewhere as error: print(error)
"""
    assert "before the card was inserted" in ourselves.run(PYSCARD + program)


def test_a_daemon_for_others_says_how_to_have_one_for_oneself(make_card, ourselves):
    program = """
with PrivateDaemon() as daemon:
    reader = daemon.insert(EchoICC())
    try: reader.resource_manager
    except BoundElsewhere as error: print(error)
"""
    assert 'via="pcscd"' in ourselves.run(program)


def test_a_forked_child_starts_a_daemon_of_its_own(ourselves):
    program = """
with insert(EchoICC(), via="pcscd") as reader:
    path = reader.environment["PCSCLITE_CSOCK_NAME"]
    child = os.fork()
    if child == 0:
        with insert(EchoICC(), via="pcscd") as other:
            own = other.environment["PCSCLITE_CSOCK_NAME"]
            code = 0 if own != path and "3b:80:80:01:01" in opensc_tool(other.environment) else 1
        os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert "3b:80:80:01:01" in opensc_tool(reader.environment)
"""
    ourselves.run(program)


# A vpcd that is already running


@pytest.mark.parametrize(
    ("text", "address"),
    [("localhost:35963", ("localhost", 35963)), ("[::1]:1", ("::1", 1)), ("10.0.0.1:65535", ("10.0.0.1", 65535))],
)
def test_addresses(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "localhost", "localhost:", ":1", "localhost:0", "localhost:65536", "::1:5", "a:b", "a:²"]
)
def test_no_addresses(text):
    with pytest.raises(ReaderArgumentError, match="host:port"):
        parse_address(text)


def test_nobody_at_the_address_is_told_with_what_to_do(make_card):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(DaemonUnavailable, match="apt-get install pcscd vsmartcard-vpcd"):
        insert(make_card(), via="vpcd", address=f"127.0.0.1:{port}")


def test_a_vpcd_without_a_pcscd_to_ask_is_believed(make_card, monkeypatch):
    """The reader's side by hand: presence is read off the traffic alone."""
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", "/nonexistent")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        met = []

        def be_a_reader():
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(20)
                connection.sendall(frame(b"\x01") + frame(b"\x04"))
                frames = FrameReader()
                while True:
                    data = connection.recv(1000)
                    if not data:
                        return
                    frames.receive(data)
                    while (body := frames.next_frame()) is not None:
                        met.append(body)

        thread = threading.Thread(target=be_a_reader)
        thread.start()
        card = make_card()
        with insert(card, via="vpcd", address=address) as reader:
            assert reader.name == f"vpcd at {address}"
            assert reader.environment == {"PCSCLITE_CSOCK_NAME": "/nonexistent"}
            reader.remove()
        thread.join(60)
        assert met == [card.atr]
        assert card.diary == ["on", "off"]


@pytest.mark.skipif(
    os.geteuid() != 0 and not Path("/run/pcscd").is_dir(), reason="needs /run/pcscd, or root to make it"
)
def test_a_running_vpcd_with_its_pcscd(ourselves):
    program = """
warnings.simplefilter("ignore")
from virtual_reader.reader_states import shown_readers
daemon = PrivateDaemon(network="open", name="Running")
with daemon.connect(1) as probe: port = probe.getpeername()[1] - 1
os.environ.update(daemon.environment)
def present(): return [one.name for one in shown_readers(daemon.socket_path, 10) if one.present]
with insert(EchoICC(), via="vpcd", address=f"localhost:{port}") as reader:
    assert reader.name == "Running 00 00", reader
    assert present() == ["Running 00 00"]
    assert "3b:80:80:01:01" in opensc_tool(reader.environment)
    manager = reader.resource_manager
    context = manager.establish_context()
    assert manager.list_readers(context) == ["Running 00 00", "Running 00 01"]
    reader.remove()
    assert present() == []
    reader.insert(EchoICC())
    assert present() == ["Running 00 00"]
with insert(EchoICC(), via="vpcd", address=f"localhost:{port + 1}", name="Running 00 01") as reader:
    assert present()[-1] == "Running 00 01"
daemon.close()
"""
    ourselves.run(program)


def test_a_mute_card_goes_into_every_reader(make_card):
    def mute():
        raise ICCMute

    card = make_card()
    card.power_on = mute
    with insert(card, into=EmbeddedResourceManager()) as reader:
        assert not reader.wait(0)
