"""A test that needs more than one reader: each with a card of its own, and gone with the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

PROFILE = Path(__file__).parents[3] / "emulator" / "profiles" / "iso7816.toml"
CARD_PROGRAM = Path(__file__).parents[2] / "virtual_reader" / "programs" / "card_program.py"

RunPytest = Callable[..., pytest.RunResult]

on_both_stacks = pytest.mark.parametrize("via", ["embedded", "pcscd"])


@on_both_stacks
def test_two_readers_with_a_card_each_and_one_again_in_the_next_test(run_pytest: RunPytest, via: str) -> None:
    result = run_pytest(
        """
        from scardmgr.winscard import ReaderState, ReaderStateFlag

        def present(rm):
            context = rm.establish_context()
            states = rm.get_status_change(context, 0, [ReaderState(name) for name in rm.list_readers(context)])
            return [state.reader for state in states if state.event_state & ReaderStateFlag.PRESENT]

        def test_two(reader, another_reader, resource_manager):
            beside = another_reader()
            assert beside.name != reader.name and beside.resource_manager is resource_manager
            assert present(resource_manager) == [reader.name, beside.name]
            use(reader)
            assert beside.card is not reader.card
            use(beside)
            assert beside.card.transmit(SELECT) == OK

        def test_one_again(reader, resource_manager):
            assert present(resource_manager) == [reader.name]
            use(reader)

        def test_each_is_moved_by_itself(reader, another_reader, resource_manager):
            beside = another_reader()
            reader.remove()
            assert present(resource_manager) == [beside.name]
            reader.insert()
            beside.swap(another := __import__("emulator").Card.from_profile("iso7816"))
            use(beside)
            beside.remove()
            assert present(resource_manager) == [reader.name]
            beside.insert()
            handle = connect(beside)
            beside.reset()
            with pytest.raises(SCardError, match="SCARD_W_RESET_CARD"):
                resource_manager.transmit(handle, SELECT)
            another.close()

        KEPT = []

        def test_that_keeps_one(another_reader):
            KEPT.append((another_reader, another_reader()))

        def test_that_finds_it(reader):
            from sandbox.pytest_plugin.reader_of_test import ReaderOfThePast
            for late in (KEPT[0][0], KEPT[0][1].remove):
                with pytest.raises(ReaderOfThePast):
                    late()
        """,
        f"--scard-via={via}",
    )
    result.assert_outcomes(passed=5)


@on_both_stacks
def test_its_card_is_named_as_in_the_marker_or_the_tests_own(
    run_pytest: RunPytest, pytester: pytest.Pytester, via: str
) -> None:
    shutil.copy(PROFILE, pytester.path / "badge.toml")
    result = run_pytest(
        f"""
        from emulator import Card
        from virtual_reader import VpiccCard

        PROGRAM = VpiccCard([sys.executable, "-I", "-S", {str(CARD_PROGRAM)!r}, "{{port}}", "behaves"])

        class Badge:
            closed = 0
            def power_on(self):
                return bytes.fromhex("3B00")
            reset = power_on
            def power_off(self):
                pass
            def transmit(self, command):
                return OK
            def close(self):
                Badge.closed += 1

        @pytest.mark.card(what=Badge)
        def test_by_name(another_reader, reader):
            beside = another_reader("badge.toml")
            assert type(reader.card) is Badge and isinstance(beside.card, Card)
            use(beside)

        @pytest.mark.card(what=Badge)
        def test_one_more_of_the_markers(another_reader, reader):
            assert type(another_reader().card) is Badge

        def test_the_makers_card_is_closed(another_reader):
            assert Badge.closed == 3

        def test_given(another_reader):
            with Card.from_profile("iso7816") as card:
                beside = another_reader(card)
                assert beside.card is card
                beside.remove()
                assert card.power_on()

        def test_a_program(another_reader):
            with PROGRAM:
                beside = another_reader(PROGRAM)
                assert beside.resource_manager.transmit(connect(beside), b"abcd") == b"abcd" + OK
        """,
        f"--scard-via={via}",
    )
    result.assert_outcomes(passed=5)


def test_a_program_under_test_sees_both(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        @pytest.mark.card(via="pcscd")
        def test_it(reader, another_reader):
            beside = another_reader()
            assert beside.environment == reader.environment
            done = subprocess.run(["opensc-tool", "--list-readers"], env={**os.environ, **beside.environment},
                                  capture_output=True, text=True, timeout=60)
            assert [line.split()[1] for line in done.stdout.splitlines() if "Virtual" in line] == ["Yes", "Yes"]
            assert "PCSCLITE_CSOCK_NAME" not in os.environ

        @pytest.mark.card(via="embedded")
        def test_embedded_readers_are_seen_by_nobody_else(another_reader):
            another_reader().environment
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*NotVisibleOutside: an embedded reader exists in this process only*"])


def test_a_failing_test_shows_each_dialogue(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    result = run_pytest(
        """
        def test_it(reader, another_reader):
            beside = another_reader()
            reader.resource_manager.transmit(connect(reader), SELECT)
            beside.resource_manager.transmit(connect(beside), bytes.fromhex("0020000104") + b"1234")
            assert False
        """,
        "--junitxml=report.xml",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- card dialogue -*",
            "SELECT 0100*",
            "*- card dialogue, Virtual Reader 01 00 -*",
            "VERIFY CHV 01 (card holder, global)*masked*",
        ]
    )
    result.stdout.no_fnmatch_line("*31 32 33 34*")
    elements = ElementTree.parse(pytester.path / "report.xml").iter("property")  # noqa: S314 - written by the run before
    properties = {each.get("name"): each.get("value", "") for each in elements}
    assert "SELECT" in properties["card dialogue"]
    assert "VERIFY" in properties["card dialogue, Virtual Reader 01 00"]


@on_both_stacks
def test_a_card_that_hangs_keeps_nobody_waiting(run_pytest: RunPytest, via: str) -> None:
    result = run_pytest(
        """
        import threading

        class Hanging:
            def __init__(self):
                self.asked = threading.Event()
            def power_on(self):
                return bytes.fromhex("3B00")
            reset = power_on
            def power_off(self):
                pass
            def transmit(self, command):
                self.asked.set()
                threading.Event().wait(30)
                return OK

        def test_it(another_reader, resource_manager):
            beside = another_reader(Hanging())
            handle = connect(beside)
            threading.Thread(target=resource_manager.SCardTransmit, args=(handle, 1, [0, 0, 0, 0]), daemon=True).start()
            assert beside.card.asked.wait(20)

        def test_the_next(reader, another_reader):
            use(reader)
            use(another_reader())
        """,
        f"--scard-via={via}",
    )
    result.assert_outcomes(passed=2)


def test_what_cannot_be_is_told(run_pytest: RunPytest) -> None:
    result = run_pytest(
        f"""
        from virtual_reader import VpiccCard

        PROGRAM = VpiccCard([sys.executable, "-I", "-S", {str(CARD_PROGRAM)!r}, "{{port}}", "behaves"])
        GONE = VpiccCard([sys.executable, "-I", "-S", {str(CARD_PROGRAM)!r}, "{{port}}", "says"])

        @pytest.mark.parametrize("what", ["iso7861", "no-such.toml", 5, dict, ""])
        def test_no_card(another_reader, what):
            another_reader(what)

        def test_the_same_card(another_reader, card):
            another_reader(card)

        @pytest.mark.card(PROGRAM)
        def test_the_markers_one(another_reader):
            another_reader()

        def test_a_program_that_does_not_start(another_reader, resource_manager):
            try:
                another_reader(GONE)
            finally:
                assert resource_manager.list_readers(resource_manager.establish_context()) == ["Virtual Reader 00 00"]

        @pytest.mark.card(via="pcscd")
        def test_a_third_one(another_reader):
            another_reader()
            another_reader()

        def test_any_number_embedded(another_reader, resource_manager):
            assert len({{another_reader().name for _ in range(5)}}) == 5
        """
    )
    result.assert_outcomes(passed=1, failed=9)
    for line in (
        "*'iso7861': there is no built-in profile*",
        "*no-such.toml cannot be read*",
        "*WrongUse: the card 5 is of type int*",
        "*dict() gives a dict, which is no card*",
        "*WrongUse: the card has an empty name*",
        "*that card is in the test's reader already*",
        "*the card that the marker gives is one, and in the reader*",
        "*ICCRemoved: *it said: it cannot go on",
        "*NoFreeSlot: a private pcscd has two readers, and both of them have a card*",
    ):
        result.stdout.fnmatch_lines([line])
