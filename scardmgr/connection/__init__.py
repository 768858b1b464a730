"""From an application to a card: what attaches to a reader, and what goes through it.

* ``manage``: SCardManage; ``card``: SCard; ``attaching``: what both have in common;
* ``attachment``: a card handle, and what is known of the card behind it; ``transaction``: a hold on it;
* ``manager_context``: where handles live;
* ``apdu_exchange``: one command, whatever the transmission protocol needs on the way.
"""
