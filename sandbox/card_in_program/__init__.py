"""A card in the process of the program that uses it: what ``scard run --via embedded`` puts into a Python program.

The program is started with the folder ``site`` in front on PYTHONPATH. Python looks there for a ``sitecustomize``,
which calls ``start`` and then hands on to the ``sitecustomize`` that would have been found otherwise. From then on
pyscard in that process works on the process-wide embedded resource manager, and that has a reader with the card.

The variables are inherited, so each Python process that the program starts gets a card, too; see ``process_card``.
Nothing heavy is imported, and no card opened, before the process asks for a card.
"""
