"""A buffer that goes in and comes out: what a method gives back is also put into the IByteBuffer that it was given."""

from __future__ import annotations

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.byte_buffer import IByteBuffer
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

    Its clones see it, too. One that nobody has initialized is.

    Returns:
        ``result`` itself.

    Raises:
        HResultError: codes of the stream: a clone has a lock in the way.
    """
    if isinstance(target, IByteBuffer):
        try:
            target.Seek(0, STREAM_SEEK.STREAM_SEEK_SET)
        except HResultError as error:
            if error.hresult != HRESULT.E_UNEXPECTED:
                raise
            target.Initialize(len(result), result)
            return result
        target.Write(result)
        target.SetSize(len(result))
        target.Seek(0, STREAM_SEEK.STREAM_SEEK_SET)
    return result
