"""Decided afresh. Whenever something about somebody changed, what each recipient may have follows.

    who is touched → everything that bears on them → who may have what of it now? → to the outbox
    and the ledger

New events, withdrawn events, links cut, judgements and changed policies all come here: a decision is
a function of what is known, never of the way there. Nothing here does I/O: what is needed of the
database and of the wire is stated in `needs`, and `bootstrap` fills it.
"""
