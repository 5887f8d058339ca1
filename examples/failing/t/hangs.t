#!/bin/sh
# Never comes to its second test: run it with `--timeout`.
echo 1..2
echo 'ok 1 - before the wait'
exec sleep 600
