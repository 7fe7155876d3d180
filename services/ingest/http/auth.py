"""Asks each request for its token."""

import falcon

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from libs.intake.options import Origin


def require(req: falcon.Request, *scopes: str) -> Caller:
    """The caller, who must have one of the scopes; the first is the one that is named. Raises Refusal."""
    return _allowed(req, _caller(req), scopes)


def require_tenant(req: falcon.Request, scope: str, tenant_id: str) -> Caller:
    """The same for an address that names a tenant, which must be the caller's."""
    caller = _caller(req)
    if tenant_id.lower() != str(caller.tenant_id):
        raise Refusal("WRONG_TENANT")
    return _allowed(req, caller, (scope,))


def _caller(req: falcon.Request) -> Caller:
    caller: Caller = req.context.verifier.verify(req.get_header("Authorization"))
    return caller


def _allowed(req: falcon.Request, caller: Caller, scopes: tuple[str, ...]) -> Caller:
    if caller.scopes.isdisjoint(scopes):
        raise Refusal("WRONG_SCOPE", scope=scopes[0])
    req.context.subject = caller.subject
    return caller


def origin_of(req: falcon.Request, caller: Caller) -> Origin:
    """Who asks, in which request; no batch comes with it."""
    return Origin(caller, req.context.request_id, req.context.traceparent, "")
