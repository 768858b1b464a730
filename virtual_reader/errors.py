"""The errors and the one warning of this package.

::

    VirtualReaderError (Exception)
    ├── NotVisibleOutside     an embedded reader has no name outside its process
    ├── NoFreeSlot            every slot of the private daemon holds a reader
    ├── BoundElsewhere        libpcsclite already talks to another daemon in this process
    ├── DaemonUnavailable     no PC/SC daemon, driver or vpcd to work with; says what to install or start
    ├── SlotOccupied          there is a card in the slot already
    ├── ReaderArgumentError   an argument that no reader or daemon can be made with (also a ValueError)
    ├── NotShown              the resource manager did not show the change in time
    ├── CardLost              a foreign card is gone; says what it did last
    └── FramingError          bytes that are no vpcd frames
        ├── OversizedFrame    a frame announces more than the reader of frames accepts
        └── TruncatedFrame    the stream ended within a frame

    OpenPortWarning (RuntimeWarning)
"""

from __future__ import annotations


class VirtualReaderError(Exception):
    """The root of what this package raises on its own account."""


class NotVisibleOutside(VirtualReaderError):  # noqa: N818 - says what is the case
    """The reader exists only inside this process: no environment variable shows it to another one."""


class NoFreeSlot(VirtualReaderError):  # noqa: N818 - says what is the case
    """Every slot of the daemon is taken; its number was fixed by ``slots=`` when it was started."""


class BoundElsewhere(VirtualReaderError):  # noqa: N818 - says what is the case
    """libpcsclite reads its socket's name once per process, and has read another one."""


class DaemonUnavailable(VirtualReaderError):  # noqa: N818 - says what is the case
    """There is no daemon to work with; the message says what to install, start or allow."""


class SlotOccupied(VirtualReaderError):  # noqa: N818 - says what is the case
    """A card can be inserted only where none is."""


class ReaderArgumentError(VirtualReaderError, ValueError):
    """An argument that no reader or daemon can be made with; the message says what would do."""


class NotShown(VirtualReaderError):  # noqa: N818 - says what is the case
    """The resource manager did not show an insertion or a removal within the bound."""


class CardLost(VirtualReaderError):  # noqa: N818 - says what is the case
    """A foreign card is gone, or behaves so that it is as good as gone; the message goes on after "the foreign card".

    Cards know two exceptions only: this one becomes :class:`iso7816.icc.ICCRemoved`.
    """


class FramingError(VirtualReaderError):
    """The peer sent bytes that are no vpcd frames."""


class OversizedFrame(FramingError):  # noqa: N818 - says what is the case
    """A frame longer than accepted. Its body is skipped; what follows can be read.

    Attributes:
        length: the announced length of its body, in bytes.
    """

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"a frame of {length} bytes where at most {limit} are accepted")
        self.length = length


class TruncatedFrame(FramingError):  # noqa: N818 - says what is the case
    """The stream ended within a frame."""


class OpenPortWarning(RuntimeWarning):
    """The daemon's card port is open to the network: namespaces are forbidden here, or were declined."""
