"""Who was refused: what errors of access tell the audit log, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusedCaller:
    """Who was refused, as far as what they sent tells; empty where it does not."""

    tenant: str = ""
    key_id: str = ""
    key_name: str = ""
    token_id: str = ""
