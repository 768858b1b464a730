"""MemoryStream beside the stream that CreateStreamOnHGlobal gives in Wine: the same lines come to the same.

Bytes that nobody wrote are undefined there and are not compared; nothing is read from behind the end, where Wine 8
gives memory that is not the stream's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from scardmgr import HRESULT, LOCKTYPE, STREAM_SEEK, HResultError, MemoryStream
from scardmgr.interfaces.stream import all_bytes

Drive = Callable[..., list[str]]
SEEK_ERROR = 0x80030019
"""STG_E_SEEKERROR, which the pages of IStream do not have."""
UNDEFINED = "??"


class Driven:
    """Our streams, driven by the lines that the program in C takes."""

    def __init__(self) -> None:
        self.streams: list[MemoryStream] = []
        #: For each stream, which of its bytes were ever written; clones share the list.
        self.written: list[list[bool]] = []

    def position(self, number: int) -> int:
        return self.streams[number].Seek(0, STREAM_SEEK.STREAM_SEEK_CUR)

    def do(self, line: str) -> str:
        name, number, first, second, *text = line.split()
        act = getattr(self, f"_{name}")
        try:
            came_out = act(int(number), int(first), int(second), *text)
        except HResultError as error:
            return f"{error.hresult:08x}"
        return " ".join([f"{HRESULT.S_OK:08x}", *map(str, came_out)])

    def _new(self, *_: int) -> list[Any]:
        self.streams.append(MemoryStream())
        self.written.append([])
        return []

    def _clone(self, number: int, *_: int) -> list[Any]:
        self.streams.append(self.streams[number].Clone())
        self.written.append(self.written[number])
        return []

    def _read(self, number: int, count: int, *_: int) -> list[Any]:
        start = self.position(number)
        data = self.streams[number].Read(count)
        known = self.written[number][start : start + len(data)]
        return ["".join(f"{byte:02x}" if known[at] else UNDEFINED for at, byte in enumerate(data))]

    def _write(self, number: int, _first: int, _second: int, text: str = "") -> list[Any]:
        start = self.position(number)
        written = self.streams[number].Write(bytes.fromhex(text))
        self._note(number, start, [True] * written)
        return [written]

    def _seek(self, number: int, move: int, origin: int) -> list[Any]:
        return [self.streams[number].Seek(move, STREAM_SEEK(origin))]

    def _setsize(self, number: int, size: int, *_: int) -> list[Any]:
        self.streams[number].SetSize(size)
        known = self.written[number]
        known[:] = (known + [False] * size)[:size]
        return []

    def _copy(self, number: int, count: int, other: int) -> list[Any]:
        start, target = self.position(number), self.position(other)
        known = self.written[number][start : start + count]
        if other == number:
            target += len(known)
        read, written = self.streams[number].CopyTo(self.streams[other], count)
        self._note(other, target, known)
        return [read, written]

    def _commit(self, number: int, flags: int, *_: int) -> list[Any]:
        self.streams[number].Commit(flags)
        return []

    def _revert(self, number: int, *_: int) -> list[Any]:
        self.streams[number].Revert()
        return []

    def _stat(self, number: int, flags: int, *_: int) -> list[Any]:
        told = self.streams[number].Stat(flags)
        return ["unnamed" if told.pwcsName is None else "named", int(told.type), told.cbSize]

    def _note(self, number: int, start: int, written: list[bool]) -> None:
        if written:
            known = self.written[number]
            known += [False] * (start - len(known))
            known[start : start + len(written)] = written


def lines(choice: Random, driven: Driven) -> Iterator[str]:
    """What to do next, as the streams are: each line has to be done before the next is asked for."""
    yield "new 0 0 0"
    for _ in range(400):
        count = len(driven.streams)
        number, other = choice.randrange(count), choice.randrange(count)
        size = len(driven.written[number])
        behind = driven.position(number) > size
        match choice.randrange(9):
            case 0 if count < 60 and choice.random() < 0.3:
                yield choice.choice(["new 0 0 0", f"clone {number} 0 0"])
            case 1 | 2 if not behind:
                yield f"read {number} {choice.randrange(40)} 0"
            case 3 | 4:
                yield f"write {number} 0 0 {choice.randbytes(choice.randrange(30)).hex()}"
            case 5:
                yield f"setsize {number} {choice.randrange(80)} 0"
            case 6 if not behind:
                yield f"copy {number} {choice.randrange(40)} {other}"
            case 7:
                yield choice.choice([f"commit {number} 0 0", f"revert {number} 0 0", f"stat {number} 1 0"])
            case _:
                # Before the start of a stream both refuse; a negative move from the start is another story.
                origin = choice.randrange(3)
                yield f"seek {number} {choice.randrange(0 if origin == 0 else -50, 60)} {origin}"


def as_ours(line: str, theirs: str) -> str:
    """What came of a line in Wine, but for what is meant to differ: the code of a Seek that is refused."""
    result, *_ = theirs.split()
    if line.startswith("seek") and int(result, 16) == SEEK_ERROR:
        return f"{HRESULT.STG_E_INVALIDFUNCTION:08x}"
    return theirs


def masked(ours: str, theirs: str) -> str:
    """Theirs without the bytes that are undefined."""
    if UNDEFINED not in ours or len(ours) != len(theirs):
        return theirs
    pairs = ((ours[at : at + 1], theirs[at : at + 1]) for at in range(len(ours)))
    return "".join("?" if mine == "?" else other for mine, other in pairs)


@pytest.mark.parametrize("seed", range(6))
def test_streams_in_memory_do_what_those_of_ole32_do(seed: int, drive_in_wine: Drive) -> None:
    driven = Driven()
    done = [(line, driven.do(line)) for line in lines(Random(seed), driven)]
    theirs = drive_in_wine(*[line for line, _ in done])
    assert len(theirs) == len(done)
    for at, ((line, ours), other) in enumerate(zip(done, theirs, strict=True)):
        assert masked(ours, as_ours(line, other)).rstrip() == ours.rstrip(), f"line {at}: {line}"
    names = {line.split()[0] for line, _ in done}
    assert names == {"new", "clone", "read", "write", "seek", "setsize", "copy", "commit", "revert", "stat"}


def test_what_is_meant_to_differ_does(drive_in_wine: Drive) -> None:
    kind = LOCKTYPE.LOCK_WRITE
    theirs = drive_in_wine("new 0 0 0", "write 0 0 0 616263", "seek 0 -4 1", "seek 0 -1 0", f"lock 0 1 {kind}")
    assert [line.split()[0] for line in theirs] == ["00000000", "00000000", "80030019", "80030019", "80030001"]
    ours = MemoryStream(b"abc")
    ours.LockRegion(1, 1, kind)
    assert ours.Seek(-1, STREAM_SEEK.STREAM_SEEK_SET) == (1 << 64) - 1
    assert all_bytes(ours) == b"abc"
