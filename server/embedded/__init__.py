"""The embedded start: a small supervisor, a real Redis and one application process.

The supervisor holds the home folder and the web server's socket, starts both processes, starts
one again when it dies and stops both when it is told to. It never imports chDB: that lives in the
application process alone, which must not be forked after the import.
"""
