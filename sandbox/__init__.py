"""Where a person plays, and the one place that puts the other packages together.

``sandbox.command_line`` is the ``scard`` command, ``sandbox.pytest_plugin`` the pytest plugin. Nothing imports this
package.
"""
