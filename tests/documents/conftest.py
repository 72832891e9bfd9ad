"""One typesetter for the tests of a process: loading fonts once is enough."""

from __future__ import annotations

import pytest

from handlers.documents.fonts import load_fonts
from handlers.documents.typesetter import Typesetter


@pytest.fixture(scope="session")
def typesetter() -> Typesetter:
    return Typesetter(load_fonts())
