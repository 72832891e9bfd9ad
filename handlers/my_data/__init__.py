"""我的数据: where one is signed in, the whole of what we hold, letting go of it, and what was agreed to (S22)."""
