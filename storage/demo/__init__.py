"""Demo data: deterministic from a seed and a day, no real person, every feature in every region."""

from storage.demo.load import SEED, DemoReport, demo_people, generate, load_demo, months_for
from storage.demo.staff import demo_staff

__all__ = ["SEED", "DemoReport", "demo_people", "demo_staff", "generate", "load_demo", "months_for"]
