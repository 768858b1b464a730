"""The private daemon, with programs that nobody here wrote."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from iso7816.icc import ICCMute
from virtual_reader import (
    DaemonUnavailable,
    NoFreeSlot,
    OpenPortWarning,
    PrivateDaemon,
    ReaderArgumentError,
    SlotOccupied,
)
from virtual_reader.installation import find_installation
from virtual_reader.reader_states import shown_readers

ATR_LINE = "3b:80:80:01:01"


def opensc_tool(daemon: PrivateDaemon, *arguments: str) -> str:
    """What opensc-tool prints."""
    environment = os.environ | daemon.environment
    command = ["opensc-tool", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def present(daemon: PrivateDaemon) -> list[bool]:
    return [reader.present for reader in shown_readers(daemon.socket_path, 10)]


def test_opensc_tool_sees_the_atr_and_exchanges_an_apdu(make_card):
    card = make_card()
    with PrivateDaemon() as daemon:
        daemon.insert(card)
        assert ATR_LINE in opensc_tool(daemon, "--atr")
        printed = opensc_tool(daemon, "--send-apdu", "00:A4:00:0C:02:3F:00")
    assert "Received (SW1=0x90, SW2=0x00):" in printed
    assert bytes.fromhex("00A4000C023F00") in card.commands


def test_two_daemons_have_nothing_in_common(make_card):
    other_atr = bytes.fromhex("3B8180010100")
    with PrivateDaemon() as left, PrivateDaemon() as right:
        left.insert(make_card())
        right.insert(make_card(other_atr))
        assert left.socket_path != right.socket_path
        assert [reader.atr for reader in shown_readers(left.socket_path, 10)] == [bytes.fromhex("3B80800101"), b""]
        assert [reader.atr for reader in shown_readers(right.socket_path, 10)] == [other_atr, b""]


def test_a_program_that_calls_before_there_is_a_card_sees_empty_readers(make_card):
    with PrivateDaemon(name="Empty") as daemon:
        printed = opensc_tool(daemon, "--list-readers")
        assert "Empty 00 00" in printed
        assert "Empty 00 01" in printed
        reader = daemon.insert(make_card())
        assert reader.name == "Empty 00 00"
        assert ATR_LINE in opensc_tool(daemon, "--atr")


def test_the_slots_are_filled_in_order_and_each_has_its_own_card(make_card):
    with PrivateDaemon(slots=4) as daemon:
        cards = [make_card(bytes.fromhex(f"3B81800100{number:02X}")) for number in range(4)]
        readers = [daemon.insert(card) for card in cards]
        shown = shown_readers(daemon.socket_path, 10)
        assert [reader.name for reader in readers] == [reader.name for reader in shown]
        assert [reader.atr for reader in shown] == [card.atr for card in cards]
        with pytest.raises(NoFreeSlot, match="slots="):
            daemon.insert(make_card())
        readers[1].close()
        with daemon.insert(make_card()) as again:
            assert again.name == readers[1].name


def test_removing_and_inserting_are_shown_when_they_return(make_card):
    card = make_card()
    with PrivateDaemon() as daemon:
        reader = daemon.insert(card)
        assert present(daemon) == [True, False]
        with pytest.raises(SlotOccupied):
            reader.insert(make_card())
        reader.remove()
        assert present(daemon) == [False, False]
        reader.remove()
        reader.insert(card)
        assert present(daemon) == [True, False]
        assert not reader.wait(0)
    assert card.diary[-1] == "off"
    assert reader.wait(0)


def test_a_card_present_before_pcscd_looks_is_seen_at_its_first_look(make_card):
    """pcscd's next look would be 400 ms later, and after it, unused, it takes the power away."""
    for _ in range(5):
        card = make_card()
        with PrivateDaemon() as daemon:
            daemon.insert(card)
            assert card.diary[:3] == ["on", "off", "on"]
            assert shown_readers(daemon.socket_path, 10)[0].present
            assert len(card.diary) == 3


