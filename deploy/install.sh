#!/bin/sh
# install.sh FOLDER EXTRA ...: what these extras of Sluice take, from the lock and with its hashes, in a new environment.
# Nothing is built here: what has no wheel is an error, not a compiler in the image.
set -eu
folder=$1
shift
python3 deploy/locked.py "$@" > taken.lock
python3 -m venv --without-pip "$folder"
python3 -m pip --python "$folder/bin/python" install --quiet --require-hashes --only-binary :all: -r taken.lock
