"""The machine that runs dialogs, alone."""
