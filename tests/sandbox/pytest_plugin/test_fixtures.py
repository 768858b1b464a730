"""What a test gets: a card in a reader, of the kind that its marker names."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Card

PROFILE = Path(__file__).parents[3] / "emulator" / "profiles" / "iso7816.toml"
CARD_PROGRAM = Path(__file__).parents[2] / "virtual_reader" / "programs" / "card_program.py"

RunPytest = Callable[..., pytest.RunResult]


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_any_fixture_brings_the_card_into_the_reader(run_pytest: RunPytest, via: str) -> None:
    result = run_pytest(
        """
        def readers(rm):
            return rm.list_readers(rm.establish_context())

        def present(name):
            rm = scardmgr.resource_manager()
            return rm.status(rm.connect(rm.establish_context(), name).handle).atr

        def test_card(card):
            assert present("Virtual Reader 00 00") == card.atr

        def test_reader(reader):
            assert reader.name == "Virtual Reader 00 00" and "Virtual" in repr(reader)
            assert present(reader.name)

        def test_resource_manager(resource_manager):
            assert present(readers(resource_manager)[0])

        def test_manage(manage):
            files = manage.CreateFileAccess()
            assert manage.Status()[0] >= scardmgr.SCARD_STATES.NEGOTIABLEMODE

        def test_all(card, reader, resource_manager, manage):
            from emulator import Card
            assert reader.resource_manager is resource_manager
            assert isinstance(manage, scardmgr.ISCardManage)
            assert isinstance(card, Card)
        """,
        f"--scard-via={via}",
    )
    result.assert_outcomes(passed=5)


def test_the_marker_names_a_definition_or_an_image_beside_the_test_file(
    run_pytest: RunPytest, pytester: pytest.Pytester
) -> None:
    shutil.copy(PROFILE, pytester.path / "badge.toml")
    with Card.from_profile("iso7816") as card:
        card.power_on()
        card.transmit(bytes.fromhex("00A4000C020100"))
        card.transmit(bytes.fromhex("00D600000401020304"))
        (pytester.path / "cards").mkdir()
        card.save(pytester.path / "cards" / "written.card")
    image = (pytester.path / "cards" / "written.card").read_bytes()
    result = run_pytest(
        """
        from pathlib import Path

        WRITTEN_TWO = bytes.fromhex("0908")

        @pytest.mark.card("badge.toml")
        def test_definition(reader):
            use(reader)

        @pytest.mark.card(Path("badge.toml"))
        def test_path(reader):
            use(reader)

        @pytest.mark.card("cards/written.card")
        @pytest.mark.parametrize("time", [1, 2])
        def test_image(time, card, reader):
            handle = connect(reader)
            card.transmit(SELECT)
            assert card.transmit(READ) == WRITTEN
            assert card.transmit(bytes.fromhex("00D60000020908")) == OK

        def test_somewhere_else(reader, monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)

        @pytest.mark.card("cards/written.card")
        def test_the_folder_of_the_process_does_not_matter(card):
            card.transmit(SELECT)
            assert card.transmit(READ) == WRITTEN
        """
    )
    result.assert_outcomes(passed=6)
    assert (pytester.path / "cards" / "written.card").read_bytes() == image, "the image itself is never written to"


def test_a_definition_that_changes_is_read_again(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    shutil.copy(PROFILE, pytester.path / "badge.toml")
    result = run_pytest(
        """
        from pathlib import Path
        FILE = Path(__file__).with_name("badge.toml")

        @pytest.mark.card("badge.toml")
        def test_as_it_was(card):
            FILE.write_text("nonsense")

        @pytest.mark.card("badge.toml")
        def test_as_it_is(card):
            pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*badge.toml*expected TOML*"])


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_something_that_makes_a_card_is_called_for_each_test_and_its_card_closed(
    run_pytest: RunPytest, via: str
) -> None:
    result = run_pytest(
        """
        from emulator import Card

        made = []

        class Echo:
            def __init__(self):
                self.closed = False
                made.append(self)
            def power_on(self):
                return bytes.fromhex("3B00")
            def power_off(self):
                pass
            def reset(self):
                return self.power_on()
            def transmit(self, command):
                return command + OK
            def close(self):
                self.closed = True

        def a_card():
            return Card.from_profile("iso7816")

        @pytest.mark.card(what=Echo)
        @pytest.mark.parametrize("time", [1, 2])
        def test_class(time, card, reader):
            assert len(made) == 1 + time and made[-1] is card
            assert all(earlier.closed for earlier in made[1:-1]) and not card.closed
            rm = reader.resource_manager
            assert rm.transmit(connect(reader), bytes(5)) == bytes(5) + OK
            assert rm.status(connect(reader)).atr == bytes.fromhex("3B00")

        @pytest.mark.card(what=a_card)
        @pytest.mark.parametrize("time", [1, 2])
        def test_function(time, reader):
            use(reader)

        @pytest.mark.card(lambda: Card.from_profile("iso7816"))
        @pytest.mark.parametrize("time", [1, 2])
        def test_lambda(time, reader):
            use(reader)

        @pytest.mark.card(Echo())
        @pytest.mark.parametrize("time", [1, 2])
        def test_one_that_begins_anew_when_closed(time, card, reader):
            assert card.closed is (time == 2)
            assert reader.resource_manager.transmit(connect(reader), bytes(4)) == bytes(4) + OK
        """,
        f"--scard-via={via}",
    )
    result.assert_outcomes(passed=8)


