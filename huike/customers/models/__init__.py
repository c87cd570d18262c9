"""The tables of people, one file per idea. Others import from here."""

from huike.customers.models.bulk import BulkChange, BulkStep, Selection, SelectionBatch
from huike.customers.models.circles import Company, CompanyContact, Household, HouseholdMember
from huike.customers.models.consent import Channel, Consent, ConsentEvent, Purpose, Suppression, Wording
from huike.customers.models.duplicates import Duplicate, DuplicateModel, DuplicateSearch
from huike.customers.models.fields import CustomField, CustomValue
from huike.customers.models.identity_rules import IdentityLimit, IdentityRefusal, SharedIdentity
from huike.customers.models.merging import CarriedConsent, Claim, Merge, MergeMove
from huike.customers.models.papers import AutomaticTag, IdDocument, Note, SealingKey, Tag, TagChange
from huike.customers.models.people import Customer, Identity, Source
from huike.customers.models.privacy import Erasure, OwnLink, PrivacyMoment, PrivacyRequest, PrivacyRules

__all__ = [
    "AutomaticTag",
    "BulkChange",
    "BulkStep",
    "CarriedConsent",
    "Channel",
    "Claim",
    "Company",
    "CompanyContact",
    "Consent",
    "ConsentEvent",
    "CustomField",
    "CustomValue",
    "Customer",
    "Duplicate",
    "DuplicateModel",
    "DuplicateSearch",
    "Erasure",
    "Household",
    "HouseholdMember",
    "IdDocument",
    "Identity",
    "IdentityLimit",
    "IdentityRefusal",
    "Merge",
    "MergeMove",
    "Note",
    "OwnLink",
    "PrivacyMoment",
    "PrivacyRequest",
    "PrivacyRules",
    "Purpose",
    "SealingKey",
    "Selection",
    "SelectionBatch",
    "SharedIdentity",
    "Source",
    "Suppression",
    "Tag",
    "TagChange",
    "Wording",
]
