"""Buffers and clones step by step beside a plain model: whatever is done, both hold and tell the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from scardmgr import E_INVALIDARG, HRESULT, LOCKTYPE, STREAM_SEEK, ByteBuffer, HResultError

MOST = (1 << 31) - 1
TOO_LARGE_TO_TRY = 1 << 16
EXCLUSIVE, ONLYONCE = LOCKTYPE.LOCK_EXCLUSIVE, LOCKTYPE.LOCK_ONLYONCE
VIOLATION = HRESULT.STG_E_LOCKVIOLATION
FULL = HRESULT.STG_E_MEDIUMFULL

small = st.integers(0, 24)
moves = st.integers(-30, 30) | st.sampled_from([-1 << 31, MOST])
kinds = st.sampled_from(LOCKTYPE)

Lock = tuple[int, int, LOCKTYPE]


@dataclass
class Content:
    """What buffers share: a list of bytes, the last committed one, and locks by owner."""

    now: list[int]
    kept: list[int]
    locks: list[tuple[Model, Lock]] = field(default_factory=list)

    def locked(self, user: Model, indexes: range, reading: bool) -> bool:
        """Whether somebody else's lock is on one of the bytes."""
        return any(
            owner is not user
            and kind is not ONLYONCE
            and (kind is EXCLUSIVE or not reading)
            and start <= index < start + count
            for owner, (start, count, kind) in self.locks
            for index in indexes
        )


@dataclass(eq=False)
class Model:
    """A buffer, as plainly as can be."""

    content: Content
    position: int = 0


@dataclass(eq=False)
class Pair:
    """The buffer and its model."""

    real: ByteBuffer
    model: Model


def same(pair: Pair, method: str, arguments: tuple[object, ...], wanted: object) -> bool:
    """Call the real one; what is wanted is what it gives, or the code that it raises. Returns whether it was done."""
    given: object
    try:
        given = getattr(pair.real, method)(*arguments)
    except HResultError as error:
        given = error.hresult
    assert given == wanted, f"{method}{arguments}"
    assert isinstance(given, HRESULT) == isinstance(wanted, HRESULT), f"{method}{arguments}"
    return not isinstance(given, HRESULT)


