"""Drawings and alerts in, signals and drafts out. Pure; sees nothing but spec."""
