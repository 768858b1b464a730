"""Whatever a test does and leaves, the next one finds a fresh card, alone in a reader that is in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

RunPytest = Callable[..., pytest.RunResult]

HOLD_CARD = Path(__file__).with_name("programs") / "hold_card.py"

both_stacks = pytest.mark.parametrize("via", ["embedded", "pcscd"])


@both_stacks
def test_on_the_card(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        VERIFY_WRONG = bytes.fromhex("002000010439393939")

        def test_files(card, reader):
            use(reader)

        def test_files_are_as_they_were(card, reader):
            use(reader)

        def test_tries(card):
            words = [card.transmit(VERIFY_WRONG) for _ in range(12)]
            assert words[-1] in (bytes.fromhex("6983"), bytes.fromhex("6984"))

        def test_tries_are_left(card):
            assert card.transmit(VERIFY_WRONG)[0] == 0x63

        def test_a_closed_card(card):
            card.close()

        def test_is_another_one(card, reader):
            use(reader)

        def test_an_exchanged_method(card):
            card.transmit = lambda command: bytes.fromhex("6F00")

        def test_is_the_cards_own(card, reader):
            use(reader)
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=8)


@both_stacks
def test_in_the_reader(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        from emulator import Card
        from iso7816.icc import ICCMute, ICCRemoved

        class Bare:
            def power_on(self):
                return bytes.fromhex("3B00")
            def power_off(self):
                pass
            def reset(self):
                return self.power_on()
            def transmit(self, command):
                return OK

        class Mute(Bare):
            def power_on(self):
                raise ICCMute

        class Silent(Bare):
            def transmit(self, command):
                raise ICCMute

        class Leaving(Bare):
            def transmit(self, command):
                raise ICCRemoved

        def test_no_card(reader):
            reader.remove()

        def test_there_is_one_1(reader):
            use(reader, ShareMode.EXCLUSIVE)

        def test_another_card(reader):
            reader.swap(Bare())

        def test_there_is_one_2(reader):
            use(reader, ShareMode.EXCLUSIVE)

        def test_pushed_in(reader):
            reader.remove()
            reader.insert(Bare())

        def test_there_is_one_3(reader):
            use(reader, ShareMode.EXCLUSIVE)

        @pytest.mark.card(what=Mute)
        def test_a_mute_one(reader):
            with pytest.raises(SCardError):
                connect(reader)

        def test_there_is_one_4(reader):
            use(reader, ShareMode.EXCLUSIVE)

        @pytest.mark.card(what=Silent)
        def test_one_that_does_not_answer(reader):
            handle = connect(reader)
            with pytest.raises(SCardError):
                reader.resource_manager.transmit(handle, READ)

        def test_there_is_one_5(reader):
            use(reader, ShareMode.EXCLUSIVE)

        @pytest.mark.card(what=Leaving)
        def test_one_that_goes(reader):
            handle = connect(reader)
            with pytest.raises(SCardError):
                reader.resource_manager.transmit(handle, READ)

        def test_there_is_one_6(reader):
            use(reader, ShareMode.EXCLUSIVE)

        def test_a_protocol(reader, resource_manager):
            context = resource_manager.establish_context()
            resource_manager.connect(context, reader.name, ShareMode.SHARED, Protocols.T1)

        def test_there_is_one_7(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=14)


@both_stacks
def test_in_the_resource_manager(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        import threading

        kept = {}

        @pytest.mark.parametrize("share_mode", list(ShareMode))
        class TestHandles:
            def test_left_open(self, reader, share_mode):
                kept[share_mode] = connect(reader, share_mode)

            def test_none_is_there(self, reader, share_mode):
                use(reader, ShareMode.EXCLUSIVE)
                with pytest.raises(SCardError):
                    reader.resource_manager.status(kept[share_mode])

        def test_transaction(reader, resource_manager):
            resource_manager.begin_transaction(use(reader))

        def test_no_transaction(reader, resource_manager):
            resource_manager.begin_transaction(use(reader))

        def test_threads_that_wait(reader, resource_manager):
            rm = resource_manager
            rm.begin_transaction(connect(reader))
            context = rm.establish_context()
            from scardmgr.winscard.values import ReaderState

            def wait():
                with pytest.raises(SCardError):
                    rm.get_status_change(context, None, [ReaderState("\\\\\\\\?PnP?\\\\Notification")])
            kept["thread"] = threading.Thread(target=wait)
            kept["thread"].start()

        def test_the_wait_is_over(reader):
            use(reader, ShareMode.EXCLUSIVE)
            kept["thread"].join(30)
            assert not kept["thread"].is_alive()

        def test_database(resource_manager):
            context = resource_manager.establish_context()
            resource_manager.introduce_card_type(context, "mine", None, (), bytes.fromhex("3B00"), None)
            assert "mine" in resource_manager.list_cards(context)

        def test_database_is_as_it_was(resource_manager):
            assert "mine" not in resource_manager.list_cards(resource_manager.establish_context())
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=12)


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_threads_that_are_about_to_wait(run_pytest: RunPytest, via: str) -> None:
    """What would end their waits comes before they have begun."""
    run_pytest(
        """
        import threading
        from scardmgr.winscard.values import ReaderState

        kept = []

        @pytest.mark.parametrize("number", range(20))
        def test_it(reader, number):
            assert not [thread for thread in kept if thread.join(30) or thread.is_alive()]
            rm = reader.resource_manager
            context = rm.establish_context()
            [state] = rm.get_status_change(context, 0, [ReaderState(reader.name)])
            begun = threading.Event()

            def wait():
                begun.set()
                with pytest.raises(SCardError):
                    rm.get_status_change(context, None, [state.acknowledged()])

            kept.append(threading.Thread(target=wait, daemon=True))
            kept[-1].start()
            begun.wait()
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=20)


