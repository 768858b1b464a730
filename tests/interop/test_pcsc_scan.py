"""pcsc_scan, of pcsc-tools."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.card(via="pcscd")


def test_scan_lists_the_reader_and_no_other(run_program: Any, reader: Any) -> None:
    done = run_program("pcsc_scan", "-r", "-n")
    names = [line.split(":", 1)[1].strip() for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert reader.name in names
    assert all(name.rsplit(" ", 2)[0] == reader.name.rsplit(" ", 2)[0] for name in names)
