"""The doors: what comes in over HTTP, decoded and handed on."""
