-- magento 2.3.3: names and types of its tables, by take_over.py
CREATE TABLE `sales_order` (
  `entity_id` int unsigned, `state` varchar(32), `status` varchar(32), `coupon_code` varchar(255),
  `protect_code` varchar(255), `shipping_description` varchar(255), `is_virtual` smallint unsigned,
  `store_id` smallint unsigned, `customer_id` int unsigned, `base_discount_amount` decimal(20,4),
  `base_discount_canceled` decimal(20,4), `base_discount_invoiced` decimal(20,4),
  `base_discount_refunded` decimal(20,4), `base_grand_total` decimal(20,4), `base_shipping_amount` decimal(20,4),
  `base_shipping_canceled` decimal(20,4), `base_shipping_invoiced` decimal(20,4),
  `base_shipping_refunded` decimal(20,4), `base_shipping_tax_amount` decimal(20,4),
  `base_shipping_tax_refunded` decimal(20,4), `base_subtotal` decimal(20,4), `base_subtotal_canceled` decimal(20,4),
  `base_subtotal_invoiced` decimal(20,4), `base_subtotal_refunded` decimal(20,4), `base_tax_amount` decimal(20,4),
  `base_tax_canceled` decimal(20,4), `base_tax_invoiced` decimal(20,4), `base_tax_refunded` decimal(20,4),
  `base_to_global_rate` decimal(20,4), `base_to_order_rate` decimal(20,4), `base_total_canceled` decimal(20,4),
  `base_total_invoiced` decimal(20,4), `base_total_invoiced_cost` decimal(20,4),
  `base_total_offline_refunded` decimal(20,4), `base_total_online_refunded` decimal(20,4),
  `base_total_paid` decimal(20,4), `base_total_qty_ordered` decimal(12,4), `base_total_refunded` decimal(20,4),
  `discount_amount` decimal(20,4), `discount_canceled` decimal(20,4), `discount_invoiced` decimal(20,4),
  `discount_refunded` decimal(20,4), `grand_total` decimal(20,4), `shipping_amount` decimal(20,4),
  `shipping_canceled` decimal(20,4), `shipping_invoiced` decimal(20,4), `shipping_refunded` decimal(20,4),
  `shipping_tax_amount` decimal(20,4), `shipping_tax_refunded` decimal(20,4), `store_to_base_rate` decimal(12,4),
  `store_to_order_rate` decimal(12,4), `subtotal` decimal(20,4), `subtotal_canceled` decimal(20,4),
  `subtotal_invoiced` decimal(20,4), `subtotal_refunded` decimal(20,4), `tax_amount` decimal(20,4),
  `tax_canceled` decimal(20,4), `tax_invoiced` decimal(20,4), `tax_refunded` decimal(20,4),
  `total_canceled` decimal(20,4), `total_invoiced` decimal(20,4), `total_offline_refunded` decimal(20,4),
  `total_online_refunded` decimal(20,4), `total_paid` decimal(20,4), `total_qty_ordered` decimal(12,4),
  `total_refunded` decimal(20,4), `can_ship_partially` smallint unsigned, `can_ship_partially_item` smallint unsigned,
  `customer_is_guest` smallint unsigned, `customer_note_notify` smallint unsigned, `billing_address_id` int,
  `customer_group_id` int, `edit_increment` int, `email_sent` smallint unsigned, `send_email` smallint unsigned,
  `forced_shipment_with_invoice` smallint unsigned, `payment_auth_expiration` int, `quote_address_id` int,
  `quote_id` int, `shipping_address_id` int, `adjustment_negative` decimal(20,4), `adjustment_positive` decimal(20,4),
  `base_adjustment_negative` decimal(20,4), `base_adjustment_positive` decimal(20,4),
  `base_shipping_discount_amount` decimal(20,4), `base_subtotal_incl_tax` decimal(20,4),
  `base_total_due` decimal(20,4), `payment_authorization_amount` decimal(20,4),
  `shipping_discount_amount` decimal(20,4), `subtotal_incl_tax` decimal(20,4), `total_due` decimal(20,4),
  `weight` decimal(12,4), `customer_dob` datetime, `increment_id` varchar(32), `applied_rule_ids` varchar(128),
  `base_currency_code` varchar(3), `customer_email` varchar(128), `customer_firstname` varchar(128),
  `customer_lastname` varchar(128), `customer_middlename` varchar(128), `customer_prefix` varchar(32),
  `customer_suffix` varchar(32), `customer_taxvat` varchar(32), `discount_description` varchar(255),
  `ext_customer_id` varchar(32), `ext_order_id` varchar(32), `global_currency_code` varchar(3),
  `hold_before_state` varchar(32), `hold_before_status` varchar(32), `order_currency_code` varchar(3),
  `original_increment_id` varchar(32), `relation_child_id` varchar(32), `relation_child_real_id` varchar(32),
  `relation_parent_id` varchar(32), `relation_parent_real_id` varchar(32), `remote_ip` varchar(45),
  `shipping_method` varchar(120), `store_currency_code` varchar(3), `store_name` varchar(255),
  `x_forwarded_for` varchar(32), `customer_note` text, `created_at` timestamp, `updated_at` timestamp,
  `total_item_count` smallint unsigned, `customer_gender` int, `discount_tax_compensation_amount` decimal(20,4),
  `base_discount_tax_compensation_amount` decimal(20,4), `shipping_discount_tax_compensation_amount` decimal(20,4),
  `base_shipping_discount_tax_compensation_amnt` decimal(20,4), `discount_tax_compensation_invoiced` decimal(20,4),
  `base_discount_tax_compensation_invoiced` decimal(20,4), `discount_tax_compensation_refunded` decimal(20,4),
  `base_discount_tax_compensation_refunded` decimal(20,4), `shipping_incl_tax` decimal(20,4),
  `base_shipping_incl_tax` decimal(20,4), `coupon_rule_name` varchar(255)
);
CREATE TABLE `sales_order_item` (
  `item_id` int unsigned, `order_id` int unsigned, `parent_item_id` int unsigned, `quote_item_id` int unsigned,
  `store_id` smallint unsigned, `created_at` timestamp, `updated_at` timestamp, `product_id` int unsigned,
  `product_type` varchar(255), `product_options` text, `weight` decimal(12,4), `is_virtual` smallint unsigned,
  `sku` varchar(255), `name` varchar(255), `description` text, `applied_rule_ids` text, `additional_data` text,
  `is_qty_decimal` smallint unsigned, `no_discount` smallint unsigned, `qty_backordered` decimal(12,4),
  `qty_canceled` decimal(12,4), `qty_invoiced` decimal(12,4), `qty_ordered` decimal(12,4),
  `qty_refunded` decimal(12,4), `qty_shipped` decimal(12,4), `base_cost` decimal(12,4), `price` decimal(12,4),
  `base_price` decimal(12,4), `original_price` decimal(12,4), `base_original_price` decimal(12,4),
  `tax_percent` decimal(12,4), `tax_amount` decimal(20,4), `base_tax_amount` decimal(20,4),
  `tax_invoiced` decimal(20,4), `base_tax_invoiced` decimal(20,4), `discount_percent` decimal(12,4),
  `discount_amount` decimal(20,4), `base_discount_amount` decimal(20,4), `discount_invoiced` decimal(20,4),
  `base_discount_invoiced` decimal(20,4), `amount_refunded` decimal(20,4), `base_amount_refunded` decimal(20,4),
  `row_total` decimal(20,4), `base_row_total` decimal(20,4), `row_invoiced` decimal(20,4),
  `base_row_invoiced` decimal(20,4), `row_weight` decimal(12,4), `base_tax_before_discount` decimal(20,4),
  `tax_before_discount` decimal(20,4), `ext_order_item_id` varchar(255), `locked_do_invoice` smallint unsigned,
  `locked_do_ship` smallint unsigned, `price_incl_tax` decimal(20,4), `base_price_incl_tax` decimal(20,4),
  `row_total_incl_tax` decimal(20,4), `base_row_total_incl_tax` decimal(20,4),
  `discount_tax_compensation_amount` decimal(20,4), `base_discount_tax_compensation_amount` decimal(20,4),
  `discount_tax_compensation_invoiced` decimal(20,4), `base_discount_tax_compensation_invoiced` decimal(20,4),
  `discount_tax_compensation_refunded` decimal(20,4), `base_discount_tax_compensation_refunded` decimal(20,4),
  `tax_canceled` decimal(12,4), `discount_tax_compensation_canceled` decimal(20,4), `tax_refunded` decimal(20,4),
  `base_tax_refunded` decimal(20,4), `discount_refunded` decimal(20,4), `base_discount_refunded` decimal(20,4)
);
CREATE TABLE `sales_invoice` (
  `entity_id` int unsigned, `store_id` smallint unsigned, `base_grand_total` decimal(20,4),
  `shipping_tax_amount` decimal(20,4), `tax_amount` decimal(20,4), `base_tax_amount` decimal(20,4),
  `store_to_order_rate` decimal(20,4), `base_shipping_tax_amount` decimal(20,4), `base_discount_amount` decimal(20,4),
  `base_to_order_rate` decimal(20,4), `grand_total` decimal(20,4), `shipping_amount` decimal(20,4),
  `subtotal_incl_tax` decimal(20,4), `base_subtotal_incl_tax` decimal(20,4), `store_to_base_rate` decimal(20,4),
  `base_shipping_amount` decimal(20,4), `total_qty` decimal(12,4), `base_to_global_rate` decimal(20,4),
  `subtotal` decimal(20,4), `base_subtotal` decimal(20,4), `discount_amount` decimal(20,4), `billing_address_id` int,
  `is_used_for_refund` smallint unsigned, `order_id` int unsigned, `email_sent` smallint unsigned,
  `send_email` smallint unsigned, `can_void_flag` smallint unsigned, `state` int, `shipping_address_id` int,
  `store_currency_code` varchar(3), `transaction_id` varchar(255), `order_currency_code` varchar(3),
  `base_currency_code` varchar(3), `global_currency_code` varchar(3), `increment_id` varchar(50),
  `created_at` timestamp, `updated_at` timestamp, `discount_tax_compensation_amount` decimal(20,4),
  `base_discount_tax_compensation_amount` decimal(20,4), `shipping_discount_tax_compensation_amount` decimal(20,4),
  `base_shipping_discount_tax_compensation_amnt` decimal(20,4), `shipping_incl_tax` decimal(20,4),
  `base_shipping_incl_tax` decimal(20,4), `base_total_refunded` decimal(20,4), `discount_description` varchar(255),
  `customer_note` text, `customer_note_notify` smallint unsigned
);
CREATE TABLE `sales_creditmemo` (
  `entity_id` int unsigned, `store_id` smallint unsigned, `adjustment_positive` decimal(20,4),
  `base_shipping_tax_amount` decimal(20,4), `store_to_order_rate` decimal(20,4), `base_discount_amount` decimal(20,4),
  `base_to_order_rate` decimal(20,4), `grand_total` decimal(20,4), `base_adjustment_negative` decimal(20,4),
  `base_subtotal_incl_tax` decimal(20,4), `shipping_amount` decimal(20,4), `subtotal_incl_tax` decimal(20,4),
  `adjustment_negative` decimal(20,4), `base_shipping_amount` decimal(20,4), `store_to_base_rate` decimal(20,4),
  `base_to_global_rate` decimal(20,4), `base_adjustment` decimal(20,4), `base_subtotal` decimal(20,4),
  `discount_amount` decimal(20,4), `subtotal` decimal(20,4), `adjustment` decimal(20,4),
  `base_grand_total` decimal(20,4), `base_adjustment_positive` decimal(20,4), `base_tax_amount` decimal(20,4),
  `shipping_tax_amount` decimal(20,4), `tax_amount` decimal(20,4), `order_id` int unsigned,
  `email_sent` smallint unsigned, `send_email` smallint unsigned, `creditmemo_status` int, `state` int,
  `shipping_address_id` int, `billing_address_id` int, `invoice_id` int, `store_currency_code` varchar(3),
  `order_currency_code` varchar(3), `base_currency_code` varchar(3), `global_currency_code` varchar(3),
  `transaction_id` varchar(255), `increment_id` varchar(50), `created_at` timestamp, `updated_at` timestamp,
  `discount_tax_compensation_amount` decimal(20,4), `base_discount_tax_compensation_amount` decimal(20,4),
  `shipping_discount_tax_compensation_amount` decimal(20,4),
  `base_shipping_discount_tax_compensation_amnt` decimal(20,4), `shipping_incl_tax` decimal(20,4),
  `base_shipping_incl_tax` decimal(20,4), `discount_description` varchar(255), `customer_note` text,
  `customer_note_notify` smallint unsigned
);
CREATE TABLE `sales_creditmemo_item` (
  `entity_id` int unsigned, `parent_id` int unsigned, `base_price` decimal(12,4), `tax_amount` decimal(12,4),
  `base_row_total` decimal(12,4), `discount_amount` decimal(12,4), `row_total` decimal(12,4),
  `base_discount_amount` decimal(12,4), `price_incl_tax` decimal(12,4), `base_tax_amount` decimal(12,4),
  `base_price_incl_tax` decimal(12,4), `qty` decimal(12,4), `base_cost` decimal(12,4), `price` decimal(12,4),
  `base_row_total_incl_tax` decimal(12,4), `row_total_incl_tax` decimal(12,4), `product_id` int, `order_item_id` int,
  `additional_data` text, `description` text, `sku` varchar(255), `name` varchar(255),
  `discount_tax_compensation_amount` decimal(12,4), `base_discount_tax_compensation_amount` decimal(12,4),
  `tax_ratio` text
);
CREATE TABLE `store` (
  `store_id` smallint unsigned, `code` varchar(32), `website_id` smallint unsigned, `group_id` smallint unsigned,
  `name` varchar(255), `sort_order` smallint unsigned, `is_active` smallint unsigned
);
CREATE TABLE `store_group` (
  `group_id` smallint unsigned, `website_id` smallint unsigned, `name` varchar(255), `root_category_id` int unsigned,
  `default_store_id` smallint unsigned, `code` varchar(32)
);
CREATE TABLE `store_website` (
  `website_id` smallint unsigned, `code` varchar(32), `name` varchar(64), `sort_order` smallint unsigned,
  `default_group_id` smallint unsigned, `is_default` smallint unsigned
);
CREATE TABLE `customer_group` (
  `customer_group_id` int unsigned, `customer_group_code` varchar(32), `tax_class_id` int unsigned
);
