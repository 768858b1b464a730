"""The resource manager: one object with two faces.

The typed face (:class:`~scardmgr.winscard.faces.typed_face.TypedFace`, and for the smart card database
:class:`~scardmgr.winscard.faces.database_face.DatabaseFace`) is what this project uses; the pyscard face
(:class:`~scardmgr.winscard.faces.pyscard_face.PyscardFace`,
:class:`~scardmgr.winscard.faces.pyscard_database_face.PyscardDatabaseFace`) is what programs written on pyscard use.
"""

from __future__ import annotations

from scardmgr.winscard.faces.pyscard_database_face import PyscardDatabaseFace
from scardmgr.winscard.faces.pyscard_face import PyscardFace
from scardmgr.winscard.faces.reader_device_face import ReaderDeviceFace
from scardmgr.winscard.values import CardStatus, Connection, ReaderState

__all__ = ["CardStatus", "Connection", "ReaderState", "ResourceManager"]


class ResourceManager(ReaderDeviceFace, PyscardDatabaseFace, PyscardFace):
    """Both faces; abstract. Get one from :func:`~scardmgr.winscard.selection.resource_manager`."""
