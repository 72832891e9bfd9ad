"""What the rest of the program knows of storage: records that come out, Protocols that are asked.

Nothing here touches a database; `storage.sql` and `storage.redis` implement it, and one contract suite
(`tests/contracts`) runs over every implementation.
"""
