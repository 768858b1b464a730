"""Programs in C and C++ that include ``Scardmgr.h``: what the compiler makes of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scardmgr.published import enumerations
from scardmgr.published.definitions import interfaces, tables

PAGE = Path(__file__).parents[3] / "docs" / "type-library.md"
SLOTS_OF_DISPATCH = 7

#: Sizes of the structures in bytes, where pointers and handles have eight.
SIZES = {"BYTEARRAY": 24, "STATSTRUCT": 20, "SCARDINFO": 56, "TLV_TABLE": 16}

ORDERS = {
    "alone": "#include <Scardmgr.h>\n",
    "before-winscard": "#include <Scardmgr.h>\n#include <winscard.h>\n",
    "behind-winscard": "#include <windows.h>\n#include <winscard.h>\n#include <Scardmgr.h>\n",
}


def claims() -> Iterator[str]:
    """What has to hold, as expressions of C."""
    for interface in interfaces():
        for member in interface.members:
            place = f"(FIELD_OFFSET({interface.name}Vtbl, {member.name}))"
            yield f"{place} == {SLOTS_OF_DISPATCH + member.slot} * sizeof(void *)"
        yield f"sizeof({interface.name}Vtbl) == {SLOTS_OF_DISPATCH + len(interface.members)} * sizeof(void *)"
    for name in tables()["enums"]:
        for member, value in getattr(enumerations, name).__members__.items():
            yield f"{member} == {int(value)}"
    for name, size in SIZES.items():
        yield f"sizeof({name}) == {size}"


@pytest.fixture
def check(tools: Any, compiled: Path, tmp_path: Path) -> Any:
    """Let Wine's compiler driver judge a program."""

    def check(program: str, suffix: str = ".c", *options: str) -> subprocess.CompletedProcess[str]:
        source = tmp_path / f"program{suffix}"
        source.write_text(program, encoding="ascii")
        command = [tools.winegcc, "-Wall", "-Werror", f"-I{compiled}", *options, "-c", "-o", f"{source}.o", str(source)]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    return check


@pytest.mark.parametrize("order", ORDERS)
def test_slots_numbers_and_sizes_are_what_the_tables_say(order: str, check: Any) -> None:
    program = ORDERS[order] + "".join(f'_Static_assert({claim}, "");\n' for claim in claims())
    done = check(program, ".c", "-std=gnu11")
    assert done.returncode == 0, done.stderr


def test_a_claim_that_does_not_hold_is_found(check: Any) -> None:
    done = check(ORDERS["alone"] + '_Static_assert(sizeof(ISCardVtbl) == 8, "no table of one method");\n')
    assert done.returncode != 0
    assert "no table of one method" in done.stderr


def test_the_example_in_the_manual_compiles(check: Any) -> None:
    example = re.search(r"^```c\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert example is not None
    done = check(example[1])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("order", ORDERS)
def test_the_header_serves_c_plus_plus(order: str, check: Any) -> None:
    calls = """
        HRESULT greet(ISCardManage *manage, BSTR reader, BSTR path, ISCardFileAccess **files, HSCARD_FILE *file)
        {
            HRESULT result = manage->AttachByIFD(reader, SHARED);
            if (FAILED(result) || FAILED(result = manage->CreateFileAccess(files)))
                return result;
            return (*files)->Open(SC_TYPE_BY_NAME, path, file);
        }
    """
    # A default of a BSTR is a literal, in every header of an IDL compiler.
    done = check(ORDERS[order] + calls, ".cpp", "-Wno-write-strings")
    assert done.returncode == 0, done.stderr
