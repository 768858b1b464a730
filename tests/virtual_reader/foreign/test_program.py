"""The program of a foreign card: how it is named and started, and that it ends, whatever happens."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.icc import ICCRemoved
from virtual_reader import ReaderArgumentError, VpiccCard
from virtual_reader.foreign.life import CardLife
from virtual_reader.foreign.process import Ending, last_line

COMMAND = bytes.fromhex("0084000008")


#: A file that is there and cannot be executed.
FILE = Path(__file__)


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        (["no-such-program", "{port}"], {}, "no-such-program: no such program"),
        ([str(FILE), "{port}"], {}, "cannot be executed"),
        ([sys.executable, "35963"], {}, r"not told where to connect: put \{port\}"),
        ("vicc --port {port}", {}, "is a list"),
        ([], {}, "is a list"),
        ([sys.executable, "{port}"], {"port": 65_536}, "no port"),
        ([sys.executable, "{port}"], {"port": -1}, "no port"),
        ([sys.executable, "{port}"], {"start_s": 0}, "more than 0"),
        ([sys.executable, "{port}"], {"answer_s": float("nan")}, "more than 0"),
        ([sys.executable, "{port}"], {"answer_s": float("inf")}, "at most 86,400"),
        ([sys.executable, "{port}"], {"start_s": 1e9}, "at most 86,400"),
        ([sys.executable, "{port}", "a\0b"], {}, "zero byte"),
    ],
)
def test_a_command_that_can_be_no_card_is_refused_at_once(command, options, message):
    with pytest.raises(ReaderArgumentError, match=message):
        VpiccCard(command, **options)


def test_what_the_system_does_not_execute_is_told(tmp_path):
    broken = tmp_path / "card"
    broken.write_bytes(b"\x00\x01\x02")
    broken.chmod(0o755)
    with (
        VpiccCard([broken, "{port}"]) as card,
        pytest.raises(ICCRemoved, match="cannot be executed: Exec form"),
    ):
        card.power_on()


def test_arguments_that_no_system_takes_are_told():
    with (
        VpiccCard([sys.executable, "{port}", "x" * 1_000_000]) as card,
        pytest.raises(ICCRemoved, match="cannot be executed: Argument list too long"),
    ):
        card.power_on()


def test_too_many_open_files_are_told(ourselves, command_of):
    out = ourselves.run(TOO_MANY_FILES, repr(command_of()))
    told = out.splitlines()
    assert told[-1] == "it runs"
    assert len(told) > 1
    assert {line.rpartition(": ")[2] for line in told[:-1]} == {"Too many open files"}


TOO_MANY_FILES = """
import resource
from iso7816.icc import ICCRemoved
unlimited = resource.getrlimit(resource.RLIMIT_NOFILE)
card = VpiccCard(eval(sys.argv[1]))
with card:
    card.power_on()
for more in range(1, 20):
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + more, unlimited[1]))
    try:
        card.power_on()
    except ICCRemoved as removed:
        print(removed)
    else:
        print("it runs")
        break
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, unlimited)
        card.close()
