#!/bin/sh
# Names and output that are not UTF-8.
echo 1..2
printf 'ok 1 - caf\351 \377\376\n'
printf '\200\201\000 noise\n'
printf 'not ok 2 - \300\257\n'
