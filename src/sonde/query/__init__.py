"""Questions to the store, one module a subject. Every function takes a database, bound to a tenant."""
