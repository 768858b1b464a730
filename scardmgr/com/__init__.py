"""What COM is here: references, interfaces by identifier, late binding, and errors that are HRESULTs.

* ``unknown``: IUnknown;
* ``dispatch``: IDispatch, whose values are in ``automation``; ``dispatch_arguments`` puts arguments to parameters,
  ``dispatch_errors`` has what is raised beyond a code;
* ``errors``: the exception that carries an HRESULT;
* ``arguments``: what becomes of a wrong argument.
"""
