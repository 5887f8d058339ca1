#!/bin/sh
# Prints a line of 64 MiB.
echo 1..2
echo 'ok 1 - before the line'
head -c 67108864 /dev/zero | tr '\0' x
echo
echo 'ok 2 - after the line'
