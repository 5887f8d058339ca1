#!/bin/sh
# Prints for ever, and never a result: run it with `--timeout`.
echo 1..1
exec yes 'still here'
