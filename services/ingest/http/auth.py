"""Asks each request for its token."""

import falcon

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller


def require(req: falcon.Request, scope: str) -> Caller:
    """The caller, who must have a scope. Raises Refusal."""
    caller: Caller = req.context.verifier.verify(req.get_header("Authorization"))
    if scope not in caller.scopes:
        raise Refusal("WRONG_SCOPE", scope=scope)
    req.context.subject = caller.subject
    return caller


def require_tenant(req: falcon.Request, scope: str, tenant_id: str) -> Caller:
    """The same for an address that names a tenant, which must be the caller's."""
    caller: Caller = req.context.verifier.verify(req.get_header("Authorization"))
    if tenant_id.lower() != str(caller.tenant_id):
        raise Refusal("WRONG_TENANT")
    return require(req, scope)
