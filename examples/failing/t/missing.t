#!/bin/sh
# Announces five tests, runs three, and leaves as if all were well.
echo 1..5
echo 'ok 1 - one'
echo 'ok 2 - two'
echo 'ok 3 - three'
exit 0