class Buffers(RuleBasedStateMachine):
    """Buffers, clones of them, and what both say."""

    pairs = Bundle("pairs")

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[Pair] = []

    def add(self, real: ByteBuffer, model: Model) -> Pair:
        self.alive.append(Pair(real, model))
        return self.alive[-1]

    @initialize(target=pairs, data=st.binary(max_size=20))
    def begin(self, data: bytes) -> Pair:
        return self.add(ByteBuffer(data), Model(Content(list(data), list(data))))

    @rule(target=pairs, data=st.binary(max_size=20), size=small)
    def another(self, data: bytes, size: int) -> Pair:
        real = ByteBuffer()
        if size > len(data):
            assert not same(Pair(real, Model(Content([], []))), "Initialize", (size, data), E_INVALIDARG)
            real.Initialize(size)
            data = bytes(size)
        else:
            real.Initialize(size, data)
        return self.add(real, Model(Content(list(data[:size]), list(data[:size]))))

    @rule(target=pairs, pair=pairs)
    def clone(self, pair: Pair) -> Pair:
        return self.add(pair.real.Clone(), Model(pair.model.content, pair.model.position))

    @rule(pair=pairs, count=small | st.just(MOST))
    def read(self, pair: Pair, count: int) -> None:
        model, now = pair.model, pair.model.content.now
        indexes = range(model.position, min(model.position + count, len(now)))
        wanted = VIOLATION if model.content.locked(model, indexes, reading=True) else bytes(now[i] for i in indexes)
        if same(pair, "Read", (count,), wanted):
            model.position += len(indexes)

    @rule(pair=pairs, data=st.binary(max_size=12), given=st.none() | st.integers(0, 14))
    def write(self, pair: Pair, data: bytes, given: int | None) -> None:
        count = len(data) if given is None else given
        model, content = pair.model, pair.model.content
        stop = model.position + count
        if TOO_LARGE_TO_TRY < stop <= MOST:
            return
        wanted: object = count
        if count > len(data):
            wanted = E_INVALIDARG
        elif count and stop > MOST:
            wanted = FULL
        elif count and content.locked(model, range(min(model.position, len(content.now)), stop), reading=False):
            wanted = VIOLATION
        if same(pair, "Write", (data, given), wanted) and count:
            content.now += [0] * (stop - len(content.now))
            content.now[model.position : stop] = data[:count]
            model.position = stop

    @rule(pair=pairs, move=moves, origin=st.sampled_from(STREAM_SEEK))
    def seek(self, pair: Pair, move: int, origin: STREAM_SEEK) -> None:
        from_start = origin is STREAM_SEEK.STREAM_SEEK_SET
        base = {
            STREAM_SEEK.STREAM_SEEK_SET: 0,
            STREAM_SEEK.STREAM_SEEK_CUR: pair.model.position,
            STREAM_SEEK.STREAM_SEEK_END: len(pair.model.content.now),
        }[origin]
        position = base + (move % (1 << 32) if from_start else move)
        if same(pair, "Seek", (move, origin), position if position >= 0 else HRESULT.STG_E_INVALIDFUNCTION):
            pair.model.position = position

    @rule(pair=pairs, size=small)
    def set_size(self, pair: Pair, size: int) -> None:
        content = pair.model.content
        touched = range(min(size, len(content.now)), max(size, len(content.now)))
        if same(pair, "SetSize", (size,), VIOLATION if content.locked(pair.model, touched, reading=False) else None):
            content.now[:] = (content.now + [0] * size)[:size]

    @rule(pair=pairs, other=pairs, count=small)
    def copy(self, pair: Pair, other: Pair, count: int) -> None:
        source, destination = pair.model, other.model
        now = source.content.now
        if source.position + destination.position > TOO_LARGE_TO_TRY:
            return
        indexes = range(source.position, min(source.position + count, len(now)))
        start = source.position + len(indexes) if other is pair else destination.position
        target = destination.content
        overwritten = range(min(start, len(target.now)), start + len(indexes))
        blocked = source.content.locked(source, indexes, reading=True) or (
            len(indexes) > 0 and target.locked(destination, overwritten, reading=False)
        )
        data = [now[index] for index in indexes]
        wanted = VIOLATION if blocked else (len(data), len(data))
        if same(pair, "CopyTo", (other.real, count), wanted):
            source.position += len(data)
            if data:
                target.now += [0] * (start + len(data) - len(target.now))
                target.now[start : start + len(data)] = data
                destination.position = start + len(data)

    @rule(pair=pairs)
    def commit(self, pair: Pair) -> None:
        same(pair, "Commit", (0,), None)
        pair.model.content.kept = list(pair.model.content.now)

    @rule(pair=pairs)
    def revert(self, pair: Pair) -> None:
        content = pair.model.content
        touched = range(max(len(content.now), len(content.kept)))
        if same(pair, "Revert", (), VIOLATION if content.locked(pair.model, touched, reading=False) else None):
            content.now[:] = content.kept

    @rule(pair=pairs, start=small, count=st.integers(0, 6), kind=kinds)
    def lock(self, pair: Pair, start: int, count: int, kind: LOCKTYPE) -> None:
        locks = pair.model.content.locks
        bytes_locked = {
            index
            for _, (first, many, other) in locks
            if (other is ONLYONCE) == (kind is ONLYONCE)
            for index in range(first, first + many)
        }
        wanted = VIOLATION if bytes_locked & set(range(start, start + count)) else None
        if same(pair, "LockRegion", (start, count, kind), wanted):
            locks.append((pair.model, (start, count, kind)))

    @rule(pair=pairs, start=small, count=st.integers(0, 6), kind=kinds)
    def unlock_something(self, pair: Pair, start: int, count: int, kind: LOCKTYPE) -> None:
        self.unlocked(pair, (start, count, kind))

    @rule(pair=pairs, data=st.data())
    def unlock_what_is_locked(self, pair: Pair, data: st.DataObject) -> None:
        locks = pair.model.content.locks
        if locks:
            self.unlocked(pair, data.draw(st.sampled_from([lock for _, lock in locks])))

    def unlocked(self, pair: Pair, lock: Lock) -> None:
        mine = (pair.model, lock)
        locks = pair.model.content.locks
        if same(pair, "UnlockRegion", lock, None if mine in locks else VIOLATION):
            locks.remove(mine)

    @invariant()
    def both_hold_the_same(self) -> None:
        for pair in self.alive:
            now = pair.model.content.now
            assert len(pair.real) == len(now)
            if not pair.model.content.locked(pair.model, range(len(now)), reading=True):
                assert bytes(pair.real) == bytes(now)
            assert pair.real.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR) == pair.model.position


Buffers.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestBuffers = Buffers.TestCase
