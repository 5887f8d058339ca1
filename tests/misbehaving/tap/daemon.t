#!/bin/sh
# Leaves a daemon behind that holds both pipes, in a session of its own.
echo 1..1
setsid sleep 600 &
echo 'ok 1 - all is said'
