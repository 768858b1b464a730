"""Where a person plays, and the one place that puts the other packages together.

``sandbox.command_line`` is the ``scard`` command. Nothing imports this package.
"""
