"""What every backend of the ports promises: one suite, run over SQLite, PostgreSQL, and PostgreSQL with Redis."""
