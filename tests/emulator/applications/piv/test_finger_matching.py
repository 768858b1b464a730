"""The matcher of minutiae: copies of a template that moved are told from other templates."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.applications.piv.finger_matching import LEAST_COUNTERPARTS, counterparts, is_same_finger
from iso7816.finger_minutiae import FingerTemplate, Minutia

from .finger_samples import finger, joined, moved, some

SHARE = 40
seeds = st.integers(0, 2**32 - 1)
movements = st.fixed_dictionaries(
    {"steps": st.integers(0, 63), "shift": st.tuples(st.integers(-40, 40), st.integers(-40, 40)), "seed": seeds}
)


@settings(max_examples=40)
@given(seed=seeds, count=st.integers(12, 60), movement=movements)
def test_a_turned_and_shifted_copy_matches_whole(seed: int, count: int, movement: dict[str, Any]) -> None:
    reference = finger(seed, count)
    assert counterparts(reference, moved(reference, **movement)) == count
    assert is_same_finger(reference, moved(reference, **movement), 100)


@settings(max_examples=40)
@given(seed=seeds, count=st.integers(16, 60), movement=movements)
def test_an_inexact_copy_matches(seed: int, count: int, movement: dict[str, Any]) -> None:
    reference = finger(seed, count)
    assert is_same_finger(reference, moved(reference, noise=3, **movement), SHARE)


@settings(max_examples=40)
@given(seed=seeds, count=st.integers(24, 60), movement=movements)
def test_half_of_a_finger_with_what_does_not_belong_to_it_matches(
    seed: int, count: int, movement: dict[str, Any]
) -> None:
    reference = finger(seed, count)
    half = moved(some(reference, count // 2), noise=2, **movement)
    assert is_same_finger(reference, joined(half, finger(seed ^ 1, count // 6)), SHARE)
    assert is_same_finger(joined(half, finger(seed ^ 1, count // 6)), reference, SHARE), (
        "which is the reference does not count"
    )


@settings(max_examples=40)
@given(seed=seeds, other=seeds, count=st.integers(16, 60), presented=st.integers(12, 60))
def test_another_finger_does_not_match(seed: int, other: int, count: int, presented: int) -> None:
    if seed != other:
        assert not is_same_finger(finger(seed, count), finger(other, presented), SHARE)


def test_the_share_decides() -> None:
    reference = finger(1, 40)
    probe = joined(some(moved(reference, steps=5), 20), finger(2, 20))
    found = counterparts(reference, probe)
    assert 20 <= found < 30
    assert is_same_finger(reference, probe, 100 * found // 40)
    assert not is_same_finger(reference, probe, 100 * found // 40 + 1)


def test_few_counterparts_are_never_enough() -> None:
    reference = finger(3, LEAST_COUNTERPARTS)
    assert is_same_finger(reference, reference, 1)
    assert not is_same_finger(reference, some(reference, LEAST_COUNTERPARTS - 1), 1)


def test_a_mirrored_finger_is_another_one() -> None:
    reference = finger(4, 60)
    mirrored = FingerTemplate(
        tuple(Minutia(255 - each.x, each.y, (32 - each.angle) % 64, each.kind) for each in reference.minutiae)
    )
    assert not is_same_finger(reference, mirrored, SHARE)


def test_angles_count() -> None:
    reference = finger(5, 60)
    turned = FingerTemplate(
        tuple(Minutia(each.x, each.y, (each.angle * 7 + 11) % 64, each.kind) for each in reference.minutiae)
    )
    assert not is_same_finger(reference, turned, SHARE)


def test_a_minutia_serves_once() -> None:
    reference = finger(6, 60)
    one = FingerTemplate(reference.minutiae[:1] * 60)
    assert counterparts(reference, one) == 1


@pytest.mark.parametrize(
    "template",
    [
        FingerTemplate((Minutia(5, 5, 5),) * 60),
        FingerTemplate(tuple(Minutia(4 * index, 9, 10) for index in range(60))),
        FingerTemplate(tuple(Minutia(20 * (index % 8), 20 * (index // 8), 10) for index in range(60))),
        FingerTemplate(tuple(Minutia(index % 8, index // 8, index % 6) for index in range(60))),
    ],
    ids=["one spot", "a line", "a lattice", "a small square"],
)
def test_it_takes_no_long_time_whatever_the_minutiae_are(template: FingerTemplate) -> None:
    start = time.thread_time()
    assert 50 < counterparts(template, template) <= 60
    assert time.thread_time() - start < 1, "some hundredths of a second, where nothing went out of bounds"
