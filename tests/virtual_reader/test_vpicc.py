"""Foreign cards: programs that connect as to the vpcd driver, and what becomes of those that go wrong."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import virtual_reader
from iso7816.icc import EndingICC, ICCMute, ICCRemoved, StartingICC
from scardmgr.winscard import ReaderState, ReaderStateFlag
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError
from virtual_reader import (
    CardLost,
    DaemonUnavailable,
    NotShown,
    ReaderArgumentError,
    TracingICC,
    VpiccCard,
    insert,
)

PROGRAM = Path(__file__).with_name("programs") / "card_program.py"
ROOT = Path(virtual_reader.__file__).parents[1]
COMMAND = bytes.fromhex("0084000008")

Make = Callable[..., VpiccCard]


@pytest.fixture
def make() -> Iterator[Make]:
    """A card of a certain conduct; closed at the end."""
    made = []

    def card(*conduct: str, **options: float) -> VpiccCard:
        made.append(VpiccCard(command_of(*conduct), **options))  # type: ignore[arg-type]
        return made[-1]

    yield card
    for one in made:
        one.close()


def command_of(*conduct: str) -> list[str]:
    return [sys.executable, "-I", "-S", str(PROGRAM), "{port}", *(conduct or ("behaves",))]


def pids(card: VpiccCard) -> list[int]:
    """Of its program, and of the child of that, where it has one."""
    return [int(word) for word in card.transmit(b"PID ")[:-2].split() if word != b"0"]


def test_a_foreign_card_is_a_card_like_any_other(make, atr):
    card = make()
    assert isinstance(card, EndingICC)
    assert isinstance(card, StartingICC)
    assert card.always_ends
    assert card.power_on() == atr
    assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"
    assert card.reset() == atr
    card.power_off()
    assert card.power_on() == atr
    assert card.transmit(b"TOLD") == b"\x01\x02\x00\x01\x90\x00"
    assert card.failure is None


@pytest.mark.parametrize("conduct", ["takes frames whole", "sends in two", "floods"])
@pytest.mark.parametrize("length", [2, 3, 255, 20_000])
def test_cards_differ_in_how_they_read_and_write(make, atr, conduct, length):
    card = make(conduct)
    assert card.power_on() == atr
    assert card.transmit(bytes(length)) == bytes(length) + b"\x90\x00"


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="only Linux acknowledges when it is told to")
def test_a_card_that_sends_in_two_pieces_does_not_stall(make):
    """Each answer would take 40 ms: the second piece waits until the first is acknowledged."""
    card = make("sends in two")
    card.power_on()
    started = time.monotonic()
    for _ in range(200):
        card.transmit(COMMAND)
    assert time.monotonic() - started < 200 * 0.04 / 2


def test_the_longest_command_and_what_vpcd_cannot_carry(make):
    card = make()
    card.power_on()
    assert len(card.transmit(bytes(65_533))) == 65_535
    with pytest.raises(ICCMute, match="65535"):
        card.transmit(bytes(65_536))
    for short in (b"", b"\x00", b"\x04", b"\xff"):
        assert card.transmit(short) == b"\x67\x00"
    assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


def test_without_power_it_is_mute(make):
    card = make()
    with pytest.raises(ICCMute):
        card.transmit(COMMAND)
    card.power_off()
    card.power_on()
    card.power_off()
    with pytest.raises(ICCMute):
        card.transmit(COMMAND)


@pytest.mark.parametrize(
    ("conduct", "failure"),
    [
        ("exits", "ended with exit status 3"),
        ("says", "ended with exit status 1; it said: it cannot go on"),
        ("killed", "was ended by SIGSEGV"),
    ],
)
def test_a_program_that_ends_before_it_connects_is_told_at_once(make, conduct, failure):
    card = make(conduct, start_s=50)
    started = time.monotonic()
    with pytest.raises(ICCRemoved) as removed:
        card.power_on()
    assert time.monotonic() - started < 40
    assert card.failure == str(removed.value)
    assert card.failure.startswith("the foreign card did not connect to 127.0.0.1:")
    assert card.failure.endswith(failure)


def test_a_program_that_does_not_connect_is_waited_for_no_longer_than_it_may_take(make):
    card = make("waits", start_s=0.3)
    with pytest.raises(ICCRemoved, match=r"did not connect to 127\.0\.0\.1:\d+ within 0\.3 s$"):
        card.power_on()


def test_a_card_that_dies_stays_gone_until_it_is_closed(make, atr, caplog):
    card = make("dies")
    card.power_on()
    with pytest.raises(ICCRemoved) as removed:
        card.transmit(COMMAND)
    told = "the foreign card closed the connection, and ended with exit status 1; it said: this was too much"
    assert card.failure == str(removed.value) == told
    assert told in caplog.messages
    for verb in (card.power_on, card.reset, card.start, lambda: card.transmit(COMMAND)):
        with pytest.raises(ICCRemoved, match="too much"):
            verb()
    with pytest.raises(DaemonUnavailable, match="too much"):
        card.listen()
    card.power_off()
    card.close()
    assert card.failure is None
    assert card.power_on() == atr


@pytest.mark.parametrize(
    ("raw", "failure"),
    [
        ("0000", "answered a command with 0 bytes"),
        ("000190", "answered a command with 1 bytes"),
        ("0002900000", "said more than it was asked"),
        ("00029000" * 2, "said more than it was asked"),
    ],
)
def test_a_card_that_talks_nonsense_is_gone(make, raw, failure):
    card = make("says raw", raw)
    card.power_on()
    with pytest.raises(ICCRemoved, match=failure):
        card.transmit(COMMAND)


def test_a_frame_that_does_not_end_is_waited_for_no_longer_than_an_answer(make):
    card = make("says raw", "FFFF9000", answer_s=0.2)
    card.power_on()
    with pytest.raises(ICCMute):
        card.transmit(COMMAND)


@pytest.mark.parametrize("answer", ["", "3B" * 34, "00" * 1000])
def test_what_cannot_be_an_atr_is_none(make, answer):
    card = make("has the ATR", answer)
    with pytest.raises(ICCMute, match="1 to 33"):
        card.power_on()
    with pytest.raises(ICCMute):
        card.transmit(COMMAND)


def test_a_mute_card_is_mute_until_it_answers_and_its_late_answer_is_nobodys(make, tmp_path, eventually, atr):
    card = make("is mute", str(tmp_path / "go on"), answer_s=0.2)
    card.power_on()
    with pytest.raises(ICCMute, match=r"within 0\.2 s"):
        card.transmit(b"late")
    started = time.monotonic()
    for verb in (lambda: card.transmit(COMMAND), card.reset, card.power_on):
        with pytest.raises(ICCMute, match="earlier"):
            verb()
    card.power_off()
    assert time.monotonic() - started < 0.2 * 4
    (tmp_path / "go on").touch()

    def has_power():
        try:
            return card.power_on() == atr
        except ICCMute:
            return False

    eventually(has_power)
    assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


def test_a_second_connection_is_refused(make):
    port = free_port()
    card = VpiccCard(command_of(), port=port)
    with card:
        card.power_on()
        with socket.socket() as second:
            assert second.connect_ex(("127.0.0.1", port)) != 0
        assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_another_user_does_not_become_the_card(ordinary_user, ourselves, atr):
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


def test_a_card_that_somebody_else_starts(atr):
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


def test_a_port_that_somebody_has():
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


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        (["no-such-program", "{port}"], {}, "no-such-program: no such program"),
        ([str(PROGRAM), "{port}"], {}, "cannot be executed"),
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


def test_too_many_open_files_are_told(ourselves):
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


def test_a_program_is_found_from_where_the_card_was_made(tmp_path, monkeypatch, atr):
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


@pytest.mark.parametrize("conduct", ["behaves", "with a child", "stubborn"])
def test_close_ends_the_program_and_what_it_started(make, alive, eventually, conduct):
    card = make(conduct)
    card.power_on()
    processes = pids(card)
    assert all(map(alive, processes))
    card.close()
    eventually(lambda: not any(map(alive, processes)))


def test_after_close_it_is_another_program(make, alive):
    card = make()
    card.power_on()
    (first,) = pids(card)
    card.close()
    card.close()
    assert not alive(first)
    card.power_on()
    assert pids(card) != [first]


def test_closed_meanwhile_it_is_gone_for_who_waits(make, tmp_path):
    card = make("is mute", str(tmp_path / "never"))
    card.power_on()
    told: list[str] = []

    def wait() -> None:
        try:
            card.transmit(COMMAND)
        except ICCRemoved as removed:
            told.append(str(removed))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not card._life.connection._side.owed:
        assert waiting.is_alive()
    card.close()
    waiting.join(20)
    assert told == ["the foreign card was closed"]
    assert card.failure is None


def test_closed_while_it_is_waited_for_it_is_gone(make):
    card = make("waits", start_s=50)
    told: list[str] = []

    def wait() -> None:
        try:
            card.power_on()
        except ICCRemoved as removed:
            told.append(str(removed))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while card._life is None or card._life._process is None:
        assert waiting.is_alive()
    card.close()
    waiting.join(20)
    assert told == ["the foreign card was closed"]


def test_closed_while_it_is_being_started_it_is_gone(alive):
    told: list[str] = []

    def wait(card: VpiccCard) -> None:
        try:
            card.power_on()
        except ICCRemoved as removed:
            told.append(str(removed))

    for _ in range(5):
        card = VpiccCard(command_of("waits"), start_s=50)
        waiting = threading.Thread(target=wait, args=(card,))
        waiting.start()
        while card._life is None:
            assert waiting.is_alive()
        card.close()
        waiting.join(20)
    assert told == ["the foreign card was closed"] * 5


def test_several_who_start_it_at_once_have_one_card(make, atr):
    card, told = make(), []
    threads = [threading.Thread(target=lambda: told.append(card.power_on())) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert told == [atr] * 4
    assert sum(thread.name == "foreign card" for thread in threading.enumerate()) == 1


def test_several_who_start_what_does_not_start_hear_the_same(make):
    card, told = make("says"), set()

    def start() -> None:
        try:
            card.start()
        except ICCRemoved as removed:
            told.add(str(removed))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert told == {card.failure}


def test_a_card_that_nobody_holds_any_more_lets_go_of_who_connected(atr, eventually):
    card = VpiccCard(None)
    port = card.listen()
    with subprocess.Popen([part.replace("{port}", str(port)) for part in command_of()]) as program:
        assert card.power_on() == atr
        del card
        gc.collect()
        assert program.wait(20) == 0
    eventually(lambda: all(thread.name != "foreign card" for thread in threading.enumerate()))


def test_a_port_that_nobody_holds_any_more_is_closed():
    card = VpiccCard(None)
    port = card.listen()
    del card
    gc.collect()
    with socket.socket() as late:
        assert late.connect_ex(("127.0.0.1", port)) != 0


def test_all_ends_beside_a_child_that_was_forked_off(alive, eventually):
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


def test_close_ends_what_has_left_the_programs_session(make, alive, eventually, tmp_path):
    file = tmp_path / "pid"
    card = make("with a daemon", str(file))
    card.power_on()
    eventually(lambda: file.exists() and file.read_text(encoding="ascii"))
    daemon = int(file.read_text(encoding="ascii"))
    assert alive(daemon)
    card.close()
    assert not alive(daemon)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_card_of_another_user_is_told_of(ordinary_user):
    with VpiccCard(None, start_s=0.5) as card:
        port = card.listen()
        ordinary_user.run(
            "import socket; c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); c.close()", str(port)
        )
        with pytest.raises(ICCRemoved, match=r"within 0\.5 s \(somebody did, and closed the connection at once\)$"):
            card.power_on()
    with VpiccCard(None, start_s=5) as card:
        port = card.listen()
        program = "import socket; c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print(); c.recv(1)"
        with ordinary_user.popen(
            f"import functools; print = functools.partial(print, flush=True); {program}", str(port)
        ) as other:
            other.stdout.readline()
            with pytest.raises(ICCRemoved, match=r"\(user \d+ did, who is neither ours nor root\)$"):
                card.power_on()


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
def test_nothing_is_left_however_the_owner_ends(ourselves, alive, offspring, eventually, then):
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


def test_a_child_forked_off_does_not_end_the_card(make):
    card = make()
    card.power_on()
    child = os.fork()
    if child == 0:
        card.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


def test_a_supervisor_that_is_killed_takes_its_card_along(make, alive, eventually):
    card = make()
    card.power_on()
    processes = pids(card)
    supervisor = int(Path(f"/proc/{processes[0]}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: not any(map(alive, processes)))
    with pytest.raises(ICCRemoved, match=r"closed the connection$"):
        card.transmit(COMMAND)


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_in_a_reader(make, via, atr, eventually):
    card, heard = make("dies"), []
    with insert(TracingICC(card, lambda *pair: heard.append(pair)), via=via) as reader:
        if via == "embedded":
            manager = reader.resource_manager
            handle = manager.connect(manager.establish_context(), reader.name).handle
            assert manager.status(handle).atr == atr
            manager.transmit(handle, b"PID ")
            with pytest.raises(SCardError) as refused:
                manager.transmit(handle, COMMAND)
            assert refused.value.code == SCardCode.SCARD_E_NO_SMARTCARD
            assert [command for command, _ in heard] == [b"PID "]
        else:
            done = subprocess.run(
                ["opensc-tool", "--reader", reader.name, "--card-driver", "default", "--send-apdu", "0084000008"],
                check=False,
                env=os.environ | reader.environment,
                capture_output=True,
                timeout=60,
            )
            assert done.returncode != 0
            assert reader.wait(20)
        assert card.failure is not None
        assert card.failure.endswith("it said: this was too much")
        card.close()
        reader.insert(card)
        assert card.failure is None


def test_a_card_that_dies_while_nobody_talks_to_it_is_removed(make, eventually):
    card = make()
    with insert(TracingICC(card, lambda *_: None)) as reader:
        manager = reader.resource_manager
        context = manager.establish_context()
        (state,) = manager.get_status_change(context, 0, [ReaderState(reader.name)])
        (pid,) = pids(card)
        os.kill(pid, signal.SIGKILL)
        (state,) = manager.get_status_change(context, 20_000, [ReaderState(reader.name, state.event_state)])
        assert state.event_state & ReaderStateFlag.EMPTY
        manager.release_context(context)
    eventually(lambda: card.failure)
    assert card.failure == "the foreign card closed the connection, and was ended by SIGKILL"


def test_a_card_that_dies_while_nobody_talks_to_it_is_removed_from_pcscd(make):
    card = make()
    with insert(card, via="pcscd") as reader:
        (pid,) = pids(card)
        os.kill(pid, signal.SIGKILL)
        assert reader.wait(20)
        card.close()
        reader.insert(card)


def test_who_asks_late_is_told_at_once(make):
    card, told = make("dies"), []
    card.power_on()
    with pytest.raises(ICCRemoved):
        card.transmit(COMMAND)
    card.when_gone(lambda: told.append("gone"))
    assert told == ["gone"]


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_that_does_not_start_is_no_card_and_the_error_says_why(make, via):
    card = make("says")
    with pytest.raises(NotShown, match="exit status 1; it said: it cannot go on"):
        insert(card, via=via)


def test_a_lost_card_is_an_error_of_ours():
    assert issubclass(CardLost, virtual_reader.VirtualReaderError)
