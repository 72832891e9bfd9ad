"""Regions, numbers that check themselves, working days, demo data, import."""
