"""The process that keeps a private PC/SC daemon, and takes it along when it goes.

Run by itself, ``python -I -S``, and so built on the standard library alone and on little of that. It

* makes the daemon's directory (0700), its socket and its reader.conf,
* enters a network namespace with nothing in it but ``lo``: the driver listens on every interface,
* starts pcscd by systemd's socket activation when the first card comes or the first program calls,
* hands out sockets connected to the driver's ports (SCM_RIGHTS): nobody else can reach them,
* ends when its control socket reaches its end or its owner dies, be it by SIGKILL. pcscd is killed, the
  directory removed; if the supervisor itself is killed, the kernel kills pcscd (PR_SET_PDEATHSIG).

Its first argument is one end of a SOCK_SEQPACKET pair, the others are those of
:class:`~virtual_reader.supervisor.settings.Settings`. Messages are lines of text, the first a word::

    to the owner, first    ready PATH                       PATH is that of pcscd's socket
                           forbidden REASON                 no namespace is to be had here
                           failed REASON
    from the owner         connect SLOT SECONDS prompt|plain
    to the owner           connected (and a descriptor)  |  failed REASON

The program of a foreign card is kept in the same manner by :mod:`~virtual_reader.supervisor.card_program`.
"""
