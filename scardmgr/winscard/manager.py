"""The resource manager: one object with two faces.

The typed face (:class:`~scardmgr.winscard.typed_face.TypedFace`) is what this project uses; the pyscard
face (:class:`~scardmgr.winscard.pyscard_face.PyscardFace`) is what programs written on pyscard use.
"""

from __future__ import annotations

from scardmgr.winscard.pyscard_face import PyscardFace
from scardmgr.winscard.values import CardStatus, Connection, ReaderState

__all__ = ["CardStatus", "Connection", "ReaderState", "ResourceManager"]


class ResourceManager(PyscardFace):
    """Both faces; abstract. Get one from :func:`~scardmgr.winscard.selection.resource_manager`."""
