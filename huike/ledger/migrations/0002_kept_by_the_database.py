"""What no code may get around: entries and transactions stay as they are, a transaction sums to zero, and balances of
accounts and lots are what entries come to. Checks of floors are constraints of the tables.

One statement writes all entries of a transaction, so one look at what a statement wrote sees whole transactions: no
trigger per row, none deferred to the end.
"""

from django.db import migrations

from huike.platform.guards import append_only, touch, trigger, undeletable

POST = """
CREATE FUNCTION ledger_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM posted GROUP BY transaction_id HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'the entries of a transaction do not sum to zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_sum_to_zero', TABLE = 'ledger_entry';
    END IF;
    IF EXISTS (
        SELECT FROM posted p
          JOIN ledger_account a ON a.id = p.account_id
          JOIN ledger_transaction t ON t.id = p.transaction_id
          LEFT JOIN ledger_lot l ON l.id = p.lot_id
         WHERE a.asset_id <> t.asset_id OR (a.name IS NOT NULL) <> (p.pocket = 0)
            OR l.account_id <> p.account_id
    ) THEN
        RAISE EXCEPTION 'an entry is of another asset, pocket or lot than its account'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_fit_together', TABLE = 'ledger_entry';
    END IF;
    UPDATE ledger_lot l
       SET pending = l.pending + s.pending, available = l.available + s.available, held = l.held + s.held
      FROM (SELECT lot_id,
                   coalesce(sum(amount) FILTER (WHERE pocket = 1), 0) AS pending,
                   coalesce(sum(amount) FILTER (WHERE pocket = 2), 0) AS available,
                   coalesce(sum(amount) FILTER (WHERE pocket = 3), 0) AS held
              FROM posted WHERE lot_id IS NOT NULL GROUP BY lot_id) s
     WHERE l.id = s.lot_id;
    UPDATE ledger_account a
       SET pending = a.pending + s.pending, available = a.available + s.available, held = a.held + s.held,
           owed = a.owed + s.owed
      FROM (SELECT account_id,
                   coalesce(sum(amount) FILTER (WHERE pocket = 1), 0) AS pending,
                   coalesce(sum(amount) FILTER (WHERE pocket = 2), 0) AS available,
                   coalesce(sum(amount) FILTER (WHERE pocket = 3), 0) AS held,
                   coalesce(sum(amount) FILTER (WHERE pocket = 4), 0) AS owed
              FROM posted WHERE pocket <> 0 GROUP BY account_id) s
     WHERE a.id = s.account_id;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_tables"), ("platform", "0001_tables")]

    operations = [
        migrations.RunSQL(POST, "DROP FUNCTION ledger_post()"),
        trigger(
            "ledger_entry_post",
            "ledger_entry",
            "AFTER INSERT",
            does="ledger_post",
            how="REFERENCING NEW TABLE AS posted FOR EACH STATEMENT",
        ),
        append_only("ledger_entry"),
        append_only("ledger_transaction"),
        touch("ledger_account"),
        touch("ledger_lot"),
        # An account or lot that is gone would take what its entries say with it.
        undeletable("ledger_account"),
        undeletable("ledger_lot"),
    ]
