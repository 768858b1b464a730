"""Buffers in many threads: each call is one step, whoever makes it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from queue import Queue
from threading import Barrier, Event, Thread

import pytest

from scardmgr import HRESULT, LOCKTYPE, STREAM_SEEK, ByteBuffer, HResultError, MemoryStream
from scardmgr.interfaces.stream import all_bytes

SET, CUR = STREAM_SEEK.STREAM_SEEK_SET, STREAM_SEEK.STREAM_SEEK_CUR
THREADS, TIMES = 8, 300
BOUND_S = 60


@pytest.fixture(autouse=True)
def impatient_threads() -> Iterator[None]:
    """Threads take turns as often as they can, so that they meet in the middle of things."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def together(*tasks: Callable[[], object]) -> list[object]:
    """Each in a thread of its own, all at once; their results. What fails in one fails the test."""
    start, results = Barrier(len(tasks)), Queue[tuple[int, object, BaseException | None]]()

    def run(number: int, task: Callable[[], object]) -> None:
        start.wait(BOUND_S)
        try:
            results.put((number, task(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised where the results are
            results.put((number, None, error))

    for number, task in enumerate(tasks):
        Thread(target=run, args=(number, task), daemon=True).start()
    by_number = {}
    for _ in tasks:
        number, result, error = results.get(timeout=BOUND_S)
        if error is not None:
            raise error
        by_number[number] = result
    return [by_number[number] for number in range(len(tasks))]


@pytest.mark.parametrize("kind", [ByteBuffer, MemoryStream])
def test_writes_at_one_seek_pointer_do_not_run_into_each_other(kind: type[ByteBuffer | MemoryStream]) -> None:
    buffer = kind(b"")

    def write(number: int) -> None:
        for time in range(TIMES):
            buffer.Write(bytes([number]) * 3 + time.to_bytes(2, "big"))

    together(*(lambda number=number: write(number) for number in range(THREADS)))
    content = all_bytes(buffer)
    records = [content[start : start + 5] for start in range(0, len(content), 5)]
    wanted = {bytes([number]) * 3 + time.to_bytes(2, "big") for number in range(THREADS) for time in range(TIMES)}
    assert len(records) == THREADS * TIMES
    assert set(records) == wanted


def test_clones_grow_the_bytes_to_where_the_farthest_wrote() -> None:
    for _ in range(TIMES):
        buffer = ByteBuffer(b"")

        def append(number: int, buffer: ByteBuffer = buffer) -> None:
            with buffer.Clone() as clone:
                clone.Seek(number, SET)
                clone.Write(bytes([number]))

        together(*(lambda number=number, append=append: append(number) for number in range(THREADS)))
        assert bytes(buffer) == bytes(range(THREADS))


def test_clones_in_threads_of_their_own_seek_undisturbed() -> None:
    buffer = ByteBuffer(bytes(THREADS))

    def count_up(number: int) -> None:
        with buffer.Clone() as clone:
            for _ in range(TIMES):
                clone.Seek(number, SET)
                value = clone.Read(1)[0]
                clone.Seek(-1, CUR)
                clone.Write(bytes([(value + 1) % 256]))

    together(*(lambda number=number: count_up(number) for number in range(THREADS)))
    assert bytes(buffer) == bytes([TIMES % 256]) * THREADS


def test_taking_all_bytes_does_not_move_the_seek_pointer_of_who_reads() -> None:
    content = bytes(range(256)) * 8
    buffer = ByteBuffer(content)
    done = Event()

    def take() -> None:
        while not done.is_set():
            assert bytes(buffer) == content

    def read() -> bytes:
        try:
            return b"".join(iter(lambda: buffer.Read(3), b""))
        finally:
            done.set()

    assert together(read, take, take)[0] == content


def test_copying_to_each_other_at_once_comes_to_an_end() -> None:
    one, other = ByteBuffer(b"1" * 64), ByteBuffer(b"2" * 64)

    def copy(source: ByteBuffer, destination: ByteBuffer) -> None:
        for _ in range(TIMES):
            source.Seek(0, SET)
            source.CopyTo(destination, 8)

    together(*(lambda pair=pair: copy(*pair) for pair in ((one, other), (other, one)) * 2))
    assert set(bytes(one) + bytes(other)) <= set(b"12")


def test_a_region_is_locked_by_one_at_a_time() -> None:
    buffer = ByteBuffer(bytes(2))
    refusals: list[int] = []

    def count_up() -> None:
        with buffer.Clone() as clone:
            for _ in range(50):
                while True:
                    try:
                        clone.LockRegion(0, 2, LOCKTYPE.LOCK_EXCLUSIVE)
                        break
                    except HResultError as error:
                        refusals.append(error.hresult)
                clone.Seek(0, SET)
                value = int.from_bytes(clone.Read(2), "big")
                clone.Seek(0, SET)
                clone.Write((value + 1).to_bytes(2, "big"))
                clone.UnlockRegion(0, 2, LOCKTYPE.LOCK_EXCLUSIVE)

    together(*[count_up] * THREADS)
    assert bytes(buffer) == (50 * THREADS).to_bytes(2, "big")
    assert set(refusals) <= {HRESULT.STG_E_LOCKVIOLATION}


@pytest.mark.parametrize("ends", [ByteBuffer.close, ByteBuffer.Initialize])
def test_a_buffer_that_ends_while_it_is_used_says_so(ends: Callable[[ByteBuffer], None]) -> None:
    for _ in range(50):
        buffer = ByteBuffer(b"abc")

        def use(buffer: ByteBuffer = buffer) -> object:
            try:
                buffer.Seek(0, SET)
                return buffer.Read(3)
            except HResultError as error:
                return error.hresult

        used, _ended = together(use, lambda buffer=buffer: ends(buffer))
        assert used in (b"abc", b"\x00", HRESULT.CO_E_RELEASED)
