"""Read by the server that forks the processes of tests (`tests.nursery`): what each of them would work out at its start is there already."""

from __future__ import annotations

from bot.console.looks import LOOKS
from bot.console.passwords import Argon
from bot.pages.shell import setup_templates
from dialogs.parse.patterns import compile_all
from handlers.understanding import default_understanding
from storage.regions import load_regions

setup_templates()
LOOKS.read_all()
Argon()
load_regions()
default_understanding().prepare()
compile_all()
