"""Wrong use is an error of one line that says what would be right."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

RunPytest = Callable[..., pytest.RunResult]

MISTAKES = {
    'pytest.mark.card("iso7861")': "*no built-in profile 'iso7861'; there are: *iso7816*",
    'pytest.mark.card("nowhere/badge.toml")': "*nowhere/badge.toml*cannot be read*folder of the test's file*",
    'pytest.mark.card("test_it.py")': "*test_it.py*no card image, and refused as a card definition*expected TOML*",
    'pytest.mark.card("\\0")': "*no built-in profile '?x00'*",
    'pytest.mark.card("\\0.toml")': "*x00.toml*: *embedded null *",
    'pytest.mark.card("x" * 400)': "the card 'xxx*File name too long*",
    'pytest.mark.card("pipe.toml")': "*pipe.toml is no regular file",
    "pytest.mark.card(what=Needy)": "the card Needy: Needy() is missing a required argument: 'atr'; give a function*",
    'pytest.mark.card("")': "*empty name*built-in profile*",
    'pytest.mark.card("iso7816", via="pcsc")': "*via is 'embedded' or 'pcscd' or both, not 'pcsc'*",
    'pytest.mark.card("iso7816", via="")': "*via is 'embedded' or 'pcscd' or both, not ''*",
    'pytest.mark.card(via=("embedded", "vpcd"))': "*via is 'embedded' or 'pcscd' or both, not 'vpcd'*",
    "pytest.mark.card(via=())": "*via is 'embedded' or 'pcscd' or both, not nothing*",
    'pytest.mark.card("iso7816", vai="pcscd")': "*takes what and via=, not vai=*",
    'pytest.mark.card("iso7816", "pcscd")': "*pytest.mark.card('iso7816', via=...)*",
    'pytest.mark.card("iso7816", what="iso7816")': "*two cards*",
    "pytest.mark.card(7816)": "*7816 is of type int*built-in profile*",
    "pytest.mark.card(what=lambda: Bare)": "*gives the class Bare, which is no card: make one of it",
    "pytest.mark.card(what=dict)": "*dict() gives a dict, which is no card*power_on()*",
    'pytest.mark.card(Card.from_profile("iso7816"))': "*would share*function that makes one*",
    "pytest.mark.card(Bare())": "*a Bare that all its tests would share*",
    'pytest.mark.cards("iso7816")': "*pytest.mark.cards is no marker*is pytest.mark.card meant*",
    'pytest.mark.crad("iso7816")': "*pytest.mark.crad is no marker*is pytest.mark.card meant*",
    'pytest.mark.Card("iso7816")': "*pytest.mark.Card is no marker*is pytest.mark.card meant*",
}


def test_each_mistake_is_told_in_one_line(run_pytest: RunPytest) -> None:
    tests = "\n".join(f"@{marker}\ndef test_{number:02}(reader):\n    pass\n" for number, marker in enumerate(MISTAKES))
    bare = (
        "from emulator import Card\nclass Bare:\n"
        + "".join(f"    def {verb}(self, *_):\n        return OK\n" for verb in ("power_on", "power_off", "reset"))
        + "    transmit = reset\n"
        + "class Needy(Bare):\n    def __init__(self, atr):\n        pass\n"
        + "os.path.exists('pipe.toml') or os.mkfifo('pipe.toml')\n"
    )
    result = run_pytest(bare + tests, "-W", "ignore::pytest.PytestUnknownMarkWarning", "-rN")
    result.assert_outcomes(errors=len(MISTAKES))
    for number, line in enumerate(MISTAKES.values()):
        result.stdout.fnmatch_lines([f"*ERROR at setup of test_{number:02}*", line])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*sandbox/pytest_plugin*")


def test_several_stacks_where_pytest_makes_no_tests_of_them(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        import unittest

        @pytest.mark.card(via=("embedded", "pcscd"))
        @pytest.mark.usefixtures("reader")
        class TestOld(unittest.TestCase):
            def test_method(self):
                pass

        @pytest.mark.card(via=("embedded", "pcscd"))
        def test_late(request):
            request.getfixturevalue("reader")
        """
    )
    result.assert_outcomes(errors=1, failed=1)
    told = "pytest.mark.card: where via names more than one stack, *unittest.TestCase*getfixturevalue*: name one"
    result.stdout.fnmatch_lines([told, told])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_a_misspelt_marker_beside_a_right_one(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        pytestmark = pytest.mark.card("iso7816")

        @pytest.mark.crad("badge.toml")
        def test_it(reader):
            pass
        """,
        "-W",
        "ignore::pytest.PytestUnknownMarkWarning",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["pytest.mark.crad is no marker that anybody registered: is pytest.mark.card meant[?]"])


@pytest.mark.parametrize("verb", ["swap", "insert"])
def test_what_is_no_card_is_told_at_the_line_of_the_test(run_pytest: RunPytest, verb: str) -> None:
    result = run_pytest(
        f"""
        def test_it(reader):
            reader.remove()
            reader.{verb}("iso7816")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*WrongUse: the reader is given a str, which is no card*"])
    result.stdout.no_fnmatch_line("*sandbox/pytest_plugin*")


def test_a_marker_that_a_project_registers_is_its_own(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers =\n    cart(size): what is bought\n    hard")
    run_pytest(
        """
        @pytest.mark.cart(3)
        @pytest.mark.hard
        @pytest.mark.skipif(False, reason="")
        def test_it(reader):
            use(reader)
        """
    ).assert_outcomes(passed=1)


def test_a_project_with_a_card_marker_of_its_own_is_not_disturbed(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        @pytest.fixture
        def card():
            return "theirs"

        @pytest.mark.card("visa", 3, colour="red")
        def test_theirs(card):
            assert card == "theirs"

        @pytest.mark.card
        def pay():
            return 1

        @pytest.mark.card
        @pytest.mark.parametrize("n", [1, 2])
        def test_pay(n):
            assert pay()
        """
    ).assert_outcomes(passed=3)


def test_an_unknown_stack_on_the_command_line(run_pytest: RunPytest) -> None:
    result = run_pytest("def test_it(card): pass", "--scard-via=pcsc")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--scard-via*'pcsc'*embedded*pcscd*"])


def test_a_maker_that_pytest_takes_for_the_test(run_pytest: RunPytest) -> None:
    for mistake in (
        "@pytest.mark.card(Badge)\ndef test_lost(card): pass",
        "@pytest.mark.card(a_badge)\ndef test_lost(card): pass",
        "pytestmark = pytest.mark.card(Badge)\ndef test_all(card): pass",
    ):
        result = run_pytest(
            f"""
class Badge:
    def __init__(self, atr=b""):
        self.atr = atr
    def power_on(self):
        return self.atr
    power_off = reset = transmit = power_on

def a_badge():
    return Badge()

def test_another():
    pass

{mistake}
"""
        )
        assert result.ret == pytest.ExitCode.INTERRUPTED
        result.stdout.fnmatch_lines(["*pytest.mark.card(what=*adge)*"])


def test_a_maker_of_another_module_that_pytest_takes_for_the_test(
    run_pytest: RunPytest, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        cards="""
        class Badge:
            def __init__(self, atr=b""):
                self.atr = atr
            def power_on(self):
                return self.atr
            power_off = reset = transmit = power_on
        """
    )
    result = run_pytest(
        """
        import cards

        @pytest.mark.card(cards.Badge)
        def test_lost(card):
            pass

        def test_another():
            pass
        """
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*pytest.mark.card(what=*Badge)*"])


def test_a_module_that_fails_for_another_reason_is_told_nothing_of_makers(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        CARD = "iso7816"

        @pytest.mark.card(CARD)
        def test_it(card):
            pass

        raise RuntimeError("nothing to do with it")
        """
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.no_fnmatch_line("*what=*")


def test_an_embedded_reader_and_a_program_that_cannot_see_it(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        from virtual_reader import NotVisibleOutside

        def test_it(reader):
            with pytest.raises(NotVisibleOutside, match='via="pcscd"'):
                reader.environment
        """
    ).assert_outcomes(passed=1)


def test_a_forgotten_via_is_told_at_the_line_of_the_test(run_pytest: RunPytest) -> None:
    result = run_pytest("def test_it(reader):\n    reader.environment\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">*reader.environment", 'E*NotVisibleOutside*via="pcscd"*'])
    result.stdout.no_fnmatch_line("*sandbox/pytest_plugin*")


def test_a_forgotten_environment_is_thought_of_where_nothing_reached_the_card(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        @pytest.mark.card(via="pcscd")
        def test_it(reader):
            assert subprocess.run(["opensc-tool", "--atr"], capture_output=True).returncode == 0

        def test_embedded(reader):
            assert False
        """
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "(nothing was said to the card: a program sees its reader with env={*os.environ, *reader.environment})",
            "(nothing was said to the card)",
        ]
    )


def test_a_test_of_another_program_is_skipped_where_the_command_line_puts_it_on_embedded(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        @pytest.mark.card(via="pcscd")
        def test_of_a_program(reader):
            subprocess.run(["opensc-tool", "--atr"], env={**os.environ, **reader.environment})

        @pytest.mark.card(via="pcscd")
        def test_of_a_function(reader):
            use(reader)
        """,
        "--scard-via=embedded",
        "-rs",
    )
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(['SKIPPED*via="pcscd" and --scard-via embedded*'])


def test_without_pcscd_it_says_what_to_install(
    run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester
) -> None:
    broken = pytester.path / "pcscd"
    broken.write_text("#!/nowhere\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(pytester.path), prepend=os.pathsep)
    result = run_pytest("def test_it(card): pass", "--scard-via=pcscd")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pcscd does not run*apt-get install pcscd*"])
    result.stdout.no_fnmatch_line("*sandbox/pytest_plugin*")
