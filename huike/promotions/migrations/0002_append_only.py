"""Terms and a coupon's history are corrected by new rows; a changed coupon notes its transaction."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("promotions", "0001_tables"), ("platform", "0001_tables")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER coupon_touch BEFORE UPDATE ON promotions_coupon "
            "FOR EACH ROW EXECUTE FUNCTION huike_touch()",
            "DROP TRIGGER coupon_touch ON promotions_coupon",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER coupon_event_append_only BEFORE UPDATE OR DELETE ON promotions_coupon_event "
            "FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
            "DROP TRIGGER coupon_event_append_only ON promotions_coupon_event",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER offer_terms_append_only BEFORE UPDATE OR DELETE ON promotions_offer_terms "
            "FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
            "DROP TRIGGER offer_terms_append_only ON promotions_offer_terms",
        ),
    ]
