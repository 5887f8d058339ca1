#!/bin/sh
# Prints a gigabyte that is not TAP between its two tests.
echo 1..2
echo 'ok 1 - before the flood'
yes 'this is not TAP, and there is no end of it' | head -c "${FLOOD:-1000000000}"
echo
echo 'ok 2 - after the flood'
