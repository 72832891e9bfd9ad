"""The composition root: configuration in, a running product out. The only place that picks a backend."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import timedelta
from pathlib import Path

import aiohttp
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.callers import Callers
from bot.config import Config
from bot.console.built import add_console
from bot.console.deps import Hints
from bot.console.passwords import Argon
from bot.doors import Doors, doors_of, tagging_of
from bot.fitting import check_key
from bot.metrics import Metrics
from bot.outgoing import Pusher, sendings_of
from bot.outgoing.media import PlatformMedia
from bot.outgoing.pace import rates_of
from bot.pages import PageDeps, Work, error_page
from bot.pages import routes as page_routes
from bot.paper_keys import keys_of
from bot.payments import payments_of
from bot.payments import routes as payment_routes
from bot.platform_parts import api_of, callers_of, shown_as_busy
from bot.probes import probes
from bot.proxies import behind
from bot.scanner import scanner_of
from bot.shared_values import StoredValues
from bot.sms import SmsJob, reply_routes, report_routes, signs_of, wording_of
from bot.sms import sender as sms_sender
from bot.warming import warming
from bot.wechat import Account, Delivery, Webhook, WeChatApi, api_session
from bot.wechat import routes as wechat_routes
from bot.wechat.drift import Drift
from bot.wechat.front import FRONT, IDLE_S, Front
from handlers.accounts.office import AccountOffice
from handlers.awaiting import Kept
from handlers.captcha import Captcha
from handlers.conversation import Conversation
from handlers.documents import PaperKeys, Renderer
from handlers.documents.tokens import by_id
from handlers.drafts import Drafts
from handlers.housekeeping import Housekeeping
from handlers.jobs import JobFunction, Runner
from handlers.links import Links
from handlers.materials import Darkroom
from handlers.my_data.pages import ExportPages
from handlers.orders.pages import OrderPages
from handlers.pages import PagesDesk
from handlers.paper_files import PaperFiles
from handlers.reminders.campaign_work import CampaignWork
from handlers.reminders.planner import LARGE_PIECE, PIECE, Planner
from handlers.reminders.sender import Sender
from handlers.scenes.pages import MyPages
from handlers.scenes.screens import Screens
from handlers.services import Services
from handlers.sight import Sight
from handlers.turns import Turns
from handlers.understanding import default_understanding
from handlers.verification import Verification, VerificationLimits
from handlers.work import work_of
from storage.files import FolderFiles
from storage.locks import LocalLocks, SteadyLocks
from storage.ports.record import Record
from storage.ports.regions import Region
from storage.ports.repositories import Locks, Store
from storage.ports.time import Clock
from storage.regions import load_regions
from storage.spool import FOLDER, FolderSpool
from storage.sql import open_locks, open_store
from storage.vault import Vault

log = structlog.get_logger(__name__)


class Product(Record):
    """A running product: what the command line, the demo and the tests take hold of."""

    config: Config
    clock: Clock
    store: Store
    regions: Mapping[str, Region]
    services: Services
    conversation: Conversation
    delivery: Delivery
    api: WeChatApi
    planner: Planner
    sender: Sender
    runner: Runner
    renderer: Renderer
    metrics: Metrics
    app: web.Application


def vault_of(config: Config) -> Vault:
    """The vault with the configured keys."""
    return Vault(
        bytes.fromhex(config.security.master_key), tuple(bytes.fromhex(key) for key in config.security.previous_master_keys)
    )


def regions_of(config: Config) -> dict[str, Region]:
    """The regions that are served, in the configured order."""
    folder = Path(config.regions.folder) if config.regions.folder else None
    known = load_regions(folder)
    return {code: known[code] for code in config.regions.enabled if code in known}


@contextlib.asynccontextmanager
async def storage_of(
    config: Config, clock: Clock, queued: Callable[[frozenset[str]], None] = lambda _: None
) -> AsyncIterator[tuple[Store, Locks]]:
    """The configured backend: SQLite alone, PostgreSQL, or PostgreSQL and Redis. `queued` as in `storage.sql.open_store`."""
    vault, redis = vault_of(config), None
    locks: Locks = LocalLocks()
    standby = open_locks(config.storage.database_url, config.storage.connections)
    if config.storage.redis_url:
        from storage.redis import RedisLocks, open_redis  # noqa: PLC0415 - a tenth of a second for those who have none

        redis = open_redis(config.storage.redis_url)
        locks = SteadyLocks(RedisLocks(redis, vault=vault), standby, redis.presence)
    store = open_store(
        config.storage.database_url, vault, clock, redis=redis, connections=config.storage.connections, queued=queued
    )
    try:
        yield store, locks
    finally:
        await store.close()
        await standby.close()
        if redis is not None:
            await redis.close()


@contextlib.asynccontextmanager
async def product(
    config: Config,
    clock: Clock,
    around: Callable[[Turns], Turns] = lambda turns: turns,
    hints: Callable[[Store], Hints] | None = None,
) -> AsyncIterator[Product]:
    """Everything wired; nothing listens yet. Closes what it opened, in reverse. Raises WrongKey. `around` may stand between edge and conversation;
    `hints` is the demo's, whose console shows its accounts at the door."""
    async with contextlib.AsyncExitStack() as stack:
        wanted = {"jobs": asyncio.Event(), "notices": asyncio.Event()}

        def queued(what: frozenset[str]) -> None:
            for name in what:
                wanted[name].set()

        store, locks = await stack.enter_async_context(storage_of(config, clock, queued))
        await check_key(store)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        renderer = Renderer(Path(config.documents.fonts_dir) if config.documents.fonts_dir else None)
        stack.callback(renderer.close)
        darkroom = Darkroom(scanner_of(config.storage.scanner))
        stack.push_async_callback(darkroom.close)
        regions = regions_of(config)
        vault = vault_of(config)
        ttl = timedelta(minutes=config.documents.link_minutes)
        payments = payments_of(config, clock, session)
        links = Links(clock, config.server.public_url, ttl, ttl)
        limits = VerificationLimits(
            config.security.verify_per_serial_hour,
            config.security.verify_per_asker_hour,
            config.security.verify_per_service_hour,
        )
        keys = keys_of(config.documents)
        services = Services(
            clock=clock,
            regions=regions,
            links=links,
            verification=Verification(clock, limits, sample=keys.sample),
            captcha=Captcha(clock, links),
            policy=config.security,
            digest=vault.digest,
            public_url=config.server.public_url,
            files=FolderFiles(Path(config.storage.files_dir), vault, clock),
            payments=payments,
            consents=config.consents,
            sender_numbers=config.sms.sender_numbers,
            wording=wording_of(config.sms),
            sms_signs=signs_of(config.sms),
            personal_menus=config.can_tag,
            token_keys=by_id(keys.public.tokens),
        )
        metrics = Metrics()
        calls = await stack.enter_async_context(api_session())
        values = StoredValues(store, clock, locks)
        api = api_of(config, calls, clock, values, metrics)
        media = PlatformMedia(api, clock, config.wechat.photo_timeout_s)
        sight = Sight(store, clock, media, darkroom) if config.can_push else None
        kept = Kept(
            FolderSpool(Path(config.storage.files_dir) / FOLDER, vault, clock), clock, default_understanding(), vault.digest
        )
        conversation = Conversation(store, locks, services, default_understanding(), sight, kept)
        callers = await callers_of(config, clock, api, values, stack)
        delivery = Delivery(shown_as_busy(around(conversation), config, clock, api, stack), clock, config.can_push)
        providers = sms_sender(config.sms, session, clock)
        piece = PIECE if config.storage.database_url.startswith("sqlite") else LARGE_PIECE
        planner = Planner(store, clock, services, piece=piece, at_hour=config.reminders.at_hour)
        sendings = sendings_of(config, store, locks, clock, api, providers, metrics)
        sender = Sender(
            store,
            clock,
            services,
            sendings,
            rates_of(config),
            wanted["notices"],
            counted=lambda channel, outcome: metrics.notices.labels(channel, outcome).inc(),
        )
        pusher = Pusher(store, locks, clock, api, renderer, metrics, can_push=config.can_push)
        campaigns = CampaignWork(store, services, sendings)
        housekeeping = Housekeeping(store, clock, services.files)
        functions: dict[str, JobFunction] = {
            "push": pusher.push,
            "sms": SmsJob(store, clock, providers, metrics).send,
            "late": conversation.finish_late,
            "remind": planner.run_daily,
            "campaign": planner.run_campaign,
            "housekeeping": housekeeping.run,
            **tagging_of(store, clock, api),
            **campaigns.functions,
            **work_of(store, services),
        }
        counted = {name: _counted(name, work, metrics) for name, work in functions.items()}
        runner = Runner(store, clock, counted, wanted["jobs"])
        if config.reminders.enabled:
            await planner.schedule(catch_up=config.reminders.catch_up)
            await campaigns.schedule()
        await housekeeping.schedule()
        doors = doors_of(config, calls, api)
        app = _application(config, clock, store, services, delivery, renderer, darkroom, metrics, doors, keys, callers, api.drift)
        add_console(app, config, clock, store, services, hints(store) if hints else None, doors.codes)
        yield Product(
            config, clock, store, regions, services, conversation, delivery, api, planner, sender, runner, renderer, metrics, app
        )