def test_a_mute_card_is_shown_as_present_and_mute(make_card):
    def mute():
        raise ICCMute

    card = make_card()
    card.power_on = mute
    with PrivateDaemon() as daemon:
        daemon.insert(card)
        shown = shown_readers(daemon.socket_path, 10)[0]
        assert (shown.present, shown.mute, shown.atr) == (True, True, b"")
        del card.power_on
        assert ATR_LINE in opensc_tool(daemon, "--atr")


def test_a_card_that_turns_mute_keeps_no_program_waiting(make_card):
    def mute(_command):
        raise ICCMute

    card = make_card()
    with PrivateDaemon() as daemon:
        daemon.insert(card)
        card.transmit = mute
        assert "failed" in opensc_tool(daemon, "--card-driver", "default", "--send-apdu", "00:A4:00:0C").lower()


def test_a_card_pulled_out_of_a_command_keeps_no_program_waiting(make_card):
    working, may_end = threading.Event(), threading.Event()

    def slow(_command):
        working.set()
        assert may_end.wait(60)
        return b"\x90\x00"

    card = make_card()
    card.transmit = slow
    with PrivateDaemon() as daemon:
        reader = daemon.insert(card)
        command = ["opensc-tool", "--card-driver", "default", "--send-apdu", "00:A4:00:0C"]
        environment = os.environ | daemon.environment
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as program:
            assert working.wait(60)
            reader.remove()
            output, _ = program.communicate(timeout=60)
        assert present(daemon)[0] is False
        may_end.set()
    assert b"failed" in output.lower()


def test_a_forgotten_reader_does_not_outlive_its_daemon(make_card):
    card = make_card()
    with PrivateDaemon() as daemon:
        reader = daemon.insert(card)
    assert reader.wait(60)
    reader.close()
    reader.remove()
    assert daemon.closed
    daemon.close()
    with pytest.raises(DaemonUnavailable, match="closed"):
        daemon.connect(0)
    with pytest.raises(DaemonUnavailable):
        reader.insert(card)


@pytest.mark.parametrize("slots", [0, 1, 3, 18])
def test_slots_come_in_pairs_up_to_sixteen(slots):
    with pytest.raises(ReaderArgumentError, match="pairs"):
        PrivateDaemon(slots)


@pytest.mark.parametrize("name", ["", 'a "b"', "a\nb"])
def test_a_name_that_the_configuration_cannot_hold_is_refused(name):
    with pytest.raises(ReaderArgumentError, match="name"):
        PrivateDaemon(name=name)


def test_the_environment_is_all_a_program_needs():
    with PrivateDaemon() as daemon:
        assert daemon.environment == {"PCSCLITE_CSOCK_NAME": daemon.socket_path}
        assert len(os.fsencode(daemon.socket_path)) < 108
        assert Path(daemon.socket_path).parent.stat().st_mode & 0o777 == 0o700


def test_a_long_runtime_folder_is_passed_over(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    with PrivateDaemon() as daemon:
        assert str(long) not in daemon.socket_path


def test_a_short_runtime_folder_is_used(ordinary_user):
    program = """
import tempfile
with tempfile.TemporaryDirectory() as folder:
    os.environ["XDG_RUNTIME_DIR"] = folder
    with PrivateDaemon() as daemon:
        assert daemon.socket_path.startswith(folder + "/"), daemon.socket_path
        daemon.insert(EchoICC())
        print(opensc_tool(daemon.environment))
    assert os.listdir(folder) == []
"""
    assert ATR_LINE in ordinary_user.run(program)


def test_missing_programs_are_named_with_what_to_install(monkeypatch):
    monkeypatch.setattr("virtual_reader.installation._ADMINISTRATION", ())
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(DaemonUnavailable, match="apt-get install pcscd vsmartcard-vpcd"):
        PrivateDaemon()
    monkeypatch.undo()
    monkeypatch.setattr("virtual_reader.installation._DRIVERS", ("/nonexistent",))
    with pytest.raises(DaemonUnavailable, match="apt-get install pcscd vsmartcard-vpcd"):
        PrivateDaemon()


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("  -f, --foreground\n", ("--foreground",)),
        ("  -f, --foreground\n  --disable-polkit\n", ("--foreground", "--disable-polkit")),
    ],
)
def test_polkit_is_disabled_where_pcscd_can(tmp_path, monkeypatch, text, arguments):
    pcscd = tmp_path / "pcscd"
    pcscd.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\n")
    pcscd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert find_installation().command == (str(pcscd), *arguments)


