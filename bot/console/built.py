"""The console put together from the configuration, and hung into the application."""

from __future__ import annotations

from aiohttp import web

from bot.clock import MovableClock, SystemClock
from bot.config import Config
from bot.console.deps import ConsoleDeps, Hints
from bot.console.passwords import Argon
from bot.console.routes import routes
from bot.console.totp import Totp
from handlers.filings.office import Office
from handlers.scenes.codes import QrCodes
from handlers.services import Services
from handlers.staff import Accounts, SignInRules
from storage.ports.repositories import Store
from storage.ports.time import Clock


def add_console(
    app: web.Application,
    config: Config,
    clock: Clock,
    store: Store,
    services: Services,
    hints: Hints | None = None,
    codes: QrCodes | None = None,
) -> None:
    """Add the addresses under /console/, unless `[console] enabled` says no. `hints` is for the demo alone; `codes` are what people scan at the
    counter, None for an account without."""
    if not config.console.enabled:
        return
    rules = SignInRules.of(config.console)
    deps = ConsoleDeps(
        store=store,
        clock=clock,
        services=services,
        office=Office(store, services),
        accounts=Accounts(store, clock, Argon(), Totp(clock_of_codes(clock)), rules),
        config=config.console,
        public_url=config.server.public_url,
        hints=hints,
        codes=codes,
    )
    app.add_routes(routes(deps))


def clock_of_codes(clock: Clock) -> Clock:
    """A demo's clock can be moved, but the authenticator on a phone does not follow it: one-time codes go by real time."""
    return SystemClock() if isinstance(clock, MovableClock) else clock
