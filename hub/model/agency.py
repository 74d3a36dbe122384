"""Agencies: who takes part, and as what."""

from enum import StrEnum
from typing import NewType

AgencyId = NewType("AgencyId", str)


class AgencyType(StrEnum):
    """What kind of organisation an agency is. Rules speak of types, the register of organisations."""

    POLICE = "police"
    HEALTH = "health"
    SOCIAL_SERVICES = "social-services"
    CHARITY = "charity"
    IDVA = "idva"
    HOUSING = "housing"
    PROBATION = "probation"
    EDUCATION = "education"
