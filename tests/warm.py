"""Read by the server that forks the processes of tests (`tests.nursery`): what each of them would work out at its start is there already."""

from __future__ import annotations

from bot.warming import warm
from storage.regions import load_regions
from tests import once

assert once  # regions that were read here need not be read by what is forked
warm()
load_regions()