"""


def test_a_program_is_found_from_where_the_card_was_made(tmp_path, monkeypatch, atr, command_of):
    program = tmp_path / "card"
    program.symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    _, *arguments = command_of()
    with VpiccCard(["./card", *arguments]) as card:
        monkeypatch.chdir("/")
        assert card.power_on() == atr


def test_host_and_port_are_replaced_wherever_they_are_and_nothing_else_is():
    script = 'test "$1 $3" = "{} 127.0.0.1" && echo "$2" >&2; exit 9'
    with VpiccCard(["sh", "-c", script, "{x}", "{}", "[{port}:{port}]", "{host}"]) as card:
        port = card.listen()
        with pytest.raises(ICCRemoved) as removed:
            card.power_on()
    assert str(removed.value).endswith(f"exit status 9; it said: [{port}:{port}]")


@pytest.mark.parametrize(
    ("conduct", "failure"),
    [
        ("exits", "ended with exit status 3"),
        ("says", "ended with exit status 1; it said: it cannot go on"),
        ("killed", "was ended by SIGSEGV"),
    ],
)
def test_a_program_that_ends_before_it_connects_is_told_at_once(make, conduct, failure):
    card = make(conduct, start_s=3600)
    with pytest.raises(ICCRemoved) as removed:
        card.power_on()
    assert card.failure == str(removed.value)
    assert card.failure.startswith("the foreign card did not connect to 127.0.0.1:")
    assert card.failure.endswith(failure)


def test_a_program_that_does_not_connect_is_waited_for_no_longer_than_it_may_take(make):
    card = make("waits", start_s=0.3)
    with pytest.raises(ICCRemoved, match=r"did not connect to 127\.0\.0\.1:\d+ within 0\.3 s$"):
        card.power_on()


def test_after_close_it_is_another_program(make, alive, pids):
    card = make()
    card.power_on()
    (first,) = pids(card)
    card.close()
    card.close()
    assert not alive(first)
    card.power_on()
    assert pids(card) != [first]


@pytest.mark.parametrize("conduct", ["behaves", "with a child", "stubborn"])
def test_close_ends_the_program_and_what_it_started(make, alive, eventually, conduct, pids):
    card = make(conduct)
    card.power_on()
    processes = pids(card)
    assert all(map(alive, processes))
    card.close()
    eventually(lambda: not any(map(alive, processes)))


def test_close_ends_what_has_left_the_programs_session(make, alive, eventually, tmp_path):
    file = tmp_path / "pid"
    card = make("with a daemon", str(file))
    card.power_on()
    eventually(lambda: file.exists() and file.read_text(encoding="ascii"))
    daemon = int(file.read_text(encoding="ascii"))
    assert alive(daemon)
    card.close()
    assert not alive(daemon)


def test_all_ends_beside_a_child_that_was_forked_off(alive, eventually, command_of, pids):
    card = VpiccCard(command_of("with a child"))
    card.power_on()
    processes = pids(card)
    child = os.fork()
    if child == 0:
        time.sleep(600)
        os._exit(0)
    try:
        del card
        gc.collect()
        eventually(lambda: not any(map(alive, processes)))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_child_forked_off_does_not_end_the_card(make):
    card = make()
    card.power_on()
    child = os.fork()
    if child == 0:
        card.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


OWNER = """
card = VpiccCard(eval(sys.argv[1]))
card.power_on()
print(card.transmit(b"PID ")[:-2].decode(), flush=True)
sys.stdin.readline()
{then}
"""


@pytest.mark.parametrize(
    "then",
    [
        "card.close()",
        "pass",
        "del card; import gc; gc.collect(); sys.stdin.readline()",
        "raise RuntimeError('as it happens')",
        "os._exit(1)",
        "os.kill(os.getpid(), 9)",
        "os.kill(os.getpid(), 11)",
    ],
)
def test_nothing_is_left_however_the_owner_ends(ourselves, alive, offspring, eventually, then, command_of):
    owner = ourselves.popen(OWNER.format(then=then), repr(command_of("with a child")))
    processes = [int(word) for word in owner.stdout.readline().split()]
    assert len(processes) == 2
    processes += offspring(owner.pid)
    if "readline" in then:
        owner.stdin.write("\n")
        owner.stdin.flush()
        eventually(lambda: not any(map(alive, processes[:2])))
    owner.communicate("\n", timeout=60)
    eventually(lambda: not any(map(alive, processes)))


def test_a_supervisor_that_is_killed_takes_its_card_along(make, alive, eventually, pids):
    card = make()
    card.power_on()
    processes = pids(card)
    supervisor = int(Path(f"/proc/{processes[0]}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: not any(map(alive, processes)))
    with pytest.raises(ICCRemoved, match=r"closed the connection$"):
        card.transmit(COMMAND)


@given(st.binary(max_size=600))
def test_last_words_are_one_harmless_line(words):
    line = last_line(words)
    assert len(line) <= 200
    assert line.isprintable()


def test_the_last_line_with_something_in_it_counts():
    assert last_line(b"Traceback\n  File\nTypeError: so \x1b[31mit is\n\n \n") == "TypeError: so \ufffd[31mit is"
    assert last_line(b" \n") == ""
    assert last_line(b"x" * 500) == "x" * 197 + "..."


@given(st.binary(max_size=50))
def test_any_message_of_a_supervisor_can_be_read(message):
    assert Ending.parse(message) is None or message.startswith(b"ended ")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"ended 0 ", "ended with exit status 0"),
        (b"ended 3 oops", "ended with exit status 3"),
        (b"ended -9 ", "was ended by SIGKILL"),
        (b"ended -40 ", "was ended by signal 40"),
    ],
)
def test_an_ending_is_told(message, told):
    ending = Ending.parse(message)
    assert ending is not None
    assert str(ending) == told


def test_a_card_that_is_being_lost_is_removed_and_not_mute(make, pids, monkeypatch):
    """Its connection is gone before anybody knows why it is lost."""
    gone, told = threading.Event(), threading.Event()
    last_words = CardLife.last_words

    def slowly(life, lost):
        said = last_words(life, lost)
        gone.set()
        assert told.wait(10)
        return said

    monkeypatch.setattr(CardLife, "last_words", slowly)
    card = make()
    card.power_on()
    os.kill(pids(card)[0], signal.SIGKILL)
    assert gone.wait(10)
    threading.Timer(0.1, told.set).start()
    with pytest.raises(ICCRemoved):
        card.transmit(COMMAND)
