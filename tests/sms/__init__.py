"""Short messages through the clouds, against the simulator."""
