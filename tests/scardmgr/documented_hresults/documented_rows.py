"""What rows of documented HRESULTs are made of.

A module ``rows_of_<interface>`` has, by method and code:

* ``PROVOKED``: the call that raises it at a desk with the built-in card;
* ``ON_ANOTHER_CARD``: the answers of the card that it takes, and that call;
* ``IMPOSSIBLE``: why Python cannot see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Desk: TypeAlias = Any
"""One open object of every kind, attached to the card where it attaches: what ``desk`` of the test gives."""

Row: TypeAlias = tuple[str, str]
Call: TypeAlias = Callable[[Desk], object]
Rows: TypeAlias = Mapping[Row, Call]
Elsewhere: TypeAlias = Mapping[Row, tuple[dict[str, str], Call]]
Impossible: TypeAlias = Mapping[Row, str]

NO_OUT_PARAMETER = "it is about an out parameter, which Python returns"
#: Codes that no method of ours can give.
NEVER = {"S_OK": "it is the return", "E_OUTOFMEMORY": "Python raises MemoryError: test_memory_at_its_end.py"}


def no_out_parameter(*methods: str) -> dict[Row, str]:
    """The rows of methods that have out parameters alone."""
    return {(method, code): NO_OUT_PARAMETER for method in methods for code in ("E_INVALIDARG", "E_POINTER")}
