"""Names for the identifiers that travel through boapp, so that one cannot be taken for another.

Each is 16 random bytes, except a KeyId, which is the first 16 bytes of a digest of the public keys.
"""

from typing import NewType

OrgId = NewType("OrgId", bytes)
PersonId = NewType("PersonId", bytes)
KeyId = NewType("KeyId", bytes)
ProjectId = NewType("ProjectId", bytes)
BatchId = NewType("BatchId", bytes)
DocumentId = NewType("DocumentId", bytes)
PassId = NewType("PassId", bytes)
FactId = NewType("FactId", bytes)
Fence = NewType("Fence", bytes)
StoreId = NewType("StoreId", bytes)
ChainId = NewType("ChainId", bytes)
