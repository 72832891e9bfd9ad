"""What understanding costs: `python -m benchmarks.understanding`. Ends with 1 when a limit is passed.

Limits: reading the phrases and weights 300 ms, 60 MB, and 5 ms a sentence at the 99th percentile, on one core, without the network.
"""

from __future__ import annotations

import resource
import sys
import time
import tracemalloc
from datetime import date
from pathlib import Path

LOAD_MS, MEGABYTES, P99_MS = 300.0, 60.0, 5.0
TODAY = date(2024, 9, 12)
SENTENCES = Path(__file__).parent.parent / "tests" / "words" / "dev"


def _sentences() -> list[str]:
    texts = [
        line.partition(" | ")[0] for path in sorted(SENTENCES.glob("*.txt")) for line in path.read_text("utf-8").splitlines()
    ]
    return [text for text in texts if text and not text.startswith("## ")]


def main() -> int:
    """Prints load time, memory and the distribution over all development sentences in every region; 0 if all limits hold."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    import dialogs.parse  # noqa: F401, PLC0415 - every process of ours has it already

    began = time.process_time()
    from dialogs.parse.patterns import compile_all  # noqa: PLC0415 - what is measured
    from handlers.understanding import Understanding, default_understanding  # noqa: PLC0415 - as above
    from handlers.understanding.understanding import ALL_CAPABILITIES  # noqa: PLC0415 - as above

    understanding = default_understanding()
    understanding.prepare()
    compile_all()
    load = (time.process_time() - began) * 1000
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sentences = _sentences()
    for text in sentences[:50]:
        understanding.understand(text, region="beijing", today=TODAY)
    took = []
    for region in ("beijing", "binzhou"):
        for text in sentences:
            began = time.process_time()
            understanding.understand(text, region=region, today=TODAY)
            took.append((time.process_time() - began) * 1000)
    took.sort()
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    tracemalloc.start()
    again = Understanding(ALL_CAPABILITIES)
    again.prepare()
    index = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    del again
    print(f"load          {load:7.1f} ms  (limit {LOAD_MS:.0f})")
    print(f"memory        {grown:7.1f} MB  (limit {MEGABYTES:.0f}; the phrases {index:.1f} MB)")
    print(
        f"a sentence    {p50:7.2f} ms median, {p99:.2f} ms p99, {took[-1]:.2f} ms at most  (limit {P99_MS:.0f} at p99; {len(took)} asked)"
    )
    return int(load > LOAD_MS or grown > MEGABYTES or p99 > P99_MS)


if __name__ == "__main__":
    sys.exit(main())
