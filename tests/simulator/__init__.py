"""The simulator, judged by itself: its limits, its verdicts, its errors."""
