"""Who migrates when it is let go: `python -m tests.contracts.migrator <database url>`; says that it is ready, waits for SIGUSR1, prints what it did."""

from __future__ import annotations

import asyncio
import signal
import sys

from storage.migrations import migrate

if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    print("ready", flush=True)
    signal.sigwait({signal.SIGUSR1})
    print(asyncio.run(migrate(sys.argv[1])))
