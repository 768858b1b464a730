"""The grammar of file references."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scardmgr import E_INVALIDARG, REFTYPE, SCARD_E_DIR_NOT_FOUND, HResultError
from scardmgr.providers.iso.references import (
    MASTER_FILE,
    Location,
    NewFile,
    ShortReference,
    Target,
    name_text,
    resolve,
    resolve_new,
)

NAME, ID, SHORT, ANY = (
    REFTYPE.SC_TYPE_BY_NAME,
    REFTYPE.SC_TYPE_BY_ID,
    REFTYPE.SC_TYPE_BY_SHORT_ID,
    REFTYPE.SC_TYPE_BY_ANY,
)
HERE = Location(None, (0x7F10,))
AID = bytes.fromhex("A0000000031010")


@pytest.mark.parametrize(
    ("kind", "text", "target"),
    [
        (NAME, "3F00/7F10/6F01", Location(None, (0x7F10, 0x6F01))),
        (NAME, "3f00\\7f10\\6f01", Location(None, (0x7F10, 0x6F01))),
        (NAME, "/7F20", Location(None, (0x7F20,))),
        (NAME, "/3F00/7F20", Location(None, (0x7F20,))),
        (NAME, "/", MASTER_FILE),
        (NAME, "3F00", MASTER_FILE),
        (NAME, "6F01", Location(None, (0x7F10, 0x6F01))),
        (NAME, "7F20/6F01", Location(None, (0x7F10, 0x7F20, 0x6F01))),
        (NAME, "3FFF/6F01", Location(None, (0x7F10, 0x6F01))),
        (NAME, ".", HERE),
        (NAME, "..", MASTER_FILE),
        (NAME, "../7F20/./6F01", Location(None, (0x7F20, 0x6F01))),
        (NAME, "A0000000031010", Location(AID)),
        (NAME, "a0000000031010/6F01", Location(AID, (0x6F01,))),
        (NAME, "1PAY.SYS.DDF01", Location(b"1PAY.SYS.DDF01")),
        (ID, "6F01", Location(None, (0x7F10, 0x6F01))),
        (ID, "3F00", MASTER_FILE),
        (ID, "3FFF", HERE),
        (SHORT, "1", ShortReference(HERE, 1)),
        (SHORT, "30", ShortReference(HERE, 30)),
        (SHORT, "05", ShortReference(HERE, 5)),
        (ANY, "12", ShortReference(HERE, 12)),
        (ANY, "6F01", Location(None, (0x7F10, 0x6F01))),
        (ANY, "../6F01", Location(None, (0x6F01,))),
        (ANY, "A0000000031010", Location(AID)),
    ],
)
def test_references(kind: REFTYPE, text: str, target: Target) -> None:
    assert resolve(kind, text, HERE) == target


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ID, "6F0"),
        (ID, "6F01/6F02"),
        (ID, "FFFF"),
        (ID, "0000"),
        (ID, "\uff16F01"),
        (SHORT, "0"),
        (SHORT, "31"),
        (SHORT, "1A"),
        (SHORT, "-1"),
        (SHORT, ""),
        (NAME, "6F01/"),
        (NAME, "//6F01"),
        (NAME, "6F01//6F02"),
        (NAME, "6F01/3F00"),
        (NAME, "6F01/3FFF"),
        (NAME, "6F01/A0000000031010"),
        (NAME, "a name of more than sixteen"),
        (NAME, "caf\u00e9"),
        (ANY, "99"),
    ],
)
def test_what_is_no_reference(kind: REFTYPE, text: str) -> None:
    with pytest.raises(HResultError) as caught:
        resolve(kind, text, HERE)
    assert caught.value.hresult == E_INVALIDARG


def test_nothing_is_above_a_root() -> None:
    for directory in (MASTER_FILE, Location(AID)):
        with pytest.raises(HResultError) as caught:
            resolve(NAME, "..", directory)
        assert caught.value.hresult == SCARD_E_DIR_NOT_FOUND


@pytest.mark.parametrize(
    ("kind", "text", "new"),
    [
        (ID, "6F20", NewFile(HERE, fid=0x6F20)),
        (NAME, "6F20", NewFile(HERE, fid=0x6F20)),
        (NAME, "3F00/6F20", NewFile(MASTER_FILE, fid=0x6F20)),
        (NAME, "/6F20", NewFile(MASTER_FILE, fid=0x6F20)),
        (NAME, "../A0000000031010", NewFile(MASTER_FILE, df_name=AID)),
        (NAME, "A0000000031010", NewFile(HERE, df_name=AID)),
        (SHORT, "7", NewFile(HERE, sfi=7)),
        (ANY, "7", NewFile(HERE, sfi=7)),
        (ANY, "6F20", NewFile(HERE, fid=0x6F20)),
    ],
)
def test_references_of_new_files(kind: REFTYPE, text: str, new: NewFile) -> None:
    assert resolve_new(kind, text, HERE) == new


@pytest.mark.parametrize("text", ["3F00", "3FFF", "FFFF", "0000", "6F01/", ""])
def test_what_no_new_file_can_be_called(text: str) -> None:
    with pytest.raises(HResultError) as caught:
        resolve_new(NAME, text, HERE)
    assert caught.value.hresult == E_INVALIDARG


@given(kind=st.sampled_from(REFTYPE), text=st.text(max_size=40))
@example(kind=NAME, text="/")
@example(kind=NAME, text="")
def test_any_text_is_a_reference_or_refused(kind: REFTYPE, text: str) -> None:
    refusals = []
    for read in (resolve, resolve_new):
        try:
            read(kind, text, HERE)
        except HResultError as error:
            refusals.append(error.hresult)
    assert set(refusals) <= {E_INVALIDARG, SCARD_E_DIR_NOT_FOUND}


fids = st.integers(1, 0xFFFE).filter(lambda fid: fid not in (0x3F00, 0x3FFF))


@given(
    df_name=st.none()
    | st.binary(min_size=5, max_size=16)
    | st.from_regex(r"[!-~]{1,16}", fullmatch=True).map(str.encode),
    path=st.lists(fids, max_size=4).map(tuple),
)
def test_the_text_of_a_location_leads_back_to_it(df_name: bytes | None, path: tuple[int, ...]) -> None:
    location = Location(df_name, path)
    text = str(location)
    if df_name is not None and name_text(df_name) == df_name.hex().upper() and len(df_name) < 5:
        return  # a short name that looks like something else can only be given by its directory's path
    assert resolve(NAME, text, HERE) == location
