"""The platform's resource manager (pcscd, winscard), through pyscard.

* ``resource_managing``: both faces on pyscard's functions;
* ``readers``: names and groups of readers, which the smart card database adds to what the platform lists;
* ``bounds``: pyscard's functions, each of which comes to an end;
* ``windows_database``: on Windows the database is the platform's.
"""

from __future__ import annotations

from scardmgr.winscard.pcsc.resource_managing import PCSCResourceManager, import_scard

__all__ = ["PCSCResourceManager", "import_scard"]
