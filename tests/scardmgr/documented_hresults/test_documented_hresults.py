"""Every HRESULT that a page lists: provoked, or named with the reason why Python cannot see it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from documented_rows import NEVER, Row

import scardmgr
from scardmgr import HResultError
from scardmgr.published.definitions import InterfaceDefinition, interfaces

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))


def rows_of(definition: InterfaceDefinition) -> ModuleType:
    return import_module(f"rows_of_{definition.name.lower()}")


PROVOKED = [
    pytest.param(call, code, id=f"{each.name}.{method}: {code}")
    for each in interfaces()
    for (method, code), call in rows_of(each).PROVOKED.items()
]
ON_ANOTHER_CARD = [
    pytest.param(answers, call, code, id=f"{each.name}.{method}: {code}")
    for each in interfaces()
    for (method, code), (answers, call) in getattr(rows_of(each), "ON_ANOTHER_CARD", {}).items()
]


@pytest.mark.parametrize(("call", "code"), PROVOKED)
def test_a_documented_hresult_is_given(desk: SimpleNamespace, call: Callable[[Any], object], code: str) -> None:
    with pytest.raises(HResultError) as caught:
        call(desk)
    assert caught.value.hresult == getattr(scardmgr, code)


@pytest.mark.parametrize(("answers", "call", "code"), ON_ANOTHER_CARD)
def test_a_documented_hresult_is_given_on_another_card(
    plain_desk: Callable[..., Any], answers: dict[str, str], call: Callable[[Any], object], code: str
) -> None:
    desk = plain_desk(answers)
    with pytest.raises(HResultError) as caught:
        call(desk)
    assert caught.value.hresult == getattr(scardmgr, code)
    assert caught.value.sw is not None, "the card said so"


@pytest.mark.parametrize("definition", interfaces(), ids=lambda each: each.name)
def test_every_documented_hresult_is_provoked_or_impossible(definition: InterfaceDefinition) -> None:
    rows = rows_of(definition)
    listed: list[Row] = [
        row for kind in ("PROVOKED", "ON_ANOTHER_CARD", "IMPOSSIBLE") for row in getattr(rows, kind, {})
    ]
    documented = {(member.name, code) for member in definition.members for code in member.returns if code not in NEVER}
    assert set(listed) == documented
    assert len(listed) == len(documented)
