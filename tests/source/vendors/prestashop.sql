-- prestashop 9.1.0: names and types of its tables, by take_over.py
CREATE TABLE `ps_orders` (
  `id_order` int(10) unsigned, `reference` varchar(255), `id_shop_group` int(11) unsigned, `id_shop` int(11) unsigned,
  `id_carrier` int(10) unsigned, `id_lang` int(10) unsigned, `id_customer` int(10) unsigned,
  `id_cart` int(10) unsigned, `id_currency` int(10) unsigned, `id_address_delivery` int(10) unsigned,
  `id_address_invoice` int(10) unsigned, `current_state` int(10) unsigned, `secure_key` varchar(32),
  `payment` varchar(255), `conversion_rate` decimal(13,6), `module` varchar(255), `recyclable` tinyint(1) unsigned,
  `gift` tinyint(1) unsigned, `gift_message` mediumtext, `mobile_theme` tinyint(1), `total_discounts` decimal(20,6),
  `total_discounts_tax_incl` decimal(20,6), `total_discounts_tax_excl` decimal(20,6), `total_paid` decimal(20,6),
  `total_paid_tax_incl` decimal(20,6), `total_paid_tax_excl` decimal(20,6), `total_paid_real` decimal(20,6),
  `total_products` decimal(20,6), `total_products_wt` decimal(20,6), `total_shipping` decimal(20,6),
  `total_shipping_tax_incl` decimal(20,6), `total_shipping_tax_excl` decimal(20,6), `carrier_tax_rate` decimal(10,3),
  `total_wrapping` decimal(20,6), `total_wrapping_tax_incl` decimal(20,6), `total_wrapping_tax_excl` decimal(20,6),
  `round_mode` tinyint(1), `round_type` tinyint(1), `invoice_number` int(10) unsigned,
  `delivery_number` int(10) unsigned, `invoice_date` datetime, `delivery_date` datetime, `valid` int(1) unsigned,
  `date_add` datetime, `date_upd` datetime, `note` mediumtext
);
CREATE TABLE `ps_order_detail` (
  `id_order_detail` int(10) unsigned, `id_order` int(10) unsigned, `id_order_invoice` int(11),
  `id_warehouse` int(10) unsigned, `id_shop` int(11) unsigned, `product_id` int(10) unsigned,
  `product_attribute_id` int(10) unsigned, `id_customization` int(10) unsigned, `product_name` mediumtext,
  `product_quantity` int(10) unsigned, `product_quantity_in_stock` int(10),
  `product_quantity_refunded` int(10) unsigned, `product_quantity_return` int(10) unsigned,
  `product_quantity_reinjected` int(10) unsigned, `product_price` decimal(20,6), `reduction_percent` decimal(5,2),
  `reduction_amount` decimal(20,6), `reduction_amount_tax_incl` decimal(20,6),
  `reduction_amount_tax_excl` decimal(20,6), `group_reduction` decimal(5,2),
  `product_quantity_discount` decimal(20,6), `product_ean13` varchar(20), `product_isbn` varchar(32),
  `product_upc` varchar(12), `product_mpn` varchar(40), `product_reference` varchar(64),
  `product_supplier_reference` varchar(64), `product_weight` decimal(20,6), `id_tax_rules_group` int(11) unsigned,
  `tax_computation_method` tinyint(1) unsigned, `tax_name` varchar(16), `tax_rate` decimal(10,3),
  `ecotax` decimal(17,6), `ecotax_tax_rate` decimal(5,3), `discount_quantity_applied` tinyint(1),
  `download_hash` varchar(255), `download_nb` int(10) unsigned, `download_deadline` datetime,
  `total_price_tax_incl` decimal(20,6), `total_price_tax_excl` decimal(20,6), `unit_price_tax_incl` decimal(20,6),
  `unit_price_tax_excl` decimal(20,6), `total_shipping_price_tax_incl` decimal(20,6),
  `total_shipping_price_tax_excl` decimal(20,6), `purchase_supplier_price` decimal(20,6),
  `original_product_price` decimal(20,6), `original_wholesale_price` decimal(20,6),
  `total_refunded_tax_excl` decimal(20,6), `total_refunded_tax_incl` decimal(20,6)
);
CREATE TABLE `ps_order_slip` (
  `id_order_slip` int(10) unsigned, `conversion_rate` decimal(13,6), `id_customer` int(10) unsigned,
  `id_order` int(10) unsigned, `total_products_tax_excl` decimal(20,6), `total_products_tax_incl` decimal(20,6),
  `total_shipping_tax_excl` decimal(20,6), `total_shipping_tax_incl` decimal(20,6),
  `shipping_cost` tinyint(3) unsigned, `amount` decimal(20,6), `shipping_cost_amount` decimal(20,6),
  `partial` tinyint(1), `order_slip_type` tinyint(1) unsigned, `date_add` datetime, `date_upd` datetime
);
CREATE TABLE `ps_order_slip_detail` (
  `id_order_slip` int(10) unsigned, `id_order_detail` int(10) unsigned, `product_quantity` int(10) unsigned,
  `unit_price_tax_excl` decimal(20,6), `unit_price_tax_incl` decimal(20,6), `total_price_tax_excl` decimal(20,6),
  `total_price_tax_incl` decimal(20,6), `amount_tax_excl` decimal(20,6), `amount_tax_incl` decimal(20,6)
);
CREATE TABLE `ps_customer` (
  `id_customer` int(10) unsigned, `id_shop_group` int(11) unsigned, `id_shop` int(11) unsigned,
  `id_gender` int(10) unsigned, `id_default_group` int(10) unsigned, `id_lang` int(10) unsigned,
  `id_risk` int(10) unsigned, `company` varchar(255), `siret` varchar(14), `ape` varchar(6), `firstname` varchar(255),
  `lastname` varchar(255), `email` varchar(255), `passwd` varchar(255), `last_passwd_gen` timestamp, `birthday` date,
  `newsletter` tinyint(1) unsigned, `ip_registration_newsletter` varchar(15), `newsletter_date_add` datetime,
  `optin` tinyint(1) unsigned, `website` varchar(128), `outstanding_allow_amount` decimal(20,6),
  `show_public_prices` tinyint(1) unsigned, `max_payment_days` int(10) unsigned, `secure_key` varchar(32),
  `note` mediumtext, `active` tinyint(1) unsigned, `is_guest` tinyint(1), `deleted` tinyint(1), `date_add` datetime,
  `date_upd` datetime, `reset_password_token` varchar(40), `reset_password_validity` datetime
);
CREATE TABLE `ps_shop` (
  `id_shop` int, `id_shop_group` int, `name` varchar(64), `color` varchar(50), `id_category` int,
  `theme_name` varchar(255), `active` tinyint(1), `deleted` tinyint(1)
);
CREATE TABLE `ps_shop_group` (
  `id_shop_group` int, `name` varchar(64), `color` varchar(50), `share_customer` tinyint(1), `share_order` tinyint(1),
  `share_stock` tinyint(1), `active` tinyint(1), `deleted` tinyint(1)
);
CREATE TABLE `ps_group_lang` (
  `id_group` int(10) unsigned, `id_lang` int(10) unsigned, `name` varchar(32)
);
CREATE TABLE `ps_lang` (
  `id_lang` int, `name` varchar(32), `active` tinyint(1), `iso_code` varchar(2), `language_code` varchar(5),
  `locale` varchar(5), `date_format_lite` varchar(32), `date_format_full` varchar(32), `is_rtl` tinyint(1)
);
CREATE TABLE `ps_configuration` (
  `id_configuration` int(10) unsigned, `id_shop_group` int(11) unsigned, `id_shop` int(11) unsigned,
  `name` varchar(254), `value` mediumtext, `date_add` datetime, `date_upd` datetime
);
CREATE TABLE `ps_order_payment` (
  `id_order_payment` int, `order_reference` varchar(255), `id_currency` int unsigned, `amount` decimal(20,6),
  `payment_method` varchar(255), `conversion_rate` decimal(13,6), `transaction_id` varchar(254),
  `card_number` varchar(254), `card_brand` varchar(254), `card_expiration` char(7), `card_holder` varchar(254),
  `date_add` datetime, `id_employee` int
);
