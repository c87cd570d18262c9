"""Who may do what over HTTP, written out a second time: a change of the product's own tables must be meant here too.

A new operation is added to its permission's line; one that stands in no line, or in another line than the product's,
fails the test.
"""

from __future__ import annotations

PUBLIC = "get_invitation accept_invitation"

OPERATIONS = {
    "audit.read": ("list_audit_entries"),
    "behaviour.manage": (
        "track_source change_tracking rotate_write_key create_interest_term delete_interest_term "
        "add_catalogue_terms get_receiver connect_shop disconnect_shop list_shop_deliveries "
        "replay_shop_deliveries"
    ),
    "behaviour.read": ("list_tracked_sources get_tracked_source list_event_samples list_interest_terms"),
    "behaviour.write": ("check_in read_text"),
    "campaigns.read": (
        "get_sending_rules list_campaigns get_campaign forecast_campaign list_preview_people preview_campaign "
        "get_campaign_result list_campaign_people"
    ),
    "campaigns.send": (
        "resend_message send_campaign schedule_campaign unschedule_campaign pause_campaign resume_campaign "
        "stop_campaign"
    ),
    "campaigns.write": ("create_campaign update_campaign delete_campaign send_campaign_test"),
    "catalog.read": ("list_sources list_stores list_regions list_categories list_brands list_products"),
    "catalog.write": (
        "create_source create_store update_store update_product create_region move_region set_product_costs "
        "remove_product_cost list_product_costs"
    ),
    "channels.manage": (
        "set_sending_rules get_email_channel set_email_channel delete_email_channel test_email_channel "
        "get_sms_channel set_sms_channel delete_sms_channel test_sms_channel"
    ),
    "customers.configure": (
        "define_customer_field order_customer_fields change_customer_field archive_customer_field "
        "restore_customer_field describe_tag rename_tag delete_tag set_tag_rule delete_tag_rule"
    ),
    "customers.export": ("export_customers download_job_file"),
    "customers.merge": (
        "preview_merge merge_customers list_merges undo_merge list_identity_limits set_identity_limit "
        "list_identity_refusals list_shared_identities lift_shared_identity list_duplicates find_duplicates "
        "dismiss_duplicates reopen_duplicate"
    ),
    "customers.read": (
        "list_customers count_customers make_selection get_customer list_consent_events get_customer_timeline "
        "list_customer_fields search_references list_notes find_by_id_number list_tags "
        "get_household_of_customer list_companies get_company list_contacts list_companies_of_customer "
        "list_interests list_identities find_claimable get_referral_code"
    ),
    "customers.unmask": ("unmask_customer"),
    "customers.write": (
        "create_customer tag_customers change_selection undo_bulk_change update_customer record_consent "
        "claim_order write_note take_back_note set_id_number remove_id_number make_household change_household "
        "join_household leave_household create_company change_company delete_company add_contact "
        "change_contact remove_contact add_identity verify_identity release_identity claim_history "
        "accept_sign_up_proposal dismiss_sign_up_proposal"
    ),
    "groupbuy.approve": (
        "set_merchant_terms read_merchant_bank_account waive_merchant_check admit_merchant reject_merchant "
        "suspend_merchant reinstate_merchant close_merchant agree_commission"
    ),
    "groupbuy.read": (
        "list_deals get_deal list_deal_versions list_groups get_group list_participations list_vouchers "
        "get_voucher list_voucher_redemptions list_merchants count_merchants get_merchant_terms "
        "list_merchant_terms get_merchant "
        "list_complaints list_statements get_statement list_statement_lines download_statement "
        "get_merchant_account list_deal_results download_deal_results get_deal_result"
    ),
    "groupbuy.redeem": ("look_at_voucher redeem_voucher hear_redemptions undo_voucher_redemption note_complaint"),
    "groupbuy.sell": ("join_group pay_again"),
    "groupbuy.write": (
        "upload_deal_picture create_deal edit_deal publish_deal pause_deal end_deal leave_group refund_voucher "
        "enter_merchant "
        "change_merchant make_merchant_link add_merchant_document download_merchant_document review_merchant "
        "ask_merchant answer_merchant_check decide_complaint"
    ),
    "health.read": ("get_health"),
    "imports.read": (
        "list_imports get_import download_refused_rows list_import_presets download_preset_sample "
        "list_saved_mappings get_saved_mapping write_mapping_file"
    ),
    "imports.run": (
        "receive_file remove_import reread_file check_import start_import run_file propose_mapping "
        "save_mapping read_mapping_file change_saved_mapping delete_saved_mapping copy_saved_mapping"
    ),
    "insights.query": (
        "list_sql_tables ask_sql cancel_sql write_sql_file download_sql_file list_sql_history "
        "list_saved_queries save_query change_saved_query delete_saved_query"
    ),
    "insights.read": ("get_today"),
    "jobs.read": ("list_jobs get_job cancel_job get_freshness"),
    "keys.manage": ("list_api_keys create_api_key revoke_api_key register_till change_till_limits revoke_till"),
    "loyalty.adjust": ("grant_tier revoke_tier_grant award_bonus propose_adjustment reject_adjustment undo_adjustment"),
    "loyalty.approve": ("accept_offline_sale dismiss_offline_sale approve_adjustment"),
    "loyalty.read": (
        "list_programmes get_programme get_terms_draft list_terms_versions get_terms_version compare_terms "
        "earn_example spend_example list_pauses list_card_batches get_card_batch get_card "
        "list_cards_of_customer get_tiers preview_tiers list_members list_member_figures get_tier_of_customer "
        "list_tills list_refused_offline_sales get_member_value list_ledger_of_member download_ledger_of_member "
        "get_points_of_order list_rewards get_reward list_rewards_for_customer list_redemptions get_redemption "
        "list_stored_value_plans get_stored_value get_stored_value_statement download_stored_value_statement "
        "get_stored_value_day list_stored_value_day_rows download_stored_value_day get_adjusting "
        "list_adjustments get_liability list_members_ending list_liability_movements list_count_cards "
        "list_count_cards_of_customer"
    ),
    "loyalty.serve": (
        "bind_card block_card unblock_card report_card_lost card_found replace_card give_digital_card "
        "redeem_reward cancel_redemption get_redemption_by_code fulfil_redemption find_at_desk "
        "top_up_stored_value quote_stored_value_refund refund_stored_value freeze_stored_value "
        "thaw_stored_value use_count_card quote_uses_refund refund_uses"
    ),
    "loyalty.write": (
        "create_programme rename_programme pause_programme resume_programme save_terms_draft "
        "discard_terms_draft publish_terms simulate_earning get_simulation make_card_batch download_card_batch "
        "close_card create_reward update_reward activate_reward pause_reward end_reward add_reward_codes "
        "upload_reward_picture"
    ),
    "me.read": ("get_me update_me search list_views create_view update_view delete_view"),
    "messages.read": ("list_messages get_message list_sandbox_mails get_sandbox_mail"),
    "messages.report": ("report_bounce"),
    "offers.read": (
        "list_offers get_offer list_offer_versions list_coupons_of_offer get_coupon list_coupons_of_customer "
        "list_code_batches get_code_batch list_code_batch_downloads evaluate_cart "
        "list_offer_budgets list_offer_uses"
    ),
    "offers.write": (
        "create_offer update_offer activate_offer pause_offer end_offer void_coupon restore_coupon issue_coupons "
        "issue_coupons_to_segment void_coupons restore_coupons give_coupon make_code_batch continue_code_batch "
        "void_code_batch restore_code_batch download_code_batch print_code_batch"
    ),
    "orders.read": ("list_orders list_orders_of_customer get_order"),
    "orders.write": (
        "place_order place_orders lock_coupon release_coupon quote_order hold_for_order release_held "
        "get_member_code_key identify_member hear_queue use_count_card_at_till "
    ),
    "payments.read": ("list_payments get_payment export_payments list_refunds list_payment_providers"),
    "payments.write": (
        "retry_refund ask_payment set_payment_provider delete_payment_provider test_payment_provider "
        "set_default_payment_provider set_payment_fees"
    ),
    "privacy.manage": (
        "ask_privacy accept_privacy_request refuse_privacy_request withdraw_privacy_request "
        "download_privacy_answer set_privacy_rules make_own_link"
    ),
    "privacy.read": ("list_privacy_requests get_privacy_request get_held_about get_privacy_rules"),
    "segments.read": (
        "list_memberships get_membership get_segment_overlap get_segment_history list_segment_snapshots "
        "list_moved_customers cross_attributes compare_segments distribute_figure correlate_figures "
        "get_segment_catalogue list_field_values count_rule preview_rule explain_rule say_rule list_segments "
        "get_segment list_segment_members list_tag_rules"
    ),
    "segments.write": (
        "create_segment list_people_as_segment change_segment delete_segment refresh_segment schedule_segment "
        "make_fixed_list"
    ),
    "settlement.write": (
        "cut_statements approve_statement take_back_statement_approval pay_statement adjust_settlement"
    ),
    "signups.enrol": ("begin_sign_up_call send_sign_up_code_again confirm_sign_up_call"),
    "signups.read": (
        "list_sign_up_pages preview_sign_up_page get_sign_up_page list_sign_up_places get_sign_up_qr_svg "
        "get_sign_up_qr_png get_sign_up_poster list_joinings"
    ),
    "signups.write": (
        "create_sign_up_page upload_sign_up_logo save_sign_up_draft publish_sign_up_page close_sign_up_page "
        "reopen_sign_up_page delete_sign_up_page add_sign_up_place archive_sign_up_place"
    ),
    "staff.manage": ("create_user update_user deactivate_user activate_user invite_user"),
    "staff.read": ("list_roles list_users"),
    "templates.read": ("list_templates list_template_variables list_template_starters get_template preview_template"),
    "templates.write": ("create_template update_template delete_template"),
    "webhooks.manage": (
        "list_webhook_event_types list_webhooks create_webhook get_webhook update_webhook delete_webhook "
        "enable_webhook disable_webhook rotate_webhook_secret test_webhook replay_webhook "
        "list_webhook_deliveries get_webhook_delivery replay_webhook_delivery"
    ),
}

