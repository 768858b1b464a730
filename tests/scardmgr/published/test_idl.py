"""The IDL file: that it is what the tables say, and that it is there for those who want it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from scardmgr.published.definitions import interfaces
from scardmgr.published.idl import idl
from scardmgr.published.write_idl import main

FILE = files("scardmgr") / "scardmgr.idl"
COMMAND = [sys.executable, "-m", "scardmgr.published.write_idl"]


def test_the_file_is_what_the_tables_make() -> None:
    renewal = "python -m scardmgr.published.write_idl scardmgr/scardmgr.idl"
    assert FILE.read_text("ascii") == idl(), f"the tables have changed; run: {renewal}"


def test_an_interface_stands_behind_those_that_it_uses() -> None:
    blocks = dict(re.findall(r"^interface (\w+) : IDispatch\n\{\n(.*?)^\}", idl(), flags=re.MULTILINE | re.DOTALL))
    names = list(blocks)
    assert sorted(names) == sorted(each.name for each in interfaces())
    pointers = {"LPBYTEBUFFER": "IByteBuffer", "LPSCARDCMD": "ISCardCmd"}
    for position, name in enumerate(names):
        used = {pointers.get(word, word) for word in re.findall(r"\w+", blocks[name])} & set(names)
        assert used <= set(names[:position]) | {name}, name


@pytest.mark.parametrize(
    "line",
    [
        "    [id(0), propget] HRESULT Atr([out, retval] LPBYTEBUFFER *ppAtr);",
        "    [id(4), propput] HRESULT ClassId([in, defaultvalue(0)] BYTE byClass);",
        "    [id(9)] HRESULT Status([out] SCARD_STATES *pStatus, [out] SCARD_PROTOCOLS *pProtocols);",
        "    [id(14)] HRESULT Seek([in] HSCARD_FILE hFile, [in] LONG lOffset, [in] SEEKTYPE Seek);",
        "        [in, defaultvalue(T0)] SCARD_PROTOCOLS PrefProtocol);",
        "        [in, unique, defaultvalue(0)] LONG *plLe);",
        "    SC_FL_PREALLOCATED = 0x1000,",
        "    SC_TYPE_BY_ANY = 3",
    ],
)
def test_numbers_attributes_and_defaults_are_written(line: str) -> None:
    assert line in idl().splitlines()


def test_the_command_writes_the_file_that_it_is_told(tmp_path: Path) -> None:
    written = tmp_path / "mine.idl"
    subprocess.run([*COMMAND, str(written)], check=True, timeout=60)
    assert written.read_bytes() == FILE.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [([], 2, "usage: "), (["a", "b"], 2, "usage: "), (["{folder}"], 1, "{folder} cannot be written: ")],
)
def test_the_command_used_wrongly_says_so(
    arguments: list[str], status: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([each.format(folder=tmp_path) for each in arguments])
    code = ended.value.code
    said = capsys.readouterr().err if isinstance(code, int) else str(code)
    assert (code if isinstance(code, int) else 1) == status
    assert said.startswith(told.format(folder=tmp_path))
