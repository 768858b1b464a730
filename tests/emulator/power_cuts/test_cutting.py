"""What is cut at each write is seen where it is not done at once, or not durably."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from emulator.images.opening import ImageStorage
from emulator.persistent import Change, Table

from .commands_of_the_card import COMMANDS, execute, prepare
from .cutting import Attempt, cut_at_each_write

commit = ImageStorage.commit


def one_by_one(storage: ImageStorage, changes: Sequence[Change]) -> None:
    for change in changes:
        commit(storage, [change])


def without_tries(storage: ImageStorage, changes: Sequence[Change]) -> None:
    commit(storage, [change for change in changes if change.table is not Table.CHVS])


@pytest.mark.parametrize(
    ("name", "wrongly", "says"),
    [
        ("CREATE FILE", one_by_one, "another state"),
        ("DELETE FILE, DF", one_by_one, "another state"),
        ("an application's values, in two steps", commit, "between, at write"),
        ("VERIFY, wrong", without_tries, "another state"),
    ],
)
def test_what_is_done_wrongly_is_seen(
    image: Path, name: str, wrongly: object, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = COMMANDS[name]
    monkeypatch.setattr(ImageStorage, "commit", wrongly)
    attempt = Attempt(
        partial(prepare, command=command), partial(execute, command=command), is_refused=name.endswith("wrong")
    )
    with pytest.raises(AssertionError, match=says):
        cut_at_each_write(image, attempt)
