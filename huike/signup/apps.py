from django.apps import AppConfig


class SignupConfig(AppConfig):
    name = "huike.signup"
    label = "signup"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.platform import housekeeping
        from huike.signup import joining, moments, privacy

        privacy.declare()
        timeline.register("joining", moments=moments.JOINING_MOMENTS, entries=moments.joinings)
        housekeeping.register("sign_up_attempts", joining.forget_attempts)
        register_follower(
            Follower(
                name="joinings",
                table="signup_joining",
                stays="EXISTS (SELECT FROM signup_joining hers"
                " WHERE hers.customer_id = %(survivor)s AND hers.page_id = t.page_id)",
            )
        )
        register_follower(
            Follower(
                name="referral_codes",
                table="signup_referral_code",
                stays="EXISTS (SELECT FROM signup_referral_code hers WHERE hers.customer_id = %(survivor)s)",
            )
        )
