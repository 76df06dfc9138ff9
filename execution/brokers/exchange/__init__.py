"""Orders on an exchange, through ccxt.

``names``, ``translation`` and ``brackets`` are pure: our orders in ccxt's words, ccxt's rows as our reports; ``asking``
is how the exchanges differ where they are asked. ``tracking`` knows what was told of each order, ``account`` speaks
with the exchange, ``knowing``, ``taking_back`` and ``market`` keep one market's orders, ``comparing`` watches the
account beside them, ``serving`` is the whole process behind its pipe (``wire``).
"""
