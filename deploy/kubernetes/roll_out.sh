#!/bin/sh
# roll_out.sh OVERLAY [NAMESPACE]: brings an installation to what the overlay says. KUBECTL may name another client.
#
# The schema first, while the old services serve; where that fails, they stay. Then those who do the work, and then those
# who hand it out: a new writer understands an old ingest, and an old one need not understand a new one.
set -eu
kubectl=${KUBECTL:-kubectl}
namespace=${2:-sluice}
component=app.kubernetes.io/component
manifests=$(mktemp)
trap 'rm -f "$manifests"' EXIT
"$kubectl" kustomize "$1" > "$manifests"

apply() { # apply SELECTOR
    "$kubectl" apply --namespace "$namespace" --filename "$manifests" --selector "$1"
}

apply "!$component"

# A Job cannot be changed, and one that has ended says nothing of this release.
"$kubectl" delete job/migrate --namespace "$namespace" --ignore-not-found
apply "$component=migrate"
"$kubectl" wait job/migrate --namespace "$namespace" --for=condition=complete --timeout=3600s

for service in writer processor console ingest; do
    apply "$component=$service"
    "$kubectl" rollout status "deployment/$service" --namespace "$namespace" --timeout=900s
done
