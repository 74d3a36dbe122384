"""Record that somebody looks at something, before they see it."""

from hub.bootstrap.runtime import Runtime
from hub.model.recipient import Recipient
from hub.store.ledger import consulted
from hub.store.moments import to_ms


def record_consultation(
    runtime: Runtime, *, principal: str, organisation: Recipient, purpose: str, what: str
) -> None:
    """Put it into the ledger. If that fails, nothing may be shown."""
    with runtime.engine.begin() as conn:
        consulted(
            conn,
            at_ms=to_ms(runtime.now()),
            organisation=organisation.id,
            principal=principal,
            role=organisation.role,
            purpose=purpose,
            lawful_basis=organisation.lawful_basis,
            what=what,
            policy_version=runtime.county.bundle.version,
        )
