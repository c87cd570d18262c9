"""What no code may get around: what goes back never exceeds what came in, and what was asked and told stays as it is.

`refunding_minor` of a payment is what its refunds that are not refused come to; the constraint `payment_refunds_fit`
then refuses too much, whoever writes.
"""

from django.db import migrations

from huike.platform.guards import trigger, unchanged, undeletable

REFUNDING = """
CREATE FUNCTION payments_refunding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change bigint := CASE WHEN NEW.state = 'refused' THEN 0 ELSE NEW.amount_minor END
                   - CASE WHEN TG_OP = 'INSERT' OR OLD.state = 'refused' THEN 0 ELSE OLD.amount_minor END;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.payment_id, NEW.amount_minor) <> (OLD.payment_id, OLD.amount_minor) THEN
        RAISE EXCEPTION 'a refund is of one payment and one amount'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_stays', TABLE = 'payments_refund';
    END IF;
    IF change <> 0 THEN
        UPDATE payments_payment SET refunding_minor = refunding_minor + change WHERE id = NEW.payment_id;
    END IF;
    RETURN NULL;
END $$
"""

GUARD = """
CREATE FUNCTION payments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.refunding_minor <> OLD.refunding_minor AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'refunding_minor is kept from the refunds'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_refunding_kept', TABLE = 'payments_payment';
    END IF;
    IF OLD.state = 'captured' AND NEW.state <> 'captured' THEN
        RAISE EXCEPTION 'captured money stays captured'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_captured_stays', TABLE = 'payments_payment';
    END IF;
    IF (NEW.number, NEW.key, NEW.reference, NEW.provider, NEW.amount_minor, NEW.currency)
       IS DISTINCT FROM (OLD.number, OLD.key, OLD.reference, OLD.provider, OLD.amount_minor, OLD.currency) THEN
        RAISE EXCEPTION 'what a payment is does not change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_stays', TABLE = 'payments_payment';
    END IF;
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_tables"), ("platform", "0001_tables")]

    operations = [
        migrations.RunSQL(REFUNDING, "DROP FUNCTION payments_refunding()"),
        migrations.RunSQL(GUARD, "DROP FUNCTION payments_guard()"),
        trigger("payments_refund_refunding", "payments_refund", "AFTER INSERT OR UPDATE", does="payments_refunding"),
        trigger("payments_payment_guard", "payments_payment", "BEFORE UPDATE", does="payments_guard"),
        undeletable("payments_payment"),
        undeletable("payments_refund"),
        unchanged("payments_question"),
        unchanged("payments_notification"),
    ]
