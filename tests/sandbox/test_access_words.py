"""Access rules in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.command_line.access_words import OF_DF, OF_EF, access_words, environments

CHV_1 = bytes.fromhex("7B0B800101A406830101950108")
KEY_2_OR_LOCAL_CHV = bytes.fromhex("7B13800102A406830102950180A406830181950108")
KNOWN = environments([CHV_1, KEY_2_OR_LOCAL_CHV, b"no environment"])


@pytest.mark.parametrize(
    ("compact", "words"),
    [
        (None, {}),
        (b"", {}),
        ("0100", {"read": "always"}),
        ("03FF00", {"update": "never", "read": "always"}),
        ("0111", {"read": "CHV 01"}),
        ("0132", {"read": "key 02 or CHV 81"}),
        ("01B2", {"read": "key 02 and CHV 81"}),
        ("0122", {"read": "key 02"}),
        ("0152", {"read": "secure messaging or CHV 81"}),
        ("0115", {"read": "user authentication (SE 5)"}),
        ("0110", {"read": "user authentication"}),
        ("01110100", {"read": "CHV 01 or always"}),
        ("4000", {}),
        ("03FF", {}),
    ],
)
def test_rules_and_their_environments(compact: str | bytes | None, words: dict[str, str]) -> None:
    rules = bytes.fromhex(compact) if isinstance(compact, str) else compact
    assert access_words(rules, OF_EF, KNOWN) == words


@given(st.binary(max_size=20), st.lists(st.binary(max_size=30)))
def test_hostile_bytes_raise_nothing(compact: bytes, records: list[bytes]) -> None:
    access_words(compact, OF_DF, environments(records))
