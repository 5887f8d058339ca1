#!/bin/sh
# Asks to stop the whole run, and would go on.
echo 1..3
echo 'ok 1'
echo 'Bail out! The database is gone.'
echo 'ok 2'
sleep 600
