"""Where the application keeps the simulator."""

from __future__ import annotations

from aiohttp import web

from bot.simulator.simulator import Simulator

SIM: web.AppKey[Simulator] = web.AppKey("sim", Simulator)
