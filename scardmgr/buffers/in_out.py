"""A buffer that goes in and comes out: what a method gives back is also put into the IByteBuffer that it was given."""

from __future__ import annotations

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.byte_buffer import IByteBuffer
from scardmgr.interfaces.stream import IStream, all_bytes
from scardmgr.published.enumerations import STREAM_SEEK


def require_room(target: object, name: str) -> None:
    """See to it that there is a buffer to be filled, initialized or not; bytes do, too, and stay as they are.

    Raises:
        HResultError: E_POINTER: None. E_INVALIDARG: no buffer. CO_E_RELEASED: an IByteBuffer that has ended.
    """
    if not isinstance(target, IByteBuffer):
        arguments.buffer(target, name)
        return
    try:
        target.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR)
    except HResultError as error:
        if error.hresult != HRESULT.E_UNEXPECTED:
            raise


def fill(target: object, result: bytes) -> bytes:
    """Put ``result`` into an IByteBuffer in place of what it holds, its seek pointer at the start.

    Its clones see it, too. One that nobody has initialized is. One that refuses stays as it was.

    Returns:
        ``result`` itself.

    Raises:
        HResultError: codes of the stream: a clone has a lock in the way, or somebody holds the memory.
    """
    if isinstance(target, IByteBuffer):
        try:
            stream = target.Stream
        except HResultError as error:
            if error.hresult != HRESULT.E_UNEXPECTED:
                raise
            target.Initialize(len(result), result)
            return result
        try:
            _replace(stream, result)
        finally:
            stream.Release()
    return result


def _replace(stream: IStream, content: bytes) -> None:
    """Put bytes in place of all that a stream holds, its seek pointer at the start; all of it, or nothing.

    Raises:
        HResultError: as its Write and SetSize.
    """
    position = stream.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR)
    before = all_bytes(stream)
    try:
        stream.Seek(0, STREAM_SEEK.STREAM_SEEK_SET)
        stream.Write(content)
        try:
            # It cuts off what is left of more bytes than these, and may be refused where writing was not.
            stream.SetSize(len(content))
        except BaseException:
            stream.Seek(0, STREAM_SEEK.STREAM_SEEK_SET)
            stream.Write(before[: len(content)])
            raise
    except BaseException:
        stream.Seek(position, STREAM_SEEK.STREAM_SEEK_SET)
        raise
    stream.Seek(0, STREAM_SEEK.STREAM_SEEK_SET)