def test_a_second_card(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        from emulator import Card
        from scardmgr.winscard.constants import ReaderStateFlag
        from scardmgr.winscard.values import ReaderState
        from virtual_reader import insert

        def test_beside_the_first(reader):
            with Card.from_profile("iso7816") as other, insert(other, via="pcscd"):
                pass

        def test_the_slot_beside_is_empty(reader, resource_manager):
            context = resource_manager.establish_context()
            _, other = resource_manager.list_readers(context)
            [seen] = resource_manager.get_status_change(context, 0, [ReaderState(other)])
            assert ReaderStateFlag.EMPTY in seen.flags
        """,
        "--scard-via=pcscd",
        "-p",
        "no:randomly",
    ).assert_outcomes(passed=2)


def test_readers_that_were_added(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        from emulator import Card
        from virtual_reader import insert

        def test_more_readers(resource_manager):
            resource_manager.add_reader("Another")
            insert(Card.from_profile("iso7816"))
            assert len(resource_manager.list_readers(resource_manager.establish_context())) == 3

        def test_there_is_one(resource_manager, reader):
            assert resource_manager.list_readers(resource_manager.establish_context()) == [reader.name]
        """
    ).assert_outcomes(passed=2)


@both_stacks
def test_a_card_that_hangs(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        import threading

        at_work, done = threading.Event(), threading.Event()

        class Hanging:
            def power_on(self):
                return bytes.fromhex("3B00")
            def power_off(self):
                pass
            def reset(self):
                return self.power_on()
            def transmit(self, command):
                at_work.set()
                done.wait(60)
                return OK

        @pytest.mark.card(what=Hanging)
        def test_it(reader):
            handle = connect(reader)

            def wait():
                try:
                    reader.resource_manager.transmit(handle, READ)
                except SCardError:
                    pass

            threading.Thread(target=wait, daemon=True).start()
            assert at_work.wait(30)

        def test_the_next(reader):
            use(reader, ShareMode.EXCLUSIVE)

        def test_when_it_ends_at_last(reader):
            handle = use(reader)
            done.set()
            assert reader.resource_manager.transmit(handle, READ) == WRITTEN
        """,
        f"--scard-via={via}",
        "--timeout=30",
    ).assert_outcomes(passed=3)


def test_a_program_that_goes_on(run_pytest: RunPytest) -> None:
    result = run_pytest(
        f"""
        HOLD_CARD = {str(HOLD_CARD)!r}
        pytestmark = pytest.mark.card("iso7816", via="pcscd")
        started = []
        """
        """
        @pytest.fixture(scope="module", autouse=True)
        def end_them():
            yield
            for program in started:
                with program:
                    program.stdin.close()

        @pytest.mark.parametrize("how", ["shared", "exclusive", "transaction"])
        def test_card_is_held(how, reader):
            environment = {**os.environ, **reader.environment}
            command = [sys.executable, HOLD_CARD, how]
            program = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            started.append(program)
            assert program.stdout.readline() == "has it\\n"

        def test_it_is_free(reader):
            assert [program.poll() for program in started] == [None] * 3
            use(reader, ShareMode.EXCLUSIVE)
            environment = {**os.environ, **reader.environment}
            done = subprocess.run(["opensc-tool", "--atr"], env=environment, capture_output=True, text=True, timeout=30)
            assert "3b:8b" in done.stdout

        def test_killed(reader):
            started[1].kill()
            started[1].wait()

        def test_it_is_free_again(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """,
        "-W", "ignore::ResourceWarning",
    )  # fmt: skip
    result.assert_outcomes(passed=6)


def test_objects_of_pyscard_that_are_kept(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        from smartcard import scard
        from smartcard.System import readers

        pytestmark = pytest.mark.card(via="pcscd")
        kept = []

        @pytest.mark.parametrize("share_mode", [scard.SCARD_SHARE_SHARED, scard.SCARD_SHARE_EXCLUSIVE])
        class TestHandles:
            def test_left_open(self, reader, share_mode):
                _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
                code, *_ = scard.SCardConnect(context, reader.name, share_mode, scard.SCARD_PROTOCOL_ANY)
                assert code == scard.SCARD_S_SUCCESS

            def test_none_is_there(self, reader, share_mode):
                use(reader, ShareMode.EXCLUSIVE)

        def test_a_connection_left_open(reader):
            connection = readers()[0].createConnection()
            connection.connect()
            kept.append(connection)

        def test_it_is_closed(reader):
            use(reader, ShareMode.EXCLUSIVE)

        @pytest.mark.xfail(strict=True)
        def test_a_failure_whose_traceback_holds_one(reader):
            connection = readers()[0].createConnection()
            connection.connect()
            raise AssertionError

        def test_it_is_closed_too(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """
    ).assert_outcomes(passed=7, xfailed=1)


def test_a_daemon_that_died(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        import signal
        from pathlib import Path

        pytestmark = pytest.mark.card(via="pcscd")

        def daemons():
            '''pcscd of this process: a child of a child.'''
            me = os.getpid()
            found = []
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        name = (entry / "comm").read_text().strip()
                        parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                        grandparent = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
                    except (OSError, ValueError):
                        continue
                    if name == "pcscd" and grandparent == me:
                        found.append(int(entry.name))
            return found

        def test_it(reader):
            use(reader)
            [pid] = daemons()
            os.kill(pid, signal.SIGKILL)

        def test_there_is_another(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """
    ).assert_outcomes(passed=2)


def test_a_daemon_whose_socket_is_gone(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        import shutil

        pytestmark = pytest.mark.card(via="pcscd")

        def test_it(reader):
            shutil.rmtree(os.path.dirname(reader.environment["PCSCLITE_CSOCK_NAME"]))

        def test_there_is_another(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """
    ).assert_outcomes(passed=2)


@both_stacks
def test_a_reader_that_is_kept(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        from emulator import Card
        from virtual_reader.errors import VirtualReaderError

        kept = []

        def test_it(reader):
            kept.append(reader)

        def test_it_moves_nothing_in_the_next_test(reader):
            handle = use(reader)
            [old] = kept
            for move in (old.remove, old.insert, old.reset, lambda: old.swap(Card.from_profile("iso7816"))):
                with pytest.raises(VirtualReaderError, match="the test of this reader has ended"):
                    move()
            assert reader.resource_manager.transmit(handle, READ) == WRITTEN
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=2)


@both_stacks
def test_a_hand_that_still_moves_the_card_when_the_test_ends(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        import threading

        started, threads = threading.Event(), []

        def pull_and_push(reader):
            started.set()
            reader.remove()
            try:
                reader.insert()
            except Exception as error:
                assert "the test of this reader has ended" in str(error)

        @pytest.mark.parametrize("n", range(4))
        class TestHands:
            def test_it(self, reader, n):
                started.clear()
                threads.append(threading.Thread(target=pull_and_push, args=(reader,)))
                threads[-1].start()
                assert started.wait(30)

            def test_there_is_one(self, reader, n):
                use(reader, ShareMode.EXCLUSIVE)
                threads[-1].join(30)
                assert not threads[-1].is_alive()
        """,
        f"--scard-via={via}",
        "-W", "error::pytest.PytestUnhandledThreadExceptionWarning",
    ).assert_outcomes(passed=8)  # fmt: skip


def test_the_environment_of_the_process_is_left_as_it_is_when_the_daemon_is_begun_anew(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        import shutil

        pytestmark = pytest.mark.card(via="pcscd")

        def test_it(reader):
            os.environ["PCSCLITE_CSOCK_NAME"] = "/somewhere/else"
            shutil.rmtree(os.path.dirname(reader.environment["PCSCLITE_CSOCK_NAME"]))

        def test_there_is_another(reader):
            assert os.environ["PCSCLITE_CSOCK_NAME"] == "/somewhere/else"
            use(reader)
        """
    ).assert_outcomes(passed=2)
