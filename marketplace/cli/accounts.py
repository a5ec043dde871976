"""(being written)"""

COMMANDS = ()
