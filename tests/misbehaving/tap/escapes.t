#!/bin/sh
# Terminal escapes in names, reasons and output: none may reach a terminal.
echo 1..3
printf 'ok 1 - \033[31mred\033[0m \033]0;title\007\n'
printf '\033[2J\033[H and a clean screen\n'
printf 'ok 2 # SKIP \033[5mblinking\n'
printf 'not ok 3 - back\b\b\b\b and \r over\n'
printf '#   Failed test at \033[1mx.t\033[0m line 3.\n' >&2