def _counted(name: str, work: JobFunction, metrics: Metrics) -> JobFunction:
    async def run(payload: bytes) -> None:
        try:
            await work(payload)
        except Exception:
            metrics.jobs.labels(name, "again").inc()
            raise
        metrics.jobs.labels(name, "done").inc()

    return run


def account_of(config: Config) -> Account:
    """The account as the envelope knows it."""
    wechat = config.wechat
    return Account(wechat.app_id, wechat.token, wechat.encoding_aes_key, wechat.previous_encoding_aes_key, wechat.mode)


def _application(
    config: Config,
    clock: Clock,
    store: Store,
    services: Services,
    delivery: Delivery,
    renderer: Renderer,
    darkroom: Darkroom,
    metrics: Metrics,
    doors: Doors,
    keys: PaperKeys,
    callers: Callers | None,
    drift: Drift,
) -> web.Application:
    app = web.Application(
        middlewares=[behind(config.server.trusted_proxies), _measured(metrics, clock)],
        client_max_size=config.wechat.max_body_kib * 1024,
    )
    admits = callers.admits if callers else None
    wechat = config.wechat
    webhook = Webhook(
        account_of(config),
        delivery,
        clock,
        wechat.max_age_s,
        wechat.max_body_kib,
        admits=admits,
        drift=drift,
        counted=lambda reason: metrics.refused.labels(reason.value).inc(),
    )
    desk = PagesDesk(store, services)
    deps = PageDeps(
        store=store,
        clock=clock,
        links=services.links,
        verification=services.verification,
        captcha=services.captcha,
        renderer=renderer,
        public_url=config.server.public_url,
        queries=desk,
        issue=desk.issue,
        frame_ancestors=config.security.frame_ancestors,
        work=Work(
            Drafts(services),
            OrderPages(store, services),
            services.files,
            darkroom,
            config.payments.bridge_script,
        ),
        subscribing=doors.subscribing,
        regions=services.regions,
        paper_keys=keys,
        paper_files=_paper_files(config, clock, store, renderer, keys),
        accounts=AccountOffice(store, services, Argon()),
        exports=ExportPages(store, services),
        screens=Screens(store, services, doors.codes),
        my_pages=MyPages(services),
        wechat=doors.authorisation,
        digest=services.digest,
    )
    app.middlewares.append(_lost(deps))
    if admits is None:  # whoever asks where a request comes from needs all of it
        app[FRONT] = Front(webhook, clock, metrics.webhook, config.wechat.max_body_kib * 1024)
    app.add_routes(wechat_routes(webhook))
    app.add_routes(page_routes(deps))
    app.add_routes(payment_routes(services.payments, store, services))
    app.add_routes(report_routes(config.sms, store, clock))
    app.add_routes(reply_routes(config.sms, store, clock, services))
    app.add_routes(probes(config, store, metrics, drift, clock))
    return app


