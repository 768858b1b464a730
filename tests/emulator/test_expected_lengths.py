"""What Le asks for: at most so many bytes, or all that there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

DEFINITION = """
[card]
protocols = ["T=1"]
[[data_objects]]
tag = 0x0101
value = { hex = "%s" }
size = 300
read = "always"
[files."3F00/6F01"]
type = "transparent"
size = 100
access = { read = "always" }
[files."3F00/6F02"]
type = "linear variable"
records = ["a record"]
access = { read = "always" }
""" % (300 * "AB")
GET_DATA, READ_BINARY, READ_RECORD = "00CA0101", "00B08100", "00B20114"


@pytest.fixture
def terminal(define: Callable[[str], Any]) -> Any:
    return define(DEFINITION)


@pytest.mark.parametrize(
    ("command", "size", "sw"),
    [
        (GET_DATA + "00", 256, 0x612C),
        (GET_DATA + "FF", 0, 0x6700),
        (GET_DATA + "000000", 300, 0x9000),
        (GET_DATA + "0000FF", 0, 0x6700),
        (GET_DATA + "000100", 0, 0x6700),
        (GET_DATA + "00012B", 0, 0x6700),
        (GET_DATA + "00012C", 300, 0x9000),
        (READ_BINARY + "00", 100, 0x9000),
        (READ_BINARY + "000000", 100, 0x9000),
        (READ_BINARY + "000064", 100, 0x9000),
        (READ_BINARY + "0000FF", 100, 0x6282),
        (READ_BINARY + "000100", 100, 0x6282),
        (READ_BINARY + "000101", 100, 0x6282),
        (READ_RECORD + "00", 8, 0x9000),
        (READ_RECORD + "000100", 8, 0x6282),
        ("0084000000", 256, 0x9000),
        ("00840000000100", 256, 0x9000),
    ],
)
def test_256_bytes_are_all_in_a_short_le_field_only(terminal: Any, command: str, size: int, sw: int) -> None:
    data, found = terminal.send(command)
    assert (len(data), f"{found:04X}") == (size, f"{sw:04X}")
