"""Whole processes and what leaves them: real sockets, real files, real children."""
