#!/bin/sh
# secrets.sh [FOLDER]: what compose.yaml takes from files, made of random numbers. What is there stays as it is.
#
# A file is readable for all, since each service in a container is a user of its own; the folder for its owner alone.
set -eu
folder=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$folder"
chmod 0700 "$folder"
umask 022

random() {
    od -An -v -tx1 -N 32 /dev/urandom | tr -d ' \n'
}

keep() { # keep NAME: standard input, unless there is such a file
    [ -e "$folder/$1" ] || { cat > "$folder/.$1" && mv "$folder/.$1" "$folder/$1"; }
}

random | keep token-secret
random | keep grafana-password
random | keep postgres-password
echo "postgresql://sluice:$(cat "$folder/postgres-password")@postgres:5432/sluice" | keep database-url-owner
for login in ingest writing processing console backup; do
    echo "postgresql://sluice_$login:$(random)@postgres:5432/sluice" | keep "database-url-$login"
done

# One user of Valkey may do what docs/operations.md lists; the other one may ask whether it is there.
echo "redis://sluice:$(random)@valkey:6379/0" | keep redis-url
password=$(cat "$folder/redis-url")
password=${password#*://sluice:}
keep valkey.acl <<EOF
user default off
user health on nopass -@all +ping
user sluice on >${password%%@*} ~{sluice}* &{sluice}* -@all +@read +@write +@pubsub +@scripting +@connection +time +keys +waitaof +info +command +config|get
EOF
