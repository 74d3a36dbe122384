"""The scopes: what a client may call. What it may see is another question, that of purpose and policy."""

from enum import StrEnum


class Scope(StrEnum):
    """Each names one kind of call. A client has those that it was registered with, and no others."""

    REFERRALS_WRITE = "referrals.write"
    REFERRALS_READ = "referrals.read"
    MEETINGS_WRITE = "meetings.write"
    MEETINGS_READ = "meetings.read"
    CASES_READ = "cases.read"


MEANING = {
    Scope.REFERRALS_WRITE: "Push a referral.",
    Scope.REFERRALS_READ: "Read the status of one's own referrals.",
    Scope.MEETINGS_WRITE: "Create meetings and say who is invited.",
    Scope.MEETINGS_READ: "Read meetings and their agendas.",
    Scope.CASES_READ: "Read the consolidated view of a case, as far as the policy gives it.",
}
