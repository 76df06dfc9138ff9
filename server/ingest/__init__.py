"""Durable ingest: a webhook's bytes are on disk before it is answered."""