ROLES = {
    "audit.read": "owner",
    "behaviour.manage": "owner marketing",
    "behaviour.read": "owner marketing analyst",
    "behaviour.write": "owner marketing clerk",
    "campaigns.read": "owner marketing loyalty analyst",
    "campaigns.send": "owner marketing",
    "campaigns.write": "owner marketing",
    "catalog.read": "owner marketing loyalty service sales clerk analyst",
    "catalog.write": "owner",
    "channels.manage": "owner",
    "customers.configure": "owner marketing",
    "customers.export": "owner marketing",
    "payments.read": "owner service",
    "payments.write": "owner",
    "privacy.read": "owner service",
    "privacy.manage": "owner service",
    "customers.read": "owner marketing loyalty service sales clerk analyst",
    "customers.merge": "owner loyalty service",
    "customers.unmask": "owner marketing loyalty service sales",
    "customers.write": "owner marketing loyalty service sales",
    "groupbuy.approve": "owner",
    "groupbuy.read": "owner marketing loyalty service clerk analyst",
    "groupbuy.redeem": "owner marketing service clerk",
    "groupbuy.sell": "owner",
    "groupbuy.write": "owner marketing",
    "health.read": "owner marketing",
    "settlement.write": "owner marketing",
    "imports.read": "owner marketing loyalty analyst",
    "imports.run": "owner marketing",
    "insights.read": "owner marketing loyalty analyst",
    "insights.query": "owner analyst",
    "jobs.read": "owner marketing loyalty service sales clerk analyst",
    "keys.manage": "owner",
    "loyalty.adjust": "owner loyalty service",
    "loyalty.approve": "owner loyalty",
    "loyalty.read": "owner marketing loyalty service clerk analyst",
    "loyalty.serve": "owner loyalty service clerk",
    "loyalty.write": "owner loyalty",
    "me.read": "owner marketing loyalty service sales clerk analyst",
    "messages.read": "owner marketing loyalty service analyst",
    "messages.report": "owner",
    "offers.read": "owner marketing loyalty clerk analyst",
    "offers.write": "owner marketing loyalty",
    "orders.read": "owner marketing loyalty service sales clerk analyst",
    "orders.write": "owner clerk",
    "segments.read": "owner marketing loyalty analyst",
    "segments.write": "owner marketing loyalty",
    "signups.enrol": "owner marketing loyalty service sales clerk",
    "signups.read": "owner marketing loyalty service sales clerk analyst",
    "signups.write": "owner marketing loyalty",
    "staff.manage": "owner",
    "staff.read": "owner",
    "templates.read": "owner marketing loyalty analyst",
    "templates.write": "owner marketing",
    "webhooks.manage": "owner",
}
