"""Any bytes in a file are a key, a certificate or a PKCS #12 bundle, or are refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.command_line.card_making.key_files import read_certificate, read_key, read_pkcs12
from sandbox.command_line.exit_status import Failure

from .conftest import KEY, contents

READERS: dict[str, Callable[[str], Any]] = {
    "key": lambda path: read_key(path, "passphrase"),
    "certificate": lambda path: read_certificate(path, KEY),
    "pkcs12": lambda path: read_pkcs12(path, "passphrase"),
}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file of ours with some bytes changed, cut off or put in; or any bytes."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    data = bytearray(contents()[draw(st.sampled_from(sorted(contents())))])
    for place, byte in draw(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=3)):
        if data:
            data[place % len(data)] = byte
    return bytes(data[: draw(st.integers(0, 5000))]) + draw(st.binary(max_size=4))


@pytest.mark.parametrize("reader", READERS)
@given(data=damaged())
def test_any_bytes(folder: Any, reader: str, data: bytes) -> None:
    path = folder.path / "drawn"
    path.write_bytes(data)
    try:
        READERS[reader](str(path))
    except (Failure, click.UsageError) as refusal:
        assert str(path) in refusal.format_message()  # noqa: PT017 (it need not be refused)


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_cannot_be_read(tmp_path: Path, reader: str) -> None:
    with pytest.raises(Failure, match="cannot be read: No such file"):
        READERS[reader](str(tmp_path / "missing"))
