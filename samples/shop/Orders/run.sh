#!/bin/sh
# The program of the role. On simulated hosts nothing runs; the file is here so that the role has content.
echo "Orders: waiting for connections on ${ACCEPT_PORT:-9000}"
