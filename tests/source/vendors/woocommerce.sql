-- woocommerce 11.0.1: names and types of its tables, by take_over.py
CREATE TABLE `wp_wc_orders` (
  `id` bigint(20) unsigned, `status` varchar(20), `currency` varchar(10), `type` varchar(20),
  `tax_amount` decimal(26,8), `total_amount` decimal(26,8), `customer_id` bigint(20) unsigned,
  `billing_email` varchar(320), `date_created_gmt` datetime, `date_updated_gmt` datetime,
  `parent_order_id` bigint(20) unsigned, `payment_method` varchar(100), `payment_method_title` text,
  `transaction_id` varchar(100), `ip_address` varchar(100), `user_agent` text, `customer_note` text
);
CREATE TABLE `wp_wc_order_addresses` (
  `id` bigint(20) unsigned, `order_id` bigint(20) unsigned, `address_type` varchar(20), `first_name` text,
  `last_name` text, `company` text, `address_1` text, `address_2` text, `city` text, `state` text, `postcode` text,
  `country` text, `email` varchar(320), `phone` varchar(100)
);
CREATE TABLE `wp_wc_order_operational_data` (
  `id` bigint(20) unsigned, `order_id` bigint(20) unsigned, `created_via` varchar(100),
  `woocommerce_version` varchar(20), `prices_include_tax` tinyint(1), `coupon_usages_are_counted` tinyint(1),
  `download_permission_granted` tinyint(1), `cart_hash` varchar(100), `new_order_email_sent` tinyint(1),
  `order_key` varchar(100), `order_stock_reduced` tinyint(1), `date_paid_gmt` datetime, `date_completed_gmt` datetime,
  `shipping_tax_amount` decimal(26,8), `shipping_total_amount` decimal(26,8), `discount_tax_amount` decimal(26,8),
  `discount_total_amount` decimal(26,8), `recorded_sales` tinyint(1)
);
CREATE TABLE `wp_woocommerce_order_items` (
  `order_item_id` bigint(20) unsigned, `order_item_name` text, `order_item_type` varchar(200),
  `order_id` bigint(20) unsigned
);
CREATE TABLE `wp_woocommerce_order_itemmeta` (
  `meta_id` bigint(20) unsigned, `order_item_id` bigint(20) unsigned, `meta_key` varchar(255), `meta_value` longtext
);
