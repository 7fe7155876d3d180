"""Signing in with an OpenID Connect provider: code flow with PKCE."""
