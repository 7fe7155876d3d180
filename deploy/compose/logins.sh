#!/bin/sh
# logins.sh ADDRESS ...: gives each login of these files (`postgresql://LOGIN:PASSWORD@...`) its password, as PGUSER of PGHOST,
# whose own password is in the file PGPASSWORD_FILE.
#
# Passwords are of letters and digits, and go to the server by standard input: arguments are everybody's to see.
set -eu
PGPASSWORD=$(cat "$PGPASSWORD_FILE")
export PGPASSWORD
for file in "$@"; do
    rest=$(cat "$file")
    rest=${rest#*://}
    login=${rest%%:*}
    rest=${rest#*:}
    echo "ALTER ROLE \"$login\" PASSWORD '${rest%%@*}';"
done | psql --quiet --no-psqlrc --set ON_ERROR_STOP=1
