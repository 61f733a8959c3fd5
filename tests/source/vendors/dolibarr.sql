-- dolibarr 21 in development, of October 2024, as a fork of it has them: names and types of its tables, by take_over.py
CREATE TABLE `llx_facture` (
  `rowid` integer, `ref` varchar(30), `entity` integer, `ref_ext` varchar(255), `ref_client` varchar(255),
  `type` smallint, `subtype` smallint, `fk_soc` integer, `datec` datetime, `datef` date, `date_pointoftax` date,
  `date_valid` date, `tms` timestamp, `date_closing` datetime, `paye` smallint, `remise_percent` real,
  `remise_absolue` real, `remise` real, `close_code` varchar(16), `close_missing_amount` double(24,8),
  `close_note` varchar(128), `total_tva` double(24,8), `localtax1` double(24,8), `localtax2` double(24,8),
  `revenuestamp` double(24,8), `total_ht` double(24,8), `total_ttc` double(24,8), `fk_statut` smallint,
  `fk_user_author` integer, `fk_user_modif` integer, `fk_user_valid` integer, `fk_user_closing` integer,
  `module_source` varchar(32), `pos_source` varchar(32), `fk_fac_rec_source` integer, `fk_facture_source` integer,
  `fk_projet` integer, `increment` varchar(10), `fk_account` integer, `fk_currency` varchar(3),
  `fk_cond_reglement` integer, `fk_mode_reglement` integer, `date_lim_reglement` date, `note_private` text,
  `note_public` text, `model_pdf` varchar(255), `last_main_doc` varchar(255), `fk_incoterms` integer,
  `location_incoterms` varchar(255), `fk_transport_mode` integer, `prorata_discount` real,
  `situation_cycle_ref` integer, `situation_counter` smallint, `situation_final` smallint, `retained_warranty` real,
  `retained_warranty_date_limit` date, `retained_warranty_fk_cond_reglement` integer, `import_key` varchar(14),
  `extraparams` varchar(255), `fk_multicurrency` integer, `multicurrency_code` varchar(3),
  `multicurrency_tx` double(24,8), `multicurrency_total_ht` double(24,8), `multicurrency_total_tva` double(24,8),
  `multicurrency_total_ttc` double(24,8)
);
CREATE TABLE `llx_facturedet` (
  `rowid` integer, `fk_facture` integer, `fk_parent_line` integer, `fk_product` integer, `label` varchar(255),
  `description` text, `vat_src_code` varchar(10), `tva_tx` double(7,4), `localtax1_tx` double(7,4),
  `localtax1_type` varchar(10), `localtax2_tx` double(7,4), `localtax2_type` varchar(10), `qty` real,
  `remise_percent` real, `remise` real, `fk_remise_except` integer, `subprice` double(24,8), `price` double(24,8),
  `total_ht` double(24,8), `total_tva` double(24,8), `total_localtax1` double(24,8), `total_localtax2` double(24,8),
  `total_ttc` double(24,8), `product_type` integer, `date_start` datetime, `date_end` datetime, `info_bits` integer,
  `buy_price_ht` double(24,8), `fk_product_fournisseur_price` integer, `batch` varchar(128), `fk_warehouse` integer,
  `special_code` integer, `rang` integer, `fk_contract_line` integer, `fk_unit` integer, `import_key` varchar(14),
  `fk_code_ventilation` integer, `situation_percent` real, `fk_prev_id` integer, `fk_user_author` integer,
  `fk_user_modif` integer, `fk_multicurrency` integer, `multicurrency_code` varchar(3),
  `multicurrency_subprice` double(24,8), `multicurrency_total_ht` double(24,8),
  `multicurrency_total_tva` double(24,8), `multicurrency_total_ttc` double(24,8), `ref_ext` varchar(255)
);
CREATE TABLE `llx_societe` (
  `rowid` integer, `nom` varchar(128), `name_alias` varchar(128), `entity` integer, `ref_ext` varchar(255),
  `statut` tinyint, `parent` integer, `status` tinyint, `code_client` varchar(24), `code_fournisseur` varchar(24),
  `code_compta` varchar(24), `code_compta_fournisseur` varchar(24), `address` varchar(255), `zip` varchar(25),
  `town` varchar(50), `fk_departement` integer, `fk_pays` integer, `geolat` double(24,8), `geolong` double(24,8),
  `geopoint` point, `georesultcode` varchar(16), `phone` varchar(20), `phone_mobile` varchar(20), `fax` varchar(20),
  `url` varchar(255), `email` varchar(128), `fk_account` integer, `socialnetworks` text, `fk_effectif` integer,
  `fk_typent` integer, `fk_forme_juridique` integer, `fk_currency` varchar(3), `siren` varchar(128),
  `siret` varchar(128), `ape` varchar(128), `idprof4` varchar(128), `idprof5` varchar(128), `idprof6` varchar(128),
  `tva_intra` varchar(20), `capital` double(24,8), `fk_stcomm` integer, `note_private` text, `note_public` text,
  `model_pdf` varchar(255), `last_main_doc` varchar(255), `prefix_comm` varchar(5), `client` tinyint,
  `fournisseur` tinyint, `supplier_account` varchar(32), `fk_prospectlevel` varchar(12), `fk_incoterms` integer,
  `location_incoterms` varchar(255), `customer_bad` tinyint, `customer_rate` real, `supplier_rate` real,
  `remise_client` real, `remise_supplier` real, `mode_reglement` tinyint, `cond_reglement` tinyint,
  `deposit_percent` varchar(63), `transport_mode` tinyint, `mode_reglement_supplier` tinyint,
  `cond_reglement_supplier` tinyint, `transport_mode_supplier` tinyint, `fk_shipping_method` integer,
  `tva_assuj` tinyint, `vat_reverse_charge` tinyint, `localtax1_assuj` tinyint, `localtax1_value` double(7,4),
  `localtax2_assuj` tinyint, `localtax2_value` double(7,4), `barcode` varchar(180), `fk_barcode_type` integer,
  `price_level` integer, `outstanding_limit` double(24,8), `order_min_amount` double(24,8),
  `supplier_order_min_amount` double(24,8), `default_lang` varchar(6), `logo` varchar(255),
  `logo_squarred` varchar(255), `canvas` varchar(32), `fk_warehouse` integer, `webservices_url` varchar(255),
  `webservices_key` varchar(128), `accountancy_code_sell` varchar(32), `accountancy_code_buy` varchar(32),
  `tms` timestamp, `datec` datetime, `fk_user_creat` integer, `fk_user_modif` integer, `fk_multicurrency` integer,
  `multicurrency_code` varchar(3), `import_key` varchar(14)
);
CREATE TABLE `llx_entrepot` (
  `rowid` integer, `ref` varchar(255), `datec` datetime, `tms` timestamp, `entity` integer, `fk_project` integer,
  `description` text, `lieu` varchar(64), `address` varchar(255), `zip` varchar(10), `town` varchar(50),
  `fk_departement` integer, `fk_pays` integer, `phone` varchar(20), `fax` varchar(20), `barcode` varchar(180),
  `fk_barcode_type` integer, `warehouse_usage` integer, `statut` tinyint, `fk_user_author` integer,
  `model_pdf` varchar(255), `import_key` varchar(14), `fk_parent` integer
);
CREATE TABLE `llx_paiement` (
  `rowid` integer, `ref` varchar(30), `ref_ext` varchar(255), `entity` integer, `datec` datetime, `tms` timestamp,
  `datep` datetime, `amount` double(24,8), `multicurrency_amount` double(24,8), `fk_paiement` integer,
  `num_paiement` varchar(50), `note` text, `ext_payment_id` varchar(255), `ext_payment_site` varchar(128),
  `fk_bank` integer, `fk_user_creat` integer, `fk_user_modif` integer, `statut` smallint, `fk_export_compta` integer,
  `pos_change` double(24,8)
);
CREATE TABLE `llx_paiement_facture` (
  `rowid` integer, `fk_paiement` integer, `fk_facture` integer, `amount` double(24,8),
  `multicurrency_code` varchar(3), `multicurrency_tx` double(24,8), `multicurrency_amount` double(24,8)
);
CREATE TABLE `llx_c_paiement` (
  `id` integer, `entity` integer, `code` varchar(6), `libelle` varchar(128), `type` smallint, `active` tinyint,
  `accountancy_code` varchar(32), `module` varchar(32), `position` integer
);
CREATE TABLE `llx_bank_account` (
  `rowid` integer, `datec` datetime, `tms` timestamp, `ref` varchar(12), `label` varchar(30), `entity` integer,
  `fk_user_author` integer, `fk_user_modif` integer, `bank` varchar(60), `code_banque` varchar(128),
  `code_guichet` varchar(6), `number` varchar(255), `cle_rib` varchar(5), `bic` varchar(11),
  `bic_intermediate` varchar(11), `iban_prefix` varchar(34), `country_iban` varchar(2), `cle_iban` varchar(2),
  `domiciliation` varchar(255), `pti_in_ctti` smallint, `state_id` integer, `fk_pays` integer, `proprio` varchar(60),
  `owner_address` varchar(255), `owner_zip` varchar(25), `owner_town` varchar(50), `owner_country_id` integer,
  `courant` smallint, `clos` smallint, `rappro` smallint, `url` varchar(128), `account_number` varchar(32),
  `fk_accountancy_journal` integer, `currency_code` varchar(3), `min_allowed` integer, `min_desired` integer,
  `comment` text, `note_public` text, `model_pdf` varchar(255), `import_key` varchar(14), `extraparams` varchar(255),
  `ics` varchar(32), `ics_transfer` varchar(32)
);
CREATE TABLE `llx_projet` (
  `rowid` integer, `fk_project` integer, `fk_soc` integer, `datec` datetime, `tms` timestamp, `dateo` date,
  `datee` date, `ref` varchar(50), `ref_ext` varchar(50), `entity` integer, `title` varchar(255), `description` text,
  `fk_user_creat` integer, `fk_user_modif` integer, `public` integer, `fk_statut` integer, `fk_opp_status` integer,
  `opp_percent` double(5,2), `fk_opp_status_end` integer, `date_close` datetime, `fk_user_close` integer,
  `note_private` text, `note_public` text, `email_msgid` varchar(175), `email_date` datetime,
  `opp_amount` double(24,8), `budget_amount` double(24,8), `usage_opportunity` integer, `usage_task` integer,
  `usage_bill_time` integer, `usage_organize_event` integer, `date_start_event` datetime, `date_end_event` datetime,
  `location` varchar(255), `accept_conference_suggestions` integer, `accept_booth_suggestions` integer,
  `max_attendees` integer, `price_registration` double(24,8), `price_booth` double(24,8), `model_pdf` varchar(255),
  `ip` varchar(250), `last_main_doc` varchar(255), `import_key` varchar(14), `extraparams` varchar(255)
);
