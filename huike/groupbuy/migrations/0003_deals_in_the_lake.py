"""The lake follows who takes part in groups, and vouchers, so that rules may ask whose group is short of people and
whose voucher is about to expire."""

from django.db import migrations, models

from huike.lake.following import follow


def xid() -> models.BigIntegerField:
    return models.BigIntegerField(
        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
    )


# What a participation shows of its group, and a voucher of whose it is. Rows of a group are touched in order of id, as
# they are locked elsewhere; whoever has not paid, or never did, shows nothing of the group that changes. A file whose
# state changes waits for whoever is writing rows of it (`following.touch_with_customer`).
TOUCH = """
CREATE FUNCTION huike_touch_participations_of_group() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE groupbuy_participation SET change_xid = change_xid
      FROM (SELECT id FROM groupbuy_participation
             WHERE group_id = NEW.id AND state NOT IN ('reserved', 'lapsed')
             ORDER BY id FOR NO KEY UPDATE) of_group
     WHERE groupbuy_participation.id = of_group.id;
    RETURN NULL;
END $$;
CREATE TRIGGER group_touches_participations AFTER UPDATE OF state, seats, size, deadline_at, ended_at
    ON groupbuy_group FOR EACH ROW
    WHEN ((OLD.state, OLD.seats, OLD.size, OLD.deadline_at, OLD.ended_at)
          IS DISTINCT FROM (NEW.state, NEW.seats, NEW.size, NEW.deadline_at, NEW.ended_at))
    EXECUTE FUNCTION huike_touch_participations_of_group();

CREATE FUNCTION huike_touch_vouchers_of_participation() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE groupbuy_voucher SET change_xid = change_xid WHERE participation_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER participation_touches_vouchers AFTER UPDATE OF customer_id ON groupbuy_participation FOR EACH ROW
    WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id)
    EXECUTE FUNCTION huike_touch_vouchers_of_participation();

CREATE FUNCTION huike_touch_deals_of_customer() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    PERFORM FROM customers_customer WHERE id = NEW.id FOR UPDATE;
    UPDATE groupbuy_participation SET change_xid = change_xid WHERE customer_id = NEW.id;
    UPDATE groupbuy_voucher SET change_xid = change_xid
     WHERE participation_id IN (SELECT id FROM groupbuy_participation WHERE customer_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER customer_state_touches_deals AFTER UPDATE OF state ON customers_customer FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION huike_touch_deals_of_customer();
"""

UNTOUCH = """
DROP TRIGGER customer_state_touches_deals ON customers_customer;
DROP FUNCTION huike_touch_deals_of_customer();
DROP TRIGGER participation_touches_vouchers ON groupbuy_participation;
DROP FUNCTION huike_touch_vouchers_of_participation();
DROP TRIGGER group_touches_participations ON groupbuy_group;
DROP FUNCTION huike_touch_participations_of_group();
"""


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0002_kept_by_the_database"), ("lake", "0001_tables")]

    operations = [
        migrations.AddField("participation", "change_xid", xid()),
        migrations.AddField("voucher", "change_xid", xid()),
        migrations.AddIndex("participation", models.Index(fields=["change_xid"], name="participation_change")),
        migrations.AddIndex("voucher", models.Index(fields=["change_xid"], name="voucher_change")),
        *follow("groupbuy_participation"),
        *follow("groupbuy_voucher"),
        migrations.RunSQL(TOUCH, UNTOUCH),
    ]
