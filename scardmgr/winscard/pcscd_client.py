"""A client of pcscd that takes the power from a card, and sees who else uses it.

It speaks pcscd's own protocol over its socket (``winscard_msg.h`` of pcsc-lite, the same from 1.9 to 2.4), so that
tests of C programs need no pyscard, and whoever waits in libpcsclite is not in its way. All words are native and 32
bits wide. A question is ``size, command`` and a structure of that size; the answer is the structure, filled in::

    11 version             major, minor, result
    01 establish context   scope, context, result
    04 connect             context, reader (128 bytes), share mode, protocols, card, protocol in force, result
    05 reconnect           card, share mode, protocols, initialization, protocol in force, result
    06 disconnect          card, disposition, result
    12 state of readers    (size 0) answered by 16 structures, see virtual_reader/reader_states.py
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from time import monotonic, sleep

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Disposition, Scope, ShareMode
from scardmgr.winscard.errors import SCardError

_ESTABLISH, _CONNECT, _RECONNECT, _DISCONNECT, _VERSION, _STATES = 0x01, 0x04, 0x05, 0x06, 0x11, 0x12
_HEADER = struct.Struct("=II")
_VERSIONS = struct.Struct("=iiI")
_ESTABLISHING = struct.Struct("=III")
_CONNECTING = struct.Struct("=I128sIIiII")
_RECONNECTING = struct.Struct("=iIIIII")
_DISCONNECTING = struct.Struct("=iII")
_STATE = struct.Struct("=128sIIi33s3xII")
_READERS = 16
_MAJOR, _MINOR = 4, 4
#: How long to wait before asking anew for a place among those who want to connect: pcscd has two.
_PAUSE_S = 0.005
_PRESENT = 0x0004
_PCSCLITE_EXCLUSIVE = -1


@dataclass(frozen=True, slots=True)
class Occupancy:
    """A reader as pcscd holds it.

    Attributes:
        present: whether there is a card.
        handles: how many card handles are open; an exclusive one counts as one.
        exclusive: whether a handle has the card to itself.
    """

    present: bool
    handles: int
    exclusive: bool


class PCSCDClient:
    """One connection to the pcscd behind a socket. Every question raises OSError where no answer comes in time.

    Args:
        socket_path: where pcscd listens.
        seconds: how long one answer may take. pcscd lets a client wait while another one holds a transaction.
    """

    def __init__(self, socket_path: str, seconds: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._context = 0
        try:
            _connect(self._socket, socket_path, seconds)
            _, self._context, code = self._ask(_ESTABLISH, _ESTABLISHING, Scope.SYSTEM, 0, 0)
            _check(code)
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Let go: pcscd closes what was open."""
        self._socket.close()

    def occupancy(self, reader: str) -> Occupancy | None:
        """How the reader is used; ``None``: there is no such reader.

        Raises:
            OSError: pcscd does not answer.
        """
        self._socket.sendall(_HEADER.pack(0, _STATES))
        wanted = reader.encode()
        for name, _, state, sharing, _, _, _ in _STATE.iter_unpack(self._receive(_READERS * _STATE.size)):
            if name.partition(b"\0")[0] == wanted:
                return Occupancy(bool(state & _PRESENT), abs(sharing), sharing == _PCSCLITE_EXCLUSIVE)
        return None

    def is_held(self, reader: str, seconds: float) -> bool:
        """Whether a handle holds the card in a transaction: then pcscd lets nobody else connect until it is over.

        Where it is held, nothing else can be asked of this client afterwards.

        Args:
            reader: its name.
            seconds: what pcscd is given to let one in.

        Raises:
            OSError: the connection to pcscd broke.
            SCardError: SCARD_E_SHARING_VIOLATION: a handle has the card to itself. Other codes of SCardConnect.
        """
        usual = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        try:
            card = self._connect(reader)
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(usual)
        self._ask(_DISCONNECT, _DISCONNECTING, card, Disposition.LEAVE, 0)
        return False

    def activate(self, reader: str, how: Disposition) -> None:
        """Reset the card, or take its power and give it back. Whoever has a handle is told of a reset.

        A card that does not answer to it is mute then.

        Raises:
            OSError: pcscd does not answer: a handle holds a transaction.
            SCardError: SCARD_E_SHARING_VIOLATION: a handle has the card to itself. Other codes of SCardConnect.
        """
        card = self._connect(reader)
        try:
            *_, code = self._ask(_RECONNECT, _RECONNECTING, card, ShareMode.DIRECT, 0, how, 0, 0)
        finally:
            self._ask(_DISCONNECT, _DISCONNECTING, card, Disposition.LEAVE, 0)
        if code != SCardCode.SCARD_W_UNRESPONSIVE_CARD:
            _check(code)

    def _connect(self, reader: str) -> int:
        _, _, _, _, card, _, code = self._ask(
            _CONNECT, _CONNECTING, self._context, reader.encode(), ShareMode.DIRECT, 0, 0, 0, 0
        )
        _check(code)
        return card

    def _ask(self, command: int, form: struct.Struct, *values: object) -> tuple[int, ...]:
        return _ask(self._socket, command, form, *values)

    def _receive(self, length: int) -> bytes:
        return _receive(self._socket, length)


def is_overrun(socket_path: str, seconds: float) -> bool:
    """Whether there is a pcscd which does not answer in so many seconds. None at all is not such a one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            _connect(asking, socket_path, seconds)
            _ask(asking, _VERSION, _VERSIONS, _MAJOR, _MINOR, 0)
        except (TimeoutError, BlockingIOError):
            return True
        except OSError:
            return False
    return False


def _connect(asking: socket.socket, path: str, seconds: float) -> None:
    """Connect within that time: a Unix socket with a time of its own does not wait for a place to come free."""
    asking.settimeout(seconds)
    deadline = monotonic() + seconds
    while True:
        try:
            return asking.connect(path)
        except BlockingIOError:
            if monotonic() >= deadline:
                raise
            sleep(_PAUSE_S)


def _ask(asking: socket.socket, command: int, form: struct.Struct, *values: object) -> tuple[int, ...]:
    asking.sendall(_HEADER.pack(form.size, command) + form.pack(*values))
    return form.unpack(_receive(asking, form.size))


def _receive(asking: socket.socket, length: int) -> bytes:
    answer = bytearray()
    while len(answer) < length:
        part = asking.recv(length - len(answer))
        if not part:
            raise ConnectionResetError("pcscd closed the connection")
        answer += part
    return bytes(answer)


def _check(code: int) -> None:
    if code != SCardCode.SCARD_S_SUCCESS:
        raise SCardError(code)
