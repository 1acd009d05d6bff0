"""Indicube for language models: the Model Context Protocol, spoken over the programs' interface.

A client of `/api/v1` like any other: whoever's token it is given, theirs are the rights, the scope
and the limits. It reads and changes nothing.
"""
