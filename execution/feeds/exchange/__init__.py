"""Live feeds of exchanges, through ccxt.

``access`` makes ccxt's objects, ``rows`` and ``trades`` translate, ``assembly`` decides what is closed and true,
``line`` holds a connection, ``feed`` is the port.
"""
