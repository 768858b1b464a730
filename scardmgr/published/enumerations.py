"""The enumerations of the service provider interfaces, under their published names.

Values are those of the headers and the type library. Two members are named by the documentation and
have no value in any of them: they are aliases of the member that is meant. ``SC_TYPE_BY_ANY`` has
neither value nor twin; it got the next free number.

The numbers differ from winscard's in one place: ``SCARD_PROTOCOLS.RAW`` is 0xFF here and
SCARD_PROTOCOL_RAW is 0x10000 there.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class SCARD_SHARE_MODES(IntEnum):  # noqa: N801 (published name)
    """How an attachment shares its reader with others."""

    EXCLUSIVE = 1
    SHARED = 2


class SCARD_DISPOSITIONS(IntEnum):  # noqa: N801 (published name)
    """What happens to the card when a connection or a lock ends."""

    LEAVE = 0
    RESET = 1
    UNPOWER = 2
    EJECT = 3


class SCARD_STATES(IntEnum):  # noqa: N801 (published name)
    """The state of a reader and its card."""

    ABSENT = 1
    PRESENT = 2
    SWALLOWED = 3
    POWERED = 4
    NEGOTIABLEMODE = 5
    SPECIFICMODE = 6


class SCARD_PROTOCOLS(IntFlag):  # noqa: N801 (published name)
    """Transmission protocols; 0 where none is in force."""

    T0 = 0x01
    T1 = 0x02
    RAW = 0xFF


class SCARD_SCOPES(IntEnum):  # noqa: N801 (published name)
    """The scope of a resource manager context."""

    SCARD_SCOPE_USER = 0
    SCARD_SCOPE_TERMINAL = 1
    SCARD_SCOPE_SYSTEM = 2


class ISO_APDU_TYPE(IntEnum):  # noqa: N801 (published name)
    """The four cases of a command APDU."""

    ISO_CASE_1 = 1
    ISO_CASE_2 = 2
    ISO_CASE_3 = 3
    ISO_CASE_4 = 4


class REFTYPE(IntEnum):
    """How a file reference is written: :mod:`scardmgr.providers.iso.references` has the grammar."""

    SC_TYPE_BY_NAME = 0
    SC_TYPE_BY_ID = 1
    SC_TYPE_BY_SHORT_ID = 2
    SC_TYPE_BY_SHORT = 2
    SC_TYPE_BY_ANY = 3


class FILETYPE(IntEnum):
    """Which files ISCardFileAccess.Directory lists."""

    SC_TYPE_DIRECTORIES = 0
    SC_TYPE_FILES = 1
    SC_TYPE_ALL_FILES = 2
    SC_TYPE_DIRECTORY_FILE = 3
    SC_TYPE_TRANSPARENT_EF = 4
    SC_TYPE_FIXED_EF = 5
    SC_TYPE_CYCLIC_EF = 6
    SC_TYPE_VARIABLE_EF = 7


class SEEKTYPE(IntEnum):
    """Where ISCardFileAccess.Seek counts from."""

    SC_SEEK_FROM_BEGINNING = 0
    SC_SEEK_FROM_END = 1
    SC_SEEK_RELATIVE = 2


class SCARD_FLAGS(IntFlag):  # noqa: N801 (published name)
    """Options of the methods of ISCardFileAccess and ISCardVerify."""

    SC_FL_NO_FLAGS = 0x0000
    SC_FL_SECURE_MESSAGING = 0x0001
    SC_FL_REPLACE = 0x0002
    SC_FL_ERASE = 0x0004
    SC_FL_OR = 0x0008
    SC_FL_AND = 0x0010
    SC_FL_RECURSIVE = 0x0020
    SC_FL_NON_RECURSIVE = 0x0040
    SC_FL_IHV_GLOBAL = 0x0080
    SC_FL_IHV_LOCAL = 0x0100
    SC_FL_IHV_ENABLE = 0x0200
    SC_FL_IHV_DISABLE = 0x0400
    SC_FL_IHV_CHANGE = 0x0800
    SC_FL_PREALLOCATE = 0x1000
    SC_FL_PREALLOCATED = 0x1000
    SC_FL_GET_ALL_PROPERTIES = 0x2000
    SC_FL_STAT_DEFAULT = 0x4000
    SC_FL_IHV_CHECKONLY = 0x8000


class SC_DLG(IntEnum):  # noqa: N801 (published name)
    """When a card selection dialogue shows."""

    SC_DLG_MINIMAL_UI = 1
    SC_DLG_NO_UI = 2
    SC_DLG_FORCE_UI = 4


class LOCKTYPE(IntEnum):
    """Kinds of region locks of a stream."""

    LOCK_WRITE = 1
    LOCK_EXCLUSIVE = 2
    LOCK_ONLYONCE = 4


class STREAM_SEEK(IntEnum):  # noqa: N801 (published name)
    """Where a stream's Seek counts from."""

    STREAM_SEEK_SET = 0
    STREAM_SEEK_CUR = 1
    STREAM_SEEK_END = 2


class STGC(IntFlag):
    """How a stream commits."""

    STGC_DEFAULT = 0
    STGC_OVERWRITE = 1
    STGC_ONLYIFCURRENT = 2
    STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE = 4
    STGC_CONSOLIDATE = 8


class STATFLAG(IntFlag):
    """What a stream's Stat leaves out."""

    STATFLAG_DEFAULT = 0
    STATFLAG_NONAME = 1
    STATFLAG_NOOPEN = 2
