#!/bin/sh
# A child of it prints results too, late, and with the same numbers.
echo 1..2
(sleep 1; echo 'ok 2 - from a child') &
echo 'ok 1'
echo 'ok 2 - my own'
wait
