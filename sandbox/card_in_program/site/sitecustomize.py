"""Found by Python at its start because ``scard run --via embedded`` puts this folder in front on PYTHONPATH.

Any Python that the program starts finds it, also one that is old or has none of our packages: there it does nothing
but hand on.
"""

import os
import sys


def _start():  # type: ignore[no-untyped-def]
    if sys.version_info < (3, 11):  # noqa: UP036 - it may well be
        return
    before = set(sys.modules)
    try:
        from sandbox.card_in_program.start import start
    except ImportError:
        return
    start()
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "sandbox":
            # A program may well have a module of that name. What has started imports no more of ours by it.
            del sys.modules[name]


def _hand_on():  # type: ignore[no-untyped-def]
    """Import the ``sitecustomize`` that Python would have found without us, which may fail as it would have."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes longer to import
    sys.path[:] = [folder for folder in sys.path if not folder or os.path.abspath(folder) != here]  # noqa: PTH100
    this = sys.modules.pop(__name__)
    try:
        __import__(__name__)
    except ImportError as error:
        if error.name != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, this)


_start()  # type: ignore[no-untyped-call]
_hand_on()  # type: ignore[no-untyped-call]