def test_the_closest_marker_counts(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        class Bare:
            def power_on(self):
                return bytes.fromhex("3B00")
            def power_off(self):
                pass
            def reset(self):
                return self.power_on()
            def transmit(self, command):
                return OK

        class Barer(Bare):
            pass

        pytestmark = pytest.mark.card(what=Bare)

        def test_of_the_module(card):
            assert type(card) is Bare

        @pytest.mark.card(what=Barer)
        class TestClass:
            def test_of_the_class(self, card):
                assert type(card) is Barer

            @pytest.mark.card("iso7816")
            def test_of_the_function(self, card):
                from emulator import Card
                assert isinstance(card, Card)

            @pytest.mark.card(via="embedded")
            def test_each_argument_on_its_own(self, card):
                assert type(card) is Barer

            @pytest.mark.parametrize("kind", [pytest.param(Bare, marks=[pytest.mark.card(what=Bare)])])
            def test_of_the_parameter(self, card, kind):
                assert type(card) is kind
        """
    )
    result.assert_outcomes(passed=5)


SEVERAL_STACKS = """
pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

def test_on_both(resource_manager, request):
    assert {"embedded": "embedded", "pcsc": "pcscd"}[resource_manager.kind] in request.node.name

@pytest.mark.card(via="embedded")
def test_on_one(resource_manager):
    assert resource_manager.kind == "embedded"

@pytest.mark.parametrize("n", [1, 2])
def test_with_parameters(reader, n):
    use(reader)

def test_without_a_card():
    pass
"""


def test_a_test_runs_on_each_stack_that_its_marker_names(run_pytest: RunPytest) -> None:
    run_pytest(SEVERAL_STACKS).assert_outcomes(passed=8)
    run_pytest(SEVERAL_STACKS, "-k", "test_on_both[embedded]").assert_outcomes(passed=1, deselected=7)


def test_the_command_line_leaves_one_stack(run_pytest: RunPytest) -> None:
    result = run_pytest(SEVERAL_STACKS, "--scard-via=pcscd", "--deselect=test_it.py::test_on_one", "-v")
    result.assert_outcomes(passed=4, deselected=1)
    result.stdout.fnmatch_lines(["*test_on_both[[]pcscd[]]*PASSED*"])


def test_fixtures_of_the_same_name_in_a_project_hide_ours(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = card: how it is paid\nfilterwarnings = error")
    result = run_pytest(
        """
        @pytest.fixture
        def card():
            return "ace"

        @pytest.mark.card("visa", when="now")
        def test_theirs(card):
            assert card == "ace"

        @pytest.mark.card("mastercard")
        def test_without_fixtures():
            assert not any(name.startswith("emulator") for name in sys.modules)
        """
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_program_of_others_is_started_anew_for_each_test(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        f"""
        from virtual_reader import VpiccCard

        CARD = VpiccCard([sys.executable, "-I", "-S", {str(CARD_PROGRAM)!r}, "{{port}}", "behaves"])
        """
        """
        seen = []

        def process(reader):
            said = reader.resource_manager.transmit(connect(reader), b"PID ")
            return int(said[:-2].split()[0])

        def is_alive(pid):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    return file.read().rpartition(")")[2].split()[0] != "Z"
            except OSError:
                return False

        @pytest.mark.card(CARD)
        @pytest.mark.parametrize("time", [1, 2])
        def test_it(time, card, reader):
            assert card is CARD
            seen.append(process(reader))
            assert len(set(seen)) == time

        def test_the_programs_have_ended(card, reader):
            assert not any(map(is_alive, seen))
            use(reader)
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=3)


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_program_that_dies_is_a_card_that_was_pulled(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        f"""
        import signal
        from scardmgr.winscard.constants import ReaderStateFlag
        from scardmgr.winscard.values import ReaderState
        from virtual_reader import VpiccCard

        CARD = VpiccCard([sys.executable, "-I", "-S", {str(CARD_PROGRAM)!r}, "{{port}}", "behaves"])
        """
        """
        @pytest.mark.card(CARD)
        @pytest.mark.parametrize("time", [1, 2])
        def test_it(time, reader, resource_manager):
            context = resource_manager.establish_context()
            handle = connect(reader)
            [seen] = resource_manager.get_status_change(context, 0, [ReaderState(reader.name)])
            os.kill(int(resource_manager.transmit(handle, b"PID ")[:-2].split()[0]), signal.SIGKILL)
            known = ReaderState(reader.name, seen.event_state)
            [seen] = resource_manager.get_status_change(context, 10_000, [known])
            assert ReaderStateFlag.EMPTY in seen.flags

        def test_the_next(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=3)


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_program_that_does_not_start_is_told_in_one_line(run_pytest: RunPytest, via: str) -> None:
    result = run_pytest(
        """
        from virtual_reader import VpiccCard

        @pytest.mark.card(VpiccCard(["false", "{port}"]))
        def test_it(reader):
            pass

        def test_the_next(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """,
        f"--scard-via={via}",
    )
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*did not connect*exit status 1*"])
    result.stdout.no_fnmatch_line("*sandbox/pytest_plugin*")


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_program_that_answers_to_reset_with_no_atr_is_told_in_one_line(run_pytest: RunPytest, via: str) -> None:
    result = run_pytest(
        f"""
        from virtual_reader import VpiccCard

        PROGRAM = [sys.executable, "-I", "-S", {str(CARD_PROGRAM)!r}, "{{port}}"]
        """
        """
        @pytest.mark.card(VpiccCard([*PROGRAM, "has the ATR", "00" * 34]))
        def test_it(reader):
            pass

        def test_the_next(reader):
            use(reader, ShareMode.EXCLUSIVE)

        def test_swapped_in(reader):
            with VpiccCard([*PROGRAM, "has the ATR", "00" * 5]) as other:
                with pytest.raises(Exception, match="which is no ATR: TS is 00"):
                    reader.swap(other)
        """,
        f"--scard-via={via}",
    )
    result.assert_outcomes(errors=1, passed=2)
    result.stdout.fnmatch_lines(["*answered to reset with 34 bytes: an ATR has 2 to 33*"])
    result.stdout.no_fnmatch_line("*sandbox/pytest_plugin*")
