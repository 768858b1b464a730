"""The published interfaces as abstract classes, a module for each.

Method and parameter names are the documented ones; [out] parameters are returned, [in, out] ones are
given and returned. A method that the documents let fail raises
:class:`~scardmgr.com.errors.HResultError`; each docstring lists the documented HRESULTs with their
conditions, and resource manager codes (SCARD_*) come through where the documents allow them.
"""
