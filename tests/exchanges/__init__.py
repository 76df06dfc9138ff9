"""Loopback exchanges: servers that speak real exchanges' wire protocols, from a script and by its clock."""
