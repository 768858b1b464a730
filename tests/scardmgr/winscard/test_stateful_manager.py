"""The embedded resource manager beside a model of its documents: whatever is done, in whatever order, is the same.

``benchmarks/state_machine.py`` takes a million steps with the same model.
"""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from scardmgr.winscard.constants import Protocols
from scardmgr.winscard.embedded import status_change, transactions
from scardmgr.winscard.embedded.handles import CardHandle
from scardmgr.winscard.embedded.slots import Slot
from scardmgr.winscard.errors import SCardError

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "state_machine.py"
WALK = 400


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("state_machine", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def machine_of(walking: Any, table: Any) -> type[RuleBasedStateMachine]:
    """A machine with a rule for every step."""

    class Machine(RuleBasedStateMachine):
        @initialize(through_pyscard=st.booleans())
        def begin(self, through_pyscard: bool) -> None:
            self.walk = walking.Walk(through_pyscard=through_pyscard)
            for step in table.BEGINNING:
                self.walk.take(step)

    for name, (_, choices) in table.STEPS.items():

        def take(self: Any, name: str = name, **arguments: Any) -> None:
            self.walk.take((name, *arguments.values()))

        take.__name__ = name.replace(" ", "_")
        drawn = {f"argument_{index}": st.sampled_from(one) for index, one in enumerate(choices)}
        setattr(Machine, f"step_{take.__name__}", rule(**drawn)(take))
    return Machine


def test_the_manager_does_what_the_model_says(walking: Any, step_table: Any) -> None:
    run_state_machine_as_test(
        machine_of(walking, step_table), settings=settings(max_examples=40, stateful_step_count=60)
    )


@pytest.mark.parametrize("through_pyscard", [False, True], ids=["typed", "pyscard"])
@pytest.mark.parametrize("seed", range(4))
def test_long_walks_do_not_diverge(walking: Any, step_table: Any, seed: int, through_pyscard: bool) -> None:
    rng = random.Random(seed)
    walk = walking.Walk(through_pyscard=through_pyscard)
    for step in [*step_table.BEGINNING, *(step_table.chosen_step(rng) for _ in range(2 * WALK))]:
        walk.take(step)


# The model finds what is wrong


def _transactions_do_not_nest(monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(self: Any, handle: Any) -> bool:
        self.holder, self._depth = handle, 1
        return True

    monkeypatch.setattr(transactions.Hold, "begin", keep)


def _reset_tells_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slot, "tell_of_reset", lambda *_: None)


def _removal_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slot, "_count_event", lambda *_: None)


def _raw_is_never_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    negotiate = Slot.negotiate
    monkeypatch.setattr(Slot, "negotiate", lambda self, wanted: negotiate(self, wanted & ~Protocols.RAW))


def _released_handles_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CardHandle, "release", lambda *_: None)


def _power_off_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slot, "power_down", lambda *_: None)


def _nobody_is_excluded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions.Hold, "excludes", lambda *_: False)


def _mute_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_change, "_MUTE", 0)


def _an_eject_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    end = CardHandle.end_transaction

    def quietly(self: Any, disposition: int) -> None:
        try:
            end(self, disposition)
        except SCardError as error:
            if error.name != "SCARD_E_UNSUPPORTED_FEATURE":
                raise

    monkeypatch.setattr(CardHandle, "end_transaction", quietly)


@pytest.mark.parametrize(
    "sabotage",
    [
        _transactions_do_not_nest,
        _reset_tells_nobody,
        _removal_is_not_counted,
        _raw_is_never_in_force,
        _released_handles_stay,
        _power_off_is_forgotten,
        _nobody_is_excluded,
        _mute_is_no_change,
        _an_eject_is_done,
    ],
)
def test_what_is_wrong_is_found_and_told_in_few_steps(
    walking: Any, step_table: Any, monkeypatch: pytest.MonkeyPatch, sabotage: Any
) -> None:
    sabotage(monkeypatch)
    for seed in range(40):
        rng = random.Random(seed)
        steps = [*step_table.BEGINNING, *(step_table.chosen_step(rng) for _ in range(WALK))]
        if walking.diverges(steps) is not None:
            fewest = walking.shortened(steps)
            assert walking.diverges(fewest) is not None
            assert len(fewest) < 20
            return
    pytest.fail("nothing was found")


def test_the_script_says_how_far_it_came(script: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.run(3000, seed=7) == 0
    said = capsys.readouterr().out
    assert said.startswith("3,000 steps in 8 walks")
    assert said.endswith("no divergence\n")


def test_the_script_shows_the_fewest_steps(
    script: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _nobody_is_excluded(monkeypatch)
    assert script.run(40_000, seed=7) == 1
    first, header, *steps, last = capsys.readouterr().err.splitlines()
    assert first.startswith("seed 7, walk ")
    assert header == "the fewest steps that show it:"
    assert last.startswith(steps[-1].strip())
