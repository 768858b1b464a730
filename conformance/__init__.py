"""Checks that judge any card or resource manager through the PC/SC door alone.

No check is here yet: the package holds its place in the layout, and its import contract (``iso7816``
and ``scardmgr``, never ``emulator``) is enforced from the start, so that the same checks will be able
to judge an emulated card and a real one.
"""
