"""Tests on the card in a reader of the platform's PC/SC: here an outer daemon's, for which any card is a stranger's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from emulator import Card
from sandbox.pytest_plugin.dialogue.record import Event, Record, RecordedICC
from virtual_reader import PrivateDaemon, Reader

RunPytest = Callable[..., pytest.RunResult]

READER, EMPTY = "Virtual Reader 00 00", "Virtual Reader 00 01"
USAGE_ERROR = 4


class Platform:
    """Somebody's PC/SC, with somebody's card in a reader."""

    def __init__(self, card: Card, record: Record, run_pytest: RunPytest) -> None:
        self.card, self.record, self._run = card, record, run_pytest

    def run(self, source: str, *options: str, reader: str = READER) -> pytest.RunResult:
        """Run pytest on its reader."""
        return self._run(source, "--scard-reader", reader, "-rs", *options)


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateDaemon]:
    """A daemon that is nobody's but this module's."""
    with PrivateDaemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def card_in_reader(daemon: PrivateDaemon) -> Iterator[tuple[Card, Record]]:
    """A card that stays in the reader, as a physical one would, and what happens to it."""
    record = Record()
    with Card.from_profile("iso7816") as card, daemon.insert(RecordedICC(card, record)):
        yield card, record


@pytest.fixture
def platform(
    daemon: PrivateDaemon,
    card_in_reader: tuple[Card, Record],
    run_pytest: RunPytest,
    monkeypatch: pytest.MonkeyPatch,
) -> Platform:
    """The platform, as the environment shows it to programs; its card as new."""
    for name, value in daemon.environment.items():
        monkeypatch.setenv(name, value)
    card, record = card_in_reader
    with Card.from_profile("iso7816") as new:
        card.restore(new.snapshot())
    record.clear()
    return Platform(card, record, run_pytest)


def test_the_fixtures_work_on_the_card_in_the_reader(platform: Platform) -> None:
    result = platform.run(
        """
        def test_resource_manager(resource_manager, reader):
            assert scardmgr.resource_manager() is scardmgr.resource_manager("pcsc") is resource_manager
            rm, handle = resource_manager, connect(reader)
            assert rm.transmit(handle, SELECT) == OK
            assert rm.transmit(handle, WRITE) == OK

        def test_manage(manage):
            files = manage.CreateFileAccess()
            assert manage.Status()[0] >= scardmgr.SCARD_STATES.NEGOTIABLEMODE

        @pytest.mark.card("iso7816", via="pcscd")
        def test_program(reader):
            done = subprocess.run(["opensc-tool", "--atr"], env={**os.environ, **reader.environment}, check=True,
                                  capture_output=True, text=True)
            assert done.stdout.startswith("3b:8b:01")

        def test_pyscard(reader):
            from smartcard.System import readers
            connection = next(each for each in readers() if str(each) == reader.name).createConnection()
            connection.connect()
            assert connection.transmit(list(bytes.fromhex("0084000008")))[1] == 0x90
            connection.release()

        @pytest.mark.card(via=("embedded", "pcscd"))
        def test_once(reader):
            assert reader.name in repr(reader)
        """
    )
    result.assert_outcomes(passed=5)
    platform.card.power_on()
    platform.card.transmit(bytes.fromhex("00A4000C020100"))
    assert platform.card.transmit(bytes.fromhex("00B0000004")) == bytes.fromhex("010203049000"), "it is this card"


def test_the_card_is_reset_between_tests_and_behind_the_last(platform: Platform) -> None:
    result = platform.run(
        """
        VERIFY, QUERY = bytes.fromhex("002000010431323334"), bytes.fromhex("00200001")

        @pytest.mark.parametrize("number", range(3))
        def test_one(reader, number):
            rm, handle = reader.resource_manager, connect(reader)
            assert rm.transmit(handle, READ) == bytes.fromhex("6986"), "something is selected"
            assert rm.transmit(handle, QUERY) == bytes.fromhex("63C3"), "something is verified"
            assert rm.transmit(handle, SELECT) == OK
            assert rm.transmit(handle, VERIFY) == OK
        """
    )
    result.assert_outcomes(passed=3)
    *_, last = [number for number, (what, _) in enumerate(platform.record.entries) if isinstance(what, bytes)]
    behind = {what for what, _ in list(platform.record.entries)[last:]}
    assert behind & {Event.RESET, Event.POWER_OFF}, "nobody finds the code verified"


def test_a_reset_by_the_reader_is_told_to_who_has_the_card(platform: Platform) -> None:
    result = platform.run(
        """
        def test_reset(reader):
            rm, handle = reader.resource_manager, connect(reader)
            assert rm.transmit(handle, SELECT) == OK
            reader.reset()
            with pytest.raises(SCardError, match="SCARD_W_RESET_CARD"):
                rm.transmit(handle, READ)
            rm.reconnect(handle)
            assert rm.transmit(handle, READ) == bytes.fromhex("6986")

        @pytest.mark.parametrize("hold", ["exclusive", "transaction"])
        def test_held(reader, hold):
            rm, handle = reader.resource_manager, connect(
                reader, ShareMode.EXCLUSIVE if hold == "exclusive" else ShareMode.SHARED)
            if hold == "transaction":
                rm.begin_transaction(handle)
            with pytest.raises(SCardError, match="SCARD_E_SHARING_VIOLATION"):
                reader.reset()
        """
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_a_test_leaves_open_is_not_in_the_way_of_the_next(platform: Platform, workers: str) -> None:
    result = platform.run(
        """
        KEPT = []

        @pytest.mark.parametrize("number", range(2))
        @pytest.mark.parametrize("how", ["exclusive", "transaction", "pyscard", "raw"])
        def test_leaves(reader, how, number):
            rm = reader.resource_manager
            if how == "exclusive":
                KEPT.append(connect(reader, ShareMode.EXCLUSIVE))
            elif how == "transaction":
                rm.begin_transaction(connect(reader))
            elif how == "pyscard":
                from smartcard.scard import SCARD_SHARE_EXCLUSIVE
                from smartcard.System import readers
                connection = next(each for each in readers() if str(each) == reader.name).createConnection()
                connection.connect(mode=SCARD_SHARE_EXCLUSIVE)
                KEPT.append(connection)
            else:
                from smartcard import scard
                context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)[1]
                code, handle, _ = scard.SCardConnect(context, reader.name, scard.SCARD_SHARE_EXCLUSIVE, 3)
                assert code == 0
                KEPT.append((context, handle))
        """,
        "-n",
        workers,
        "-Werror",
    )
    result.assert_outcomes(passed=8)
    assert "Exception ignored" not in result.stderr.str() + result.stdout.str()


def test_what_only_an_emulated_card_can_is_skipped_with_the_reason(platform: Platform) -> None:
    result = platform.run(
        """
        def test_card(card):
            assert False
        def test_remove(reader):
            reader.remove()
            assert False
        def test_insert(reader):
            reader.insert()
            assert False
        def test_swap(reader):
            reader.swap(None)
            assert False
        def test_card_of_the_reader(reader):
            reader.card
            assert False
        def test_another(another_reader):
            assert False
        @pytest.mark.card(what=lambda: None)
        def test_makes(reader):
            assert False
        """
    )
    result.assert_outcomes(skipped=7)
    for what in (
        "the fixture card",
        "reader.remove",
        "reader.insert",
        "reader.swap",
        "reader.card",
        "the fixture another_reader",
        "a card that the test makes",
    ):
        result.stdout.fnmatch_lines(
            f"SKIPPED * test_it.py:*: {what} is of an emulated card only: --scard-reader runs *"
        )


@pytest.mark.parametrize(
    ("allow", "passed"),
    [(None, {"free"}), ("writes", {"free", "writes"}), (" tries,keys ,writes", {"free", "writes", "tries", "both"})],
)
def test_what_is_not_allowed_is_not_done_to_the_card(platform: Platform, allow: str | None, passed: set[str]) -> None:
    result = platform.run(
        """
        def test_free(reader):
            pass
        @pytest.mark.card_effects("writes")
        def test_writes(reader):
            pass
        @pytest.mark.card_effects("tries")
        class TestTries:
            def test_tries(self, reader):
                pass
            @pytest.mark.card_effects("keys")
            def test_both(self, reader):
                pass
        """,
        "-v",
        *([] if allow is None else ["--scard-allow", allow]),
    )
    result.assert_outcomes(passed=len(passed), skipped=4 - len(passed))
    for name in passed:
        result.stdout.fnmatch_lines(f"*::test_{name} PASSED*")
    if allow is None:
        result.stdout.fnmatch_lines(
            [
                "SKIPPED * test_it.py:*: the test writes to the card: on the card of * runs with --scard-allow writes",
                "SKIPPED * test_it.py:*: the test uses its keys and spends tries of * with --scard-allow keys,tries",
            ]
        )


@pytest.mark.parametrize("options", [[], ["-p", "no:skipping"]])
def test_what_is_not_allowed_is_not_done_whenever_the_marker_came(
    platform: Platform, pytester: pytest.Pytester, options: list[str]
) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(items):
            for item in items:
                if item.name == "test_marked_late":
                    item.add_marker(pytest.mark.card_effects("writes"))

        @pytest.fixture(scope="module")
        def card_of_ours():
            pytest.fail("the card is used")
        """
    )
    platform.run(
        """
        @pytest.mark.card_effects("writes")
        def test_marked(card_of_ours, reader):
            pass

        def test_marked_late(card_of_ours, reader):
            pass
        """,
        *options,
    ).assert_outcomes(skipped=2)