def _paper_files(config: Config, clock: Clock, store: Store, renderer: Renderer, keys: PaperKeys) -> PaperFiles | None:
    """Signed files lie beside the uploads, where nothing is swept away."""
    if keys.pair is None:
        return None
    from handlers.documents.signing import FileSigner  # noqa: PLC0415 - it takes a while to load, and not everybody signs

    files = FolderFiles(Path(config.storage.files_dir) / "papers", vault_of(config), clock)
    return PaperFiles(store, files, renderer, FileSigner(keys.pair), clock)


def _lost(deps: PageDeps) -> Middleware:
    """An address that is none of ours gets our own page, not the server's."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if request.match_info.route.resource is not None:
                raise
            return error_page(deps, request, 404)

    return middleware


def _measured(metrics: Metrics, clock: Clock) -> Middleware:
    """One line and one count a request, by the route's pattern: the path itself may hold a ticket or a 校验码."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = clock.monotonic()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "unmatched"
            took = clock.monotonic() - started
            metrics.requests.labels(route, str(status)).inc()
            metrics.seconds.labels(route).observe(took)
            if route not in _QUIET:
                log.info("request", method=request.method, route=route, status=status, ms=round(took * 1000, 1))

    return middleware


_QUIET = {"/healthz", "/readyz", "/metrics", "/wechat"}
"""The probes are noise; the webhook logs its own line."""


