"""Small bots of ours on other people's libraries, in the way in which their manuals show it. `simulate --check` is tried on them."""
