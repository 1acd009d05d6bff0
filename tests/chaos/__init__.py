"""The harness: processes are killed, stopped, cut off and starved; the figures must stay right."""
