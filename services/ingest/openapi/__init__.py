"""The OpenAPI 3.1 description, generated from the structs that validate and answer; one module a theme."""