@pytest.fixture
def folder_for_all():
    """A folder that everybody can read. pytest's own are its user's, and each run of pytest sees to that anew."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_pcscd_that_fails_says_why(folder_for_all, monkeypatch, make_card):
    pcscd = folder_for_all / "pcscd"
    pcscd.write_text("#!/bin/sh\necho out of order\nexit 1\n")
    pcscd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder_for_all}:{os.environ['PATH']}")
    with PrivateDaemon() as daemon, pytest.raises(DaemonUnavailable, match="out of order"):
        daemon.insert(make_card())
    assert not Path(daemon.socket_path).parent.exists()


def forbid(monkeypatch):
    """Have supervisors find namespaces forbidden."""
    launch = PrivateDaemon._launch

    def refuse(self, settings):
        return ("forbidden", "no network namespace: as in a sandbox") if settings.isolated else launch(self, settings)

    monkeypatch.setattr(PrivateDaemon, "_launch", refuse)
    monkeypatch.setattr("virtual_reader.daemon._warned", threading.Event())


def test_without_namespaces_it_can_be_refused(monkeypatch):
    forbid(monkeypatch)
    monkeypatch.setenv("SCARDMGR_NETWORK", "private")
    with pytest.raises(DaemonUnavailable, match="as in a sandbox"):
        PrivateDaemon()


def test_an_unknown_network_is_refused(monkeypatch):
    monkeypatch.setenv("SCARDMGR_NETWORK", "wide")
    with pytest.raises(ReaderArgumentError, match="auto or private or open"):
        PrivateDaemon()


@pytest.mark.skipif(
    os.geteuid() != 0 and not Path("/run/pcscd").is_dir(), reason="needs /run/pcscd, or root to make it"
)
def test_without_namespaces_the_ports_are_open_and_one_warning_says_so(monkeypatch, make_card, recwarn):
    forbid(monkeypatch)
    for _ in range(2):
        with PrivateDaemon() as daemon:
            assert not daemon.isolated
            daemon.insert(make_card())
            daemon.insert(make_card())
            assert present(daemon) == [True, True]
            assert ATR_LINE in opensc_tool(daemon, "--atr")
    (warned,) = recwarn
    assert warned.category is OpenPortWarning
    assert "as in a sandbox" in str(warned.message)
    assert "docs/ci.md" in str(warned.message), "what to do"


def test_an_ordinary_user_needs_nothing_else(ordinary_user):
    program = """
assert os.geteuid() != 0 or os.getuid() == int(sys.argv[1])
with PrivateDaemon() as daemon:
    assert daemon.isolated
    daemon.insert(EchoICC())
    print(opensc_tool(daemon.environment), opensc_tool(daemon.environment, "--send-apdu", "00A4000C"))
"""
    printed = ordinary_user.run(program, str(os.getuid()))
    assert ATR_LINE in printed
    assert "SW1=0x90, SW2=0x00" in printed


@pytest.mark.parametrize("refused", ["child.install", "main.acknowledge_at_once", "child.enter_mount_namespace"])
def test_each_help_of_the_kernel_can_be_done_without(monkeypatch, make_card, refused):
    """As on an older kernel or in a narrower sandbox: slower at times, never wrong."""
    if refused == "child.enter_mount_namespace" and os.geteuid() != 0 and not Path("/run/pcscd").is_dir():
        pytest.skip("needs /run/pcscd, or root to make it")
    bootstrap = f"""
import sys
sys.path.append(sys.argv[1])
from virtual_reader.supervisor import main, pcscd_child as child
def refuse(*arguments): raise OSError(38, "not here")
{refused} = refuse
main.main(sys.argv[2:])
"""
    monkeypatch.setattr("virtual_reader.supervised._BOOTSTRAP", bootstrap)
    with PrivateDaemon() as daemon:
        daemon.insert(make_card())
        daemon.insert(make_card())
        assert present(daemon) == [True, True]
        assert "SW1=0x90, SW2=0x00" in opensc_tool(daemon, *("--send-apdu", "00:A4:00:0C") * 20)
