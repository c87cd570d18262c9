"""The tables of people, one file per idea. Others import from here."""

from huike.customers.models.consent import Channel, Consent, ConsentEvent, Purpose, Suppression
from huike.customers.models.fields import CustomField, CustomValue
from huike.customers.models.people import Customer, Identity, Source

__all__ = [
    "Channel",
    "Consent",
    "ConsentEvent",
    "CustomField",
    "CustomValue",
    "Customer",
    "Identity",
    "Purpose",
    "Source",
    "Suppression",
]
