"""What tests say they do to a card, and that it is not done where nobody has allowed it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

RunPytest = Callable[..., pytest.RunResult]


def test_on_an_emulated_card_effects_are_free(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        @pytest.mark.card_effects("writes", "keys", "tries")
        def test_all(card):
            pass
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_an_effect_that_there_is_not_is_an_error_where_its_test_is_collected(
    run_pytest: RunPytest, workers: str
) -> None:
    result = run_pytest(
        """
        @pytest.mark.card_effects("write")
        def test_wrong():
            pass

        @pytest.mark.card_effects(7)
        def test_number():
            pass

        @pytest.mark.card_effects()
        def test_none():
            pass

        @pytest.mark.card_effects(writes=True)
        def test_by_name():
            pass

        @pytest.mark.card_effects("writes", "tries")
        def test_right():
            pass
        """,
        "-n",
        workers,
    )
    result.assert_outcomes(errors=1)
    names = 'one or more of "writes", "keys", "tries"'
    result.stdout.fnmatch_lines(
        [
            "*ERROR collecting*",
            "test_wrong: pytest.mark.card_effects: there is no effect 'write'; there are writes, keys, tries",
            "test_number: pytest.mark.card_effects: there is no effect 7; there are writes, keys, tries",
            f"test_none: pytest.mark.card_effects takes names of effects: {names}",
            f"test_by_name: pytest.mark.card_effects takes names of effects: {names}",
        ],
        consecutive=False,
    )
    assert "Traceback" not in result.stdout.str()
    assert "test_right:" not in result.stdout.str()


@pytest.mark.parametrize("name", ["card_effect", "card_efects", "cardeffects", "cards_effect", "Card_Effects"])
def test_a_misspelt_marker_does_not_let_a_test_at_the_card(run_pytest: RunPytest, name: str) -> None:
    result = run_pytest(
        f"""
        pytestmark = pytest.mark.card("iso7816")

        @pytest.mark.{name}("writes")
        def test_it(reader):
            pass
        """,
        "-W",
        "ignore::pytest.PytestUnknownMarkWarning",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"pytest.mark.{name} is no marker *: is pytest.mark.card_effects meant[?]"])
    result.stdout.no_fnmatch_line("*Traceback*")


ADDED_LATE = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.card_effects(EFFECT))
"""


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize("hook", ["trylast=True", "tryfirst=True"])
def test_an_unknown_effect_from_another_plugin_is_told_in_one_line(
    run_pytest: RunPytest, pytester: pytest.Pytester, hook: str, workers: str
) -> None:
    pytester.makeconftest(ADDED_LATE.replace("EFFECT", "'wirtes'").replace("trylast=True", hook))
    result = run_pytest("def test_it(reader): pass", "-n", workers)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["pytest.mark.card_effects: there is no effect 'wirtes'; there are writes, keys, tries"]
    )
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
