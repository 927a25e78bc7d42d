"""Share links: they lead to the public page and know which colleague shared it, and with whom."""
