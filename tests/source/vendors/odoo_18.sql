-- odoo_18 18.0, as a fork of it has them: names and types of its tables, by take_over.py
CREATE TABLE "res_company" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp,
  "fiscalyear_last_day" int4, "fiscalyear_last_month" varchar, "fiscalyear_lock_date" date, "tax_lock_date" date,
  "sale_lock_date" date, "purchase_lock_date" date, "hard_lock_date" date, "transfer_account_id" int4,
  "expects_chart_of_accounts" bool, "chart_template" varchar, "bank_account_code_prefix" varchar,
  "cash_account_code_prefix" varchar, "default_cash_difference_income_account_id" int4,
  "default_cash_difference_expense_account_id" int4, "account_journal_suspense_account_id" int4,
  "account_journal_early_pay_discount_gain_account_id" int4,
  "account_journal_early_pay_discount_loss_account_id" int4, "transfer_account_code_prefix" varchar,
  "account_sale_tax_id" int4, "account_purchase_tax_id" int4, "tax_calculation_rounding_method" varchar,
  "currency_exchange_journal_id" int4, "income_currency_exchange_account_id" int4,
  "expense_currency_exchange_account_id" int4, "anglo_saxon_accounting" bool, "incoterm_id" int4, "qr_code" bool,
  "display_invoice_amount_total_words" bool, "display_invoice_tax_company_currency" bool,
  "account_use_credit_limit" bool, "batch_payment_sequence_id" int4, "account_opening_move_id" int4,
  "account_opening_date" date, "invoice_terms" jsonb, "terms_type" varchar, "invoice_terms_html" jsonb,
  "account_default_pos_receivable_account_id" int4, "expense_accrual_account_id" int4,
  "revenue_accrual_account_id" int4, "automatic_entry_default_journal_id" int4, "account_fiscal_country_id" int4,
  "tax_exigibility" bool, "tax_cash_basis_journal_id" int4, "account_cash_basis_base_account_id" int4,
  "account_storno" bool, "quick_edit_mode" varchar, "account_discount_income_allocation_id" int4,
  "account_discount_expense_allocation_id" int4, "check_account_audit_trail" bool, "autopost_bills" bool,
  "account_price_include" varchar, "point_of_sale_update_stock_quantities" varchar,
  "point_of_sale_use_ticket_qr_code" bool, "point_of_sale_ticket_unique_code" bool,
  "point_of_sale_ticket_portal_url_display_mode" varchar, "portal_confirmation_sign" bool,
  "portal_confirmation_pay" bool, "prepayment_percent" float8, "quotation_validity_days" int4,
  "sale_discount_product_id" int4, "sale_onboarding_payment_method" varchar, "security_lead" float8,
  "account_production_wip_account_id" int4, "account_production_wip_overhead_account_id" int4, "name" varchar,
  "active" bool, "sequence" int4, "parent_id" int4, "parent_path" varchar, "partner_id" int4, "report_header" jsonb,
  "report_footer" jsonb, "company_details" jsonb, "uses_default_logo" bool, "currency_id" int4, "email" varchar,
  "phone" varchar, "mobile" varchar, "paperformat_id" int4, "external_report_layout_id" int4, "font" varchar,
  "primary_color" varchar, "secondary_color" varchar, "layout_background" varchar
);
CREATE TABLE "res_currency" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" varchar,
  "iso_numeric" int4, "full_name" varchar, "symbol" varchar, "rounding" numeric, "decimal_places" int4, "active" bool,
  "position" varchar, "currency_unit_label" jsonb, "currency_subunit_label" jsonb
);
CREATE TABLE "res_partner" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" varchar,
  "credit_limit" float8, "debit_limit" numeric, "property_account_payable_id" jsonb,
  "property_account_receivable_id" jsonb, "property_account_position_id" jsonb, "property_payment_term_id" jsonb,
  "property_supplier_payment_term_id" jsonb, "trust" jsonb, "ignore_abnormal_invoice_date" jsonb,
  "ignore_abnormal_invoice_amount" jsonb, "invoice_warn" varchar, "invoice_warn_msg" text,
  "invoice_sending_method" jsonb, "invoice_edi_format_store" jsonb, "invoice_template_pdf_report_id" int4,
  "supplier_rank" int4, "customer_rank" int4, "autopost_bills" varchar,
  "property_outbound_payment_method_line_id" jsonb, "property_inbound_payment_method_line_id" jsonb,
  "loyalty_card_count" int4, "specific_property_product_pricelist" jsonb, "sale_warn" varchar, "sale_warn_msg" text,
  "complete_name" varchar, "title" int4, "parent_id" int4, "ref" varchar, "lang" varchar, "tz" varchar,
  "user_id" int4, "vat" varchar, "company_registry" varchar, "website" varchar, "comment" text, "active" bool,
  "employee" bool, "function" varchar, "type" varchar, "street" varchar, "street2" varchar, "zip" varchar,
  "city" varchar, "state_id" int4, "country_id" int4, "partner_latitude" numeric, "partner_longitude" numeric,
  "email" varchar, "phone" varchar, "mobile" varchar, "is_company" bool, "industry_id" int4, "company_id" int4,
  "color" int4, "partner_share" bool, "commercial_partner_id" int4, "commercial_company_name" varchar,
  "company_name" varchar, "barcode" jsonb
);
CREATE TABLE "crm_team" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "use_leads" bool,
  "use_opportunities" bool, "alias_id" int4, "assignment_optout" bool, "assignment_domain" varchar,
  "lead_properties_definition" jsonb, "invoiced_target" float8, "name" jsonb, "sequence" int4, "active" bool,
  "company_id" int4, "user_id" int4, "color" int4
);
CREATE TABLE "product_pricelist" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" jsonb,
  "active" bool, "sequence" int4, "currency_id" int4, "company_id" int4
);
CREATE TABLE "account_move" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" varchar,
  "ref" varchar, "date" date, "state" varchar, "move_type" varchar, "is_storno" bool, "journal_id" int4,
  "company_id" int4, "origin_payment_id" int4, "statement_line_id" int4, "tax_cash_basis_rec_id" int4,
  "tax_cash_basis_origin_move_id" int4, "always_tax_exigible" bool, "auto_post" varchar, "auto_post_until" date,
  "auto_post_origin_id" int4, "checked" bool, "posted_before" bool, "made_sequence_gap" bool,
  "secure_sequence_number" int4, "inalterable_hash" varchar, "invoice_date" date, "invoice_date_due" date,
  "delivery_date" date, "invoice_payment_term_id" int4, "partner_id" int4, "commercial_partner_id" int4,
  "partner_shipping_id" int4, "partner_bank_id" int4, "fiscal_position_id" int4, "payment_reference" varchar,
  "qr_code_method" varchar, "preferred_payment_method_line_id" int4, "currency_id" int4,
  "invoice_currency_rate" numeric, "amount_untaxed" numeric, "amount_tax" numeric, "amount_total" numeric,
  "amount_residual" numeric, "amount_untaxed_signed" numeric, "amount_untaxed_in_currency_signed" numeric,
  "amount_tax_signed" numeric, "amount_total_signed" numeric, "amount_total_in_currency_signed" numeric,
  "amount_residual_signed" numeric, "payment_state" varchar, "reversed_entry_id" int4, "invoice_source_email" varchar,
  "invoice_partner_display_name" varchar, "is_manually_modified" bool, "quick_edit_total_amount" numeric,
  "narration" text, "is_move_sent" bool, "invoice_user_id" int4, "invoice_origin" varchar, "invoice_incoterm_id" int4,
  "incoterm_location" varchar, "invoice_cash_rounding_id" int4, "sending_data" jsonb, "reversed_pos_order_id" int4,
  "team_id" int4, "campaign_id" int4, "medium_id" int4, "source_id" int4, "stock_move_id" int4
);
CREATE TABLE "account_move_line" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "move_id" int4,
  "journal_id" int4, "company_id" int4, "company_currency_id" int4, "move_name" varchar, "parent_state" varchar,
  "date" date, "invoice_date" date, "ref" varchar, "sequence" int4, "account_id" int4, "name" varchar,
  "debit" numeric, "credit" numeric, "balance" numeric, "amount_currency" numeric, "currency_id" int4,
  "partner_id" int4, "is_imported" bool, "reconcile_model_id" int4, "payment_id" int4, "statement_line_id" int4,
  "statement_id" int4, "group_tax_id" int4, "tax_line_id" int4, "tax_group_id" int4, "tax_base_amount" numeric,
  "tax_repartition_line_id" int4, "tax_tag_invert" bool, "amount_residual" numeric,
  "amount_residual_currency" numeric, "reconciled" bool, "full_reconcile_id" int4, "matching_number" varchar,
  "display_type" varchar, "product_id" int4, "product_uom_id" int4, "quantity" numeric, "date_maturity" date,
  "price_unit" numeric, "price_subtotal" numeric, "price_total" numeric, "discount" numeric,
  "analytic_distribution" jsonb, "discount_date" date, "discount_amount_currency" numeric, "discount_balance" numeric,
  "is_downpayment" bool, "cogs_origin_id" int4
);
CREATE TABLE "account_account" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" jsonb,
  "currency_id" int4, "code_store" jsonb, "deprecated" bool, "account_type" varchar, "reconcile" bool, "note" text,
  "non_trade" bool
);
CREATE TABLE "account_journal" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" jsonb,
  "code" varchar, "active" bool, "type" varchar, "autocheck_on_post" bool, "default_account_id" int4,
  "suspense_account_id" int4, "restrict_mode_hash_table" bool, "sequence" int4, "invoice_reference_type" varchar,
  "invoice_reference_model" varchar, "currency_id" int4, "company_id" int4, "refund_sequence" bool,
  "payment_sequence" bool, "sequence_override_regex" text, "profit_account_id" int4, "loss_account_id" int4,
  "bank_account_id" int4, "bank_statements_source" varchar, "alias_id" int4, "show_on_dashboard" bool, "color" int4
);
CREATE TABLE "account_payment" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" varchar,
  "date" date, "move_id" int4, "journal_id" int4, "company_id" int4, "state" varchar, "is_reconciled" bool,
  "is_matched" bool, "is_sent" bool, "partner_bank_id" int4, "paired_internal_transfer_payment_id" int4,
  "payment_method_line_id" int4, "payment_method_id" int4, "amount" numeric, "payment_type" varchar,
  "partner_type" varchar, "memo" varchar, "payment_reference" varchar, "currency_id" int4, "partner_id" int4,
  "outstanding_account_id" int4, "destination_account_id" int4, "amount_company_currency_signed" numeric,
  "pos_payment_method_id" int4, "force_outstanding_account_id" int4, "pos_session_id" int4
);
CREATE TABLE "account_bank_statement_line" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "move_id" int4,
  "journal_id" int4, "company_id" int4, "statement_id" int4, "sequence" int4, "partner_id" int4,
  "account_number" varchar, "partner_name" varchar, "transaction_type" varchar, "payment_ref" varchar,
  "currency_id" int4, "amount" numeric, "foreign_currency_id" int4, "amount_currency" numeric,
  "amount_residual" float8, "internal_index" varchar, "is_reconciled" bool, "transaction_details" jsonb,
  "pos_session_id" int4
);
CREATE TABLE "account_partial_reconcile" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp,
  "debit_move_id" int4, "credit_move_id" int4, "full_reconcile_id" int4, "exchange_move_id" int4,
  "debit_currency_id" int4, "credit_currency_id" int4, "amount" numeric, "debit_amount_currency" numeric,
  "credit_amount_currency" numeric, "company_id" int4, "max_date" date
);
CREATE TABLE "uom_uom" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" jsonb,
  "category_id" int4, "factor" numeric, "rounding" numeric, "active" bool, "uom_type" varchar
);
CREATE TABLE "product_product" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp,
  "default_code" varchar, "active" bool, "product_tmpl_id" int4, "barcode" varchar, "combination_indices" varchar,
  "standard_price" numeric, "volume" numeric, "weight" numeric, "can_image_variant_1024_be_zoomed" bool
);
CREATE TABLE "product_template" (
  "property_account_income_id" jsonb, "property_account_expense_id" jsonb, "id" int4, "create_uid" int4,
  "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "available_in_pos" bool, "to_weight" bool,
  "public_description" jsonb, "color" int4, "name" jsonb, "sequence" int4, "description" jsonb,
  "description_purchase" jsonb, "description_sale" jsonb, "type" varchar, "service_tracking" varchar, "categ_id" int4,
  "list_price" numeric, "volume" numeric, "weight" numeric, "sale_ok" bool, "purchase_ok" bool, "uom_id" int4,
  "uom_po_id" int4, "company_id" int4, "active" bool, "default_code" varchar, "can_image_1024_be_zoomed" bool,
  "has_configurable_attributes" bool, "is_favorite" bool, "product_properties" jsonb, "service_type" varchar,
  "sale_line_warn" varchar, "sale_line_warn_msg" text, "expense_policy" varchar, "invoice_policy" varchar,
  "lot_valuated" bool
);
CREATE TABLE "pos_config" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" varchar,
  "is_order_printer" bool, "picking_type_id" int4, "journal_id" int4, "invoice_journal_id" int4,
  "iface_cashdrawer" bool, "iface_electronic_scale" bool, "iface_print_via_proxy" bool, "iface_scan_via_proxy" bool,
  "iface_big_scrollbars" bool, "iface_print_auto" bool, "iface_print_skip_screen" bool, "iface_tax_included" varchar,
  "customer_display_type" varchar, "customer_display_bg_img_name" varchar, "restrict_price_control" bool,
  "is_margins_costs_accessible_to_every_user" bool, "set_maximum_difference" bool, "receipt_header" text,
  "receipt_footer" text, "basic_receipt" bool, "proxy_ip" varchar, "active" bool, "uuid" varchar, "sequence_id" int4,
  "sequence_line_id" int4, "pricelist_id" int4, "company_id" int4, "group_pos_manager_id" int4,
  "group_pos_user_id" int4, "iface_tipproduct" bool, "tip_product_id" int4, "default_fiscal_position_id" int4,
  "use_pricelist" bool, "tax_regime_selection" bool, "limit_categories" bool, "module_pos_restaurant" bool,
  "module_pos_avatax" bool, "module_pos_discount" bool, "is_posbox" bool, "is_header_or_footer" bool,
  "module_pos_hr" bool, "amount_authorized_diff" float8, "other_devices" bool, "rounding_method" int4,
  "cash_rounding" bool, "only_round_cash_method" bool, "manual_discount" bool, "ship_later" bool, "warehouse_id" int4,
  "route_id" int4, "picking_policy" varchar, "auto_validate_terminal_payment" bool, "access_token" varchar,
  "show_product_images" bool, "show_category_images" bool, "module_pos_sms" bool, "is_closing_entry_by_product" bool,
  "order_edit_tracking" bool, "orderlines_sequence_in_cart_by_category" bool, "iface_splitbill" bool,
  "iface_printbill" bool, "set_tip_after_payment" bool, "module_pos_restaurant_appointment" bool, "takeaway" bool,
  "takeaway_fp_id" int4, "crm_team_id" int4, "down_payment_product_id" int4
);
CREATE TABLE "pos_session" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "config_id" int4,
  "name" varchar, "user_id" int4, "start_at" timestamp, "stop_at" timestamp, "state" varchar, "sequence_number" int4,
  "login_number" int4, "opening_notes" text, "closing_notes" text, "cash_journal_id" int4,
  "cash_register_balance_end_real" numeric, "cash_register_balance_start" numeric, "cash_real_transaction" numeric,
  "rescue" bool, "move_id" int4, "update_stock_at_closing" bool
);
CREATE TABLE "pos_order" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" varchar,
  "last_order_preparation_change" varchar, "date_order" timestamp, "user_id" int4, "amount_difference" numeric,
  "amount_tax" numeric, "amount_total" numeric, "amount_paid" numeric, "amount_return" numeric, "company_id" int4,
  "pricelist_id" int4, "partner_id" int4, "sequence_number" int4, "session_id" int4, "config_id" int4,
  "currency_rate" numeric, "state" varchar, "account_move" int4, "procurement_group_id" int4,
  "floating_order_name" varchar, "general_note" text, "nb_print" int4, "pos_reference" varchar, "sale_journal" int4,
  "fiscal_position_id" int4, "to_invoice" bool, "shipping_date" date, "is_tipped" bool, "tip_amount" numeric,
  "ticket_code" varchar, "uuid" varchar, "email" varchar, "mobile" varchar, "has_deleted_line" bool, "table_id" int4,
  "customer_count" int4, "takeaway" bool, "crm_team_id" int4
);
CREATE TABLE "pos_order_line" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "company_id" int4,
  "name" varchar, "skip_change" bool, "notice" varchar, "product_id" int4, "price_unit" numeric, "qty" numeric,
  "price_subtotal" numeric, "price_subtotal_incl" numeric, "price_extra" float8, "price_type" varchar,
  "total_cost" numeric, "is_total_cost_computed" bool, "discount" numeric, "order_id" int4,
  "full_product_name" varchar, "customer_note" varchar, "refunded_orderline_id" int4, "uuid" varchar, "note" varchar,
  "combo_parent_id" int4, "combo_item_id" int4, "is_edited" bool, "is_reward_line" bool, "reward_id" int4,
  "coupon_id" int4, "reward_identifier_code" varchar, "points_cost" float8, "sale_order_origin_id" int4,
  "sale_order_line_id" int4, "down_payment_details" text, "qty_delivered" float8
);
CREATE TABLE "pos_payment" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" varchar,
  "pos_order_id" int4, "amount" numeric, "payment_method_id" int4, "payment_date" timestamp, "session_id" int4,
  "company_id" int4, "card_type" varchar, "card_brand" varchar, "card_no" varchar, "cardholder_name" varchar,
  "payment_ref_no" varchar, "payment_method_authcode" varchar, "payment_method_issuer_bank" varchar,
  "payment_method_payment_mode" varchar, "transaction_id" varchar, "payment_status" varchar, "ticket" varchar,
  "is_change" bool, "account_move_id" int4, "uuid" varchar
);
CREATE TABLE "pos_payment_method" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" jsonb,
  "sequence" int4, "outstanding_account_id" int4, "receivable_account_id" int4, "is_cash_count" bool,
  "journal_id" int4, "split_transactions" bool, "company_id" int4, "use_payment_terminal" varchar, "active" bool,
  "payment_method_type" varchar, "qr_code_method" varchar
);
CREATE TABLE "loyalty_program" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "name" jsonb,
  "active" bool, "sequence" int4, "company_id" int4, "currency_id" int4, "program_type" varchar, "date_from" date,
  "date_to" date, "limit_usage" bool, "max_usage" int4, "applies_on" varchar, "trigger" varchar,
  "portal_visible" bool, "portal_point_name" jsonb, "pos_ok" bool, "sale_ok" bool
);
CREATE TABLE "loyalty_card" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "program_id" int4,
  "company_id" int4, "partner_id" int4, "points" float8, "code" varchar, "expiration_date" date, "active" bool,
  "source_pos_order_id" int4, "order_id" int4
);
CREATE TABLE "uom_category" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp,
  "is_pos_groupable" bool, "name" jsonb
);
CREATE TABLE "loyalty_history" (
  "id" int4, "create_uid" int4, "create_date" timestamp, "write_uid" int4, "write_date" timestamp, "card_id" int4,
  "description" text, "issued" float8, "used" float8, "order_model" varchar, "order_id" int4
);
