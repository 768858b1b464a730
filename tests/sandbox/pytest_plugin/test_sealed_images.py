"""A test's card from a sealed image: the environment holds its passphrase, and the report of a failure does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Card, seal_image
from emulator.images.sealing import scrypt_cost
from emulator.images.sealing.scrypt_cost import ScryptCost

RunPytest = Callable[..., pytest.RunResult]

TESTS = """
    @pytest.mark.card("sealed.card")
    @pytest.mark.parametrize("number", range(3))
    def test_it(card, reader, number):
        use(reader)

    @pytest.mark.card("sealed.card")
    def test_a_copy_stays_sealed(card, tmp_path):
        from emulator import Card, CardImageSealed
        card.save(tmp_path / "copy.card")
        with pytest.raises(CardImageSealed):
            Card.open(tmp_path / "copy.card")
"""


@pytest.fixture(autouse=True)
def sealed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCARDMGR_PASSPHRASE", raising=False)
    monkeypatch.setattr(scrypt_cost, "DEFAULT_COST", ScryptCost(4, 2, 1))
    path: Path = pytester.path / "sealed.card"
    with Card.from_profile("iso7816") as card:
        card.save(path)
    seal_image(path, "quite secret")
    return path


def test_the_environment_opens_a_sealed_image(
    run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch, sealed: Path
) -> None:
    before = sealed.read_bytes()
    monkeypatch.setenv("SCARDMGR_PASSPHRASE", "quite secret")
    run_pytest(TESTS).assert_outcomes(passed=4)
    run_pytest(TESTS, "--scard-via", "pcscd").assert_outcomes(passed=4)
    assert sealed.read_bytes() == before


def test_the_configuration_names_another_variable(
    run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nscard_passphrase_variable = CARDS_OF_OURS\n")
    monkeypatch.setenv("CARDS_OF_OURS", "quite secret")
    monkeypatch.setenv("SCARDMGR_PASSPHRASE", "another one")
    run_pytest(TESTS).assert_outcomes(passed=4)
    monkeypatch.delenv("CARDS_OF_OURS")
    result = run_pytest(TESTS)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["the card '*sealed.card': *is sealed: the variable CARDS_OF_OURS of the *"])


@pytest.mark.parametrize("options", [(), ("--showlocals", "--tb=long")])
def test_the_error_says_what_to_do_and_no_passphrase(
    run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    result = run_pytest(TESTS, *options)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(
        ["the card '*sealed.card': it is sealed: the variable SCARDMGR_PASSPHRASE of the environment is to hold *"]
    )
    monkeypatch.setenv("SCARDMGR_PASSPHRASE", "not the right one")
    result = run_pytest(TESTS, *options)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["the card '*sealed.card': *sealed.card is sealed with another passphrase"])
    result.stdout.no_fnmatch_line("*not the right one*")
    monkeypatch.setenv("SCARDMGR_PASSPHRASE", "quite secret")
    source = '\n    @pytest.mark.card("sealed.card")\n    def test_it(card, reader):\n        assert card is None\n'
    result = run_pytest(source, *options)
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*quite secret*")


@pytest.mark.parametrize(
    "call",
    [
        'Card.open("sealed.card", passphrase=given())',
        'Card.open("sealed.card", "copy", passphrase=given().encode())',
        'Card.from_profile("iso7816").save("no/such/folder", passphrase=given())',
        'seal_image("sealed.card", given())',
        'unseal_image("sealed.card", given())',
        'change_passphrase("sealed.card", given(), given() + "!")',
    ],
)
def test_the_traceback_of_a_refusal_shows_no_passphrase(run_pytest: RunPytest, call: str) -> None:
    source = (
        "\n    from emulator import Card, change_passphrase, seal_image, unseal_image\n"
        "    def given():\n        return ' '.join(('not', 'this', 'one'))\n"
        f"    def test_it():\n        {call}\n"
    )
    result = run_pytest(source, "--tb=long", "--showlocals")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*passphrase = Passphrase(...)*"])
    result.stdout.no_fnmatch_line("*not this one*")
