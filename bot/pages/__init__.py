"""Mobile pages (H5): personal tables, documents, filings with photos, orders, public verification, the captcha.

Server-rendered, complete without JavaScript. Personal pages are entered by one-time links; what does not belong to the browser
that asks looks exactly like what does not exist.
"""

from bot.pages.deps import Issue, PageDeps, Queries, Subscribing, Work
from bot.pages.routes import routes
from bot.pages.shell import error_page, setup_templates

__all__ = ["Issue", "PageDeps", "Queries", "Subscribing", "Work", "error_page", "routes", "setup_templates"]
