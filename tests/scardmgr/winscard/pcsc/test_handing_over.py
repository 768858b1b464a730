"""Calls that another thread makes, and which of them are given up."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from scardmgr.winscard.pcsc.bounds import handover
from scardmgr.winscard.pcsc.bounds.handover import GivenUp, Job

PATIENCE_S = 60.0


def unexpected(outcome: object) -> None:
    raise AssertionError(f"{outcome} came late")


def test_the_answer_of_another_thread() -> None:
    assert Job(threading.get_ident, unexpected).result(PATIENCE_S) != threading.get_ident()
    assert Job(lambda: 7, unexpected).result(None) == 7


def test_its_exception_is_the_callers() -> None:
    job = Job(lambda: 1 // 0, unexpected)
    with pytest.raises(ZeroDivisionError):
        job.result(PATIENCE_S)
    assert job.over
    assert not job.given_up


@pytest.mark.parametrize("succeeds", [True, False])
def test_what_comes_late_is_told_to_somebody_else(succeeds: bool) -> None:
    goes_on, told = threading.Event(), threading.Event()
    late: list[tuple[str | None, int]] = []

    def call() -> str:
        goes_on.wait(PATIENCE_S)
        if not succeeds:
            raise OSError
        return "answer"

    job = Job(call, lambda outcome: late.append((outcome, threading.get_ident())), told.set)
    with pytest.raises(GivenUp):
        job.result(0.01)
    assert job.given_up
    assert not job.over
    goes_on.set()
    assert told.wait(PATIENCE_S)
    assert job.over
    assert [outcome for outcome, _ in late] == ["answer" if succeeds else None]
    assert late[0][1] != threading.get_ident()


def test_threads_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "_idle", [])
    assert len({Job(threading.get_ident, unexpected).result(PATIENCE_S) for _ in range(50)}) == 1


def test_not_every_thread_is_kept(monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]) -> None:
    monkeypatch.setattr(handover, "_idle", [])
    before, all_there = threading.active_count(), threading.Barrier(21)
    callers = [
        threading.Thread(target=lambda: Job(lambda: all_there.wait(PATIENCE_S), unexpected).result(PATIENCE_S))
        for _ in range(20)
    ]
    for caller in callers:
        caller.start()
    all_there.wait(PATIENCE_S)
    for caller in callers:
        caller.join(PATIENCE_S)
    eventually(lambda: threading.active_count() <= before + 2 * handover._KEPT)


def test_where_there_can_be_no_other_thread_the_call_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(handover, "_idle", [])
    monkeypatch.setattr(handover.Thread, "start", start)
    late: list[object] = []
    job = Job(lambda: 7, late.append)
    with pytest.raises(GivenUp):
        job.result(PATIENCE_S)
    assert job.over
    assert late == [None]
