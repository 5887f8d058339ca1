#!/bin/sh
# All pass, and the exit code says otherwise.
echo 1..1
echo 'ok 1'
exit 7