_GRACE_S = 6.0
"""So long what is being answered may still take when the process is told to end."""


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int, *, shared: bool = False) -> AsyncIterator[int]:
    """Serve the application; yields the port. On the way out no new request is taken and running ones are finished."""
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=IDLE_S, handle_signals=False, shutdown_timeout=_GRACE_S)
    await runner.setup()
    if (front := app.get(FRONT)) is None or runner.server is None:
        site = web.TCPSite(runner, host, port, reuse_port=shared or None)
        await site.start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
        return
    making = front.protocols(runner.server)
    listener = await asyncio.get_running_loop().create_server(making, host, port, reuse_port=shared or None, backlog=128)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await front.end(_GRACE_S)
        await runner.cleanup()


def behind_the_chat() -> None:
    """This process lets those that answer people go first, where they share a core; alone it has the whole of it."""
    with contextlib.suppress(OSError):
        os.nice(_BEHIND)


_BEHIND = 10
"""A tenth of the weight of a process of the usual rank, as the kernel counts."""


@contextlib.asynccontextmanager
async def working(built: Product) -> AsyncIterator[None]:
    """Run the jobs, and send what is due, in this process, until the end of the block; what is on its way is finished first."""
    tasks = [asyncio.create_task(built.runner.run()), asyncio.create_task(built.sender.run())]
    try:
        yield
    finally:
        built.runner.stop()
        built.sender.stop()
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(asyncio.gather(*tasks), 5)


@contextlib.asynccontextmanager
async def labouring(config: Config, clock: Clock, port: int = 0) -> AsyncIterator[int | None]:
    """A whole process that answers nobody but those who watch it, at `port` (0: not even them); yields that port."""
    async with contextlib.AsyncExitStack() as stack:
        built = await stack.enter_async_context(product(config, clock))
        await stack.enter_async_context(working(built))
        app = web.Application()
        app.add_routes(probes(config, built.store, built.metrics, built.api.drift, clock))
        yield await stack.enter_async_context(listening(app, config.server.host, port)) if port else None


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run it until the end of the block. Should it end before, the log says so: nobody else would miss it."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work beside the chat has ended", error=type(error).__name__, exc_info=error)

    task = asyncio.create_task(work)
    task.add_done_callback(ended)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def serving(
    config: Config,
    clock: Clock,
    *,
    shared: bool = False,
    worker: bool = True,
    around: Callable[[Turns], Turns] = lambda turns: turns,
    hints: Callable[[Store], Hints] | None = None,
    freeze: bool = False,
) -> AsyncIterator[tuple[Product, int]]:
    """A whole process: product, jobs, listener. SIGTERM ends the block; turns under way are finished first. `freeze` as in `bot.warming`."""
    async with contextlib.AsyncExitStack() as stack:
        built = await stack.enter_async_context(product(config, clock, around, hints))
        await stack.enter_async_context(_beside(built.conversation.recovering()))
        stack.push_async_callback(built.delivery.close, 5.0)
        if worker:
            await stack.enter_async_context(working(built))
        port = await stack.enter_async_context(listening(built.app, config.server.host, config.server.port, shared=shared))
        await stack.enter_async_context(_beside(warming(clock, freeze=freeze)))
        yield built, port
