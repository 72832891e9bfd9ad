"""Demo data: deterministic from a seed and a day, no real person, every feature in every region."""

from storage.demo.load import SEED, DemoReport, demo_people, generate, load_demo, months_for

__all__ = ["SEED", "DemoReport", "demo_people", "generate", "load_demo", "months_for"]