def test_an_unknown_effect_from_another_plugin_stops_its_test(platform: Platform, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.card_effects("wirtes"))
        """
    )
    result = platform.run("def test_it(reader): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["pytest.mark.card_effects: there is no effect 'wirtes'; there are writes, keys, tries"]
    )
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def only_line(result: pytest.RunResult) -> str:
    """What a run that never began says."""
    assert result.ret == USAGE_ERROR
    lines = [line for line in result.stderr.lines if line]
    assert len(lines) == 1, result.stderr.str()
    return lines[0]


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_an_unknown_reader_is_an_error_that_names_those_there_are(platform: Platform, options: list[str]) -> None:
    nameless = only_line(platform.run("def test_it(reader): pass", *options, reader=""))
    assert nameless == f'ERROR: --scard-reader: there is no reader "" ("{READER}", "{EMPTY}")'
    said = only_line(platform.run("def test_it(reader): pass", *options, reader="Nobody's"))
    assert said == f'ERROR: --scard-reader: there is no reader "Nobody\'s" ("{READER}", "{EMPTY}")'
    collected = platform.run("def test_it(reader): pass", "--collect-only", *options, reader="Nobody's")
    assert collected.ret == 0


def test_an_empty_reader_is_told_before_any_test_runs(platform: Platform) -> None:
    said = only_line(platform.run("def test_it(reader): pass", reader=EMPTY))
    assert said == f'ERROR: --scard-reader "{EMPTY}": there is no card in it: insert one'


def test_no_daemon(run_pytest: RunPytest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "nobody"))
    said = only_line(run_pytest("def test_it(reader): pass", "--scard-reader", READER))
    assert "no PC/SC service answers: is pcscd running?" in said


def test_no_pyscard(run_pytest: RunPytest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smartcard.py").write_text("raise ImportError('not installed')\n", encoding="ascii")
    search_path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", search_path)
    said = only_line(run_pytest("def test_it(reader): pass", "--scard-reader", READER))
    assert "scardmgr[pcsc]" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scard-reader", READER, "--scard-via", "pcscd"], "give one of them"),
        (["--scard-allow", "write"], "there is no effect 'write'; there are writes, keys, tries"),
    ],
)
def test_options_that_cannot_be(run_pytest: RunPytest, options: list[str], words: str) -> None:
    assert words in only_line(run_pytest("def test_it(): pass", *options))


@pytest.mark.parametrize(
    ("holds", "words"),
    [
        (f"rm.connect(context, {READER!r}, ShareMode.EXCLUSIVE)", "has the card to itself"),
        (f"rm.begin_transaction(rm.connect(context, {READER!r}).handle)", "has the card in a transaction"),
    ],
)
def test_a_card_that_another_program_holds(
    platform: Platform, pytester: pytest.Pytester, holds: str, words: str
) -> None:
    pytester.makeconftest("from sandbox.pytest_plugin.platform import reader\nreader._ANSWER_S = 1.0")
    program = (
        "from scardmgr.winscard import resource_manager, ShareMode\n"
        "rm = resource_manager('pcsc')\n"
        "context = rm.establish_context()\n"
        f"{holds}\n"
        "print('has it', flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"has it\n"
        result = platform.run(
            """
            def test_one(reader):
                pass
            def test_two(reader):
                pass
            """,
            "--tb=short",
        )
        other.kill()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines([f'--scard-reader "{READER}": another program, *{words}'] * 2, consecutive=False)
    assert "Traceback" not in result.stdout.str()


def test_a_test_that_is_ended_while_it_waits_for_the_card_gives_the_lock_back(
    platform: Platform, daemon: PrivateDaemon, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest("from sandbox.pytest_plugin.platform import reader_lock\nreader_lock.PATIENCE_S = 30.0")
    program = (
        "from scardmgr import resource_manager\n"
        "rm = resource_manager('pcsc')\n"
        f"rm.begin_transaction(rm.connect(rm.establish_context(), {READER!r}).handle)\n"
        "print('has it', flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **daemon.environment},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"has it\n"
        try:
            result = platform.run(
                """
                def test_ended(reader): pass

                def test_next(reader): pass
                """,
                "--timeout=1",
            )
        finally:
            other.kill()
    result.assert_outcomes(errors=2)
    result.stdout.no_fnmatch_line("*another process has had the reader*")


def test_a_card_that_is_pulled_during_the_run(
    run_pytest: RunPytest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeconftest("""
        import os, time, pytest
        @pytest.fixture
        def pulled():
            open("pull", "w").close()
            while os.path.exists("pull"):
                time.sleep(0.005)
    """)
    with Card.from_profile("iso7816") as card, PrivateDaemon() as own, own.insert(card) as reader:
        for name, value in own.environment.items():
            monkeypatch.setenv(name, value)
        hand = Thread(target=pull_when_asked, args=(pytester.path / "pull", reader))
        hand.start()
        result = run_pytest(
            """
            def test_pulls(reader, pulled):
                pass
            def test_transmits(reader):
                pass
            """,
            "--scard-reader",
            READER,
            "--tb=short",
        )
        hand.join()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(f'--scard-reader "{READER}": there is no card in it: insert one')


def pull_when_asked(request: Path, reader: Reader) -> None:
    """Pull the card when the file is there, and remove that."""
    deadline = time.monotonic() + 60
    while not request.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    reader.remove()
    request.unlink()


def test_the_tests_of_several_workers_take_turns_at_the_card(platform: Platform, pytester: pytest.Pytester) -> None:
    result = platform.run(
        """
        def said(word):
            with open("diary", "a") as diary:
                diary.write(f"{word} {os.environ['PYTEST_XDIST_WORKER']}\\n")

        @pytest.mark.parametrize("number", range(8))
        def test_turn(reader, number):
            said("begins")
            rm, handle = reader.resource_manager, connect(reader, ShareMode.EXCLUSIVE)
            for _ in range(30):
                assert rm.transmit(handle, SELECT) == OK
            said("ends")
        """,
        "-n",
        "2",
    )
    result.assert_outcomes(passed=8)
    lines = (pytester.path / "diary").read_text().splitlines()
    assert {line.split()[1] for line in lines} == {"gw0", "gw1"}
    for begins, ends in zip(lines[::2], lines[1::2], strict=True):
        assert begins.split()[0] == "begins"
        assert ends == begins.replace("begins", "ends")


def test_the_report_shows_what_the_test_and_pyscard_said(platform: Platform) -> None:
    result = platform.run(
        """
        def test_fails(reader, manage):
            from smartcard.System import readers
            connection = next(each for each in readers() if str(each) == reader.name).createConnection()
            connection.connect()
            connection.transmit(list(bytes.fromhex("00200001" "04" "31323334")))
            connection.disconnect()
            connection.release()
            rm, handle = reader.resource_manager, connect(reader)
            rm.transmit(handle, SELECT)
            reader.reset()
            rm.transmit(handle, READ)
        """,
        "--tb=line",
    )
    result.assert_outcomes(failed=1)
    shown = result.stdout.str().partition("- card dialogue -")[2]
    lines = [line for line in shown.splitlines() if line.startswith(("  >", "  < no", "reset", "power"))]
    assert lines[0].startswith("reset, ATR 3B 8B 01")
    assert "  > 00 20 00 01 04 ** ** ** **" in lines
    assert "  > 00 A4 00 0C 02 01 00" in lines
    assert lines[-1].startswith("  < no answer: SCARD_W_RESET_CARD (0x80100068)")
    assert "31 32 33 34" not in result.stdout.str()
